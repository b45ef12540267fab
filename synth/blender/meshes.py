"""Meshes from arrays into Blender and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from synth.geometry.mesh import Mesh
from synth.geometry.pose import Matrix4, transformed

UV, DECAL, COLOUR = "uv", "decal", "colour"
NOWHERE = -1e9
"""Decal coordinate, mm, of faces that carry none: outside of every decal."""


def blender_mesh(name: str, mesh: Mesh) -> Any:
    """A mesh datablock: uv layers "uv" and "decal" (mm), vertex colours "colour", as many empty slots as are used."""
    block = bpy.data.meshes.new(name)
    corners = mesh.faces.size
    block.vertices.add(len(mesh.vertices))
    block.vertices.foreach_set("co", mesh.vertices.astype(np.float32).ravel())
    block.loops.add(corners)
    block.loops.foreach_set("vertex_index", mesh.faces.ravel())
    block.polygons.add(len(mesh.faces))
    block.polygons.foreach_set("loop_start", np.arange(0, corners, 3, dtype=np.int32))
    block.polygons.foreach_set("material_index", mesh.slots)
    smooth = np.zeros(len(mesh.faces), np.bool_) if mesh.smooth is None else mesh.smooth
    block.polygons.foreach_set("use_smooth", smooth)
    _add_layers(block, mesh)
    for _ in range(int(mesh.slots.max()) + 1):
        block.materials.append(None)
    block.update(calc_edges=True)
    block.validate()
    return block


def _add_layers(block: Any, mesh: Mesh) -> None:
    if mesh.uv is not None:
        block.uv_layers.new(name=UV).uv.foreach_set("vector", np.nan_to_num(mesh.uv).ravel())
    if mesh.decal is not None:
        places = np.where(np.isfinite(mesh.decal), mesh.decal, np.float32(NOWHERE))
        block.uv_layers.new(name=DECAL).uv.foreach_set("vector", places.ravel())
    if mesh.colours is not None:
        rgba = np.ones((len(mesh.vertices), 4), np.float32)
        rgba[:, :3] = mesh.colours / np.float32(255)
        block.attributes.new(COLOUR, "BYTE_COLOR", "POINT").data.foreach_set("color_srgb", rgba.ravel())


def arrays_of(thing: Any, matrix: Matrix4) -> Mesh | None:
    """The triangles of an evaluated object, moved by a matrix; None if it has none."""
    block = thing.to_mesh()
    if block is None:
        return None
    block.calc_loop_triangles()
    count = len(block.loop_triangles)
    mesh = None
    if count:
        faces = _read(block.loop_triangles, "vertices", 3 * count, np.int32).reshape(count, 3)
        if np.linalg.det(matrix[:3, :3]) < 0:
            faces = np.ascontiguousarray(faces[:, ::-1])
        mesh = Mesh(
            vertices=transformed(matrix, _read(block.vertices, "co", 3 * len(block.vertices)).reshape(-1, 3)),
            faces=faces,
            slots=_read(block.loop_triangles, "material_index", count, np.int32),
            uv=_uv(block, count, mirrored=bool(np.linalg.det(matrix[:3, :3]) < 0)),
            smooth=_smooth(block, count),
        )
    thing.to_mesh_clear()
    return mesh


def pictures_of(thing: Any) -> tuple[str, ...]:
    """For each slot of an object the path of the picture that colours it, "" for none."""
    return tuple(_picture(slot.material) for slot in thing.material_slots)


def matrix_of(matrix: Any) -> Matrix4:
    """A matrix of Blender's as numpy's."""
    return np.array([list(row) for row in matrix], np.float64)


def _read(collection: Any, name: str, count: int, kind: Any = np.float32) -> NDArray[Any]:
    array = np.zeros(count, kind)
    collection.foreach_get(name, array)
    return array.astype(np.float64) if kind is np.float32 else array


def _uv(block: Any, count: int, *, mirrored: bool) -> NDArray[np.float32] | None:
    layer = block.uv_layers.active
    if layer is None:
        return None
    loops = _read(block.loop_triangles, "loops", 3 * count, np.int32).reshape(count, 3)
    uv = np.zeros(2 * len(block.loops), np.float32)
    layer.uv.foreach_get("vector", uv)
    return np.ascontiguousarray(uv.reshape(-1, 2)[loops[:, ::-1] if mirrored else loops])


def _smooth(block: Any, count: int) -> NDArray[np.bool_]:
    smooth = np.zeros(len(block.polygons), np.bool_)
    block.polygons.foreach_get("use_smooth", smooth)
    return np.asarray(smooth[_read(block.loop_triangles, "polygon_index", count, np.int32)], np.bool_)


def _picture(material: Any) -> str:
    if material is None or material.node_tree is None:
        return ""
    for node in material.node_tree.nodes:
        if node.type == "BSDF_PRINCIPLED" and node.inputs["Base Color"].is_linked:
            return _picture_behind(node.inputs["Base Color"].links[0].from_node)
    return ""


def _picture_behind(node: Any) -> str:
    if node.type == "TEX_IMAGE":
        if node.image is None:
            return ""
        path = bpy.path.abspath(node.image.filepath, library=node.image.library)
        return str(Path(path).resolve()) if path and Path(path).is_file() else ""
    behind = (_picture_behind(entry.links[0].from_node) for entry in node.inputs if entry.is_linked)
    return next((path for path in behind if path), "")
