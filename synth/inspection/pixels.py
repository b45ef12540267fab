"""What pixels are like, measured without any trained weights, so that drawn and real pictures can be compared."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Box
from synth.labels.sample import Image

Array = NDArray[np.float64]

PIXEL_FEATURES = (
    "brightness",
    "contrast",
    "shadows",
    "highlights",
    "saturation",
    "warmth",
    "sharpness",
    "noise",
    "spectrum slope",
    "JPEG blocks",
)
TAG_FEATURES = ("size", "aspect", *PIXEL_FEATURES[:8], "contrast to its surroundings")


def pixel_features(image: Image) -> Array:
    """What a picture's pixels are like: one number per name in `PIXEL_FEATURES`.

    Args:
        image: RGB uint8, at native resolution; at least 16 px on each side.
    """
    luma = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    low, high = np.quantile(luma, [0.05, 0.95])
    rgb = image.astype(np.float64)
    bend = cv2.Laplacian(luma, cv2.CV_64F, borderType=cv2.BORDER_REFLECT)
    return np.array(
        [
            luma.mean(),
            luma.std(),
            low,
            high,
            (rgb.max(axis=2) - rgb.min(axis=2)).mean(),
            (rgb[..., 0] - rgb[..., 2]).mean(),
            math.log(bend.var() + 1.0),
            noise_sigma(luma),
            _spectrum_slope(luma),
            _blockiness(luma),
        ]
    )


def noise_sigma(luma: Array) -> float:
    """Standard deviation of the grain, grey levels, from the flattest fifth of small cells.

    Method: Immerkaer, "Fast Noise Variance Estimation" (1996), restricted to flat cells so that texture does not count.
    """
    kernel = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])
    residual = cv2.filter2D(luma, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT) / 6.0
    rows, cols = (size // 8 * 8 for size in luma.shape)
    cells = residual[:rows, :cols].reshape(rows // 8, 8, cols // 8, 8)
    deviation = np.sqrt((cells**2).mean(axis=(1, 3)))
    return float(np.quantile(deviation, 0.2))


def _spectrum_slope(luma: Array) -> float:
    """Exponent of the fall of the power spectrum; about -2 for photos, flatter for noise, steeper for blur."""
    side = min(luma.shape)
    y, x = (luma.shape[0] - side) // 2, (luma.shape[1] - side) // 2
    window = np.hanning(side)
    power = np.abs(np.fft.rfft2((luma[y : y + side, x : x + side] - luma.mean()) * np.outer(window, window))) ** 2
    fy, fx = np.fft.fftfreq(side), np.fft.rfftfreq(side)
    ring = np.hypot(fy[:, None], fx[None, :])
    bins = np.geomspace(2.5 / side, 0.45, 12)
    index = np.digitize(ring.ravel(), bins)
    energy = np.bincount(index, power.ravel(), 13)[1:12] / np.maximum(np.bincount(index, minlength=13)[1:12], 1)
    centre = np.sqrt(bins[:-1] * bins[1:])
    seen = energy > 0
    return float(np.polyfit(np.log(centre[seen]), np.log(energy[seen]), 1)[0]) if seen.sum() > 2 else 0.0


def _blockiness(luma: Array) -> float:
    """Log of the step at block edges relative to the step elsewhere, for the strongest of the eight grids."""
    logs = []
    for plane in (luma, luma.T):
        bend = np.abs(plane[:, :-3] - 3 * plane[:, 1:-2] + 3 * plane[:, 2:-1] - plane[:, 3:]).mean(axis=0)
        phases = np.array([bend[k::8].mean() for k in range(8)]) + 0.05
        logs.append(math.log(phases.max() / np.median(phases)))
    return float(np.mean(logs))


def tag_features(image: Image, box: Box) -> Array | None:
    """What one object's pixels are like: one number per name in `TAG_FEATURES`; None if it is smaller than 16 px."""
    x0, y0, x1, y1 = (round(v) for v in box)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, image.shape[1]), min(y1, image.shape[0])
    width, height = x1 - x0, y1 - y0
    if min(width, height) < 16:
        return None
    margin = max(4, round(0.25 * max(width, height)))
    around = image[max(y0 - margin, 0) : y1 + margin, max(x0 - margin, 0) : x1 + margin]
    inside = image[y0:y1, x0:x1]
    outside = (around.sum(dtype=np.float64) - inside.sum(dtype=np.float64)) / max(around.size - inside.size, 1)
    shape = [math.log(width * height) / 2, math.log(width / height)]
    return np.array([*shape, *pixel_features(inside)[:8], inside.mean() - outside])
