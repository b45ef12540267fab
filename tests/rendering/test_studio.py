"""Blender's process dies, hangs, lies and is worn out; the pictures are the same."""

from __future__ import annotations

import importlib.util
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from synth.errors import AssetError, RenderError
from synth.geometry.mesh import Mesh
from synth.geometry.pose import looking, moved, pose_of
from synth.rendering import blender_process, studio
from synth.rendering.scratch import PREFIX, Scratch
from synth.rendering.studio import Studio
from synth.scene.stage import Engine, Environment, Lamp, Lens, ScanSource, Stage, Surface, Thing, Viewpoint
from synth.scene.take import Array, AskDevices, Devices, MeshArrays, Picture, PutDecal, PutMesh, Shoot

needs_blender = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs Blender's module")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
SIDE = 32


def box() -> Mesh:
    corners = np.array([(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], np.float64) * 0.05
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    points = corners[faces]
    decal = np.full((12, 3, 2), np.nan, np.float32)
    decal[4:6] = np.stack([points[4:6, ..., 0], -points[4:6, ..., 2]], axis=-1) * 1000
    return Mesh(corners, faces, np.zeros(12, np.int32), decal=decal)


def mesh_of(key: str) -> PutMesh:
    return PutMesh(key, MeshArrays.of(box()))


def decal_of(key: str) -> PutDecal:
    level = int(key.removeprefix("decal "))
    rgba = np.full((64, 64, 4), 255, np.uint8)
    rgba[16:48, 16:48, :3] = level
    return PutDecal(key, Array.of(rgba), (-40.0, -40.0, 40.0, 40.0))


def shoot(turn: float = 0.0, side: int = SIDE, samples: int = 1, **fields: object) -> Shoot:
    """A box with a decal in front of the camera."""
    thing = Thing("box", ScanSource("box"), pose_of(moved(turn, 0, 0)), surfaces=(Surface(colour=(200, 90, 60)),))
    lamp = Lamp("area", pose_of(looking((0.5, -0.6, 0.7), (0, 0, 0))), 4.0, size_m=0.3)
    camera = Viewpoint(pose_of(looking((0.1, -0.5, 0.2), (0, 0, 0))), Lens(50.0))
    scene = Stage(camera, (thing,), (lamp,), Environment(colour=(0.3, 0.3, 0.3)), Engine(samples=samples))
    made = Shoot(scene, side, side, {"box": "box"}, {"box": "decal 40"})
    return msgspec.structs.replace(made, **fields)


def taken(place: Studio, request: Shoot | None = None) -> bytes:
    picture = place.shoot(request or shoot(), mesh_of, decal_of)
    assert picture.rgb.unpacked.max() > 0.01
    return picture.rgb.data


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie that nobody reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], object], limit_s: float = 60.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture
def place() -> Iterator[Studio]:
    with Studio() as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed() -> dict[float, bytes]:
    with Studio() as made:
        return {turn: taken(made, shoot(turn)) for turn in (0.0, 0.02, 0.04)}


@needs_blender
def test_a_process_that_was_killed_between_pictures_or_while_it_was_told_a_mesh_is_replaced(place, undisturbed):
    taken(place, shoot(0.04))
    first = place.pid
    os.kill(first, signal.SIGKILL)
    assert taken(place) == undisturbed[0.0]
    second = place.pid
    assert second != first
    killed = []

    def deadly(key: str) -> PutMesh:
        if not killed:
            killed.append(place.pid)
            os.kill(place.pid, signal.SIGKILL)
        return mesh_of(key)

    place.close()
    assert place.shoot(shoot(0.02), deadly, decal_of).rgb.data == undisturbed[0.02]
    assert place.pid not in killed
    assert killed


