"""Turntable pictures of meshes: from six sides, from above and from below, with their texture and a lamp at the camera.

Drawn by the rasteriser that makes labels, without Blender, so that a bank of meshes can be looked at in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.camera import Intrinsics
from synth.geometry.mesh import Mesh
from synth.geometry.pose import looking
from synth.rendering.raster import Raster, rasterised

Image = NDArray[np.uint8]
VIEWS = (*((float(azimuth), 25.0) for azimuth in range(0, 360, 60)), (0.0, 89.9), (0.0, -89.9))
"""(azimuth, elevation) in degrees; 0 looks from -y, the front."""
_FOCAL = 3.0
_FOLD = 2
_PAPER, _INK, _PLAIN = (245, 245, 245), (30, 30, 30), (170, 170, 170)
_CAPTION_PX, _LINE_PX, _GAP_PX = 24, 15, 6


def turntable(mesh: Mesh, textures: Mapping[int, Image], side_px: int = 180) -> Image:
    """The eight views in a row, (side_px, 8 * side_px, 3).

    Args:
        mesh: to show.
        textures: RGB pictures by slot; a slot without one is grey, or as its vertices are coloured.
        side_px: width and height of a view.
    """
    return np.concatenate([_view(mesh, textures, side_px, *view) for view in VIEWS], axis=1)


def sheet(rows: Sequence[tuple[str, Sequence[str], Image]]) -> Image:
    """Rows of (name, lines of text, turntable) below each other."""
    cells = []
    for name, lines, picture in rows:
        head = np.full((_CAPTION_PX + _LINE_PX * len(lines), picture.shape[1], 3), _PAPER, np.uint8)
        _write(head, 17, name, 0.55)
        for i, line in enumerate(lines):
            _write(head, _CAPTION_PX + 10 + i * _LINE_PX, line, 0.42)
        cells += [head, picture, np.full((_GAP_PX, picture.shape[1], 3), _PAPER, np.uint8)]
    return np.concatenate(cells)


def _write(cell: Image, y: int, text: str, size: float) -> None:
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(cell, plain, (_GAP_PX, y), cv2.FONT_HERSHEY_SIMPLEX, size, _INK, 1, cv2.LINE_AA)


def _view(mesh: Mesh, textures: Mapping[int, Image], side_px: int, azimuth_deg: float, elevation_deg: float) -> Image:
    low, high = mesh.bounds
    middle, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    turn, rise = np.radians(azimuth_deg), np.radians(elevation_deg)
    away = np.array([np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)])
    camera = looking(middle + away * radius * (_FOCAL * 2.1), middle)
    side = side_px * _FOLD
    intrinsics = Intrinsics(_FOCAL * side, side / 2, side / 2, side, side)
    seen = rasterised([mesh], [np.eye(4)], camera, intrinsics, near_m=radius * 1e-3)
    colour = _colours(mesh, textures, seen)
    light = 0.3 + 0.7 * np.abs(seen.normals[..., 2:])
    shaded = np.where(seen.ids[..., None] > 0, colour * light, np.array(_PAPER, np.float32))
    small = shaded.reshape(side_px, _FOLD, side_px, _FOLD, 3).mean(axis=(1, 3))
    return np.asarray(np.rint(small).clip(0, 255), np.uint8)


def _colours(mesh: Mesh, textures: Mapping[int, Image], seen: Raster) -> NDArray[np.float32]:
    """(h, w, 3) colour of what is seen, before light."""
    colour = np.full((*seen.ids.shape, 3), _PLAIN, np.float32)
    inside = seen.ids > 0
    faces = seen.faces[inside]
    second, third = seen.barycentric[inside].T
    weights = np.stack([1 - second - third, second, third], axis=1)
    values = colour[inside]
    if mesh.colours is not None:
        values = np.einsum("ij,ijk->ik", weights, mesh.colours[mesh.faces[faces]].astype(np.float32))
    if mesh.uv is not None:
        places = np.einsum("ij,ijk->ik", weights, mesh.uv[faces])
        for slot, texture in textures.items():
            of_slot = (mesh.slots[faces] == slot) & np.isfinite(places).all(axis=1)
            values[of_slot] = _sampled(texture, places[of_slot])
    colour[inside] = values
    return colour


def _sampled(texture: Image, places: NDArray[np.float32]) -> NDArray[np.float32]:
    """(k, 3) colours at texture coordinates, bilinear; the picture repeats."""
    height, width = texture.shape[:2]
    x, y = places[:, 0] * width - 0.5, (1 - places[:, 1]) * height - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right_share, low_share = (x - left)[:, None], (y - top)[:, None]

    def at(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(texture[row % height, column % width], np.float32)

    above = at(top, left) * (1 - right_share) + at(top, left + 1) * right_share
    below = at(top + 1, left) * (1 - right_share) + at(top + 1, left + 1) * right_share
    return np.asarray(above * (1 - low_share) + below * low_share, np.float32)
