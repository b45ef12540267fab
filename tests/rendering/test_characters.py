"""Characters on bodies in space against the same text drawn on the canvas, and laws of what hides them."""

from __future__ import annotations

import math
from functools import cache

import msgspec
import numpy as np
import pytest
from decal_bodies import ball, mesh_of, plate, ring

from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.pose import looking, moved
from synth.labels.sample import CHARACTERS_38, Categories
from synth.rendering.truth import Body, truth_of
from synth.scene.stage import ShapeSource, Thing
from synth.serials.drawing import draw_serial
from synth.serials.faces import open_face
from synth.serials.tag import ArcPath, BandBody, Inscription, LinePath, Marking, Material, PlateBody, SerialTag
from synth.serials.unrolled import unrolled
from synth.shapes.records import BlockShape

CATEGORIES = Categories(("tag",), CHARACTERS_38)
EYE = np.eye(4)
STILL = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0)
FONT = "roboto-condensed-bold"
SIZE = 480


@cache
def faces(name: str):
    return open_face(name)


def tag_of(body, *runs, upright_deg: float = 0.0) -> SerialTag:
    return SerialTag(
        runs[0].text, body, runs, Material("plastic", (240, 240, 240)), Marking("printed"), upright_deg=upright_deg
    )


def written(text: str, cap: float, path, **about) -> Inscription:
    return Inscription(text, FONT, cap, path, (0, 0, 0), **about)


PLATE = tag_of(PlateBody(200, 60), written("AB1234-7", 30, LinePath()))
ARC = tag_of(
    PlateBody(200, 200), written("KX7/Q9", 22, ArcPath(60, 0, 10)), written("M4W", 12, LinePath(0, 40, 90), copy=1)
)
BAND = tag_of(BandBody(16, 28, 1.2), written("AB1234-7", 9, LinePath()))


def thing(name: str, role="subject", serial=None, **about) -> Thing:
    return Thing(name, ShapeSource(BlockShape()), STILL, role=role, category="tag", serial=serial, **about)


def carrying(tag: SerialTag, px_per_mm: float = 12.0, pose=EYE, columns: int = 256) -> Body:
    body = tag.body
    mesh = (
        ring(body.diameter_mm, body.length_mm, columns)
        if isinstance(body, BandBody)
        else plate(body.width_mm, body.height_mm)
    )
    return Body(thing("tag", serial=tag), mesh, pose, None, unrolled(tag, px_per_mm, faces))


def seen(bodies, camera, intrinsics):
    return truth_of(bodies, camera, intrinsics, CATEGORIES)


def homography(camera, intrinsics) -> np.ndarray:
    """From mm on the plate, which stands in the world's x-z plane, to px."""
    way = camera_from_world(camera)
    u, v, origin = way[:3, 0] / 1000, -way[:3, 2] / 1000, way[:3, 3]
    lens = np.array([[intrinsics.focal_px, 0, intrinsics.cx], [0, intrinsics.focal_px, intrinsics.cy], [0, 0, 1]])
    matrix = lens @ np.stack([u, v, origin], axis=1)
    return matrix / matrix[2, 2]


def overlap(a, b) -> float:
    a, b = a.mask.to_full(SIZE, SIZE), b.mask.to_full(SIZE, SIZE)
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


def turn(a: float, b: float) -> float:
    return abs((a - b + 180) % 360 - 180)


VIEWS = {
    "frontal": (PLATE, looking((0, -0.42, 0), (0, 0, 0))),
    "rolled": (PLATE, looking((0, -0.5, 0), (0, 0, 0), 137)),
    "oblique": (PLATE, looking((0.3, -0.32, 0.12), (0, 0, 0), -20)),
    "near": (PLATE, looking((0.16, -0.2, -0.1), (0.02, 0, 0))),
    "cut by the border": (PLATE, looking((0.07, -0.3, 0.02), (0.09, 0, 0.02), 12)),
    "arc": (ARC, looking((-0.15, -0.45, 0.2), (0, 0, 0), 60)),
}


