"""The place that a mesh has for a tag, before the camera: from millimetres on the tag to px and back, face by face.

A face carries its part of the tag flat, so to the camera it is a homography from (u, v) mm to px. It faces the camera
where the tag can be read and is not a mirror image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.camera import Intrinsics
from synth.geometry.homography import Matrix
from synth.geometry.mesh import Mesh
from synth.native import compiled
from synth.rendering.raster import NEAR_M, Posed

Points = NDArray[np.float64]
Indices = NDArray[np.int64]
MOST_CELLS = 64
"""Cells along a side of the grid that faces are looked up in."""
ON_EDGE = -1e-6
"""A point this far outside a face, as a weight of its corner, still lies on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Decal:
    """A mesh's place for a tag.

    Attributes:
        faces: (d,) faces of the mesh that carry it, ascending.
        corners: (d, 3, 2) float64, mm.
        maps: (d, 3, 3) homography of each, mm to px; the denominator is the distance along the optical axis, metres.
        frontal: (d,) cosine between the face's normal and the view of the most frontal one, as a share of that one's; 0
            for faces that look away from the camera.
        girth_mm: what u may be wrapped by, 0 if it may not.
        cells: the faces by the cells of a grid over the tag: where each cell's begin, all of them, and the grid.
    """

    faces: Indices
    corners: Points
    maps: Points
    frontal: Points
    girth_mm: float
    cells: tuple[Indices, Indices, Points]

    @property
    def most_frontal(self) -> tuple[float, float]:
        """The middle of the face that looks at the camera most, mm."""
        u, v = self.corners[int(np.argmax(self.frontal))].mean(axis=0).tolist()
        return u, v

    def faces_at(self, points: Points) -> Indices:
        """(n,) position of the face that holds each of (n, 2) points, mm; the nearest one where none does."""
        return _lookup(self.wrapped(points), self.corners, *self.cells)

    def wrapped(self, points: Points) -> Points:
        """The points with u within half a turn of the front."""
        points = np.array(points, np.float64).reshape(-1, 2)
        if self.girth_mm:
            points[:, 0] -= self.girth_mm * np.floor(points[:, 0] / self.girth_mm + 0.5)
        return points

    def map_at(self, u: float, v: float) -> Matrix | None:
        """The homography at a place on the tag; None where it looks away or lies behind the camera."""
        points = self.wrapped(np.array([(u, v)]))
        chosen = int(self.faces_at(points)[0])
        matrix = self.maps[chosen]
        depth = float(matrix[2, 0] * points[0, 0] + matrix[2, 1] * points[0, 1] + matrix[2, 2])
        return matrix if self.frontal[chosen] > 0 and depth > NEAR_M else None

    def seen(self, points: Points) -> tuple[Points, NDArray[np.bool_]]:
        """(n, 2) px of (n, 2) points of the tag, and (n,) whether the tag faces the camera there."""
        points = self.wrapped(points)
        chosen = self.faces_at(points)
        maps = self.maps[chosen]
        u, v = points[:, :1], points[:, 1:]
        homogeneous = maps[:, :, 0] * u + maps[:, :, 1] * v + maps[:, :, 2]
        ahead = homogeneous[:, 2] > NEAR_M
        depth = np.where(ahead, homogeneous[:, 2], 1.0)[:, None]
        return homogeneous[:, :2] / depth, ahead & (self.frontal[chosen] > 0)


def decal_of(mesh: Mesh, body: Posed, intrinsics: Intrinsics, girth_mm: float = 0.0) -> Decal | None:
    """The place for a tag on a mesh before the camera; None if it has none or all of it looks away.

    Args:
        mesh: the mesh.
        body: it, before the camera.
        intrinsics: of the camera.
        girth_mm: way once round the tag, if it goes all round.
    """
    if mesh.decal is None:
        return None
    corners = mesh.decal.astype(np.float64)
    (a, b), (c, d) = ((corners[:, k] - corners[:, 0]).T for k in (1, 2))
    area = a * d - b * c
    faces = np.flatnonzero(np.isfinite(area) & (area != 0))
    a, b, c, d, area, corners = a[faces], b[faces], c[faces], d[faces], area[faces], corners[faces]
    points = body.points[body.faces[faces]]
    first, second = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    along_u = (first * d[:, None] - second * b[:, None]) / area[:, None]
    along_v = (second * a[:, None] - first * c[:, None]) / area[:, None]
    origin = points[:, 0] - along_u * corners[:, 0, :1] - along_v * corners[:, 0, 1:]
    frontal = _frontal(np.cross(along_u, along_v), points)
    if not (frontal > 0).any():
        return None
    f, cx, cy = intrinsics.focal_px, intrinsics.cx, intrinsics.cy
    x, y, z = np.moveaxis(np.stack([along_u, along_v, origin], axis=2), 1, 0)
    maps = np.stack([f * x + cx * z, f * y + cy * z, z], axis=1)
    return Decal(faces, corners, maps, frontal, girth_mm, _buckets(corners, _cells_of(len(corners))))


