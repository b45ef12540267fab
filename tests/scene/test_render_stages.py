"""Stages that are drawn from a recipe: what must hold for every one of them."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from render_material import HALVES, OTHERS, catalogue, mesh, recipe, stage_of

from synth.errors import ConfigError, RejectedScene
from synth.geometry.camera import Intrinsics
from synth.geometry.pose import matrix_of_pose, transformed
from synth.scene.body_draws_in_space import sample_tumble
from synth.scene.colour_temperature import blackbody
from synth.scene.framing import CORNERS, Bounds
from synth.scene.lamp_draws import ALL_ROUND, KEY_IRRADIANCE
from synth.scene.sampling import SceneSampler
from synth.scene.shape_draws import size_of
from synth.scene.spec import ImageSpec, PhotoBackground, PlainBackground
from synth.scene.stage import ScanSource, Stage, Thing
from synth.scene.standing import are_apart
from synth.shapes.key import deepest_code, most_difference
from synth.streams import stream

SIZES = {entry.record.id: entry.record.size_m for entry in (*HALVES, *OTHERS)}
BUSY = {
    "count_weights": {2: 1},
    "distractors": {"count_weights": {4: 1}},
    "occluders": {"share": 1},
    "lights": {"count_weights": {3: 1}},
}
DISC = {"name": "disc", "text": "[0-9]{6}", "body": {"kind": "disc", "diameter_range_mm": [25, 35]}}
BAND = {"name": "band", "text": "[A-F]{4}", "body": {"kind": "band"}, "setting": {"copies": 3}}
PLATE = {"name": "plate", "text": "[A-Z]{3}", "body": {"kind": "plate", "corner_range_mm": [3, 3]}}


def specs(sampler: SceneSampler, count: int) -> list[ImageSpec]:
    made = []
    for index in range(count):
        for attempt in range(20):
            try:
                made.append(sampler.sample(index, attempt))
            except RejectedScene:
                continue
            break
        else:
            raise AssertionError(f"image {index} was never accepted")
    return made


def stages(count: int = 16, render=None, **changes) -> list[Stage]:
    changed = recipe(render, **changes)
    return [stage_of(spec) for spec in specs(SceneSampler(changed, catalogue()), count)]


def corners(thing: Thing) -> np.ndarray:
    size = SIZES[thing.source.mesh] if isinstance(thing.source, ScanSource) else size_of(thing.source.shape)
    return transformed(matrix_of_pose(thing.pose), (CORNERS + np.array([0, 0, 0.5])) * size)


def on_floor(stage: Stage) -> list[Thing]:
    return [thing for thing in stage.things if thing.role in ("subject", "distractor")]


def test_a_spec_is_the_same_again_and_comes_back_from_its_json():
    changed = recipe(BUSY)
    once, again = (specs(SceneSampler(changed, catalogue()), 6) for _ in range(2))
    assert [spec.to_json() for spec in once] == [spec.to_json() for spec in again]
    for spec in once:
        assert ImageSpec.from_json(spec.to_json()).to_json() == spec.to_json()
        assert isinstance(spec.background, PlainBackground)


def test_everything_stands_on_the_ground_and_nothing_in_anything():
    for stage in stages(render={**BUSY, "drop": {"share": 0}}):
        feet = []
        for thing in on_floor(stage):
            points = corners(thing)
            assert points[:, 2].min() == pytest.approx(0, abs=1e-6)
            low = points[np.argsort(points[:, 2])[:4], :2]
            middle = low.mean(axis=0)
            feet.append(low[np.argsort(np.arctan2(*(low - middle).T))])
        for k, one in enumerate(feet):
            for other in feet[:k]:
                shrunk = [foot.mean(axis=0) + (foot - foot.mean(axis=0)) * (1 - 1e-5) for foot in (one, other)]
                assert are_apart(*shrunk)
        assert [thing.role for thing in stage.things][-1] == "ground"
        assert len({thing.name for thing in stage.things}) == len(stage.things)


def test_subjects_have_the_true_size_that_was_asked_for():
    for stage in stages(render=BUSY):
        for thing in stage.things:
            if thing.role == "subject":
                sides = np.linalg.norm(matrix_of_pose(thing.pose)[:3, :3], axis=0) * SIZES[thing.source.mesh]
                assert 0.1 - 1e-6 <= sides.max() <= 0.2 + 1e-6


def test_the_half_that_faces_the_camera_is_shown():
    shown = set()
    for stage in stages(40, {"subjects": [{"mesh": "box", "category": "thing", "tumble_share": 1}],
                              "ground": {"kinds": {"none": 1}}}):  # fmt: skip
        thing = stage.things[0]
        pose, eye = matrix_of_pose(thing.pose), matrix_of_pose(stage.camera.pose)[:3, 3]
        middle = corners(thing).mean(axis=0)
        height = np.linalg.inv(pose[:3, :3]) @ (eye - middle)
        half = "top" if height[2] >= 0 else "bottom"
        assert thing.source.mesh == f"box/{half}"
        shown.add(half)
    assert shown == {"top", "bottom"}


@pytest.mark.parametrize("kind", ["sphere", "cap", "rings", "3d-dl"])
def test_the_camera_never_goes_below_a_ground(kind):
    for stage in stages(render={"camera": {"place": kind, "lowest_deg": 8, "off_centre_range": [0, 0]}}):
        eye = matrix_of_pose(stage.camera.pose)[:3, 3]
        aim = corners(stage.things[0]).mean(axis=0)
        way = (eye - aim) / np.linalg.norm(eye - aim)
        assert way[2] >= math.sin(math.radians(8)) - 1e-6


def test_fill_is_that_of_the_first_subjects_bounds():
    for stage in stages(render={"camera": {"fill_range": [0.5, 0.5], "off_centre_range": [0, 0]}}):
        lens = Intrinsics.of_lens(stage.camera.lens.focal_mm, stage.camera.lens.sensor_mm, 640, 640)
        points = corners(stage.things[0])
        pose = matrix_of_pose(stage.things[0].pose)
        sides = np.linalg.norm(pose[:3, :3], axis=0)
        frame = pose.copy()
        frame[:3, :3] /= sides
        frame[:3, 3] = points.mean(axis=0)
        x, y, z = sides * SIZES[stage.things[0].source.mesh]
        assert Bounds(frame, (x, y, z)).fill(matrix_of_pose(stage.camera.pose), lens) == pytest.approx(0.5, abs=1e-4)


def test_a_change_of_one_purpose_leaves_the_others_alone():
    plain = stages(8, {**BUSY, "occluders": {"share": 0}})
    for changes, field in (
        ({"lights": {"count_weights": {5: 1}}}, "lamps"),
        ({"environment": {"strength_range": [2, 3]}}, "environment"),
        ({"occluders": {"share": 1}}, "things"),
        ({"ground": {"kinds": {"room": 1}}}, "things"),
    ):
        for before, after in zip(plain, stages(8, {**BUSY, "occluders": {"share": 0}, **changes}), strict=True):
            same = {name: getattr(before, name) for name in ("camera", "lamps", "environment", "seed") if name != field}
            assert {name: getattr(after, name) for name in same} == same
            assert on_floor(after) == on_floor(before)
            assert getattr(after, field) != getattr(before, field)
    more = stages(8, {**BUSY, "occluders": {"share": 0}, "lights": {"count_weights": {5: 1}}})
    assert all(after.lamps[:3] == before.lamps for before, after in zip(plain, more, strict=True))


def test_images_of_one_rendering_share_the_stage_and_nothing_else():
    changed = recipe(
        {"images_per_render": 3, "output": "layer", "shadow_share": 0.5}, backgrounds=["photos"],
        camera={"untouched_share": 0},
    )  # fmt: skip
    sampler = SceneSampler(changed, catalogue())
    drawn = specs(sampler, 12)
    for first in range(0, 12, 3):
        group = drawn[first : first + 3]
        assert [sampler.scene_of(spec.index) for spec in group] == [range(first, first + 3)] * 3
        assert all(stage_of(spec) == stage_of(group[0]) for spec in group)
        layers = [spec.layers[0] for spec in group]
        for name in ("mix", "key"):
            assert len({getattr(layer, name) for layer in layers}) == 3
        assert len({spec.camera for spec in group}) == 3
        assert len({msgspec.json.encode(spec.background) for spec in group}) == 3
        assert len({spec.split for spec in group}) == 1
    assert stage_of(drawn[0]) != stage_of(drawn[3])


def test_light_groups_are_used_only_where_images_share_a_rendering():
    for stage in stages(10, BUSY):
        assert {lamp.group for lamp in stage.lamps} == {stage.environment.group} == {0}
    for stage in stages(10, {**BUSY, "images_per_render": 2}):
        assert [lamp.group for lamp in stage.lamps] == [0, 1, 2]
        assert stage.environment.group == ALL_ROUND


def test_the_key_light_gives_the_same_light_whatever_its_kind_and_distance():
    for kind, solid in (("point", 4 * math.pi), ("area", math.pi), ("spot", 4 * math.pi)):
        for stage in stages(10, {"lights": {"kinds": {kind: 1}, "count_weights": {2: 1}}}):
            aim = corners(stage.things[0]).mean(axis=0)
            poses = [matrix_of_pose(lamp.pose) for lamp in stage.lamps]
            light = [
                lamp.power / solid / np.sum((pose[:3, 3] - aim) ** 2)
                for lamp, pose in zip(stage.lamps, poses, strict=True)
            ]
            assert light[0] == pytest.approx(KEY_IRRADIANCE, rel=1e-3)
            assert KEY_IRRADIANCE / 8 * 0.99 <= light[1] <= KEY_IRRADIANCE / math.sqrt(2) * 1.01
            for pose in poses:  # it shines at the subject
                assert np.cross(pose[:3, 2], pose[:3, 3] - aim) == pytest.approx(0, abs=1e-6)


def test_layers_have_a_transparent_film_photos_below_and_sometimes_a_shadow():
    changed = recipe({"output": "layer", "shadow_share": 0.5}, backgrounds=["photos"])
    drawn = specs(SceneSampler(changed, catalogue()), 60)
    assert all(stage_of(spec).film_transparent for spec in drawn)
    assert all(isinstance(spec.background, PhotoBackground) for spec in drawn)
    catching = [any(thing.catches_shadow for thing in stage_of(spec).things) for spec in drawn]
    assert 15 < sum(catching) < 45
    assert all(spec.layers[0].blur_px > 0 for spec in drawn)


@pytest.mark.parametrize("render", [{}, {"output": "layer", "shadow_share": 0}])
def test_a_strip_hides_what_it_was_asked_to(render):
    """Its projected width is the asked share of the subject's, and it lies within the ball round the subject."""
    asked = {**render, "occluders": {"share": 1, "cover_range": [0.25, 0.25], "kinds": {"box": 1}}}
    for stage in stages(30, {**asked, "camera": {"off_centre_range": [0, 0]}}):
        (strip,) = (thing for thing in stage.things if thing.role == "occluder")
        subject = corners(stage.things[0])
        camera = matrix_of_pose(stage.camera.pose)
        middle, radius = subject.mean(axis=0), np.linalg.norm(subject - subject.mean(axis=0), axis=1).max()
        pose = matrix_of_pose(strip.pose)
        across = pose[:3, 0]
        width = strip.source.shape.size_mm[0] / 1000
        subject_depth = float(camera[:3, 2] @ (camera[:3, 3] - middle))
        strip_depth = float(camera[:3, 2] @ (camera[:3, 3] - pose[:3, 3]))
        seen = width / strip_depth / (2 * radius / subject_depth)
        assert seen == pytest.approx(0.25, rel=1e-3)
        assert abs(across @ camera[:3, 2]) < 1e-6
        off = across @ (pose[:3, 3] - camera[:3, 3]) / strip_depth
        aim = across @ (middle - camera[:3, 3]) / subject_depth
        assert abs(off - aim) + width / 2 / strip_depth <= radius / subject_depth * 1.001
        assert 0.5 * 0.999 <= strip_depth / subject_depth <= 0.8 * 1.001


