"""What designs must agree with in the rest of a recipe: its classes of characters and its rendered subjects."""

from __future__ import annotations

from synth.scene.designs import Design, characters_of
from synth.scene.material_recipe import MeshFolder
from synth.scene.render_recipe import Render
from synth.scene.shape_recipe import CARRIED

SHOWN = 20


def require_classes(number: int, design: Design, characters: tuple[str, ...]) -> None:
    """ValueError if design `number` sets characters that have no class."""
    missing = sorted(set(characters_of(design)) - set(characters))
    if missing:
        shown = "".join(missing[:SHOWN]) + ("..." if len(missing) > SHOWN else "")
        raise ValueError(
            f"serials.{number}: design {design.name!r} sets characters that have no class: {shown}; add them to the "
            "recipe's characters, or leave them out (text.excluded, words)"
        )


def require_subjects_material(render: Render, serials: tuple[Design, ...], meshes: tuple[MeshFolder, ...]) -> None:
    """ValueError unless designs and subjects name each other, and their bodies go together."""
    designs = {design.name: design for design in serials}
    for number, subject in enumerate(render.subjects):
        if subject.mesh is not None and not meshes:
            raise ValueError(f"render.subjects.{number}.mesh: name the folder that it is in by meshes: [FOLDER]")
        if subject.serial is None:
            continue
        if subject.serial not in designs:
            known = ", ".join(designs) or "none"
            raise ValueError(f"render.subjects.{number}.serial: no design has this name; serials has {known}")
        assert subject.shape is not None
        has, needs = designs[subject.serial].body.kind, CARRIED[subject.shape.kind]
        if has != needs:
            raise ValueError(
                f"render.subjects.{number}.serial: a subject of shape {subject.shape.kind} needs a design with body "
                f"{needs}, and that of {subject.serial!r} is a {has}"
            )
    named = {subject.serial for subject in render.subjects}
    for number, design in enumerate(serials):
        if design.name not in named:
            raise ValueError(f"serials.{number}: no subject of render names design {design.name!r}; add serial to one")
