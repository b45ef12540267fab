"""USD files, read by Blender's process: it knows the format, its units and its axes (metres and +z up come back)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from synth.banks.raw_mesh import RawMesh, joined
from synth.errors import AssetError, RenderError
from synth.geometry.pose import matrix_of_pose, transformed
from synth.rendering.studio import Studio
from synth.scene.take import Bodies, ReadBodies, Refused, Reply, Request, Scenery


def read_usd(path: Path) -> RawMesh:
    """The meshes of a USD file as one; AssetError if Blender cannot read it or is not there."""
    studio = Studio(threads=1)
    try:
        return bodies_read(path, studio.ask)
    except RenderError as error:
        raise AssetError(f"{path}: Blender could not read it ({error}); export it as GLB or OBJ") from None
    finally:
        studio.close()


def bodies_read(path: Path, ask: Callable[[Request], Reply]) -> RawMesh:
    """Asks for the bodies of a file, and puts them where they stand in it."""
    reply = ask(ReadBodies(str(path.resolve())))
    if isinstance(reply, Refused):
        raise AssetError(f"{path}: {reply.text}")
    if not isinstance(reply, Bodies) or not reply.bodies:
        raise AssetError(f"{path}: no meshes in it; export the mesh again")
    return joined([_raw(body, path.parent.resolve()) for body in reply.bodies])


def _picture(picture: str, folder: Path) -> Path | bytes | None:
    """A picture in the file's folder; or the bytes of one that lay in the file itself, which Blender's process wrote
    into a folder that goes with it. What lies anywhere else is not opened.
    """
    path = Path(picture).resolve()
    if not picture or not path.is_file():
        return None
    if path.is_relative_to(folder):
        return path
    return path.read_bytes() if path.is_relative_to(Path(gettempdir()).resolve()) else None


def _raw(body: Scenery, folder: Path) -> RawMesh:
    mesh = body.mesh.unpacked
    pictures = tuple(_picture(picture, folder) for picture in body.pictures)
    slots = int(mesh.slots.max()) + 1
    return RawMesh(
        transformed(matrix_of_pose(body.pose), mesh.vertices),
        mesh.faces.astype(np.int64),
        mesh.slots,
        (*pictures, *[None] * (slots - len(pictures))),
        mesh.uv,
        mesh.colours,
        metres_per_unit=1.0,
        up="z",
    )
