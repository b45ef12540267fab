"""Paste detectability: can a small classifier tell pasted from untouched places, and by what?

A detector learns whatever tells tags from the rest. If a seam does, it learns seams. So every paste's outline is laid
on an untouched place of the same picture, both are measured (`synth.inspection.seams`), and a classifier that saw
neither the picture nor its background photo has to say which is which.

*Negative pastes* (pieces of photos) have nothing but their seam to be known by: they are what is measured here. A tag
has an outline of its own, as a tag in a real photo has: see `synth.inspection.against_real`. The
*control* compares untouched places with untouched places: it must stay near 0.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.inspection.pastes import DrawnImage, Paste, Pastes, TagAlpha, pastes_of
from synth.inspection.seams import EDGE_FEATURES, MARGIN_PX, SEAM_FEATURES, Outline
from synth.inspection.separation import Measurements, Separation, separate
from synth.labels.sample import Image, Mask
from synth.scene.spec import Layer, PatchLayer, TagLayer
from synth.streams import stream

GAP_PX = 4
PLACE_TRIES = 60
PASTES_PER_IMAGE = 3
ReadPicture = Callable[[DrawnImage], Image]
NEGATIVES = "negative pastes"


@dataclass(frozen=True, slots=True)
class BlendRow:
    """One line of the report.

    Attributes:
        subject: what is compared.
        blend: its kind, or "all".
        separation: of untouched or real (first) from pasted (second); None if there are too few.
        by_edge: the same by what is at the outline alone, not by what lies inside it: what a better blend could change,
            where the rest is light, grain and texture that do not fit.
        pastes: measured.
        images: they lie on.
    """

    subject: str
    blend: str
    separation: Separation | None
    by_edge: Separation | None
    pastes: int
    images: int


@dataclass(frozen=True, slots=True)
class Detectability:
    """The whole measurement.

    Attributes:
        rows: "all" first, then blend by blend.
        control: untouched against untouched.
        unknown: pictures left out because the outline of a paste could not be known.
        without_place: pastes left out because they are too small, cut by the border or no untouched place was left.
    """

    rows: tuple[BlendRow, ...]
    control: Separation | None
    unknown: int
    without_place: int

    def row(self, blend: str = "all") -> BlendRow | None:
        """The line of that blend, if there is one."""
        return next((row for row in self.rows if row.blend == blend), None)


@dataclass(slots=True)
class _Pairs:
    """What was measured: row k of every list belongs to paste k."""

    pasted: list[NDArray[np.float64]] = field(default_factory=list)
    untouched: list[NDArray[np.float64]] = field(default_factory=list)
    untouched_again: list[NDArray[np.float64]] = field(default_factory=list)
    where: list[tuple[str, str]] = field(default_factory=list)
    blends: list[str] = field(default_factory=list)


def paste_detectability(
    images: Sequence[DrawnImage],
    read: ReadPicture,
    tag_alpha: TagAlpha,
    *,
    seed: int,
    images_per_blend: int = 200,
) -> Detectability:
    """Measures how well pastes can be told from untouched places.

    Args:
        images: pictures with their specs.
        read: loads one picture, RGB uint8.
        tag_alpha: see `synth.inspection.pastes.pastes_of`.
        seed: of the choice of pictures and places.
        images_per_blend: at most so many pictures per blend are opened.
    """
    pairs = _Pairs()
    unknown = without_place = 0
    for image in chosen_images(images, seed, images_per_blend, (NEGATIVES,)):
        pastes = pastes_of(image, tag_alpha, margin_px=GAP_PX)
        if pastes is None:
            unknown += 1
            continue
        patches = [paste for paste in pastes.whole if paste.kind == "patch"]
        if patches:
            without_place += _measure(pairs, image, read(image), pastes, patches, seed)
    return Detectability(tuple(_rows(pairs, seed)), _control(pairs, seed), unknown, without_place)


def _layer_subject(layer: Layer) -> tuple[str, str] | None:
    if isinstance(layer, PatchLayer) and not layer.occludes:
        return NEGATIVES, layer.blend.kind
    if isinstance(layer, TagLayer) and layer.labelled:
        return "tags", layer.blend.kind
    return None


def chosen_images(
    images: Sequence[DrawnImage], seed: int, images_per_blend: int, subjects_wanted: Sequence[str]
) -> list[DrawnImage]:
    """Pictures in a drawn order, each only if it holds a subject ("tags", "negative pastes") in a blend of which fewer
    than `images_per_blend` were chosen before.
    """
    order = stream(seed, 0, "pictures for detectability").permutation(len(images))
    counts: dict[tuple[str, str], int] = {}
    chosen: list[DrawnImage] = []
    for k in order:
        found = (_layer_subject(layer) for layer in images[k].spec.layers)
        subjects = {subject for subject in found if subject is not None and subject[0] in subjects_wanted}
        if any(counts.get(s, 0) < images_per_blend for s in subjects):
            chosen.append(images[k])
            for subject in subjects:
                counts[subject] = counts.get(subject, 0) + 1
    return chosen


def _measure(
    pairs: _Pairs, image: DrawnImage, pixels: Image, pastes: Pastes, patches: Sequence[Paste], seed: int
) -> int:
    """Appends what could be measured; how many pastes could not."""
    rng = stream(seed, image.spec.index, "untouched places")
    left_out = 0
    for paste in patches[:PASTES_PER_IMAGE]:
        triple = _triple(rng, pixels, paste.mask, pastes.touched)
        if triple is None:
            left_out += 1
        else:
            _append(pairs, triple, (image.background, image.spec.file_name), paste.blend)
    return left_out


Triple = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _append(pairs: _Pairs, triple: Triple, where: tuple[str, str], blend: str) -> None:
    pairs.pasted.append(triple[0])
    pairs.untouched.append(triple[1])
    pairs.untouched_again.append(triple[2])
    pairs.where.append(where)
    pairs.blends.append(blend)


def _triple(rng: np.random.Generator, image: Image, mask: Mask, touched: NDArray[np.bool_]) -> Triple | None:
    """The features of a paste and of two untouched places with its outline; None if it or they don't fit."""
    mask = mask.trimmed()
    outline = Outline.of(mask)
    x, y = mask.x - MARGIN_PX, mask.y - MARGIN_PX
    height, width = image.shape[:2]
    if outline is None or x < 0 or y < 0 or x + outline.width > width or y + outline.height > height:
        return None
    places = _sample_places(rng, outline, (x, y), touched, 2)
    if len(places) < 2:
        return None
    return outline.measure(image, x, y), outline.measure(image, *places[0]), outline.measure(image, *places[1])