def test_what_falls_starts_above_the_ground_turned_anyhow():
    for stage in stages(10, {**BUSY, "drop": {"share": 1, "height_range_m": [0.1, 0.2]}}):
        assert stage.drop is not None
        assert all(thing.falls for thing in on_floor(stage))
        assert not any(thing.falls for thing in stage.things if thing.role not in ("subject", "distractor"))
        assert all(corners(thing)[:, 2].min() >= 0.1 - 1e-6 for thing in on_floor(stage))


def test_tumbles_are_uniform_among_rotations():
    from scipy import stats

    rng = stream(2, 0, "tumbles")
    turns = np.array([sample_tumble(rng)[:3, :3] for _ in range(4000)])
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3))
    for axis in np.eye(3):
        assert stats.kstest((turns @ axis)[:, 2], stats.uniform(-1, 2).cdf).pvalue > 1e-3
    # the angle of a uniform rotation has the density (1 - cos a) / pi
    angle = np.arccos(((np.trace(turns, axis1=1, axis2=2) - 1) / 2).clip(-1, 1))
    assert stats.kstest(angle, lambda a: (a - np.sin(a)) / math.pi).pvalue > 1e-3


@pytest.mark.parametrize(("shape", "design"), [("implant", DISC), ("ring", BAND), ("plate", PLATE)])
def test_a_serials_body_decides_the_size_of_its_place(shape, design):
    subject = {"shape": shape, "category": "thing", "serial": design["name"], "aim": "serial"}
    changed = recipe(
        {"subjects": [subject], "count_weights": {2: 1}}, serials=[design], meshes=[], splits={"a": 1, "b": 1}
    )
    drawn = specs(SceneSampler(changed, catalogue(meshes=(), splits=("a", "b"))), 15)
    texts = []
    for spec in drawn:
        for thing in stage_of(spec).things:
            if thing.role != "subject":
                continue
            body, made = thing.serial.body, thing.source.shape
            if shape == "implant":
                assert made.chip_mm == body.diameter_mm < made.patch_mm
            elif shape == "ring":
                assert (made.diameter_mm, made.length_mm, made.wall_mm) == (
                    body.diameter_mm,
                    body.length_mm,
                    body.wall_mm,
                )
                assert 0 < made.leg_mm < made.diameter_mm - 2 * made.wall_mm
            else:
                assert (made.width_mm, made.height_mm, made.corner_mm) == (
                    body.width_mm,
                    body.height_mm,
                    body.corner_mm,
                )
            assert thing.identity == thing.serial.text
            texts.append(thing.serial.text)
    assert len(set(texts)) == len(texts) == 30


