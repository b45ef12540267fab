"""Drawn pictures beside real ones: what a small classifier tells them apart by.

Pixels are compared at their native resolution: real photos are cut into pieces of the size of drawn pictures, because
a photo made smaller is sharper and less grainy than what the camera took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from synth.inspection.pixels import PIXEL_FEATURES, TAG_FEATURES, pixel_features, tag_features
from synth.inspection.selection import Picture
from synth.inspection.separation import Measurements, Separation, separate
from synth.labels.sample import Image
from synth.scene.spec import PhotoBackground
from synth.streams import stream

PIECES_PER_PHOTO = 4
MIN_SIDE_PX = 16
ReadImage = Callable[[Picture], Image]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Measurements of one set: (n, features) with one block and one cluster a row."""

    table: NDArray[np.float64]
    blocks: tuple[str, ...]
    clusters: tuple[str, ...]

    def of(self, names: Sequence[str], name: str) -> list[float]:
        """One feature's values."""
        return [float(v) for v in self.table[:, names.index(name)]]


@dataclass(frozen=True, slots=True, eq=False)
class PixelStudy:
    """What the pixels of a set are like, whole pictures and tags."""

    pictures: Values
    tags: Values


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far drawn (second) can be told from real (first): whole pictures, and tags alone."""

    pictures: Separation | None
    tags: Separation | None


def study_drawn(pictures: Sequence[Picture], read: ReadImage, *, count: int, seed: int) -> PixelStudy:
    """Measures up to `count` pictures of a dataset, half of them with labels where there are enough."""
    order = stream(seed, 0, "pictures to measure").permutation(len(pictures))
    labelled = [pictures[k] for k in order if pictures[k].labels.annotations]
    empty = [pictures[k] for k in order if not pictures[k].labels.annotations]
    half = min(len(labelled), max(count - len(empty), count // 2))
    chosen = [*labelled[:half], *empty[: count - half]]
    return _study((picture, image, image) for picture in chosen for image in [read(picture)])


def study_real(
    photos: Sequence[Picture], read: ReadImage, *, piece: tuple[int, int], count: int, seed: int
) -> PixelStudy:
    """Measures real photos in pieces.

    Args:
        photos: labelled or not.
        read: loads one, RGB uint8.
        piece: (width, height) of a piece, px.
        count: at most so many pieces.
        seed: of their places; the first piece of a photo holds its first label.
    """

    def pieces() -> Iterator[tuple[Picture, Image, Image]]:
        share = max(1, min(PIECES_PER_PHOTO, count // max(len(photos), 1)))
        for number, photo in enumerate(photos[:count]):
            image = read(photo)
            rng = stream(seed, number, "pieces of photos")
            for k in range(share):
                yield photo, _piece(rng, image, photo if k == 0 else None, piece), image if k == 0 else image[:0]

    return _study(pieces())


def compare(real: PixelStudy, drawn: PixelStudy, *, seed: int) -> Comparison:
    """Tells drawn from real."""
    return Comparison(
        _separation(real.pictures, drawn.pictures, PIXEL_FEATURES, seed),
        _separation(real.tags, drawn.tags, TAG_FEATURES, seed),
    )


def edges_over(series: Mapping[str, Sequence[float]], bins: int) -> NDArray[np.float64]:
    """Common bins for several sets, from their 0.5 % to their 99.5 % quantile."""
    together = np.concatenate([np.asarray(values, dtype=np.float64) for values in series.values()])
    low, high = np.quantile(together, [0.005, 0.995]) if together.size else (0.0, 1.0)
    pad = max(float(high - low) * 0.02, 1e-3)
    return np.linspace(float(low) - pad, float(high) + pad, bins + 1)


def photo_of(picture: Picture) -> str:
    """The photo that a picture shows, by its bare name; else the picture itself."""
    under = picture.spec.background if picture.spec else None
    return PurePath(under.photo if isinstance(under, PhotoBackground) else picture.labels.file_name).stem


def _separation(real: Values, drawn: Values, names: Sequence[str], seed: int) -> Separation | None:
    return separate(
        Measurements(real.table, real.blocks, real.clusters),
        Measurements(drawn.table, drawn.blocks, drawn.clusters),
        names,
        seed=seed,
    )


def _study(parts: Iterator[tuple[Picture, Image, Image]]) -> PixelStudy:
    """Of (picture, pixels to measure as a whole, pixels that its boxes refer to)."""
    whole: list[NDArray[np.float64]] = []
    whole_of: list[Picture] = []
    tags: list[NDArray[np.float64]] = []
    tags_of: list[Picture] = []
    for picture, pixels, labelled in parts:
        if min(pixels.shape[:2]) < MIN_SIDE_PX:
            continue
        whole.append(pixel_features(pixels))
        whole_of.append(picture)
        for annotation in picture.labels.annotations if labelled.size else ():
            measured = tag_features(labelled, annotation.box)
            if measured is not None:
                tags.append(measured)
                tags_of.append(picture)
    return PixelStudy(_values(whole, whole_of, PIXEL_FEATURES), _values(tags, tags_of, TAG_FEATURES))


def _values(rows: Sequence[NDArray[np.float64]], pictures: Sequence[Picture], names: Sequence[str]) -> Values:
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    return Values(table, tuple(photo_of(p) for p in pictures), tuple(p.labels.file_name for p in pictures))


def _piece(rng: np.random.Generator, image: Image, labelled: Picture | None, piece: tuple[int, int]) -> Image:
    height, width = image.shape[:2]
    w, h = min(piece[0], width), min(piece[1], height)
    x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    if labelled is not None and labelled.labels.annotations:
        x0, y0, x1, y1 = labelled.labels.annotations[0].box
        x = min(max(int((x0 + x1 - w) / 2), 0), width - w)
        y = min(max(int((y0 + y1 - h) / 2), 0), height - h)
    return image[y : y + h, x : x + w]
