"""Mending of meshes: from what scanners and exporters leave behind to clean triangles.

In this order: what cannot be drawn goes (vertices that are no numbers, faces without area, faces that are there twice),
equal vertices become one (texture coordinates stay with the corners, so seams are not touched), many faces become
fewer, crumbs and slivers at rims go, faces turn outside out, small holes close. Nothing here knows units or axes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synth.banks.decimation import decimated
from synth.banks.optional import required
from synth.banks.raw_mesh import Faces, RawMesh
from synth.banks.rims import border_edges, closed_holes, open_ends, trimmed_rims
from synth.banks.shells import turned_parts
from synth.errors import AssetError

Floats = NDArray[np.float64]
_WELD = 1e-6
"""Vertices nearer than this share of the diagonal are one."""
_CRUMB, _OUTER_CRUMB, _APART = 5e-4, 0.02, 0.02
"""Shares of the area below which a part is dropped: anywhere, and if it lies apart (share of the diagonal)."""
_SMOOTH_COS = float(np.cos(np.radians(40.0)))


@dataclass(frozen=True, eq=False)
class CleanMesh:
    """A mesh that was mended.

    Attributes:
        raw: its arrays, all of them finite and in range; its notes say what was done.
        smooth: (m,) bool, faces without a sharp edge.
        watertight: whether it encloses a volume.
        openings: number of holes that were left open.
    """

    raw: RawMesh
    smooth: NDArray[np.bool_]
    watertight: bool
    openings: int


def cleaned(mesh: RawMesh, most_faces: int) -> CleanMesh:
    """Mends a mesh; AssetError (without a file's name) if nothing is left of it."""
    mesh = _without_bad_vertices(mesh)
    mesh = _welded(mesh)
    mesh = _without_bad_faces(mesh)
    if len(mesh.faces) > most_faces:
        mesh = _without_bad_faces(_noted(decimated(mesh, most_faces), f"{len(mesh.faces):,} faces decimated"))
    mesh = _without_crumbs(mesh)
    mesh = trimmed_rims(mesh)
    mesh = _turned_outside(mesh)
    mesh = closed_holes(mesh)
    mesh = _without_loose_vertices(mesh)
    ends = open_ends(mesh)
    if ends:
        widest = max(float(np.ptp(mesh.vertices[end], axis=0).max()) for end in ends)
        share = widest / float(np.ptp(mesh.vertices, axis=0).max())
        mesh = _noted(mesh, f"{len(ends)} open end{'s' * (len(ends) > 1)} left, the widest {share:.0%} of its size")
    return CleanMesh(mesh, _smooth_faces(mesh), len(border_edges(mesh.faces)) == 0, len(ends))


def selected(mesh: RawMesh, kept: NDArray[np.bool_]) -> RawMesh:
    """Only some of the faces, (m,) bool."""
    if kept.all():
        return mesh
    if not kept.any():
        raise AssetError("no face is left of the mesh once it is mended; export it again")
    uv = None if mesh.uv is None else mesh.uv[kept]
    return replace(mesh, faces=mesh.faces[kept], slots=mesh.slots[kept], uv=uv)


def _noted(mesh: RawMesh, note: str) -> RawMesh:
    return replace(mesh, notes=(*mesh.notes, note))


def _without_bad_vertices(mesh: RawMesh) -> RawMesh:
    n = len(mesh.vertices)
    good = np.isfinite(mesh.vertices).all(axis=1) & (np.abs(mesh.vertices) < 1e15).all(axis=1)
    inside = ((mesh.faces >= 0) & (mesh.faces < n)).all(axis=1)
    used = inside.copy()
    used[inside] = good[mesh.faces[inside]].all(axis=1)
    if used.all():
        return mesh
    note = f"{int((~used).sum()):,} faces dropped whose vertices are missing, NaN or infinite"
    return _noted(selected(mesh, used), note)


def _welded(mesh: RawMesh) -> RawMesh:
    """Equal vertices are one; of their colours the first stays."""
    used = np.zeros(len(mesh.vertices), bool)
    used[mesh.faces] = True
    points = mesh.vertices[used]
    low, high = points.min(axis=0), points.max(axis=0)
    step = float(np.linalg.norm(high - low)) * _WELD
    if step <= 0:
        raise AssetError("all vertices of the mesh are one point; export it again")
    cells = np.rint((points - low) / step).astype(np.int64)
    keys = (cells[:, 0] * 2_000_003 + cells[:, 1]) * 2_000_003 + cells[:, 2]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.zeros(len(order), np.int64)
    rank[order] = np.arange(len(order))
    place = np.full(len(used), -1, np.int64)
    place[used] = rank[inverse]
    chosen = np.flatnonzero(used)[first[order]]
    colours = None if mesh.colours is None else mesh.colours[chosen]
    return replace(mesh, vertices=mesh.vertices[chosen], faces=place[mesh.faces], colours=colours)


def _without_bad_faces(mesh: RawMesh) -> RawMesh:
    a, b, c = mesh.faces.T
    area = face_areas(mesh.vertices, mesh.faces)
    size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    flat = (a == b) | (b == c) | (a == c) | (area <= size * size * 1e-14)
    low, middle, high = np.sort(mesh.faces, axis=1).T
    order = np.lexsort((high, low * np.int64(len(mesh.vertices)) + middle))
    same = (np.diff(low[order]) == 0) & (np.diff(middle[order]) == 0) & (np.diff(high[order]) == 0)
    double = np.zeros(len(mesh.faces), bool)
    double[order[1:][same]] = True
    double &= ~flat
    notes = [f"{int(flat.sum()):,} faces without area dropped"] * bool(flat.any())
    notes += [f"{int(double.sum()):,} double faces dropped"] * bool(double.any())
    return replace(selected(mesh, ~(flat | double)), notes=(*mesh.notes, *notes))


def _without_loose_vertices(mesh: RawMesh) -> RawMesh:
    used = np.zeros(len(mesh.vertices), bool)
    used[mesh.faces] = True
    place = np.cumsum(used) - 1
    colours = None if mesh.colours is None else mesh.colours[used]
    return replace(mesh, vertices=mesh.vertices[used], faces=place[mesh.faces], colours=colours)


def parts_of(vertices: int, faces: Faces) -> NDArray[np.int64]:
    """(m,) number of the part that each face belongs to; parts share no vertex."""
    sparse = required("scipy.sparse")
    graph = required("scipy.sparse.csgraph")
    edges = faces[:, [0, 1, 1, 2]].reshape(-1, 2)
    links = sparse.coo_matrix((np.ones(len(edges), np.int8), edges.T), shape=(vertices, vertices))
    _, labels = graph.connected_components(links, directed=False)
    return np.asarray(np.unique(labels[faces[:, 0]], return_inverse=True)[1], np.int64)


def face_areas(vertices: Floats, faces: Faces) -> Floats:
    """(m,) area of each face."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def face_normals(vertices: Floats, faces: Faces) -> Floats:
    """(m, 3) unit normals."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300))


def _without_crumbs(mesh: RawMesh) -> RawMesh:
    """Drops parts that are tiny, or small and apart from the largest one; buttons and screws stay."""
    parts = parts_of(len(mesh.vertices), mesh.faces)
    count = int(parts.max()) + 1
    if count == 1:
        return mesh
    area = np.bincount(parts, face_areas(mesh.vertices, mesh.faces), count)
    share = np.asarray(area / area.sum(), np.float64)
    corners = mesh.vertices[mesh.faces]
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, parts, corners.min(axis=1))
    np.maximum.at(high, parts, corners.max(axis=1))
    main = int(share.argmax())
    gap = np.linalg.norm(np.maximum(0, np.maximum(low - high[main], low[main] - high)), axis=1)
    apart = gap > _APART * np.linalg.norm(high[main] - low[main])
    crumbs = (share < _CRUMB) | ((share < _OUTER_CRUMB) & apart)
    if not crumbs.any():
        return mesh
    note = f"{int(crumbs.sum()):,} loose crumbs dropped ({share[crumbs].sum():.2%} of the surface)"
    return _noted(selected(mesh, ~crumbs[parts]), note)