def test_all_splits_show_the_same_meshes_and_claim_no_identity():
    meshes = tuple(mesh(f"box-{n}", f"box-{n}") for n in range(3))
    changed = recipe({"distractors": {"count_weights": {3: 1}, "block_share": 0}}, splits={"a": 0.5, "b": 0.5})
    drawn = specs(SceneSampler(changed, catalogue((*meshes, *OTHERS), ("a", "b"))), 60)
    seen: dict[str, set[str]] = {"a": set(), "b": set()}
    for spec in drawn:
        (subject,) = (thing for thing in stage_of(spec).things if thing.role == "subject")
        seen[spec.split].add(subject.source.mesh)
        assert subject.identity is None
        assert {t.source.mesh for t in stage_of(spec).things if t.role == "distractor"} <= {"soap", "banana"}
    assert seen["a"] == seen["b"] == {"box-0", "box-1", "box-2"}


@pytest.mark.parametrize(
    ("render", "has", "message"),
    [
        (
            {"subjects": [{"mesh": "*cheese*", "category": "thing"}]},
            {},
            "no mesh is named '*cheese*'; meshes: has Banana",
        ),
        ({"scene": "nowhere"}, {"scenes": ("studio",)}, "no scene 'nowhere' in the material; it has studio"),
        ({"environment": {"weights": {"folder": 1}, "folders": ["skies"]}}, {}, "no picture in them"),
    ],
)
def test_what_is_not_there_is_named(render, has, message):
    with pytest.raises(ConfigError, match=message.replace("*", r"\*")):
        SceneSampler(recipe(render), catalogue(**has))


