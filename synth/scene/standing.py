"""How bodies stand on the ground without standing in each other: poses, and rectangles under them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synth.geometry.camera import Intrinsics
from synth.geometry.pose import Matrix4, enlarged, moved, transformed, turned
from synth.scene.framing import Bounds

Size = tuple[float, float, float]
UPRIGHT = np.eye(4)
SIDES = (
    turned((1.0, 0.0, 0.0), 90.0),
    turned((1.0, 0.0, 0.0), -90.0),
    turned((0.0, 1.0, 0.0), 90.0),
    turned((0.0, 1.0, 0.0), -90.0),
    turned((1.0, 0.0, 0.0), 180.0),
)
"""Turns that lay a body on each of its other sides."""


@dataclass(frozen=True, slots=True, eq=False)
class Stance:
    """How a body stands.

    Attributes:
        size_m: of its own bounds, which stand on z = 0 over the origin of its frame, before enlargement.
        scale: enlargement.
        side: which of its sides is down, a turn by multiples of 90 degrees.
        turn_deg: about the vertical.
        x, y: place of its middle, metres.
        z: height of its lowest point.
        is_round: whether it fills an ellipsoid.
    """

    size_m: Size
    scale: float = 1.0
    side: Matrix4 = field(default_factory=lambda: UPRIGHT)
    turn_deg: float = 0.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    is_round: bool = False

    @property
    def lying_m(self) -> Size:
        """Its extent as it lies, before the turn about the vertical."""
        x, y, z = (np.abs(self.side[:3, :3]) @ (np.array(self.size_m) * self.scale)).tolist()
        return x, y, z

    @property
    def pose(self) -> Matrix4:
        """World from its own frame."""
        lifted = moved(0.0, 0.0, -self.size_m[2] * self.scale / 2) @ enlarged(self.scale)
        return self._middle() @ self.side @ lifted

    @property
    def bounds(self) -> Bounds:
        """In the world."""
        return Bounds(self._middle(), self.lying_m, self.is_round)

    def part(self, middle_m: Size, size_m: Size) -> Bounds:
        """Bounds of a part of it, given in its own frame."""
        frame = self.pose @ moved(*middle_m)
        scale = float(np.linalg.norm(frame[:3, 0]))
        frame[:3, :3] /= scale
        x, y, z = (side * scale for side in size_m)
        return Bounds(frame, (x, y, z))

    @property
    def footprint(self) -> NDArray[np.float64]:
        """(4, 2) corners of the rectangle under it."""
        x, y, _ = self.lying_m
        corners = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]]) / 2
        return transformed(self._middle(), corners)[:, :2]

    def _middle(self) -> Matrix4:
        return moved(self.x, self.y, self.z + self.lying_m[2] / 2) @ turned((0.0, 0.0, 1.0), self.turn_deg)


def are_apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two convex polygons of (n, 2) corners have no inner point in common (by a separating edge)."""
    for polygon in (one, other):
        edges = np.roll(polygon, -1, axis=0) - polygon
        normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
        first, second = one @ normals.T, other @ normals.T
        if bool(((first.max(axis=0) <= second.min(axis=0)) | (second.max(axis=0) <= first.min(axis=0))).any()):
            return True
    return False


def on_ground(camera: Matrix4, lens: Intrinsics, x_px: float, y_px: float) -> tuple[float, float] | None:
    """Where the line of sight through a point of the picture meets z = 0; None where it does not."""
    way = camera[:3, :3] @ np.array([(x_px - lens.cx) / lens.focal_px, -(y_px - lens.cy) / lens.focal_px, -1.0])
    if way[2] > -1e-6:
        return None
    point = camera[:3, 3] - way * (camera[2, 3] / way[2])
    return float(point[0]), float(point[1])


def facing_deg(camera: Matrix4, middle: NDArray[np.float64]) -> float:
    """The turn about the vertical with which a body's front (-y) faces the camera."""
    x, y = camera[:2, 3] - middle[:2]
    return math.degrees(math.atan2(y, x)) + 90.0
