import math

import msgspec
import numpy as np
import pytest
from closed_slots import bodies_of, require_closed, require_same, volume_of

from synth.errors import ConfigError
from synth.shapes.records import StemShape
from synth.shapes.stem import stem_solid

replace = msgspec.structs.replace
STEM = StemShape()
SHAPES = [
    STEM,
    StemShape(neck_deg=170.0, width_mm=10.0),
    StemShape(180.0, 18.0, 120.0, 60.0, 28.0),
    StemShape(neck_deg=145),
]


def points_of(solid, slot):
    mesh = solid.mesh
    return mesh.vertices[np.unique(mesh.faces[mesh.slots == solid.slots.index(slot)])] * 1e3


@pytest.mark.parametrize("shape", SHAPES)
def test_stems_are_closed_and_the_same_every_time(shape):
    solid = stem_solid(shape)
    require_closed(solid)
    require_same(solid, stem_solid(shape))
    assert (bodies_of(solid, "stem"), bodies_of(solid, "head")) == (1, 1)
    assert len(solid.mesh.faces) < 40_000


@pytest.mark.parametrize("shape", SHAPES)
def test_the_neck_stands_at_its_angle_and_the_head_is_a_cut_ball(shape):
    solid = stem_solid(shape)
    tip, head, bend = (np.array(solid.keypoints[name]) * 1e3 for name in ("tip", "head", "bend"))
    down, out = tip - bend, head - bend
    cosine = down @ out / np.linalg.norm(down) / np.linalg.norm(out)
    assert math.degrees(math.acos(cosine)) == pytest.approx(shape.neck_deg, abs=1e-3)
    assert np.linalg.norm(out) == pytest.approx(shape.neck_mm, abs=1e-5)
    assert np.linalg.norm(down) == pytest.approx(shape.length_mm, abs=1e-5)
    ball = points_of(solid, "head") - head
    far, radius = np.linalg.norm(ball, axis=1), shape.head_mm / 2
    # all but the middle of the cut lie on the sphere
    assert np.sum(np.abs(far - radius) > 1e-5) == 2
    height = -(ball @ out) / np.linalg.norm(out)
    assert height.max() == pytest.approx(0.72 * radius, abs=1e-5)
    share = (2 + 3 * 0.72 - 0.72**3) / 4
    assert volume_of(solid, "head") == pytest.approx(4 / 3 * math.pi * radius**3 * share, rel=0.01)


@pytest.mark.parametrize("shape", SHAPES)
def test_stem_and_head_do_not_overlap(shape):
    solid = stem_solid(shape)
    head, bend = (np.array(solid.keypoints[name]) * 1e3 for name in ("head", "bend"))
    way = (head - bend) / np.linalg.norm(head - bend)
    stem = points_of(solid, "stem")
    beyond = (stem - head) @ way + 0.72 * shape.head_mm / 2
    assert -0.03 < beyond.max() < 0
    assert np.linalg.norm(stem - head, axis=1).min() > 0.7 * shape.head_mm / 2


def test_the_stem_widens_upwards():
    stem = points_of(stem_solid(STEM), "stem")

    def width(low, high):
        return np.ptp(stem[(stem[:, 2] > low) & (stem[:, 2] < high), 0])

    assert width(8, 14) < 0.8 * STEM.width_mm
    assert STEM.width_mm < width(100, 118) < 1.6 * STEM.width_mm


def test_what_cannot_be_made_is_one_clear_line():
    with pytest.raises(ConfigError, match=r"neck_mm must be at least .* for head_mm 32 and width_mm 14, got 12"):
        stem_solid(replace(STEM, neck_mm=12.0))
    with pytest.raises(ConfigError, match="length_mm must be at least 4 times its width_mm, got 40 and 14"):
        stem_solid(replace(STEM, length_mm=40.0))
