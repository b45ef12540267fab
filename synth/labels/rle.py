"""Run-length encoded masks as pycocotools writes them, made from a mask's own region and not from the whole image.

The runs count pixels down the columns of the whole image (column-major), starting with a run of zeros that may be
empty. The compressed form writes each count from the fourth on as the difference to the one two places before, in
groups of five bits, lowest first, as printable characters (bit 5 says that more follow, then 48 is added).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.errors import LabelError
from synth.labels.sample import Mask

Counts = NDArray[np.int64]
MAX_PIXELS = 1 << 30
_GROUPS = 7  # five bits each: enough for differences of counts below 2**33


def counts_to_mask(counts: Counts, width: int, height: int) -> Mask:
    """The trimmed mask that the runs describe; LabelError unless they are >= 0 and fill the image."""
    if width * height > MAX_PIXELS:
        raise LabelError(f"a mask of {width} x {height} pixels is larger than the limit of {MAX_PIXELS} pixels")
    if (counts < 0).any() or int(counts.sum()) != width * height:
        raise LabelError(f"runs of a mask must be >= 0 and add up to {width} x {height}, got {int(counts.sum())}")
    edges = np.cumsum(counts)
    edges = edges[: edges.size // 2 * 2].reshape(-1, 2)
    edges = edges[edges[:, 0] < edges[:, 1]]
    if edges.size == 0:
        return Mask(0, 0, np.zeros((0, 0), np.bool_))
    column, row = np.divmod(edges[:, 0], height)
    stop = row + edges[:, 1] - edges[:, 0]
    x0, y0, y1 = int(column[0]), int(row.min()), int(stop.max())
    if y1 > height:  # a run goes on in the next column
        y0, y1 = 0, height
    x1 = -(-int(edges[-1, 1]) // height)
    h = y1 - y0
    steps = np.zeros((x1 - x0) * h + 1, np.int8)
    at = (column - x0) * h + row - y0
    steps[at] += 1  # starts differ from one another, and so do ends: no index comes twice
    steps[at + stop - row] -= 1
    pixels = np.cumsum(steps[:-1], dtype=np.int8).reshape(x1 - x0, h).T
    return Mask(x0, y0, pixels.astype(np.bool_, order="C"))


def decompress(text: str) -> Counts:
    """Run lengths from pycocotools' string; LabelError if it is not one."""
    try:
        codes = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError:
        raise LabelError("a compressed mask must be ASCII; was the file saved in another encoding?") from None
    if codes.size == 0 or codes.min() < 0 or codes.max() > 63 or codes[-1] & 32:
        raise LabelError("not a compressed mask: expected characters '0' to 'o', the last one without continuation")
    starts = np.flatnonzero(np.concatenate([[True], (codes[:-1] & 32) == 0]))
    lengths = np.diff(starts, append=codes.size)
    if lengths.max() > _GROUPS:
        raise LabelError("not a compressed mask: a run is longer than any image")
    place = np.arange(codes.size) - np.repeat(starts, lengths)
    values = np.add.reduceat((codes & 31) << (5 * place), starts)
    ends = starts + lengths - 1
    values -= np.where(codes[ends] & 16, np.int64(1) << (5 * lengths), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def mask_to_rle(mask: Mask, width: int, height: int) -> str:
    """The mask in a (height, width) image as pycocotools' compressed string; the part outside it is dropped."""
    from synth.labels.runs import compressed_runs  # a compiler is loaded with it, which readers do without

    return compressed_runs(mask.pixels, mask.x, mask.y, width, height).tobytes().decode("ascii")


def rle_to_mask(text: str, width: int, height: int) -> Mask:
    """The trimmed mask of pycocotools' compressed string; LabelError if it does not fit the image."""
    return counts_to_mask(decompress(text), width, height)
