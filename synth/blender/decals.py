"""A tag's flat face laid onto a body by the decal coordinates of its mesh, in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synth.blender.meshes import DECAL
from synth.blender.nodes import Tree, Value
from synth.blender.store import KeptDecal

SURFACE = 128 / 255
"""Level of a relief picture that is neither raised nor sunk."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Sockets of a decal on a surface: its colour, how much of the body it hides, and its relief (None without)."""

    colour: Any
    alpha: Any
    height: Any | None
    depth_m: float


def laid(tree: Tree, decal: KeptDecal) -> Laid:
    """Maps the pictures of a decal; outside of them the alpha is 0 and the relief flat."""
    u0, v0, u1, v1 = decal.box_mm
    across, down = 1 / (u1 - u0), 1 / (v1 - v0)
    place = tree.add("UVMap", uv_map=DECAL).outputs[0]
    place = tree.mapped(place, scale=(across, -down, 1.0), location=(-u0 * across, 1 + v0 * down, 0.0))
    face = tree.add("TexImage", {"Vector": place}, image=decal.face, extension="CLIP").outputs
    height = None
    if decal.relief is not None:
        relief = tree.add("TexImage", {"Vector": place}, image=decal.relief, extension="CLIP").outputs
        height = tree.mixed(relief["Alpha"], SURFACE, relief["Color"], "FLOAT")
    return Laid(face["Color"], face["Alpha"], height, decal.relief_mm * 255 / 127 / 1000)


def under(tree: Tree, decal: Laid, colour: Value) -> Any:
    """The colour of a surface with the decal on it."""
    return tree.mixed(decal.alpha, colour, decal.colour)


def relieved(tree: Tree, decal: Laid, normal: Value | None) -> Value | None:
    """The normals of a surface with the decal's relief on it."""
    if decal.height is None:
        return normal
    node = tree.add("Bump", {"Strength": 1.0, "Distance": decal.depth_m, "Height": decal.height})
    if normal is not None:
        tree.give(node, "Normal", normal)
    return node.outputs[0]
