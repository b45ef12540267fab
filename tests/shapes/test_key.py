import math

import numpy as np
import pytest
from closed_slots import crossings, require_closed, require_same, volume_of

from synth.errors import ConfigError
from synth.shapes.key import deepest_code, key_solid, most_difference
from synth.shapes.records import KeyShape
from synth.streams import stream

KEY = KeyShape((3, 0, 5, 2, 6), seed=4)


def silhouette(solid, x, lower=False):
    """Highest (or lowest) y, mm, of the whole key at some x, mm: the outline of its shadow."""
    mesh = solid.mesh
    corners = mesh.vertices[mesh.faces][:, :, :2] * 1e3
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    heights = []
    for place in x:
        left, right = edges[:, 0], edges[:, 1]
        crossed = ((left[:, 0] <= place) != (right[:, 0] <= place)).nonzero()[0]
        share = (place - left[crossed, 0]) / (right[crossed, 0] - left[crossed, 0])
        y = left[crossed, 1] + share * (right[crossed, 1] - left[crossed, 1])
        heights.append(y.min() if lower else y.max())
    return np.array(heights)


def drawn_codes(number, seed, shape):
    """Random codes that a machine can cut."""
    rng, codes = stream(seed, 0, "codes"), []
    while len(codes) < number:
        code = int(rng.integers(0, deepest_code(shape) + 1))
        if not codes or abs(code - codes[-1]) <= most_difference(shape):
            codes.append(code)
    return tuple(codes)


@pytest.mark.parametrize("bow", ["round", "square", "clover"])
@pytest.mark.parametrize("grooves", [(), ((0.35, 1.2, 0.6),), ((0.3, 1.0, 0.7), (0.5, 1.2, -0.6), (0.8, 0.8, 0.5))])
def test_keys_are_closed_and_the_same_every_time(bow, grooves):
    shape = KeyShape((3, 0, 5, 2, 6), bow=bow, grooves=grooves)
    solid = key_solid(shape)
    require_closed(solid)
    require_same(solid, key_solid(shape))
    assert solid.slots == ("blade", "bow")
    assert len(solid.mesh.faces) < 40_000


@pytest.mark.parametrize("seed", range(12))
def test_the_codes_can_be_read_from_the_outline(seed):
    base = KeyShape((0,), bow=("round", "square", "clover")[seed % 3], seed=seed)
    codes = drawn_codes(4 + seed % 4, seed, base)
    solid = key_solid(KeyShape(codes, bow=base.bow, seed=seed))
    shoulder = solid.keypoints["shoulder"][0] * 1e3
    places = shoulder + base.first_mm + base.spacing_mm * np.arange(len(codes))
    left = silhouette(solid, places) - silhouette(solid, places, lower=True)
    depths = (base.blade_mm - left) / solid.measures["depth_step_mm"]
    assert tuple(np.floor(depths).astype(int)) == codes
    # no cut is off by more than the machine is
    assert np.abs(depths - np.array(codes) - 0.5).max() * base.depth_step_mm <= 0.04 + 1e-6
    assert [solid.measures[f"cut_{k}"] for k in range(1, len(codes) + 1)] == list(codes)
    assert solid.measures["spacing_mm"] == base.spacing_mm


def test_keypoints_lie_where_they_say():
    solid = key_solid(KEY)
    points = {name: np.array(point) * 1e3 for name, point in solid.keypoints.items()}
    assert list(points) == ["tip", "shoulder", *(f"cut_{k}" for k in range(1, 6))]
    assert points["tip"][0] == pytest.approx(solid.mesh.bounds[1, 0] * 1e3)
    for k in range(1, 6):
        x, y, z = points[f"cut_{k}"]
        floor = silhouette(solid, x + np.array([-0.5, 0.0, 0.5]))
        np.testing.assert_allclose(floor, y, atol=1e-6)
        assert z == pytest.approx(KEY.thickness_mm / 2)
        assert x - points["shoulder"][0] == pytest.approx(KEY.first_mm + (k - 1) * KEY.spacing_mm, abs=0.041)


