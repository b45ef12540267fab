"""Pixels and masks through a map, each resampled once.

What is made smaller is averaged over whole pixels first, so that nothing aliases; sampling is bilinear. What lies
outside the picture is grey. A mask's pixel is set where at least half of it is covered, counted on a finer grid.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.cropping.frames import box_corners
from synth.geometry.boxes import bounding_box
from synth.geometry.homography import Matrix, apply, scaling, to_pixel_index, translation
from synth.labels.sample import Image, Mask
from synth.native import compiled

GREY = (127, 127, 127)
LARGE_PX = 48
"""Larger masks are sampled three by three times a pixel, smaller ones five by five: odd, so that no half is a tie."""
Map = NDArray[np.float64]


def local_scale(matrix: Matrix, x: float, y: float) -> float:
    """How many times longer lengths at (x, y) become, as the root of the change of area."""
    w = float(matrix[2] @ (x, y, 1.0))
    return math.sqrt(abs(float(np.linalg.det(matrix)) / w**3))


def warp_picture(picture: Image, matrix: Matrix, width: int, height: int) -> Image:
    """The (height, width) crop that a homography from picture to crop, both in continuous px, makes."""
    corners = apply(np.linalg.inv(matrix), box_corners((0, 0, width, height)))
    part, from_part = _averaged_part(picture, corners, 1 / local_scale(matrix, *corners.mean(axis=0)))
    index_map = to_pixel_index(matrix @ from_part)
    crop = cv2.warpPerspective(
        part, index_map, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=GREY
    )
    return np.asarray(crop, np.uint8)


def remap_picture(picture: Image, places: Map, shrink: float) -> Image:
    """The (h, w) crop whose pixel (i, j) shows `places[i, j]`, continuous (x, y) px of the picture."""
    part, from_part = _averaged_part(picture, places.reshape(-1, 2), shrink)
    to_part = to_pixel_index(np.linalg.inv(from_part))
    x, y = ((places[..., k] - 0.5) * to_part[k, k] + to_part[k, 2] for k in (0, 1))
    crop = cv2.remap(
        part,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=GREY,
    )
    return np.asarray(crop, np.uint8)


def _averaged_part(picture: Image, points: NDArray[np.float64], shrink: float) -> tuple[Image, Matrix]:
    """The part of a picture round points, averaged over squares of whole px, and the map from it to the picture."""
    factor = max(1, int(shrink))
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    height, width = picture.shape[:2]
    left, top = (max(0, math.floor(v) - 2 * factor) for v in (x0, y0))
    right, bottom = min(width, math.ceil(x1) + 2 * factor), min(height, math.ceil(y1) + 2 * factor)
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    if part.size == 0:
        return np.full((1, 1, 3), GREY[0], np.uint8), translation(-10, -10)
    if factor > 1:
        h, w = (max(1, side // factor) for side in part.shape[:2])
        if part.shape[0] >= factor and part.shape[1] >= factor:
            small = cv2.resize(part[: h * factor, : w * factor], (w, h), interpolation=cv2.INTER_AREA)
            return np.asarray(small, np.uint8), translation(left, top) @ scaling(factor, factor)
    return part, translation(left, top)


def warp_mask(mask: Mask, matrix: Matrix) -> Mask:
    """The mask behind an affine map, trimmed, not cut anywhere.

    Where no pixel is half covered (a thin stroke made smaller), those are set that reach half of the greatest cover.
    """
    h, w = mask.pixels.shape
    region = box_corners((mask.x, mask.y, mask.x + w, mask.y + h))
    x0, y0, x1, y1 = bounding_box(apply(matrix, region).tolist())
    left, top = math.floor(x0), math.floor(y0)
    width, height = max(1, math.ceil(x1) - left), max(1, math.ceil(y1) - top)
    finer = 3 if max(width, height) > LARGE_PX else 5
    to_mask = np.linalg.inv(translation(-left, -top) @ matrix @ translation(mask.x, mask.y)) @ scaling(
        1 / finer, 1 / finer
    )
    cover = _cover(mask.pixels, to_mask, width, height, finer)
    greatest = int(cover.max())
    if greatest == 0:
        return Mask(left, top, np.zeros((0, 0), np.bool_))
    return Mask(left, top, 2 * cover >= min(finer * finer, greatest)).trimmed()


@compiled
def _cover(pixels: NDArray[np.bool_], to_mask: Matrix, width: int, height: int, finer: int) -> NDArray[np.int32]:
    """How many of the finer grid's points in each pixel fall on the mask."""
    h, w = pixels.shape
    cover = np.zeros((height, width), np.int32)
    ax, ay = to_mask[0, 0], to_mask[1, 0]
    for row in range(height):
        for sub_row in range(finer):
            below = row * finer + sub_row + 0.5
            x = ax * 0.5 + to_mask[0, 1] * below + to_mask[0, 2]
            y = ay * 0.5 + to_mask[1, 1] * below + to_mask[1, 2]
            for column in range(width):
                count = 0
                for sub_column in range(column * finer, column * finer + finer):
                    u, v = x + sub_column * ax, y + sub_column * ay
                    if u >= 0 and v >= 0 and u < w and v < h and pixels[int(v), int(u)]:
                        count += 1
                cover[row, column] += count
    return cover