def _turned_outside(mesh: RawMesh) -> RawMesh:
    """Makes neighbours agree on what is outside, then turns each part as it has to face."""
    trimesh = required("trimesh")
    shape = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    if not shape.is_winding_consistent:
        trimesh.repair.fix_winding(shape)
    parts = parts_of(len(mesh.vertices), mesh.faces)
    turned = (np.asarray(shape.faces) != mesh.faces).any(axis=1)
    turned ^= (np.bincount(parts, turned) > np.bincount(parts) / 2)[parts]
    mesh = _flipped(mesh, turned)
    inward = turned_parts(mesh.vertices, mesh.faces, parts, _volumes(mesh, parts))
    mesh = _flipped(mesh, inward[parts])
    agree = int(min(turned.sum(), (~turned).sum()))
    notes = [f"{agree:,} faces turned to agree with their neighbours"] * (agree > 0)
    notes += ["it was inside out: turned"] * bool(inward[np.bincount(parts).argmax()] and not turned.any())
    return replace(mesh, notes=(*mesh.notes, *notes))


def _volumes(mesh: RawMesh, parts: NDArray[np.int64]) -> Floats:
    """(parts,) signed volume of each about its own middle, which has the right sign also if an end is open."""
    count = int(parts.max()) + 1
    area = face_areas(mesh.vertices, mesh.faces)
    corners = mesh.vertices[mesh.faces]
    weight = np.bincount(parts, area, count)
    middle = np.stack([np.bincount(parts, area * corners[:, :, k].mean(axis=1), count) for k in range(3)], axis=1)
    middle = np.asarray(middle / weight[:, None], np.float64)
    a, b, c = (corners[:, k] - middle[parts] for k in range(3))
    return np.asarray(np.bincount(parts, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, count), np.float64)


def _flipped(mesh: RawMesh, chosen: NDArray[np.bool_]) -> RawMesh:
    """Turns some faces over, their corners' texture coordinates with them."""
    if not chosen.any():
        return mesh
    faces = mesh.faces.copy()
    faces[chosen] = faces[chosen][:, ::-1]
    uv = mesh.uv
    if uv is not None:
        uv = uv.copy()
        uv[chosen] = uv[chosen][:, ::-1]
    return replace(mesh, faces=faces, uv=uv)


def _smooth_faces(mesh: RawMesh) -> NDArray[np.bool_]:
    """Faces without an edge that turns by more than `_SMOOTH_COS` says."""
    normals = face_normals(mesh.vertices, mesh.faces)
    edges = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = edges[:, 0] * np.int64(len(mesh.vertices)) + edges[:, 1]
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    first, second = order[:-1][same] // 3, order[1:][same] // 3
    sharp = np.einsum("ij,ij->i", normals[first], normals[second]) < _SMOOTH_COS
    smooth = np.ones(len(mesh.faces), bool)
    smooth[first[sharp]] = smooth[second[sharp]] = False
    return smooth
