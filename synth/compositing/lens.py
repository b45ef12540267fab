"""Blur of the lens and of movement, at any size for about the price of a small one.

Kernels of few pixels are applied tap by tap in 16-bit integers, which is some three times as fast as OpenCV's filter. A
wide disc is applied to a smaller picture (the blur leaves nothing that would be lost in it), and a long streak is the
mean of several short ones, one behind the other, which is exact but for rounding.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.labels.sample import Image
from synth.native import compiled

Kernel = NDArray[np.float32]
WIDEST_DISC_PX = 3.0
LONGEST_STREAK_PX = 8.0
_ONE = 256
_FAINTEST = 0.04
"""Of the strongest tap: what a streak spreads more thinly than this is left out."""


def disc_kernel(radius_px: float) -> Kernel:
    """Weights of a disc: a pixel counts by how far the circle reaches into it."""
    return _disc(radius_px)


@compiled
def _disc(radius_px: float) -> Kernel:
    reach = max(0, math.ceil(radius_px - 0.5))
    weights = np.zeros((2 * reach + 1, 2 * reach + 1))
    total = 0.0
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            far = math.sqrt(float((i - reach) ** 2 + (j - reach) ** 2))
            weights[i, j] = min(max(radius_px + 0.5 - far, 0.0), 1.0)
            total += weights[i, j]
    return (weights / total).astype(np.float32)


def streak_kernel(length_px: float, angle_deg: float) -> Kernel:
    """Weights of a straight, even streak through the middle, counter-clockwise from +x as seen on screen."""
    count = max(2, math.ceil(16 * length_px))
    along = ((np.arange(count) + 0.5) / count - 0.5) * length_px
    angle = math.radians(angle_deg)
    x, y = along * math.cos(angle), -along * math.sin(angle)
    reach = math.ceil(length_px / 2)
    size = 2 * reach + 1
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, below = x - column, y - row
    cell, left, above, side = (row + reach) * (size + 1) + column + reach, 1 - right, 1 - below, size + 1
    cells = np.concatenate([cell, cell + 1, cell + side, cell + side + 1])
    shares = np.concatenate([above * left, above * right, below * left, below * right])
    weights = np.bincount(cells, shares, minlength=side * side).reshape(side, side)
    weights[weights < _FAINTEST * weights.max()] = 0.0
    rows, columns = (np.flatnonzero(weights[:size, :size].any(axis=k)) for k in (1, 0))
    row_reach, column_reach = (int(np.abs(used - reach).max()) for used in (rows, columns))
    used = weights[reach - row_reach : reach + row_reach + 1, reach - column_reach : reach + column_reach + 1]
    return np.asarray(used / used.sum(), dtype=np.float32)


def defocused(picture: Image, radius_px: float) -> Image:
    """The picture blurred by a disc."""
    shrink = math.ceil(radius_px / WIDEST_DISC_PX)
    if shrink <= 1:
        return convolved(picture, disc_kernel(radius_px))
    height, width = picture.shape[:2]
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    blurred = convolved(small, disc_kernel(radius_px / shrink))
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def motion_blurred(picture: Image, length_px: float, angle_deg: float) -> Image:
    """The picture blurred along a straight line."""
    pieces = math.ceil(length_px / LONGEST_STREAK_PX)
    piece = length_px / pieces
    blurred = convolved(picture, streak_kernel(piece, angle_deg))
    if pieces == 1:
        return blurred
    angle = math.radians(angle_deg)
    middles = [(k - (pieces - 1) / 2) * piece for k in range(pieces)]
    steps = [(round(m * math.cos(angle)), round(-m * math.sin(angle))) for m in middles]
    return _mean_of_shifts(blurred, steps)


@compiled
def _taps_of(kernel: Kernel) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """(n, 2) offsets (down, right) from the middle, and (n,) weights in 1/256 that sum to 256: largest remainders."""
    rows, columns = kernel.shape
    exact = np.zeros(rows * columns)
    total = 0.0
    for k in range(exact.size):
        exact[k] = kernel[k // columns, k % columns]
        total += exact[k]
    exact *= _ONE / total
    weights = np.floor(exact).astype(np.int64)
    order = np.argsort(weights - exact, kind="mergesort")
    for k in order[: _ONE - weights.sum()]:
        weights[k] += 1
    used = np.flatnonzero(weights)
    offsets, kept = np.zeros((used.size, 2), np.int64), np.zeros(used.size, np.uint16)
    for n in range(used.size):
        k = used[n]
        offsets[n, 0], offsets[n, 1], kept[n] = k // columns - rows // 2, k % columns - columns // 2, weights[k]
    return offsets, kept


@compiled
def _sum_taps(
    wide: Image, offsets: NDArray[np.int64], weights: NDArray[np.uint16], out: Image, summed: NDArray[np.uint16]
) -> None:  # fmt: skip
    """Each row of `out`: the weighted sum of pieces of `wide`, which start at the offsets plus the row's own start."""
    stride, width = wide.shape[1], out.shape[1]
    flat = wide.reshape(-1)
    for i in range(out.shape[0]):
        summed[:] = _ONE // 2
        for k in range(offsets.size):
            begin, weight = i * stride + offsets[k], weights[k]
            source = flat[begin : begin + width]
            for j in range(width):
                summed[j] += np.uint16(source[j]) * weight
        row = out[i]
        for j in range(width):
            row[j] = summed[j] >> 8


def convolved(picture: Image, kernel: Kernel) -> Image:
    """The (h, w, 3) picture convolved with a kernel of odd sides that is symmetric about its middle."""
    height, width = picture.shape[:2]
    offsets, weights = _taps_of(kernel)
    reach = max(kernel.shape[0] // 2, kernel.shape[1] // 2, 1)
    wide = np.asarray(cv2.copyMakeBorder(picture, reach, reach, reach, reach, cv2.BORDER_REFLECT_101), dtype=np.uint8)
    stride = 3 * (width + 2 * reach)
    begins = (offsets[:, 0] + reach) * stride + 3 * (offsets[:, 1] + reach)
    out = np.zeros((height, 3 * width), np.uint8)
    _sum_taps(wide.reshape(-1, stride), begins, weights, out, np.zeros(3 * width, np.uint16))
    return out.reshape(height, width, 3)


def _mean_of_shifts(picture: Image, steps: list[tuple[int, int]]) -> Image:
    """The mean of the picture moved by each step."""
    height, width = picture.shape[:2]
    reach = max(max(abs(x), abs(y)) for x, y in steps)
    wide = cv2.copyMakeBorder(picture, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
    summed = np.zeros(picture.shape, np.uint16)
    for x, y in steps:
        moved = wide[reach - y : reach - y + height, reach - x : reach - x + width]
        summed = np.asarray(cv2.add(summed, moved, dst=summed, dtype=cv2.CV_16U), dtype=np.uint16)
    return np.asarray(cv2.convertScaleAbs(summed, alpha=1.0 / len(steps)), dtype=np.uint8)
