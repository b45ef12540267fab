"""Polygons as coverage: how much of each pixel lies inside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from synth.compositing.blends import Coverage
from synth.geometry.boxes import Region, bounding_box
from synth.labels.sample import Point

_FINER = 4
_SHIFT = 4


def whole_region(points: Sequence[Point], margin: int) -> Region:
    """Whole px round a polygon."""
    x0, y0, x1, y1 = bounding_box(points)
    return (math.floor(x0) - margin, math.floor(y0) - margin, math.ceil(x1) + margin, math.ceil(y1) + margin)


def polygon_coverage(points: Sequence[Point], region: Region) -> Coverage:
    """(h, w) coverage of a region's pixels by a polygon, 255 inside; sampled on a grid four times as fine."""
    x0, y0, x1, y1 = region
    fine = np.zeros(((y1 - y0) * _FINER, (x1 - x0) * _FINER), np.uint8)
    corners = (np.asarray(points, dtype=np.float64) - (x0, y0)) * _FINER - 0.5
    fixed = np.rint(corners * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(fine, [fixed], (255,), lineType=cv2.LINE_8, shift=_SHIFT)
    return np.asarray(cv2.resize(fine, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA), dtype=np.uint8)
