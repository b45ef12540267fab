"""Bad meshes through the commands: one clear line each, and no picture that is wrong."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import trimesh
from click.testing import CliRunner

from synth.cli.meshes import command
from synth.errors import SynthError
from synth.generation.rendering_material import read_meshes
from synth.generation.run import generate
from synth.scene.material_recipe import MeshFolder
from synth.scene.recipe_files import load_recipe

BOX = trimesh.creation.box((20, 30, 40))
RECIPE = """\
name: bad
seed: 1
count: 1
splits: {train: 1}
canvas: {width_px: 64, height_px: 64}
meshes: [IN]
xray: {pixel_range_mm: [1, 1], subjects: [{mesh: "thing*", category: thing}]}
"""


def obj(corners: str, faces: str = "f 1 2 3\n") -> Callable[[Path], None]:
    lines = "".join(f"v {corner}\n" for corner in corners.split("; "))
    return lambda folder: (folder / "thing.obj").write_text(lines + faces) and None


def promised_stl(folder: Path) -> None:
    (folder / "thing.stl").write_bytes(b"\0" * 80 + struct.pack("<I", 10_000_000) + b"\0" * 500)


def real_stl(folder: Path) -> None:
    """Ten million faces that take no disk."""
    with (folder / "thing.stl").open("wb") as file:
        file.write(b"\0" * 80 + struct.pack("<I", 10_000_000))
        file.truncate(84 + 50 * 10_000_000)


def archive(name: str, data: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / "thing.zip", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, data)

    return write


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "no bytes": (lambda folder: (folder / "thing.obj").write_bytes(b"") and None, "no bytes in it"),
    "no faces": (obj("0 0 0; 1 1 1", ""), "no faces in it"),
    "NaN": (obj("nan 0 0; 0 nan 0; 0 0 nan"), "no face is left of the mesh"),
    "a point": (obj("1 1 1; 1 1 1; 1 1 1"), "all vertices of the mesh are one point"),
    "promised faces": (promised_stl, "promises 10,000,000 faces"),
    "real faces": (real_stl, "10,000,000 faces, at most 3,000,000 are read"),
    "a way out": (archive("../evil.obj", b"x"), "outside of its folder"),
    "a bomb": (archive("thing.obj", b"\0" * (30 << 20)), "zip bomb"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def recipe_of(folder: Path) -> Path:
    path = folder.parent / "bad.yaml"
    path.write_text(RECIPE.replace("IN", str(folder)))
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_ends_in_one_line(folder: Path, name: str) -> None:
    write, expected = REFUSED[name]
    write(folder)
    before = sorted(folder.parent.rglob("evil*"))
    shown = CliRunner().invoke(command, [str(folder), "--out", str(folder.parent / "sheets")])
    assert isinstance(shown.exception, SynthError)
    with pytest.raises(SynthError) as caught:
        generate(load_recipe(recipe_of(folder)), folder.parent / "out", workers=1)
    for text in (shown.stderr + str(shown.exception), str(caught.value)):
        assert expected in text
        assert str(folder / "thing") in text
        assert "\n" not in str(caught.value)
    assert sorted(folder.parent.rglob("evil*")) == before


@pytest.mark.parametrize(
    ("turned", "scale", "note"),
    [(True, 1.0, "it was inside out: turned"), (False, 1e12, "scaled to 40 mm"), (False, 1e-12, "scaled to 40 mm")],
)
def test_what_can_be_mended_is(folder: Path, turned: bool, scale: float, note: str) -> None:
    mesh = BOX.copy()
    mesh.apply_scale(scale)
    if turned:
        mesh.invert()
    mesh.export(folder / "thing.ply")
    (found,), _ = read_meshes([MeshFolder(folder=str(folder), longest_m=0.04)])
    assert note in " ".join(found.record.notes)
    assert max(found.record.size_m) == pytest.approx(0.04)
    assert found.record.watertight
    text = recipe_of(folder).read_text().replace(str(folder), f"{{folder: {folder}, longest_m: 0.04}}")
    (folder.parent / "bad.yaml").write_text(text)
    outcome = generate(load_recipe(folder.parent / "bad.yaml"), folder.parent / "out", workers=1)
    assert (outcome.made, outcome.set_aside) == (1, {})


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:50]), "plain grey instead"),
        (lambda path: PIL.Image.new("RGB", (16000, 8)).save(path), "a copy of at most 4096 px is used"),
        (lambda path: PIL.Image.new("RGB", (16400, 8)).save(path), "at most 16384 px a side are read"),
    ],
    ids=["missing", "corrupt", "16k", "larger"],
)
def test_textures_that_cannot_be_used_are_told(folder: Path, damage: Callable[[Path], None], note: str) -> None:
    corners = "v 0 0 0\nv 9 0 0\nv 0 9 0\nv 0 0 9\nvt 0 0\nvt 1 0\nvt 0 1\n"
    faces = "".join(f"f {a}/1 {b}/2 {c}/3\n" for a, b, c in ((1, 3, 2), (1, 2, 4), (2, 3, 4), (3, 1, 4)))
    (folder / "thing.obj").write_text(f"mtllib thing.mtl\n{corners}usemtl skin\n{faces}")
    (folder / "thing.mtl").write_text("newmtl skin\nmap_Kd skin.png\n")
    PIL.Image.fromarray(np.full((8, 8, 3), 90, np.uint8)).save(folder / "skin.png")
    damage(folder / "skin.png")
    shown = CliRunner().invoke(command, [str(folder), "--out", str(folder.parent / "sheets")])
    assert shown.exception is None
    assert note in shown.stdout
    assert (folder.parent / "sheets" / "turntables.png").is_file()


BLENDS = {
    "newer.blend": "made by Blender 7.77, newer than",
    "damaged.blend": "",
    "other.blend": "",
    "missing.blend": "links to missing files: //gone.png",
    "room.blend": None,
}
WITH_SCENE = """\
name: rooms
seed: 3
count: 1
splits: {train: 1}
canvas: {width_px: 64, height_px: 64}
render: {scene: FILE, preset: draft, subjects: [{shape: key, category: key}]}
"""


@pytest.fixture(scope="module")
def blends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("bpy")
    made = tmp_path_factory.mktemp("blends")
    script = Path(__file__).parents[1] / "blender" / "blend_files.py"
    subprocess.run([sys.executable, str(script), str(made)], check=True, capture_output=True, timeout=120)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", BLENDS)
def test_blend_files_of_strangers(blends: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "rooms.yaml"
    path.write_text(WITH_SCENE.replace("FILE", str(blends / name)))
    done = subprocess.run(
        [sys.executable, "-m", "synth", "generate", str(path), "--out", str(tmp_path / "out"), "--workers", "1"],
        capture_output=True, text=True, timeout=240, check=False, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    expected = BLENDS[name]
    if expected is None:
        assert done.returncode == 0, done.stderr
        assert len(list((tmp_path / "out").rglob("*.jpg"))) >= 1
    else:
        assert done.returncode != 0
        assert name in done.stderr
        assert expected in done.stderr
        assert "Traceback" not in done.stderr
    assert not list(blends.glob("*.txt"))
