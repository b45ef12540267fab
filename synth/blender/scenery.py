""".blend files: opened without running anything in them, randomised by the names of their collections, and read back.

An empty named "synth.stage" says where a stage's origin is in the file. Lamps of the collection "synth.lights" become
up to `light_stops` stops brighter or darker; objects of "synth.props" stay if their draw is below `prop_share`. The
objects of both take the draws in the order of their names, and from the first again when there are no more. The file's
cameras go. Its world stays unless the stage has an environment of its own (one that is not the default).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from synth.blender.meshes import arrays_of, matrix_of, pictures_of
from synth.errors import AssetError
from synth.geometry.pose import Matrix4, pose_of
from synth.scene.stage import BlendScene
from synth.scene.take import MeshArrays, Scenery

STAGE, LIGHTS, PROPS = "synth.stage", "synth.lights", "synth.props"
MAGIC = (b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
"""How plain, zstd and gzip files begin."""
SOLID = ("MESH", "CURVE", "SURFACE", "FONT", "META")


class OpenedFile:
    """A .blend file that is open now."""

    def __init__(self, path: str) -> None:
        _open(path)
        _check_links(path)
        self.scene = bpy.context.scene
        self.layer = bpy.context.view_layer
        bpy.data.batch_remove([thing for thing in bpy.data.objects if thing.type == "CAMERA"])
        self.world = self.scene.world
        self._energies = {thing.name: thing.data.energy for thing in self._members(LIGHTS) if thing.type == "LIGHT"}
        self._hidden = {thing.name: thing.hide_render for thing in self._members(PROPS)}

    @property
    def origin(self) -> Matrix4:
        """World of the file from a stage's world."""
        empty = bpy.data.objects.get(STAGE)
        if empty is None:
            return np.eye(4)
        self.layer.update()
        place, turn, _ = empty.matrix_world.decompose()
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = matrix_of(turn.to_matrix()), place
        return matrix

    def randomise(self, blend: BlendScene) -> None:
        """Gives lamps and props what their draws say, whatever an earlier shot gave them."""
        members = {thing.name: thing for name in (LIGHTS, PROPS) for thing in self._members(name)}
        for number, name in enumerate(sorted(members)):
            draw, thing = blend.draws[number % len(blend.draws)], members[name]
            if name in self._energies:
                thing.data.energy = self._energies[name] * 2 ** (blend.light_stops * (2 * draw - 1))
            if name in self._hidden:
                thing.hide_render = self._hidden[name] or draw >= blend.prop_share

    def _members(self, name: str) -> list[Any]:
        collection = bpy.data.collections.get(name)
        return [] if collection is None else list(collection.all_objects)


def close() -> None:
    """Leaves an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def bodies(graph: Any, own: frozenset[str], origin: Matrix4) -> Iterator[Scenery]:
    """The bodies of a dependency graph that a camera can see, with their pose applied.

    Args:
        graph: evaluated.
        own: names of objects to leave out.
        origin: the frame in which they are wanted.
    """
    inverse, names = np.linalg.inv(origin), set[str]()
    for instance in graph.object_instances:
        thing = instance.object
        if thing.type not in SOLID or thing.name in own or thing.hide_render or not thing.visible_camera:
            continue
        if not instance.show_self:
            continue
        mesh = arrays_of(thing, inverse @ matrix_of(instance.matrix_world))
        if mesh is not None:
            name = _unique(thing.name, names)
            yield Scenery(name, MeshArrays.of(mesh), pose_of(np.eye(4)), pictures_of(thing))


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    taken.add(unique)
    return unique


def _open(path: str) -> None:
    try:
        start = Path(path).open("rb").read(8)  # noqa: SIM115 - closed with its last reference
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); correct the path") from None
    if not start.startswith(MAGIC):
        raise AssetError(f"{path}: not a .blend file; save it from Blender")
    here = bpy.app.version_string
    try:
        bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=False)
    except RuntimeError as error:
        text = " ".join(str(error).split()).removeprefix("Error: ")
        raise AssetError(
            f"{path}: Blender {here} cannot open it ({text}); save it from Blender {here} or older"
        ) from None
    if bpy.data.version[:2] > bpy.app.version[:2]:
        made = ".".join(str(part) for part in bpy.data.version[:2])
        raise AssetError(f"{path}: made by Blender {made}, newer than {here} here; save it from that or an older one")


def _check_links(path: str) -> None:
    """AssetError if a library or picture that the file links to is missing."""
    linked = [(library.filepath, library.parent, False) for library in bpy.data.libraries]
    linked += [
        (image.filepath, image.library, image.packed_file is not None)
        for image in bpy.data.images
        if image.source == "FILE" and image.users
    ]
    missing = sorted({name for name, library, packed in linked if not packed and not _there(name, library)})
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise AssetError(
            f"{path}: links to missing files: {', '.join(missing[:3])}{more}; "
            "in Blender choose File > External Data > Pack Resources and save"
        )


def _there(name: str, library: Any) -> bool:
    return Path(bpy.path.abspath(name, library=library)).is_file()
