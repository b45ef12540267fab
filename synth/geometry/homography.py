"""Projective maps of the plane, as 3x3 float64 arrays on continuous coordinates (pixel centres at i + 0.5).

`cv2.warp*` addresses pixels by index (centres at i); `to_pixel_index` converts, and is the only place that does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def translation(x: float, y: float) -> Matrix:
    """Moves by (x, y) px."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def scaling(x: float, y: float) -> Matrix:
    """Scales about the origin."""
    return np.diag([x, y, 1.0])


def rotation_deg(angle_deg: float) -> Matrix:
    """Turns counter-clockwise on screen about the origin, y axis down."""
    a = np.deg2rad(angle_deg)
    c, s = np.cos(a), np.sin(a)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def perspective(x: float, y: float) -> Matrix:
    """Foreshortens: the denominator at (u, v) is 1 + x u + y v, with x and y in 1/px."""
    return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [x, y, 1.0]])


def inverse(matrix: Matrix) -> Matrix:
    """The map back, by the adjugate: the same bits on every machine; ZeroDivisionError for a map that has none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    first, second, third = e * i - f * h, f * g - d * i, d * h - e * g
    whole = a * first + b * second + c * third
    if whole == 0:
        raise ZeroDivisionError("a homography without an inverse")
    rows = (
        (first, c * h - b * i, b * f - c * e),
        (second, a * i - c * g, c * d - a * f),
        (third, b * g - a * h, a * e - b * d),
    )
    return np.asarray(np.array(rows) / whole, np.float64)


def jacobian_at(matrix: Matrix, x: float = 0.0, y: float = 0.0) -> Matrix:
    """(2, 2) derivative at a point: how a small step there moves where it is mapped to."""
    (a, b, right), (c, d, down), (e, f, whole) = matrix.tolist()
    w = e * x + f * y + whole
    u, v = (a * x + b * y + right) / w, (c * x + d * y + down) / w
    return np.array([[(a - u * e) / w, (b - u * f) / w], [(c - v * e) / w, (d - v * f) / w]])


def apply(matrix: Matrix, points: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps (n, 2) points, returning (n, 2) float64. The denominator must stay positive for all of them."""
    p = np.asarray(points, dtype=np.float64)
    h = p @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(h[:, :2] / h[:, 2:], dtype=np.float64)


def to_pixel_index(matrix: Matrix) -> Matrix:
    """The same map for `cv2.warpPerspective`, which puts pixel centres at integers."""
    return translation(-0.5, -0.5) @ matrix @ translation(0.5, 0.5)
