"""Which meshes a recipe's subjects and distractors may be, laid out once; they are the same in all splits."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.banks.records import Catalogue, CatalogueMesh
from synth.errors import ConfigError
from synth.scene.render_recipe import Render

NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Scan:
    """An object's mesh, or its two halves."""

    name: str
    halves: Mapping[str, CatalogueMesh]

    def seen_from(self, height: float) -> CatalogueMesh:
        """The half that faces a camera in a direction with that z in the object's own frame."""
        wanted = "top" if height >= 0 else "bottom"
        return self.halves.get("") or self.halves.get(wanted) or next(iter(self.halves.values()))


@dataclass(frozen=True, slots=True)
class Cast:
    """Meshes: for each subject (none for a shape), and for distractors."""

    subjects: tuple[tuple[Scan, ...], ...]
    distractors: tuple[Scan, ...]


def cast_of(render: Render, catalogue: Catalogue) -> Cast:
    """The meshes that a recipe names, the same for all splits.

    Raises:
        ConfigError: no mesh is named as a subject asks for.
    """
    every = _scans(catalogue.meshes)
    subjects: list[tuple[Scan, ...]] = []
    for number, subject in enumerate(render.subjects):
        found = _named(every, (subject.mesh,)) if subject.mesh is not None else ()
        if subject.mesh is not None and not found:
            raise ConfigError(_missing(f"render.subjects.{number}", subject.mesh, catalogue))
        subjects.append(found)
    patterns = [subject.mesh for subject in render.subjects if subject.mesh is not None]
    taken = {scan.name for scan in _named(every, patterns)}
    wanted = _named(every, render.distractors.meshes)
    return Cast(tuple(subjects), tuple(scan for scan in wanted if scan.name not in taken))


def _scans(meshes: Sequence[CatalogueMesh]) -> tuple[Scan, ...]:
    named: dict[str, dict[str, CatalogueMesh]] = {}
    for mesh in meshes:
        named.setdefault(mesh.record.name, {})[mesh.record.half] = mesh
    return tuple(Scan(name, named[name]) for name in sorted(named))


def _named(scans: Sequence[Scan], patterns: Sequence[str]) -> tuple[Scan, ...]:
    low = [pattern.lower() for pattern in patterns]
    return tuple(scan for scan in scans if any(fnmatch.fnmatchcase(scan.name.lower(), pattern) for pattern in low))


def meshes_named(place: str, pattern: str, catalogue: Catalogue) -> tuple[CatalogueMesh, ...]:
    """All meshes of the name that `place` of a recipe asks for, halves one by one; ConfigError if there are none."""
    every = _scans(catalogue.meshes)
    found = _named(every, (pattern,))
    if not found:
        raise ConfigError(_missing(place, pattern, catalogue))
    return tuple(scan.halves[half] for scan in found for half in sorted(scan.halves))


def _missing(place: str, pattern: str, catalogue: Catalogue) -> str:
    names = [scan.name for scan in _scans(catalogue.meshes)]
    shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "") or "no mesh at all"
    refused = f"; not usable: {catalogue.set_aside[0]}" if catalogue.set_aside else ""
    return f"{place}: no mesh is named {pattern!r}; meshes: has {shown}{refused}"
