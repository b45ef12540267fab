from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from solid_laws import assert_sound, body_of, distances, facing, outside_in, same_bytes, stretch

from synth.errors import RejectedScene
from synth.shapes.plate import plate_solid
from synth.shapes.records import PlateShape

CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")


@st.composite
def plates(draw: st.DrawFn) -> PlateShape:
    width = draw(st.floats(50, 3000))
    height = width * draw(st.floats(0.1, 3))
    small = min(width, height)
    bend = draw(st.just(0.0) | st.floats(-0.29, 0.29))
    return PlateShape(
        width_mm=width,
        height_mm=height,
        corner_mm=min(small * draw(st.floats(0, 0.7)), 10_000),
        thickness_mm=small * draw(st.floats(0.02, 0.1)),
        bend_mm=bend * min(width, 1000),
    )


@example(PlateShape())
@example(PlateShape(corner_mm=56.0, bend_mm=60.0))
@example(PlateShape(corner_mm=0.0, bend_mm=-60.0))
@given(plates())
def test_laws(shape: PlateShape) -> None:
    solid = plate_solid(shape)
    assert solid.slots == ("face", "edge")
    assert_sound(solid)
    ratio = stretch(solid)
    assert ratio.min() > 0.99
    assert ratio.max() < 1.01
    assert (facing(solid) < 0).all()
    carries = np.isfinite(solid.mesh.decal).all(axis=(1, 2))
    assert np.array_equal(carries, solid.mesh.slots == 0)
    # a rounded corner keeps clear of the point where the sides would meet
    round_off = 0.42 * min(shape.corner_mm, shape.width_mm / 2, shape.height_mm / 2)
    assert distances(solid, CORNERS).max() <= round_off + shape.thickness_mm


@pytest.mark.parametrize("bend", [0.0, 50.0, -50.0])
def test_the_face_is_the_tag(bend: float) -> None:
    solid = plate_solid(PlateShape(bend_mm=bend, thickness_mm=2.0))
    carries = np.isfinite(solid.mesh.decal).all(axis=(1, 2))
    u, v = solid.mesh.decal[carries].reshape(-1, 2).T
    space = solid.mesh.vertices[solid.mesh.faces[carries]].reshape(-1, 3) * 1000
    assert np.allclose(v, 56.0 - space[:, 2], atol=1e-3)
    assert np.array_equal(np.sign(u[np.abs(u) > 1]), np.sign(space[np.abs(u) > 1, 0]))
    assert (u.max() - u.min(), v.max() - v.min()) == pytest.approx((520, 112), abs=2.1)
    face = space
    middle, ends = face[np.abs(face[:, 0]) < 6, 1].mean(), face[np.abs(face[:, 0]) > 245, 1].mean()
    assert ends - middle == pytest.approx(bend, abs=0.06 * abs(bend) + 0.01)
    assert (body_of(solid).face_normals[carries, 1] < 0).all()
    assert solid.keypoints["top_left"][0] < 0 < solid.keypoints["bottom_right"][0]
    assert solid.keypoints["top_left"][2] == pytest.approx(0.112)
    assert solid.keypoints["bottom_left"][2] == 0.0


def test_it_is_seen_from_outside_and_made_the_same_again() -> None:
    solid = plate_solid(PlateShape(bend_mm=30.0))
    assert outside_in(solid, 500).all()
    assert same_bytes(solid, plate_solid(PlateShape(bend_mm=30.0)))


@pytest.mark.parametrize(
    ("shape", "reason"), [(PlateShape(thickness_mm=80.0), "thicker"), (PlateShape(bend_mm=-200.0), "bowed")]
)
def test_sizes_that_contradict_each_other_are_refused(shape: PlateShape, reason: str) -> None:
    with pytest.raises(RejectedScene, match=reason):
        plate_solid(shape)
