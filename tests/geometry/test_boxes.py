"""Boxes against the pixels that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.geometry.boxes import Box, bounding_box, box_area, intersect, iou, xywh_to_xyxy

SIDE = 24
whole = st.integers(0, SIDE)
REVERSIBLE = st.tuples(whole, whole, whole, whole).map(lambda v: tuple(map(float, v)))
BOXES = st.tuples(whole, whole, whole, whole).map(
    lambda v: (float(min(v[0], v[2])), float(min(v[1], v[3])), float(max(v[0], v[2])), float(max(v[1], v[3])))
)


def pixels(box: Box) -> np.ndarray:
    """The pixels whose square lies in the box."""
    plane = np.zeros((SIDE, SIDE), bool)
    x0, y0, x1, y1 = map(int, box)
    plane[y0:y1, x0:x1] = True
    return plane


@given(BOXES, BOXES)
def test_area_and_iou_count_pixels(a: Box, b: Box) -> None:
    common, union = (pixels(a) & pixels(b)).sum(), (pixels(a) | pixels(b)).sum()
    assert box_area(a) == pixels(a).sum()
    assert box_area(intersect(a, b)) == common
    assert iou(a, b) == (common / union if union else 0.0)
    assert iou(a, b) == iou(b, a)


@given(REVERSIBLE)
def test_a_reversed_box_is_empty(box: Box) -> None:
    assert box_area(box) == pixels(box).sum()


@given(BOXES)
def test_width_and_height_are_added_to_the_low_corner(box: Box) -> None:
    assert xywh_to_xyxy((box[0], box[1], box[2] - box[0], box[3] - box[1])) == box


@given(st.lists(st.tuples(st.floats(-99, 99), st.floats(-99, 99)), min_size=1, max_size=9))
def test_the_bounding_box_is_the_smallest_that_holds_all(points: list[tuple[float, float]]) -> None:
    box = bounding_box(points)
    array = np.array(points)
    assert box == (*array.min(axis=0), *array.max(axis=0))


def test_no_points_have_no_bounding_box() -> None:
    with pytest.raises(ValueError, match="empty"):
        bounding_box([])
