"""Bodies as surfaces: laws of the projection, areas and extents of outlines."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.serials.surfaces import band_parts, body_extent, outline, project
from synth.serials.tag import BandBody, BareBody, CutoutBody, DiscBody, Hole, LabelBody, PlateBody

FRAME = (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0)
BODIES = [
    PlateBody(50, 20, 3, holes=(Hole(-20, 0, 3), Hole(20, 0, 3))),
    LabelBody(40, 25, 2),
    LabelBody(40, 25, 2, bend_radius_mm=15, tilt_deg=-20, raggedness=0.7, seed=5),
    DiscBody(30, holes=(Hole(0, 0, 4),)),
    BandBody(20, 12, 1.5, 25),
    BandBody(20, 12, 1.5, -25, worn=False),
    BandBody(20, 12),
    CutoutBody("a", FRAME, 20, 10, 8),
]


def area(points: np.ndarray) -> float:
    """Positive if it runs clockwise on screen."""
    x, y = points.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


@given(theta=st.floats(-180, 180), v=st.floats(-5, 5), tilt=st.floats(-60, 60))
def test_a_band_is_a_turned_cylinder_seen_from_the_front(theta: float, v: float, tilt: float) -> None:
    body = BandBody(20, 12, tilt_deg=tilt)
    a, t = math.radians(theta), math.radians(tilt)
    point = np.array([10 * math.sin(a), v, 10 * math.cos(a)])
    turn = np.array([[1, 0, 0], [0, math.cos(t), math.sin(t)], [0, -math.sin(t), math.cos(t)]])
    xy, facing = project(body, np.array([(10 * a, v)]))
    np.testing.assert_allclose(xy[0], (turn @ point)[:2], atol=1e-9)
    normal = turn @ (math.sin(a), 0, math.cos(a))
    if abs(normal[2]) > 1e-9:
        assert facing[0] == (normal[2] > 0)


@pytest.mark.parametrize("body", BODIES, ids=lambda b: type(b).__name__)
def test_silhouettes_run_clockwise_and_holes_the_other_way(body) -> None:
    silhouette, *holes = outline(body)
    assert area(silhouette) > 0
    x0, y0, x1, y1 = body_extent(body)
    for hole in holes:
        assert area(hole) < 0
        assert hole[:, 0].min() >= x0
        assert hole[:, 0].max() <= x1
        assert hole[:, 1].min() >= y0
        assert hole[:, 1].max() <= y1


def test_areas_of_flat_outlines() -> None:
    plate, left, _right = outline(BODIES[0])
    assert area(plate) == pytest.approx(50 * 20 - (4 - math.pi) * 9, rel=1e-4)
    assert -area(left) == pytest.approx(math.pi * 1.5**2, rel=1e-3)
    assert body_extent(BODIES[0]) == pytest.approx((-25, -10, 25, 10))
    assert area(outline(PlateBody(50, 20))[0]) == pytest.approx(1000)
    assert area(outline(PlateBody(20, 20, 10))[0]) == pytest.approx(math.pi * 100, rel=1e-3)


@pytest.mark.parametrize("tilt", [-40, -5, 5, 25, 60])
def test_area_and_extent_of_a_band(tilt: float) -> None:
    t = math.radians(tilt)
    solid = outline(BandBody(20, 12, 1.5, tilt, worn=False))
    worn = outline(BandBody(20, 12, 1.5, tilt))
    assert area(solid[0]) == pytest.approx(20 * 12 * math.cos(t) + math.pi * 100 * abs(math.sin(t)), rel=1e-3)
    assert -area(worn[1]) == pytest.approx(math.pi * 8.5**2 * abs(math.sin(t)), rel=1e-3)
    half = 6 * math.cos(t) + 10 * abs(math.sin(t))
    assert body_extent(BandBody(20, 12, 1.5, tilt)) == pytest.approx((-10, -half, 10, half), rel=1e-3)
    assert len(solid) == 1


@pytest.mark.parametrize("tilt", [-40, 25])
def test_parts_of_a_band_make_up_its_silhouette(tilt: float) -> None:
    body = BandBody(20, 12, 1.5, tilt)
    parts = band_parts(body)
    areas = area(parts.wall), sum(area(ring) for ring in parts.rim), area(parts.inside[0])
    assert sum(areas) == pytest.approx(area(outline(body)[0]), rel=1e-3)
    assert all(a > 0 for a in areas)


def test_edge_on_a_band_is_a_rectangle() -> None:
    (silhouette,) = outline(BandBody(20, 12, 1.5))
    assert area(silhouette) == pytest.approx(240, rel=1e-6)
    assert band_parts(BandBody(20, 12, 1.5)).inside == ()


def test_a_ragged_edge_is_torn_inwards_and_the_same_each_time() -> None:
    body = LabelBody(40, 25, raggedness=1.0, seed=3)
    torn = outline(body)[0]
    np.testing.assert_array_equal(torn, outline(body)[0])
    assert np.abs(torn[:, 0]).max() <= 20
    assert np.abs(torn[:, 1]).max() <= 12.5
    assert 0.85 * 1000 < area(torn) < 0.999 * 1000
    other = outline(msgspec.structs.replace(body, seed=4))[0]
    assert np.abs(other - torn).max() > 0.1


def test_a_bare_body_has_no_outline() -> None:
    assert outline(BareBody()) == ()
    assert body_extent(BareBody()) == (0, 0, 0, 0)