def _frontal(normals: Points, points: Points) -> Points:
    """(d,) how frontal each face is to the camera, from normals that point away from who reads them."""
    if not len(normals):
        return np.zeros(0)
    lengths = np.sqrt((normals**2).sum(axis=1))
    normals = normals / np.where(lengths > 0, lengths, 1.0)[:, None]
    facing = ((normals * points[:, 0]).sum(axis=1) > 0) & (points[:, :, 2].max(axis=1) > NEAR_M)
    views = points.mean(axis=1)
    views = views / np.sqrt((views**2).sum(axis=1))[:, None]
    cosines = np.where(facing, (normals * views).sum(axis=1), 0.0)
    best = int(np.argmax(cosines))
    shares = (normals * views[best]).sum(axis=1) / max(float(cosines[best]), 1e-12)
    return np.where(facing, np.clip(shares, 1e-9, 1.0), 0.0)


def _cells_of(count: int) -> int:
    return max(1, min(MOST_CELLS, math.isqrt(count)))


@compiled
def _buckets(corners: Points, cells: int) -> tuple[Indices, Indices, Points]:
    """Faces by the cells of a grid that their boxes meet: where each cell's begin, all of them, and the grid."""
    low_u, low_v = corners[:, :, 0].min(), corners[:, :, 1].min()
    per_u = cells / max(corners[:, :, 0].max() - low_u, 1e-9)
    per_v = cells / max(corners[:, :, 1].max() - low_v, 1e-9)
    starts = np.zeros(cells * cells + 1, np.int64)
    members = np.zeros(0, np.int64)
    for turn in range(2):
        if turn == 1:
            for cell in range(cells * cells):
                starts[cell + 1] += starts[cell]
            members = np.zeros(starts[-1], np.int64)
        for face in range(len(corners) - 1, -1, -1):
            u0 = min(int((corners[face, :, 0].min() - low_u) * per_u), cells - 1)
            u1 = min(int((corners[face, :, 0].max() - low_u) * per_u), cells - 1)
            v0 = min(int((corners[face, :, 1].min() - low_v) * per_v), cells - 1)
            v1 = min(int((corners[face, :, 1].max() - low_v) * per_v), cells - 1)
            for row in range(v0, v1 + 1):
                for cell in range(row * cells + u0, row * cells + u1 + 1):
                    if turn == 0:
                        starts[cell] += 1
                    else:
                        starts[cell] -= 1
                        members[starts[cell]] = face
    return starts, members, np.array([low_u, low_v, per_u, per_v, float(cells)])


@compiled
def _lookup(points: Points, corners: Points, starts: Indices, members: Indices, grid: Points) -> Indices:
    """The first face that holds each point, else the nearest in its cell, else the nearest of all."""
    cells = int(grid[4])
    out = np.zeros(len(points), np.int64)
    for k in range(len(points)):
        u, v = points[k, 0], points[k, 1]
        column, row = math.floor((u - grid[0]) * grid[2]), math.floor((v - grid[1]) * grid[3])
        cell = min(max(row, 0), cells - 1) * cells + min(max(column, 0), cells - 1)
        found = -1
        for place in range(starts[cell], starts[cell + 1]):
            if _holds(corners[members[place]], u, v):
                found = members[place]
                break
        if found < 0:
            first, end = starts[cell], starts[cell + 1]
            every, least = first == end, math.inf
            for place in range(0 if every else first, len(corners) if every else end):
                face = place if every else members[place]
                away = _away(corners[face], u, v)
                if away < least:
                    least, found = away, face
        out[k] = found
    return out


@compiled
def _holds(corners: Points, u: float, v: float) -> bool:
    """Whether a face holds a point."""
    a, b = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1]
    c, d = corners[2, 0] - corners[0, 0], corners[2, 1] - corners[0, 1]
    x, y = u - corners[0, 0], v - corners[0, 1]
    area = a * d - b * c
    second, third = (x * d - y * c) / area, (a * y - b * x) / area
    return bool(second >= ON_EDGE and third >= ON_EDGE and second + third <= 1.0 - ON_EDGE)


@compiled
def _away(corners: Points, u: float, v: float) -> float:
    """Squared distance of a point from a face's edges."""
    least = math.inf
    for k in range(3):
        ax, ay, bx, by = corners[k - 1, 0], corners[k - 1, 1], corners[k, 0], corners[k, 1]
        dx, dy = bx - ax, by - ay
        share = min(max(((u - ax) * dx + (v - ay) * dy) / max(dx * dx + dy * dy, 1e-30), 0.0), 1.0)
        x, y = ax + share * dx - u, ay + share * dy - v
        least = min(least, x * x + y * y)
    return least
