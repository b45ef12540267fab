"""What a user installs: the package and its material, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import synth
from synth.assets import FOLDERS

BUDGET_BYTES = 5_000_000


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(checkout)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (built,) = out.glob("*.whl")
    return built


def test_it_holds_the_package_and_its_material_and_nothing_else(wheel: Path, checkout: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = {p.relative_to(checkout).as_posix() for p in (checkout / "synth").rglob("*") if wanted(p)}
    material = {
        f"synth/embedded/{p.relative_to(checkout).as_posix()}"
        for name in FOLDERS
        for p in (checkout / name).rglob("*")
        if wanted(p)
    }
    assert held == package | material
    assert wheel.stat().st_size < BUDGET_BYTES


def wanted(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".nbi", ".nbc")


def test_its_metadata(wheel: Path) -> None:
    assert wheel.name == f"synthtag-{synth.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        info = f"synthtag-{synth.__version__}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
        assert archive.read(f"{info}/entry_points.txt").decode().split() == [
            "[console_scripts]",
            "synth",
            "=",
            "synth.__main__:main",
        ]
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: ==3.11.*" in metadata


def test_installed_it_finds_its_material(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from synth.assets import *;"
        "print(*[asset_folder(n) for n in FOLDERS], len(asset_files('fonts')), *recipe_names())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    printed = done.stdout.split()
    assert printed[: len(FOLDERS)] == [str(tmp_path / "synth" / "embedded" / name) for name in FOLDERS]
    assert "example-rings" in printed
