"""Where things are in space: 4x4 float64 matrices from a thing's own frame to the world, metres, +z up.

In specs a pose is twelve floats, the upper three rows in row-major order; rotations and a uniform scale only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix4 = NDArray[np.float64]
Vector = Sequence[float] | NDArray[np.float64]
Pose = tuple[
    float, float, float, float,
    float, float, float, float,
    float, float, float, float,
]  # fmt: skip
UP = (0.0, 0.0, 1.0)


def pose_of(matrix: Matrix4) -> Pose:
    """The twelve floats of a matrix, rounded to a hundredth of a micrometre."""
    rounded = [round(float(value), 8) + 0.0 for value in np.asarray(matrix)[:3].ravel()]
    return tuple(rounded)  # type: ignore[return-value]


def matrix_of_pose(pose: Pose) -> Matrix4:
    """The (4, 4) matrix of a pose."""
    return np.vstack([np.array(pose, np.float64).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])


def moved(x: float, y: float, z: float) -> Matrix4:
    """A move by metres."""
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def turned(axis: Vector, angle_deg: float) -> Matrix4:
    """A turn about an axis through the origin, counter-clockwise when the axis points at the viewer (Rodrigues)."""
    direction = np.asarray(axis, np.float64) / math.sqrt(sum(float(v) ** 2 for v in axis))
    x, y, z = direction
    angle = math.radians(angle_deg)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix = np.eye(4)
    matrix[:3, :3] += math.sin(angle) * cross + (1 - math.cos(angle)) * (cross @ cross)
    return matrix


def enlarged(scale: float) -> Matrix4:
    """A uniform enlargement about the origin."""
    return np.diag([scale, scale, scale, 1.0])


def looking(position: Vector, target: Vector, roll_deg: float = 0.0, up: Vector = UP) -> Matrix4:
    """The pose of a camera or lamp that looks along its own -z from one point at another, its +y towards `up`.

    Args:
        position: of it, metres.
        target: what it looks at.
        roll_deg: turns it about its line of sight; positive turns the picture clockwise.
        up: which way its top points; where it looks along it, +y takes its part.
    """
    eye = np.asarray(position, np.float64)
    back = eye - np.asarray(target, np.float64)
    back = back / np.linalg.norm(back)
    right = np.cross(np.asarray(up, np.float64), back)
    if np.linalg.norm(right) < 1e-9:
        right = np.cross((0.0, 1.0, 0.0), back)
    right = right / np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
    matrix[:3, 3] = eye
    return matrix @ turned((0.0, 0.0, 1.0), roll_deg)


def transformed(matrix: Matrix4, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) points in the frame that the matrix leads to."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])
