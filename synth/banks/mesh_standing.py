"""A mesh set up: metres, +z up, standing on z = 0, its footprint's middle over the origin. Guesses say why.

Which way is up: what the option or the format says; else the first of the file's own axes z, y, -z, -y, x, -x along
which the mesh stands on a flat face; else it lies on the largest flat face of its convex hull. A face that is tilted a
little becomes level.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.optional import required

Floats = NDArray[np.float64]
AXES = {
    "x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0),
    "-x": (-1.0, 0.0, 0.0), "-y": (0.0, -1.0, 0.0), "-z": (0.0, 0.0, -1.0),
}  # fmt: skip
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
_QUARTERS = {
    "z": np.eye(3),
    "-z": np.diag([1.0, -1.0, -1.0]),
    "y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "-y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "x": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    "-x": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]]),
}
"""Rotations that take an axis of the file to +z."""
_ORDER = ("z", "y", "-z", "-y", "x", "-x")
_FLAT_DEG = 10.0
_STANDS = 0.25
"""Share of its outline that a flat face must take for a mesh to stand on it."""
_PLAUSIBLE_M = (0.01, 3.0)
_UNKNOWN_SIZE_M = 0.2


@dataclass(frozen=True, eq=False)
class Hull:
    """Faces of a convex hull: (k, 3) outward normals, (k,) areas."""

    normals: Floats
    areas: Floats

    @classmethod
    def of(cls, vertices: Floats) -> Hull:
        """The hull of points; of flat ones that of a very thin slab round them."""
        spatial = required("scipy.spatial")
        size = float(np.ptp(vertices, axis=0).max())
        points = (vertices - vertices.mean(axis=0)) / size
        try:
            hull = spatial.ConvexHull(points)
        except spatial.QhullError:
            around = np.concatenate([points + np.array(AXES[axis]) * 1e-4 for axis in AXES])
            hull = spatial.ConvexHull(around)
        points = hull.points
        a, b, c = (points[hull.simplices[:, k]] for k in range(3))
        return cls(np.asarray(hull.equations[:, :3]), np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)

    def stands(self, up: Floats) -> tuple[float, Floats]:
        """Share of the outline seen along `up` that is flat below, and the outward normal of that face."""
        along = self.normals @ up
        below = along < -np.cos(np.radians(_FLAT_DEG))
        outline = float((self.areas * np.abs(along)).sum()) / 2
        if not below.any():
            return 0.0, -up
        return float((self.areas * -along)[below].sum()) / outline, _unit(
            (self.normals * self.areas[:, None])[below].sum(axis=0)
        )

    def flattest(self) -> Floats:
        """Outward normal of the largest flat face."""
        near = self.normals @ self.normals.T > np.cos(np.radians(_FLAT_DEG)) if len(self.areas) <= 4000 else None
        if near is None:
            chosen = np.argsort(-self.areas, kind="stable")[:4000]
            near = self.normals[chosen] @ self.normals.T > np.cos(np.radians(_FLAT_DEG))
        best = near[int((near @ self.areas).argmax())]
        return _unit((self.normals * self.areas[:, None])[best].sum(axis=0))


@dataclass(frozen=True, eq=False)
class Standing:
    """A mesh that was set up: its vertices in metres, and what was found out about the file."""

    vertices: Floats
    metres_per_unit: float
    up: str
    notes: tuple[str, ...]


def upright(vertices: Floats, up: str, said: str | None) -> tuple[Floats, str, str]:
    """The rotation that sets vertices upright.

    Args:
        vertices: (n, 3), in the file's axes.
        up: an axis, or "auto".
        said: axis that the format says is up.

    Returns:
        (3, 3) rotation, the axis (or direction) that became +z, and why.
    """
    if up != "auto":
        return rotation_to_up(np.array(AXES[up])), up, "as told"
    if said is not None:
        return rotation_to_up(np.array(AXES[said])), said, "its format says so"
    hull = Hull.of(vertices)
    for axis in _ORDER:
        share, below = hull.stands(np.array(AXES[axis]))
        if share >= _STANDS:
            level = _between(-below @ rotation_to_up(np.array(AXES[axis])).T, np.array(AXES["z"]))
            return level @ rotation_to_up(np.array(AXES[axis])), axis, f"it stands on a flat face ({share:.0%} of it)"
    direction = -hull.flattest()
    return rotation_to_up(direction), named_direction(direction), "it lies on its largest flat face"


def named_direction(direction: Floats) -> str:
    """An axis' name, or the direction in the file's axes."""
    for name, axis in AXES.items():
        if direction @ np.array(axis) > np.cos(np.radians(_FLAT_DEG)):
            return name
    return "({:.2f}, {:.2f}, {:.2f})".format(*(direction + 0.0))


def stood(
    vertices: Floats, turn: tuple[Floats, str, str], unit: str, said_m: float | None, longest_m: float | None
) -> Standing:
    """Turns, scales and places vertices.

    Args:
        vertices: (n, 3), in the file's unit and axes.
        turn: what `upright` returned.
        unit: of the file, or "auto".
        said_m: metres per unit that the format says.
        longest_m: real size of the longest side; None: by the unit.
    """
    rotation, up, why_up = turn
    points = np.einsum("ij,kj->ki", rotation, vertices)
    longest = longest_side(points)
    scale, why = _scale(longest, unit, said_m, longest_m)
    points = points * scale
    low, high = points.min(axis=0), points.max(axis=0)
    points = points - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]
    return Standing(np.round(points, 9), scale, up, (why, f"up is {up}: {why_up}"))


def longest_side(points: Floats) -> float:
    """Longest of height and the sides of the smallest rectangle round the footprint."""
    return float(max(np.ptp(points[:, 2]), *_footprint(points)[1]))


def squared(points: Floats) -> Floats:
    """(3, 3) rotation about +z that lays the longer side of the footprint along x."""
    _, (width, height), angle = _footprint(points)
    turn = np.radians(angle + (90.0 if height > width else 0.0))
    turn = (turn + np.pi / 2) % np.pi - np.pi / 2
    c, s = float(np.cos(turn)), float(np.sin(turn))
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def _footprint(points: Floats) -> tuple[tuple[float, float], tuple[float, float], float]:
    size = max(float(np.ptp(points[:, :2], axis=0).max()), 1e-300)
    flat = ((points[:, :2] - points[:, :2].min(axis=0)) / size).astype(np.float32)
    centre, (width, height), angle = cv2.minAreaRect(flat)
    return (float(centre[0]), float(centre[1])), (width * size, height * size), float(angle)


def _scale(longest: float, unit: str, said_m: float | None, longest_m: float | None) -> tuple[float, str]:
    """Metres per unit, and a line that says why."""
    if longest_m is not None:
        return longest_m / longest, f"scaled to {longest_m * 1000:.0f} mm along its longest side"
    if unit != "auto":
        return UNITS[unit], f"unit {unit}, as told"
    low, high = _PLAUSIBLE_M
    if said_m is not None and low / 10 <= longest * said_m <= high * 10:
        return said_m, "unit as its format says"
    guess = "m" if low <= longest < high else "cm" if high <= longest < 30 else "mm" if 30 <= longest < 3000 else ""
    if not guess:
        return _UNKNOWN_SIZE_M / longest, (
            f"no unit makes {longest:.3g} units a thing of a size to hold: scaled to {_UNKNOWN_SIZE_M * 1000:.0f} mm; "
            "give its longest side (longest_m)"
        )
    return UNITS[
        guess
    ], f"unit {guess} guessed: that makes it {longest * UNITS[guess] * 1000:.0f} mm long; else give longest_m"


def rotation_to_up(direction: Floats) -> Floats:
    """The rotation that takes a direction to +z; of the file's axes without any roll."""
    for name, axis in AXES.items():
        if np.allclose(direction, axis):
            return _QUARTERS[name]
    nearest = max(AXES, key=lambda name: float(direction @ np.array(AXES[name])))
    quarter = _QUARTERS[nearest]
    return np.asarray(_between(quarter @ direction, np.array(AXES["z"])) @ quarter)


def _between(source: Floats, target: Floats) -> Floats:
    """The smallest rotation from one unit vector to another that is not opposite (Rodrigues)."""
    v, c = np.cross(source, target), float(source @ target)
    k = np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])
    return np.asarray(np.eye(3) + k + k @ k / (1 + c))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))
