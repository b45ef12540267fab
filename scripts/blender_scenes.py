"""Makes the .blend scenes that ship with the package: a studio, a table top, a field. All in them is modelled here.

    .venv/bin/python scripts/blender_scenes.py            writes blender_scenes/*.blend and their manifest
    .venv/bin/python scripts/blender_scenes.py FOLDER     also renders a picture of each into FOLDER

What a recipe randomises goes by collection: lamps in "synth.lights", things that may be left out in "synth.props"; what
always stays is in "synth.ground". The empty "synth.stage" says where subjects are put.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

SCENES_FOLDER = Path(__file__).resolve().parents[1] / "blender_scenes"
Colour = tuple[float, float, float]
FINENESS = 4096
"""Steps of a metre that the grass is rounded to: what has few digits makes a small file."""


def collection(name: str) -> bpy.types.Collection:
    """The collection of that name, in the scene."""
    found = bpy.data.collections.get(name)
    if found is None:
        found = bpy.data.collections.new(name)
        bpy.context.scene.collection.children.link(found)
    return found


def placed(name: str, data: object, into: str, at: Sequence[float] = (0, 0, 0)) -> bpy.types.Object:
    """A new object in a collection."""
    made = bpy.data.objects.new(name, data)
    made.location = at
    collection(into).objects.link(made)
    return made


def material(
    name: str, colour: Colour, roughness: float, *, second: Colour | None = None, scale: float = 5.0,
    stretch: Sequence[float] = (1, 1, 1), metallic: float = 0.0, bump: float = 0.0,
) -> bpy.types.Material:  # fmt: skip
    """A principled material; with a second colour, noise between the two."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    surface = tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value = roughness
    surface.inputs["Metallic"].default_value = metallic
    if second is None and bump == 0:
        return made
    places = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = stretch
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = 8
    tree.links.new(places.outputs["Object"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], noise.inputs["Vector"])
    if second is not None:
        ramp = tree.nodes.new("ShaderNodeValToRGB")
        ramp.color_ramp.elements[0].color = (*colour, 1)
        ramp.color_ramp.elements[0].position = 0.35
        ramp.color_ramp.elements[1].color = (*second, 1)
        ramp.color_ramp.elements[1].position = 0.65
        tree.links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
        tree.links.new(ramp.outputs["Color"], surface.inputs["Base Color"])
    if bump > 0:
        relief = tree.nodes.new("ShaderNodeBump")
        relief.inputs["Strength"].default_value = bump
        tree.links.new(noise.outputs["Fac"], relief.inputs["Height"])
        tree.links.new(relief.outputs["Normal"], surface.inputs["Normal"])
    return made


def meshed(
    name: str, vertices: np.ndarray, faces: np.ndarray, into: str, look: bpy.types.Material, *, smooth: bool = True
) -> bpy.types.Object:
    """An object of (n, 3) vertices and (m, 3 or 4) faces, metres."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.tolist())
    mesh.polygons.foreach_set("use_smooth", [smooth] * len(mesh.polygons))
    mesh.materials.append(look)
    mesh.validate()
    return placed(name, mesh, into)


def turned_profile(profile: Sequence[tuple[float, float]], sides: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces of a profile of (radius, height), turned about z."""
    turns = np.arange(sides) * 2 * math.pi / sides
    rows = [np.stack([r * np.cos(turns), r * np.sin(turns), np.full(sides, z)], 1) for r, z in profile]
    faces = [
        (k * sides + i, k * sides + (i + 1) % sides, (k + 1) * sides + (i + 1) % sides, (k + 1) * sides + i)
        for k in range(len(profile) - 1)
        for i in range(sides)
    ]
    return np.concatenate(rows), np.array(faces)


