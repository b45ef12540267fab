"""Closed surfaces of machined and grown bodies: loops of points, strung and turned outwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synth.shapes.grids import Floats, Ints, Part, part_of, strung

Inside = Callable[[Floats, Floats], NDArray[np.bool_]]
"""Whether points (x, y) lie inside an outline."""


def tube(rings: Floats, *, slot: int, smooth: bool) -> Part:
    """A body whose sections are (rows, columns, 3) rings, its ends closed at the middles of the first and the last.

    Its texture runs round it along u, and from the first ring to the last along v.
    """
    rows, columns, _ = rings.shape
    loops = strung([1, *[columns] * rows, 1])
    vertices = np.concatenate([rings[0].mean(axis=0)[None], rings.reshape(-1, 3), rings[-1].mean(axis=0)[None]])
    uv = np.stack([loops.corner_turns, loops.corner_rows / (rows + 1)], axis=2)
    return outward(part_of(vertices, loops.faces, uv, slot=slot, smooth=smooth))


def wheel(rings: Floats, *, slot: int) -> Part:
    """A body with a hole: (rows, columns, 3) rings round the hole, the last one followed by the first."""
    rows, columns, _ = rings.shape
    vertices = rings.reshape(-1, 3)
    return outward(part_with_box_uv(vertices, strung([columns] * rows, closed=True).faces, slot=slot))


def part_with_box_uv(vertices: Floats, faces: Ints, *, slot: int) -> Part:
    """A part of flat faces, each textured along the two axes that it faces least, over the part's longest side."""
    corners = vertices[faces]
    normals = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    # where two are alike the later axis wins, whatever the last bit says
    normals = np.round(normals / np.maximum(normals.max(axis=1, keepdims=True), 1e-30), 6)
    facing = 2 - np.argmax(normals[:, ::-1], axis=1)
    low = vertices.min(axis=0)
    places = (corners - low) / np.ptp(vertices, axis=0).max()
    axes = np.array([(1, 2), (0, 2), (0, 1)])[facing]
    return part_of(vertices, faces, np.take_along_axis(places, axes[:, None, :], axis=2), slot=slot)


def welded(vertices: Floats, faces: Ints) -> tuple[Floats, Ints]:
    """Vertices at the same point made one, and faces without area left out."""
    unique, places = np.unique(vertices + 0.0, axis=0, return_inverse=True)
    joined = places.reshape(-1)[faces]
    a, b, c = joined.T
    return unique, joined[(a != b) & (b != c) & (c != a)]


def volume(vertices: Floats, faces: Ints) -> float:
    """Of what a closed surface holds, > 0 if its faces are seen from outside."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return float(np.sum(a * np.cross(b, c)) / 6)


def outward(part: Part) -> Part:
    """The closed part with its faces seen from outside."""
    return part if volume(part.vertices, part.faces) > 0 else inward(part)


def inward(part: Part) -> Part:
    """The part with its faces turned round, as the wall of a cavity."""
    return replace(part, faces=part.faces[:, ::-1], uv=part.uv[:, ::-1])


def radii(inside: Inside, angles: Floats, reach: float) -> Floats:
    """(n,) distance of an outline from the origin in each direction; every ray from there crosses it once, by reach."""
    cosines, sines = np.cos(angles), np.sin(angles)
    low, high = np.zeros_like(angles), np.full_like(angles, reach)
    for _ in range(48):
        middle = (low + high) / 2
        within = inside(middle * cosines, middle * sines)
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    return low


def inset(outline: Floats, by: float) -> Floats:
    """An outline (n, 2), counter-clockwise, whose edges are moved inwards; sharp corners by less than it would take."""
    edges = np.roll(outline, -1, axis=0) - outline
    edges /= np.linalg.norm(edges, axis=1, keepdims=True)
    after = np.stack([-edges[:, 1], edges[:, 0]], axis=1)
    before = np.roll(after, 1, axis=0)
    share = np.maximum(1 + np.sum(before * after, axis=1, keepdims=True), 0.3)
    return np.asarray(outline + by * (before + after) / share)
