"""The nested grids on which Poisson's equation is solved, and how strongly their points are coupled.

Each grid keeps every second point of the one before. Neighbours couple by 1; where the mask's rim lies between two
points of a coarse grid, the coupling to it is the grid's spacing over the true distance (Shortley and Weller 1938), so
that all grids describe the same shape. At the array's border nothing is coupled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_LEAST_SIDE = 3
_RIGHT, _LEFT, _DOWN, _UP = 0, 1, 2, 3
_COUPLED, _FREE = 0.0, -1.0


@compiled
def _finest_sums(mask: Bools, total: Floats, inverse: Floats) -> None:
    """Fills in the number of each unknown's neighbours inside the array and its inverse."""
    height, width = mask.shape
    for i in range(height):
        at = (i + 1) * (width + 2) + 1
        here, sums, scale = mask[i], total[at : at + width], inverse[at : at + width]
        inner = 4 - (i == 0) - (i + 1 == height)
        weight = np.float32(1.0) / np.float32(inner)
        for j in range(width):
            sums[j] = inner if here[j] else 0
            scale[j] = weight if here[j] else np.float32(0.0)
        for j in (0, width - 1):
            sums[j] -= np.float32(1.0) if here[j] else np.float32(0.0)
            scale[j] = np.float32(1.0) / sums[j] if sums[j] > 0 else np.float32(0.0)


@compiled
def _second_distances(mask: Bools) -> tuple[Bools, Floats]:
    """Mask and distances of the grid of every second pixel.

    Distances are (h, w, 4): to the rim by direction, 0 if the next point is unknown too, -1 if the array ends first.
    """
    height, width = mask.shape
    coarse = np.zeros(((height + 1) // 2, (width + 1) // 2), np.bool_)
    distances = np.zeros((coarse.shape[0], coarse.shape[1], 4), np.float32)
    for i in range(0, height, 2):
        inner_row = 2 <= i < height - 2
        for j in range(0, width, 2):
            if not mask[i, j]:
                continue
            coarse[i // 2, j // 2] = True
            if (
                inner_row
                and 2 <= j < width - 2
                and (mask[i, j - 2] and mask[i, j - 1] and mask[i, j + 1] and mask[i, j + 2])
                and (mask[i - 2, j] and mask[i - 1, j] and mask[i + 1, j] and mask[i + 2, j])
            ):
                continue
            to = distances[i // 2, j // 2]
            for k in range(1, 3):
                for d in range(4):
                    row = i + (k if d == _DOWN else -k if d == _UP else 0)
                    column = j + (k if d == _RIGHT else -k if d == _LEFT else 0)
                    if to[d] != _COUPLED:
                        continue
                    if row < 0 or row >= height or column < 0 or column >= width:
                        to[d] = _FREE
                    elif not mask[row, column]:
                        to[d] = k
    return coarse, distances


@compiled
def _coarser_distances(mask: Bools, distances: Floats, spacing: float) -> tuple[Bools, Floats]:
    """Mask and distances of the grid of every second point."""
    height, width = (mask.shape[0] + 1) // 2, (mask.shape[1] + 1) // 2
    coarse_mask = np.zeros((height, width), np.bool_)
    coarse = np.zeros((height, width, 4), np.float32)
    for i in range(height):
        for j in range(width):
            if not mask[2 * i, 2 * j]:
                continue
            coarse_mask[i, j] = True
            for k in range(4):
                near = distances[2 * i, 2 * j, k]
                if near != _COUPLED:
                    coarse[i, j, k] = near
                    continue
                row = 2 * i + (1 if k == _DOWN else -1 if k == _UP else 0)
                column = 2 * j + (1 if k == _RIGHT else -1 if k == _LEFT else 0)
                far = distances[row, column, k]
                coarse[i, j, k] = far if far <= 0.0 else np.float32(spacing) + far
    return coarse_mask, coarse


@compiled
def _sums(mask: Bools, distances: Floats, spacing: float, total: Floats, inverse: Floats) -> None:
    """Fills in the sum of each point's couplings and its inverse; both stay 0 where nothing is unknown."""
    height, width = mask.shape
    for i in range(height):
        for j in range(width):
            if mask[i, j]:
                summed = np.float32(0.0)
                for k in range(4):
                    distance = distances[i, j, k]
                    if distance == _COUPLED:
                        summed += np.float32(1.0)
                    elif distance > 0.0:
                        summed += np.float32(spacing) / distance
                at = (i + 1) * (width + 2) + j + 1
                total[at] = summed
                inverse[at] = np.float32(1.0) / summed if summed > 0.0 else np.float32(0.0)


@compiled
def nested_grids(mask: Bools) -> tuple[Ints, Ints, Floats, Floats]:
    """The grids of a mask.

    Args:
        mask: (h, w), the unknowns.

    Returns:
        (n + 1,) where each grid's plane starts, the last where all end; (n,) widths of the planes; and the sum of each
        point's couplings with its inverse, both 0 where nothing is unknown.
    """
    count, height, width, size = 1, mask.shape[0], mask.shape[1], 0
    while True:
        size += (height + 2) * (width + 2)
        if min(height, width) <= _LEAST_SIDE:
            break
        height, width, count = (height + 1) // 2, (width + 1) // 2, count + 1
    starts, widths = np.zeros(count + 1, np.int64), np.zeros(count, np.int64)
    total, inverse = np.zeros(size, np.float32), np.zeros(size, np.float32)
    widths[0] = mask.shape[1] + 2
    starts[1] = (mask.shape[0] + 2) * widths[0]
    _finest_sums(mask, total, inverse)
    mask, distances = _second_distances(mask)
    spacing = 2.0
    for level in range(1, count):
        widths[level] = mask.shape[1] + 2
        starts[level + 1] = starts[level] + (mask.shape[0] + 2) * widths[level]
        _sums(mask, distances, spacing, total[starts[level] :], inverse[starts[level] :])
        if level + 1 < count:
            mask, distances = _coarser_distances(mask, distances, spacing)
            spacing *= 2.0
    return starts, widths, total, inverse
