"""Round crops at any angle, made so that pixels tell the angle only by what is written on the tag.

A picture's pixel grid leaves traces where it is resampled: bilinear sampling blurs more or less with the distance to
the next pixel, and the places where it does form a lattice that turns with the crop. So every pixel here is one average
of the picture's pixels under a round Gaussian, centred exactly where the crop's pixel lies. A Gaussian of one px
has the same sum over any grid, wherever it is centred, and no directions; narrower ones let the blocks of JPEGs through
(quality 80 and 75, at the picture's own size: mean cosine 0.46 between foretold and true turn). What is made much
smaller goes through a broader Gaussian first and is thinned out there. The crop is cut to a disc, in every picture the
same, so that corners carry nothing.
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
"""How many sigmas of a Gaussian are summed."""


def disc_reach_px(shrink: float) -> float:
    """How far beyond a disc, in px of the picture, pixels are looked at if the disc is made `shrink` times smaller."""
    return 2 + REACH * 2 * max(SIGMA_PICTURE_PX, SIGMA_CROP_PX * shrink, SIGMA_THINNING_PX * shrink / THIN_FROM)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What discs are taken from: a part of a picture, thinned out if they are to be much smaller.

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
        return cls(pixels, to_ground)


def turned_disc(ground: Ground, to_picture: Matrix, side: int) -> Image:
    """The disc that fills a square crop; grey round it.

    Args:
        ground: of the picture.
        to_picture: similarity from the crop's to the picture's continuous px.
        side: px of the crop.
    """
    to_ground = ground.to_ground @ to_picture
    sigma = max(SIGMA_PICTURE_PX, SIGMA_CROP_PX * math.sqrt(abs(float(np.linalg.det(to_ground[:2, :2])))))
    return _gaussian_disc(ground.pixels, to_ground, side, sigma, math.ceil(REACH * sigma))


@compiled
def _gaussian_disc(
    ground: NDArray[np.float32], to_ground: Matrix, side: int, sigma: float, reach: int
) -> NDArray[np.uint8]:
    """One Gaussian average a pixel.

    At a distance d behind a pixel, the weight of the pixel k further on is q^k exp(-k^2 / 2 sigma^2) with
    q = exp(d / sigma^2), up to a factor that cancels.
    """
    height, width = ground.shape[:2]
    crop = np.zeros((side, side, 3), np.uint8)
    taps = 2 * reach
    fixed = np.zeros(taps)
    for k in range(taps):
        fixed[k] = math.exp(-((k - reach + 1) ** 2) / (2 * sigma * sigma))
    across, down = np.zeros(taps), np.zeros(taps)
    for row in range(side):
        for column in range(side):
            dx, dy = column + 0.5 - side / 2, row + 0.5 - side / 2
            cover = min(1.0, max(0.0, side / 2 - math.sqrt(dx * dx + dy * dy)))
            if cover == 0.0:
                crop[row, column, :] = 127
                continue
            u = to_ground[0, 0] * (column + 0.5) + to_ground[0, 1] * (row + 0.5) + to_ground[0, 2] - 0.5
            v = to_ground[1, 0] * (column + 0.5) + to_ground[1, 1] * (row + 0.5) + to_ground[1, 2] - 0.5
            i, j = math.floor(u), math.floor(v)
            qx, qy = math.exp((u - i) / (sigma * sigma)), math.exp((v - j) / (sigma * sigma))
            px, py = qx ** (1 - reach), qy ** (1 - reach)
            sum_x, sum_y = 0.0, 0.0
            for k in range(taps):
                across[k], down[k] = px * fixed[k], py * fixed[k]
                sum_x += across[k]
                sum_y += down[k]
                px *= qx
                py *= qy
            left, top = min(max(i - reach + 1, 0), width - taps), min(max(j - reach + 1, 0), height - taps)
            red, green, blue = 0.0, 0.0, 0.0
            for k in range(taps):
                line = ground[top + k, left : left + taps]
                for m in range(taps):
                    tap = down[k] * across[m]
                    red += tap * line[m, 0]
                    green += tap * line[m, 1]
                    blue += tap * line[m, 2]
            weight = cover / (sum_x * sum_y)
            rest = (1 - cover) * 127.0 + 0.5
            crop[row, column, 0] = int(red * weight + rest)
            crop[row, column, 1] = int(green * weight + rest)
            crop[row, column, 2] = int(blue * weight + rest)
    return crop
