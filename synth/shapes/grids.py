"""Triangles strung between loops of vertices, sheets of them, and how such parts become one mesh.

Parts are made in millimetres; only `mesh_of` turns them into metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.mesh import Mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MM_PER_M = 1000.0
# Vertices are kept to a tenth of a nanometre: what the last bit of a sine is on another machine does not matter then.
DECIMALS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Loops:
    """Closed loops of vertices, one after the other, with triangles between neighbours.

    Loops that run counter-clockwise about an axis and follow each other against its direction are seen from outside.

    Attributes:
        rows, turns: (n,) loop of each vertex, and its place on it in [0, 1).
        faces: (m, 3) vertices.
        bands: (m,) the earlier one of the two loops that a face lies between.
        corner_rows, corner_turns: (m, 3) as for vertices, but they go on where a loop closes: a face's corners are
            always neighbours, also where one of them is at 1.
    """

    rows: Ints
    turns: Floats
    faces: Ints
    bands: Ints
    corner_rows: Ints
    corner_turns: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of a body, millimetres.

    Attributes:
        vertices: (n, 3).
        faces: (m, 3).
        slots: (m,).
        uv: (m, 3, 2) texture coordinates.
        decal: (m, 3, 2) place on the tag, NaN where there is none; None: nowhere.
        smooth: (m,) bool.
    """

    vertices: Floats
    faces: Ints
    slots: Ints
    uv: Floats
    decal: Floats | None
    smooth: NDArray[np.bool_]


def strung(counts: Sequence[int], *, closed: bool = False) -> Loops:
    """Loops of so many vertices each, a loop of one being a pole.

    Args:
        counts: vertices of each loop.
        closed: the last loop is followed by the first.
    """
    starts = np.concatenate([[0], np.cumsum(counts)])
    rows = np.repeat(np.arange(len(counts)), counts)
    turns = np.concatenate([np.arange(count) / count for count in counts])
    parts = []
    for band in range(len(counts) if closed else len(counts) - 1):
        after = (band + 1) % len(counts)
        triples, corner_turns, lower = _between(counts[band], counts[after])
        faces = np.where(lower, starts[after] + triples % counts[after], starts[band] + triples % counts[band])
        parts.append((faces, np.full(len(faces), band), band + lower.astype(np.int64), corner_turns))
    faces, bands, corner_rows, corner_turns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Loops(rows, turns, faces, bands, corner_rows, corner_turns)


def _between(above: int, below: int) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Triangles between two loops: (m, 3) places on a loop, their turns, and whether that loop is the lower one.

    The edges of both loops are taken in the order of their middles, so that triangles lean as little as they can.
    """
    edges_above, edges_below = above if above > 1 else 0, below if below > 1 else 0
    middles = np.concatenate([(np.arange(edges_above) + 0.5) / above, (np.arange(edges_below) + 0.5) / below])
    of_above = np.argsort(middles, kind="stable") < edges_above
    a = np.concatenate([[0], np.cumsum(of_above)[:-1]])
    b = np.concatenate([[0], np.cumsum(~of_above)[:-1]])
    places = np.stack([a, b, np.where(of_above, a + 1, b + 1)], axis=1)
    lower = np.stack([np.zeros_like(of_above), np.ones_like(of_above), ~of_above], axis=1)
    turns = places / np.where(lower, below, above)
    if 1 in (above, below):
        # a pole has no place of its own on a loop: it takes the middle of the edge that it looks at
        column = 0 if above == 1 else 1
        turns[:, column] = turns[:, [1 - column, 2]].mean(axis=1)
    return places, turns, lower


def sheet(across: int, along: int) -> Ints:
    """Triangles of a grid of across x along vertices, index = i * along + j, turning counter-clockwise where i runs to
    the right and j upwards.
    """
    i, j = np.meshgrid(np.arange(across - 1), np.arange(along - 1), indexing="ij")
    low = (i * along + j).ravel()
    right, top, corner = low + along, low + 1, low + along + 1
    return np.concatenate([np.stack([low, right, corner], axis=1), np.stack([low, corner, top], axis=1)])


def part_of(vertices: Floats, faces: Ints, uv: Floats, *, slot: int = 0, smooth: bool = False) -> Part:
    """A part of one slot that carries no tag; uv are the vertices' own, (n, 2), or the corners', (m, 3, 2)."""
    corners = uv if uv.ndim == 3 else uv[faces]
    return Part(vertices, faces, np.full(len(faces), slot), corners, None, np.full(len(faces), smooth))


def moved_part(part: Part, rotation: Floats, shift: Floats) -> Part:
    """A part turned by a (3, 3) matrix, then moved by millimetres."""
    vertices = part.vertices @ rotation.T + shift
    return Part(vertices, part.faces, part.slots, part.uv, part.decal, part.smooth)


def mesh_of(parts: Sequence[Part]) -> Mesh:
    """One mesh of all parts, metres."""
    starts = np.concatenate([[0], np.cumsum([len(part.vertices) for part in parts])])
    decals = None
    if any(part.decal is not None for part in parts):
        decals = np.concatenate([_decal_or_nan(part) for part in parts]).astype(np.float32)
    return Mesh(
        np.round(np.concatenate([part.vertices for part in parts]) / MM_PER_M, DECIMALS) + 0.0,
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)]).astype(np.int32),
        np.concatenate([part.slots for part in parts]).astype(np.int32),
        uv=np.concatenate([part.uv for part in parts]).astype(np.float32),
        decal=decals,
        smooth=np.concatenate([part.smooth for part in parts]),
    )


def _decal_or_nan(part: Part) -> Floats:
    return np.full((len(part.faces), 3, 2), np.nan) if part.decal is None else part.decal


def keypoint(point: Floats) -> tuple[float, float, float]:
    """A named point, given in millimetres, in metres."""
    x, y, z = (round(float(value) / MM_PER_M, DECIMALS) + 0.0 for value in point)
    return x, y, z


def vertex_normals(vertices: Floats, faces: Ints) -> Floats:
    """(n, 3) unit normals, faces weighted by their area."""
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, faces[:, corner], normals)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def spaced(first: float, last: float, step: float, *, least: int = 1) -> Floats:
    """Evenly spaced places from first to last, both included, at most `step` apart and in at least `least` pieces."""
    pieces = max(least, int(np.ceil(abs(last - first) / step - 1e-9)))
    return np.linspace(first, last, pieces + 1)


def evenly(lengths: Floats, values: Floats, pieces: int) -> Floats:
    """So many pieces of a curve of equal length: the parameter at their ends.

    Args:
        lengths: (k,) length of the curve up to each of `values`, rising from 0.
        values: (k,) of its parameter.
        pieces: their number.
    """
    return np.interp(np.linspace(0.0, lengths[-1], pieces + 1), lengths, values)


def smoothstep(low: float, high: float, values: Floats) -> Floats:
    """0 up to low, 1 from high on, smooth between them."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))
