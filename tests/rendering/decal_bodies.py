"""Bodies that the tests of this folder look at: a ball, a plate and a ring with a place for a tag, a soup."""

from __future__ import annotations

import math

import numpy as np

from synth.geometry.mesh import Mesh
from synth.streams import stream


def mesh_of(vertices, faces, decal=None) -> Mesh:
    vertices, faces = np.ascontiguousarray(vertices, np.float64), np.ascontiguousarray(faces, np.int32)
    return Mesh(vertices, faces, np.zeros(len(faces), np.int32), decal=decal)


def soup(seed: int, count: int, size: float = 0.3) -> Mesh:
    rng = stream(seed, 0, "soup")
    corners = rng.uniform(-1, 1, (count, 1, 3)) + rng.uniform(-size, size, (count, 3, 3))
    return mesh_of(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3))


def ball(radius: float = 1.0, rows: int = 48, columns: int = 96) -> Mesh:
    """A ball; its corners lie on the sphere."""
    theta, phi = np.linspace(0, math.pi, rows + 1), np.arange(columns) * (2 * math.pi / columns)
    t, p = (grid.ravel() for grid in np.meshgrid(theta, phi, indexing="ij"))
    points = radius * np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=1)
    faces = []
    for i in range(rows):
        for j in range(columns):
            a, b = i * columns + j, i * columns + (j + 1) % columns
            if i > 0:
                faces.append((a, b + columns, b))
            if i < rows - 1:
                faces.append((a, a + columns, b + columns))
    return mesh_of(points, faces)


def sheet(u, v, points, bottom: bool) -> Mesh:
    """A grid of (len(v), len(u)) points with the decal coordinates (u, v); with a second face behind if asked."""
    rows, columns = len(v), len(u)
    corner = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (x.ravel() for x in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]))
    faces = np.concatenate([np.stack([a, d, c], axis=1), np.stack([a, c, b], axis=1)])
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2).astype(np.float32)
    decal = uv[faces]
    if bottom:
        points = np.concatenate([points, points + np.array([0, 0.001, 0])])
        faces = np.concatenate([faces, faces[:, ::-1] + rows * columns])
        decal = np.concatenate([decal, np.full(decal.shape, np.nan, np.float32)])
    return mesh_of(points, faces, np.ascontiguousarray(decal))


def plate(width_mm: float, height_mm: float, columns: int = 6, rows: int = 3) -> Mesh:
    """Upright in the x-z plane, its face to -y."""
    u, v = np.linspace(-0.5, 0.5, columns + 1) * width_mm, np.linspace(-0.5, 0.5, rows + 1) * height_mm
    x, z = np.meshgrid(u / 1000, -v / 1000)
    return sheet(u, v, np.stack([x.ravel(), np.zeros(x.size), z.ravel()], axis=1), bottom=True)


def ring(diameter_mm: float, length_mm: float, columns: int = 256) -> Mesh:
    """A tube round z: u = 0 faces -y, v runs down."""
    radius = diameter_mm / 2
    u, v = np.linspace(-math.pi, math.pi, columns + 1) * radius, np.array([-0.5, 0.0, 0.5]) * length_mm
    angle, z = np.meshgrid(u / radius, -v / 1000)
    x, y = np.sin(angle) * radius / 1000, -np.cos(angle) * radius / 1000
    return sheet(u, v, np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1), bottom=False)
