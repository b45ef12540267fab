"""What a paste may leave behind at its outline, as numbers that do not depend on what was pasted.

Pixels near an outline fall into three zones by their signed distance to it: *inner* (the paste), *seam* and *outer*
(the photo). Every measurement compares zones of one place, so that a grainy or a dark photo is no evidence. The
residuals are those of image forensics (Fridrich and Kodovsky, "Rich Models for Steganalysis", 2012) at four scales.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.labels.sample import Image, Mask

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

MARGIN_PX = 12
INNER_PX, SEAM_PX, OUTER_PX = 9.0, 2.0, 9.0
MIN_ZONE_PX = 40
SECTORS = 12
CLIPPED = 253.0

RESIDUALS = ("pixel grain", "fine texture", "medium texture", "coarse texture", "colour grain")
SEAM_FEATURES = (
    *(f"{name} on the seam" for name in RESIDUALS),
    *(f"{name} inside against outside" for name in RESIDUALS),
    "noise floor inside against outside",
    "gradient across against along the outline",
    "bend across against along the outline",
    "step in brightness at the outline",
    "step in colour at the outline",
    "sharpness of the step",
    "level of the blocks of JPEG inside",
    "shifted blocks of JPEG inside",
)
LIGHT_FEATURES = (
    "brightness of the rim against outside",
    "warmth of the rim against outside",
    "clipped pixels of the rim against outside",
)
EDGE_FEATURES = tuple(name for name in SEAM_FEATURES if "inside" not in name)
_PREDICTOR = (
    np.array(
        [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]], np.float64
    )
    / 12.0
)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The zones round one outline, to be laid on any place of an image.

    Attributes:
        width, height: px of the region that holds the outline and a margin of `MARGIN_PX` on every side.
        inside: (height, width) bool, the paste.
        inner, seam, outer: the zones.
        distance: signed distance to the outline, positive outside, px.
        across: (height, width, 2) unit vectors (x, y) that point away from the paste.
        sector: (height, width) int, direction seen from the centre, in [0, SECTORS).
    """

    width: int
    height: int
    inside: Bools
    inner: Bools
    seam: Bools
    outer: Bools
    distance: Array
    across: Array
    sector: NDArray[np.int64]

    @classmethod
    def of(cls, mask: Mask) -> Outline | None:
        """The zones of a mask; None if it is too small to compare its inside with its outside."""
        inside = np.pad(mask.trimmed().pixels, MARGIN_PX)
        height, width = inside.shape
        if not inside.any():
            return None
        out = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5).astype(np.float64)
        into = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5).astype(np.float64)
        distance = np.where(inside, 0.5 - into, out - 0.5)
        inner = (distance < -SEAM_PX) & (distance > -INNER_PX)
        outer = (distance > SEAM_PX) & (distance < OUTER_PX)
        if min(np.count_nonzero(inner), np.count_nonzero(outer)) < MIN_ZONE_PX:
            return None
        smooth = np.asarray(cv2.GaussianBlur(distance, (0, 0), 1.5), dtype=np.float64)
        slope = np.stack([_slope(smooth, 1), _slope(smooth, 0)], axis=2)
        across = slope / (np.linalg.norm(slope, axis=2, keepdims=True) + 1e-9)
        rows, cols = np.indices(inside.shape)
        centre = rows[inside].mean(), cols[inside].mean()
        turn = np.arctan2(rows - centre[0], cols - centre[1]) / (2 * np.pi) + 0.5
        sector = np.minimum((turn * SECTORS).astype(np.int64), SECTORS - 1)
        return cls(width, height, inside, inner, np.abs(distance) <= SEAM_PX, outer, distance, across, sector)

    def measure(self, image: Image, x: int, y: int) -> Array:
        """The features of the place whose region's top-left corner is (x, y); the region lies inside the image.

        Args:
            image: RGB uint8.
            x: column.
            y: row.

        Returns:
            (len(SEAM_FEATURES),) float64.
        """
        crop = image[y : y + self.height, x : x + self.width].astype(np.float64)
        luma = crop @ np.array([0.299, 0.587, 0.114])
        colour = np.stack([crop[..., 0] - luma, crop[..., 2] - luma], axis=2)
        return np.array(
            [
                *self._residuals(luma, colour),
                self._noise_floor(luma),
                *self._directions(luma),
                *self._steps(luma, colour),
                *self._blocks(luma, x, y),
            ]
        )

    def light(self, image: Image, x: int, y: int) -> Array:
        """Signed differences in light between inner and outer zone, for objects that are to be as bright as others.

        Args:
            image: RGB uint8.
            x: column of the region's top-left corner.
            y: row.

        Returns:
            (len(LIGHT_FEATURES),) float64: grey levels, grey levels, share of pixels.
        """
        crop = image[y : y + self.height, x : x + self.width].astype(np.float64)
        luma = crop @ np.array([0.299, 0.587, 0.114])
        planes = luma, crop[..., 0] - crop[..., 2], (crop.max(axis=2) >= CLIPPED).astype(np.float64)
        return np.array([plane[self.inner].mean() - plane[self.outer].mean() for plane in planes])

    def _residuals(self, luma: Array, colour: Array) -> list[float]:
        blurred = {s: cv2.GaussianBlur(luma, (0, 0), s, borderType=cv2.BORDER_REFLECT) for s in (1.0, 2.0, 4.0)}
        chroma = cv2.Laplacian(colour, cv2.CV_64F, borderType=cv2.BORDER_REFLECT)
        energies = [
            np.abs(cv2.filter2D(luma, cv2.CV_64F, _PREDICTOR, borderType=cv2.BORDER_REFLECT)),
            np.abs(luma - blurred[1.0]),
            np.abs(blurred[1.0] - blurred[2.0]),
            np.abs(blurred[2.0] - blurred[4.0]),
            np.abs(chroma).sum(axis=2),
        ]
        outer = [_level(e, self.outer) for e in energies]
        return [_level(e, self.seam) - o for e, o in zip(energies, outer, strict=True)] + [
            _level(e, self.inner) - o for e, o in zip(energies, outer, strict=True)
        ]

    def _noise_floor(self, luma: Array) -> float:
        residual = np.abs(cv2.Laplacian(luma, cv2.CV_64F, borderType=cv2.BORDER_REFLECT))
        inside, outside = np.quantile(residual[self.inner], 0.3), np.quantile(residual[self.outer], 0.3)
        return float(np.log(inside + 0.5) - np.log(outside + 0.5))

    def _directions(self, luma: Array) -> list[float]:
        """First and second derivative across the outline against along it, on the seam relative to outside."""
        nx, ny = self.across[..., 0], self.across[..., 1]
        gx, gy = _slope(luma, 1), _slope(luma, 0)
        gxx, gyy, gxy = _slope(gx, 1), _slope(gy, 0), _slope(gx, 0)
        pairs = (
            (np.abs(gx * nx + gy * ny), np.abs(gy * nx - gx * ny)),
            (
                np.abs(gxx * nx * nx + 2 * gxy * nx * ny + gyy * ny * ny),
                np.abs(gxx * ny * ny - 2 * gxy * nx * ny + gyy * nx * nx),
            ),
        )
        return [
            (_level(a, self.seam) - _level(b, self.seam)) - (_level(a, self.outer) - _level(b, self.outer))
            for a, b in pairs
        ]

    def _steps(self, luma: Array, colour: Array) -> list[float]:
        """How far the two sides of the outline differ, against a step of the same size a little further out."""
        at_edge, further = self._contrast(luma, (-5, -1), (1, 5)), self._contrast(luma, (1, 5), (5, 9))
        tint = sum(self._contrast(colour[..., k], (-5, -1), (1, 5)) for k in (0, 1))
        tint_further = sum(self._contrast(colour[..., k], (1, 5), (5, 9)) for k in (0, 1))
        narrow = self._contrast(luma, (-1.2, 0), (0, 1.2))
        return [
            float(np.log(at_edge + 1.0) - np.log(further + 1.0)),
            float(np.log(tint + 1.0) - np.log(tint_further + 1.0)),
            float(np.log(narrow + 1.0) - np.log(at_edge + 1.0)),
        ]

    def _contrast(self, plane: Array, near: tuple[float, float], far: tuple[float, float]) -> float:
        """Mean over directions of |mean of one band - mean of another|, bands given by their distances."""
        means = []
        for low, high in (near, far):
            band = (self.distance >= low) & (self.distance < high)
            sector = self.sector[band]
            count = np.bincount(sector, minlength=SECTORS)
            means.append(np.where(count > 0, np.bincount(sector, plane[band], SECTORS) / np.maximum(count, 1), np.nan))
        difference = np.abs(means[0] - means[1])
        return float(np.nanmean(difference)) if np.isfinite(difference).any() else 0.0

    def _blocks(self, luma: Array, x: int, y: int) -> list[float]:
        """Steps between columns and rows, 8 px apart, at the image's own block edges and at shifted ones."""
        inside, outside = (self._phases(luma, x, y, zone) for zone in (self.inside, self.distance > 1.0))
        own = np.log(inside[:, 7]) - np.log(outside[:, 7])
        shifted = np.log(inside[:, :7].max(axis=1)) - np.log(outside[:, :7].max(axis=1))
        return [float(own.mean()), float(shifted.mean())]

    @staticmethod
    def _phases(luma: Array, x: int, y: int, zone: Bools) -> Array:
        """(2, 8): mean step at each column and row modulo 8 relative to all; 7 is the image's block edge."""
        phases = []
        for axis, start in ((1, x), (0, y)):
            plane, part = (luma, zone) if axis == 1 else (luma.T, zone.T)
            bend = np.abs(plane[:, :-3] - 3 * plane[:, 1:-2] + 3 * plane[:, 2:-1] - plane[:, 3:])
            phase = np.broadcast_to((np.arange(bend.shape[1]) + 1 + start) % 8, bend.shape)
            kept = part[:, 1:-2]
            total = np.bincount(phase[kept], bend[kept], 8) + 1.0
            mean = total / (np.bincount(phase[kept], minlength=8) + 1.0)
            phases.append(mean / mean.mean())
        return np.array(phases)


def _slope(plane: Array, axis: int) -> Array:
    kernel = np.array([[-0.5, 0.0, 0.5]])
    kernel = kernel if axis == 1 else kernel.T
    return np.asarray(cv2.filter2D(plane, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT), dtype=np.float64)


def _level(energy: Array, zone: Bools) -> float:
    return float(np.log(energy[zone].mean() + 0.2))
