"""Laws that every body keeps, checked on its arrays."""

from __future__ import annotations

import numpy as np
import trimesh

from synth.shapes.solid import Solid


def body_of(solid: Solid) -> trimesh.Trimesh:
    return trimesh.Trimesh(solid.mesh.vertices, solid.mesh.faces, process=False)


def assert_sound(solid: Solid, *, closed: bool = True) -> None:
    """Stands on the ground, every slot and vertex in use, no face without area; closed, wound outwards."""
    mesh = solid.mesh
    body = body_of(solid)
    assert mesh.bounds[0, 2] == 0.0
    assert np.array_equal(np.unique(mesh.slots), np.arange(len(solid.slots)))
    assert np.array_equal(np.unique(mesh.faces), np.arange(len(mesh.vertices)))
    corners = mesh.vertices[mesh.faces]
    longest = np.linalg.norm(np.roll(corners, 1, axis=1) - corners, axis=2).max(axis=1)
    assert (body.area_faces > 1e-6 * longest**2).all()
    assert mesh.uv is not None
    assert np.isfinite(mesh.uv).all()
    assert body.is_winding_consistent
    if closed:
        assert body.is_watertight
        assert all(signed_volume(mesh.vertices, piece) > 0 for piece in pieces(mesh.faces))


def signed_volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = np.moveaxis(vertices[faces] - vertices[faces].reshape(-1, 3).mean(axis=0), 1, 0)
    return float((a * np.cross(b, c)).sum() / 6)


def pieces(faces: np.ndarray) -> list[np.ndarray]:
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    labels = trimesh.graph.connected_component_labels(edges, node_count=int(faces.max()) + 1)[faces[:, 0]]
    return [faces[labels == label] for label in np.unique(labels)]


def stretch(solid: Solid) -> np.ndarray:
    """Edge lengths on the tag divided by those in space, of all faces that carry it."""
    assert solid.mesh.decal is not None
    carries = np.isfinite(solid.mesh.decal).all(axis=(1, 2))
    assert np.array_equal(carries, np.isfinite(solid.mesh.decal).any(axis=(1, 2)))
    flat = solid.mesh.decal[carries].astype(np.float64)
    space = solid.mesh.vertices[solid.mesh.faces[carries]] * 1000
    return edge_lengths(flat) / edge_lengths(space)


def edge_lengths(corners: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.roll(corners, 1, axis=1) - corners, axis=2)


def facing(solid: Solid) -> np.ndarray:
    """Twice the area of each carrying face on the tag; negative where the writing, v down, is not mirrored."""
    assert solid.mesh.decal is not None
    flat = solid.mesh.decal[np.isfinite(solid.mesh.decal).all(axis=(1, 2))].astype(np.float64)
    (x, y), (u, v) = (flat[:, 1] - flat[:, 0]).T, (flat[:, 2] - flat[:, 0]).T
    return x * v - y * u


def distances(solid: Solid, names: tuple[str, ...]) -> np.ndarray:
    """From keypoints to the surface, mm."""
    triangles = solid.mesh.vertices[solid.mesh.faces] * 1000
    points = np.array([solid.keypoints[name] for name in names]) * 1000
    nearest = [trimesh.triangles.closest_point(triangles, np.tile(point, (len(triangles), 1))) for point in points]
    return np.array([np.linalg.norm(near - point, axis=1).min() for near, point in zip(nearest, points, strict=True)])


def outside_in(solid: Solid, count: int) -> np.ndarray:
    """Which of some rays, from all round towards faces of the body, first meet a face from its front."""
    body = body_of(solid)
    picked = np.linspace(0, len(body.faces) - 1, count).astype(int)
    targets = body.triangles_center[picked]
    centre, reach = body.bounds.mean(axis=0), 2 * body.extents.max()
    turns = np.arange(count) * 2.399963
    heights = np.linspace(-0.95, 0.95, count)
    around = np.stack(
        [np.sqrt(1 - heights**2) * np.cos(turns), np.sqrt(1 - heights**2) * np.sin(turns), heights], axis=1
    )
    origins = centre + reach * around
    directions = targets - origins
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    hit = body.ray.intersects_first(origins, directions)
    met = hit >= 0
    return (body.face_normals[hit[met]] * directions[met]).sum(axis=1) < 0


def same_bytes(first: Solid, second: Solid) -> bool:
    a, b = first.mesh, second.mesh
    names = ("vertices", "faces", "slots", "uv", "decal", "smooth")
    columns = [(getattr(a, name), getattr(b, name)) for name in names]
    equal = all((x is None and y is None) or x.tobytes() == y.tobytes() for x, y in columns)
    return equal and first.keypoints == second.keypoints and first.slots == second.slots
