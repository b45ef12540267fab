"""Meshes for tests, written as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray

QUADS = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


def box_obj(
    path: Path,
    size: tuple[float, float, float] = (2.0, 3.0, 1.0),
    *,
    extra: str = "",
    open_end: int | None = None,
    black: int | None = None,
) -> Path:
    """A box of quads from the origin, with a texture (one colour a side) in an MTL beside it.

    Args:
        path: of the .obj.
        size: along x, y, z.
        extra: further lines.
        open_end: the quad to leave out.
        black: the quad whose texture is black.
    """
    x, y, z = size
    corners = [(0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0), (0, 0, z), (x, 0, z), (x, y, z), (0, y, z)]
    lines = [f"mtllib {path.stem}.mtl", *("v {} {} {}".format(*corner) for corner in corners)]
    for side in range(6):
        left, right = (side + 0.1) / 6, (side + 0.9) / 6
        lines += [f"vt {u} {v}" for u, v in ((left, 0.1), (right, 0.1), (right, 0.9), (left, 0.9))]
    lines.append("usemtl skin")
    for side, quad in enumerate(QUADS):
        if side != open_end:
            lines.append("f " + " ".join(f"{v + 1}/{side * 4 + k + 1}" for k, v in enumerate(quad)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, extra, ""]))
    path.with_suffix(".mtl").write_text(f"newmtl skin\nKd 1 1 1\nmap_Kd {path.stem}.png\n")
    cv2.imwrite(str(path.with_suffix(".png")), _skin(black))
    return path


def _skin(black: int | None) -> NDArray[np.uint8]:
    skin = np.zeros((60, 60, 3), np.uint8)
    for side in range(6):
        colour = (0, 0, 0) if side == black else (40 * side + 20, 200 - 30 * side, 90)
        skin[:, side * 10 : side * 10 + 10] = colour
    return skin


def bumpy_ball(fineness: int = 4) -> trimesh.Trimesh:
    """A closed smooth body without symmetry."""
    ball = trimesh.creation.icosphere(subdivisions=fineness, radius=1.0)
    x, y, z = ball.vertices.T
    ball.vertices = ball.vertices * (1 + 0.1 * np.sin(3 * x + 1) * np.cos(2 * y) + 0.05 * z)[:, None]
    return ball
