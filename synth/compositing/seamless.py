"""Seamless cloning (Pérez, Gangnet and Blake, "Poisson image editing", 2003) on exactly the pixels of a mask.

The paste keeps the gradients of its source and takes the values of what lies round it: pasted = source + w, where w
solves Poisson's equation with w = below - source on the rim. For plain cloning w is a harmonic membrane; for mixed
gradients a force adds, wherever the gradient below is the stronger one, the difference of the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.compositing.poisson import solve
from synth.native import compiled

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@compiled
def _start(source: Bytes, below: Bytes, mask: Bools) -> tuple[Floats, int]:
    """Difference below - source off the mask, and its mean on it; and the number of pixels off the mask."""
    height, width = mask.shape
    values = np.zeros((3, height + 2, width + 2), np.float32)
    summed = np.zeros(3, np.int64)
    count = 0
    for i in range(height):
        for j in range(width):
            if not mask[i, j]:
                count += 1
                for c in range(3):
                    difference = np.int32(below[i, j, c]) - np.int32(source[i, j, c])
                    values[c, i + 1, j + 1] = difference
                    summed[c] += difference
    for c in range(3):
        mean = np.float32(summed[c] / max(count, 1))
        for i in range(height):
            row, here = values[c, i + 1, 1:-1], mask[i]
            for j in range(width):
                row[j] = mean if here[j] else row[j]
    return values, count


@compiled
def _mixing(source: Bytes, below: Bytes, mask: Bools) -> Floats:
    """The force of mixed gradients: of each pair of neighbours the stronger difference, judged on all channels."""
    height, width = mask.shape
    force = np.zeros((3, height + 2, width + 2), np.float32)
    for i in range(height):
        for j in range(width):
            for k in range(2):
                row, column = i + k, j + 1 - k
                if row >= height or column >= width or not (mask[i, j] or mask[row, column]):
                    continue
                ours, theirs = np.int64(0), np.int64(0)
                for c in range(3):
                    ours += (np.int64(source[row, column, c]) - np.int64(source[i, j, c])) ** 2
                    theirs += (np.int64(below[row, column, c]) - np.int64(below[i, j, c])) ** 2
                if theirs <= ours:
                    continue
                for c in range(3):
                    step = np.int64(below[i, j, c]) - np.int64(below[row, column, c])
                    step -= np.int64(source[i, j, c]) - np.int64(source[row, column, c])
                    if mask[i, j]:
                        force[c, i + 1, j + 1] += step
                    if mask[row, column]:
                        force[c, row + 1, column + 1] -= step
    return force


@compiled
def _add(source: Bytes, w: Floats, mask: Bools, below: Bytes) -> Bytes:
    """Source + w, rounded, on the mask; `below` elsewhere."""
    out = below.copy()
    height, width = mask.shape
    for i in range(height):
        for j in range(width):
            if mask[i, j]:
                for c in range(3):
                    value = np.float32(source[i, j, c]) + w[c, i + 1, j + 1] + np.float32(0.5)
                    out[i, j, c] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)))
    return out


def clone(source: Bytes, below: Bytes, mask: Bools, *, mixed: bool) -> Bytes:
    """Pastes `source` over `below` on exactly the pixels of a mask.

    Args:
        source: (h, w, 3) with its own surroundings: the pixels next to the mask say what its rim is compared with.
        below: (h, w, 3).
        mask: (h, w). Where it reaches the array's border, the paste is free there; where nothing surrounds it at all,
            the source is taken as it is.
        mixed: keep the stronger of the two gradients instead of the source's.

    Returns:
        (h, w, 3), a new array.
    """
    source, below = np.ascontiguousarray(source), np.ascontiguousarray(below)
    values, outside = _start(source, below, mask)
    if outside > 0:
        values = solve(mask, values, _mixing(source, below, mask) if mixed else np.zeros_like(values))
    return _add(source, values, mask, below)
