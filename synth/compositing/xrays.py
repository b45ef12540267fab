"""X-ray layers: what lies below becomes a share of rays, is attenuated, and becomes grey again as a detector sees it.

In this order: attenuation, scatter, blur of focal spot and detector, quanta, the logarithm. Scattered rays lift the
shadow of what is dense, as they do without a grid. Noise is that of `synth.compositing.grain` (its window is the
layer's seed), with the variance of counted quanta. Where nothing is in the beam, an X-ray photo keeps its pixels.
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
    incoming = np.power(10.0, -density)
    reading, variance = (_added if layer.below_is_exposed else _detected)(incoming, transmission, layer)
    grain = grain_window(layer.noise_seed, width, height)[..., 0].astype(np.float64)
    reading += np.sqrt(np.maximum(variance, 0.0) / layer.quanta) * grain
    darkness = -np.log10(np.maximum(reading, LEAST_QUANTA / layer.quanta))
    value = (darkness - low) / max(high - low, 1e-6)
    if not layer.bright_is_dense:
        value = 1.0 - value
    if layer.field_px is not None:
        value = np.clip(value, 0.0, 1.0) * _field(layer.field_px, width, height)
    levels = np.clip(np.rint(value * 255.0), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(levels[..., None], 3, axis=2))


def beyond_field(field: tuple[float, float, float, float], width: int, height: int) -> NDArray[np.bool_]:
    """(height, width) bool, pixels that the collimator keeps in the dark by half or more."""
    return _field(field, width, height) <= 0.5


def _field(field: tuple[float, float, float, float], width: int, height: int) -> Share:
    """(height, width) share of each pixel that lies in the collimator's opening."""
    x0, y0, x1, y1 = field
    column, row = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    across = np.clip(np.minimum(column + 1, x1) - np.maximum(column, x0), 0.0, 1.0)
    down = np.clip(np.minimum(row + 1, y1) - np.maximum(row, y0), 0.0, 1.0)
    return np.asarray(down[:, None] * across)


def _detected(incoming: Share, transmission: Share, layer: XrayLayer) -> tuple[Share, Share]:
    """What the detector reads of a beam, and its variance for one quantum."""
    reading = incoming * transmission
    if layer.scatter:
        reading = (1.0 - layer.scatter) * reading + layer.scatter * _spread(reading)
    reading = _blurred(reading, layer.blur_px)
    return reading, reading


def _added(incoming: Share, transmission: Share, layer: XrayLayer) -> tuple[Share, Share]:
    """The same of a beam that was detected before: its scatter, blur and noise are in it.

    Noise of variance v becomes T^2 v where a share T of the rays comes through, and ought to be T v.
    """
    through = _blurred(transmission, layer.blur_px)
    wide = _spread(incoming) if layer.scatter else incoming
    haze = np.minimum(layer.scatter * wide, incoming)
    left = _spread(incoming * through) / wide if layer.scatter else through
    return (incoming - haze) * through + haze * left, incoming * through * (1.0 - through)


def _blurred(plane: Share, sigma: float) -> Share:
    if sigma == 0:
        return plane
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float64)


def _spread(plane: Share) -> Share:
    """What scatters: a wide blur, computed on a picture so small that it costs nothing."""
    height, width = plane.shape
    sigma = SCATTER_REACH * max(width, height)
    fold = max(1, int(sigma // 4))
    size = (max(1, -(-width // fold)), max(1, -(-height // fold)))
    small = cv2.GaussianBlur(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / fold)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float64)