def _sample_places(
    rng: np.random.Generator, outline: Outline, origin: tuple[int, int], touched: NDArray[np.bool_], count: int
) -> list[tuple[int, int]]:
    """Top-left corners of regions without a touched pixel, at about the same height in the picture as `origin`.

    The ground is not the sky: a place far above would differ by what grows there. The search widens as it goes on.
    """
    height, width = touched.shape
    total = np.asarray(cv2.integral(touched.astype(np.uint8)), dtype=np.int64)
    places: list[tuple[int, int]] = []
    for k in range(PLACE_TRIES):
        x = int(rng.integers(width - outline.width + 1))
        y = round(origin[1] + rng.normal() * height * (0.05 + 0.5 * k / PLACE_TRIES))
        if not 0 <= y <= height - outline.height:
            continue
        x1, y1 = x + outline.width, y + outline.height
        if total[y1, x1] - total[y, x1] - total[y1, x] + total[y, x] == 0:
            places.append((x, y))
            if len(places) == count:
                break
    return places


def _rows(pairs: _Pairs, seed: int) -> Iterable[BlendRow]:
    for blend in ["all", *sorted(set(pairs.blends))] if pairs.blends else []:
        rows = [k for k, b in enumerate(pairs.blends) if blend in ("all", b)]
        images = len({pairs.where[k][1] for k in rows})
        whole, edge = (_separation(pairs, rows, seed, names) for names in (SEAM_FEATURES, EDGE_FEATURES))
        yield BlendRow(NEGATIVES, blend, whole, edge, len(rows), images)


def _control(pairs: _Pairs, seed: int) -> Separation | None:
    rows = range(len(pairs.blends))
    first, second = (_set(pairs, values, rows, SEAM_FEATURES) for values in (pairs.untouched, pairs.untouched_again))
    return separate(first, second, SEAM_FEATURES, seed=seed)


def _separation(pairs: _Pairs, rows: Sequence[int], seed: int, names: Sequence[str]) -> Separation | None:
    first, second = (_set(pairs, values, rows, names) for values in (pairs.untouched, pairs.pasted))
    return separate(first, second, names, seed=seed)


def _set(pairs: _Pairs, values: list[NDArray[np.float64]], rows: Sequence[int], names: Sequence[str]) -> Measurements:
    columns = [SEAM_FEATURES.index(name) for name in names]
    table = np.array([values[k] for k in rows]).reshape(len(rows), len(SEAM_FEATURES))[:, columns]
    return Measurements(table, tuple(pairs.where[k][0] for k in rows), tuple(pairs.where[k][1] for k in rows))
