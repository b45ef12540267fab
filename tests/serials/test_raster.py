"""Coverage by exact area: against areas that are known, against supersampling, and under cropping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polygon_face import supersampled

from synth.serials.raster import polygon_area_coverage

REGION = (-4, -6, 40, 36)


def star(seed: int, corners: int = 24) -> np.ndarray:
    rng = np.random.Generator(np.random.PCG64(seed))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(3, 16, corners)
    return np.column_stack([18 + radius * np.cos(angle), 15 + radius * np.sin(angle)])


def shoelace(points: np.ndarray) -> float:
    x, y = points.T
    return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2))


@given(st.integers(0, 10_000))
def test_the_sum_is_the_area(seed: int) -> None:
    points = star(seed)
    covered = polygon_area_coverage(points, np.array([len(points)]), REGION)
    partly = np.count_nonzero((covered > 0) & (covered < 255))
    assert covered.sum() / 255 == pytest.approx(shoelace(points), abs=0.5 / 255 * partly + 0.01)


def test_rectangles_with_fractional_sides_are_exact() -> None:
    points = np.array([(1.25, 2.5), (4.75, 2.5), (4.75, 5.25), (1.25, 5.25)])
    columns, rows = np.array([0, 0.75, 1, 1, 0.75, 0]), np.array([0, 0, 0.5, 1, 1, 0.25, 0])
    expected = np.floor(np.outer(rows, columns) * 255 + 0.5)
    np.testing.assert_array_equal(polygon_area_coverage(points, np.array([4]), (0, 0, 6, 7)), expected)


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_supersampling(seed: int) -> None:
    points = star(seed)
    covered = polygon_area_coverage(points, np.array([len(points)]), REGION) / 255
    slow = supersampled([points], REGION, 32)
    assert np.abs(covered - slow).max() < 0.05
    assert covered.sum() == pytest.approx(slow.sum(), rel=0.003)


@given(st.integers(0, 10_000), st.integers(-4, 34), st.integers(-6, 28), st.integers(1, 12), st.integers(1, 12))
def test_a_part_is_a_slice_of_the_whole(seed: int, x: int, y: int, width: int, height: int) -> None:
    points = star(seed)
    ends = np.array([len(points)])
    whole = polygon_area_coverage(points, ends, REGION)
    x1, y1 = min(x + width, REGION[2]), min(y + height, REGION[3])
    part = polygon_area_coverage(points, ends, (x, y, x1, y1))
    np.testing.assert_array_equal(part, whole[y + 6 : y1 + 6, x + 4 : x1 + 4])


@given(st.integers(0, 10_000), st.integers(-500, 500), st.integers(-500, 500))
def test_whole_pixels_move_it_exactly(seed: int, dx: int, dy: int) -> None:
    points = np.rint(star(seed) * 4096) / 4096
    ends = np.array([len(points)])
    x0, y0, x1, y1 = REGION
    moved = polygon_area_coverage(np.add(points, (dx, dy)), ends, (x0 + dx, y0 + dy, x1 + dx, y1 + dy))
    np.testing.assert_array_equal(moved, polygon_area_coverage(points, ends, REGION))


@given(st.integers(0, 10_000))
def test_direction_and_first_corner_do_not_matter(seed: int) -> None:
    points = star(seed)
    ends = np.array([len(points)])
    covered = polygon_area_coverage(points, ends, REGION).astype(int)
    for other in (points[::-1], np.roll(points, 7, axis=0)):
        assert np.abs(polygon_area_coverage(other, ends, REGION) - covered).max() <= 1


def test_a_hole_is_a_hole_and_an_overlap_counts_once() -> None:
    outer = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], float)
    inner = outer * 0.4 + 3
    ends = np.array([4, 8])
    ring = polygon_area_coverage(np.concatenate([outer, inner[::-1]]), ends, (0, 0, 10, 10))
    assert ring.sum() == 255 * (100 - 16)
    assert (ring[3:7, 3:7] == 0).all()
    assert (polygon_area_coverage(np.concatenate([outer, inner]), ends, (0, 0, 10, 10)) == 255).all()


def test_a_polygon_that_surrounds_the_region_covers_it_all() -> None:
    points = np.array([(-1e4, -1e4), (1e4, -2e4), (3e4, 1e4), (-1e4, 2e4)])
    assert (polygon_area_coverage(points, np.array([4]), (5, 6, 15, 19)) == 255).all()


@pytest.mark.parametrize("shift", [(100, 0), (-100, 0), (0, 100), (0, -100)])
def test_what_lies_beside_the_region_is_not_in_it(shift: tuple[int, int]) -> None:
    points = star(1) + shift
    assert not polygon_area_coverage(points, np.array([len(points)]), REGION).any()


def test_an_empty_region_or_polygon_gives_an_empty_picture() -> None:
    assert polygon_area_coverage(star(1), np.array([24]), (5, 5, 5, 9)).shape == (4, 0)
    assert not polygon_area_coverage(np.zeros((0, 2)), np.zeros(0, np.int64), (0, 0, 3, 3)).any()
