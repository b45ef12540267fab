"""Where a canvas may be cut out of a photo: at multiples of 16 px, clear of hand labels or holding them whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.banks.records import PhotoRecord
from synth.geometry.boxes import Box, box_area, intersect

STEP_PX = 16
MIN_KEPT = 0.6


def usable_part(photo: PhotoRecord, area: Sequence[float]) -> Box:
    """A relative area of a photo, px."""
    return (area[0] * photo.width, area[1] * photo.height, area[2] * photo.width, area[3] * photo.height)


def crop_places(
    photo: PhotoRecord, width: int, height: int, *, keep: bool, area: Sequence[float] = (0.0, 0.0, 1.0, 1.0)
) -> NDArray[np.int32]:
    """All crops of a photo that a recipe may use.

    Args:
        photo: at least as large as the canvas.
        width: of the canvas, px.
        height: likewise.
        keep: whether hand labels may lie in a crop, if at least `MIN_KEPT` of each does; else none may.
        area: the part of the photo that may be used, relative.

    Returns:
        (n, 2) int32: left and top edge of each, px.
    """
    xs = np.arange(0, photo.width - width + 1, STEP_PX, dtype=np.int32)
    ys = np.arange(0, photo.height - height + 1, STEP_PX, dtype=np.int32)
    left, top, right, bottom = usable_part(photo, area)
    xs, ys = xs[(xs >= left) & (xs + width <= right)], ys[(ys >= top) & (ys + height <= bottom)]
    allowed = np.ones((len(ys), len(xs)), np.bool_)
    for label in photo.annotations:
        x0, y0, x1, y1 = label.box
        across = np.clip(np.minimum(xs + width, x1) - np.maximum(xs, x0), 0, None)
        down = np.clip(np.minimum(ys + height, y1) - np.maximum(ys, y0), 0, None)
        share = down[:, None] * across[None] / box_area(label.box)
        allowed &= (share == 0) | (share >= MIN_KEPT) if keep else share == 0
    rows, columns = np.nonzero(allowed)
    return np.stack([xs[columns], ys[rows]], axis=1)


def labels_in(photo: PhotoRecord, x: int, y: int, width: int, height: int) -> list[Box]:
    """Canvas boxes of the hand labels in a crop."""
    inside = (intersect(label.box, (x, y, x + width, y + height)) for label in photo.annotations)
    return [(b[0] - x, b[1] - y, b[2] - x, b[3] - y) for b in inside if box_area(b) > 0]
