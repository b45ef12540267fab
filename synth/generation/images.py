"""What a worker does: index -> spec -> picture and labels -> files, a chunk at a time."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import msgspec

from synth.banks.materials import Materials
from synth.banks.records import Catalogue
from synth.compositing.composite import Composed, composed
from synth.compositing.shot_truth import Geometry
from synth.errors import AssetError, ConfigError, RejectedScene, RenderError, SynthError
from synth.files import write_atomically
from synth.generation.folder import parts_folder
from synth.generation.parts import PartFile, PartLine, write_part
from synth.generation.scenes import Agreement, agree, exhausted
from synth.generation.set_aside import SetAside
from synth.generation.shooting import LazyShots
from synth.generation.trial import Trial
from synth.generation.workers import At
from synth.labels.dataset import encode_image, image_path, write_image_labels
from synth.labels.layout import depth_path, normals_path
from synth.labels.planes import encode_depth, encode_normals
from synth.labels.sample import Categories, LabelledImage
from synth.labels.space import camera_extra
from synth.scene.recipe import Recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import ImageSpec

PlanePath = Callable[[Path, str, str], Path]
FAILURES_BORNE = 4
"""Scenes in a row that the renderer may fail on before it is held to be broken."""


@dataclass(frozen=True)
class ChunkReport:
    """How a chunk went.

    Attributes:
        made: number of images.
        rejections: number of refused draws by reason.
        set_aside: images that could not be made.
        seconds: that it took.
        rendering_cpu_s: CPU seconds that the renderer took of it.
    """

    made: int
    rejections: Counter[str]
    set_aside: tuple[SetAside, ...]
    seconds: float
    rendering_cpu_s: float


@dataclass(frozen=True)
class Assignment:
    """All that a worker must know; sent to it once.

    Attributes:
        recipe: says what may be drawn.
        catalogue: says what there is to draw from.
        root: dataset folder.
        formats: label formats to write.
        cache_bytes: bound of the worker's cache of decoded material.
        threads: that its renderer computes on.
    """

    recipe: Recipe
    catalogue: Catalogue
    root: Path
    formats: tuple[str, ...]
    cache_bytes: int
    threads: int = 1

    def __call__(self) -> ImageMaker:
        """Opens the task in a worker."""
        return ImageMaker(self)


class ImageMaker:
    """Makes images of one dataset; one per worker, with its own cache of decoded material."""

    def __init__(self, assignment: Assignment) -> None:
        cv2.setNumThreads(1)
        self.assignment = assignment
        self.sampler = SceneSampler(assignment.recipe, assignment.catalogue)
        self.materials = Materials(assignment.catalogue, cache_bytes=assignment.cache_bytes)
        self.categories = Categories(assignment.catalogue.categories, assignment.catalogue.characters)
        self.shots = LazyShots(self.materials, threads=assignment.threads)
        self._spec: ImageSpec | None = None
        self._agreed = Agreement(range(0))
        self._failures = 0
        self._last_failure: RenderError | None = None

    def __call__(self, chunk: range, at: At) -> ChunkReport:
        """Makes a chunk, and writes its part when all its pictures are on disk.

        Raises:
            AssetError, ConfigError: what would fail other images too: changed material, a full disk.
            RenderError: the renderer fails on one scene after the other.
            MemoryError: another worker may have more luck.
        """
        begun, rendered = time.monotonic(), self.shots.cpu_s
        lines: list[PartLine] = []
        set_aside: list[SetAside] = []
        for index in chunk:
            at(index)
            with Trial(AssetError, ConfigError, MemoryError) as trial:
                lines.append(self.make(index))
            if isinstance(trial.error, cv2.error) and trial.error.code == cv2.Error.StsNoMem:
                raise MemoryError(trial.text)
            self._count_failures(trial)
            if trial.error is not None:
                set_aside.append(SetAside(index, trial.text, self._tried(index)))
        write_part(parts_folder(self.assignment.root), chunk, lines)
        rejections = Counter(reason for line in lines for reason in line.rejections)
        taken = time.monotonic() - begun, self.shots.cpu_s - rendered
        return ChunkReport(len(lines), rejections, tuple(set_aside), *taken)

    def make(self, index: int) -> PartLine:
        """Makes one image and writes its files.

        Raises:
            SynthError: every draw was refused.
        """
        scene = self.sampler.scene_of(index)
        if len(scene) > 1:
            return self._make_one_of(scene, index)
        rejections: list[str] = []
        for attempt in range(self.assignment.recipe.max_attempts):
            try:
                spec, made = self._compose(index, attempt)
            except RejectedScene as rejected:
                rejections.append(rejected.reason)
                continue
            return self._write(spec, made, rejections)
        raise SynthError(exhausted(rejections))

    def close(self) -> None:
        """Ends the renderer's process, if there is one; it also ends with this process."""
        self.shots.close()

    def _make_one_of(self, scene: range, index: int) -> PartLine:
        if self._agreed.scene != scene:
            self._agreed = agree(scene, self._compose, self.assignment.recipe.max_attempts)
        agreed = self._agreed
        if agreed.error is not None:
            raise agreed.error
        return self._write(*agreed.take(index, self._compose), agreed.rejections)

    def _compose(self, index: int, attempt: int) -> tuple[ImageSpec, Composed]:
        self._spec = None
        self._spec = spec = self.sampler.sample(index, attempt)
        return spec, composed(spec, self.materials, self.shots, self.shots.radiograph)

    def _tried(self, index: int) -> dict[str, Any] | None:
        """The last spec of an image that was tried, as JSON types; it failed itself, or another one of its scene."""
        spec = self._spec
        if spec is not None and spec.index != index:
            with suppress(RejectedScene):
                spec = self.sampler.sample(index, spec.attempt)
        return None if spec is None or spec.index != index else spec.to_dict()

    def _count_failures(self, trial: Trial) -> None:
        """Ends the chunk when the renderer fails again and again; the images of one scene count once."""
        if not isinstance(trial.error, RenderError):
            self._failures = 0
        elif trial.error is not self._last_failure:
            self._failures += 1
            self._last_failure = trial.error
        if self._failures > FAILURES_BORNE:
            raise RenderError(f"{self._failures} renderings in a row failed; the last: {trial.text}")

    def _write(self, spec: ImageSpec, made: Composed, rejections: Sequence[str]) -> PartLine:
        root = self.assignment.root
        planes, camera = self._planes(made.geometry)
        image = LabelledImage(
            spec.file_name, spec.width_px, spec.height_px, made.annotations, spec.split, {"index": spec.index} | camera
        )
        write_atomically(image_path(root, spec.split, spec.file_name), made.jpeg)
        files = tuple(self._written(path(root, spec.split, spec.file_name), data) for path, data in planes)
        write_image_labels(root, image, self.categories, self.assignment.formats)
        return PartLine(
            index=spec.index,
            split=spec.split,
            file_name=spec.file_name,
            size=len(made.jpeg),
            sha256=hashlib.sha256(made.jpeg).hexdigest(),
            rejections=tuple(rejections),
            spec=msgspec.Raw(spec.to_json()),
            image=msgspec.Raw(encode_image(image)),
            files=files,
        )

    def _planes(self, geometry: Geometry | None) -> tuple[list[tuple[PlanePath, bytes]], dict[str, Any]]:
        """Depth and normals, as far as the recipe asks for them, and what the labels say about the camera."""
        if geometry is None:
            return [], {}
        output, unit_mm = self.assignment.recipe.output, None
        planes: list[tuple[PlanePath, bytes]] = []
        if output.depth and geometry.depth is not None:
            data, unit_mm = encode_depth(geometry.depth)
            planes.append((depth_path, data))
        if output.normals and geometry.normals is not None:
            planes.append((normals_path, encode_normals(geometry.normals)))
        return planes, camera_extra(geometry.intrinsics, geometry.camera, unit_mm)

    def _written(self, path: Path, data: bytes) -> PartFile:
        write_atomically(path, data)
        name = path.relative_to(self.assignment.root).as_posix()
        return PartFile(name, len(data), hashlib.sha256(data).hexdigest())
