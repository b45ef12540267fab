"""`generate`: a recipe becomes a dataset folder, now or in several goes."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from synth.banks.records import Catalogue
from synth.errors import ConfigError, RejectedScene
from synth.files import explained
from synth.generation.anew import wipe
from synth.generation.card import byte_versions
from synth.generation.completion import complete_dataset, forget_completion, whole_lines
from synth.generation.engine import LocalEngine, Patience
from synth.generation.folder import (
    ANEW,
    WORK,
    Beginning,
    begin,
    has_images,
    is_begun,
    locked,
    require_ours,
    require_same,
)
from synth.generation.images import Assignment, ChunkReport
from synth.generation.material import (
    keep_catalogue,
    material_digests,
    material_notes,
    portable,
    read_material,
    require_same_catalogue,
)
from synth.generation.parts import Missing
from synth.generation.set_aside import SetAside, keep_aside
from synth.generation.shooting import require_renderer
from synth.scene.recipe import Recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import ImageSpec

CHUNK_LENGTH = 25
RENDERED_CHUNK_LENGTH = 8
RENDERED_SILENCE_S = 1800.0
"""Of a worker at one image: its renderer deals with Blender's own silence, and a draw may be refused after it fell."""
MANY_SET_ASIDE = 20
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
LARGEST_CACHE, SMALLEST_CACHE = 1 << 30, 1 << 27


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        done: images that are finished, those of earlier runs included; those that a worker loses are taken back.
        total: images that this run is to end with.
        rejected: draws that this run refused.
        set_aside: images that this run could not make.
    """

    done: int
    total: int
    rejected: int
    set_aside: int


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        stopped: whether it was asked to stop before that.
        made: images that this run made.
        present: finished images in the folder.
        rejections: refused draws of this run, by reason.
        set_aside: error of each image that could not be made, by index.
        material_notes: what is to be said about the material: files that could not be read, photos that look alike.
        card: of the dataset; None after a shard.
    """

    stopped: bool
    made: int
    present: int
    rejections: dict[str, int]
    set_aside: dict[int, str]
    material_notes: tuple[str, ...]
    card: dict[str, Any] | None


