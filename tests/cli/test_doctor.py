"""What `synth doctor` says."""

from __future__ import annotations

import importlib.util

import pytest
from click.testing import CliRunner

from synth.cli import group
from synth.cli.doctor import LIBRARIES, remedy


def test_it_names_versions_machine_and_blender() -> None:
    outcome = CliRunner().invoke(group, ["doctor"])
    lines = {line[:24].strip(): line[25:] for line in outcome.output.splitlines()}
    assert {"Python", "numpy", "bpy", "trimesh", "cores", "memory", "free disk here", "Blender"} <= lines.keys()
    if importlib.util.find_spec("bpy") is None:
        assert outcome.exit_code == 1
        assert "synthtag[rendering]" in lines["Blender"]
    else:
        assert outcome.exit_code == 0
        assert "renders on CPU" in lines


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_missing_system_library_comes_with_the_command_that_installs_it(library: str) -> None:
    complaint = f"ImportError: {library}.so.6: cannot open shared object file: No such file or directory\n"
    line = remedy(complaint, 1)
    command = f"apt-get install {LIBRARIES[library]} "
    assert library in line
    assert command in line
    assert set(LIBRARIES.values()) <= set(line.split())


def test_any_other_fault_is_quoted() -> None:
    assert "wrong ELF class" in remedy("Traceback\nImportError: wrong ELF class\n", 1)
    assert "code -11" in remedy("", -11)
