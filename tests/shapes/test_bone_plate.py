import msgspec
import numpy as np
import pytest
from closed_slots import bodies_of, crossings, require_closed, require_same, volume_of

from synth.errors import ConfigError
from synth.shapes.bone_plate import bone_plate_solid
from synth.shapes.records import BonePlateShape

replace = msgspec.structs.replace
PLATE = BonePlateShape()
SHAPES = {
    "usual": PLATE,
    "bowed": replace(PLATE, bend_mm=7.0, seed=3),
    "hollow": replace(PLATE, bend_mm=-7.0, seed=9),
    "one hole": BonePlateShape(30.0, 12.0, 3.0, 1, 4.5, (0,), (12.0,)),
    "many": BonePlateShape(300.0, 16.0, 4.0, 18, 5.0, tuple(range(18)), (40.0,) * 18),
    "close": BonePlateShape(60.0, 12.0, 3.0, 7, 4.5, (6, 1), (12.0, 30.0)),
}
DOWN = np.array([0.0, 0.0, -1.0])


@pytest.mark.parametrize("key", SHAPES)
def test_plates_and_screws_are_closed_and_the_same_every_time(key):
    shape = SHAPES[key]
    solid = bone_plate_solid(shape)
    require_closed(solid, middle="plate")
    require_same(solid, bone_plate_solid(shape))
    assert bodies_of(solid, "plate") == 1
    assert bodies_of(solid, "screw") == len(shape.screws)
    assert len(solid.mesh.faces) < 42_000
    assert solid.measures == {"holes": shape.holes, "screws": len(shape.screws)}


@pytest.mark.parametrize("key", SHAPES)
def test_holes_go_through_where_their_keypoints_are(key):
    shape = SHAPES[key]
    solid = bone_plate_solid(shape)
    assert list(solid.keypoints) == [f"hole_{k}" for k in range(1, shape.holes + 1)]
    for k, point in enumerate(solid.keypoints.values()):
        above = np.array(point) * 1e3 + np.array([0.013, 0.017, 20.0])
        for aside, faces in ((0.0, 0), (0.48 * shape.hole_mm, 0), (0.8 * shape.hole_mm, 2)):
            for way in (1, -1):
                far, _ = crossings(solid, "plate", above + np.array([0.0, way * aside, 0.0]), DOWN)
                assert len(far) == faces
        # the keypoint is level with the rim
        far, _ = crossings(solid, "plate", above + np.array([0.0, 0.8 * shape.hole_mm, 0.0]), DOWN)
        assert far[0] == pytest.approx(20.0, abs=0.02 * shape.thickness_mm + 0.01)
        assert (len(crossings(solid, "screw", above, DOWN)[0]) > 0) == (k in shape.screws)


def test_screws_are_as_long_as_they_say_and_stay_clear_of_the_plate():
    solid = bone_plate_solid(PLATE)
    mesh = solid.mesh
    high = mesh.bounds[1, 2] * 1e3
    screws = np.unique(mesh.faces[mesh.slots == 1])
    points = mesh.vertices[screws] * 1e3
    assert high - 30.0 == pytest.approx(points[:, 2].min(), abs=0.01)
    plate_top = solid.keypoints["hole_1"][2] * 1e3
    for hole, length in zip(PLATE.screws, PLATE.screw_length_mm, strict=True):
        x, _, _ = np.array(solid.keypoints[f"hole_{hole + 1}"]) * 1e3
        own = points[np.abs(points[:, 0] - x) < 6]
        assert own[:, 2].max() - own[:, 2].min() == pytest.approx(length, abs=0.01)
        radius = np.hypot(own[:, 0] - x, own[:, 1])
        within = own[:, 2] > plate_top - PLATE.thickness_mm
        sunk = own[:, 2] > plate_top - 0.45 * PLATE.thickness_mm
        assert radius[within & ~sunk].max() < PLATE.hole_mm / 2
        assert radius.max() < 1.36 * PLATE.hole_mm / 2


def test_the_shaft_has_a_thread():
    solid = bone_plate_solid(BonePlateShape(30.0, 12.0, 3.0, 1, 4.5, (0,), (24.0,)))
    mesh = solid.mesh
    points = mesh.vertices[np.unique(mesh.faces[mesh.slots == 1])] * 1e3
    shaft = points[(points[:, 2] > 5) & (points[:, 2] < 18)]
    radius = np.hypot(shaft[:, 0], shaft[:, 1])
    assert radius.min() < 0.75 * radius.max()


def test_volume_and_bow():
    flat, bowed = bone_plate_solid(PLATE), bone_plate_solid(SHAPES["bowed"])
    solid_mm3 = PLATE.length_mm * PLATE.width_mm * PLATE.thickness_mm
    assert 0.75 * solid_mm3 < volume_of(flat, "plate") < 0.9 * solid_mm3
    # a shift along z keeps volumes
    assert volume_of(bowed, "plate") == pytest.approx(volume_of(flat, "plate"), rel=2e-3)
    z = {name: point[2] * 1e3 for name, point in bowed.keypoints.items()}
    assert z["hole_4"] - z["hole_1"] == pytest.approx(7.0 * ((7 / 8) ** 2 - (1 / 8) ** 2), abs=1e-6)


def test_what_cannot_be_made_is_one_clear_line():
    with pytest.raises(ConfigError, match=r"do not fit on a bone plate of 110 x 12 mm: hole_mm may be 7.50"):
        bone_plate_solid(replace(PLATE, hole_mm=9.0))
    with pytest.raises(ConfigError, match="screw_length_mm for each of its 4 screws, got 1"):
        bone_plate_solid(replace(PLATE, screw_length_mm=(20.0,)))
    for screws in ((0, 1, 2, 8), (0, 1, 1, 2)):
        with pytest.raises(ConfigError, match="different holes from 0 to 7"):
            bone_plate_solid(replace(PLATE, screws=screws))
