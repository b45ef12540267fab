"""Ink on the canvas as height: how soft its edge is, how deep it lies, which of its walls faces the light."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.native import compiled

Plane = NDArray[np.uint8]
LEAST_SIGMA_PX = 0.55
WALL = 0.045
"""Width of a wall, in cap heights."""
LASER_SOFTNESS = 0.025
"""Least softness of a laser's edge, in cap heights."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How marks stand out of the surface, on the canvas.

    Attributes:
        ink_px: sigma of the ink's edge; 0 leaves it as it is.
        wall_px: sigma of the walls; 0 = no relief.
        sign: 1 for what stands out, -1 for what is cut in.
        strength: of light and shade on the walls, in [0, 1].
        light: unit vector towards the light, canvas px.
    """

    ink_px: float
    wall_px: float
    sign: float
    strength: float
    light: tuple[float, float]

    @property
    def reach_px(self) -> int:
        """How far a pixel's look depends on ink beside it."""
        return _radius(self.ink_px) + _radius(self.wall_px) + 1


def _radius(sigma: float) -> int:
    return math.ceil(3 * sigma) if sigma > 0 else 0


def blurred(plane: Plane, sigma: float) -> Plane:
    """A Gaussian in fixed point, so that it does not depend on where a pixel lies in the region."""
    if sigma <= 0:
        return plane
    side = 2 * _radius(sigma) + 1
    return np.asarray(cv2.GaussianBlur(plane, (side, side), sigma, borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)


@compiled
def _walls(height: Plane, index: NDArray[np.int64], toward: tuple[float, float], out: NDArray[np.float32]) -> None:
    rows, columns = height.shape
    i, start = 0, 0
    for k in range(index.size):
        while index[k] >= start + columns:
            i, start = i + 1, start + columns
        j = index[k] - start
        up, down, left, right = max(i - 1, 0), min(i + 1, rows - 1), max(j - 1, 0), min(j + 1, columns - 1)
        dx = float(height[i, right]) - float(height[i, left])
        dy = float(height[down, j]) - float(height[up, j])
        light = -(dx * toward[0] + dy * toward[1])
        out[k] = min(max(light, -1.2), 1.2)


@compiled
def steepness(height: Plane, sigma: float) -> NDArray[np.float32]:
    """How steep the walls of an (h, w) ink plane blurred by sigma px are, about [0, 1], one px inside of its edges."""
    rows, columns = height.shape
    out = np.zeros((rows - 2, columns - 2), np.float32)
    # the edge of a step that was blurred by sigma rises by 1 / (sigma sqrt(2 pi)) per px
    scale = np.float32(math.sqrt(2 * math.pi) * max(sigma, 0.5) / (2 * 255))
    for i in range(rows - 2):
        above, here, below, line = height[i], height[i + 1], height[i + 2], out[i]
        for j in range(columns - 2):
            dx = np.float32(np.int32(here[j + 2]) - np.int32(here[j]))
            dy = np.float32(np.int32(below[j + 1]) - np.int32(above[j + 1]))
            line[j] = scale * np.sqrt(dx * dx + dy * dy)
    return out


def walls(height: Plane, index: NDArray[np.int64], depth: Depth) -> NDArray[np.float32]:
    """(n,) light on the walls at some pixels of a blurred (h, w) ink plane: > 0 lit, < 0 in shade, about [-1, 1]."""
    out = np.zeros(index.size, np.float32)
    # the edge of a step that was blurred by sigma rises by 1 / (sigma sqrt(2 pi)) per px
    scale = depth.sign * depth.strength * math.sqrt(2 * math.pi) * max(depth.wall_px, 0.5) / (2 * 255)
    if scale:
        _walls(height, index, (depth.light[0] * scale, depth.light[1] * scale), out)
    return out
