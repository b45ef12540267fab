"""A picture depends on its request alone: not on what was taken before, not on the number of threads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from blender_child import Studio, checkered_decal, opened, put_all, rgb, shot, stage, thing

from synth.geometry.pose import looking, pose_of
from synth.scene.stage import Drop, Engine, Environment, Lens, Stage, Surface, Texture, Viewpoint
from synth.scene.take import Picture, PutDecal, Shoot

replace = msgspec.structs.replace
SIDE = 48


def digest(picture: Picture) -> str:
    planes = (picture.rgb, picture.alpha, picture.shadow, picture.index, picture.depth)
    told = [plane.data for plane in planes if plane is not None]
    return hashlib.sha256(b"".join(told) + repr(sorted(picture.poses.items())).encode()).hexdigest()


def moved_first(scene: Stage, **fields: object) -> Stage:
    things = list(scene.things)
    things[1] = replace(things[1], **fields)
    return replace(scene, things=tuple(things))


def edits(picture: Path) -> dict[str, Shoot]:
    """One picture for every kind of change."""
    a = stage()
    lamps, lens = a.lamps, replace(a.camera, lens=Lens(70.0, f_stop=0.3, focus_m=0.6))
    images = {"photo": str(picture)}
    photo = (Surface(texture=Texture("image", "photo")),)
    falls = replace(moved_first(a, falls=True, pose=pose_of(looking((0, 0, 0.3), (1, 2, 0)))), drop=Drop(0.5))
    return {
        "nothing": shot(a, SIDE),
        "camera": shot(replace(a, camera=Viewpoint(pose_of(looking((0.4, -0.4, 0.5), (0, 0, 0))))), SIDE),
        "lens": shot(replace(a, camera=lens), SIDE),
        "pose": shot(moved_first(a, pose=pose_of(looking((0.1, 0.1, 0.1), (1, 2, 3)))), SIDE),
        "size": shot(moved_first(a, pose=pose_of(1.5 * np.eye(4))), SIDE),
        "lamp power": shot(replace(a, lamps=(replace(lamps[0], power=9.0), *lamps[1:])), SIDE),
        "lamp place": shot(replace(a, lamps=(replace(lamps[0], pose=lamps[1].pose, size_m=0.1), *lamps[1:])), SIDE),
        "lamp kind": shot(replace(a, lamps=(replace(lamps[0], kind="spot"), *lamps[1:])), SIDE),
        "lamp group": shot(
            replace(a, lamps=(replace(lamps[0], group=5), *lamps[1:])),
            SIDE,
            mix=(*[(1.0, 1.0, 1.0)] * 5, (2.0, 1.0, 0.5)),
        ),
        "lamp gone": shot(replace(a, lamps=lamps[1:]), SIDE),
        "dark": shot(replace(a, environment=Environment(strength=0.0)), SIDE),
        "sky": shot(replace(a, environment=Environment("blender/city", strength=0.5, group=3)), SIDE),
        "sky turned": shot(replace(a, environment=Environment("blender/city", turn_deg=70.0, group=3)), SIDE),
        "seed": shot(replace(a, seed=77), SIDE),
        "samples": shot(replace(a, engine=Engine(samples=2, noise=0.1, bounces=1)), SIDE),
        "noisy": shot(replace(a, engine=Engine(samples=2, denoise=False)), SIDE),
        "film": shot(replace(a, film_transparent=True), SIDE),
        "catcher": shot(
            replace(a, film_transparent=True, things=(replace(a.things[0], catches_shadow=True), *a.things[1:])), SIDE
        ),
        "mesh": replace(shot(a, SIDE), meshes={"floor": "floor", "box": "ball", "ball": "box"}),
        "decal": shot(a, SIDE, decals={"box": "decal"}),
        "surface": shot(moved_first(a, surfaces=(Surface(metallic=1.0, roughness=0.1, brushed_deg=20.0),)), SIDE),
        "marble": shot(moved_first(a, surfaces=(Surface(texture=Texture("marble", scale_m=0.02), bump=0.5),)), SIDE),
        "photo": shot(moved_first(a, surfaces=photo), SIDE, pictures=images),
        "fewer": shot(replace(a, things=a.things[:2]), SIDE),
        "more": shot(replace(a, things=(*a.things, thing("third", "ball", 0.0, 0.1, 0.2))), SIDE),
        "drop": shot(falls, SIDE),
        "size of picture": replace(shot(a, SIDE), width=56, height=40),
        "passes": shot(a, SIDE, passes=True),
    }


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "photo.png"
    gradient = np.linspace(0, 255, 32 * 32 * 3).reshape(32, 32, 3).astype(np.uint8)
    assert cv2.imwrite(str(path), gradient)
    return path


@pytest.fixture(scope="module")
def threaded() -> Iterator[Studio]:
    with opened(threads=3) as made:
        yield put_all(made)


def test_every_edit_and_the_way_back_give_the_same_bytes_in_any_order(
    studio: Studio, threaded: Studio, photo: Path
) -> None:
    shots = edits(photo)
    start = digest(studio.shoot(shots["nothing"]))
    forth = {}
    for name, each in shots.items():
        forth[name] = digest(studio.shoot(each))
        assert digest(studio.shoot(shots["nothing"])) == start, name
    back = {name: digest(threaded.shoot(each)) for name, each in reversed(shots.items())}
    assert [name for name in shots if forth[name] != back[name]] == []
    assert len(set(forth.values())) == len(shots)


def test_the_same_stage_is_only_developed_again(studio: Studio) -> None:
    scene = replace(stage(), seed=5)
    first = studio.shoot(shot(scene, SIDE))
    again = studio.shoot(shot(scene, SIDE))
    brighter = studio.shoot(shot(scene, SIDE, mix=((2.0, 2.0, 2.0),) * 4))
    assert (first.afresh, again.afresh, brighter.afresh) == (True, False, False)
    assert rgb(first).tobytes() == rgb(again).tobytes()
    np.testing.assert_allclose(rgb(brighter).mean(), 2 * rgb(first).mean(), rtol=0.01)


def test_a_decal_sent_anew_under_its_key_takes_the_place_of_the_old_one(studio: Studio) -> None:
    request = shot(stage(), SIDE, decals={"box": "decal"})
    before = rgb(studio.shoot(request))
    old = checkered_decal()
    turned = replace(old, rgba=replace(old.rgba, data=old.rgba.unpacked[:, ::-1].tobytes()))
    assert isinstance(turned, PutDecal)
    studio.ask(turned)
    assert not np.array_equal(rgb(studio.shoot(request)), before)
    studio.ask(old)
    np.testing.assert_array_equal(rgb(studio.shoot(request)), before)
