"""Which surfaces bodies have where a recipe says nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synth.scene.finish_recipe import Finish, Finishes, finishes
from synth.scene.shape_recipe import SLOTS
from synth.scene.stage import Surface
from synth.scene.surface_draws import sample_surface
from synth.serials.tag import Material, SerialTag

METALS = finishes("brass", "nickel", "steel")
IMPLANT_METALS = (Finish(look="titanium", weight=2.0), Finish(look="steel"))
USUAL: Mapping[str, Mapping[str, Finishes | str]] = {
    "implant": {"shell": finishes("silicone"), "patch": "shell", "chip": "shell"},
    "ring": {"ring": finishes("plastic"), "inside": "ring", "leg": finishes("scales")},
    "key": {"blade": METALS, "bow": "blade"},
    "bone_plate": {"plate": IMPLANT_METALS, "screw": "plate"},
    "plate": {"face": finishes("paint", "plastic"), "edge": finishes("steel")},
    "block": {"body": finishes("plastic", "paint", "wood", "steel")},
    "scan": {"scan": finishes("own")},
}
"""By kind of body and slot; a name is that of the slot that it is of one piece with."""
TAGGED = {"implant": "chip", "ring": "ring", "plate": "face"}
"""The slot that carries the serial."""


def sample_surfaces(
    rng: np.random.Generator, kind: str, given: Mapping[str, Finishes], serial: SerialTag | None, count: int = 1
) -> tuple[Surface, ...]:
    """The surfaces of a body's slots, in their order; every slot takes the same number of draws.

    Args:
        rng: draws them.
        kind: of the body; "scan" for a mesh, all of whose `count` slots look alike.
        given: what the recipe says about slots.
        serial: the tag that it carries; its material is that of the slot, where the recipe does not say otherwise.
        count: number of slots of a scan.
    """
    made: dict[str, Surface] = {}
    for slot in ("scan",) if kind == "scan" else SLOTS[kind]:
        usual = USUAL[kind][slot]
        drawn = sample_surface(rng, given.get(slot) or _own(kind, usual))
        if slot not in given and isinstance(usual, str):
            drawn = made[usual]
        if slot not in given and serial is not None and slot == TAGGED.get(kind):
            drawn = surface_of(serial.material, drawn)
        made[slot] = drawn
    return tuple(made.values()) * (count if kind == "scan" else 1)


def surface_of(material: Material, like: Surface) -> Surface:
    """What a tag's body is made of, in terms of light; silicone is like what it lies on."""
    if material.kind == "silicone":
        return like
    return Surface(
        colour=material.colour,
        roughness=round(0.75 - 0.6 * material.gloss if material.kind != "paper" else 0.9, 4),
        metallic=1.0 if material.kind == "metal" else 0.0,
        specular=0.3 if material.kind == "paper" else 0.5,
        bump=round(0.2 * material.texture, 4),
        bump_mm=0.4,
        bump_seed=material.seed,
        brushed_deg=round(material.grain_deg, 1) if material.kind == "metal" else None,
    )


def _own(kind: str, usual: Finishes | str) -> Finishes:
    while isinstance(usual, str):
        usual = USUAL[kind][usual]
    return usual