@needs_blender
@needs_proc
def test_a_process_that_is_killed_while_it_renders_is_replaced(place):
    request = shoot(side=192, samples=48)
    calm = taken(place, request)
    place.close()
    pids: list[int] = []
    taken(place, shoot(0.01))

    def kill() -> None:
        pids.append(place.pid)
        before = place.cpu_s
        wait_until(lambda: place.cpu_s > before + 0.1)
        os.kill(pids[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    assert taken(place, request) == calm
    killer.join()
    assert place.pid not in pids


@needs_blender
def test_a_process_that_hangs_is_replaced_even_when_it_reads_no_more(undisturbed):
    with Studio(silence_s=60.0) as place:
        taken(place, shoot(0.04))
        stopped = place.pid
        os.kill(stopped, signal.SIGSTOP)
        place.silence_s = 0.3
        large = np.zeros((800, 800, 4), np.uint8)
        with pytest.raises(RenderError, match=r"gave no answer for 0\.3 s, 2 times, over the same request"):
            place.ask(PutDecal("decal 1", Array.of(large), (0.0, 0.0, 1.0, 1.0)))
        assert not is_alive(stopped)
        place.silence_s = 60.0
        assert taken(place) == undisturbed[0.0]


@needs_blender
def test_replacement_after_so_many_frames_changes_no_byte(undisturbed):
    with Studio(frames=1) as place:
        pids = []
        for turn, expected in undisturbed.items():
            assert taken(place, shoot(turn)) == expected
            pids.append(place.pid)
            brighter = shoot(turn, mix=((2.0, 2.0, 2.0),))
            assert place.pid == pids[-1]
            place.frames = 2
            taken(place, brighter)
            assert place.pid == pids[-1], "what is only developed again wears nothing out"
            place.frames = 1
        assert len(set(pids)) == 3


@needs_blender
@needs_proc
def test_a_scene_that_no_process_survives_fails_alone(place, undisturbed):
    """Memory runs out: a picture that is far too large for a process that may have so much and no more."""
    taken(place)
    start = blender_process.BlenderProcess

    def poor(threads: int) -> blender_process.BlenderProcess:
        made = start(threads)
        made.answer(AskDevices(), 60.0)
        pages = int(Path(f"/proc/{made.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + (400 << 20)
        resource.prlimit(made.pid, resource.RLIMIT_AS, (limit, limit))
        return made

    place.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio, "BlenderProcess", poor)
        with pytest.raises(RenderError, match="2 times, over the same scene"):
            place.shoot(shoot(side=8000), mesh_of, decal_of)
        assert taken(place) == undisturbed[0.0], "the next one is taken"


@needs_blender
@needs_proc
def test_cpu_seconds_are_counted_over_all_processes(place):
    taken(place)
    first = place.cpu_s
    assert first > 0.1
    place.close()
    assert place.cpu_s >= first
    taken(place)
    assert place.cpu_s > first + 0.1


ORPHANAGE = """
import os, sys, time
from synth.rendering.studio import Studio
from synth.scene.take import AskDevices
place = Studio()
place.ask(AskDevices())
print(place.pid, place._process.folder, flush=True)
time.sleep(600)
"""


@needs_blender
@needs_proc
def test_it_dies_with_its_parent_and_the_next_one_removes_what_it_left():
    parent = subprocess.Popen([sys.executable, "-c", ORPHANAGE], stdout=subprocess.PIPE, text=True)
    pid, folder = parent.stdout.readline().split()
    assert is_alive(int(pid))
    assert list(Path(folder).glob("blender_*")), "its temporary files are in there"
    others = Scratch()
    assert Path(folder).is_dir(), "the folder of a living one stays"
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not is_alive(int(pid)))
    Scratch().close()
    assert not Path(folder).exists()
    assert others.path.is_dir()
    others.close()
    assert not others.path.exists()
    parent.stdout.close()


@needs_blender
def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Studio() as place:
        assert isinstance(place.ask(AskDevices()), Devices)
        assert [path.name[: len(PREFIX)] for path in tmp_path.iterdir()] == [PREFIX]
    assert not list(tmp_path.iterdir())


CHILD = """#!{python}
import os, sys, time
sys.path[:0] = {path!r}
import numpy as np
from synth.scene.take import *
source, sink = os.fdopen(int(sys.argv[3]), "rb"), os.fdopen(int(sys.argv[4]), "wb")
life = sum(1 for _ in open({visits!r}))
open({visits!r}, "a").write("x\\n")
def picture():
    return Picture(Array.of(np.full((4, 4, 3), life, np.float32)), None, None, {{}})
{does}
"""


@pytest.fixture
def actor(tmp_path, monkeypatch) -> Callable[[str], Callable[[], int]]:
    """Has a script play Blender's part; gives the number of times that it was started."""
    visits = tmp_path / "visits"
    visits.write_text("")

    def play(does: str) -> Callable[[], int]:
        script = tmp_path / "python"
        script.write_text(CHILD.format(python=sys.executable, path=sys.path, visits=str(visits), does=does))
        script.chmod(0o755)
        monkeypatch.setattr(blender_process.sys, "executable", str(script))
        monkeypatch.setattr(studio, "find_spec", lambda _: object())
        return lambda: len(visits.read_text().splitlines())

    return play


def test_an_answer_that_cannot_be_read_costs_one_retry(actor):
    starts = actor(
        "receive_request(source)\n"
        "if life == 0:\n"
        "    sink.write(LENGTH.pack(5) + b'\\xc1junk'); sink.flush(); time.sleep(60)\n"
        "send(sink, picture())"
    )
    with Studio() as place:
        assert place.shoot(shoot(), mesh_of, decal_of).rgb.unpacked[0, 0, 0] == 1
    assert starts() == 2


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("receive_request(source); sink.write(LENGTH.pack(9) + b'half'); sys.exit(0)", "ended with exit code 0"),
        ("receive_request(source); send(sink, Done())\ntime.sleep(60)", "answered Done instead of a picture"),
        ("os.kill(os.getpid(), 11)", r"was killed \(SIGSEGV\)"),
        ("print('bang'); sys.exit(3)", r"ended with exit code 3 \(no word of it\); synth doctor looks for the cause"),
        ("os.close(int(sys.argv[3]))\nsys.exit(1)", "ended with exit code 1"),
    ],
)
def test_a_process_that_fails_twice_is_a_render_error(actor, does, why):
    starts = actor(does)
    with Studio() as place, pytest.raises(RenderError, match=rf"^Blender's process {why}.*, 2 times, over the same sc"):
        place.shoot(shoot(), mesh_of, decal_of)
    assert starts() == 2
    assert place.pid is None


