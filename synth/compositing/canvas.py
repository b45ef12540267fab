"""The picture while it is painted.

Where most of a crop will only be copied as encoded blocks, its pixels are fetched from the photo where a layer needs
them and nowhere else.
"""

from __future__ import annotations

import numpy as np

from synth.compositing.warp import Region
from synth.labels.sample import Image

TILE = 16


class Canvas:
    """Pixels that layers are painted on."""

    def __init__(self, below: Image, *, lazily: bool = True) -> None:
        """Over an (h, w, 3) array.

        Args:
            below: read and never written to; if not `lazily`, it becomes the canvas itself.
            lazily: fetch it tile by tile.
        """
        height, width = below.shape[:2]
        self._below = below if lazily else None
        self._pixels = np.zeros(below.shape, np.uint8) if lazily else below
        self._fetched = np.zeros((-(-height // TILE), -(-width // TILE)), np.bool_)
        self._blocks: list[tuple[slice, slice]] = []

    def part(self, region: Region) -> Image:
        """A view of a region that lies in the canvas, as it looks now; writing to it paints."""
        x0, y0, x1, y1 = region
        if self._below is None:
            return self._pixels[y0:y1, x0:x1]
        left, top, right, bottom = x0 // TILE, y0 // TILE, -(-x1 // TILE), -(-y1 // TILE)
        fetched = self._fetched[top:bottom, left:right]
        if not fetched.any():
            self._fetch(self._below, left, top, right, bottom)
        elif not fetched.all():
            for row, column in np.argwhere(~fetched).tolist():
                self._fetch(self._below, left + column, top + row, left + column + 1, top + row + 1)
        fetched[:] = True
        return self._pixels[y0:y1, x0:x1]

    def whole(self) -> Image:
        """All of it as it looks now, (h, w, 3), contiguous; nothing is painted after this."""
        if self._below is None:
            return self._pixels
        picture = self._below.copy()
        for block in self._blocks:
            picture[block] = self._pixels[block]
        return picture

    def _fetch(self, below: Image, left: int, top: int, right: int, bottom: int) -> None:
        block = (slice(top * TILE, bottom * TILE), slice(left * TILE, right * TILE))
        self._pixels[block] = below[block]
        self._blocks.append(block)
