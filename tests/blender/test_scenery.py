""".blend files: nothing in them runs, their bodies come back, and bad ones are refused in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from blender_child import Studio, put_all, rgb, shot, stage, thing

from synth.geometry.pose import looking, pose_of
from synth.scene.stage import BlendScene, Drop, Engine, Stage, Viewpoint
from synth.scene.take import Bodies, Lacking, Picture, ReadBodies, Refused, Shoot

replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blends")
    script = Path(__file__).with_name("blend_files.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True, timeout=60)
    return folder


def in_room(files: Path, *draws: float, **fields: object) -> Shoot:
    blend = BlendScene("room", "", draws or (0.5,), light_stops=1.0, prop_share=0.5)
    scene = stage(thing("ball", "ball", z=0.06), lamps=(), blend=blend, engine=Engine(samples=4, denoise=False))
    return shot(replace(scene, **fields), blend=str(files / "room.blend"))


def taken(studio: Studio, request: Shoot) -> Picture:
    reply = studio.ask(request)
    if isinstance(reply, Lacking):
        assert "ball" in reply.meshes
        put_all(studio)
        reply = studio.ask(request)
    assert isinstance(reply, Picture), reply
    return reply


def test_bodies_come_back_in_the_frame_of_the_stage_and_props_stay_by_their_draws(studio: Studio, files: Path) -> None:
    # lamp0, lamp1, prop0 ... prop3 take the draws in turn
    picture = taken(studio, in_room(files, 0.5, 0.5, 0.1, 0.9, 0.1, 0.9))
    bodies = {body.name: body.mesh.unpacked for body in picture.scenery}
    assert sorted(bodies) == ["prop0", "prop2", "table"]
    turn = np.array([[np.cos(1), -np.sin(1), 0], [np.sin(1), np.cos(1), 0], [0, 0, 1]])
    for number in (0, 2):
        in_file = bodies[f"prop{number}"].vertices @ turn.T + (0.3, 0.2, 0.0)
        np.testing.assert_allclose(in_file.mean(axis=0), (0.2 * number, 0.4, 0.05), atol=1e-6)
        np.testing.assert_allclose(np.ptp(in_file, axis=0), 0.1, atol=1e-6)


def test_returned_bodies_are_what_is_rendered(studio: Studio, files: Path) -> None:
    request = in_room(files, 0.1)
    camera = Viewpoint(pose_of(looking((0.2, -1.5, 0.8), (0.0, 0.3, 0.0))))
    with_file = taken(studio, replace(request, stage=replace(request.stage, camera=camera), passes=True))
    assert with_file.depth is not None
    from synth.scene.take import PutMesh

    alone: Stage = stage(thing("ball", "ball", z=0.06), camera=camera, engine=Engine(samples=4, denoise=False))
    for body in with_file.scenery:
        alone = replace(alone, things=(*alone.things, thing(body.name, body.name)))
    put_all(studio)
    studio.ask(shot(alone, passes=True))
    put_all(studio)
    for body in with_file.scenery:
        studio.ask(PutMesh(body.name, body.mesh))
    again = studio.shoot(shot(alone, passes=True))
    assert again.depth is not None
    np.testing.assert_allclose(again.depth.unpacked, with_file.depth.unpacked, rtol=1e-3)


def test_lamps_go_up_and_down_by_stops_and_the_way_back_gives_the_same_bytes(studio: Studio, files: Path) -> None:
    dark, middle, bright = (
        taken(studio, in_room(files, draw, environment=replace(stage().environment, strength=0.0)))
        for draw in (0.0, 0.5, 1.0)
    )
    same = replace(in_room(files, 0.5), stage=replace(in_room(files, 0.5).stage, seed=0))
    assert rgb(bright).mean() > 1.9 * rgb(middle).mean() * 0.9
    assert rgb(dark).mean() < 0.65 * rgb(middle).mean()
    first = rgb(taken(studio, same)).tobytes()
    put_all(studio)
    plain = stage()
    studio.ask(shot(plain))
    put_all(studio)
    studio.shoot(shot(plain))
    assert rgb(taken(studio, same)).tobytes() == first


def test_nothing_in_a_file_runs(studio: Studio, files: Path) -> None:
    taken(studio, in_room(files))
    assert not (files / "ran.txt").exists()
    assert not (files / "driven.txt").exists()


def test_a_thing_falls_onto_a_body_of_the_file(studio: Studio, files: Path) -> None:
    request = in_room(files, 0.1)
    ball = replace(request.stage.things[0], pose=pose_of(np.eye(4) + 0.5 * np.eye(4, k=1)[[0, 1, 2, 3]]), falls=True)
    picture = taken(studio, replace(request, stage=replace(request.stage, things=(ball,), drop=Drop(2.0))))
    assert abs(picture.poses["ball"][11] - 0.06) < 0.004


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("newer", "save it from"),
        ("missing", "links to missing files: //gone.png"),
        ("damaged", "save it from"),
        ("other", "not a .blend file"),
        ("absent", "correct the path"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_and_does_no_harm(studio: Studio, files: Path, name: str, words: str) -> None:
    reply = studio.ask(replace(in_room(files), blend=str(files / f"{name}.blend")))
    assert isinstance(reply, Refused)
    assert words in reply.text
    assert "\n" not in reply.text
    assert f"{name}.blend" in reply.text
    put_all(studio)
    studio.shoot(shot(stage()))


@pytest.mark.parametrize("name", ["room.usdc", "room.blend"])
def test_bodies_of_a_file_are_read_in_metres(studio: Studio, files: Path, name: str) -> None:
    reply = studio.ask(ReadBodies(str(files / name)))
    assert isinstance(reply, Bodies), reply
    bodies = {body.name: body.mesh.unpacked for body in reply.bodies}
    assert len(bodies) == 5
    table = max(bodies.values(), key=lambda mesh: float(np.ptp(mesh.vertices)))
    np.testing.assert_allclose(np.ptp(table.vertices, axis=0), (4.0, 4.0, 0.0), atol=1e-6)
    put_all(studio)


def test_a_file_without_meshes_or_of_another_kind_is_refused(studio: Studio, files: Path) -> None:
    for path in (files / "other.blend", files / "gone.usdc", files / "mesh.obj"):
        reply = studio.ask(ReadBodies(str(path)))
        assert isinstance(reply, Refused)
        assert path.name in reply.text
    put_all(studio)
