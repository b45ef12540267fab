"""`import synth`: cheap, and exactly what it says."""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
from pathlib import Path

import synth
from synth.cli import COMMANDS

HEAVY = ("numpy", "cv2", "numba", "scipy", "lxml", "pydantic", "PIL", "pycocotools", "msgspec", "skimage", "fontTools")


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def child_cpu_s(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, capture_output=True, check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_import_is_cheap_and_loads_nothing_heavy() -> None:
    code = (
        "import json, sys, time; t = time.process_time(); import synth; t = time.process_time() - t;"
        "print(json.dumps([t, sorted(m.split('.')[0] for m in sys.modules)]))"
    )
    seconds, modules = zip(*(json.loads(run_python(code)) for _ in range(3)), strict=True)
    assert min(seconds) < 0.1
    assert not set(HEAVY) & set(modules[0])


def test_help_answers_at_once() -> None:
    assert min(child_cpu_s([sys.executable, "-m", "synth", "--help"]) for _ in range(3)) < 0.5


def test_commands_load_what_they_need_only_when_they_run() -> None:
    code = (
        "import importlib, json, sys;"
        f"[importlib.import_module('synth.cli.' + name).command for name in {list(COMMANDS)!r}];"
        "print(json.dumps(sorted(m.split('.')[0] for m in sys.modules)))"
    )
    assert not set(HEAVY) & set(json.loads(run_python(code)))


def test_all_is_sorted_and_resolves() -> None:
    assert synth.__all__ == sorted(set(synth.__all__))
    for name in synth.__all__:
        assert getattr(synth, name).__name__ == name
    assert set(synth.__all__) <= set(dir(synth))


def test_the_type_checker_sees_the_same_names_as_the_interpreter() -> None:
    tree = ast.parse(Path(synth.__file__).read_text("utf-8"))
    for_checker = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert for_checker == synth._HOME_OF
    assert sorted(for_checker) == synth.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(synth, "no_such_name")
