"""The pinhole camera. Blender's axes (x right, y up, looks along -z) become OpenCV's (x right, y down, z ahead) here
and nowhere else.

Pixels: continuous, (0, 0) is the top left corner of the picture, pixel centres at i + 0.5. In OpenCV's own convention,
where centres are at i, the principal point is half a pixel less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.pose import Matrix4, transformed

AHEAD = np.diag([1.0, -1.0, -1.0, 1.0])
"""From Blender's camera axes to OpenCV's, and back."""


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """What projects camera coordinates (OpenCV's axes) to px.

    Attributes:
        focal_px: focal length; pixels are square.
        cx, cy: principal point, continuous px.
        width, height: of the picture, px.
    """

    focal_px: float
    cx: float
    cy: float
    width: int
    height: int

    @classmethod
    def of_lens(cls, focal_mm: float, sensor_mm: float, width: int, height: int) -> Intrinsics:
        """Of a lens on a sensor whose longer side is `sensor_mm` (Blender's sensor fit "auto")."""
        return cls(focal_mm / sensor_mm * max(width, height), width / 2, height / 2, width, height)

    def projected(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) px of (n, 3) points in OpenCV's camera axes, all of them with z > 0."""
        return np.asarray(points[:, :2] / points[:, 2:] * self.focal_px + (self.cx, self.cy), np.float64)


def camera_from_world(camera: Matrix4) -> Matrix4:
    """World to OpenCV's camera axes, of a camera whose pose (Blender's axes) is `camera`."""
    return np.asarray(AHEAD @ np.linalg.inv(camera))


def in_camera(camera: Matrix4, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) world points in OpenCV's camera axes."""
    return transformed(camera_from_world(camera), points)
