"""Fewer faces: quadric edge collapse of the welded surface; texture and colours are looked up on the old surface.

A corner of a new face takes the texture coordinates of the nearest old face, of the same piece of the texture as the
face's middle, continued to where the corner is. So a new face never stretches over a seam, and the picture moves by no
more than the surface did.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synth.banks.optional import required
from synth.banks.raw_mesh import Faces, RawMesh

Floats = NDArray[np.float64]
_NEAREST = 6
_BEYOND = 0.5
"""How far texture coordinates are continued beyond an old face, in its own barycentric coordinates."""
_MOST_STRETCHED = 4.0


def decimated(mesh: RawMesh, most_faces: int) -> RawMesh:
    """The mesh with about so many faces; the slot of a new face is that of the nearest old one."""
    simplify = required("fast_simplification").simplify
    spatial = required("scipy.spatial")
    low, size = mesh.vertices.min(axis=0), float(np.ptp(mesh.vertices, axis=0).max())
    points, triangles = simplify(
        ((mesh.vertices - low) / size).astype(np.float64), mesh.faces.astype(np.int32), target_count=most_faces
    )
    vertices = np.asarray(points, np.float64) * size + low
    faces = np.asarray(triangles, np.int64)
    tree = spatial.cKDTree(mesh.vertices[mesh.faces].mean(axis=1))
    nearest = _nearest_face(mesh, tree, vertices[faces].mean(axis=1))
    uv = None if mesh.uv is None else _transferred(mesh, mesh.uv, vertices[faces], nearest, spatial)
    colours = None
    if mesh.colours is not None:
        colours = mesh.colours[spatial.cKDTree(mesh.vertices).query(vertices)[1]]
    return replace(mesh, vertices=vertices, faces=faces, slots=mesh.slots[nearest], uv=uv, colours=colours)


def _nearest_face(mesh: RawMesh, tree: object, points: Floats) -> NDArray[np.int64]:
    """(k,) old face nearest to each point, among those with the nearest middles."""
    count = min(_NEAREST, len(mesh.faces))
    near = np.asarray(tree.query(points, count)[1], np.int64).reshape(len(points), count)  # type: ignore[attr-defined]
    distance = np.stack([_distance(mesh, near[:, k], points) for k in range(count)], axis=1)
    return np.asarray(near[np.arange(len(points)), distance.argmin(axis=1)])


def _weights(mesh: RawMesh, chosen: NDArray[np.int64], points: Floats) -> Floats:
    """(k, 3) barycentric coordinates of the points on the planes of the chosen faces."""
    a, b, c = (mesh.vertices[mesh.faces[chosen, k]] for k in range(3))
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (np.einsum("ij,ij->i", p, q) for p, q in ((ab, ab), (ab, ac), (ac, ac)))
    d20, d21 = np.einsum("ij,ij->i", ap, ab), np.einsum("ij,ij->i", ap, ac)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-300)
    v, w = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    return np.stack([1 - v - w, v, w], axis=1)


def _distance(mesh: RawMesh, chosen: NDArray[np.int64], points: Floats) -> Floats:
    """About the distance to each chosen face: to the point whose barycentric coordinates are clipped."""
    weights = np.clip(_weights(mesh, chosen, points), 0, 1)
    weights /= weights.sum(axis=1, keepdims=True)
    on_it = np.einsum("ij,ijk->ik", weights, mesh.vertices[mesh.faces[chosen]])
    return np.asarray(np.linalg.norm(points - on_it, axis=1))


def _transferred(
    mesh: RawMesh, uv: NDArray[np.float32], corners: Floats, nearest: NDArray[np.int64], spatial: object
) -> NDArray[np.float32]:
    """(m, 3, 2) texture coordinates of new corners (m, 3, 3), each on the piece of texture of its face's old one."""
    pieces = _pieces(mesh.faces, uv)
    middles = mesh.vertices[mesh.faces].mean(axis=1)
    size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    # a piece's number as a fourth coordinate that outweighs all distances keeps the search on the piece
    tree = spatial.cKDTree(np.column_stack([middles, pieces * (4 * size)]))  # type: ignore[attr-defined]
    out = np.zeros((len(corners), 3, 2), np.float32)
    inner = corners.mean(axis=1)
    centre, fineness = _looked_up(mesh, uv, nearest, inner), _fineness(mesh, uv)[nearest]
    for k in range(3):
        # a little towards the middle, so that a corner on an edge takes a face of the right side
        points = corners[:, k] * 0.98 + inner * 0.02
        near = np.asarray(tree.query(np.column_stack([points, pieces[nearest] * (4 * size)]), 3)[1], np.int64)
        near = np.where(near < len(pieces), near, nearest[:, None])
        near = np.where(pieces[near] == pieces[nearest][:, None], near, nearest[:, None])
        distance = np.stack([_distance(mesh, near[:, j], points) for j in range(3)], axis=1)
        found = _looked_up(mesh, uv, near[np.arange(len(near)), distance.argmin(axis=1)], corners[:, k])
        # a piece may meet itself at a seam: what lies far away in the texture is on the other side of it
        most = _MOST_STRETCHED * fineness * np.linalg.norm(corners[:, k] - inner, axis=1)
        beyond = np.linalg.norm(found - centre, axis=1) > most
        found[beyond] = _looked_up(mesh, uv, nearest[beyond], corners[beyond, k], 50.0)
        out[:, k] = found
    low, high = _spans(uv, pieces)
    return np.clip(out, low[pieces[nearest]][:, None], high[pieces[nearest]][:, None])


def _looked_up(
    mesh: RawMesh, uv: NDArray[np.float32], chosen: NDArray[np.int64], points: Floats, beyond: float = _BEYOND
) -> Floats:
    """(k, 2) texture coordinates of points by those of the chosen faces, continued a little beyond them."""
    weights = np.clip(_weights(mesh, chosen, points), -beyond, 1 + beyond)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("ij,ijk->ik", weights, uv[chosen].astype(np.float64)))


def _fineness(mesh: RawMesh, uv: NDArray[np.float32]) -> Floats:
    """(m,) longest side of each face in the texture to its longest in space."""
    corners = mesh.vertices[mesh.faces]
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    texture = np.linalg.norm(uv - np.roll(uv, 1, axis=1), axis=2).max(axis=1)
    return np.asarray(texture / np.maximum(sides, 1e-300), np.float64)


def _spans(uv: NDArray[np.float32], pieces: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(pieces, 2) least and greatest texture coordinates of each piece."""
    count = int(pieces.max()) + 1
    low, high = np.full((count, 2), np.inf, np.float32), np.full((count, 2), -np.inf, np.float32)
    np.minimum.at(low, pieces, uv.min(axis=1))
    np.maximum.at(high, pieces, uv.max(axis=1))
    return low, high


def _pieces(faces: Faces, uv: NDArray[np.float32]) -> NDArray[np.int64]:
    """(m,) number of the piece of texture of each face: pieces share no (vertex, texture coordinate)."""
    sparse, graph = required("scipy.sparse"), required("scipy.sparse.csgraph")
    keys = np.column_stack([faces.ravel(), uv.reshape(-1, 2).view(np.int32)])
    _, corner = np.unique(keys, axis=0, return_inverse=True)
    corner = np.asarray(corner).reshape(-1, 3)
    edges = corner[:, [0, 1, 1, 2]].reshape(-1, 2)
    count = int(corner.max()) + 1
    links = sparse.coo_matrix((np.ones(len(edges), np.int8), edges.T), shape=(count, count))
    labels = graph.connected_components(links, directed=False)[1]
    return np.asarray(labels[corner[:, 0]], np.int64)
