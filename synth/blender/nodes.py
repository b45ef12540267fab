"""Node trees of materials and worlds, written as expressions.

A value is a number, a tuple, or the socket of a node; whatever takes one takes the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from synth.limits import Colour

Value = Any
Inputs = Mapping[Any, Value]
"""Values by the name or the number of an input."""
FLOAT, VECTOR, RGBA = ((0, 2, 3, 0), (0, 4, 5, 1), (0, 6, 7, 2))
"""Places of factor, A, B and result among the sockets of a Mix node."""
KINDS = {"FLOAT": FLOAT, "VECTOR": VECTOR, "RGBA": RGBA}


def linear(colour: Colour) -> tuple[float, float, float, float]:
    """An sRGB colour as linear RGBA."""
    parts = [value / 255 for value in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue, 1.0


class Tree:
    """The node tree of a material or world, emptied."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        tree.nodes.clear()

    def add(self, kind: str, inputs: Inputs | None = None, **properties: Any) -> Any:
        """A new node of class `ShaderNode<kind>` with its properties set and its inputs given or linked."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in properties.items():
            setattr(node, name, value)
        for name, value in (inputs or {}).items():
            self.give(node, name, value)
        return node

    def give(self, node: Any, name: str | int, value: Value) -> None:
        """Gives a value to an input of a node."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, node.inputs[name])
        else:
            node.inputs[name].default_value = value

    def mixed(self, factor: Value, first: Value, second: Value, kind: str = "RGBA", blend: str = "MIX") -> Any:
        """`first` where the factor is 0, `second` (or what the blend makes of both) where it is 1."""
        at_factor, at_first, at_second, at_result = KINDS[kind]
        node = self.add("Mix", {at_factor: factor, at_first: first, at_second: second}, data_type=kind)
        if kind == "RGBA":
            node.blend_type = blend
        return node.outputs[at_result]

    def math(self, operation: str, first: Value, second: Value = 0.0, third: Value = 0.0) -> Any:
        """A number made of one to three others."""
        return self.add("Math", {0: first, 1: second, 2: third}, operation=operation).outputs[0]

    def stretched(self, value: Value, low: float, high: float, to: tuple[float, float] = (0.0, 1.0)) -> Any:
        """A number brought from [low, high] to another range, and kept in it."""
        node = self.add("MapRange", {"Value": value, 1: low, 2: high, 3: to[0], 4: to[1]}, clamp=True)
        return node.outputs[0]

    def mapped(
        self,
        vector: Value,
        *,
        location: tuple[float, float, float] = (0.0, 0.0, 0.0),
        scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
        turn: float = 0.0,
    ) -> Any:
        """Coordinates scaled, then turned about z (radians), then moved."""
        inputs = {"Vector": vector, "Location": location, "Rotation": (0.0, 0.0, turn), "Scale": scale}
        return self.add("Mapping", inputs).outputs[0]