def test_the_last_line_of_its_log_is_quoted(actor):
    actor("open(os.environ['SYNTH_BLENDER_LOG'], 'w').write('Traceback\\nMemoryError: no more\\n\\n'); sys.exit(1)")
    with Studio() as place, pytest.raises(RenderError, match=r"exit code 1 \(MemoryError: no more\)"):
        place.ask(AskDevices())


def test_what_a_new_process_lacks_is_sent_to_it(actor):
    """Meshes and decals are asked for anew after a restart in the middle of them."""
    starts = actor(
        "known = []\n"
        "while True:\n"
        "    request = receive_request(source)\n"
        "    if isinstance(request, Shoot):\n"
        "        send(sink, picture() if len(known) == 2 else Lacking(('box',), ('decal 40',)))\n"
        "    else:\n"
        "        known.append(request.key)\n"
        "        if life == 0 and len(known) == 2: sys.exit(7)\n"
        "        send(sink, Done())"
    )
    asked: list[str] = []
    with Studio() as place:
        picture = place.shoot(
            shoot(), lambda key: asked.append(key) or mesh_of(key), lambda key: asked.append(key) or decal_of(key)
        )
        assert isinstance(picture, Picture)
    assert asked == ["box", "decal 40"] * 2
    assert starts() == 2


def test_a_refusal_is_no_failure(actor):
    starts = actor("while True:\n    receive_request(source)\n    send(sink, Refused('a.png: damaged'))")
    with Studio() as place:
        for _ in range(2):
            with pytest.raises(AssetError, match=r"^a\.png: damaged$"):
                place.shoot(shoot(), mesh_of, decal_of)
    assert starts() == 1


def test_large_slow_pictures_are_waited_for():
    place = Studio.__new__(Studio)
    place.silence_s = 300.0
    assert place._patience_s(AskDevices()) == 300.0
    assert place._patience_s(shoot(side=4000, samples=64)) > 3600 * 5


def test_without_blender_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(studio, "find_spec", lambda _: None)
    with pytest.raises(AssetError, match=r"needs Blender's Python module.*pip install 'synthtag\[rendering\]'"):
        Studio()
