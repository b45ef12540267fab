"""A mesh as its file has it: any unit, any axes, nothing mended yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.errors import AssetError

Vertices = NDArray[np.float64]
Faces = NDArray[np.int64]
Picture = Path | bytes | tuple[int, int, int] | None
"""What a slot is painted with: a file, the bytes of one that lay in the mesh's file, a plain sRGB colour, nothing."""

MOST_FACES_READ = 3_000_000


@dataclass(frozen=True, eq=False)
class RawMesh:
    """What a file holds.

    Attributes:
        vertices: (n, 3), in the file's unit and axes; may be NaN.
        faces: (m, 3) indices; may be out of range.
        slots: (m,) int32, index into `pictures`.
        pictures: of each slot.
        uv: (m, 3, 2) float32 of the corners, v up, NaN where a corner has none; None without any.
        colours: (n, 3) uint8 sRGB; None without.
        metres_per_unit: where the format says so.
        up: axis of the file that is up, where the format says so.
        notes: what was remarkable, one line each.
    """

    vertices: Vertices
    faces: Faces
    slots: NDArray[np.int32]
    pictures: tuple[Picture, ...] = (None,)
    uv: NDArray[np.float32] | None = None
    colours: NDArray[np.uint8] | None = None
    metres_per_unit: float | None = None
    up: str | None = None
    notes: tuple[str, ...] = ()


Reader = Callable[[Path], RawMesh]


def require_number(path: Path, faces: int) -> None:
    """AssetError if a file has too many faces to be read, or none."""
    if faces > MOST_FACES_READ:
        raise AssetError(
            f"{path}: {faces:,} faces, at most {MOST_FACES_READ:,} are read; decimate it first (in MeshLab or Blender)"
        )
    if faces <= 0:
        raise AssetError(f"{path}: no faces in it (a point cloud, or empty); export a triangle mesh")


def joined(parts: Sequence[RawMesh]) -> RawMesh:
    """Several meshes of one file as one; their slots follow each other. Unit, axes and notes are those of the first."""
    corners = np.cumsum([0, *(len(part.vertices) for part in parts)])
    slots = np.cumsum([0, *(len(part.pictures) for part in parts)])
    first = parts[0]
    return RawMesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, corners, strict=False)]),
        np.concatenate([part.slots + np.int32(start) for part, start in zip(parts, slots, strict=False)]).astype(
            np.int32
        ),
        tuple(picture for part in parts for picture in part.pictures),
        _joined_uv(parts),
        _joined_colours(parts),
        first.metres_per_unit,
        first.up,
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _joined_uv(parts: Sequence[RawMesh]) -> NDArray[np.float32] | None:
    if all(part.uv is None for part in parts):
        return None
    lacking = np.float32(np.nan)
    return np.concatenate(
        [np.full((len(p.faces), 3, 2), lacking, np.float32) if p.uv is None else p.uv for p in parts]
    ).astype(np.float32)


def _joined_colours(parts: Sequence[RawMesh]) -> NDArray[np.uint8] | None:
    if all(part.colours is None for part in parts):
        return None
    return np.concatenate(
        [np.full((len(p.vertices), 3), 200, np.uint8) if p.colours is None else p.colours for p in parts]
    )
