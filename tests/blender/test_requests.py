"""Replies to what cannot be done, devices, EEVEE, and the end of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from blender_child import MESHES, Studio, opened, put_all, rgb, shot, stage, thing

from synth.scene.stage import Engine, Environment, Surface, Texture
from synth.scene.take import AskDevices, Devices, Lacking, MeshArrays, Picture, PutMesh, Refused

replace = msgspec.structs.replace


def test_what_is_not_known_is_named(studio: Studio) -> None:
    request = shot(stage(), decals={"box": "serial 7"})
    assert studio.ask(request) == Lacking((), ("serial 7",))
    assert studio.ask(replace(request, meshes={**request.meshes, "box": "new"})) == Lacking(("new",), ("serial 7",))


@pytest.mark.parametrize("where", ["scan", "texture", "environment"])
@pytest.mark.parametrize("fault", ["missing", "damaged", "text"])
def test_a_bad_picture_is_refused_with_its_name(studio: Studio, tmp_path: Path, where: str, fault: str) -> None:
    path = tmp_path / "skin.png"
    if fault == "damaged":
        path.write_bytes(cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes()[:30])
    elif fault == "text":
        path.write_text("no picture at all")
    scene = stage()
    if where == "scan":
        studio.ask(PutMesh("scan", MeshArrays.of(MESHES["box"]()), (str(path),)))
        request = shot(replace(scene, things=(thing("scan", "scan", surfaces=()),)))
    elif where == "texture":
        surface = (Surface(texture=Texture("image", "x")),)
        request = shot(replace(scene, things=(thing("box", "box", surfaces=surface),)), pictures={"x": str(path)})
    else:
        request = shot(replace(scene, environment=Environment("x")), pictures={"x": str(path)})
    reply = studio.ask(request)
    assert isinstance(reply, Refused)
    assert str(path) in reply.text
    assert "\n" not in reply.text
    studio.shoot(shot(stage()))


def test_unknown_environments_and_devices_are_refused_with_what_there_is(studio: Studio) -> None:
    reply = studio.ask(shot(stage(environment=Environment("blender/moon"))))
    assert isinstance(reply, Refused)
    assert "forest" in reply.text
    devices = studio.ask(AskDevices())
    assert isinstance(devices, Devices)
    assert devices.devices[0][0] == "CPU"
    assert devices.version.startswith("5.")
    if len(devices.devices) == 1:
        reply = studio.ask(shot(stage(engine=Engine(device="gpu"))))
        assert isinstance(reply, Refused)
        assert "cpu" in reply.text


def test_a_scans_picture_is_its_colour_times_that_of_the_surface(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((8, 8, 3), 188, np.uint8))
    studio.ask(PutMesh("scan", MeshArrays.of(MESHES["box"]()), (str(path),)))
    lit = {"lamps": (), "environment": Environment(), "engine": Engine(samples=32, denoise=False, bounces=0)}
    means = []
    for surfaces in ((Surface((255, 255, 255), specular=0.0),), (Surface((188, 255, 0), specular=0.0),)):
        picture = studio.shoot(shot(stage(thing("scan", "scan", surfaces=surfaces), **lit), passes=True))
        assert picture.index is not None
        means.append(rgb(picture)[cv2.erode(picture.index.unpacked, np.ones((3, 3))) == 1].mean(axis=0))
    np.testing.assert_allclose(means[1] / means[0], (0.5, 1.0, 0.0), atol=0.01)


@pytest.mark.slow  # without a GPU: shaders are compiled for the CPU
def test_eevee_gives_a_picture_like_that_of_cycles(studio: Studio) -> None:
    with opened() as other:
        try:
            put_all(other)
            scene = stage(engine=Engine("eevee", samples=16))
            reply = other.ask(shot(scene))
            double = other.ask(shot(scene, mix=((2.0, 2.0, 2.0),) * 4))
        except (EOFError, BrokenPipeError):
            pytest.skip("EEVEE needs OpenGL, which is not here")
    assert isinstance(reply, Picture), reply
    assert isinstance(double, Picture), double
    cycles = rgb(studio.shoot(shot(stage(engine=Engine(samples=16)))))
    assert np.corrcoef(rgb(reply).ravel(), cycles.ravel())[0, 1] > 0.9
    np.testing.assert_allclose(rgb(reply).mean(), cycles.mean(), rtol=0.3)
    np.testing.assert_allclose(rgb(double), 2 * rgb(reply), rtol=1e-3, atol=1e-3)


def test_the_process_ends_with_its_input_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with opened() as other:
        put_all(other)
    assert other.child.returncode == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can")
def test_the_process_dies_with_its_parent() -> None:
    code = (
        "import os, subprocess, sys\n"
        "a, b = os.pipe(), os.pipe()\n"
        "child = subprocess.Popen([sys.executable, '-m', 'synth.blender', str(a[0]), str(b[1])],"
        " pass_fds=(a[0], a[1], b[0], b[1]))\n"
        "from synth.scene.take import *\n"
        "source, sink = open(b[0], 'rb'), open(a[1], 'wb')\n"
        "send(sink, AskDevices()); receive_reply(source)\n"
        "print(child.pid, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "State:\tZ" in Path(f"/proc/{child}/status").read_text():
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child outlived its parent")