@pytest.mark.parametrize("view", VIEWS)
def test_text_on_a_plate_is_what_is_drawn_with_the_homography_of_the_view(view: str) -> None:
    tag, camera = VIEWS[view]
    intrinsics = Intrinsics.of_lens(50, 36, SIZE, SIZE)
    (label,) = seen([carrying(tag, 30)], camera, intrinsics).annotations
    drawn = draw_serial(tag, homography(camera, intrinsics), SIZE, SIZE, 0, faces)
    np.testing.assert_allclose(label.quad, drawn.quad, atol=1e-3)
    assert turn(label.angle_deg, drawn.angle_deg) < 1e-3
    expected = {c.place: c for c in drawn.characters if c.mask.area / c.full_area > 0.03}
    found = {c.place: c for c in label.characters}
    assert expected.keys() <= found.keys()
    wrong = whole = 0
    for place, there in expected.items():
        here = found[place]
        whole += there.mask.area
        wrong += np.count_nonzero(here.mask.to_full(SIZE, SIZE) != there.mask.to_full(SIZE, SIZE))
        assert here.text == there.character
        assert CHARACTERS_38[here.category] == there.character
        assert overlap(here, there) > 0.93  # the dash's edges lie on those of pixels
        np.testing.assert_allclose(here.quad, there.quad, atol=1e-3)
        assert np.abs(np.subtract(here.amodal_box, there.outline_box)).max() < 1
        assert turn(here.angle_deg, there.angle_deg) < 1e-3
        assert abs(here.visibility - there.mask.area / there.full_area) < 0.02
        assert there.facing == 1
    assert wrong < 0.015 * whole


@pytest.mark.parametrize("tilt", [0, 25, -15])
def test_text_round_a_ring_far_away_is_what_is_drawn_on_a_cylinder(tilt: int) -> None:
    scale, far, angle = 12.0, 20.0, math.radians(tilt)
    intrinsics = Intrinsics(scale * 1000 * far, SIZE / 2, SIZE / 2, SIZE, SIZE)
    camera = looking((0, -far * math.cos(angle), far * math.sin(angle)), (0, 0, 0))
    (label,) = seen([carrying(BAND, 40, columns=1024)], camera, intrinsics).annotations
    matrix = np.array([[scale, 0, SIZE / 2], [0, scale, SIZE / 2], [0, 0, 1.0]])
    body = msgspec.structs.replace(BAND.body, tilt_deg=float(tilt))
    drawn = draw_serial(msgspec.structs.replace(BAND, body=body), matrix, SIZE, SIZE, 0, faces)
    expected = {c.place: c for c in drawn.characters if c.facing > 0.05}
    found = {c.place: c for c in label.characters}
    assert expected.keys() == found.keys()
    assert label.quad is None
    assert turn(label.angle_deg, 0) < 0.01
    for place, there in expected.items():
        here = found[place]
        assert overlap(here, there) > (0.97 if there.facing > 0.3 else 0.93)
        assert abs(here.visibility - there.facing) < 0.015
        assert np.abs(np.subtract(here.quad, there.quad)).max() < 1
        assert turn(here.angle_deg, there.angle_deg) < 0.5


def test_text_across_the_seam_is_what_it_is_in_front() -> None:
    girth = math.pi * 16
    intrinsics = Intrinsics(12000.0, SIZE / 2, SIZE / 2, SIZE, SIZE)
    behind = tag_of(BAND.body, written("1234", 7, LinePath(girth / 2)), written("1234", 7, LinePath(0), copy=1))
    front = tag_of(BAND.body, written("1234", 7, LinePath(0)))
    (a,) = seen([carrying(behind, 40)], looking((0, 1, 0.2), (0, 0, 0)), intrinsics).annotations
    (b,) = seen([carrying(front, 40)], looking((0, -1, 0.2), (0, 0, 0)), intrinsics).annotations
    assert [c.place for c in a.characters] == [(0, k) for k in range(4)]
    for here, there in zip(a.characters, b.characters, strict=True):
        assert overlap(here, there) > 0.98
        np.testing.assert_allclose(here.quad, there.quad, atol=0.1)
        assert abs(here.visibility - there.visibility) < 0.01


