"""The picture while it is painted.

Where most of a crop will only be copied as encoded blocks, its pixels are fetched from the photo where a layer needs
them and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.geometry.boxes import Region
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
        self._below = below
        self._lazily = lazily
        self._patches: list[tuple[Region, Image]] = []

    def part(self, region: Region) -> Image:
        """A view of a region that lies in the canvas, as it looks now; writing to it paints, until the next call."""
        x0, y0, x1, y1 = region
        if not self._lazily:
            return self._below[y0:y1, x0:x1]
        (left, top, _, _), pixels = self._patch_round(region)
        return pixels[y0 - top : y1 - top, x0 - left : x1 - left]

    def whole(self) -> Image:
        """All of it as it looks now, (h, w, 3), contiguous; nothing is painted after this."""
        return self._fetched((0, 0, self._below.shape[1], self._below.shape[0])) if self._lazily else self._below

    def pieces(self) -> Iterator[tuple[Region, Image]]:
        """Pixels and where they lie; painted one over the other, the first of them everywhere, they are the whole."""
        yield (0, 0, self._below.shape[1], self._below.shape[0]), self._below
        yield from self._patches

    def _patch_round(self, region: Region) -> tuple[Region, Image]:
        """The fetched pixels that hold a region; those that it only meets become one with it."""
        for patch in self._patches:
            if _union(patch[0], region) == patch[0]:
                return patch
        height, width = self._below.shape[:2]
        x0, y0, x1, y1 = (v // TILE * TILE for v in (region[0], region[1], region[2] + TILE - 1, region[3] + TILE - 1))
        wanted = (x0, y0, min(x1, width), min(y1, height))
        apart = self._patches
        while met := [patch for patch in apart if _meet(patch[0], wanted)]:
            apart = [patch for patch in apart if not _meet(patch[0], wanted)]
            for known, _ in met:
                wanted = _union(known, wanted)
        patch = (wanted, self._fetched(wanted))
        self._patches = [*apart, patch]
        return patch

    def _fetched(self, region: Region) -> Image:
        """A copy of a region as it looks now; what was fetched lies wholly in it or wholly outside."""
        left, top, right, bottom = region
        pixels = self._below[top:bottom, left:right].copy()
        for (x0, y0, x1, y1), painted in self._patches:
            if _meet((x0, y0, x1, y1), region):
                pixels[y0 - top : y1 - top, x0 - left : x1 - left] = painted
        return pixels


def _meet(a: Region, b: Region) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _union(a: Region, b: Region) -> Region:
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
