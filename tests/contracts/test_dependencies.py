"""What the package imports is what it asks for, so that a plain installation works and carries nothing idle."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from synth.generation.card import LIBRARIES

INSIDE_BLENDER = {"cycles": "bpy", "mathutils": "bpy"}
"""Modules that exist once `bpy` is imported; no distribution lists them."""


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=]", requirement)[0] for requirement in requirements}


def core_dependencies(checkout: Path) -> set[str]:
    return names_of(tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["dependencies"])


def extras(checkout: Path) -> set[str]:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    found = (names_of(requirements) for name, requirements in project["optional-dependencies"].items() if name != "dev")
    return set().union(*found)


def imported_distributions(folder: Path) -> set[str]:
    modules: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    known = packages_distributions() | {name: [home] for name, home in INSIDE_BLENDER.items()}
    foreign = modules - set(sys.stdlib_module_names) - {"synth"}
    return {re.sub(r"[_.]", "-", known.get(name, [name])[0]).lower() for name in foreign}


def test_core_dependencies_are_what_is_imported(checkout: Path) -> None:
    wanted = {name.replace(".", "-") for name in core_dependencies(checkout)}
    assert imported_distributions(checkout / "synth") - extras(checkout) == wanted


def test_the_card_names_core_dependencies(checkout: Path) -> None:
    assert set(LIBRARIES) <= core_dependencies(checkout)
