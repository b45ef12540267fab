"""`synth meshes`, and meshes handed out by a catalogue's materials."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from drawn_meshes import box_obj

from synth.banks.materials import Materials
from synth.banks.meshes import MeshOptions, read_mesh_folder
from synth.banks.records import Catalogue
from synth.cli.meshes import command
from synth.errors import AssetError
from synth.labels.pictures import read_picture


def test_the_report_and_the_sheet(tmp_path: Path) -> None:
    box_obj(tmp_path / "in" / "cup" / "c.obj", (2, 3, 1))
    box_obj(tmp_path / "in" / "mug.obj", (2, 3, 1))
    (tmp_path / "in" / "bad.stl").write_bytes(b"bad")
    arguments = [str(tmp_path / "in"), "--longest-m", "0.12", "--out", str(tmp_path / "out")]
    outcome = CliRunner().invoke(command, [*arguments, "--cache", str(tmp_path / "cache")], catch_exceptions=False)
    assert outcome.exit_code == 0
    lines = outcome.stdout.splitlines()
    assert lines[0] == "cup  80 x 120 x 40 mm  12 faces  texture  closed"
    assert "    scaled to 120 mm along its longest side" in lines
    assert "bad.stl" in outcome.stderr
    assert "1 set aside" in outcome.stderr
    assert read_picture(tmp_path / "out" / "turntables.png").shape[1] == 8 * 180
    assert not list((tmp_path / "in").rglob("*.npz"))


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.stl").write_bytes(b"bad")
    with pytest.raises(AssetError, match="no mesh in it can be used"):
        CliRunner().invoke(command, [str(tmp_path), "--cache", str(tmp_path / "c")], catch_exceptions=False)


def test_materials_keep_meshes_as_long_as_memory_allows(tmp_path: Path) -> None:
    for name in ("a", "b"):
        box_obj(tmp_path / "in" / f"{name}.obj")
    meshes, _ = read_mesh_folder(tmp_path / "in", tmp_path / "cache", MeshOptions())
    catalogue = Catalogue((), (), (), (), (), meshes=meshes)
    roomy, narrow = Materials(catalogue), Materials(catalogue, cache_bytes=1)
    assert roomy.mesh("a") is roomy.mesh("a")
    assert narrow.mesh("a") is not narrow.mesh("a")
    assert roomy.mesh_entry("b") == meshes[1]
    assert not roomy.mesh("a").vertices.flags.writeable
    with pytest.raises(AssetError, match="no mesh 'c' in the catalogue"):
        roomy.mesh("c")