def test_an_occluder_hides_as_much_as_it_covers() -> None:
    intrinsics = Intrinsics.of_lens(50, 36, SIZE, SIZE)
    camera = looking((0, -0.42, 0), (0, 0, 0))
    (whole,) = seen([carrying(PLATE)], camera, intrinsics).annotations
    for x in (-0.06, 0.0, 0.033):
        wall = mesh_of([(x, -0.05, -1), (1, -0.05, -1), (1, -0.05, 1), (x, -0.05, 1)], [(0, 1, 2), (0, 2, 3)])
        edge = intrinsics.focal_px * x / 0.37 + intrinsics.cx
        covered = Body(thing("wall", "occluder"), wall, EYE)
        (half,) = seen([covered, carrying(PLATE)], camera, intrinsics).annotations
        kept = {c.place: c for c in half.characters}
        for there in whole.characters:
            full = there.mask.to_full(SIZE, SIZE)
            clear = full.copy()
            clear[:, round(edge) :] = False
            share = clear.sum() / full.sum()
            if share < 0.01:
                assert there.place not in kept
                continue
            here = kept[there.place]
            assert abs(here.visibility - share) < 0.06
            assert not (here.mask.to_full(SIZE, SIZE) & ~full).any()
            assert here.amodal_box == there.amodal_box
            assert here.quad == there.quad
            assert here.difficult == (here.visibility < 0.15)
            if share == 1 and there.box[2] < edge - 1:
                assert here.mask == there.mask


def test_borders_cut_characters_and_nothing_else() -> None:
    camera, wide = looking((0.03, -0.42, 0.02), (0.02, 0, 0), 15), Intrinsics.of_lens(50, 36, SIZE, SIZE)
    (whole,) = seen([carrying(PLATE)], camera, wide).annotations
    narrow = Intrinsics(wide.focal_px, wide.cx - 150, wide.cy - 190, 160, 100)
    (part,) = seen([carrying(PLATE)], camera, narrow).annotations
    found = {c.place: c for c in part.characters}
    assert 0 < len(found) < len(whole.characters)
    for there in whole.characters:
        expected = there.mask.within((150, 190, 310, 290))
        if expected.area < 0.02 * there.mask.area:
            assert there.place not in found
            continue
        here = found[there.place]
        assert (here.mask.x + 150, here.mask.y + 190) == (expected.x, expected.y)
        assert np.array_equal(here.mask.pixels, expected.pixels)
        assert here.visibility == pytest.approx(expected.area / there.mask.area)
        assert here.truncated == (expected.area < there.mask.area) or here.truncated
        np.testing.assert_allclose(np.add(here.amodal_box, (150, 190, 150, 190)), there.amodal_box)


def test_a_camera_that_rolls_turns_all_labels_with_it() -> None:
    intrinsics = Intrinsics.of_lens(50, 36, SIZE, SIZE)
    bodies = [carrying(ARC), Body(thing("ball", "occluder"), ball(0.02), moved(0.03, -0.1, 0.05))]
    eye = ((-0.15, -0.5, 0.2), (0, 0, 0))
    (a,) = seen(bodies, looking(*eye, 10), intrinsics).annotations
    (b,) = seen(bodies, looking(*eye, 100), intrinsics).annotations
    assert [c.place for c in a.characters] == [c.place for c in b.characters]
    for here, there in zip((a, *a.characters), (b, *b.characters), strict=True):
        turned = np.rot90(here.mask.to_full(SIZE, SIZE), -1)  # clockwise on screen
        assert np.count_nonzero(turned != there.mask.to_full(SIZE, SIZE)) <= 3
        assert turn(there.angle_deg, here.angle_deg - 90) < 1e-6
        moved_quad = [(SIZE - y, x) for x, y in here.quad]
        np.testing.assert_allclose(there.quad, moved_quad, atol=1e-6)
        assert there.visibility == pytest.approx(here.visibility, abs=0.01)


def test_from_behind_nothing_can_be_read() -> None:
    intrinsics = Intrinsics.of_lens(50, 36, SIZE, SIZE)
    (label,) = seen([carrying(PLATE)], looking((0, 0.5, 0), (0, 0, 0)), intrinsics).annotations
    assert label.characters == ()
    assert label.quad is None
    assert label.angle_deg is None
    assert label.text == "AB1234-7"


def test_tiny_text_keeps_a_mask() -> None:
    intrinsics = Intrinsics.of_lens(50, 36, SIZE, SIZE)
    (label,) = seen([carrying(PLATE, 2)], looking((0, -6, 0.1), (0.1, 0, 0)), intrinsics).annotations
    assert [c.text for c in label.characters] == list("AB1234-7")
    assert all(c.visibility == 1 and c.mask.area > 0 for c in label.characters)
    assert max(c.box[3] - c.box[1] for c in label.characters) <= 5