def block(
    name: str,
    size: Sequence[float],
    at: Sequence[float],
    into: str,
    look: bpy.types.Material,
    turn_deg: float = 0.0,
    bevel: float = 0.002,
) -> bpy.types.Object:
    """A box with rounded edges, its middle at `at`."""
    x, y, z = (side / 2 for side in size)
    corners = np.array([(a, b, c) for a in (-x, x) for b in (-y, y) for c in (-z, z)])
    sides = np.array([(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])
    made = meshed(name, corners, sides, into, look, smooth=False)
    made.location = at
    made.rotation_euler[2] = math.radians(turn_deg)
    edge = made.modifiers.new("edges", "BEVEL")
    edge.width, edge.segments = bevel, 3
    return made


def sweep(name: str, half: float, height: float, radius: float, look: bpy.types.Material) -> bpy.types.Object:
    """A studio's backdrop: floor, rounded up behind at +y."""
    bend = [
        (half - radius + radius * math.sin(a), radius - radius * math.cos(a)) for a in np.linspace(0, math.pi / 2, 24)
    ]
    line = [(-half, 0.0), *bend, (half, height)]
    vertices = np.array([(x, y, z) for y, z in line for x in (-half, half)])
    faces = np.array([(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(len(line) - 1)])
    return meshed(name, vertices, faces, "synth.ground", look)


def area(name: str, at: Sequence[float], power: float, size: float, colour: Colour = (1, 1, 1)) -> None:
    """A square lamp that looks at the stage."""
    lamp = bpy.data.lights.new(name, "AREA")
    lamp.energy, lamp.size, lamp.color = power, size, colour
    made = placed(name, lamp, "synth.lights", at)
    made.rotation_mode = "QUATERNION"
    made.rotation_quaternion = (-Vector(at)).to_track_quat("-Z", "Y")


def sky(colour: Colour, strength: float) -> None:
    """Uniform light from all round."""
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    shading = world.node_tree.nodes["Background"]
    shading.inputs["Color"].default_value = (*colour, 1)
    shading.inputs["Strength"].default_value = strength
    bpy.context.scene.world = world


def studio() -> None:
    """A grey sweep, three soft lamps, stands and a reflector at the sides."""
    sweep("backdrop", 1.5, 1.6, 0.5, material("paper", (0.55, 0.55, 0.56), 0.9))
    area("key", (1.0, -1.1, 1.5), 40, 0.8)
    area("fill", (-1.4, -0.6, 0.9), 16, 1.0, (0.92, 0.96, 1.0))
    area("rim", (0.2, 1.2, 1.4), 20, 0.5, (1.0, 0.95, 0.88))
    black = material("stand", (0.03, 0.03, 0.035), 0.4)
    white = material("reflector", (0.85, 0.85, 0.85), 0.95)
    for k, (x, y) in enumerate(((-0.95, 0.35), (1.05, 0.2))):
        vertices, faces = turned_profile(
            [(0.0, 0.0), (0.09, 0.0), (0.09, 0.012), (0.012, 0.02), (0.012, 0.9), (0.0, 0.9)], 24
        )
        meshed(f"stand {k}", vertices, faces, "synth.props", black).location = (x, y, 0)
    block("reflector", (0.02, 0.7, 0.5), (-0.7, 0.1, 0.25), "synth.props", white, turn_deg=15)
    block(
        "wedge",
        (0.16, 0.16, 0.1),
        (0.45, 0.35, 0.05),
        "synth.props",
        material("plinth", (0.7, 0.68, 0.64), 0.8),
        turn_deg=30,
    )
    sky((0.5, 0.52, 0.55), 0.25)


def tabletop() -> None:
    """A wooden table before a wall, with crockery, books and a cloth that may be left out."""
    wood = material("wood", (0.26, 0.13, 0.06), 0.45, second=(0.42, 0.24, 0.12), scale=9, stretch=(1, 12, 1), bump=0.05)
    block("table", (1.6, 1.0, 0.04), (0, 0, -0.02), "synth.ground", wood, bevel=0.006)
    plaster = material("plaster", (0.66, 0.63, 0.57), 0.9, second=(0.6, 0.57, 0.52), scale=30, bump=0.08)
    block("wall", (4.0, 0.05, 3.0), (0, 1.2, 0.4), "synth.ground", plaster)
    block("floor", (4.0, 3.0, 0.05), (0, 0, -0.75), "synth.ground", material("boards", (0.2, 0.16, 0.13), 0.6))
    glaze = material("glaze", (0.78, 0.8, 0.78), 0.15)
    plate, rings = turned_profile(
        [(0.0, 0.004), (0.07, 0.004), (0.125, 0.018), (0.13, 0.016), (0.075, 0.0), (0.0, 0.0)]
    )
    meshed("plate", plate, rings, "synth.props", glaze).location = (-0.42, 0.2, 0)
    mug, rings = turned_profile(
        [(0.0, 0.004), (0.036, 0.004), (0.038, 0.095), (0.042, 0.095), (0.042, 0.0), (0.0, 0.0)]
    )
    meshed("mug", mug, rings, "synth.props", material("red glaze", (0.45, 0.06, 0.05), 0.2)).location = (0.4, 0.22, 0)
    bowl, rings = turned_profile([(0.0, 0.006), (0.05, 0.012), (0.085, 0.06), (0.09, 0.06), (0.055, 0.006), (0.0, 0.0)])
    meshed("bowl", bowl, rings, "synth.props", material("clay", (0.2, 0.3, 0.36), 0.5)).location = (0.5, -0.2, 0)
    for k, (colour, turn) in enumerate((((0.08, 0.14, 0.3), 12), ((0.5, 0.42, 0.2), -6), ((0.3, 0.07, 0.08), 20))):
        cover = material(f"cover {k}", colour, 0.6)
        block(f"book {k}", (0.15, 0.22, 0.025), (-0.5, -0.22, 0.0125 + 0.025 * k), "synth.props", cover, turn_deg=turn)
    x, y = np.meshgrid(np.linspace(-0.25, 0.25, 40), np.linspace(-0.17, 0.17, 28))
    z = 0.003 + 0.002 * np.sin(20 * x + 3) * np.cos(17 * y)
    index = np.arange(40 * 28).reshape(28, 40)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1).reshape(-1, 4)
    cloth = material("cloth", (0.55, 0.56, 0.6), 0.95, second=(0.42, 0.44, 0.5), scale=120)
    meshed("cloth", np.stack([x, y, z], -1).reshape(-1, 3), faces, "synth.props", cloth).location = (0.05, 0.3, 0)
    area("window", (-1.5, -0.5, 1.3), 45, 1.0, (0.9, 0.95, 1.0))
    area("ceiling", (0.3, -0.2, 1.7), 22, 0.5, (1.0, 0.9, 0.76))
    sky((0.55, 0.57, 0.6), 0.3)


def field() -> None:
    """Uneven soil with blades of grass and stones under a sun."""
    rng = np.random.Generator(np.random.PCG64(4))
    side = 60
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, side), np.linspace(-1.5, 1.5, side))

    def height(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        away = np.clip((np.hypot(px, py) - 0.15) / 0.4, 0, 1)
        return away * (0.03 * np.sin(3 * px + 1) * np.cos(2.5 * py) + 0.012 * np.sin(11 * px) * np.sin(9 * py + 2))

    index = np.arange(side * side).reshape(side, side)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1).reshape(-1, 4)
    soil = material("soil", (0.09, 0.06, 0.035), 0.95, second=(0.2, 0.15, 0.09), scale=14, bump=0.6)
    meshed("soil", np.stack([x, y, height(x, y)], -1).reshape(-1, 3), faces, "synth.ground", soil)
    for tuft in range(7):
        count = 700
        foot = rng.uniform(-1.0, 1.0, (count, 2)) * rng.uniform(0.5, 1.4, (count, 1))
        foot = foot[np.hypot(*foot.T) > 0.14]
        turn, lean, length = (
            rng.uniform(0, 2 * math.pi, len(foot)),
            rng.uniform(0.1, 0.7, len(foot)),
            rng.uniform(0.03, 0.11, len(foot)),
        )
        across = np.stack([-np.sin(turn), np.cos(turn)], 1) * 0.002
        along = np.stack([np.cos(turn), np.sin(turn)], 1)
        base = np.concatenate([foot, height(*foot.T)[:, None]], 1)
        rows = []
        for share, offsets in ((0.0, (-1.0, 1.0)), (0.5, (-0.8, 0.8)), (1.0, (0.0,))):
            centre = base.copy()
            centre[:, :2] += along * (length * lean * share**2)[:, None]
            centre[:, 2] += length * share * (1 - 0.3 * lean * share)
            for offset in offsets:
                corner = centre.copy()
                corner[:, :2] += offset * across
                rows.append(corner)
        vertices = (np.stack(rows, 1).reshape(-1, 3) * FINENESS).round() / FINENESS
        first = np.arange(len(foot))[:, None] * 5
        strip = np.concatenate([first + np.array(part) for part in ((0, 1, 3), (0, 3, 2), (2, 3, 4))])
        green = (0.05 + 0.04 * (tuft % 3), 0.14 + 0.03 * (tuft % 4), 0.03)
        meshed(f"grass {tuft}", vertices, strip, "synth.props", material(f"grass {tuft}", green, 0.6))
    grey = material("stone", (0.28, 0.26, 0.24), 0.8, second=(0.4, 0.38, 0.35), scale=25, bump=0.4)
    for k in range(9):
        place = rng.uniform(-1.2, 1.2, 2)
        if np.hypot(*place) < 0.25:
            continue
        stone, rings = turned_profile(
            [(math.sin(a), -math.cos(a)) for a in np.linspace(0.001, math.pi - 0.001, 14)], 20
        )
        stone = (
            stone * rng.uniform(0.02, 0.07, 3) * (1 + 0.12 * np.sin(stone * rng.uniform(2, 4, 3)).sum(1, keepdims=True))
        )
        meshed(f"stone {k}", stone, rings, "synth.props", grey).location = (
            *place,
            float(height(place[:1], place[1:])[0]),
        )
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy, sun.angle, sun.color = 3.0, math.radians(1.5), (1.0, 0.95, 0.86)
    made = placed("sun", sun, "synth.lights", (1, -1, 2))
    made.rotation_euler = (math.radians(38), 0, math.radians(35))
    sky((0.5, 0.62, 0.8), 0.8)


