"""Round crops at any angle, made so that pixels tell the angle only by what is written on the tag.

A picture's pixel grid leaves traces where it is resampled: bilinear sampling blurs more or less with the distance to
the next pixel, and the places where it does form a lattice that turns with the crop. So every pixel here is an average
of the picture's pixels under a round Gaussian, centred exactly where the crop's pixel lies. A Gaussian of one px has
the same sum over any grid, wherever it is centred, and no directions; narrower ones let the blocks of JPEGs through
(quality 80 and 75, at the picture's own size: mean cosine 0.46 between foretold and true turn). It is made in two
steps: a Gaussian on the picture's own grid, once a tag, then a cubic B-spline round each pixel, which is smooth, close
to a Gaussian of variance 1/3, and has the same moments wherever it is centred. What is made much smaller goes through
a broader Gaussian first and is thinned out there. The crop is cut to a disc, in every picture the same, so that corners
carry nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.homography import Matrix, scaling, translation
from synth.labels.sample import Image
from synth.native import compiled

SIGMA_PICTURE_PX = 1.0
SIGMA_CROP_PX = 0.5
THIN_FROM = 3.0
SIGMA_THINNING_PX = 1.4
REACH = 3.3
"""Within how many sigmas a Gaussian has what matters."""
SPLINE_VARIANCE = 1 / 3


def disc_reach_px(shrink: float) -> float:
    """How far beyond a disc, in px of the picture, pixels are looked at if the disc is made `shrink` times smaller."""
    return 2 + REACH * 2 * max(SIGMA_PICTURE_PX, SIGMA_CROP_PX * shrink, SIGMA_THINNING_PX * shrink / THIN_FROM)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What discs are taken from: a part of a picture, blurred, and thinned out if they are to be much smaller.

    Attributes:
        pixels: (h, w, 3) float32.
        to_ground: from the picture's to its continuous px.
    """

    pixels: NDArray[np.float32]
    to_ground: Matrix

    @classmethod
    def of(cls, picture: Image, x: float, y: float, reach: float, shrink: float) -> Ground:
        """For discs made `shrink` times smaller that lie, with `disc_reach_px` round them, within `reach` of (x, y)."""
        left, top = max(0, math.floor(x - reach)), max(0, math.floor(y - reach))
        pixels = picture[top : math.ceil(y + reach), left : math.ceil(x + reach)].astype(np.float32)
        to_ground = translation(-left, -top)
        while shrink >= THIN_FROM:
            blurred = cv2.GaussianBlur(pixels, (0, 0), SIGMA_THINNING_PX, borderType=cv2.BORDER_REPLICATE)
            pixels = np.ascontiguousarray(blurred[::2, ::2])
            to_ground = scaling(0.5, 0.5) @ translation(0.5, 0.5) @ to_ground  # a kept pixel's centre stays where it is
            shrink /= 2
        sigma = math.sqrt(max(SIGMA_PICTURE_PX, SIGMA_CROP_PX * shrink) ** 2 - SPLINE_VARIANCE)
        blurred = cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return cls(np.asarray(blurred, np.float32), to_ground)


def turned_disc(ground: Ground, to_picture: Matrix, side: int) -> Image:
    """The disc that fills a square crop; grey round it.

    Args:
        ground: of the picture.
        to_picture: similarity from the crop's to the picture's continuous px.
        side: px of the crop.
    """
    return _spline_disc(ground.pixels, ground.to_ground @ to_picture, side)


@compiled
def _spline(share: float) -> tuple[float, float, float, float]:
    """The cubic B-spline at -1 - share, -share, 1 - share and 2 - share."""
    rest = 1.0 - share
    return (
        rest * rest * rest / 6,
        2 / 3 - share * share * (2 - share) / 2,
        2 / 3 - rest * rest * (2 - rest) / 2,
        share * share * share / 6,
    )


@compiled
def _average(ground: NDArray[np.float32], top: int, left: int, channel: int, u: float, v: float) -> float:
    """Of four by four values, weighted by a cubic B-spline at (u, v) behind the second of each."""
    a, b, c, d = _spline(u)
    total = 0.0
    for k, weight in enumerate(_spline(v)):
        row = ground[top + k]
        total += weight * (
            a * row[left, channel]
            + b * row[left + 1, channel]
            + c * row[left + 2, channel]
            + d * row[left + 3, channel]
        )
    return total


@compiled
def _spline_disc(ground: NDArray[np.float32], to_ground: Matrix, side: int) -> NDArray[np.uint8]:
    height, width = ground.shape[:2]
    crop = np.full((side, side, 3), 127, np.uint8)
    for row in range(side):
        for column in range(side):
            dx, dy = column + 0.5 - side / 2, row + 0.5 - side / 2
            cover = min(1.0, max(0.0, side / 2 - math.sqrt(dx * dx + dy * dy)))
            if cover == 0.0:
                continue
            u = to_ground[0, 0] * (column + 0.5) + to_ground[0, 1] * (row + 0.5) + to_ground[0, 2] - 0.5
            v = to_ground[1, 0] * (column + 0.5) + to_ground[1, 1] * (row + 0.5) + to_ground[1, 2] - 0.5
            i, j = math.floor(u), math.floor(v)
            left, top = min(max(i - 1, 0), width - 4), min(max(j - 1, 0), height - 4)
            rest = (1 - cover) * 127.0 + 0.5
            for channel in range(3):
                crop[row, column, channel] = int(_average(ground, top, left, channel, u - i, v - j) * cover + rest)
    return crop
