"""Textures drawn in a body's own space: two colours, mixed by a pattern of a given size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synth.blender.nodes import Tree, Value, linear
from synth.scene.stage import Texture

Pattern = Callable[[Tree, Value], Value]


def drawn(tree: Tree, texture: Texture, first: Value) -> Any:
    """Colour of a drawn texture; `first` is the surface's own colour."""
    place = tree.add("TexCoord").outputs["Object"]
    size = 1 / texture.scale_m
    shifts = tuple((texture.seed * share) % 1 * 61.7 + 0.137 for share in (0.6180339887, 0.7548776662, 0.8191725134))
    place = tree.mapped(place, scale=(size, size, size), location=(shifts[0], shifts[1], shifts[2]))
    return tree.mixed(PATTERNS[texture.kind](tree, place), first, linear(texture.second))


def flattened(tree: Tree, place: Value) -> Any:
    """Coordinates for patterns that are flat: x and y on level faces, along and up on upright ones."""
    parts = tree.add("SeparateXYZ", {0: place}).outputs
    normal = tree.add("TexCoord").outputs["Normal"]
    steep = tree.math("ABSOLUTE", tree.add("SeparateXYZ", {0: normal}).outputs["Z"])
    level = tree.math("GREATER_THAN", steep, 0.5)
    along = tree.math("ADD", parts["X"], parts["Y"])
    upright = tree.add("CombineXYZ", {0: along, 1: parts["Z"]}).outputs[0]
    lying = tree.add("CombineXYZ", {0: parts["X"], 1: parts["Y"]}).outputs[0]
    return tree.mixed(level, upright, lying, "VECTOR")


def _noise(tree: Tree, place: Value, scale: float = 1.0, detail: float = 4.0) -> Any:
    inputs = {"Vector": place, "Scale": scale, "Detail": detail, "Roughness": 0.6}
    return tree.add("TexNoise", inputs).outputs["Factor"]


def _clouds(tree: Tree, place: Value) -> Any:
    return tree.stretched(_noise(tree, place), 0.3, 0.7)


def _marble(tree: Tree, place: Value) -> Any:
    inputs = {"Vector": place, "Scale": 0.3, "Distortion": 9.0, "Detail": 5.0, "Detail Scale": 1.2}
    veins = tree.add("TexWave", inputs, wave_profile="TRI").outputs["Factor"]
    thin = tree.math("POWER", veins, 6.0)
    return tree.math("MULTIPLY", thin, tree.stretched(_noise(tree, place, 0.7), 0.3, 0.6))


def _wood(tree: Tree, place: Value) -> Any:
    """Boards along x: each a cut of its own through year rings, with fibres along it and a thin gap round it."""
    flat = flattened(tree, place)
    boards = {
        "Vector": flat, "Scale": 1.0, "Mortar Size": 0.012, "Mortar Smooth": 0.6, "Bias": 0.0,
        "Brick Width": 9.0, "Row Height": 1.3,
        "Color1": (0.0, 0.0, 0.0, 1.0), "Color2": (1.0, 1.0, 1.0, 1.0), "Mortar": (0.5, 0.5, 0.5, 1.0),
    }  # fmt: skip
    board = tree.add("TexBrick", boards)
    tone = tree.add("SeparateColor", {0: board.outputs["Color"]}).outputs[0]
    apart = tree.add("CombineXYZ", {0: 0.0, 1: 0.0, 2: tree.math("MULTIPLY", tone, 7.0)}).outputs[0]
    own = tree.add("VectorMath", {0: flat, 1: apart}, operation="ADD").outputs[0]
    hills = _noise(tree, tree.mapped(own, scale=(0.06, 0.5, 0.5)), detail=1.0)
    rings = tree.math("PINGPONG", tree.math("MULTIPLY", hills, 11.0), 0.5)
    late = tree.math("POWER", tree.math("MULTIPLY", rings, 2.0), 2.0)
    fibres = tree.stretched(_noise(tree, tree.mapped(own, scale=(0.35, 22.0, 22.0)), detail=3.0), 0.3, 0.7)
    grain = tree.mixed(0.45, late, fibres, "FLOAT")
    return tree.math("MAXIMUM", tree.mixed(0.25, grain, tone, "FLOAT"), board.outputs["Factor"])


def _bricks(tree: Tree, place: Value) -> Any:
    inputs = {
        "Vector": flattened(tree, place), "Scale": 1.0, "Mortar Size": 0.02, "Mortar Smooth": 0.3, "Bias": 0.0,
        "Brick Width": 1.0, "Row Height": 0.4,
        "Color1": (0.0, 0.0, 0.0, 1.0), "Color2": (0.3, 0.3, 0.3, 1.0), "Mortar": (1.0, 1.0, 1.0, 1.0),
    }  # fmt: skip
    return tree.add("TexBrick", inputs).outputs["Color"]


def _checker(tree: Tree, place: Value) -> Any:
    return tree.add("TexChecker", {"Vector": flattened(tree, place), "Scale": 1.0}).outputs["Factor"]


def _weave(tree: Tree, place: Value) -> Any:
    flat = flattened(tree, place)
    over = tree.add("TexChecker", {"Vector": flat, "Scale": 2.0}).outputs["Factor"]
    threads = [
        tree.add("TexWave", {"Vector": flat, "Scale": 2 / 6.283185, "Distortion": 0.3}, bands_direction=way)
        for way in ("X", "Y")
    ]
    across = tree.mixed(over, threads[0].outputs["Factor"], threads[1].outputs["Factor"], "FLOAT")
    return tree.stretched(across, 0.0, 0.9)


def _speckles(tree: Tree, place: Value) -> Any:
    """Grains of many sizes and tones, none of them round."""
    bent = tree.add("TexNoise", {"Vector": place, "Scale": 1.4, "Detail": 2.0}).outputs["Color"]
    uneven = tree.add("VectorMath", {0: place, 1: bent}, operation="ADD").outputs[0]
    cells = tree.add("TexVoronoi", {"Vector": uneven, "Scale": 1.0})
    drawn_by = tree.add("SeparateColor", {0: cells.outputs["Color"]}).outputs
    reach = tree.stretched(drawn_by[1], 0.0, 1.0, (0.1, 0.5))
    grain = tree.stretched(cells.outputs["Distance"], reach, tree.math("MULTIPLY", reach, 0.6))
    return tree.math("MULTIPLY", tree.stretched(drawn_by[0], 0.4, 0.9), grain)


PATTERNS: dict[str, Pattern] = {
    "noise": _clouds,
    "marble": _marble,
    "wood": _wood,
    "bricks": _bricks,
    "checker": _checker,
    "weave": _weave,
    "speckles": _speckles,
}
