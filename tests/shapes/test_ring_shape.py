from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from solid_laws import assert_sound, body_of, distances, facing, outside_in, pieces, same_bytes, stretch

from synth.errors import RejectedScene
from synth.geometry.pose import turned
from synth.shapes.records import RingShape
from synth.shapes.ring import ring_solid, tilt_of


@st.composite
def rings(draw: st.DrawFn) -> RingShape:
    diameter = draw(st.floats(2, 80))
    wall = diameter / 2 * draw(st.floats(0.03, 0.5))
    return RingShape(
        diameter_mm=diameter,
        length_mm=diameter * draw(st.floats(0.2, 4)),
        wall_mm=wall,
        seam_deg=draw(st.none() | st.floats(-720, 720)),
        leg_mm=draw(st.just(0.0) | st.floats(0.1, 0.97).map(lambda share: share * (diameter - 2 * wall))),
        leg_length_mm=diameter * draw(st.floats(1, 30)),
        leg_bend_deg=draw(st.floats(-90, 90)),
        slide_mm=diameter * draw(st.floats(-3, 3)),
        tilt_deg=draw(st.floats(-30, 30)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


@settings(max_examples=40)
@example(RingShape())
@example(RingShape(seam_deg=180.0))
@example(RingShape(seam_deg=181.4))
@example(RingShape(seam_deg=0.0, leg_mm=0.0))
@given(rings())
def test_laws(shape: RingShape) -> None:
    solid = ring_solid(shape)
    assert solid.slots == ("ring", "inside", "leg")[: 3 if shape.leg_mm else 2]
    assert_sound(solid)
    ratio = stretch(solid)
    assert ratio.min() > 0.99
    assert ratio.max() < 1.01
    assert (facing(solid) < 0).all()
    if shape.seam_deg is None or abs((shape.seam_deg + 180) % 360 - 180) > 10:
        assert distances(solid, ("front",)).max() < 1e-3 * shape.diameter_mm


@given(st.none() | st.floats(0, 360), st.floats(-30, 30))
@settings(max_examples=12)
def test_the_tag_goes_all_round_to_the_back(seam: float | None, tilt: float) -> None:
    shape = RingShape(seam_deg=seam, tilt_deg=tilt)
    solid, radius = ring_solid(shape), 8.0
    carries = np.isfinite(solid.mesh.decal).all(axis=(1, 2))
    u, v = solid.mesh.decal[carries].reshape(-1, 2).astype(float).T
    assert u.min() == pytest.approx(-math.pi * radius, abs=0.5)
    assert u.max() == pytest.approx(math.pi * radius, abs=0.5)
    assert u.min() >= -math.pi * radius - 1e-3
    assert u.max() <= math.pi * radius + 1e-3
    front, top, bottom = (np.array(solid.keypoints[name]) * 1000 for name in ("front", "top", "bottom"))
    assert np.linalg.norm(top - bottom) == pytest.approx(28.0)
    rotation = turned((1.0, 0.0, 0.0), tilt_of(shape))[:3, :3]
    expected = np.stack([radius * np.sin(u / radius), -radius * np.cos(u / radius), -v], axis=1) @ rotation.T
    space = solid.mesh.vertices[solid.mesh.faces[carries]].reshape(-1, 3) * 1000
    assert np.allclose(space, expected + (top + bottom) / 2, atol=1e-3)
    assert np.allclose(front, rotation @ [0, -radius, 0] + (top + bottom) / 2, atol=1e-3)


@settings(max_examples=20)
@example(RingShape(2.0, 7.0, 0.25, None, 0.1875, 8.0, 0.0, 0.0, 11.0, 0))
@given(rings())
def test_the_leg_passes_through_the_ring_without_cutting_it(shape: RingShape) -> None:
    solid = ring_solid(shape)
    if not shape.leg_mm:
        return
    mesh, points = solid.mesh, {name: np.array(point) * 1000 for name, point in solid.keypoints.items()}
    leg = mesh.vertices[np.unique(mesh.faces[mesh.slots == 2])] * 1000
    axis = (points["top"] - points["bottom"]) / shape.length_mm
    off = leg - (points["top"] + points["bottom"]) / 2
    along = off @ axis
    across = np.linalg.norm(off - along[:, None] * axis, axis=1)
    inner = shape.diameter_mm / 2 - shape.wall_mm
    assert (across[np.abs(along) < shape.length_mm / 2] <= inner * 1.0001).all()


def test_the_seam_is_a_gap_where_it_was_asked_for() -> None:
    points = ring_solid(RingShape(leg_mm=0.0, seam_deg=30.0)).mesh.vertices * 1000
    off = np.radians(np.degrees(np.arctan2(points[:, 0], -points[:, 1])) - 30.0) * 8
    assert off[off > 0].min() == pytest.approx(0.2, abs=1e-3)
    assert off[off < 0].max() == pytest.approx(-0.2, abs=1e-3)
    assert len(pieces(ring_solid(RingShape()).mesh.faces)) == 2


def test_a_bent_leg_leans_back() -> None:
    straight, bent = (ring_solid(RingShape(leg_bend_deg=bend)) for bend in (0.0, 60.0))
    assert body_of(bent).bounds[1, 1] > body_of(straight).bounds[1, 1] + 0.015
    assert body_of(ring_solid(RingShape(leg_bend_deg=-60.0))).bounds[0, 1] < -0.015


def test_equal_records_give_equal_bytes_and_seeds_differ() -> None:
    assert same_bytes(ring_solid(RingShape(seed=3)), ring_solid(RingShape(seed=3)))
    assert not same_bytes(ring_solid(RingShape(seed=3)), ring_solid(RingShape(seed=4)))


def test_it_is_seen_from_outside() -> None:
    assert outside_in(ring_solid(RingShape(tilt_deg=10, leg_bend_deg=40)), 800).all()


@pytest.mark.parametrize(
    ("shape", "reason"), [(RingShape(wall_mm=8.0), "wall of a ring"), (RingShape(leg_mm=14.0), "leg is thicker")]
)
def test_sizes_that_contradict_each_other_are_refused(shape: RingShape, reason: str) -> None:
    with pytest.raises(RejectedScene, match=reason):
        ring_solid(shape)


def test_a_ring_is_labelled_without_its_leg() -> None:
    for leg in (9.0, 0.0):
        assert ring_solid(RingShape(leg_mm=leg)).labelled == ("ring", "inside")
