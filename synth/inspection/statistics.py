"""What a set of labelled pictures holds, counted from labels and specs; nothing here is estimated.

A histogram puts every value into exactly one bin (values beyond its ends into the end bins), so its counts add up to
the number of values; a heat map spreads each box's weight of 1 over the cells that it covers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import intersect
from synth.inspection.selection import is_paste
from synth.labels.sample import Annotation, LabelledImage
from synth.scene.spec import ImageSpec, TagLayer

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts in bins.

    Attributes:
        edges: (n + 1,) increasing.
        counts: (n,) int.
    """

    edges: Array
    counts: NDArray[np.int64]

    @property
    def shares(self) -> Array:
        """The counts divided by their sum; all 0 if there is nothing."""
        return np.asarray(self.counts / max(int(self.counts.sum()), 1), dtype=np.float64)


def histogram(values: Iterable[float], edges: Sequence[float] | Array) -> Histogram:
    """Counts values in bins that are closed on the left; what lies beyond an end counts in the end bin."""
    bounds = np.asarray(edges, dtype=np.float64)
    numbers = np.fromiter(values, dtype=np.float64)
    index = np.clip(np.searchsorted(bounds, numbers, side="right") - 1, 0, len(bounds) - 2)
    return Histogram(bounds, np.bincount(index, minlength=len(bounds) - 1).astype(np.int64))


def heat_map(images: Iterable[LabelledImage], columns: int, rows: int) -> Array:
    """Where boxes lie in the frame.

    Returns:
        (rows, columns) float64, row 0 at the top. Each box adds 1 in all, spread evenly over the part of it that lies
        in the image; a box outside it adds nothing.
    """
    total = np.zeros((rows, columns))
    for image in images:
        for annotation in image.annotations:
            box = intersect(annotation.box, (0.0, 0.0, float(image.width), float(image.height)))
            across = _shares(box[0] / image.width, box[2] / image.width, columns)
            down = _shares(box[1] / image.height, box[3] / image.height, rows)
            total += down[:, None] * across[None, :]
    return total


