"""What the source must not contain, whatever it does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from synth.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p.relative_to(ROOT) for top in ("synth", "training") for p in (ROOT / top).rglob("*.py"))
PIXELS = (
    "scene",
    "serials",
    "shapes",
    "banks",
    "labels",
    "geometry",
    "compositing",
    "blender",
    "rendering",
    "streams.py",
)
WAITING = [Path("synth/rendering/blender_process.py")]
"""Read the clock, but only to give up on another process."""
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "core", "base", "tools"}
GENERATORS = {"Generator", "PCG64", "SeedSequence", "BitGenerator"}
SET_READERS = {"list", "tuple", "enumerate", "iter", "map", "filter", "zip", "next", "reversed"}


def in_parts(module: Path, *names: str) -> bool:
    return module.parts[0] == "synth" and len(module.parts) > 1 and module.parts[1] in names


def parametrized(modules: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", modules, ids=str)


@cache
def tree_of(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


def names_used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every dotted name, with numpy's and cv2's and datetime's usual aliases resolved, and every import."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            head, _, tail = dotted(node).partition(".")
            if head in aliases:
                yield node.lineno, f"{aliases[head]}.{tail}" if tail else aliases[head]


def offences(module: Path, pattern: str) -> list[str]:
    wrong = re.compile(pattern)
    return [f"{module}:{line}: {name}" for line, name in names_used(tree_of(module)) if wrong.fullmatch(name)]


@parametrized(MODULES)
def test_no_global_or_unseeded_randomness(module: Path) -> None:
    allowed = "|".join(GENERATORS)
    assert not offences(module, r"(random|secrets|uuid)(\..*)?|os\.urandom|cv2\.(randu|randn|randShuffle|setRNGSeed)")
    if module != Path("synth/streams.py"):
        assert not offences(module, rf"numpy\.random\.(?!Generator$).*|numpy\.random\.(?!({allowed})\b).*")


@parametrized(MODULES)
def test_no_uninitialised_memory(module: Path) -> None:
    assert not offences(module, r"numpy\.empty(_like)?")
    calls = [n for n in ast.walk(tree_of(module)) if isinstance(n, ast.Call) and dotted(n.func) == "np.ndarray"]
    assert not calls, f"{module}: np.ndarray(...) is uninitialised memory"


@parametrized([m for m in MODULES if in_parts(m, *PIXELS) and m not in WAITING])
def test_no_clock_reaches_a_spec_or_a_pixel(module: Path) -> None:
    assert not offences(module, r"time(\..*)?|datetime\.(datetime|date)\.(now|today|utcnow)")


@parametrized([m for m in MODULES if in_parts(m, *PIXELS, "generation")])
def test_no_iteration_over_sets(module: Path) -> None:
    found = [f"{module}:{node.lineno}" for node in set_iterations(tree_of(module))]
    assert not found, f"the order of a set differs between runs; sort it: {found}"


def set_iterations(tree: ast.Module) -> Iterator[ast.expr]:
    """Expressions that hold a set and are read in its order."""
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.FunctionDef | ast.Module):
            continue
        local = {
            target.id
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign) and is_set(node.value, frozenset())
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        rebound = {
            target.id
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign) and not is_set(node.value, frozenset())
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        known = frozenset(local - rebound)
        for node in ast.walk(scope):
            for read in read_in_order(node):
                if is_set(read, known):
                    yield read


def read_in_order(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.For):
        return [node.iter]
    if isinstance(node, ast.ListComp | ast.DictComp):
        return [generator.iter for generator in node.generators]
    if isinstance(node, ast.Call):
        reader = isinstance(node.func, ast.Name) and node.func.id in SET_READERS
        joiner = isinstance(node.func, ast.Attribute) and node.func.attr in ("join", "extend")
        return list(node.args) if reader or joiner else []
    return []


def is_set(node: ast.expr, known: frozenset[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Call):
        return dotted(node.func) in ("set", "frozenset")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return is_set(node.left, known) or is_set(node.right, known)
    return isinstance(node, ast.Name) and node.id in known


@parametrized(MODULES)
def test_no_broad_except(module: Path) -> None:
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = [dotted(kind) if kind is not None else "" for kind in kinds]
            assert not {"", "Exception", "BaseException"} & set(names), f"{module}:{node.lineno}: broad except"


@parametrized([m for m in MODULES if not in_parts(m, "cli", "__main__.py")])
def test_only_the_command_line_prints_and_exits(module: Path) -> None:
    calls = [(n.lineno, dotted(n.func)) for n in ast.walk(tree_of(module)) if isinstance(n, ast.Call)]
    loud = r"print|input|exit|quit|sys\.(exit|stdout.*|stderr.*)|click\..*|rich\..*|logging\..*|warnings\.warn"
    assert not [f"{module}:{line}: {name}" for line, name in calls if re.fullmatch(loud, name)]
    assert not offences(module, r"(click|rich)(\..*)?")


@parametrized(MODULES)
def test_heavy_frameworks_stay_in_their_package(module: Path) -> None:
    if module.parts[0] != "training":
        assert not offences(module, r"(tensorflow|keras|keras_hub|torch)(\..*)?")
    if not in_parts(module, "blender"):
        assert not offences(module, r"(bpy|mathutils)(\..*)?")


@parametrized(MODULES)
def test_names_say_something(module: Path) -> None:
    assert not {part.removesuffix(".py") for part in module.parts} & EMPTY_NAMES


@parametrized([m for m in MODULES if m.name == "__init__.py"])
def test_no_public_name_hides_a_submodule(module: Path) -> None:
    folder = (ROOT / module).parent
    submodules = {p.stem for p in folder.glob("*.py")} | {p.parent.name for p in folder.glob("*/__init__.py")}
    bound: set[str] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            bound.add(node.value)  # names that are resolved lazily
    assert not bound & submodules - (set(COMMANDS) if in_parts(module, "cli") else set()), f"{module}"


@parametrized(MODULES)
def test_every_module_opens_with_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(tree_of(module)), f"{module}: no docstring"
