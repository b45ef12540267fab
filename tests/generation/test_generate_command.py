"""`synth generate` and `synth replay` as a user meets them: whole processes, signals, a full disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from small_material import make_material

from synth.cli.generate import command as generate_command
from synth.cli.replay import command as replay_command
from synth.errors import ConfigError
from synth.generation.run import generate
from synth.scene.recipe_files import load_recipe

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("material")) / "recipe.yaml"


def synth(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "synth", *map(str, arguments)]


def test_from_recipe_to_set_to_replay(recipe, tmp_path):
    root = tmp_path / "set"
    arguments = [str(recipe), "--out", str(root), "--count", "10", "--seed", "8", "--workers", "1", "--formats", "coco"]
    made = CliRunner().invoke(generate_command, arguments)
    assert made.exit_code == 0, made.output
    assert f"{root}: 10 images (train 6, validation 4)" in made.stdout
    assert f"next: synth look {root}; synth check {root}" in made.stdout
    assert {path.name for path in root.iterdir()} == {".work", "annotations", "card.json", "images", "manifest.jsonl"}
    again = CliRunner().invoke(replay_command, [str(root), "3"])
    assert (again.exit_code, again.stdout) == (0, "same bytes\n")
    variant = tmp_path / "variant.jpg"
    made = CliRunner().invoke(replay_command, [str(root), "3", "--set", "camera.exposure=2", "--out", str(variant)])
    assert made.exit_code == 0
    assert made.stdout.startswith(f"{variant}: ")
    assert variant.read_bytes()[:2] == b"\xff\xd8"
    manifest = (root / "manifest.jsonl").read_text()
    (root / "manifest.jsonl").write_text(manifest.replace('"sha256":"', '"sha256":"0'))
    again = CliRunner().invoke(replay_command, [str(root), "3"])
    assert (again.exit_code, again.stdout) == (3, "the bytes differ\n")


def test_a_dry_run_writes_nothing(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planned = CliRunner().invoke(generate_command, [str(recipe), "--dry-run", "--count", "1000", "--workers", "4"])
    assert planned.exit_code == 0, planned.output
    assert "material: 6 tags, 5 photos" in planned.stdout
    assert "images: 1000 (train 600, validation 400)" in planned.stdout
    assert "with 4 workers" in planned.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_plan_of_a_billion_images_comes_at_once(recipe):
    begun = time.monotonic()
    planned = CliRunner().invoke(generate_command, [str(recipe), "--dry-run", "--count", "1000000000"])
    assert planned.exit_code == 0, planned.output
    assert "images: 1000000000 (train 600000000, validation 400000000)" in planned.stdout
    assert time.monotonic() - begun < 10


def test_a_run_of_a_billion_images_starts_at_once(recipe, tmp_path):
    root = tmp_path / "set"
    seen = []
    outcome = generate(
        load_recipe(recipe, ["count=1000000000"]),
        root,
        on_progress=seen.append,
        stop=lambda: seen[-1].done > 0,
    )
    assert outcome.stopped
    assert seen[0].total == 1_000_000_000


def test_help_states_the_exit_codes():
    shown = " ".join(CliRunner().invoke(generate_command, ["--help"]).output.split())
    for code in ("0 done", "1 failed", "2 wrong usage", "4 done, but some images", "130 interrupted"):
        assert code in shown


def test_images_that_cannot_be_made_are_reported(recipe, tmp_path):
    changes = ["max_attempts=1", "placement.count_weights={0: 3, 40: 1}"]
    arguments = [str(recipe), "--out", str(tmp_path / "set"), "--workers", "1", "--count", "25"]
    made = CliRunner().invoke(generate_command, [*arguments, *(part for c in changes for part in ("--set", c))])
    assert made.exit_code == 4, made.output
    assert "1 draws were refused, 1 of them because: no room for a tag" in made.stderr
    assert f"synth replay {tmp_path / 'set'} " in made.stderr


def test_a_recipe_that_can_hardly_be_drawn_ends_early(recipe, tmp_path):
    arguments = [str(recipe), "--out", str(tmp_path / "set"), "--workers", "1", "--count", "100000"]
    made = CliRunner().invoke(
        generate_command, [*arguments, "--set", "placement.count_weights={40: 1}", "--set", "max_attempts=3"]
    )
    assert isinstance(made.exception, ConfigError)
    assert "more images fail than succeed" in str(made.exception)
    assert "ask for fewer or smaller tags (placement.count_weights" in str(made.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "set", "--shard", "3/2"], "expected i/n with 1 <= i <= n"),
        (["--out", "set", "--count", "0"], "0 is not in the range x>=1"),
        ([], "--out DIR is needed"),
    ],
)
def test_wrong_usage(recipe, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(generate_command, [str(recipe), *arguments])
    assert made.exit_code == 2
    assert message in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_recipe_names_the_known_ones(tmp_path):
    made = CliRunner().invoke(generate_command, ["spoonbil-rings", "--out", str(tmp_path / "set")])
    assert isinstance(made.exception, ConfigError)
    assert "no worked recipe 'spoonbil-rings'; there are " in str(made.exception)


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(recipe, tmp_path):
    root = tmp_path / "set"
    command = synth("generate", recipe, "--out", root, "--workers", 2, "--count", 100_000)
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not any((root / ".work" / "parts").glob("*.jsonl")):
            assert process.poll() is None
            time.sleep(0.01)
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers too
        stdout, stderr = process.communicate(timeout=20)
        assert time.monotonic() - begun < 4
    assert process.returncode == 130
    assert "stopping; what is finished is kept" in stderr
    assert "Traceback" not in stderr
    present = int(stdout.split("stopped with ")[1].split()[0])
    assert present >= 25
    assert len(list((root / "images").glob("*/*.jpg"))) == present
    assert (root / "manifest.jsonl").read_bytes().count(b"\n") == present
    assert '"complete": false' in (root / "card.json").read_text()
    again = subprocess.run(
        synth("generate", recipe, "--out", root, "--workers", 1, "--count", 99_999, "--shard", "90000/90000"),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr


FULL_DISK = """
set -e
mount -t tmpfs -o size=1500k none "$1"
set +e
"${@:3}"
echo "status $?"
cp -r "$1"/set "$2"
"""


def test_a_full_disk_is_one_line_and_what_was_made_stays_whole(recipe, tmp_path):
    disk, copy = tmp_path / "disk", tmp_path / "copy"
    disk.mkdir()
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("needs user namespaces to mount a small disk")
    command = synth("generate", recipe, "--out", disk / "set", "--workers", 2, "--count", 5000)
    ran = subprocess.run(
        ["unshare", "-rm", "bash", "-c", FULL_DISK, "-", disk, copy, *command],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert "status 1" in ran.stdout, ran.stderr
    assert ran.stderr.count("\n") == 1
    assert "No space left on device" in ran.stderr
    assert "run the same command again: it goes on where it stopped" in ran.stderr
    before = {path.name: path.read_bytes() for path in (copy / "images").glob("*/*.jpg")}
    assert len(before) > 25
    on = subprocess.run(
        synth("generate", recipe, "--out", copy, "--workers", 1, "--count", max(int(n[6:12]) for n in before) + 1),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert on.returncode == 0, on.stderr
    for name, content in before.items():
        assert next((copy / "images").glob(f"*/{name}")).read_bytes() == content
