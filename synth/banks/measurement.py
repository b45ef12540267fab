"""What can be measured in a photo: light, colour, blur, grain, and a fingerprint by which near duplicates are known.

Blur and grain are given as one number each, so that a tag can be made as soft and as grainy as the photo that it goes
into: the same estimators serve both sides.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.evidence import nearest_means

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]
LIGHT_SIZE = (16, 12)
"""(columns, rows) of the grid on which a photo's light is noted."""
_GREY_CHROMA = 6.0
_FINE, _COARSE = 0.7, 1.4
_STEEPEST_EDGES = 0.05
_TILE_PX = 256
_SOFTEST_PX = 8.0
_PALETTE_COLOURS = 6
_BLOCK_PX = 8
_CALM_TENTH = 0.86
"""The lowest tenth of such spreads, for plain Gaussian grain of standard deviation 1."""


def luma(rgb: Image) -> Floats:
    """(h, w) Rec. 601 luma, grey levels."""
    return np.asarray(rgb.astype(np.float64) @ np.array([0.299, 0.587, 0.114]))


def is_infrared(rgb: Image) -> bool:
    """Whether the picture has no colour: its channels agree but for noise and compression."""
    small = cv2.resize(rgb, (64, 48), interpolation=cv2.INTER_AREA).astype(np.float64)
    return bool((small.max(axis=2) - small.min(axis=2)).mean() < _GREY_CHROMA)


def blur_and_grain(grey: Floats) -> tuple[float, float]:
    """(sigma of the blur in px, standard deviation of the grain in grey levels), from tiles all over the picture."""
    tiles = _tiles(grey)
    return sharpness_px(tiles), noise_level(tiles)


def _tiles(grey: Floats) -> list[Floats]:
    height, width = grey.shape
    if height * width <= 9 * _TILE_PX**2:
        return [grey]
    high, wide = min(height, _TILE_PX), min(width, _TILE_PX)
    places = ((int((height - high) * y), int((width - wide) * x)) for y in (0.1, 0.5, 0.9) for x in (0.1, 0.5, 0.9))
    return [np.ascontiguousarray(grey[y : y + high, x : x + wide]) for y, x in places]


def sharpness_px(tiles: Sequence[Floats]) -> float:
    """Estimated sigma of the blur, from how an edge's slope falls when it is blurred further.

    A step blurred by sigma has, after a Gaussian of width a, a slope of 1 / sqrt(sigma^2 + a^2) (Hu and de Haan, "Low
    cost robust blur estimator", ICIP 2006). The median over the steepest ridges of the gradient is returned, in px;
    8 where nothing has an edge.
    """
    pairs = [_ridges(tile) for tile in tiles]
    fine, coarse = (np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
    if not fine.size:
        return _SOFTEST_PX
    steep = fine >= np.quantile(fine, 1.0 - min(1.0, max(_STEEPEST_EDGES, 40 / fine.size)))
    ratio = np.maximum(fine[steep] / np.maximum(coarse[steep], 1e-9), 1.0 + 1e-6)
    variance = (_COARSE**2 - ratio**2 * _FINE**2) / (ratio**2 - 1.0)
    return float(np.sqrt(np.clip(np.median(variance), 0.0, _SOFTEST_PX**2)))


def _ridges(grey: Floats) -> tuple[Floats, Floats]:
    """Slopes at both widths where the fine one is a local maximum."""
    fine, coarse = _slope(grey, _FINE), _slope(grey, _COARSE)
    ridge = (fine >= cv2.dilate(fine, np.ones((3, 3), np.uint8))) & (fine > 1.0)
    return fine[ridge], coarse[ridge]


def _slope(grey: Floats, sigma: float) -> Floats:
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma)
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, 1:-1] = smooth[:, 2:] - smooth[:, :-2]
    down[1:-1] = smooth[2:] - smooth[:-2]
    return np.asarray(np.hypot(across, down) / 2)


def noise_level(tiles: Sequence[Floats]) -> float:
    """Estimated standard deviation of the grain, grey levels.

    The spread within small blocks once each block's slope is taken out; of all blocks the calmest tenth tells, since
    texture only adds. Unlike a high-pass mask (Immerkaer 1996) it also sees grain that demosaicing and compression have
    smeared over neighbouring pixels, as they do in every photo.
    """
    return float(np.quantile(np.concatenate([_spread_in_blocks(tile) for tile in tiles]), 0.1) / _CALM_TENTH)


def _spread_in_blocks(tile: Floats) -> Floats:
    """(n,) standard deviation within each block of `_BLOCK_PX` squared, without its slope."""
    rows, columns = tile.shape[0] // _BLOCK_PX, tile.shape[1] // _BLOCK_PX
    if rows == 0 or columns == 0:
        return np.zeros(1)
    cut = tile[: rows * _BLOCK_PX, : columns * _BLOCK_PX].reshape(rows, _BLOCK_PX, columns, _BLOCK_PX)
    blocks = cut.transpose(0, 2, 1, 3).reshape(-1, _BLOCK_PX, _BLOCK_PX)
    blocks = blocks - blocks.mean(axis=(1, 2), keepdims=True)
    along = np.arange(_BLOCK_PX) - (_BLOCK_PX - 1) / 2
    unit = float((along**2).sum() * _BLOCK_PX)
    down = np.einsum("nij,i->n", blocks, along) / unit
    across = np.einsum("nij,j->n", blocks, along) / unit
    rest = blocks - down[:, None, None] * along[:, None] - across[:, None, None] * along
    return np.asarray(rest.std(axis=(1, 2)))


def light_grid(grey: Floats) -> tuple[int, ...]:
    """Mean luma of `LIGHT_SIZE` cells, row-major, rounded."""
    cells = cv2.resize(grey, LIGHT_SIZE, interpolation=cv2.INTER_AREA)
    return tuple(int(v) for v in np.rint(cells).ravel())


def cast_grid(rgb: Image, grey: Floats) -> tuple[tuple[int, int], ...]:
    """Mean red minus luma and blue minus luma of `LIGHT_SIZE` cells, row-major, rounded."""
    cells = cv2.resize(rgb, LIGHT_SIZE, interpolation=cv2.INTER_AREA).astype(np.float64)
    own = cv2.resize(grey, LIGHT_SIZE, interpolation=cv2.INTER_AREA)
    casts = np.rint(cells[..., [0, 2]] - own[..., None]).astype(int).reshape(-1, 2)
    return tuple((int(red), int(blue)) for red, blue in casts)


def palette(rgb: Image) -> tuple[tuple[int, int, int], ...]:
    """Typical colours, the most frequent first."""
    colours = cv2.resize(rgb, (64, 48), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float64)
    nearest = nearest_means(colours, _PALETTE_COLOURS)
    groups = [colours[nearest == i] for i in range(_PALETTE_COLOURS)]
    groups = sorted((g for g in groups if len(g)), key=len, reverse=True)
    means = [np.rint(g.mean(axis=0)).astype(int) for g in groups]
    return tuple((int(r), int(g), int(b)) for r, g, b in means)


def fingerprint(grey: Floats) -> str:
    """64-bit difference hash (brighter than the right neighbour on a 9 x 8 grid), hexadecimal."""
    cells = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (cells[:, :-1] > cells[:, 1:]).ravel()
    return np.packbits(bits).tobytes().hex()
