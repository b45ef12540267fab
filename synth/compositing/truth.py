"""Labels, measured on what was painted: which pixels of a tag are still its own once everything lies over it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synth.banks.records import PhotoRecord, TagRecord
from synth.compositing.warp import Placed, Region, jacobian_at, matrix_of
from synth.errors import RejectedScene
from synth.geometry.boxes import Box, box_area, intersect
from synth.geometry.homography import Matrix, apply
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Categories, Mask, Quad
from synth.scene.spec import PhotoBackground, TagLayer

KEPT_SHARE = 0.15
"""A hand label of which the crop holds less than this is dropped: nobody would draw it."""


@dataclass(slots=True, eq=False)
class TagTruth:
    """A labelled tag on the canvas, while layers are painted over it.

    Attributes:
        layer: its layer.
        record: its entry in the bank.
        placed: where it was pasted.
        visible: (h, w) bool, its pixels that nothing hides yet.
    """

    layer: TagLayer
    record: TagRecord
    placed: Placed
    visible: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.visible = self.placed.mask

    def hide(self, x: int, y: int, mask: NDArray[np.bool_]) -> bool:
        """Takes away what a later layer, whose region starts at (x, y), covers; says whether it covers anything."""
        height, width = self.visible.shape
        left, top = max(x, self.placed.x), max(y, self.placed.y)
        right = min(x + mask.shape[1], self.placed.x + width)
        bottom = min(y + mask.shape[0], self.placed.y + height)
        if left >= right or top >= bottom:
            return False
        mine = self.visible[top - self.placed.y : bottom - self.placed.y, left - self.placed.x : right - self.placed.x]
        over = mask[top - y : bottom - y, left - x : right - x] & mine
        mine &= ~over
        return bool(over.any())

    def annotation(self, categories: Categories, min_visibility: float, width: int, height: int) -> Annotation:
        """The label; RejectedScene if too little of the tag is visible."""
        mask = Mask(self.placed.x, self.placed.y, self.visible).trimmed()
        area = mask.area
        visibility = area / self.placed.full_area
        if area == 0 or visibility < min_visibility:
            raise RejectedScene("tag hidden")
        matrix = matrix_of(self.layer.matrix)
        x0, y0, x1, y1 = self.placed.full_box
        return Annotation(
            category=categories.id_of(self.record.category),
            box=mask.box,
            mask=mask,
            amodal_box=self.placed.full_box,
            quad=_quad(self.record, matrix),
            angle_deg=_angle_deg(self.record, matrix),
            text=None if self.layer.blank else self.record.text,
            visibility=visibility,
            identity=self.record.identity,
            truncated=x0 < 0 or y0 < 0 or x1 > width or y1 > height,
        )


def _quad(record: TagRecord, matrix: Matrix) -> Quad | None:
    """The corners on the canvas. They keep the order in which the tag is read, also where it is mirrored."""
    if record.quad is None:
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in apply(matrix, record.quad))
    return (a, b, c, d)


def _angle_deg(record: TagRecord, matrix: Matrix) -> float | None:
    """Direction of upright on the canvas at the middle of the tag; None for a mirror image, which has none."""
    if record.angle_deg is None:
        return None
    x0, y0, x1, y1 = record.mask_box
    moved = jacobian_at(matrix, (x0 + x1) / 2, (y0 + y1) / 2)
    (a, b), (c, d) = moved.tolist()
    if a * d - b * c <= 0:
        return None
    turn = math.radians(record.angle_deg)
    dx, dy = moved @ np.array([-math.sin(turn), -math.cos(turn)])
    return wrap_deg(math.degrees(math.atan2(-dx, -dy)))


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