def generate(
    recipe: Recipe,
    out: Path,
    *,
    workers: int = 1,
    on_progress: Callable[[Progress], None] = lambda _: None,
    fresh: bool = False,
    shard: tuple[int, int] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Makes the images of a recipe that are not yet in the folder, then everything that describes the whole.

    Args:
        recipe: its count may exceed that of earlier runs in the same folder; all else must be as it was.
        out: dataset folder.
        workers: number of processes. It leaves no trace in the bytes.
        on_progress: called about ten times a second.
        fresh: delete what earlier runs made here.
        shard: (number, count), 1 <= number <= count: make only the chunks of one of several runs that share the work; a
            last run without it completes the dataset.
        stop: asked about ten times a second; True ends the run with what is finished, to be continued later.

    Raises:
        ConfigError: the folder was begun with something else, is in use, or holds more than is asked for; or the recipe
            asks for what can hardly be drawn.
        AssetError: material is missing or changed; the disk is full.
    """
    if fresh and shard is not None:
        raise ConfigError(
            "--fresh would delete what other shards have made; delete the folder once, then run the shards"
        )
    require_ours(out)
    require_renderer(recipe)
    catalogue, measured = read_material(out, recipe, anew=fresh)
    sampler = SceneSampler(recipe, catalogue)
    beginning = _beginning(recipe, catalogue)
    with locked(out, shared=shard is not None):
        if is_begun(out) and not fresh and (shard is not None or has_images(out)):
            require_same(out, beginning)
            require_same_catalogue(out, catalogue)
        elif is_begun(out):
            wipe(out)
        keep_catalogue(out, recipe, catalogue, measured)
        begin(out, beginning)
        run = _Run(sampler, catalogue, out, beginning.formats, on_progress)
        ended = run.make(workers, shard, stop)
        card = complete_dataset(out, recipe, catalogue, beginning) if shard is None else None
    return Outcome(
        stopped=not ended,
        made=run.made_now,
        present=len(run.made),
        rejections=dict(run.rejections),
        set_aside=run.set_aside,
        material_notes=material_notes(recipe, catalogue),
        card=card,
    )


def _beginning(recipe: Recipe, catalogue: Catalogue) -> Beginning:
    decided = portable(recipe).model_dump(mode="json", exclude={"count": True, "output": {"formats"}})
    formats = tuple(sorted(set(recipe.output.formats)))
    return Beginning(decided, formats, byte_versions(rendered=recipe.render is not None), material_digests(catalogue))


@dataclass
class _Run:
    """One run in a locked folder."""

    sampler: SceneSampler
    catalogue: Catalogue
    root: Path
    formats: tuple[str, ...]
    on_progress: Callable[[Progress], None]
    made: set[int] = field(default_factory=set)
    made_now: int = 0
    total: int = 0
    rejections: Counter[str] = field(default_factory=Counter)
    set_aside: dict[int, str] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        """What is made."""
        return self.sampler.recipe

    def make(self, workers: int, shard: tuple[int, int] | None, stop: Callable[[], bool]) -> bool:
        """Makes what is missing. Returns whether it came to the end."""
        self.made = {line.index for line in whole_lines(self.root, self.formats)}
        self._refuse_to_shrink()
        length = _chunk_length(self.sampler)
        missing = Missing(frozenset(self.made), self.recipe.count, length, shard or (1, 1))
        left = missing.total()
        self.total = len(self.made) + left
        self._tell()
        if left == 0:
            return True
        forget_completion(self.root)
        workers = min(workers, math.ceil(left / length))
        assignment = Assignment(
            self.recipe, self.catalogue, self.root, self.formats, _cache_bytes(workers), threads=_threads(workers)
        )
        patience = Patience() if self.recipe.render is None else Patience(silence_s=RENDERED_SILENCE_S)
        engine = LocalEngine(assignment, workers, self._report, self._lost, stop, patience, self._tell)
        return engine.run(missing.chunks())

    def _refuse_to_shrink(self) -> None:
        present = max(self.made, default=-1) + 1
        if present > self.recipe.count:
            raise ConfigError(
                f"{self.root}: holds images up to number {present - 1}, more than a count of {self.recipe.count}; "
                f"ask for --count {present} or more, or {ANEW}"
            )

    def _report(self, chunk: range, report: ChunkReport) -> None:
        self.made_now += report.made
        self.made |= set(chunk) - {aside.index for aside in report.set_aside}
        self.rejections += report.rejections
        entry: dict[str, Any] = {"chunk": [chunk.start, chunk.stop], "seconds": round(report.seconds, 3)}
        if self.recipe.render is not None:
            entry["rendering_cpu_s"] = round(report.rendering_cpu_s, 3)
        with explained(self.root), open(self.root / WORK / "log.jsonl", "ab") as log:
            log.write(msgspec.json.encode(entry) + b"\n")
        for aside in report.set_aside:
            self._put_aside(aside)

    def _lost(self, index: int, why: str) -> None:
        """An index that takes its workers down: its spec is drawn here, where nothing is made from it."""
        spec = _first_spec(self.sampler, index)
        self._put_aside(SetAside(index, why, None if spec is None else spec.to_dict()))

    def _put_aside(self, aside: SetAside) -> None:
        keep_aside(self.root, aside)
        self.set_aside[aside.index] = aside.error
        if len(self.set_aside) >= MANY_SET_ASIDE and len(self.set_aside) > self.made_now:
            error, times = Counter(self.set_aside.values()).most_common(1)[0]
            raise ConfigError(f"more images fail than succeed; {times} times: {error}")

    def _tell(self, under_way: int = 0) -> None:
        done = len(self.made) + under_way
        self.on_progress(Progress(done, self.total, self.rejections.total(), len(self.set_aside)))


def _first_spec(sampler: SceneSampler, index: int) -> ImageSpec | None:
    """The first draw of an image that is not refused while it is drawn."""
    for attempt in range(sampler.recipe.max_attempts):
        with suppress(RejectedScene):
            return sampler.sample(index, attempt)
    return None


def _chunk_length(sampler: SceneSampler) -> int:
    """Chunks of rendered images are short, and hold whole scenes, so that no two workers render the same one."""
    if sampler.recipe.render is None:
        return CHUNK_LENGTH
    scene = sampler.images_per_scene
    return math.ceil(RENDERED_CHUNK_LENGTH / scene) * scene


def _threads(workers: int) -> int:
    """Each worker's share of the processors, for its renderer."""
    return max(1, len(os.sched_getaffinity(0)) // workers)


def _cache_bytes(workers: int) -> int:
    """Each worker's share of half the machine's (or the container's) memory, within bounds."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if CONTAINER_LIMIT.exists() and (limit := CONTAINER_LIMIT.read_text("ascii").strip()).isdigit():
        memory = min(memory, int(limit))
    return min(LARGEST_CACHE, max(SMALLEST_CACHE, memory // 2 // workers))
