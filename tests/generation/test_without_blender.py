"""Where Blender and trimesh are not installed: composites are made, and what is rendered says in a line what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RENDERING = ("bpy", "trimesh", "scipy", "networkx", "fast_simplification", "embreex")
BLOCKED = f"""
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {RENDERING!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {RENDERING!r} else found(name, *rest)
from synth.__main__ import main
sys.argv[1:] = ARGUMENTS
main()
"""
LINES = """\
name: lines
seed: 1
count: 2
canvas: {width_px: 96, height_px: 96}
splits: {train: 1}
serials: [{name: code, text: "[A-F]{3}", body: {kind: band}}]
"""


def synth(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = BLOCKED.replace("ARGUMENTS", repr(list(arguments)))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


def test_what_is_rendered_names_the_remedy_in_one_line(tmp_path: Path) -> None:
    recipe = tmp_path / "keys.yaml"
    recipe.write_text(LINES.split("serials")[0] + "render: {subjects: [{shape: key, category: key}]}\n")
    done = synth("generate", str(recipe), "--out", str(tmp_path / "set"))
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "pip install 'synthtag[rendering]'" in line]
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "set").exists()


def test_the_doctor_names_the_remedy(tmp_path: Path) -> None:
    done = synth("doctor")
    assert done.returncode == 1
    assert "not installed; pip install 'synthtag[rendering]'" in done.stdout
    assert "Traceback" not in done.stderr


def test_composites_need_none_of_it(tmp_path: Path) -> None:
    recipe = tmp_path / "lines.yaml"
    recipe.write_text(LINES)
    done = synth("generate", str(recipe), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "images: 2" in done.stdout
