"""Borders of open meshes: ragged rims are trimmed, small holes closed, large open ends found and left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synth.banks.raw_mesh import Faces, RawMesh

Loop = NDArray[np.int64]
_ROUNDS = 4
_LEAST_FACES = 500
_MOST_TRIMMED = 0.02
_THIN = 12.0
_SMALL_HOLE = 0.1
"""A hole that spans less than this share of the mesh's largest extent is closed."""
_MOST_CORNERS = 300


def border_edges(faces: Faces) -> NDArray[np.int64]:
    """(k, 2) directed edges that only one face has, in the direction of that face."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    return np.asarray(edges[_is_border(faces).ravel()])


def _is_border(faces: Faces) -> NDArray[np.bool_]:
    """(m, 3) whether the edge from corner k to the next belongs to one face only."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = edges[:, 0] * np.int64(faces.max() + 1) + edges[:, 1]
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] == 1).reshape(-1, 3)


def trimmed_rims(mesh: RawMesh) -> RawMesh:
    """Cuts teeth (faces that hang on by one edge) and slivers off the rims of a finely meshed surface.

    Nothing is cut if it were more than a fiftieth of the surface: then the rims are how the thing is.
    """
    if len(mesh.faces) < _LEAST_FACES:
        return mesh
    kept = np.ones(len(mesh.faces), bool)
    areas, lengths = _areas_and_longest(mesh)
    thin = lengths**2 > _THIN * 2 * areas
    for _ in range(_ROUNDS):
        borders = _is_border(mesh.faces[kept]).sum(axis=1)
        off = (borders >= 2) | ((borders == 1) & thin[kept])
        if not off.any() or off.all():
            break
        kept[np.flatnonzero(kept)[off]] = False
    cut = int((~kept).sum())
    if cut == 0 or areas[~kept].sum() > _MOST_TRIMMED * areas.sum():
        return mesh
    uv = None if mesh.uv is None else mesh.uv[kept]
    note = f"{cut:,} teeth and slivers trimmed off ragged rims"
    return replace(mesh, faces=mesh.faces[kept], slots=mesh.slots[kept], uv=uv, notes=(*mesh.notes, note))


def _areas_and_longest(mesh: RawMesh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    sides = np.stack([np.linalg.norm(b - a, axis=1), np.linalg.norm(c - b, axis=1), np.linalg.norm(a - c, axis=1)])
    return areas, sides.max(axis=0)


def loops_of(faces: Faces) -> list[Loop]:
    """The closed borders, each as its vertices in order, against the direction of its faces.

    A border that touches itself is followed until it comes back to where it was, which gives simple loops.
    """
    following: dict[int, list[int]] = {}
    for start, end in border_edges(faces).tolist():
        following.setdefault(end, []).append(start)
    loops: list[Loop] = []
    for begin in sorted(following):
        while following.get(begin):
            walk, place, at = [begin], {begin: 0}, begin
            while following.get(at):
                at = following[at].pop()
                if at in place:
                    loop = walk[place[at] :]
                    if len(loop) >= 3:
                        loops.append(np.array(loop, np.int64))
                    for gone in walk[place[at] + 1 :]:
                        del place[gone]
                    walk = walk[: place[at] + 1]
                else:
                    place[at] = len(walk)
                    walk.append(at)
    return loops


def _is_small(mesh: RawMesh, loop: Loop) -> bool:
    span = np.ptp(mesh.vertices[loop], axis=0).max()
    return bool(len(loop) <= _MOST_CORNERS and span < _SMALL_HOLE * np.ptp(mesh.vertices, axis=0).max())


def open_ends(mesh: RawMesh) -> list[Loop]:
    """The borders that are there, widest first."""
    loops = loops_of(mesh.faces)
    return sorted(loops, key=lambda loop: (-float(np.ptp(mesh.vertices[loop], axis=0).max()), int(loop[0])))


def closed_holes(mesh: RawMesh) -> RawMesh:
    """Closes small holes with a fan about the middle of each, in the colours of its rim."""
    holes = [loop for loop in loops_of(mesh.faces) if _is_small(mesh, loop)]
    if not holes or len(mesh.faces) < 4:
        return mesh
    owner = _owners(mesh.faces)
    for loop in holes:
        mesh = _closed(mesh, loop, owner)
    note = f"{len(holes)} small hole{'s' * (len(holes) > 1)} closed"
    return replace(mesh, notes=(*mesh.notes, note))


def _owners(faces: Faces) -> dict[tuple[int, int], tuple[int, int]]:
    """(face, corner) of each border edge, by (start, end)."""
    where = np.argwhere(_is_border(faces))
    return {(int(faces[f, k]), int(faces[f, (k + 1) % 3])): (int(f), int(k)) for f, k in where}


def _closed(mesh: RawMesh, loop: Loop, owner: dict[tuple[int, int], tuple[int, int]]) -> RawMesh:
    """One hole closed. Each new face continues the texture of the face at its rim, whose third corner it mirrors."""
    middle = mesh.vertices[loop].mean(axis=0)
    ends = np.roll(loop, -1)
    fan = np.stack([loop, ends, np.full(len(loop), len(mesh.vertices), np.int64)], axis=1)
    owners = [owner[(int(end), int(start))] for start, end in zip(loop, ends, strict=True)]
    slots = np.array([mesh.slots[face] for face, _ in owners], np.int32)
    uv = mesh.uv
    if uv is not None:
        start = np.stack([uv[face, (corner + 1) % 3] for face, corner in owners])
        end = np.stack([uv[face, corner] for face, corner in owners])
        uv = np.concatenate([uv, np.stack([start, end, (start + end) / 2], axis=1).astype(np.float32)])
    colours = mesh.colours
    if colours is not None:
        colours = np.concatenate([colours, np.rint(colours[loop].mean(axis=0, keepdims=True)).astype(np.uint8)])
    return replace(
        mesh,
        vertices=np.concatenate([mesh.vertices, middle[None]]),
        faces=np.concatenate([mesh.faces, fan]),
        slots=np.concatenate([mesh.slots, slots]),
        uv=uv,
        colours=colours,
    )
