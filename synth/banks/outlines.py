"""Outlines of tags: four corners whose sides may bow.

One family covers what tags are: plates (straight sides), rings seen as bands of a cylinder (two bowed ends), round and
oval discs (four bows). An outline is a vector of twelve numbers: the corners (x, y) clockwise on screen, starting at
the one nearest to the top left, then how far each side bows outwards relative to its length (negative: inwards).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
POINTS_PER_SIDE = 24
ROUND = 0.2071
"""With this bow on all sides a square becomes nearly a circle."""
_OVERSAMPLING = 4


def rectangle(centre: Floats, width: float, height: float, angle_deg: float, bow: float = 0.0) -> Floats:
    """A (12,) outline: a rectangle turned counter-clockwise on screen."""
    angle = np.deg2rad(angle_deg)
    across = np.array([np.cos(angle), -np.sin(angle)]) * (width / 2)
    down = np.array([np.sin(angle), np.cos(angle)]) * (height / 2)
    corners = [-across - down, across - down, across + down, -across + down]
    return np.concatenate([np.concatenate([centre + c for c in corners]), np.full(4, bow)])


def corners_of(outlines: Floats) -> Floats:
    """(k, 4, 2) corners of (k, 12) outlines."""
    return np.asarray(outlines[:, :8].reshape(-1, 4, 2))


def outline_points(outlines: Floats) -> Floats:
    """(k, 4 * POINTS_PER_SIDE, 2) points along (k, 12) outlines, each side a parabola through its corners."""
    start = corners_of(outlines)
    along = np.roll(start, -1, axis=1) - start
    outwards = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    share = (np.arange(POINTS_PER_SIDE) / POINTS_PER_SIDE)[:, None]
    height = 4.0 * outlines[:, 8:, None, None] * (share * (1.0 - share))
    points = start[:, :, None] + along[:, :, None] * share + outwards[:, :, None] * height
    return np.asarray(points.reshape(len(outlines), -1, 2))


def soft_mask(points: Floats, width: int, height: int, softness_px: float = 0.6) -> NDArray[np.uint8]:
    """The area inside a polygon as a (height, width) uint8 mask, 255 inside, with a ramp of about 2 px at its edge.

    Args:
        points: (n, 2) continuous px.
        width: of the mask, px.
        height: of the mask, px.
        softness_px: sigma of the ramp.
    """
    fine = np.zeros((height * _OVERSAMPLING, width * _OVERSAMPLING), np.uint8)
    fixed = np.rint((points * _OVERSAMPLING - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(fine, [fixed], (255,), lineType=cv2.LINE_8, shift=4)
    coverage = np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return softened(coverage, softness_px)


def softened(mask: NDArray[np.uint8], softness_px: float = 0.6) -> NDArray[np.uint8]:
    """The same mask with its edge blurred by a Gaussian; outside the picture it goes on as at the border."""
    blurred = cv2.GaussianBlur(mask, (0, 0), softness_px, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, dtype=np.uint8)
