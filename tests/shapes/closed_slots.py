"""What holds for every solid: each slot is a closed surface, seen from outside, textured, and the same every time."""

from collections import Counter

import numpy as np

from synth.shapes.solid import Solid


def volume_of(solid: Solid, slot: str) -> float:
    """Signed volume of a slot, mm3."""
    mesh = solid.mesh
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces[mesh.slots == solid.slots.index(slot)]] * 1e3, 1, 0)
    return float(np.sum(a * np.cross(b, c)) / 6)


def areas_of(solid: Solid) -> np.ndarray:
    """Of all faces, mm2."""
    a, b, c = np.moveaxis(solid.mesh.vertices[solid.mesh.faces] * 1e3, 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def require_closed(solid: Solid, *, middle: str | None = None) -> None:
    """Every directed edge of a slot is met once, and by its opposite; nothing is flat, and volumes are positive.

    `middle` names the slot whose middle lies over the origin, if it is not the whole body's.
    """
    mesh = solid.mesh
    assert set(np.unique(mesh.slots)) == set(range(len(solid.slots)))
    for slot, name in enumerate(solid.slots):
        faces = mesh.faces[mesh.slots == slot].astype(np.int64)
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        keys = edges[:, 0] << 32 | edges[:, 1]
        assert len(np.unique(keys)) == len(keys)
        assert set(keys.tolist()) == set((edges[:, 1] << 32 | edges[:, 0]).tolist())
        assert volume_of(solid, name) > 0
    assert areas_of(solid).min() > 1e-6
    assert mesh.uv is not None
    assert ((mesh.uv >= -1e-6) & (mesh.uv <= 1 + 1e-6)).all()
    assert mesh.bounds[0, 2] == 0.0
    slots = mesh.slots >= 0 if middle is None else mesh.slots == solid.slots.index(middle)
    own = mesh.vertices[np.unique(mesh.faces[slots]), :2]
    assert np.abs(own.min(axis=0) + own.max(axis=0)).max() < 1e-8
    assert np.unique(mesh.faces).size == len(mesh.vertices)


def require_same(one: Solid, other: Solid) -> None:
    """Two solids of equal records are equal to the bit."""
    for name in ("vertices", "faces", "slots", "uv", "smooth"):
        assert getattr(one.mesh, name).tobytes() == getattr(other.mesh, name).tobytes()
    assert one.keypoints == other.keypoints
    assert one.measures == other.measures


def bodies_of(solid: Solid, slot: str) -> int:
    """Number of surfaces that a slot consists of."""
    mesh = solid.mesh
    faces = mesh.faces[mesh.slots == solid.slots.index(slot)]
    label = np.arange(len(mesh.vertices))
    while True:
        least = label[faces].min(axis=1)
        before = label.copy()
        for corner in range(3):
            np.minimum.at(label, faces[:, corner], least)
        label = label[label]
        if (label == before).all():
            return len(Counter(label[faces].ravel().tolist()))


def crossings(solid: Solid, slot: str, origin: np.ndarray, way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances, mm, at which a ray passes the surface of a slot, and whether it enters there (else leaves)."""
    mesh = solid.mesh
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces[mesh.slots == solid.slots.index(slot)]] * 1e3, 1, 0)
    normal = np.cross(b - a, c - a)
    along = normal @ way
    ahead = np.abs(along) > 1e-12
    far = np.zeros(len(a))
    far[ahead] = np.einsum("ij,ij->i", normal[ahead], a[ahead] - origin) / along[ahead]
    hit = origin + far[:, None] * way
    inside = ahead & (far > 0)
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= np.einsum("ij,ij->i", np.cross(q - p, hit - p), normal) >= 0
    order = np.argsort(far[inside])
    return far[inside][order], (along[inside] < 0)[order]
