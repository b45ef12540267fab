"""X-ray layers: what lies below becomes a share of rays, is attenuated, and becomes grey again as a detector sees it.

In this order: attenuation, scatter, blur of focal spot and detector, quanta, the logarithm. Scattered rays lift the
shadow of what is dense, as they do without a grid. Noise is that of `synth.compositing.grain` (its window is the
layer's seed), with the variance of counted quanta.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.grain import grain_window
from synth.labels.sample import Image
from synth.scene.spec import XrayLayer

SCATTER_REACH = 0.06
"""Sigma of the scattered rays' spread, as a share of the picture's longer side."""
LEAST_QUANTA = 0.5
Share = NDArray[np.float64]


def exposed(below: Image, transmission: Share, layer: XrayLayer) -> Image:
    """The picture with the layer's bodies in the beam, grey.

    Args:
        below: (h, w, 3) uint8.
        transmission: (h, w) share of the rays that the bodies let through.
        layer: says how it is detected.
    """
    height, width = below.shape[:2]
    low, high = layer.below_range
    grey = cv2.cvtColor(below, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255.0
    density = low + (high - low) * (grey if layer.bright_is_dense else 1.0 - grey)
    reading = np.power(10.0, -density) * transmission
    if layer.scatter:
        reading = (1.0 - layer.scatter) * reading + layer.scatter * _spread(reading, SCATTER_REACH * max(width, height))
    reading = layer.exposure * (_blurred(reading, layer.blur_px) if layer.blur_px else reading)
    grain = grain_window(layer.noise_seed, width, height)[..., 0].astype(np.float64)
    reading += np.sqrt(np.maximum(reading, 0.0) / layer.quanta) * grain
    darkness = -np.log10(np.maximum(reading, LEAST_QUANTA / layer.quanta))
    value = (darkness - low) / max(high - low, 1e-6)
    if not layer.bright_is_dense:
        value = 1.0 - value
    levels = np.clip(np.rint(value * 255.0), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(levels[..., None], 3, axis=2))


def _blurred(plane: Share, sigma: float) -> Share:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float64)


def _spread(plane: Share, sigma: float) -> Share:
    """A wide blur, computed on a picture so small that it costs nothing."""
    height, width = plane.shape
    fold = max(1, int(sigma // 4))
    size = (max(1, -(-width // fold)), max(1, -(-height // fold)))
    small = cv2.GaussianBlur(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / fold)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float64)
