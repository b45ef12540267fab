from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

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


def test_a_full_disk_is_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "synth", "schema"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "error: reading or writing failed: No space left on device\n")


def test_a_reader_that_goes_away_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "synth", "schema"], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_interrupt_while_loading_is_one_line(tmp_path):
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    code = "import sys; from synth.__main__ import main; main()"
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.returncode == 130
    assert done.stderr == "interrupted; run the same command again to go on\n"


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_switches_colours_off(tmp_path, no_color, coloured):
    try:
        ours, theirs = pty.openpty()
    except OSError:
        pytest.skip("this machine has no pseudo-terminals to look at")
    environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm"}
    command = [sys.executable, "-m", "synth", "cut", "none", "--out", "bank"]
    subprocess.run(command, cwd=tmp_path, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = os.read(ours, 10_000)
    os.close(ours)
    assert b"error" in said
    assert (b"\x1b[" in said) == coloured
