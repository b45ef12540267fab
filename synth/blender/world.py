"""Light from all round."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from synth.blender.nodes import Tree
from synth.blender.pictures import picture
from synth.errors import AssetError
from synth.scene.stage import Environment

BUNDLED = "blender/"
MAPPING, BACKGROUND = "synth.turn", "synth.light"


def bundled_environment(name: str) -> Path:
    """The file of an environment that Blender brings along; AssetError names those that there are."""
    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
    path = folder / f"{name}.exr"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.exr")))
        raise AssetError(f"no environment {BUNDLED}{name}; Blender brings {known}")
    return path


def new_world(name: str, environment: Environment, pictures: Mapping[str, str], *, gated: bool) -> Any:
    """A world without its values.

    Args:
        name: of the datablock.
        environment: its light.
        pictures: paths by id.
        gated: hide it from the camera by its nodes, for an engine that knows no visibility of worlds.
    """
    world = bpy.data.worlds.new(name)
    tree = Tree(world.node_tree)
    light = tree.add("Background")
    light.name = BACKGROUND
    if environment.image is not None:
        place = tree.add("Mapping", {"Vector": tree.add("TexCoord").outputs["Generated"]})
        place.name = MAPPING
        image = picture(_path(environment.image, pictures), "sRGB")
        sky = tree.add("TexEnvironment", {"Vector": place.outputs[0]}, image=image).outputs[0]
        factor = tree.add("Mix", {0: 1.0, 6: sky}, data_type="RGBA", blend_type="MULTIPLY")
        factor.name = f"{BACKGROUND}.colour"
        tree.give(light, "Color", factor.outputs[2])
    surface = light.outputs[0]
    if gated and not environment.seen:
        camera = tree.add("LightPath").outputs["Is Camera Ray"]
        dark = tree.add("Background", {"Strength": 0.0}).outputs[0]
        surface = tree.add("MixShader", {0: camera, 1: surface, 2: dark}).outputs[0]
    tree.add("OutputWorld", {"Surface": surface})
    return world


def set_world(world: Any, environment: Environment) -> None:
    """Gives a world its strength, colour and turn."""
    nodes = world.node_tree.nodes
    nodes[BACKGROUND].inputs["Strength"].default_value = environment.strength
    colour = (*environment.colour, 1.0)
    if environment.image is None:
        nodes[BACKGROUND].inputs["Color"].default_value = colour
    else:
        nodes[f"{BACKGROUND}.colour"].inputs[7].default_value = colour
        nodes[MAPPING].inputs["Rotation"].default_value = (0.0, 0.0, -math.radians(environment.turn_deg))


def _path(image: str, pictures: Mapping[str, str]) -> str:
    if image in pictures:
        return pictures[image]
    if image.startswith(BUNDLED):
        return str(bundled_environment(image.removeprefix(BUNDLED)))
    raise AssetError(f"environment {image!r}: no path was given for it; name it in the shot")
