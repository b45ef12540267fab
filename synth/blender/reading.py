"""Meshes of files that Blender reads and others do not: USD and .blend.

Pictures that lie inside of the file (.usdz, or packed) are written to a folder that lives as long as this process.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import bpy
import numpy as np

from synth.blender.scenery import OpenedFile, bodies, close
from synth.errors import AssetError
from synth.scene.take import Bodies

USD = (".usd", ".usda", ".usdc", ".usdz")
FORMATS = (".blend", *USD)


def read_bodies(path: str) -> Bodies:
    """The visible bodies of a file, metres, +z up; whatever was open is closed.

    Raises:
        AssetError: it cannot be read, or holds no mesh.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise AssetError(f"{path}: expected one of {', '.join(FORMATS)}; trimesh reads the others")
    close()
    if suffix == ".blend":
        OpenedFile(path)
    else:
        _import_usd(path)
    _unpack(path)
    found = tuple(bodies(bpy.context.evaluated_depsgraph_get(), frozenset(), np.eye(4)))
    close()
    if not found:
        raise AssetError(f"{path}: holds no mesh that can be seen; export the mesh itself, not only lights and cameras")
    return Bodies(found)


def _import_usd(path: str) -> None:
    if not Path(path).is_file():
        raise AssetError(f"{path}: no such file; correct the path")
    remedy = "export it again, for example as GLB"
    try:
        outcome = bpy.ops.wm.usd_import(filepath=path, import_cameras=False, import_lights=False)
    except RuntimeError as error:
        raise AssetError(f"{path}: Blender cannot read it ({' '.join(str(error).split())}); {remedy}") from None
    if outcome != {"FINISHED"}:
        raise AssetError(f"{path}: Blender cannot read it; {remedy}")


def _unpack(path: str) -> None:
    """Writes packed pictures to files of their own."""
    for number, image in enumerate(bpy.data.images):
        if image.packed_file is not None and image.source == "FILE":
            suffix = Path(image.filepath).suffix or ".png"
            target = Path(_folder().name) / f"{Path(path).stem}-{number}{suffix}"
            target.write_bytes(image.packed_file.data)
            image.filepath = str(target)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="synth-")
