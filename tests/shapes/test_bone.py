import math

import msgspec
import numpy as np
import pytest
from closed_slots import bodies_of, crossings, require_closed, require_same, volume_of

from synth.errors import ConfigError
from synth.shapes.bone import bone_solid
from synth.shapes.records import BoneShape

replace = msgspec.structs.replace
BONE = BoneShape()
SHAPES = [BONE, BoneShape(seed=7, bow_mm=-15.0), BoneShape(180.0, 14.0, 30.0, 3.0, seed=2), BoneShape(cortex_mm=2.0)]


@pytest.mark.parametrize("shape", SHAPES)
def test_bones_are_closed_and_the_same_every_time(shape):
    solid = bone_solid(shape)
    require_closed(solid)
    require_same(solid, bone_solid(shape))
    assert (bodies_of(solid, "cortex"), bodies_of(solid, "marrow")) == (2, 1)
    assert len(solid.mesh.faces) < 40_000
    length = np.ptp(solid.mesh.vertices[:, 0]) * 1e3
    assert length == pytest.approx(shape.length_mm, rel=0.01)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_ray_goes_through_cortex_marrow_and_cortex(shape):
    solid = bone_solid(shape)
    for share in (-0.3, -0.15, 0.013, 0.2):
        x = share * shape.length_mm
        low = np.array([x, 0.0137, -100.0])
        wall, enters = crossings(solid, "cortex", low, np.array([0.0, 0.0, 1.0]))
        inner, within = crossings(solid, "marrow", low, np.array([0.0, 0.0, 1.0]))
        assert enters.tolist() == [True, False, True, False]
        assert within.tolist() == [True, False]
        # the wall's inner faces are those of the marrow
        np.testing.assert_allclose(wall[1:3], inner, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_cortex_is_as_thick_as_it_says(shape):
    solid = bone_solid(shape)
    mesh = solid.mesh
    marrow = mesh.vertices[np.unique(mesh.faces[mesh.slots == 1])]
    cortex = mesh.vertices[np.unique(mesh.faces[mesh.slots == 0])]
    # the wall's inner surface has the marrow's vertices
    outer = np.array(sorted(set(map(tuple, cortex)) - set(map(tuple, marrow)))) * 1e3
    assert len(outer) == len(cortex) - len(marrow)
    away = np.array([np.linalg.norm(outer - point, axis=1).min() for point in marrow[1:-1:7] * 1e3])
    assert away.min() > 0.6 * shape.cortex_mm
    # vertices lie apart, so that the nearest one is a little farther than the surface
    assert np.median(away) == pytest.approx(shape.cortex_mm, rel=0.06)
    assert np.quantile(away, 0.95) < 1.35 * shape.cortex_mm


def test_wall_and_marrow_fill_the_bone():
    thin, thick = (bone_solid(replace(BONE, cortex_mm=mm)) for mm in (2.0, 6.0))
    whole = [volume_of(solid, "cortex") + volume_of(solid, "marrow") for solid in (thin, thick)]
    assert whole[0] == pytest.approx(whole[1], rel=1e-6)
    assert volume_of(thin, "marrow") > 1.5 * volume_of(thick, "marrow")
    shaft = math.pi * (BONE.shaft_mm / 2) ** 2 * BONE.length_mm
    assert shaft < whole[0] < 3 * shaft


def test_ends_are_wider_than_the_shaft():
    points = bone_solid(BONE).mesh.vertices * 1e3

    def width(low, high):
        return np.ptp(points[(points[:, 0] > low) & (points[:, 0] < high), 1])

    assert width(-20, 20) == pytest.approx(BONE.shaft_mm, rel=0.2)
    assert width(-160, -110) == pytest.approx(BONE.head_mm, rel=0.35)
    assert width(110, 160) > 1.5 * BONE.shaft_mm


def test_what_cannot_be_grown_is_one_clear_line():
    with pytest.raises(ConfigError, match=r"shaft_mm must be at least 2.6 times its cortex_mm 15, got 26"):
        bone_solid(replace(BONE, cortex_mm=15.0))
    with pytest.raises(ConfigError, match=r"head_mm must be between shaft_mm 26 and 0.45 of length_mm 320, got 200"):
        bone_solid(replace(BONE, head_mm=200.0))
