"""From an asset to the canvas by a homography: where it lands, its colours and its coverage.

Bilinear, on continuous coordinates. Colours go on beyond the asset's border as they are there; coverage is 0 beyond it.
What is made smaller is averaged first, so that nothing aliases. A paste may reach beyond the canvas: it is cut there,
and what it would cover on an endless canvas is measured all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.blends import HALF, Coverage
from synth.errors import RejectedScene
from synth.geometry.boxes import Box, Region, bounding_box
from synth.geometry.homography import Matrix, apply, jacobian_at, scaling, to_pixel_index, translation
from synth.labels.sample import Image
from synth.scene.spec import Matrix9

SHRINK_BELOW = 0.8
"""Smaller than this, bilinear sampling alone would skip pixels."""
MAX_EXTENT_PX = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Asset:
    """A picture that can be pasted.

    Attributes:
        rgba: (h, w, 4), the last channel its coverage, 255 inside.
        region: where the coverage is not 0.
    """

    rgba: Image
    region: Region

    @classmethod
    def of(cls, rgb: Image, coverage: Coverage) -> Asset:
        """From (h, w, 3) colours and (h, w) coverage."""
        return cls(np.dstack([rgb, coverage]), covered_region(coverage))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A paste on the canvas.

    Attributes:
        x, y: of its region's top-left corner on the canvas, px.
        rgb: (h, w, 3).
        coverage: (h, w), 255 inside.
        full_area: pixels of its mask on an endless canvas.
        full_box: box of these, canvas px.
        mask: (h, w) pixels that count as covered.
    """

    x: int
    y: int
    rgb: Image
    coverage: Coverage
    full_area: int
    full_box: Box
    mask: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", self.coverage >= HALF)


def matrix_of(values: Matrix9) -> Matrix:
    """The (3, 3) array of a layer's nine numbers."""
    return np.array(values, dtype=np.float64).reshape(3, 3)


def covered_region(coverage: Coverage) -> Region:
    """The smallest region outside which the coverage is 0; empty if it is 0 everywhere."""
    x, y, width, height = cv2.boundingRect(coverage)
    return (x, y, x + width, y + height)


def least_scale(moved: Matrix) -> float:
    """The smallest factor by which a (2, 2) map changes lengths: its smaller singular value."""
    (a, b), (c, d) = moved.tolist()
    squares, determinant = a * a + b * b + c * c + d * d, a * d - b * c
    larger = (squares + math.sqrt(max(squares * squares - 4 * determinant * determinant, 0.0))) / 2
    return abs(determinant) / math.sqrt(larger) if larger > 0 else 0.0


def landing_region(matrix: Matrix, region: Region) -> Region:
    """Whole px that a part of an asset can touch.

    Raises:
        RejectedScene: the homography turns it inside out or makes it absurdly large.
    """
    x0, y0, x1, y1 = region
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)
    across, down, depth = matrix[2].tolist()
    if min(across * x + down * y for x in (x0, x1) for y in (y0, y1)) + depth <= 1e-6 * abs(depth):
        raise RejectedScene("a paste is turned inside out by its perspective")
    box = bounding_box(apply(matrix, corners).tolist())
    landed = (math.floor(box[0]) - 1, math.floor(box[1]) - 1, math.ceil(box[2]) + 1, math.ceil(box[3]) + 1)
    if max(landed[2] - landed[0], landed[3] - landed[1]) > MAX_EXTENT_PX:
        raise RejectedScene("a paste is far larger than any canvas")
    return landed


def place(asset: Asset, matrix: Matrix, width: int, height: int, margin: int) -> Placed | None:
    """Brings an asset onto a canvas of width x height px.

    Args:
        asset: what is pasted.
        matrix: asset to canvas.
        width: of the canvas, px.
        height: of the canvas, px.
        margin: px round the coverage that the paste needs as well.

    Returns:
        The paste, cut at the canvas; None if it misses the canvas or is smaller than a pixel.
    """
    left, top, right, bottom = landing_region(matrix, asset.region)
    left, top, right, bottom = left - margin - 1, top - margin - 1, right + margin + 1, bottom + margin + 1
    asset, matrix = _bordered(*_shrunk(asset, matrix))
    rgba = _sample(asset.rgba, matrix, (left, top, right, bottom))
    coverage = cv2.extractChannel(rgba, 3)
    mask = cv2.threshold(coverage, HALF - 1, 255, cv2.THRESH_BINARY)[1]
    full_area = cv2.countNonZero(mask)
    mx, my, mw, mh = cv2.boundingRect(mask)
    cx, cy, cw, ch = cv2.boundingRect(coverage)
    x0, y0 = max(left + cx - margin, 0), max(top + cy - margin, 0)
    x1, y1 = min(left + cx + cw + margin, width), min(top + cy + ch + margin, height)
    if full_area == 0 or x0 >= x1 or y0 >= y1:
        return None
    box = (left + mx, top + my, left + mx + mw, top + my + mh)
    rows, columns = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    return Placed(
        x=x0,
        y=y0,
        rgb=np.asarray(cv2.cvtColor(rgba[rows, columns], cv2.COLOR_RGBA2RGB), dtype=np.uint8),
        coverage=np.ascontiguousarray(coverage[rows, columns]),
        full_area=full_area,
        full_box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
    )


def _shrunk(asset: Asset, matrix: Matrix) -> tuple[Asset, Matrix]:
    """The asset averaged down so far that sampling it bilinearly skips nothing, and its matrix."""
    x0, y0, x1, y1 = asset.region
    scale = least_scale(jacobian_at(matrix, (x0 + x1) / 2, (y0 + y1) / 2))
    if scale >= SHRINK_BELOW:
        return asset, matrix
    height, width = asset.rgba.shape[:2]
    factor = scale / SHRINK_BELOW
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    rgba = np.asarray(cv2.resize(asset.rgba, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    smaller = Asset(rgba, covered_region(np.asarray(cv2.extractChannel(rgba, 3), dtype=np.uint8)))
    return smaller, matrix @ scaling(width / size[0], height / size[1])


def _bordered(asset: Asset, matrix: Matrix) -> tuple[Asset, Matrix]:
    """The asset with a border that it does not cover, so that only its colours go on beyond it."""
    x0, y0, x1, y1 = asset.region
    height, width = asset.rgba.shape[:2]
    if x0 > 0 and y0 > 0 and x1 < width and y1 < height:
        return asset, matrix
    rgba = np.asarray(cv2.copyMakeBorder(asset.rgba, 1, 1, 1, 1, cv2.BORDER_REPLICATE), dtype=np.uint8)
    for edge in (rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]):
        edge[:, 3] = 0
    return Asset(rgba, (x0 + 1, y0 + 1, x1 + 1, y1 + 1)), matrix @ translation(-1, -1)


def _sample(picture: Image, matrix: Matrix, region: Region) -> Image:
    """The pixels of a canvas region; beyond its border the picture goes on as it is there."""
    size = (region[2] - region[0], region[3] - region[1])
    placed = to_pixel_index(translation(-region[0], -region[1]) @ matrix)
    if placed[2, 0] == 0.0 and placed[2, 1] == 0.0:
        rows = placed[:2] / placed[2, 2]
        warped = cv2.warpAffine(picture, rows, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        warped = cv2.warpPerspective(picture, placed, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.uint8)
