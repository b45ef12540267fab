"""Labels, measured on what was painted: which pixels of a tag are still its own once everything lies over it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.banks.records import PhotoRecord, TagRecord
from synth.compositing.warp import Placed, matrix_of
from synth.errors import RejectedScene
from synth.geometry.boxes import Box, Region, box_area, intersect
from synth.geometry.homography import Matrix, apply
from synth.geometry.rotation import upright_at
from synth.labels.sample import Annotation, Categories, Mask, Quad
from synth.scene.spec import PhotoBackground, TagLayer
from synth.serials.legibility import LEAST_VISIBILITY, SURE_VISIBILITY
from synth.serials.lettering import DrawnCharacter

KEPT_SHARE = 0.15
"""A hand label of which the crop holds less than this is dropped: nobody would draw it."""


@dataclass(frozen=True, slots=True, eq=False)
class About:
    """What is known about a tag apart from its pixels; fields as of an `Annotation`.

    Attributes:
        bare: it is writing without a body, whose finest strokes may cover no pixel to the half.
    """

    category: str
    text: str | None
    identity: str | None
    quad: Quad | None = None
    angle_deg: float | None = None
    circle: tuple[float, float, float] | None = None
    characters: tuple[DrawnCharacter, ...] = ()
    bare: bool = False


@dataclass(slots=True, eq=False)
class TagTruth:
    """A labelled tag on the canvas, while layers are painted over it.

    Attributes:
        placed: where it was pasted.
        about: what is known about it.
        clear: (h, w) bool, pixels of its region that nothing hides yet; None as long as no later layer was painted on
            its region.
        faint: positions of characters that can hardly be told from what they are written on.
    """

    placed: Placed
    about: About
    clear: NDArray[np.bool_] | None = None
    faint: frozenset[int] = frozenset()

    def hide(self, x: int, y: int, mask: NDArray[np.bool_]) -> bool:
        """Takes away what a later layer, whose region starts at (x, y), covers; says whether it covers anything."""
        height, width = self.placed.coverage.shape
        left, top = max(x, self.placed.x), max(y, self.placed.y)
        right = min(x + mask.shape[1], self.placed.x + width)
        bottom = min(y + mask.shape[0], self.placed.y + height)
        if left >= right or top >= bottom:
            return False
        rows = slice(top - self.placed.y, bottom - self.placed.y)
        columns = slice(left - self.placed.x, right - self.placed.x)
        over = mask[top - y : bottom - y, left - x : right - x]
        clear = np.ones((height, width), np.bool_) if self.clear is None else self.clear
        hidden = over & clear[rows, columns] & self.placed.mask[rows, columns]
        clear[rows, columns] &= ~over
        self.clear = clear
        return bool(hidden.any())

    def annotation(self, categories: Categories, min_visibility: float, width: int, height: int) -> Annotation:
        """The label; RejectedScene if too little of the tag is visible."""
        own = self.placed.mask if self.clear is None else self.placed.mask & self.clear
        mask = Mask(self.placed.x, self.placed.y, own).trimmed()
        area = mask.area
        visibility = area / self.placed.full_area
        if area == 0 or visibility < min_visibility:
            raise RejectedScene("tag hidden")
        about = self.about
        return Annotation(
            category=categories.id_of(about.category),
            box=mask.box,
            mask=mask,
            amodal_box=self.placed.full_box,
            circle=about.circle,
            quad=about.quad,
            angle_deg=about.angle_deg,
            text=about.text,
            characters=tuple(self._characters(categories, width, height)),
            visibility=visibility,
            identity=about.identity,
            truncated=_leaves(self.placed.full_box, width, height),
        )

    def _characters(self, categories: Categories, width: int, height: int) -> Iterator[Annotation]:
        """Labels of the characters of which enough is visible, in reading order."""
        for number, drawn in enumerate(self.about.characters):
            mask = drawn.mask
            if self.clear is not None or not self.about.bare:
                mask = Mask(mask.x, mask.y, mask.pixels & self._clear_at(mask)).trimmed()
            visibility = min(1.0, mask.area / max(drawn.full_area, 1)) * drawn.facing
            if mask.pixels.size == 0 or visibility < LEAST_VISIBILITY:
                continue
            yield Annotation(
                category=categories.character_id_of(drawn.character),
                box=mask.box,
                mask=mask,
                amodal_box=drawn.outline_box,
                quad=drawn.quad,
                angle_deg=drawn.angle_deg,
                text=drawn.character,
                visibility=visibility,
                truncated=_leaves(drawn.outline_box, width, height),
                difficult=number in self.faint or visibility < SURE_VISIBILITY,
                place=drawn.place,
            )

    def _clear_at(self, mask: Mask) -> NDArray[np.bool_]:
        """(h, w) of a mask's region: the tag's own pixels that nothing hides."""
        height, width = mask.pixels.shape
        x, y = mask.x - self.placed.x, mask.y - self.placed.y
        rows, columns = slice(max(y, 0), max(y + height, 0)), slice(max(x, 0), max(x + width, 0))
        clear, visible = self.clear, self.placed.mask
        if self.about.bare and clear is not None:
            visible = clear
        elif clear is not None:
            visible = visible & clear
        own = visible[rows, columns]
        if own.shape == mask.pixels.shape:
            return own
        clear = np.zeros((height, width), np.bool_)
        top, left = max(-y, 0), max(-x, 0)
        clear[top : top + own.shape[0], left : left + own.shape[1]] = own
        return clear


def about_cutout(layer: TagLayer, record: TagRecord) -> About:
    """What is known about a pasted cut-out."""
    matrix = matrix_of(layer.matrix)
    upright: float | None = None
    if record.angle_deg is not None:
        x0, y0, x1, y1 = record.mask_box
        upright = upright_at(matrix, record.angle_deg, (x0 + x1) / 2, (y0 + y1) / 2)
    text = None if layer.blank else record.text
    return About(record.category, text, record.identity, quad_on_canvas(record, matrix), upright)


def _leaves(box: Box, width: int, height: int) -> bool:
    """Whether a box reaches out of the canvas."""
    return box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height


def quad_on_canvas(record: TagRecord, matrix: Matrix) -> Quad | None:
    """The corners on the canvas. They keep the order in which the tag is read, also where it is mirrored."""
    if record.quad is None:
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in apply(matrix, record.quad))
    return (a, b, c, d)


def kept_annotations(
    photo: PhotoRecord, crop: PhotoBackground, categories: Categories, width: int, height: int
) -> tuple[Annotation, ...]:
    """The hand labels of a crop, on the canvas; those of which too little remains are dropped."""
    kept = []
    for label in photo.annotations:
        full = _on_canvas(label.box, crop, width)
        box = intersect(full, (0.0, 0.0, width, height))
        share = box_area(box) / box_area(full) if box_area(full) > 0 else 0.0
        if share < KEPT_SHARE:
            continue
        kept.append(
            Annotation(
                category=categories.id_of(label.category),
                box=box,
                amodal_box=full,
                text=label.text,
                identity=label.identity,
                truncated=share < 1.0,
                difficult=label.difficult,
            )
        )
    return tuple(kept)


def _on_canvas(box: Box, crop: PhotoBackground, width: int) -> Box:
    x0, y0, x1, y1 = box[0] - crop.x, box[1] - crop.y, box[2] - crop.x, box[3] - crop.y
    return (width - x1, y0, width - x0, y1) if crop.mirrored else (x0, y0, x1, y1)


def refuse_covered_labels(kept: tuple[Annotation, ...], region: Region, mask: NDArray[np.bool_]) -> None:
    """Raises RejectedScene if a layer covers part of what a hand label marks: nobody knows what remains of it."""
    x0, y0, x1, y1 = region
    for annotation in kept:
        box = intersect(annotation.box, (x0, y0, x1, y1))
        if box_area(box) == 0:
            continue
        columns = slice(math.floor(box[0]) - x0, math.ceil(box[2]) - x0)
        rows = slice(math.floor(box[1]) - y0, math.ceil(box[3]) - y0)
        if mask[rows, columns].any():
            raise RejectedScene("hand label covered")
