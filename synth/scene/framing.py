"""How far away a camera must be for its subject to fill so much of the picture: exact, from the subject's bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.pose import Matrix4, Vector, looking, transformed

NEAR_M = 0.01
STEPS = 60
CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """A box, or the ellipsoid in it, in the world.

    Attributes:
        pose: (4, 4) world from a frame whose origin is the middle and whose axes are the box's.
        size_m: its sides.
        is_round: whether it is the ellipsoid.
    """

    pose: Matrix4
    size_m: tuple[float, float, float]
    is_round: bool = False

    @property
    def middle(self) -> NDArray[np.float64]:
        """(3,) metres."""
        return np.asarray(self.pose[:3, 3])

    @property
    def corners(self) -> NDArray[np.float64]:
        """(8, 3) of the box, metres."""
        return transformed(self.pose, CORNERS * self.size_m)

    @property
    def radius(self) -> float:
        """Of a ball round all of it."""
        half = [side / 2 for side in self.size_m]
        return max(half) if self.is_round else math.hypot(*half)

    def extent(self, camera: Matrix4, lens: Intrinsics) -> tuple[float, float, float, float] | None:
        """(x0, y0, x1, y1) px that it takes in a picture; None if a part of it is behind or too near the camera."""
        if self.is_round:
            return self._round_extent(camera, lens)
        points = transformed(camera_from_world(camera), self.corners)
        if points[:, 2].min() < NEAR_M:
            return None
        px = lens.projected(points)
        return float(px[:, 0].min()), float(px[:, 1].min()), float(px[:, 0].max()), float(px[:, 1].max())

    def _round_extent(self, camera: Matrix4, lens: Intrinsics) -> tuple[float, float, float, float] | None:
        """Of an ellipsoid, by its dual quadric: its outline's tangents are the roots of two quadratic equations."""
        frame = camera_from_world(camera) @ self.pose
        axes, centre = frame[:3, :3] * (np.array(self.size_m) / 2), frame[:3, 3]
        dual: Matrix4 = axes @ axes.T - np.outer(centre, centre)
        if centre[2] - math.sqrt(float(axes[2] @ axes[2])) < NEAR_M:
            return None
        found: list[tuple[float, float]] = []
        for k in (0, 1):
            middle, root = float(dual[k, 2] / dual[2, 2]), math.sqrt(dual[k, 2] ** 2 - dual[k, k] * dual[2, 2])
            found.append((middle - root / abs(dual[2, 2]), middle + root / abs(dual[2, 2])))
        (x0, x1), (y0, y1) = found
        focal = lens.focal_px
        return x0 * focal + lens.cx, y0 * focal + lens.cy, x1 * focal + lens.cx, y1 * focal + lens.cy

    def fill(self, camera: Matrix4, lens: Intrinsics) -> float:
        """The larger of the shares of the picture's width and height that it takes; infinite if it is too near."""
        extent = self.extent(camera, lens)
        if extent is None:
            return math.inf
        x0, y0, x1, y1 = extent
        return max((x1 - x0) / lens.width, (y1 - y0) / lens.height)


def distance_for(bounds: Bounds, direction: Vector, roll_deg: float, lens: Intrinsics, fill: float) -> float:
    """Metres from the bounds' middle at which they fill that share of a picture centred on them.

    What they fill shrinks as the camera moves away, so that halving finds it to a billionth.
    """
    way = np.asarray(direction, np.float64)

    def filled(distance: float) -> float:
        return bounds.fill(looking(bounds.middle + way * distance, bounds.middle, roll_deg), lens)

    low, high = 0.0, 4 * bounds.radius + NEAR_M
    while filled(high) > fill:
        low, high = high, 2 * high
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if filled(middle) > fill else (low, middle)
    return high


def shifted(camera: Matrix4, lens: Intrinsics, x_px: float, y_px: float) -> Matrix4:
    """The camera turned on the spot so that what was in the middle of its picture is so many px right and down of it.

    It turns by the smallest angle that does it.
    """
    old = np.array([0.0, 0.0, -1.0])
    new = np.array([x_px, -y_px, -lens.focal_px])
    new /= np.linalg.norm(new)
    axis, cosine = np.cross(new, old), float(new @ old)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(4)
    turn[:3, :3] += cross + cross @ cross / (1 + cosine)
    return camera @ turn
