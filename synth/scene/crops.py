"""Where a canvas may be cut out of a photo: at multiples of 16 px, clear of hand labels or holding them whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.banks.records import PhotoRecord
from synth.geometry.boxes import Box, box_area, intersect

STEP_PX = 16
MIN_KEPT = 0.6


def usable_part(photo: PhotoRecord, area: Sequence[float]) -> Box:
    """A relative area of a photo, px."""
    return (area[0] * photo.width, area[1] * photo.height, area[2] * photo.width, area[3] * photo.height)


@dataclass(frozen=True, slots=True)
class Crops:
    """The crops that a recipe may cut out of its photos.

    Attributes:
        width, height: of the canvas, px.
        keep: whether hand labels may lie in a crop, if at least `MIN_KEPT` of each does; else none may.
        area: the part of a photo that may be used, relative.
    """

    width: int
    height: int
    keep: bool
    area: tuple[float, float, float, float]

    def count(self, photo: PhotoRecord) -> int:
        """How many there are in a photo."""
        columns, rows = self._grid(photo)
        return len(self._allowed(photo)) if photo.annotations else len(columns) * len(rows)

    def sample_one(self, rng: np.random.Generator, photo: PhotoRecord) -> tuple[int, int]:
        """Left and top edge of one of them, px; all are equally likely. The photo has at least one."""
        columns, rows = self._grid(photo)
        if photo.annotations:
            allowed = self._allowed(photo)
            place = int(allowed[int(rng.integers(len(allowed)))])
        else:
            place = int(rng.integers(len(columns) * len(rows)))
        row, column = divmod(place, len(columns))
        return columns[column], rows[row]

    def _grid(self, photo: PhotoRecord) -> tuple[range, range]:
        left, top, right, bottom = usable_part(photo, self.area)
        return _steps(left, right - self.width), _steps(top, bottom - self.height)

    def _allowed(self, photo: PhotoRecord) -> NDArray[np.int64]:
        """(n,) numbers of the places, counted by rows, that suit the photo's hand labels."""
        columns, rows = self._grid(photo)
        xs, ys = np.array(columns, np.float64), np.array(rows, np.float64)
        allowed = np.ones((len(ys), len(xs)), np.bool_)
        for label in photo.annotations:
            x0, y0, x1, y1 = label.box
            across = np.clip(np.minimum(xs + self.width, x1) - np.maximum(xs, x0), 0, None)
            down = np.clip(np.minimum(ys + self.height, y1) - np.maximum(ys, y0), 0, None)
            share = down[:, None] * across[None] / box_area(label.box)
            allowed &= (share == 0) | (share >= MIN_KEPT) if self.keep else share == 0
        return np.flatnonzero(allowed)


def _steps(low: float, high: float) -> range:
    """The multiples of `STEP_PX` in [low, high]."""
    return range(math.ceil(low / STEP_PX) * STEP_PX, math.floor(high) + 1, STEP_PX)


def labels_in(photo: PhotoRecord, x: int, y: int, width: int, height: int) -> list[Box]:
    """Canvas boxes of the hand labels in a crop."""
    inside = (intersect(label.box, (x, y, x + width, y + height)) for label in photo.annotations)
    return [(b[0] - x, b[1] - y, b[2] - x, b[3] - y) for b in inside if box_area(b) > 0]
