"""Files as they lie in the checkout: nothing of one machine in them, locks complete, scripts runnable."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import synth

LEFT_OUT = {".git", ".hypothesis", ".venv", "build", "dist", "demo-output", "__pycache__"}
SUFFIXES = {"", ".py", ".toml", ".txt", ".md", ".yaml", ".yml", ".cff", ".json", ".html", ".css", ".js"}


def text_files(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if n not in LEFT_OUT and not n.endswith((".egg-info", "_cache"))]
        yield from (Path(folder, f) for f in files if Path(f).suffix in SUFFIXES)


def lines_with(root: Path, pattern: str) -> list[str]:
    wrong = re.compile(pattern)
    return [
        f"{path.relative_to(root)}:{number}"
        for path in text_files(root)
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if wrong.search(line)
    ]


def test_no_paths_of_one_machine(checkout: Path) -> None:
    here = re.escape(f"{checkout}/")
    assert not lines_with(checkout, rf"{here}|(?<![\w.~])/(home|root|Users)/[a-z]")


def test_no_addresses_of_package_indexes(checkout: Path) -> None:
    words = (
        "index" + "-url",
        "find" + "-links",
        "files.python" + "hosted",
        "pypi.org/" + "simple",
        "registry.npm" + "js",
    )
    assert not lines_with(checkout, "|".join(map(re.escape, words)))


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test", "scripts/lock", ".ci/run"])
def test_scripts_run_and_stop_at_the_first_failure(checkout: Path, script: str) -> None:
    assert os.access(checkout / script, os.X_OK)
    assert "set -euo pipefail" in (checkout / script).read_text()


@pytest.mark.parametrize("lock", ["core", "dev"])
def test_locks_pin_every_package_with_digests(checkout: Path, lock: str) -> None:
    text = (checkout / "requirements" / f"{lock}.txt").read_text()
    pins = re.split(r"\n(?=[a-z0-9])", text.replace("\\\n", " "))
    pins = [pin for pin in pins if not pin.startswith("#")]
    assert len(pins) >= 20
    assert all(re.match(r"[a-z0-9.-]+==\S+ +--hash=sha256:[0-9a-f]{64}", pin) for pin in pins)


def test_locks_hold_what_the_project_asks_for(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    for lock, wanted in (
        ("core", project["dependencies"]),
        ("dev", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        pinned = set(re.findall(r"^([a-z0-9.-]+)==", (checkout / "requirements" / f"{lock}.txt").read_text(), re.M))
        names = {re.split(r"[<>=\[ ]", requirement)[0].replace(".", "-").lower() for requirement in wanted}
        assert names <= {name.replace(".", "-") for name in pinned}


def test_both_locks_pin_the_same_versions(checkout: Path) -> None:
    core, dev = (
        dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (checkout / "requirements" / f"{lock}.txt").read_text(), re.M))
        for lock in ("core", "dev")
    )
    assert core.items() <= dev.items()


def test_the_version_is_the_same_everywhere(checkout: Path) -> None:
    assert f"\nversion: {synth.__version__}\n" in (checkout / "CITATION.cff").read_text()
    assert re.search(
        rf"^## \[({re.escape(synth.__version__)}|Unreleased)\]", (checkout / "CHANGELOG.md").read_text(), re.M
    )
