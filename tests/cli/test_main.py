from __future__ import annotations

import subprocess
import sys

import click
import pytest

from synth.cli import COMMANDS, group


def run(*arguments: str, cwd=None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "synth", *arguments], cwd=cwd, capture_output=True, text=True)


def test_help_lists_every_command():
    shown = run("--help")
    assert shown.returncode == 0
    assert all(f"\n  {name} " in shown.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_under_its_own_name(name):
    command = group.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_a_mistyped_command_is_one_line_and_status_2(tmp_path):
    done = run("genrate", cwd=tmp_path)
    assert done.returncode == 2
    assert "genrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("generate", "none.yaml", "--out", "d"), 2, "none.yaml"),
        (("cut", "none", "--out", "bank"), 1, "none"),
        (("check", "none"), 1, "none"),
        (("look", "none"), 1, "none"),
        (("replay", "none", "3"), 1, "none"),
        (("init", "no-such-recipe"), 2, "no-such-recipe"),
    ],
)
def test_a_missing_input_is_named_in_one_line(tmp_path, arguments, status, says):
    done = run(*arguments, cwd=tmp_path)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 4
    assert done.returncode in (status, 3 - status)


def test_init_never_overwrites(tmp_path):
    assert run("init", "example-rings", cwd=tmp_path).returncode == 0
    again = run("init", "example-rings", cwd=tmp_path)
    assert again.returncode == 2
    assert "example-rings.yaml: exists already" in again.stderr
