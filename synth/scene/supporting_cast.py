"""Which meshes a recipe's subjects and distractors may be, per split, laid out once."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.banks.records import Catalogue, CatalogueMesh
from synth.errors import ConfigError
from synth.scene.render_recipe import Render, Subject

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
    """The meshes of one split: for each subject (none for a shape), and for distractors."""

    subjects: tuple[tuple[Scan, ...], ...]
    distractors: tuple[Scan, ...]


def casts_of(render: Render, catalogue: Catalogue, splits: Sequence[str]) -> dict[str, Cast]:
    """The meshes of each split.

    Raises:
        ConfigError: no mesh is named as a subject asks for, or none of them is in a split.
    """
    return {split: _cast(render, catalogue, split) for split in splits}


def _cast(render: Render, catalogue: Catalogue, split: str) -> Cast:
    every = _scans(catalogue.meshes)
    here = _scans([mesh for mesh in catalogue.meshes if mesh.split in ("", split)])
    subjects: list[tuple[Scan, ...]] = []
    for number, subject in enumerate(render.subjects):
        found = _named(here, (subject.mesh,)) if subject.mesh is not None else ()
        if subject.mesh is not None and not found:
            raise ConfigError(_missing(number, subject, every, split))
        subjects.append(found)
    patterns = [subject.mesh for subject in render.subjects if subject.mesh is not None]
    taken = {scan.name for scan in _named(every, patterns)}
    wanted = _named(here, render.distractors.meshes)
    return Cast(tuple(subjects), tuple(scan for scan in wanted if scan.name not in taken))


def _scans(meshes: Sequence[CatalogueMesh]) -> tuple[Scan, ...]:
    named: dict[str, dict[str, CatalogueMesh]] = {}
    for mesh in meshes:
        named.setdefault(mesh.record.name, {})[mesh.record.half] = mesh
    return tuple(Scan(name, named[name]) for name in sorted(named))


def _named(scans: Sequence[Scan], patterns: Sequence[str]) -> tuple[Scan, ...]:
    low = [pattern.lower() for pattern in patterns]
    return tuple(scan for scan in scans if any(fnmatch.fnmatchcase(scan.name.lower(), pattern) for pattern in low))


def _missing(number: int, subject: Subject, every: Sequence[Scan], split: str) -> str:
    if _named(every, (subject.mesh or "",)):
        return (
            f"render.subjects.{number}: split {split!r} has no mesh named {subject.mesh!r}; add meshes, or give the "
            "split a share of 0"
        )
    names = [scan.name for scan in every]
    shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "") or "no mesh at all"
    return f"render.subjects.{number}: no mesh is named {subject.mesh!r}; meshes: has {shown}"
