"""Triangle meshes as plain arrays: metres, right-handed, +z up; faces counter-clockwise as seen from outside.

A corner is one vertex of one face: whatever differs from face to face at a vertex (texture coordinates, a decal's
millimetres, a shading normal) is stored per corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.errors import AssetError

Points3 = NDArray[np.float64]
CornersUV = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle mesh; its arrays are read-only.

    Attributes:
        vertices: (n, 3) float64, metres.
        faces: (m, 3) int32 indices of vertices.
        slots: (m,) int32 index of each face's material.
        uv: (m, 3, 2) float32 texture coordinates of the corners, v up as Blender and OBJ have it; None without.
        colours: (n, 3) uint8 sRGB of the vertices; None without.
        decal: (m, 3, 2) float32 place of each corner on the tag that the mesh carries, mm: u to the right, v down as
            one reads it (see `synth.serials.tag`); NaN for faces that carry none. None for a mesh without a place for a
            tag.
        smooth: (m,) bool, faces that are shaded with normals averaged at their vertices.
    """

    vertices: Points3
    faces: NDArray[np.int32]
    slots: NDArray[np.int32]
    uv: CornersUV | None = None
    colours: NDArray[np.uint8] | None = None
    decal: CornersUV | None = None
    smooth: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        n, m = len(self.vertices), len(self.faces)
        _require("vertices", self.vertices, (n, 3), np.float64)
        _require("faces", self.faces, (m, 3), np.int32)
        _require("slots", self.slots, (m,), np.int32)
        for name, shape, kind in (
            ("uv", (m, 3, 2), np.float32),
            ("colours", (n, 3), np.uint8),
            ("decal", (m, 3, 2), np.float32),
            ("smooth", (m,), np.bool_),
        ):
            if getattr(self, name) is not None:
                _require(name, getattr(self, name), shape, kind)
        if m == 0:
            raise AssetError("a mesh must have faces, got none")
        if not np.isfinite(self.vertices).all():
            raise AssetError("vertices of a mesh must be finite")
        if self.faces.min() < 0 or self.faces.max() >= n:
            raise AssetError(f"faces of a mesh must name vertices 0 to {n - 1}, got {self.faces.max()}")

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) least and greatest coordinates, metres."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])


def _require(name: str, array: NDArray[Any], shape: tuple[int, ...], kind: Any) -> None:
    if array.shape != shape or array.dtype != kind:
        raise AssetError(f"{name} of a mesh must be {shape} {np.dtype(kind)}, got {array.shape} {array.dtype}")
    array.setflags(write=False)
