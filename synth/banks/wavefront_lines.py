"""The lines of a Wavefront OBJ to arrays, compiled: millions of them in a second, in the memory of the arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled

Bytes = NDArray[np.uint8]
_SPACE, _TAB, _NEWLINE, _RETURN, _SLASH = 32, 9, 10, 13, 47


@compiled
def _kind(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """What a line is (1 v, 2 vt, 3 f, 4 usemtl, 0 other), and where its arguments begin."""
    while at < end and (data[at] == _SPACE or data[at] == _TAB):
        at += 1
    if end - at < 3:
        return 0, at
    blank = data[at + 1] == _SPACE or data[at + 1] == _TAB
    if data[at] == 118:
        if blank:
            return 1, at + 2
        if data[at + 1] == 116 and (data[at + 2] == _SPACE or data[at + 2] == _TAB):
            return 2, at + 3
        return 0, at
    if data[at] == 102 and blank:
        return 3, at + 2
    if end - at > 7 and data[at] == 117 and data[at + 1] == 115 and data[at + 2] == 101 and data[at + 3] == 109:
        return 4, at + 6
    return 0, at


@compiled
def _line_end(data: Bytes, at: int) -> int:
    while at < data.size and data[at] != _NEWLINE and data[at] != _RETURN:
        at += 1
    return at


@compiled
def _words(data: Bytes, at: int, end: int) -> int:
    count, inside = 0, False
    for i in range(at, end):
        blank = data[i] == _SPACE or data[i] == _TAB
        if not blank and not inside:
            if data[i] == 35:
                return count
            count += 1
        inside = not blank
    return count


@compiled
def counted(data: Bytes) -> tuple[int, int, int, int]:
    """Numbers in a file: vertices, texture coordinates, triangles, and changes of material."""
    vertices, uvs, triangles, names, at = 0, 0, 0, 0, 0
    while at < data.size:
        end = _line_end(data, at)
        kind, start = _kind(data, at, end)
        if kind == 1:
            vertices += 1
        elif kind == 2:
            uvs += 1
        elif kind == 3:
            triangles += max(0, _words(data, start, end) - 2)
        elif kind == 4:
            names += 1
        at = end + 1
    return vertices, uvs, triangles, names


@compiled
def _number(data: Bytes, at: int, end: int) -> tuple[float, int]:
    """The number at a place, exact for up to 15 digits, and where it ends; NaN if there is none."""
    while at < end and (data[at] == _SPACE or data[at] == _TAB):
        at += 1
    sign, value, power, digits, after = 1.0, 0.0, 0, 0, False
    if at < end and (data[at] == 45 or data[at] == 43):
        sign = -1.0 if data[at] == 45 else 1.0
        at += 1
    while at < end and (48 <= data[at] <= 57 or (data[at] == 46 and not after)):
        if data[at] == 46:
            after = True
        else:
            value = value * 10.0 + (data[at] - 48)
            digits += 1
            power -= 1 if after else 0
        at += 1
    if digits > 0 and at < end and (data[at] == 101 or data[at] == 69):
        exponent, negative, at = 0, False, at + 1
        if at < end and (data[at] == 45 or data[at] == 43):
            negative = data[at] == 45
            at += 1
        while at < end and 48 <= data[at] <= 57:
            exponent = min(9999, exponent * 10 + (data[at] - 48))
            at += 1
        power += -exponent if negative else exponent
    valid = digits > 0 and (at >= end or data[at] == _SPACE or data[at] == _TAB or data[at] == _SLASH)
    while at < end and data[at] != _SPACE and data[at] != _TAB and data[at] != _SLASH:
        at += 1
    if not valid:
        return np.nan, at
    return sign * (value * 10.0**power if power >= 0 else value / 10.0 ** (-power)), at


@compiled
def _index(value: float, count: int) -> int:
    """A reference from 1, or from the end if negative, as one from 0; -1 if there is nothing."""
    if value != value or abs(value) > 2.0**53:
        return -1
    index = int(value)
    index = index - 1 if index > 0 else count + index
    return index if 0 <= index < count and int(value) != 0 else -1


@compiled
def scanned(
    data: Bytes,
    positions: NDArray[np.float64],
    colours: NDArray[np.float64],
    coordinates: NDArray[np.float32],
    faces: NDArray[np.int64],
    corners: NDArray[np.int64],
    uses: NDArray[np.int64],
) -> None:
    """Fills arrays of the sizes that `counted` told.

    Args:
        data: the file.
        positions: (v, 3) of the vertices.
        colours: (v, 3) likewise, NaN where they have none.
        coordinates: (vt, 2).
        faces: (triangles, 3) vertices from 0; -1 for one that is not there.
        corners: (triangles, 3) texture coordinates from 0; -1 for none.
        uses: (names, 3) where the name of each `usemtl` begins and ends, and the triangle from which on it holds.
    """
    vertex, uv, triangle, name, at = 0, 0, 0, 0, 0
    while at < data.size:
        end = _line_end(data, at)
        kind, place = _kind(data, at, end)
        if kind == 1:
            for k in range(6):
                value, place = _number(data, place, end)
                if k < 3:
                    positions[vertex, k] = value
                else:
                    colours[vertex, k - 3] = value
            vertex += 1
        elif kind == 2:
            for k in range(2):
                value, place = _number(data, place, end)
                coordinates[uv, k] = value
            uv += 1
        elif kind == 3:
            count = _words(data, place, end)
            first_v, first_t, last_v, last_t = -1, -1, -1, -1
            for k in range(count):
                value, place = _number(data, place, end)
                v, t = _index(value, vertex), -1
                if place < end and data[place] == _SLASH:
                    value, place = _number(data, place + 1, end)
                    t = _index(value, uv)
                while place < end and data[place] != _SPACE and data[place] != _TAB:
                    place += 1
                if k == 0:
                    first_v, first_t = v, t
                elif k >= 2:
                    faces[triangle, 0], faces[triangle, 1], faces[triangle, 2] = first_v, last_v, v
                    corners[triangle, 0], corners[triangle, 1], corners[triangle, 2] = first_t, last_t, t
                    triangle += 1
                last_v, last_t = v, t
        elif kind == 4:
            uses[name, 0], uses[name, 1], uses[name, 2] = place, end, triangle
            name += 1
        at = end + 1
