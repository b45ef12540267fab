"""Labels of bodies in space: masks, boxes, visibility, keypoints, space, and what a tag as a whole says."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from decal_bodies import ball, mesh_of, plate, soup

from synth.errors import LabelError
from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.mesh import Mesh
from synth.geometry.pose import enlarged, looking, matrix_of_pose, moved, transformed, turned
from synth.labels.sample import CHARACTERS_38, Categories
from synth.rendering.raster import posed
from synth.rendering.truth import Body, truth_of
from synth.scene.stage import ShapeSource, Thing
from synth.serials.faces import open_face
from synth.serials.tag import BareBody, DiscBody, Inscription, LinePath, Marking, Material, PlateBody, SerialTag
from synth.serials.unrolled import unrolled
from synth.shapes.records import BlockShape, KeyShape
from synth.shapes.solid import Solid
from synth.shapes.solids import solid_of

CATEGORIES = Categories(("ball", "tag"), CHARACTERS_38)
EYE = np.eye(4)
STILL = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0)
SIZE = 200
LENS = Intrinsics(260.0, 100.0, 100.0, SIZE, SIZE)
CAMERA = looking((0.4, -4, 1.5), (0, 0, 0.1), 7)
FINE = ball(0.5, 120, 240)


@cache
def faces(name: str):
    return open_face(name)


def thing(name="subject", role="subject", category="ball", **about) -> Thing:
    return Thing(name, ShapeSource(BlockShape()), STILL, role=role, category=category, **about)


def body(mesh: Mesh, x=0.0, y=0.0, z=0.0, **about) -> Body:
    return Body(thing(**about), mesh, moved(x, y, z))


def seen(*bodies: Body, camera=CAMERA, lens=LENS):
    return truth_of(bodies, camera, lens, CATEGORIES)


def full(annotation, lens=LENS) -> np.ndarray:
    return annotation.mask.to_full(lens.width, lens.height)


def spheres(centres, camera, lens, margin: int) -> list[np.ndarray]:
    """Distance along each line of sight to spheres of radius 1/2, closed form, `margin` px beyond the borders."""
    x, y = np.meshgrid(*(np.arange(-margin, side + margin) + 0.5 for side in (lens.width, lens.height)))
    rays = np.stack([(x - lens.cx) / lens.focal_px, (y - lens.cy) / lens.focal_px, np.ones_like(x)], axis=-1)
    found = []
    for centre in transformed(camera_from_world(camera), np.array(centres, float)):
        a, b, c = (rays**2).sum(-1), rays @ centre, centre @ centre - 0.25
        root = b**2 - a * c
        found.append(np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, np.inf))
    return found


@pytest.mark.parametrize("x", [0.0, 0.45, 1.3, -1.5])
def test_masks_and_visibility_are_those_of_spheres(x: float) -> None:
    centres = [(x, 0, 0), (0.3, -1, 0.2)]
    truth = seen(body(FINE, *centres[0]), body(FINE, *centres[1], name="other", role="occluder"))
    (label,) = truth.annotations
    subject, other = spheres(centres, CAMERA, LENS, SIZE)
    amodal = np.isfinite(subject)
    modal = (amodal & (subject < other))[SIZE:-SIZE, SIZE:-SIZE]
    assert np.count_nonzero(full(label) != modal) <= 0.004 * modal.sum() + 3
    assert abs(label.visibility - modal.sum() / amodal.sum()) < 0.005
    rows, columns = np.flatnonzero(amodal.any(1)), np.flatnonzero(amodal.any(0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) - SIZE
    assert np.abs(label.amodal_box - box).max() <= 1
    assert label.truncated == bool(box.min() < 0 or box.max() > SIZE)
    assert label.box == label.mask.box
    np.testing.assert_array_equal(truth.ids == 1, full(label))
    depth = subject[SIZE:-SIZE, SIZE:-SIZE]
    clear = full(label) & (depth < 4)
    assert np.abs(truth.depth[clear] - depth[clear]).max() < 2e-3


@pytest.mark.parametrize("seed", range(6))
def test_amodal_is_what_a_larger_picture_shows_of_the_body_alone(seed: int) -> None:
    shifted = moved(0.5 * seed - 1, 0.2 * seed, 0.3 * (seed % 3))
    subject = Body(thing(), soup(seed, 40, 0.4), shifted @ turned((1, 1, 0), 30 * seed) @ enlarged(0.7))
    (label,) = seen(body(FINE, 0, -2, name="near", role="occluder"), subject).annotations
    wide = Intrinsics(LENS.focal_px, LENS.cx + SIZE, LENS.cy + SIZE, 3 * SIZE, 3 * SIZE)
    (alone,) = seen(subject, lens=wide).annotations
    assert label.visibility == label.mask.area / alone.mask.area
    assert label.amodal_box == tuple(side - SIZE for side in alone.mask.box)
    assert alone.visibility == 1
    inside = alone.mask.to_full(3 * SIZE, 3 * SIZE)[SIZE:-SIZE, SIZE:-SIZE]
    assert not (full(label) & ~inside).any()
    a, b = label.amodal_box, label.box
    assert a[0] <= b[0]
    assert a[1] <= b[1]
    assert a[2] >= b[2]
    assert a[3] >= b[3]


def test_what_ends_nowhere_has_the_box_of_its_corners_or_of_the_canvas() -> None:
    long = mesh_of([(-12, 0, 0), (12, 0, 0), (0, 0, 0.3)], [(0, 1, 2)])
    (label,) = seen(body(long)).annotations
    corners = LENS.projected(posed(long, EYE, CAMERA).points)
    np.testing.assert_allclose(label.amodal_box[::2], (corners[:, 0].min(), corners[:, 0].max()))
    assert label.truncated
    floor = mesh_of([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], [(0, 1, 2), (0, 2, 3)])
    (under,) = seen(body(floor)).annotations
    assert under.amodal_box[0] == -SIZE
    assert under.amodal_box[3] == 2 * SIZE


def test_subjects_that_nothing_is_seen_of_are_named() -> None:
    behind = body(ball(0.1), 0, 1, 0, name="behind")
    beside = body(FINE, 30, 0, 0, name="beside")
    rear = body(FINE, 0, -9, 0, name="rear")
    truth = seen(behind, beside, body(FINE, name="front"), rear)
    assert truth.hidden == ("behind", "beside", "rear")
    assert len(truth.annotations) == 1
    assert set(np.unique(truth.ids)) == {0, 3}


def test_a_catcher_of_shadow_hides_and_is_not_seen() -> None:
    wall = mesh_of([(-9, -2, -9), (0.3, -2, -9), (0.3, -2, 9), (-9, -2, 9)], [(0, 1, 2), (0, 2, 3)])
    plain = seen(body(FINE), body(wall, name="wall", role="occluder"))
    caught = seen(body(FINE), body(wall, name="wall", role="occluder", catches_shadow=True))
    assert caught.annotations[0].mask == plain.annotations[0].mask
    assert caught.annotations[0].visibility < 0.9
    unseen = plain.ids == 2
    assert np.array_equal(caught.ids, np.where(unseen, 0, plain.ids))
    assert np.all(caught.depth[unseen] == np.inf)
    assert not caught.normals[unseen].any()


def test_a_label_encloses_its_slots_alone() -> None:
    low, high = ball(0.5, 30, 60), ball(0.2, 30, 60)
    vertices = np.concatenate([low.vertices, high.vertices + np.array([0, -1, 0])])
    joined = np.concatenate([low.faces, high.faces + len(low.vertices)])
    slots = np.repeat(np.array([0, 1], np.int32), [len(low.faces), len(high.faces)])
    mesh = Mesh(vertices, joined.astype(np.int32), slots)
    solid = Solid(mesh, ("ring", "leg"), labelled=("ring",))
    (part,) = seen(Body(thing(), mesh, EYE, solid)).annotations
    (apart,) = seen(body(low), body(high, 0, -1, 0, name="leg", role="occluder")).annotations
    assert part.mask == apart.mask
    assert part.visibility == apart.visibility
    assert part.amodal_box == apart.amodal_box
    assert part.space.bounds == apart.space.bounds


def test_a_thing_may_name_the_slots_of_its_label() -> None:
    mesh = Mesh(FINE.vertices, FINE.faces, (FINE.vertices[FINE.faces].mean(axis=1)[:, 0] > 0).astype(np.int32))
    solid = Solid(mesh, ("left", "right"), labelled=("left",))
    left, right, both = (
        seen(Body(thing(labelled=names), mesh, EYE, solid)).annotations[0]
        for names in ((), ("right",), ("left", "right"))
    )
    assert not (full(left) & full(right)).any()
    np.testing.assert_array_equal(full(left) | full(right), full(both))


def test_keypoints_lie_where_space_and_lens_put_them_and_know_what_hides_them() -> None:
    ways = {"front": (0, -1, 0), "back": (0, 1, 0), "left": (-1, 0, 0), "top": (0, 0, 1), "bottom": (0, 0, -1)}
    places = {name: tuple(0.5 * c for c in way) for name, way in ways.items()} | {"middle": (0.0, 0.0, 0.0)}
    solid = Solid(FINE, ("ball",), places, {"cut_1": 3.0, "spacing_mm": 3.96})
    pose = moved(0.1, 0, 0) @ turned((0, 0, 1), -5)
    camera = looking((0, -4, 1.5), (0, 0, 0))
    (label,) = seen(Body(thing(identity="b7"), FINE, pose, solid), camera=camera).annotations
    assert [k.name for k in label.keypoints] == list(places)
    own = transformed(matrix_of_pose(label.space.pose), np.array(list(places.values())))
    np.testing.assert_allclose([(k.x, k.y) for k in label.keypoints], LENS.projected(own), atol=1e-3)
    looks = {k.name: k.is_visible for k in label.keypoints}
    assert looks == {"front": True, "back": False, "left": False, "top": True, "bottom": False, "middle": False}
    assert label.measures == (("cut_1", 3.0), ("spacing_mm", 3.96))
    assert label.identity == "b7"
    np.testing.assert_allclose(label.space.bounds, (-0.5, -0.5, -0.5, 0.5, 0.5, 0.5), atol=1e-3)
    bead = body(ball(0.05), 0.1 - 0.5 * math.sin(math.radians(5)), -0.7, 0.08, name="bead", role="occluder")
    (covered,) = seen(Body(thing(), FINE, pose, solid), bead, camera=camera).annotations
    assert {k.name: k.is_visible for k in covered.keypoints} == looks | {"front": False}
    (outside,) = seen(Body(thing(), FINE, moved(1.9, 0, 0), solid), camera=camera).annotations
    front = next(k for k in outside.keypoints if k.name == "front")
    assert not front.is_visible
    assert front.x > SIZE


def test_corners_on_the_outline_of_a_plate_are_seen() -> None:
    mesh = plate(400, 300)
    places = {f"{x}{z}": (0.2 * x, 0.0, 0.15 * z) for x in (-1, 1) for z in (-1, 1)}
    for camera in (looking((0.9, -1.2, 0.3), (0, 0, 0), 11), looking((-0.3, -1.5, -0.6), (0, 0, 0))):
        (label,) = seen(Body(thing(), mesh, EYE, Solid(mesh, ("face",), places)), camera=camera).annotations
        assert len(label.keypoints) == 4
        assert all(k.is_visible for k in label.keypoints)


@pytest.mark.parametrize("turn", [0.0, 50.0, 130.0, 200.0, 290.0])
@pytest.mark.parametrize("tilt", [0.0, 25.0])
def test_all_cuts_of_a_key_that_lies_open_are_seen(turn: float, tilt: float) -> None:
    key = solid_of(KeyShape((3, 1, 4, 2, 5)))
    lean = math.radians(tilt)
    eye = turned((0, 0, 1), turn)[:3, :3] @ (0.0, -0.2 * math.sin(lean), 0.2 * math.cos(lean))
    view = {"camera": looking(eye, (0, 0, 0)), "lens": Intrinsics(600, 160, 160, 320, 320)}
    lying = Body(thing(), key.mesh, np.eye(4), key)
    (label,) = seen(lying, **view).annotations
    assert [point.name for point in label.keypoints if not point.is_visible] == []
    coin = solid_of(BlockShape("cylinder", (4, 4, 1)))
    x, y, z = key.keypoints["cut_3"]
    (label,) = seen(lying, Body(thing("coin", "occluder"), coin.mesh, moved(x, y, z + 0.003), coin), **view).annotations
    if tilt == 0:
        assert [point.name for point in label.keypoints if not point.is_visible] == ["cut_3"]


def carrying(tag: SerialTag, mesh: Mesh) -> Body:
    return Body(thing(category="tag", serial=tag), mesh, EYE, None, unrolled(tag, 10, faces))


def tag_of(carrier, upright_deg: float = 0.0) -> SerialTag:
    run = Inscription("AB12", "roboto-condensed-bold", 12, LinePath(turn_deg=upright_deg), (0, 0, 0))
    return SerialTag(
        "AB12", carrier, (run,), Material("metal", (200, 200, 200)), Marking("laser"), upright_deg=upright_deg
    )


@pytest.mark.parametrize("tilt", [0, 20, 40])
@pytest.mark.parametrize("upright", [0.0, 75.0])
def test_the_circle_of_a_disc_and_the_quad_of_its_square(tilt: int, upright: float) -> None:
    lens, angle = Intrinsics(900.0, 150.0, 140.0, 300, 280), math.radians(tilt)
    camera = looking((0, -0.4 * math.cos(angle), 0.4 * math.sin(angle)), (0, 0, 0), 30)
    tag = tag_of(DiscBody(80), upright)
    (label,) = seen(carrying(tag, plate(80, 80)), camera=camera, lens=lens).annotations
    # rim and upright, point by point in space
    t = np.linspace(0, 2 * math.pi, 4000, endpoint=False)
    rim = lens.projected(transformed(camera_from_world(camera), 0.04 * np.stack([np.cos(t), 0 * t, np.sin(t)], axis=1)))
    middle = (rim.min(axis=0) + rim.max(axis=0)) / 2
    reach = np.hypot(*(rim - middle).T)
    if reach.min() / reach.max() > 0.9:
        np.testing.assert_allclose(label.circle, (*middle, (reach.min() + reach.max()) / 2), atol=2e-3)
    else:
        assert label.circle is None
    up = np.array([-math.sin(math.radians(upright)), 0, math.cos(math.radians(upright))])
    ends = lens.projected(transformed(camera_from_world(camera), np.stack([-1e-6 * up, 1e-6 * up])))
    across, down = ends[1] - ends[0]
    assert abs((label.angle_deg - math.degrees(math.atan2(-across, -down)) + 180) % 360 - 180) < 1e-3
    right = np.array([math.cos(math.radians(upright)), 0, math.sin(math.radians(upright))])
    square = 0.04 * np.stack([up - right, up + right, right - up, -up - right])
    np.testing.assert_allclose(label.quad, lens.projected(transformed(camera_from_world(camera), square)), atol=1e-3)
    for character in label.characters:
        assert abs((character.angle_deg - label.angle_deg + 180) % 360 - 180) < 12


def test_writing_without_a_body_has_the_quad_round_it() -> None:
    lens, camera = Intrinsics(900.0, 150.0, 140.0, 300, 280), looking((0.05, -0.4, 0.1), (0, 0, 0))
    (label,) = seen(carrying(tag_of(BareBody()), plate(80, 60)), camera=camera, lens=lens).annotations
    corners, quad = np.concatenate([c.quad for c in label.characters]), np.array(label.quad)
    for k in range(4):
        a, b = quad[k], quad[(k + 1) % 4]
        side = (b[0] - a[0]) * (corners[:, 1] - a[1]) - (b[1] - a[1]) * (corners[:, 0] - a[0])
        assert side.min() > -0.1
        assert side.min() < 0.1 * np.hypot(*(b - a))


def test_a_body_without_a_tag_has_nothing_of_one() -> None:
    (label,) = seen(body(FINE)).annotations
    assert (label.text, label.quad, label.circle, label.angle_deg, label.characters) == (None, None, None, None, ())


def test_a_subject_must_have_a_category_that_is_known() -> None:
    with pytest.raises(LabelError, match="subject 'subject' must have a category"):
        seen(body(FINE, category=None))
    with pytest.raises(LabelError, match="unknown category 'cube'"):
        seen(body(FINE, category="cube"))


def test_the_same_scene_gives_the_same_labels() -> None:
    tag = tag_of(PlateBody(80, 60))
    bodies = (carrying(tag, plate(80, 60)), body(soup(1, 500, 0.02), role="occluder", name="soup"))
    camera = looking((0.05, -0.4, 0.1), (0, 0, 0))
    a, b = seen(*bodies, camera=camera), seen(*bodies, camera=camera)
    for name in ("ids", "depth", "normals"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes()
    assert repr(a.annotations) == repr(b.annotations)
