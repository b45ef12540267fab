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
    scale = 1.0 / (a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
    return np.array(
        [
            [(e * i - f * h) * scale, (c * h - b * i) * scale, (b * f - c * e) * scale],
            [(f * g - d * i) * scale, (a * i - c * g) * scale, (c * d - a * f) * scale],
            [(d * h - e * g) * scale, (b * g - a * h) * scale, (a * e - b * d) * scale],
        ]
    )


def apply(matrix: Matrix, points: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps (n, 2) points, returning (n, 2) float64. The denominator must stay positive for all of them."""
    p = np.asarray(points, dtype=np.float64)
    h = p @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(h[:, :2] / h[:, 2:], dtype=np.float64)


def to_pixel_index(matrix: Matrix) -> Matrix:
    """The same map for `cv2.warpPerspective`, which puts pixel centres at integers."""
    return translation(-0.5, -0.5) @ matrix @ translation(0.5, 0.5)