SCENES: dict[str, Callable[[], None]] = {"studio": studio, "tabletop": tabletop, "field": field}


def preview(name: str, folder: Path) -> None:
    """A small picture of the scene."""
    scene = bpy.context.scene
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    camera.location = (0.5, -1.0, 0.55)
    camera.rotation_mode = "QUATERNION"
    camera.rotation_quaternion = (Vector((0, 0, 0.05)) - camera.location).to_track_quat("-Z", "Y")
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 16, True
    scene.render.resolution_x = scene.render.resolution_y = 480
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(folder / f"{name}.png")
    bpy.ops.render.render(write_still=True)


def main(previews: Path | None) -> None:
    """Writes all scenes and the manifest."""
    entries = []
    for name, made in SCENES.items():
        bpy.ops.wm.read_factory_settings(use_empty=True)
        placed("synth.stage", None, "synth.ground")
        for part in ("synth.ground", "synth.lights", "synth.props"):
            collection(part)
        made()
        path = SCENES_FOLDER / f"{name}.blend"
        path.unlink(missing_ok=True)  # else the old one is kept beside it
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, check_existing=False)
        entries.append((path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
        if previews is not None:
            preview(name, previews)
    lines = [
        "# Every file of this folder with its digest, licence and source; a test holds the folder to it.\n\n"
        '[licences]\n"CC0-1.0" = "CC0-1.0.txt"\n'
    ]
    for file, digest in entries:
        lines.append(
            f'\n[[file]]\nname = "{file}"\nsha256 = "{digest}"\nlicence = "CC0-1.0"\n'
            'author = "The synthtag authors"\nsource = "modelled by scripts/blender_scenes.py"\nchanges = "none"\n'
        )
    (SCENES_FOLDER / "manifest.toml").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
