"""How much of a canvas a tag takes: the whole px round it, and the part of its coverage that a paste needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.boxes import Box, Region
from synth.native import compiled
from synth.serials.raster import HALF
from synth.serials.regions import cut

Coverage = NDArray[np.uint8]
MAX_EXTENT_PX = 16384


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """The part of a coverage that a paste needs, and what the whole covers."""

    region: Region
    coverage: Coverage
    full_area: int
    full_box: Box


def region_round(box: Box, margin: int) -> Region:
    """Whole px round a box of the canvas; RejectedScene if it is enormous or its numbers are beyond all bounds."""
    x0, y0, x1, y1 = box
    if not (0 <= x1 - x0 <= MAX_EXTENT_PX and 0 <= y1 - y0 <= MAX_EXTENT_PX):
        raise RejectedScene("a tag is far larger than any canvas")
    return (math.floor(x0) - margin, math.floor(y0) - margin, math.ceil(x1) + margin, math.ceil(y1) + margin)


def extent_on(whole: Coverage, at: Region, margin: int, size: tuple[int, int]) -> Extent | None:
    """What a coverage comes to on a canvas; None if nothing of it shows or nothing reaches half a pixel."""
    full_area, (mx0, my0, mx1, my1) = _covered(whole, HALF)
    _, (cx0, cy0, cx1, cy1) = _covered(whole, 1)
    left, top = at[0], at[1]
    x0, y0 = max(left + cx0 - margin, 0), max(top + cy0 - margin, 0)
    x1, y1 = min(left + cx1 + margin, size[0]), min(top + cy1 + margin, size[1])
    if full_area == 0 or x0 >= x1 or y0 >= y1:
        return None
    box = (float(left + mx0), float(top + my0), float(left + mx1), float(top + my1))
    region = (x0, y0, x1, y1)
    return Extent(region, cut(whole, at, region), full_area, box)


@compiled
def _covered(plane: Coverage, least: int) -> tuple[int, Region]:
    """How many pixels are covered so much, and their box."""
    height, width = plane.shape
    columns, level = np.zeros(width, np.uint8), np.uint8(least)
    area, top, bottom = 0, height, 0
    for i in range(height):
        line, count = plane[i], 0
        for j in range(width):
            count += line[j] >= level
        if count:
            area, top, bottom = area + count, min(top, i), i + 1
            for j in range(width):
                columns[j] |= line[j] >= level
    left, right = 0, width
    while left < right and columns[left] == 0:
        left += 1
    while right > left and columns[right - 1] == 0:
        right -= 1
    return area, (left, min(top, bottom), right, bottom)
