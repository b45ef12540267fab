"""What a tag takes of a canvas: counted and boxed as numpy does it, and as much of its coverage as a paste needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import RejectedScene
from synth.serials.extents import HALF, MAX_EXTENT_PX, extent_on, region_round
from synth.serials.pose import box_on_canvas
from synth.streams import stream


@given(
    st.integers(0, 1000), st.integers(1, 12), st.integers(1, 12), st.integers(-9, 25), st.integers(-9, 25),
    st.integers(0, 3),
)  # fmt: skip
def test_an_extent_is_what_numpy_finds(seed: int, width: int, height: int, x: int, y: int, margin: int) -> None:
    rng = stream(seed, 0, "coverage")
    whole = (rng.integers(0, 256, (height, width)) * (rng.random((height, width)) < 0.3)).astype(np.uint8)
    extent = extent_on(whole, (x, y, x + width, y + height), margin, (20, 18))
    rows, columns = np.nonzero(whole)
    solid_rows, solid_columns = np.nonzero(whole >= HALF)
    if extent is None:
        reach = (columns.min() - margin, columns.max() + margin, rows.min() - margin, rows.max() + margin) if len(
            rows
        ) else (0, 0, 0, 0)  # fmt: skip
        outside = reach[0] + x >= 20 or reach[1] + x < 0 or reach[2] + y >= 18 or reach[3] + y < 0
        assert len(solid_rows) == 0 or outside
        return
    assert extent.full_area == len(solid_rows)
    assert extent.full_box == (
        x + solid_columns.min(), y + solid_rows.min(), x + solid_columns.max() + 1, y + solid_rows.max() + 1,
    )  # fmt: skip
    x0, y0, x1, y1 = extent.region
    assert (x0, y0) == (max(x + columns.min() - margin, 0), max(y + rows.min() - margin, 0))
    assert (x1, y1) == (min(x + columns.max() + 1 + margin, 20), min(y + rows.max() + 1 + margin, 18))
    canvas = np.zeros((60, 60), np.uint8)
    canvas[y + 10 : y + 10 + height, x + 10 : x + 10 + width] = whole
    assert np.array_equal(extent.coverage, canvas[y0 + 10 : y1 + 10, x0 + 10 : x1 + 10])


def test_the_box_on_the_canvas_holds_the_mapped_points() -> None:
    matrix = np.array([[3.0, 0.2, 40.0], [-0.1, 2.0, 30.0], [0.002, -0.001, 1.0]])
    points = stream(1, 0, "points").normal(0, 10, (50, 2))
    mapped = np.c_[points, np.ones(50)] @ matrix.T
    mapped = mapped[:, :2] / mapped[:, 2:]
    assert box_on_canvas(matrix, points) == pytest.approx((*mapped.min(axis=0), *mapped.max(axis=0)))


def test_what_lies_behind_the_camera_or_is_enormous_is_refused() -> None:
    behind = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.1, 0.0, 1.0]])
    with pytest.raises(RejectedScene, match="inside out"):
        box_on_canvas(behind, np.array([[-11.0, 0.0], [1.0, 0.0]]))
    with pytest.raises(RejectedScene, match="larger"):
        region_round((0.0, 0.0, MAX_EXTENT_PX + 1.0, 5.0), 1)
    endless = box_on_canvas(np.diag([1e308, 1e308, 1.0]), np.array([[-11.0, 0.0], [100.0, 0.0]]))
    with pytest.raises(RejectedScene, match="larger"):
        region_round(endless, 1)
    assert region_round((0.2, -0.2, 3.0, 4.1), 2) == (-2, -3, 5, 7)
