"""Drawn backgrounds for when there are no photos: noise, turbulence, metaballs.

Noise is a sum of octaves of smooth value noise, each half as large and half as strong as the one before (fractional
Brownian motion); turbulence sums their magnitudes, which folds the zero crossings into creases (Perlin, "An image
synthesizer", 1985); metaballs are level sets of a sum of round bumps (Blinn, 1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.errors import ConfigError
from synth.streams import stream

Image = NDArray[np.uint8]
Field = NDArray[np.float32]
Kind = Literal["noise", "turbulence", "metaballs"]
_FINEST_PX = 2.0
_LEVELS = 4096
_FIELD_STEP = 4


def draw_background(
    kind: Kind,
    seed: int,
    scale_px: float,
    octaves: int,
    colours: Sequence[tuple[int, int, int]],
    width: int,
    height: int,
) -> Image:
    """Draws a background.

    Args:
        kind: which texture.
        seed: of the texture.
        scale_px: size of its largest features.
        octaves: number of layers, each half as large as the one before; for metaballs the grain on top of the balls.
        colours: two to four RGB colours that its values, from low to high, are mapped to.
        width: px.
        height: px.

    Returns:
        (height, width, 3) uint8.
    """
    if not 2 <= len(colours) <= 4 or scale_px < 1 or octaves < 1:
        raise ConfigError(
            f"a drawn background needs 2 to 4 colours, scale_px and octaves of at least 1; got {len(colours)} colours, "
            f"scale_px {scale_px}, octaves {octaves}"
        )
    rng = stream(seed, 0, f"background {kind}")
    if kind == "metaballs":
        values = _metaballs(rng, scale_px, width, height)
        values += np.float32(0.12) * _octaves(rng, scale_px / 2, min(octaves, 4), width, height, folded=False)
    else:
        values = _octaves(rng, scale_px, octaves, width, height, folded=kind == "turbulence")
    return _coloured(values, colours)


def _octaves(
    rng: np.random.Generator, scale_px: float, octaves: int, width: int, height: int, *, folded: bool
) -> Field:
    """(height, width) sum of octaves, about in [-1, 1], or [-1, 1] after folding."""
    total = np.zeros((height, width), np.float32)
    strength, sum_of_squares = 1.0, 0.0
    for octave in range(octaves):
        layer = _smooth_noise(rng, max(scale_px / 2**octave, 1.0), width, height)
        if folded:
            np.abs(layer, out=layer)
            layer -= np.float32(0.8)
        total += np.float32(strength) * layer
        sum_of_squares += strength**2
        strength /= 2
    total *= np.float32((0.9 if folded else 0.5) / np.sqrt(sum_of_squares))
    return total


def _smooth_noise(rng: np.random.Generator, pitch_px: float, width: int, height: int) -> Field:
    """(height, width) value noise with standard deviation near 1: random values on a lattice, joined by B-splines.

    Up to two subdivisions of the lattice (each a step towards the cubic B-spline) and a linear enlargement, at a random
    offset, so that the lattice never lines up with the image's border.
    """
    columns, rows = int(np.ceil(width / pitch_px)) + 5, int(np.ceil(height / pitch_px)) + 5
    lattice = rng.standard_normal((rows, columns)).astype(np.float32)
    subdivisions = int(np.clip(np.log2(pitch_px / _FINEST_PX), 0, 2))
    for _ in range(subdivisions):
        lattice = np.asarray(cv2.pyrUp(lattice), np.float32)
    fine_px = pitch_px / 2**subdivisions
    x, y = (1.5 + rng.random(2)) * pitch_px / fine_px
    to_lattice = np.array([[1 / fine_px, 0.0, x], [0.0, 1 / fine_px, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    layer = cv2.warpAffine(lattice, to_lattice, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(layer, np.float32) * np.float32(1.5)


def _metaballs(rng: np.random.Generator, scale_px: float, width: int, height: int) -> Field:
    """(height, width) field of round bumps, squeezed to [-1, 1] round its threshold."""
    count = int(np.clip(width * height / scale_px**2 * 0.8, 4, 120))
    centres = rng.random((count, 2)) * (width, height)
    radii = scale_px * (0.3 + 0.5 * rng.random(count))
    columns, rows = width // _FIELD_STEP + 3, height // _FIELD_STEP + 3
    x = (np.arange(columns, dtype=np.float32) - 0.5) * _FIELD_STEP
    y = (np.arange(rows, dtype=np.float32) - 0.5) * _FIELD_STEP
    field = np.zeros((rows, columns), np.float32)
    for (cx, cy), radius in zip(centres.astype(np.float32), radii.astype(np.float32), strict=True):
        away = ((y - cy) ** 2)[:, None] + (x - cx) ** 2
        field += np.float32(radius) ** 2 / (away + np.float32(0.05) * radius**2)
    squeezed = np.tanh(np.log2(field / np.float32(np.median(field))) * np.float32(2.5))
    smooth = cv2.GaussianBlur(squeezed, (0, 0), 0.7)
    whole = cv2.resize(smooth, (columns * _FIELD_STEP, rows * _FIELD_STEP), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.asarray(whole, np.float32)[_FIELD_STEP:, _FIELD_STEP:][:height, :width])


def _coloured(values: Field, colours: Sequence[tuple[int, int, int]]) -> Image:
    """Maps [-1, 1] to a ramp through the colours."""
    positions = np.linspace(0, _LEVELS - 1, len(colours))
    ramp = [np.interp(np.arange(_LEVELS), positions, [c[i] for c in colours]) for i in range(3)]
    table = np.rint(np.stack([*ramp, ramp[0]], axis=1)).astype(np.uint8).view(np.uint32)[:, 0]
    scaled = values * np.float32(_LEVELS / 2) + np.float32(_LEVELS / 2)
    packed = table.take(scaled.clip(0, _LEVELS - 1).astype(np.intp))
    return np.ascontiguousarray(packed.view(np.uint8).reshape(*values.shape, 4)[..., :3])
