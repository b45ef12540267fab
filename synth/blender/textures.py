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
    long = tree.mapped(place, scale=(0.12, 1.0, 1.0))
    inputs = {"Vector": long, "Scale": 0.6, "Distortion": 4.0, "Detail": 3.0, "Detail Scale": 1.0}
    rings = tree.add("TexWave", inputs, bands_direction="Y", wave_profile="SAW").outputs["Factor"]
    fibres = _noise(tree, tree.mapped(place, scale=(0.6, 18.0, 18.0)), detail=3.0)
    return tree.mixed(0.35, tree.math("POWER", rings, 1.6), tree.stretched(fibres, 0.3, 0.7), "FLOAT")


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
    cells = tree.add("TexVoronoi", {"Vector": place, "Scale": 1.0})
    chosen = tree.math("GREATER_THAN", tree.add("SeparateColor", {0: cells.outputs["Color"]}).outputs[0], 0.55)
    return tree.math("MULTIPLY", chosen, tree.stretched(cells.outputs["Distance"], 0.28, 0.2))


PATTERNS: dict[str, Pattern] = {
    "noise": _clouds,
    "marble": _marble,
    "wood": _wood,
    "bricks": _bricks,
    "checker": _checker,
    "weave": _weave,
    "speckles": _speckles,
}
