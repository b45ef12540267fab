"""Polygons, blades and feathers."""

from __future__ import annotations

import numpy as np
import pytest

from synth.compositing.polygons import polygon_coverage, whole_region
from synth.compositing.strokes import draw_stroke, stroke_region
from synth.scene.spec import Stroke
from synth.streams import stream


def test_coverage_of_a_polygon_is_its_area() -> None:
    rng = stream(0, 0, "polygons")
    for _ in range(40):
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 14))))
        radii = rng.uniform(20, 60, angles.size)
        x, y = 70.3 + radii * np.cos(angles), 66.1 + radii * np.sin(angles)
        points = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        area = abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2
        length = float(np.hypot(x - np.roll(x, 1), y - np.roll(y, 1)).sum())
        found = polygon_coverage(points, whole_region(points, 2)).sum() / 255.0
        assert found == pytest.approx(area, abs=0.16 * length)


def test_a_square_on_the_pixel_grid_is_exact() -> None:
    coverage = polygon_coverage([(3, 4), (13, 4), (13, 9), (3, 9)], (0, 0, 20, 20))
    expected = np.zeros((20, 20), bool)
    expected[4:9, 3:13] = True
    np.testing.assert_array_equal(coverage >= 128, expected)


def drawn(stroke: Stroke, width: int = 300, height: int = 260) -> tuple[np.ndarray, np.ndarray]:
    picture, coverage = np.full((height, width, 3), 120, np.uint8), np.zeros((height, width), np.uint8)
    x0, y0, x1, y1 = stroke_region(stroke, width, height)
    part, own = np.ascontiguousarray(picture[y0:y1, x0:x1]), np.zeros((y1 - y0, x1 - x0), np.uint8)
    draw_stroke(part, own, stroke, x0, y0)
    picture[y0:y1, x0:x1], coverage[y0:y1, x0:x1] = part, own
    return picture, coverage


BLADE = Stroke((150.0, 250.0), (140.0, 150.0), (170.0, 30.0), 10.0, 2.0, (90, 120, 60))
FEATHER = Stroke((40.0, 200.0), (150.0, 150.0), (270.0, 60.0), 40.0, 10.0, (230, 226, 220), 0.25, 2.0)


@pytest.mark.parametrize("stroke", [BLADE, FEATHER], ids=["blade", "feather"])
def test_only_covered_pixels_change(stroke: Stroke) -> None:
    picture, coverage = drawn(stroke)
    changed = (picture != 120).any(axis=2)
    assert not (changed & (coverage == 0)).any()
    assert changed[coverage >= 250].mean() > 0.98


def test_a_blade_is_as_wide_as_it_says() -> None:
    straight = Stroke((150.0, 250.0), (150.0, 150.0), (150.0, 10.0), 12.0, 4.0, (90, 120, 60))
    coverage = drawn(straight)[1].sum(axis=1) / 255.0
    for row in (40, 100, 150, 200, 240):
        t = np.roots([150 - 2 * 150 + 10 + 90, -2 * (250 - 150), 250 - row - 0.5])
        along = float(t[(t >= 0) & (t <= 1)].real[0])
        assert coverage[row] == pytest.approx(12 - 8 * along, abs=0.35)


def test_edges_are_darker_by_the_shade_and_the_middle_has_the_colour() -> None:
    plain, shaded = (
        drawn(Stroke((150.0, 250.0), (150.0, 150.0), (150.0, 10.0), 30.0, 30.0, (120, 120, 120), s))[0][130].astype(
            float
        )
        for s in (0.0, 0.6)
    )
    assert shaded[136:139].mean() < 0.65 * plain[136:139].mean()
    assert shaded[149:151].mean() == pytest.approx(plain[149:151].mean(), rel=0.03)
    assert 95 < plain[140:160].mean() < 145


def test_a_feather_has_barbs_a_quill_and_a_ragged_edge() -> None:
    picture, coverage = drawn(FEATHER)
    smooth, _ = drawn(Stroke(FEATHER.start, FEATHER.control, FEATHER.end, 40.0, 10.0, FEATHER.colour, 0.25))
    inner = coverage >= 250
    assert np.abs(np.diff(picture[..., 1].astype(int), axis=1))[:, :-1][inner[:, 2:]].mean() > 2
    assert (picture != smooth).any()
    near_start = coverage[190:204, 36:56]
    assert 0 < (near_start >= 128).sum() < 60


@pytest.mark.parametrize("stroke", [BLADE, FEATHER], ids=["blade", "feather"])
def test_a_stroke_moves_as_a_whole(stroke: Stroke) -> None:
    moved = Stroke(
        *((x + 7.0, y - 5.0) for x, y in (stroke.start, stroke.control, stroke.end)),
        stroke.width_px, stroke.tip_px, stroke.colour, stroke.shade, stroke.barbs,
    )  # fmt: skip
    here, there = drawn(stroke)[1], drawn(moved)[1]
    np.testing.assert_allclose(there[:200, 60:250], here[5:205, 53:243], atol=2)


def test_strokes_are_cut_by_the_canvas() -> None:
    whole, cut = drawn(FEATHER)[1], drawn(FEATHER, 150, 170)[1]
    np.testing.assert_array_equal(cut, whole[:170, :150])
    x0, y0, x1, y1 = stroke_region(Stroke((-90.0, 5.0), (-80.0, 9.0), (-60.0, 9.0), 5.0, 1.0, (1, 2, 3)), 100, 100)
    assert x0 >= x1 or y0 >= y1