def test_flanks_have_their_angle_and_ramps_meet():
    solid = key_solid(KeyShape((6, 6), flank_deg=90.0))
    x = [solid.keypoints[f"cut_{k}"][0] * 1e3 for k in (1, 2)]
    rise = silhouette(solid, x[0] + np.array([0.7, 1.2]))
    assert rise[1] - rise[0] == pytest.approx(0.5 / math.tan(math.radians(45)), abs=0.01)
    middle = sum(x) / 2
    top = silhouette(solid, np.array([middle - 0.2, middle, middle + 0.2]))
    assert top[1] > max(top[0], top[2]) + 0.1


def test_grooves_are_as_deep_as_they_say():
    shape = KeyShape((2, 2, 2), grooves=((0.3, 1.2, 0.7), (0.6, 1.2, -0.5)))
    solid = key_solid(shape)
    x = (solid.keypoints["shoulder"][0] + 0.003) * 1e3
    plain = 0.92 * shape.thickness_mm
    for place, left in ((0.3, plain - 0.7), (0.6, plain - 0.5), (0.05, plain), (0.45, plain)):
        y = (place - 0.5) * shape.blade_mm
        far, enters = crossings(solid, "blade", np.array([x, y, -10.0]), np.array([0.0, 0.0, 1.0]))
        assert enters.tolist() == [True, False]
        assert far[1] - far[0] == pytest.approx(left, abs=1e-6)


def test_the_bow_has_its_hole_and_size():
    solid = key_solid(KEY)
    x0 = solid.mesh.bounds[0, 0] * 1e3
    radius, hole = KEY.bow_mm / 2, KEY.hole_mm / 2
    x = x0 + radius - 0.5 * (radius - hole)
    assert len(crossings(solid, "bow", np.array([x, 0.0, -10.0]), np.array([0.0, 0.0, 1.0]))[0]) == 0
    far, _ = crossings(solid, "bow", np.array([x + 0.3, hole + 1, -10.0]), np.array([0.0, 0.0, 1.0]))
    assert far[1] - far[0] == pytest.approx(KEY.thickness_mm)
    disc = math.pi * (radius**2 - hole**2) * KEY.thickness_mm
    assert disc < volume_of(solid, "bow") < 1.6 * disc


@pytest.mark.parametrize("bow", ["round", "square", "clover"])
def test_the_faces_of_the_bow_are_flat_and_turned_nowhere_else(bow):
    mesh = key_solid(KeyShape(KEY.cuts, bow=bow)).mesh
    corners = mesh.vertices[mesh.faces[mesh.slots == 1]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    for height, way in ((mesh.bounds[1, 2], 1), (0.0, -1)):
        level = np.abs(corners[:, :, 2] - height).max(axis=1) < 1e-9
        assert level.sum() > 500
        assert (way * normals[level, 2] > 0).all()


def test_another_seed_is_another_key_with_the_same_codes():
    a, b = key_solid(KEY), key_solid(KeyShape(KEY.cuts, seed=5))
    assert a.measures == b.measures
    assert a.mesh.vertices.tobytes() != b.mesh.vertices.tobytes()


def test_what_no_machine_can_cut_is_one_clear_line():
    with pytest.raises(ConfigError, match=r"codes up to 12 do .* got 20"):
        key_solid(KeyShape((20,)))
    with pytest.raises(ConfigError, match=r"cuts 2 and 3 of a key have codes 0 and 9: .* may differ by 6"):
        key_solid(KeyShape((4, 0, 9)))
    with pytest.raises(ConfigError, match="grooves of a key must leave"):
        key_solid(KeyShape((1,), grooves=((0.5, 1.0, 0.9), (0.5, 1.0, -0.9))))
    with pytest.raises(ConfigError, match="hole_mm must be at most"):
        key_solid(KeyShape((1,), hole_mm=24.0))
