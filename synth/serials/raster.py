"""Polygons as coverage by exact area: each pixel holds the share of it that lies inside, 0 to 255.

Every edge adds, in each column of pixels that it crosses, the signed area between it and the bottom of the picture;
sums down the columns give the coverage (the method of R. Levien's font-rs, with rows and columns exchanged, so that the
sums run side by side). A point is inside where its winding number is not zero.
Vertices are rounded to 1 / `SUBPIXELS` px, so that the last bit of a sine shows in no pixel. Regions and boxes of
whole pixels: x0, y0, x1, y1, half-open.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Region
from synth.native import compiled

Points = NDArray[np.float64]
Ends = NDArray[np.int64]
Coverage = NDArray[np.uint8]
SUBPIXELS = 4096.0
HALF = 128
# coverage of exactly one half is rounded up, whichever way its sum was rounded
TIE = 1e-6


def polygon_area_coverage(vertices: Points, ends: Ends, region: Region) -> Coverage:
    """Coverage of closed polygons in a part of the plane that they may leave on all sides.

    Args:
        vertices: (n, 2) px, the points of all contours one after the other.
        ends: (m,) index after the last point of each contour.
        region: which pixels.

    Returns:
        (h, w) uint8.
    """
    x0, y0, x1, y1 = region
    out = np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.uint8)
    if out.size and len(ends):
        points = np.floor(np.asarray(vertices, np.float64) * SUBPIXELS + 0.5) / SUBPIXELS
        _cover(points - (x0, y0), np.array(ends, np.int64), out)
    return out


@compiled
def _add_edge(plane: Points, x0: float, y0: float, x1: float, y1: float) -> None:
    """Adds an edge that lies within the plane, 0 <= x <= columns and 0 <= y <= rows - 2."""
    if x0 == x1:
        return
    sign = 1.0
    if x0 > x1:
        sign, x0, y0, x1, y1 = -1.0, x1, y1, x0, y0
    slope = (y1 - y0) / (x1 - x0)
    low, high = min(y0, y1), max(y0, y1)
    left, y = x0, y0
    for column in range(int(x0), math.ceil(x1)):
        right = min(column + 1.0, x1)
        below = min(max(y0 + slope * (right - x0), low), high)
        area = sign * (right - left)
        a, b = min(y, below), max(y, below)
        i, j = int(a), math.ceil(b)
        if j <= i + 1:
            part = area * (0.5 * (a + b) - i)
            plane[i, column] += area - part
            plane[i + 1, column] += part
        else:
            per, top, bottom = 1.0 / (b - a), a - i, b - j + 1.0
            first, last = 0.5 * per * (1.0 - top) ** 2, 0.5 * per * bottom**2
            plane[i, column] += area * first
            if j == i + 2:
                plane[i + 1, column] += area * (1.0 - first - last)
            else:
                second = per * (1.5 - top)
                plane[i + 1, column] += area * (second - first)
                for row in range(i + 2, j - 1):
                    plane[row, column] += area * per
                plane[j - 1, column] += area * (1.0 - second - (j - i - 3) * per - last)
            plane[j, column] += area * last
        left, y = right, below


@compiled
def _add_any_edge(plane: Points, x0: float, y0: float, x1: float, y1: float) -> None:
    """Adds an edge that may leave the plane: what lies above it counts for all its rows, what lies beside for none."""
    height, width = plane.shape[0] - 2.0, float(plane.shape[1])
    if max(x0, x1) <= 0.0 or min(x0, x1) >= width or x0 == x1:
        return
    slope = (y1 - y0) / (x1 - x0)
    left, right = min(max(x0, 0.0), width), min(max(x1, 0.0), width)
    if left != x0:
        y0 += slope * (left - x0)
    if right != x1:
        y1 += slope * (right - x1)
    x0, x1 = left, right
    x, y = x0, y0
    for turn in range(2):
        level = 0.0 if (turn == 0) == (y0 < y1) else height
        if (y0 - level) * (y1 - level) < 0.0:
            at = min(max(x0 + (level - y0) / slope, min(x0, x1)), max(x0, x1))
            _add_edge(plane, x, min(max(y, 0.0), height), at, level)
            x, y = at, level
    _add_edge(plane, x, min(max(y, 0.0), height), x1, min(max(y1, 0.0), height))


@compiled
def _cover(vertices: Points, ends: Ends, out: Coverage) -> None:
    """Coverage of all contours together; (0, 0) is the corner of the picture."""
    height, width = out.shape
    plane = np.zeros((height + 2, width))
    start = 0
    for end in ends:
        for k in range(start, end):
            before = k - 1 if k > start else end - 1
            _add_any_edge(plane, vertices[before, 0], vertices[before, 1], vertices[k, 0], vertices[k, 1])
        start = end
    _sum_down(plane, out)


@compiled
def _sum_down(plane: Points, out: Coverage) -> None:
    """Turns what the edges added into coverage, and clears it."""
    height, width = out.shape
    sums = np.zeros(width)
    for row in range(height):
        added, line = plane[row], out[row]
        for column in range(width):
            sums[column] += added[column]
            added[column] = 0.0
        for column in range(width):
            line[column] = np.uint8(np.int32(min(abs(sums[column]), 1.0) * 255.0 + (0.5 + TIE)))
    plane[height:] = 0.0


@compiled
def draw_shapes(
    vertices: Points, ends: Ends, groups: Ends, owners: Coverage, region: Region, ink: Coverage, which: Coverage
) -> tuple[Ends, NDArray[np.bool_]]:
    """Draws shapes one by one, each in a window of its own, so that no border changes what it is labelled with.

    Args:
        vertices: (n, 2) px, multiples of 1 / SUBPIXELS.
        ends: (m,) index after the last point of each contour.
        groups: (k,) index after the last contour of each shape.
        owners: (k,) number that `which` gets where a shape is the darkest.
        region: of the picture.
        ink: (h, w) picture; holds the greatest coverage.
        which: (h, w) picture.

    Returns:
        (k, 6) of each shape: x, y, width and height of its mask within the region (what is covered by half, or, if no
        pixel is, by half of the greatest), where its pixels start in the second array, and the full number of them.
    """
    windows, size, room = _windows(vertices, ends, groups, region)
    masks = np.zeros(room, np.bool_)
    found = np.zeros((len(groups), 6), np.int64)
    plane, cover = np.zeros(size), np.zeros(size, np.uint8)
    start, contour, offset = 0, 0, 0
    for k in range(len(groups)):
        x, y, width, height = windows[k, 0], windows[k, 1], windows[k, 2], windows[k, 3]
        own = plane[: (height + 2) * width].reshape((height + 2, width))
        for c in range(contour, groups[k]):
            end = ends[c]
            before = end - 1
            for v in range(start, end):
                _add_edge(own, vertices[before, 0] - x, vertices[before, 1] - y, vertices[v, 0] - x, vertices[v, 1] - y)
                before = v
            start = end
        contour = groups[k]
        pixels = cover[: height * width].reshape((height, width))
        _sum_down(own, pixels)
        least, count = np.uint8(HALF), _count(pixels, np.uint8(HALF))
        if count == 0 and pixels.size > 0:
            least = np.uint8(max((int(pixels.max()) + 1) // 2, 1))
            count = _count(pixels, least)
        _darken(pixels, x, y, owners[k], region, ink, which)
        found[k, 4], found[k, 5] = offset, count
        offset += _cut_mask(pixels, x, y, least, region, found[k], masks[offset:])
    return found, masks


@compiled
def _windows(vertices: Points, ends: Ends, groups: Ends, region: Region) -> tuple[Ends, int, int]:
    """(k, 4) x, y, width and height of each shape; size of the largest, two rows added; sum within the region."""
    out = np.zeros((len(groups), 4), np.int64)
    start, size, room, contour = 0, 0, 0, 0
    for k in range(len(groups)):
        end = ends[groups[k] - 1] if groups[k] > contour else start
        contour = groups[k]
        if end > start:
            x0 = x1 = vertices[start, 0]
            y0 = y1 = vertices[start, 1]
            for v in range(start, end):
                x0, x1 = min(x0, vertices[v, 0]), max(x1, vertices[v, 0])
                y0, y1 = min(y0, vertices[v, 1]), max(y1, vertices[v, 1])
            left, top = math.floor(x0), math.floor(y0)
            right, bottom = math.ceil(x1), math.ceil(y1)
            out[k, 0], out[k, 1], out[k, 2], out[k, 3] = left, top, right - left, bottom - top
            width = min(right, region[2]) - max(left, region[0])
            height = min(bottom, region[3]) - max(top, region[1])
            room += max(width, 0) * max(height, 0)
        size = max(size, out[k, 2] * (out[k, 3] + 2))
        start = end
    return out, size, room


@compiled
def _count(pixels: Coverage, least: np.uint8) -> int:
    """Number of pixels that are covered enough."""
    count = 0
    for row in range(pixels.shape[0]):
        line = pixels[row]
        for column in range(len(line)):
            count += line[column] >= least
    return count


@compiled
def _darken(pixels: Coverage, x: int, y: int, owner: np.uint8, region: Region, ink: Coverage, which: Coverage) -> None:
    """Puts a shape's coverage into the picture where it is greater than what is there."""
    height, width = pixels.shape
    left, right = max(x, region[0]), min(x + width, region[2])
    if left >= right:
        return
    for row in range(max(y, region[1]), min(y + height, region[3])):
        new = pixels[row - y, left - x : right - x]
        old = ink[row - region[1], left - region[0] : right - region[0]]
        marks = which[row - region[1], left - region[0] : right - region[0]]
        for column in range(len(new)):
            marks[column] = owner if new[column] > old[column] else marks[column]
        for column in range(len(new)):
            old[column] = max(new[column], old[column])


@compiled
def _cut_mask(
    pixels: Coverage, x: int, y: int, least: np.uint8, region: Region, found: Ends, out: NDArray[np.bool_]
) -> int:
    """Writes the smallest mask of what is covered enough within the region; returns its number of pixels."""
    height, width = pixels.shape
    first, last = max(region[0] - x, 0), min(region[2] - x, width)
    left, right, top, bottom = last, first, -1, -1
    for row in range(max(region[1] - y, 0), min(region[3] - y, height)):
        line = pixels[row]
        column = first
        while column < last and line[column] < least:
            column += 1
        if column < last:
            top, bottom = row if top < 0 else top, row + 1
            left = min(left, column)
            column = last - 1
            while line[column] < least:
                column -= 1
            right = max(right, column + 1)
    if top < 0:
        return 0
    wide = right - left
    for row in range(top, bottom):
        line, kept = pixels[row, left:right], out[(row - top) * wide : (row - top + 1) * wide]
        for column in range(len(line)):
            kept[column] = line[column] >= least
    found[0], found[1], found[2], found[3] = x + left, y + top, wide, bottom - top
    return int(wide * (bottom - top))
