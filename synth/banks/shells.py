"""Which way the parts of a mesh face: outwards, but for the wall of a cavity, which faces into it.

A part is the wall of a cavity if it lies inside another part and faced the other way than that one did.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def turned_parts(vertices: Floats, faces: Numbers, parts: Numbers, volumes: Floats) -> Flags:
    """(parts,) whether a part has to be turned over.

    Args:
        vertices: (n, 3).
        faces: (m, 3) indices; those of a part agree with each other.
        parts: (m,) number of each face's part.
        volumes: (parts,) signed volume of each.
    """
    inward = volumes < 0
    if len(volumes) == 1 or inward.all() or not inward.any():
        return inward
    low, high = _boxes(vertices[faces], parts, len(volumes))
    cavity = np.zeros(len(volumes), np.bool_)
    for part in np.argsort(-np.abs(volumes), kind="stable"):
        boxed = (low < low[part]).all(axis=1) & (high > high[part]).all(axis=1)
        if not (boxed & (inward != inward[part])).any():
            continue
        point = vertices[faces[int(np.argmax(parts == part)), 0]]
        within = [k for k in np.flatnonzero(boxed) if abs(_winding(point, vertices[faces[parts == k]])) > 0.5]
        if within:
            around = min(within, key=lambda k: abs(volumes[k]))
            cavity[part] = inward[part] != inward[around] and not cavity[around]
    return np.asarray(inward != cavity, np.bool_)


def _boxes(corners: Floats, parts: Numbers, count: int) -> tuple[Floats, Floats]:
    """(parts, 3) least and greatest coordinates of each."""
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, parts, corners.min(axis=1))
    np.maximum.at(high, parts, corners.max(axis=1))
    return low, high


def _winding(point: Floats, corners: Floats) -> float:
    """How often a surface of (k, 3, 3) corners runs round a point: its solid angle over that of a sphere.

    A. van Oosterom and J. Strackee, "The Solid Angle of a Plane Triangle", IEEE Trans. Biomed. Eng. 30 (1983) 125.
    """
    a, b, c = (corners[:, k] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    above = np.einsum("ij,ij->i", a, np.cross(b, c))
    ab, bc, ca = (np.einsum("ij,ij->i", one, two) for one, two in ((a, b), (b, c), (c, a)))
    below = la * lb * lc + ab * lc + bc * la + ca * lb
    return float(np.arctan2(above, below).sum() / (2 * np.pi))
