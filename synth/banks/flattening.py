"""A cut-out's tag as a flat rectangle: its four sides, and the homography between it and the cut-out.

*Flat* coordinates: px, origin at the tag's corner where reading begins, u along the reading direction, v towards the
feet of the letters; about as many px as the tag has in the cut-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.homography import Matrix, to_pixel_index

Floats = NDArray[np.float64]
Image = NDArray[np.uint8]
_MIDDLE = (0.15, 0.85)
_AREA_AGREES = (0.85, 1.15)
_LEAST_POINTS = 3
LEAST_SIDE_PX = 4.0


@dataclass(frozen=True, eq=False)
class Flat:
    """How a tag lies in its cut-out.

    Attributes:
        width, height: of the flat picture, whole px.
        to_cutout: homography from flat coordinates to px of the cut-out.
    """

    width: int
    height: int
    to_cutout: Matrix

    def picture(self, image: Image) -> Image:
        """The flat picture of a (h, w, 3) or (h, w) picture of the cut-out's size."""
        return self._warped(image, cv2.INTER_LINEAR, np.linalg.inv(self.to_cutout), (self.width, self.height))

    def back(self, mask: NDArray[np.bool_], width: int, height: int) -> NDArray[np.bool_]:
        """A flat mask as a (height, width) mask of the cut-out's size."""
        drawn = np.where(mask, np.uint8(255), np.uint8(0))
        return self._warped(drawn, cv2.INTER_LINEAR, self.to_cutout, (width, height), cv2.BORDER_CONSTANT) >= 128

    @staticmethod
    def _warped(
        image: Image, how: int, matrix: Matrix, size: tuple[int, int], border: int = cv2.BORDER_REPLICATE
    ) -> Image:
        return np.asarray(
            cv2.warpPerspective(image, to_pixel_index(matrix), size, flags=how, borderMode=border), dtype=np.uint8
        )


def sides_of(mask: Image) -> Floats:
    """(4, 2) corners of the tag under a mask, clockwise on screen.

    Straight lines along its four sides where these explain its area, else the least rectangle round it, which lies
    straight if the tag is about as wide as high (a disc has no sides).
    """
    contours, _ = cv2.findContours((mask >= 128).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea)
    points = contour[:, 0, :].astype(np.float64) + 0.5
    least = _clockwise(np.asarray(cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))), dtype=np.float64))
    fitted = _fitted(points, least)
    area = float(np.count_nonzero(mask >= 128))
    if fitted is not None and _AREA_AGREES[0] < _area(fitted) / area < _AREA_AGREES[1]:
        return fitted
    low, high = points.min(axis=0), points.max(axis=0)
    if min(high - low) > 0.9 * max(high - low):
        return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    return least


def shortest_side(corners: Floats) -> float:
    """Length of the shortest of four sides, px."""
    return float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).min())


def flat_of(corners: Floats, first: Literal[0, 1, 2, 3] | int) -> Flat:
    """The flat picture whose top-left corner is `corners[first]`, (4, 2) clockwise."""
    ordered = np.roll(corners, -first, axis=0)
    lengths = np.linalg.norm(np.roll(ordered, -1, axis=0) - ordered, axis=1)
    width = max(LEAST_SIDE_PX, float(lengths[0] + lengths[2]) / 2)
    height = max(LEAST_SIDE_PX, float(lengths[1] + lengths[3]) / 2)
    wide, high = round(width), round(height)
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    return Flat(wide, high, np.asarray(cv2.getPerspectiveTransform(flat, ordered.astype(np.float32)), dtype=np.float64))


def bows(mask: Image, corners: Floats) -> Floats:
    """(4,) how far each side of the tag bows outwards at its middle, relative to its length."""
    contours, _ = cv2.findContours((mask >= 128).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(contours, key=cv2.contourArea)[:, 0, :].astype(np.float64) + 0.5
    found = np.zeros(4)
    for side, (along, off) in enumerate(_places(points, corners)):
        near = np.abs(off) < 0.3 * _length(corners, side)
        middle = near & (np.abs(along - 0.5) < 0.15)
        ends = near & (np.abs(np.abs(along - 0.5) - 0.33) < 0.07)
        if middle.any() and ends.any():
            # of a parabola, that is 0.43 of its height: 1 - 0.15^2 / 3 / 0.25 at the middle, 1 - 0.33^2 / 0.25 there
            found[side] = (off[middle].mean() - off[ends].mean()) / _length(corners, side) / 0.41
    return found


def _length(corners: Floats, side: int) -> float:
    return float(np.linalg.norm(corners[(side + 1) % 4] - corners[side]))


def _places(points: Floats, corners: Floats) -> list[tuple[Floats, Floats]]:
    """For each side: how far along it each point lies, [0, 1] between its corners, and how far outside of it, px."""
    found = []
    for side in range(4):
        start, end = corners[side], corners[(side + 1) % 4]
        length = max(1e-9, float(np.linalg.norm(end - start)))
        along = (end - start) / length
        relative = points - start
        found.append((relative @ along / length, relative @ np.array([along[1], -along[0]])))
    return found


def _fitted(points: Floats, corners: Floats) -> Floats | None:
    """Lines through the middle of each side, cut with each other; None if a side has too few points."""
    places = _places(points, corners)
    nearest = np.argmin(np.abs(np.stack([off for _, off in places])), axis=0)
    lines = []
    for side, (along, _) in enumerate(places):
        own = points[(nearest == side) & (along > _MIDDLE[0]) & (along < _MIDDLE[1])]
        if len(own) < _LEAST_POINTS:
            return None
        dx, dy, x, y = (float(v) for v in cv2.fitLine(own.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel())
        lines.append((dy, -dx, dy * x - dx * y))
    met = [_meeting(lines[side - 1], lines[side]) for side in range(4)]
    if any(point is None for point in met):
        return None
    return np.array(met, dtype=np.float64)


def _meeting(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float] | None:
    det = a[0] * b[1] - a[1] * b[0]
    if abs(det) < 0.1:
        return None
    return (a[2] * b[1] - a[1] * b[2]) / det, (a[0] * b[2] - a[2] * b[0]) / det


def _area(corners: Floats) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _clockwise(corners: Floats) -> Floats:
    """Corners ordered clockwise on screen, from the one nearest to the top left."""
    middle = corners.mean(axis=0)
    order = np.argsort(np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0]), kind="stable")
    ordered = corners[order]
    return np.roll(ordered, -int(np.argmin(ordered.sum(axis=1))), axis=0)
