"""What a worker does: index -> spec -> picture and labels -> files, a chunk at a time."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec

from synth.banks.materials import Materials
from synth.banks.records import Catalogue
from synth.compositing.composite import compose_jpeg
from synth.errors import AssetError, ConfigError, RejectedScene, SynthError
from synth.files import write_atomically
from synth.generation.advice import advice_for
from synth.generation.folder import parts_folder
from synth.generation.parts import PartLine, write_part
from synth.generation.set_aside import SetAside
from synth.generation.trial import Trial
from synth.generation.workers import At
from synth.labels.dataset import encode_image, image_path, write_image_labels
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.scene.recipe import Recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import ImageSpec


@dataclass(frozen=True)
class ChunkReport:
    """How a chunk went.

    Attributes:
        made: number of images.
        rejections: number of refused draws by reason.
        set_aside: images that could not be made.
        seconds: that it took.
    """

    made: int
    rejections: Counter[str]
    set_aside: tuple[SetAside, ...]
    seconds: float


@dataclass(frozen=True)
class Assignment:
    """All that a worker must know; sent to it once.

    Attributes:
        recipe: says what may be drawn.
        catalogue: says what there is to draw from.
        root: dataset folder.
        formats: label formats to write.
        cache_bytes: bound of the worker's cache of decoded material.
    """

    recipe: Recipe
    catalogue: Catalogue
    root: Path
    formats: tuple[str, ...]
    cache_bytes: int

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
        self._spec: ImageSpec | None = None
        self._agreed: tuple[range, int, tuple[str, ...]] | None = None

    def __call__(self, chunk: range, at: At) -> ChunkReport:
        """Makes a chunk, and writes its part when all its pictures are on disk.

        Raises:
            AssetError, ConfigError: what would fail other images too: changed material, a full disk.
            MemoryError: another worker may have more luck.
        """
        begun = time.monotonic()
        lines: list[PartLine] = []
        set_aside: list[SetAside] = []
        for index in chunk:
            at(index)
            with Trial(AssetError, ConfigError, MemoryError) as trial:
                lines.append(self.make(index))
            if isinstance(trial.error, cv2.error) and trial.error.code == cv2.Error.StsNoMem:
                raise MemoryError(trial.text)
            if trial.error is not None:
                spec = None if self._spec is None else self._spec.to_dict()
                set_aside.append(SetAside(index, trial.text, spec))
        write_part(parts_folder(self.assignment.root), chunk, lines)
        rejections = Counter(reason for line in lines for reason in line.rejections)
        return ChunkReport(len(lines), rejections, tuple(set_aside), time.monotonic() - begun)

    def make(self, index: int) -> PartLine:
        """Makes one image and writes its files.

        Raises:
            SynthError: every draw was refused.
        """
        scene = self.sampler.scene_of(index)
        first, rejections = (0, []) if len(scene) == 1 else self._agreed_attempt(scene)
        for attempt in range(first, self.assignment.recipe.max_attempts):
            try:
                spec, jpeg, annotations = self._compose(index, attempt)
            except RejectedScene as rejected:
                rejections.append(rejected.reason)
                continue
            return self._write(spec, jpeg, annotations, rejections)
        raise SynthError(_exhausted(rejections))

    def _compose(self, index: int, attempt: int) -> tuple[ImageSpec, bytes, tuple[Annotation, ...]]:
        self._spec = None
        self._spec = spec = self.sampler.sample(index, attempt)
        return spec, *compose_jpeg(spec, self.materials)

    def _agreed_attempt(self, scene: range) -> tuple[int, list[str]]:
        """The first attempt that no image of a scene refuses, and why the earlier ones were refused.

        It is found in the same way whichever of the images is asked for, so that all show the same scene.
        """
        if self._agreed is None or self._agreed[0] != scene:
            rejections: list[str] = []
            for attempt in range(self.assignment.recipe.max_attempts):
                try:
                    for index in scene:
                        self._compose(index, attempt)
                except RejectedScene as rejected:
                    rejections.append(rejected.reason)
                    continue
                break
            else:
                raise SynthError(_exhausted(rejections))
            self._agreed = (scene, attempt, tuple(rejections))
        return self._agreed[1], list(self._agreed[2])

    def _write(
        self, spec: ImageSpec, jpeg: bytes, annotations: tuple[Annotation, ...], rejections: Sequence[str]
    ) -> PartLine:
        root = self.assignment.root
        image = LabelledImage(
            spec.file_name, spec.width_px, spec.height_px, annotations, spec.split, {"index": spec.index}
        )
        write_atomically(image_path(root, spec.split, spec.file_name), jpeg)
        write_image_labels(root, image, self.categories, self.assignment.formats)
        return PartLine(
            index=spec.index,
            split=spec.split,
            file_name=spec.file_name,
            size=len(jpeg),
            sha256=hashlib.sha256(jpeg).hexdigest(),
            rejections=tuple(rejections),
            spec=msgspec.Raw(spec.to_json()),
            image=msgspec.Raw(encode_image(image)),
        )


def _exhausted(rejections: Sequence[str]) -> str:
    reason, times = Counter(rejections).most_common(1)[0]
    return f"{len(rejections)} draws were refused, {times} of them because: {reason}; {advice_for(reason)}"