def test_a_blend_file_brings_its_own_ground_and_light():
    changed = recipe({"scene": "scenes/studio.blend"})
    sampler = SceneSampler(changed, catalogue(scenes=("studio",)))
    stage = stage_of(specs(sampler, 1)[0])
    assert (stage.blend.file, stage.blend.sha256) == ("studio", "1" * 64)
    assert stage.lamps == ()
    assert not [thing for thing in stage.things if thing.role == "ground"]


def test_pictures_of_folders_are_named_by_their_ids():
    changed = recipe({
        "environment": {"weights": {"folder": 1}, "folders": ["skies"]},
        "ground": {"textures": ["tables"], "texture_share": 1},
    })  # fmt: skip
    drawn = [stage_of(spec) for spec in specs(SceneSampler(changed, catalogue(environments=3, textures=2)), 30)]
    assert {stage.environment.image for stage in drawn} == {f"sky-{n}.hdr" for n in range(3)}
    assert {stage.things[-1].surfaces[0].texture.image for stage in drawn} == {f"table-{n}.jpg" for n in range(2)}


def test_white_light_is_white_and_warm_light_is_red():
    red, green, blue = blackbody(6504)
    assert max(red, green, blue) / min(red, green, blue) < 1.1
    warm, cold = blackbody(2700), blackbody(9000)
    assert warm[0] > warm[1] > warm[2]
    assert cold[0] < cold[1] < cold[2]
    for colour in (warm, cold):
        assert np.dot(colour, (0.2126, 0.7152, 0.0722)) == pytest.approx(1, abs=1e-3)


def test_every_drawn_key_can_be_cut():
    for stage in stages(60, {"subjects": [{"shape": "key", "category": "key"}]}, meshes=[]):
        shape = stage.things[0].source.shape
        steps = np.abs(np.diff(shape.cuts))
        assert max(shape.cuts) <= deepest_code(shape)
        assert steps.max() <= most_difference(shape)
