"""The picture while it is painted.

A crop of a photo is fetched only where a layer needs it: of a picture that is spliced from encoded blocks, nobody looks
at the rest.
"""

from __future__ import annotations

import numpy as np

from synth.compositing.warp import Region
from synth.labels.sample import Image

TILE = 16


class Canvas:
    """Pixels over a crop that is fetched tile by tile."""

    def __init__(self, below: Image) -> None:
        """Over an (h, w, 3) array that is read but never written to."""
        self._below = below
        self._pixels = np.zeros(below.shape, np.uint8)
        height, width = below.shape[:2]
        self._fetched = np.zeros((-(-height // TILE), -(-width // TILE)), np.bool_)

    def part(self, region: Region) -> Image:
        """A view of a region that lies in the canvas, as it looks now; writing to it paints."""
        x0, y0, x1, y1 = region
        left, top, right, bottom = x0 // TILE, y0 // TILE, -(-x1 // TILE), -(-y1 // TILE)
        fetched = self._fetched[top:bottom, left:right]
        if not fetched.all():
            if fetched.any():
                for row, column in np.argwhere(~fetched).tolist():
                    self._fetch(left + column, top + row, left + column + 1, top + row + 1)
            else:
                self._fetch(left, top, right, bottom)
            fetched[:] = True
        return self._pixels[y0:y1, x0:x1]

    def whole(self) -> Image:
        """All of it, (h, w, 3), contiguous."""
        height, width = self._below.shape[:2]
        return self.part((0, 0, width, height))

    def _fetch(self, left: int, top: int, right: int, bottom: int) -> None:
        rows, columns = slice(top * TILE, bottom * TILE), slice(left * TILE, right * TILE)
        self._pixels[rows, columns] = self._below[rows, columns]