def _shares(low: float, high: float, cells: int) -> Array:
    """Which part of [low, high) lies in each of `cells` equal parts of [0, 1)."""
    if high <= low:
        return np.zeros(cells)
    edges = np.linspace(0.0, 1.0, cells + 1)
    return np.asarray(np.diff(np.clip(edges, low, high)) / (high - low), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class SplitCount:
    """One split: pictures, those with and without a label, boxes, identities."""

    split: str
    images: int
    labelled: int
    empty: int
    boxes: int
    identities: int


def count_splits(images: Iterable[LabelledImage]) -> tuple[SplitCount, ...]:
    """One line per split, in the order of appearance."""
    parts: dict[str, list[LabelledImage]] = {}
    for image in images:
        parts.setdefault(image.split, []).append(image)
    return tuple(_count(split, part) for split, part in parts.items())


def _count(split: str, images: Sequence[LabelledImage]) -> SplitCount:
    labelled = sum(bool(image.annotations) for image in images)
    annotations = [a for image in images for a in image.annotations]
    identities = {a.identity for a in annotations if a.identity is not None}
    return SplitCount(split, len(images), labelled, len(images) - labelled, len(annotations), len(identities))


@dataclass(frozen=True, slots=True)
class IdentityCount:
    """How often one identity is labelled, and in which splits (more than one is a leak)."""

    identity: str
    boxes: int
    splits: tuple[str, ...]


def count_identities(images: Iterable[LabelledImage]) -> tuple[IdentityCount, ...]:
    """Known identities by split, the most frequent first; those in more than one split come before all others."""
    counts: Counter[str] = Counter()
    splits: dict[str, set[str]] = {}
    for image in images:
        for annotation in image.annotations:
            if annotation.identity is not None:
                counts[annotation.identity] += 1
                splits.setdefault(annotation.identity, set()).add(image.split)
    found = [IdentityCount(name, count, tuple(sorted(splits[name]))) for name, count in counts.items()]
    return tuple(sorted(found, key=lambda e: (-len(e.splits), e.splits, -e.boxes, e.identity)))


def count_characters(images: Iterable[LabelledImage]) -> Mapping[str, int]:
    """How often each character is labelled, in the order of the alphabet; where an object has no labels of its
    characters, those of its text count.
    """
    counts = Counter(c for image in images for a in image.annotations for c in _written(a))
    return dict(sorted(counts.items()))


def _written(annotation: Annotation) -> Iterable[str]:
    if annotation.characters:
        return [character.text for character in annotation.characters if character.text]
    return annotation.text or ""


def count_blends(specs: Iterable[ImageSpec]) -> Mapping[str, tuple[int, int]]:
    """Labelled tags and negative pastes joined with each blend."""
    tags: Counter[str] = Counter()
    negatives: Counter[str] = Counter()
    for spec in specs:
        for layer in spec.layers:
            if is_paste(layer):
                (tags if isinstance(layer, TagLayer) and layer.labelled else negatives)[layer.blend.kind] += 1
    return {kind: (tags[kind], negatives[kind]) for kind in sorted({*tags, *negatives})}


def tag_scales(specs: Iterable[ImageSpec]) -> list[float]:
    """Enlargement of every labelled cut-out: the root of the area's factor at its origin."""
    return [math.sqrt(abs(_turned(layer)[0])) for layer in _labelled_layers(specs)]


def tag_turns_deg(specs: Iterable[ImageSpec]) -> list[float]:
    """Turn of every labelled cut-out, counter-clockwise, in [-180, 180)."""
    return [(math.degrees(_turned(layer)[1]) + 180.0) % 360.0 - 180.0 for layer in _labelled_layers(specs)]


def _labelled_layers(specs: Iterable[ImageSpec]) -> Iterable[TagLayer]:
    return (layer for spec in specs for layer in spec.layers if isinstance(layer, TagLayer) and layer.labelled)


def _turned(layer: TagLayer) -> tuple[float, float]:
    """Determinant and angle of the map's linear part at the cut-out's origin."""
    m = np.array(layer.matrix).reshape(3, 3)
    m = m / m[2, 2]
    slope = m[:2, :2] - np.outer(m[:2, 2], m[2, :2])
    turn = slope @ np.diag([-1.0, 1.0]) if np.linalg.det(slope) < 0 else slope
    return float(np.linalg.det(slope)), math.atan2(turn[0, 1] - turn[1, 0], turn[0, 0] + turn[1, 1])


@dataclass(frozen=True, slots=True)
class Scale:
    """How a number of an annotation is drawn: its title, unit, bins, and how it is had (None: not known)."""

    title: str
    unit: str
    edges: tuple[float, ...]
    value: Callable[[Annotation, LabelledImage], float | None]


def _size(annotation: Annotation, _image: LabelledImage) -> float:
    x0, y0, x1, y1 = annotation.box
    return math.sqrt((x1 - x0) * (y1 - y0))


def _aspect(annotation: Annotation, _image: LabelledImage) -> float:
    x0, y0, x1, y1 = annotation.box
    return math.log2((x1 - x0) / (y1 - y0))


def size_scale(images: Iterable[LabelledImage]) -> Scale:
    """Side of a square of the box's area, in bins that fit the set."""
    top = max((_size(a, image) for image in images for a in image.annotations), default=64.0)
    return Scale("Size", "px", size_edges(top), _size)


def size_edges(top: float) -> tuple[float, ...]:
    """At most 26 bins with round edges from 0 to at least `top`, unless it is enormous."""
    step = next(s for s in (2, 4, 5, 10, 20, 25, 50, 100, 200, 500, 1000) if top / s <= 26 or s == 1000)
    return tuple(float(k * step) for k in range(math.ceil(top / step) + 1))


ASPECT_SCALE = Scale("Aspect", "width : height", tuple(k / 4 for k in range(-12, 13)), _aspect)
VISIBILITY_SCALE = Scale("Visible part", "", tuple(k / 20 for k in range(21)), lambda a, _: a.visibility)


def character_scales(images: Sequence[LabelledImage]) -> tuple[Scale, Scale]:
    """Height, along the character's own upright where its quad is known, and visible part."""
    heights = (_height(c, image) for image in images for a in image.annotations for c in a.characters)
    edges = size_edges(max(heights, default=64.0))
    return (
        Scale("Height of characters", "px", edges, _height),
        Scale("Visible part of characters", "", VISIBILITY_SCALE.edges, lambda a, _: a.visibility),
    )


def _height(character: Annotation, _image: LabelledImage) -> float:
    if character.quad is None:
        return character.box[3] - character.box[1]
    top_left, top_right, bottom_right, bottom_left = character.quad
    return (math.dist(top_left, bottom_left) + math.dist(top_right, bottom_right)) / 2


def character_values(scale: Scale, images: Iterable[LabelledImage]) -> list[float]:
    """The known values of all characters."""
    values = (scale.value(c, image) for image in images for a in image.annotations for c in a.characters)
    return [value for value in values if value is not None]


def scale_values(scale: Scale, images: Iterable[LabelledImage]) -> list[float]:
    """The known values of all annotations."""
    values = (scale.value(a, image) for image in images for a in image.annotations)
    return [value for value in values if value is not None]


def upright_deg(annotation: Annotation) -> float | None:
    """Direction of upright in [-180, 180), where it is known."""
    return None if annotation.angle_deg is None else (annotation.angle_deg + 180.0) % 360.0 - 180.0


def angle_edges(angles_deg: Sequence[float]) -> list[float]:
    """Bins round 0 that just hold all angles."""
    reach = max((abs(angle) for angle in angles_deg), default=180.0)
    limit = next(r for r in (10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 180.0) if reach <= r or r == 180.0)
    return [limit * k / 12 for k in range(-12, 13)]
