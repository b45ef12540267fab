"""Masks as polygons along pixel edges, and polygons as masks.

Law: for every mask, pycocotools rasterises `mask_to_polygons(mask)` to exactly that mask, holes included. Vertices are
integers; pixel (column i, row j) is the square [i, i+1] x [j, j+1]. Each part of a mask (pixels joined by an edge;
where two touch at a corner only, they are parts of their own) is one polygon. COCO has no notation for a hole, so a
hole is joined to the edge above it by a slit: a line of zero width, walked there and back.

The other way, `polygons_to_mask` is pycocotools' own rule (it samples each column at its middle, on a grid five times
as fine), so that a hand-drawn polygon covers the pixels that every COCO reader sees.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from synth.errors import LabelError
from synth.labels.rle import rle_to_mask
from synth.labels.sample import Mask

Polygon = list[int]
_Loop = list[int]
_GRID = 5  # pycocotools works on fifths of a pixel


def mask_to_polygons(mask: Mask) -> list[Polygon]:
    """One polygon [x0, y0, x1, y1, ...] for each part of the mask, top to bottom; see the module's law."""
    return _Border(mask).polygons()


def polygons_to_mask(polygons: Sequence[Sequence[float]], width: int, height: int) -> Mask:
    """The union of polygons as pycocotools rasterises them in a (height, width) image, trimmed.

    Raises:
        LabelError: a polygon has fewer than three points, an odd count of numbers, or points far outside the image.
    """
    parts = [_fifths(polygon, width, height) for polygon in polygons]
    if not parts:
        return Mask(0, 0, np.zeros((0, 0), np.bool_))
    points = np.concatenate(parts)
    x0, y0 = (max(0, int(v)) for v in points.min(axis=0) // _GRID)
    x1, y1 = (int(v) for v in np.minimum(points.max(axis=0) // _GRID + 2, (width, height)))
    if x0 >= x1 or y0 >= y1:
        return Mask(0, 0, np.zeros((0, 0), np.bool_))
    shifted = [part - (_GRID * x0, _GRID * y0) for part in parts]
    # int(5 x + 0.5) must give the same fifth again, and it rounds negative numbers up
    exact = [(np.where(part < 0, part - 0.75, part) / _GRID).ravel().tolist() for part in shifted]
    runs = coco_mask.merge(coco_mask.frPyObjects(exact, y1 - y0, x1 - x0))
    local = rle_to_mask(runs["counts"].decode("ascii"), x1 - x0, y1 - y0)
    return Mask(local.x + x0, local.y + y0, local.pixels)


def _fifths(polygon: Sequence[float], width: int, height: int) -> NDArray[np.float64]:
    """Checked points on pycocotools' grid, (n, 2) whole numbers."""
    values = np.asarray(polygon, np.float64)
    if values.ndim != 1 or values.size < 6 or values.size % 2:
        raise LabelError(f"a polygon needs an even count of at least 6 numbers, got {values.size}")
    points = values.reshape(-1, 2)
    size = np.array([width, height])
    if not np.isfinite(points).all() or (points < -size).any() or (points > 2 * size).any():
        raise LabelError(f"a polygon must lie in or near its image of {width} x {height} px; clip it to the image")
    fifths: NDArray[np.float64] = np.trunc(_GRID * points + 0.5)
    return fifths


class _Border:
    """The corners of a mask's border and how its edges join them.

    Corners are numbered by row, then column: corners 2k and 2k + 1 are the ends of a horizontal edge. Ordered by
    column, then row, each two are the ends of a vertical edge. Where two pixels touch at a corner only, that corner
    counts twice.
    """

    def __init__(self, mask: Mask) -> None:
        h, w = mask.pixels.shape
        self.mask = mask
        self.width = w + 1
        padded = np.zeros((h + 2, w + 2), np.int8)
        padded[1:-1, 1:-1] = mask.pixels
        twist = padded[:-1, :-1] - padded[:-1, 1:] - padded[1:, :-1] + padded[1:, 1:]  # 0 unless the border turns there
        rows, columns = np.nonzero(twist)
        repeats = np.abs(twist[rows, columns])
        x, y = np.repeat(columns, repeats), np.repeat(rows, repeats)
        self.keys: list[int] = (y * self.width + x).tolist()
        self.x: list[int] = (x + mask.x).tolist()
        self.y: list[int] = (y + mask.y).tolist()
        self.vertical = self._vertical_partners(x, y, twist[y, x])
        self.slits: dict[int, list[_Loop]] = {}

    @staticmethod
    def _vertical_partners(x: NDArray[np.intp], y: NDArray[np.intp], twist: NDArray[np.int8]) -> list[int]:
        """The corner at the other end of each corner's vertical edge.

        Of a double corner's two copies, the first ends the edge from the left. It belongs to the pixel at top left
        (its vertical edge goes up) if that one is set, else to the pixel at bottom left (its vertical edge goes
        down).
        """
        second = np.concatenate([[False], (x[1:] == x[:-1]) & (y[1:] == y[:-1])])
        vertical = np.lexsort((second != (twist == -2), y, x))
        partner = np.zeros(x.size, np.intp)
        partner[vertical[0::2]], partner[vertical[1::2]] = vertical[1::2], vertical[0::2]
        found: list[int] = partner.tolist()
        return found

    def polygons(self) -> list[Polygon]:
        outlines = []
        for loop in self._loops():
            row, column = self.y[loop[0]] - self.mask.y, self.x[loop[0]] - self.mask.x
            if self.mask.pixels[row, column]:
                outlines.append(loop)
            else:
                self.slits.setdefault(self._edge_above(row, column), []).append(loop)
        return [self._walk(outline) for outline in outlines]

    def _loops(self) -> Iterator[_Loop]:
        """Each closed loop as corner numbers, from its topmost, leftmost corner to the right.

        The pixel below that first edge is set for an outline and not set for a hole.
        """
        seen = bytearray(len(self.x))
        for start in range(0, len(self.x), 2):
            at = start
            loop: _Loop = []
            while not seen[at]:
                across = at ^ 1
                seen[at] = seen[across] = 1
                loop += (at, across)
                at = self.vertical[across]
            if loop:
                yield loop

    def _edge_above(self, row: int, column: int) -> int:
        """The number of the first horizontal edge above a hole's corner."""
        unset = np.flatnonzero(~self.mask.pixels[:row, column])
        top = int(unset[-1]) + 1 if unset.size else 0
        return (bisect_right(self.keys, top * self.width + column) - 1) // 2

    def _walk(self, outline: _Loop) -> Polygon:
        """The outline's coordinates, with the holes that hang on its edges (and on theirs) walked on the way."""
        points: Polygon = []
        pending = [self._steps(outline)]
        while pending:
            step = next(pending[-1], None)
            if step is None:
                pending.pop()
            elif isinstance(step, list):
                pending.append(self._steps([*step, step[0]]))
            else:
                points += step
        return points

    def _steps(self, loop: _Loop) -> Iterator[tuple[int, int] | _Loop]:
        """Corners as (x, y), and holes as loops, in walking order."""
        for k, corner in enumerate(loop):
            yield (self.x[corner], self.y[corner])
            if k % 2 or not self.slits or k + 1 == len(loop):
                continue
            holes = self.slits.get(corner // 2, ())
            for hole in sorted(holes, key=lambda hole: self.x[hole[0]], reverse=bool(corner % 2)):
                foot = (self.x[hole[0]], self.y[corner])
                yield foot
                yield hole
                yield foot
