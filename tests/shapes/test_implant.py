from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from solid_laws import assert_sound, body_of, distances, facing, outside_in, same_bytes, stretch

from synth.errors import RejectedScene
from synth.shapes.implant import implant_solid
from synth.shapes.records import ImplantShape


@st.composite
def implants(draw: st.DrawFn) -> ImplantShape:
    width = draw(st.floats(40, 400))
    height = width * draw(st.floats(0.7, 1.4))
    patch = 0.9 * 0.8 * min(width, height) * draw(st.floats(0.1, 1.0))
    chip = patch * draw(st.floats(0.1, 0.95))
    room = 0.95 * patch / 2 - chip / 2
    angle, off = draw(st.floats(0, 2 * math.pi)), max(room, 0) * draw(st.floats(0, 1))
    return ImplantShape(
        width_mm=width,
        height_mm=height,
        projection_mm=width * draw(st.floats(0.15, 0.8)),
        profile=draw(st.sampled_from(["round", "anatomical"])),
        texture=draw(st.sampled_from(["smooth", "microtextured", "macrotextured"])),
        slump=draw(st.floats(0, 1)),
        folds=draw(st.floats(0, 1)),
        patch_mm=patch,
        chip_mm=chip,
        chip_thickness_mm=draw(st.floats(0, 1.5)),
        chip_offset_mm=(off * math.cos(angle), off * math.sin(angle)),
        chip_turn_deg=draw(st.floats(-360, 360)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


@settings(max_examples=20)
@example(ImplantShape())
@example(ImplantShape(chip_thickness_mm=0.0, slump=0.0, folds=0.0))
@given(implants())
def test_laws(shape: ImplantShape) -> None:
    solid = implant_solid(shape)
    assert solid.slots == ("shell", "patch", "chip")
    assert_sound(solid)
    ratio = stretch(solid)
    assert ratio.min() > 0.98
    assert ratio.max() < 1.001
    assert (facing(solid) < 0).all()
    assert distances(solid, ("centre", "apex", "twelve")).max() < 1e-3 * shape.width_mm
    assert not np.isfinite(solid.mesh.decal[solid.mesh.slots != 2]).any()
    # back and dome are height fields: nothing of the back looks down, but for the rim's creases
    normals = body_of(solid).face_normals
    assert (normals[solid.mesh.slots > 0, 2] > 0).all()


@given(st.floats(-360, 360), st.floats(-4, 4), st.floats(-4, 4))
@settings(max_examples=8)
def test_the_tag_reads_upright_towards_twelve(turn: float, x: float, y: float) -> None:
    solid = implant_solid(ImplantShape(chip_turn_deg=turn, chip_offset_mm=(x, y), chip_mm=26.0))
    centre, twelve = (np.array(solid.keypoints[name]) * 1000 for name in ("centre", "twelve"))
    assert np.allclose(centre[:2], (x, y), atol=1e-3)
    up = (twelve - centre)[:2]
    expected = np.array([-math.sin(math.radians(turn)), math.cos(math.radians(turn))])
    assert np.allclose(up / np.linalg.norm(up), expected, atol=1e-3)
    decal, corners = solid.mesh.decal, solid.mesh.vertices[solid.mesh.faces] * 1000
    carries = np.isfinite(decal).all(axis=(1, 2))
    right = np.array([expected[1], -expected[0]])
    place = corners[carries][..., :2] - (x, y)
    assert np.allclose(decal[carries][..., 0], place @ right, atol=1e-3)
    assert np.allclose(decal[carries][..., 1], -(place @ expected), atol=1e-3)


def test_it_is_as_large_as_it_says_and_lower_when_it_sags() -> None:
    plain = implant_solid(ImplantShape(folds=0.0, slump=0.0))
    size = np.ptp(plain.mesh.bounds, axis=0) * 1000
    assert np.allclose(size[:2], 115.0, rtol=0.002)
    assert 36.0 < size[2] < 41.5
    heights = [np.ptp(implant_solid(ImplantShape(slump=s)).mesh.bounds[:, 2]) for s in (0.0, 0.5, 1.0)]
    assert heights == sorted(heights, reverse=True)
    volume = body_of(plain).volume * 1e6
    # a half ellipsoid holds 277 ml, a cylinder 415
    assert 270 < volume < 360


def test_a_drop_is_fuller_and_wider_below() -> None:
    solid = implant_solid(ImplantShape(profile="anatomical", height_mm=130, folds=0.0, projection_mm=50))
    assert solid.keypoints["apex"][1] < -0.01
    points = solid.mesh.vertices
    low, high = points[points[:, 1] < -0.03], points[points[:, 1] > 0.03]
    assert np.ptp(low[:, 0]) > np.ptp(high[:, 0])


def test_equal_records_give_equal_bytes_and_seeds_differ() -> None:
    shape = ImplantShape(folds=0.5, texture="macrotextured", seed=7)
    assert same_bytes(implant_solid(shape), implant_solid(ImplantShape(folds=0.5, texture="macrotextured", seed=7)))
    assert not same_bytes(implant_solid(shape), implant_solid(ImplantShape(folds=0.5, texture="macrotextured", seed=8)))


def test_it_is_seen_from_outside() -> None:
    assert outside_in(implant_solid(ImplantShape(folds=0.3)), 800).all()


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (ImplantShape(chip_offset_mm=(8.0, 0.0)), "chip of an implant"),
        (ImplantShape(chip_mm=45.0), "chip of an implant"),
        (ImplantShape(patch_mm=100.0), "patch of an implant"),
    ],
)
def test_sizes_that_contradict_each_other_are_refused(shape: ImplantShape, reason: str) -> None:
    with pytest.raises(RejectedScene, match=reason):
        implant_solid(shape)
