"""Materials: a `Surface`, a scan's own picture and a tag's decal as a node tree round the Principled BSDF."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import bpy

from synth.blender.decals import laid, relieved, under
from synth.blender.meshes import COLOUR, UV
from synth.blender.nodes import Tree, Value, linear
from synth.blender.pictures import picture
from synth.blender.store import KeptDecal, KeptMesh
from synth.blender.textures import drawn
from synth.errors import AssetError
from synth.scene.stage import Surface

OWN = Surface(colour=(255, 255, 255), roughness=0.6, specular=0.4)
"""Of a scan that keeps its own texture."""
BUMP_HEIGHT = 0.25
"""Height of the fine relief at full strength, in sizes of its features."""
REDDER = (1.0, 0.85, 0.7)
"""How far red, green and blue light scatter below a surface, relative to each other."""


def material(
    name: str, surface: Surface, mesh: KeptMesh, slot: int, decal: KeptDecal | None, pictures: Mapping[str, str]
) -> Any:
    """A material for one slot of a mesh; AssetError if a picture is missing or damaged."""
    block = bpy.data.materials.new(name)
    tree = Tree(block.node_tree)
    shader = tree.add("BsdfPrincipled", _plain(surface), subsurface_method="BURLEY")
    tree.add("OutputMaterial", {"Surface": shader.outputs[0]})
    colour = _colour(tree, surface, mesh, slot, pictures)
    roughness: Value = surface.roughness
    normal = _bumped(tree, surface)
    if surface.brushed_deg is not None:
        roughness, normal = _brushed(tree, shader, surface, mesh, normal)
    if decal is not None and slot in mesh.decal_slots:
        face = laid(tree, decal)
        colour = under(tree, face, colour)
        normal = relieved(tree, face, normal)
        if not decal.covers:
            roughness = tree.mixed(face.alpha, roughness, 0.5 * surface.roughness + 0.3, "FLOAT")
            for name, share in (("Metallic", surface.metallic), ("Transmission Weight", surface.transmission)):
                if share:
                    tree.give(shader, name, tree.math("MULTIPLY", share, _without(tree, face.alpha)))
    tree.give(shader, "Base Color", colour)
    tree.give(shader, "Roughness", roughness)
    if normal is not None:
        tree.give(shader, "Normal", normal)
    return block


def _plain(surface: Surface) -> dict[str | int, Value]:
    return {
        "Metallic": surface.metallic,
        "Specular IOR Level": surface.specular,
        "Coat Weight": surface.coat,
        "Coat Roughness": 0.08,
        "Sheen Weight": surface.sheen,
        "Transmission Weight": surface.transmission,
        "IOR": surface.ior,
        "Subsurface Weight": surface.subsurface,
        "Subsurface Scale": surface.subsurface_mm / 1000,
        "Subsurface Radius": REDDER,
    }


def _without(tree: Tree, alpha: Value) -> Any:
    return tree.math("SUBTRACT", 1.0, alpha)


def _colour(tree: Tree, surface: Surface, mesh: KeptMesh, slot: int, pictures: Mapping[str, str]) -> Value:
    own = linear(surface.colour)
    texture = surface.texture
    if texture is not None and texture.kind != "image":
        return drawn(tree, texture, own)
    path = mesh.pictures[slot] if slot < len(mesh.pictures) else ""
    if texture is not None:
        if texture.image is None or texture.image not in pictures:
            raise AssetError(f"picture {texture.image!r} of a surface: no path was given for it; name it in the shot")
        path = pictures[texture.image]
    if path and mesh.has_uv:
        place = tree.add("UVMap", uv_map=UV).outputs[0]
        colour = tree.add("TexImage", {"Vector": place}, image=picture(path)).outputs["Color"]
    elif mesh.has_colours:
        colour = tree.add("VertexColor", layer_name=COLOUR).outputs["Color"]
    else:
        return own
    return colour if surface.colour == (255, 255, 255) else tree.mixed(1.0, colour, own, blend="MULTIPLY")


def _bumped(tree: Tree, surface: Surface) -> Value | None:
    """Normals with fine relief; None for a surface without."""
    if surface.bump == 0:
        return None
    size = surface.bump_mm / 1000
    place = tree.add("TexCoord").outputs["Object"]
    shift = (surface.bump_seed * 0.6180339887) % 1 * 97.3
    place = tree.mapped(place, scale=(1 / size, 1 / size, 1 / size), location=(shift, 1.7 * shift, 2.3 * shift))
    noise = tree.add("TexNoise", {"Vector": place, "Scale": 1.0, "Detail": 2.0}).outputs["Factor"]
    inputs = {"Strength": 1.0, "Distance": BUMP_HEIGHT * size * surface.bump, "Height": noise}
    return tree.add("Bump", inputs).outputs[0]


def _brushed(
    tree: Tree, shader: Any, surface: Surface, mesh: KeptMesh, normal: Value | None
) -> tuple[Value, Value | None]:
    """Roughness and normals of brushed metal: streaks along its direction, highlights drawn out across it."""
    turn = math.radians(surface.brushed_deg or 0.0)
    if mesh.has_uv:
        place = tree.add("UVMap", uv_map=UV).outputs[0]
        scale = (3.0, 350.0, 1.0)
        tangent = tree.add("Tangent", direction_type="UV_MAP", uv_map=UV).outputs[0]
        tree.give(shader, "Tangent", tangent)
    else:
        place = tree.add("TexCoord").outputs["Object"]
        scale = (60.0, 6000.0, 6000.0)
    place = tree.mapped(tree.mapped(place, turn=-turn), scale=scale)
    streaks = tree.add("TexNoise", {"Vector": place, "Scale": 1.0, "Detail": 3.0}).outputs["Factor"]
    tree.give(shader, "Anisotropic", 0.6)
    tree.give(shader, "Anisotropic Rotation", (turn / (2 * math.pi)) % 1)
    low, high = 0.75 * surface.roughness, min(1.3 * surface.roughness + 0.05, 1.0)
    bump = tree.add("Bump", {"Strength": 0.15, "Distance": 2e-5, "Height": streaks})
    if normal is not None:
        tree.give(bump, "Normal", normal)
    return tree.stretched(streaks, 0.3, 0.7, (low, high)), bump.outputs[0]
