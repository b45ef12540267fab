"""Boxes: xyxy, float pixels, continuous and half-open; the whole image is (0, 0, W, H).

Pixel (column i, row j) covers [i, i+1) x [j, j+1), so a mask whose leftmost column is i has x_min = i and a mask whose
rightmost column is k has x_max = k + 1.
"""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]
Region = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole px, half-open; it may reach beyond its picture."""


def box_area(box: Sequence[float]) -> float:
    """Area in px^2; 0 for a reversed box."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def intersect(a: Sequence[float], b: Sequence[float]) -> Box:
    """The common part of two boxes; reversed (area 0) where they do not meet."""
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def iou(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union, in [0, 1]; 0 where both are empty."""
    common = box_area(intersect(a, b))
    union = box_area(a) + box_area(b) - common
    return common / union if union > 0 else 0.0


def bounding_box(points: Sequence[Sequence[float]]) -> Box:
    """The smallest box that holds all (x, y) points."""
    xs = [float(p[0]) for p in points]
    ys = [float(p[1]) for p in points]
    return (min(xs), min(ys), max(xs), max(ys))


def xywh_to_xyxy(box: Sequence[float]) -> Box:
    """(x, y, width, height) to (x_min, y_min, x_max, y_max)."""
    return (box[0], box[1], box[0] + box[2], box[1] + box[3])
