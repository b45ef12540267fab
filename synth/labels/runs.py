"""The compressed run lengths of a mask, in one compiled pass over its region; their form: `synth.labels.rle`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled


@compiled
def _starts(pixels: NDArray[np.bool_]) -> int:
    """Number of runs, if each column stands alone."""
    count = 0
    for row in range(pixels.shape[0]):
        line, above = pixels[row], pixels[max(row - 1, 0)]
        if row == 0:
            for column in range(line.size):
                count += line[column]
        else:
            for column in range(line.size):
                count += line[column] > above[column]
    return count


@compiled
def compressed_runs(pixels: NDArray[np.bool_], x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
    """Run lengths of a mask over a (height, width) image, as ASCII codes.

    Args:
        pixels: (h, w) of the mask's region; what lies outside the image is dropped.
        x: column of the region's left edge in the image.
        y: row of its top edge.
        width: of the image, px.
        height: of the image, px.
    """
    counts = np.zeros(2 * _starts(pixels) + 2, np.int64)
    filled = 0
    start = end = 0  # of the last run of pixels that are set
    for column in range(max(0, -x), min(pixels.shape[1], width - x)):
        for row in range(max(0, -y), min(pixels.shape[0], height - y)):
            if not pixels[row, column]:
                continue
            at = (column + x) * height + row + y
            if filled and at == end:
                end += 1
                continue
            if filled:
                counts[filled] = end - start
                filled += 1
            counts[filled] = at - end
            filled += 1
            start, end = at, at + 1
    if filled:
        counts[filled] = end - start
        filled += 1
    if end < width * height:
        counts[filled] = width * height - end
        filled += 1
    codes = np.zeros(7 * filled, np.uint8)
    written = 0
    for k in range(filled):
        value = counts[k] - counts[k - 2] if k > 2 else counts[k]
        while True:
            group = value & 31
            value >>= 5
            last = value == -(group >> 4)  # what is left is the sign that this group's top bit already says
            codes[written] = group + (48 if last else 80)
            written += 1
            if last:
                break
    return codes[:written]
