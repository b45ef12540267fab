"""Outlines of characters, vertex by vertex, from their faces to the canvas: set, laid on the surface, seen.

The whole chain for all characters of a tag in one compiled call. `Placing` says where a character stands on the
surface; `synth.serials.tag` states how surfaces lie on bodies.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled

Array = NDArray[np.float64]
Ends = NDArray[np.int64]
FINE = 0.03
"""Longest edge on a cylinder, rad."""
LIMB = math.pi / 2
INSIDE_OUT = 1
NO_ANGLE = 1e-9


class Placing(NamedTuple):
    """Where one character stands.

    A point (x, y) of its glyph lies (stretch (x - middle) + shear (y - 1/2)) cap to the right and (y - 1/2) cap upwards
    of (u, v), in a frame that is turned.

    Attributes:
        u, v: mm, the middle of its advance at half the cap height.
        cosine, sine: of its turn, counter-clockwise on screen.
        cap: cap height, mm.
        stretch: horizontal factor.
        shear: tangent of its slant.
        middle: half its advance, in cap heights.
    """

    u: float
    v: float
    cosine: float
    sine: float
    cap: float
    stretch: float
    shear: float
    middle: float


class View(NamedTuple):
    """The surface and how it is seen.

    Attributes:
        radius: of its cylinder, mm; 0 = flat.
        cosine, sine: of the cylinder's tilt.
        matrix: (3, 3) body mm to canvas px.
        grid: points on the canvas are rounded to 1 / grid px.
    """

    radius: float
    cosine: float
    sine: float
    matrix: Array
    grid: float


class Mapped(NamedTuple):
    """Outlines on the canvas.

    Attributes:
        points: (n, 2) px, multiples of 1 / grid.
        ends: (m,) index after the last point of each contour.
        groups: (k,) index after the last contour of each character.
        about: (k, 14) of each character: box (4), corners of its cell (8: top left, top right, bottom right, bottom
            left as one reads it), direction of upright (deg), area seen as a share of its area seen from the front.
        state: INSIDE_OUT if the perspective turns a point inside out, else 0.
    """

    points: Array
    ends: Ends
    groups: Ends
    about: Array
    state: int


@compiled
def map_outlines(vertices: Array, ends: Ends, counts: Ends, placings: Array, view: View) -> Mapped:
    """Maps the outlines of characters to the canvas.

    Args:
        vertices: (n, 2) glyph units, the points of all characters one after the other.
        ends: (m,) index after the last point of each contour, counted from its character's first point.
        counts: (k,) contours of each character, at least one.
        placings: (k, 8) a `Placing` for each.
        view: the surface.
    """
    out, out_ends = np.zeros((_room(vertices, ends, counts, placings, view), 2)), np.zeros(len(ends), np.int64)
    groups, about = np.zeros(len(counts), np.int64), np.zeros((len(counts), 14))
    contour, base, filled, made, state = 0, 0, 0, 0, 0
    for k in range(len(counts)):
        first, whole, seen = filled, 0.0, 0.0
        start = 0
        for c in range(contour, contour + counts[k]):
            uv = _on_surface(vertices[base + start : base + ends[c]], placings[k], view.radius)
            start = ends[c]
            if view.radius > 0.0:
                whole += _area(uv)
                uv = _refined(_visible(uv, view.radius), view.radius)
                seen += _area_from_front(uv, view.radius)
            if len(uv) > 2:
                state = max(state, _onto_canvas(uv, view, out[filled : filled + len(uv)]))
                filled += len(uv)
                out_ends[made] = filled
                made += 1
        _describe(vertices[base : base + start], placings[k], view, out[first:filled], about[k])
        about[k, 13] = 1.0 if whole == 0.0 else min(max(seen / whole, 0.0), 1.0)
        if filled > first and not min(about[k, 4], about[k, 6]) < math.inf:
            state = INSIDE_OUT
        contour, base = contour + counts[k], base + start
        groups[k] = made
    return Mapped(out[:filled], out_ends[:made], groups, about, state)


@compiled
def _room(vertices: Array, ends: Ends, counts: Ends, placings: Array, view: View) -> int:
    """Enough for all points, with those that clipping and refining add."""
    if view.radius <= 0.0:
        return len(vertices)
    room, contour, base = 0, 0, 0
    for k in range(len(counts)):
        scale = placings[k, 4] * max(placings[k, 5], 1.0) * (1.0 + abs(placings[k, 6])) / (FINE * view.radius)
        start = 0
        for c in range(contour, contour + counts[k]):
            before = base + ends[c] - 1
            for i in range(base + start, base + ends[c]):
                step = abs(vertices[i, 0] - vertices[before, 0]) + abs(vertices[i, 1] - vertices[before, 1])
                room += 4 + int(step * scale)
                before = i
            start = ends[c]
        room += 16
        contour, base = contour + counts[k], base + start
    return room


@compiled
def _on_surface(points: Array, place: Array, radius: float) -> Array:
    """From a glyph to the surface; on a cylinder, round it at most half a turn to either side."""
    u0, v0, cosine, sine, cap, stretch, shear, middle = place
    if radius > 0.0:
        u0 -= 2 * math.pi * radius * math.floor(u0 / (2 * math.pi * radius) + 0.5)
    uv = np.zeros(points.shape)
    for i in range(len(points)):
        x = (stretch * (points[i, 0] - middle) + shear * (points[i, 1] - 0.5)) * cap
        y = (points[i, 1] - 0.5) * cap
        uv[i, 0] = u0 + x * cosine - y * sine
        uv[i, 1] = v0 - x * sine - y * cosine
    return uv


@compiled
def _area(uv: Array) -> float:
    total = 0.0
    for i in range(len(uv)):
        total += uv[i - 1, 0] * uv[i, 1] - uv[i, 0] * uv[i - 1, 1]
    return 0.5 * total


@compiled
def _area_from_front(uv: Array, radius: float) -> float:
    """Area of what is refined and visible as one sees it on an upright cylinder."""
    total, last = 0.0, radius * math.sin(uv[-1, 0] / radius) if len(uv) else 0.0
    for i in range(len(uv)):
        x = radius * math.sin(uv[i, 0] / radius)
        total += last * uv[i, 1] - x * uv[i - 1, 1]
        last = x
    return 0.5 * total


@compiled
def _visible(uv: Array, radius: float) -> Array:
    """The part of a contour on the near half of a cylinder (Sutherland and Hodgman, CACM 17 (1974) 32)."""
    limit = LIMB * radius
    for side in (1.0, -1.0):
        beyond = False
        for i in range(len(uv)):
            beyond = beyond or side * uv[i, 0] > limit
        if not beyond:
            continue
        kept, count = np.zeros((2 * len(uv), 2)), 0
        for i in range(len(uv)):
            a, b = side * uv[i - 1, 0], side * uv[i, 0]
            if (a > limit) != (b > limit):
                share = (limit - a) / (b - a)
                kept[count, 0] = side * limit
                kept[count, 1] = uv[i - 1, 1] + share * (uv[i, 1] - uv[i - 1, 1])
                count += 1
            if b <= limit:
                kept[count] = uv[i]
                count += 1
        uv = kept[:count]
    return uv


@compiled
def _refined(uv: Array, radius: float) -> Array:
    """The contour with edges cut up that are too long to be bent."""
    count = 0
    for i in range(len(uv)):
        count += 1 + int(abs(uv[i, 0] - uv[i - 1, 0]) / (FINE * radius))
    if count == len(uv):
        return uv
    out, made = np.zeros((count, 2)), 0
    for i in range(len(uv)):
        du, dv = uv[i, 0] - uv[i - 1, 0], uv[i, 1] - uv[i - 1, 1]
        pieces = 1 + int(abs(du) / (FINE * radius))
        for piece in range(1, pieces + 1):
            out[made, 0] = uv[i - 1, 0] + du * (piece / pieces)
            out[made, 1] = uv[i - 1, 1] + dv * (piece / pieces)
            made += 1
    return out


@compiled
def _seen_at(u: float, v: float, view: View) -> tuple[float, float, float]:
    """Canvas place of a point of the surface, and the denominator."""
    x, y = u, v
    if view.radius > 0.0:
        theta = u / view.radius
        x, y = view.radius * math.sin(theta), v * view.cosine + view.radius * math.cos(theta) * view.sine
    m = view.matrix
    below = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    if not below > 0.0:
        return math.inf, math.inf, below
    return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / below, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / below, below


@compiled
def _onto_canvas(uv: Array, view: View, out: Array) -> int:
    state = 0
    for i in range(len(uv)):
        x, y, below = _seen_at(uv[i, 0], uv[i, 1], view)
        if below > 0.0:
            out[i, 0] = math.floor(x * view.grid + 0.5) / view.grid
            out[i, 1] = math.floor(y * view.grid + 0.5) / view.grid
        else:
            state = INSIDE_OUT
    return state


@compiled
def _describe(points: Array, place: Array, view: View, mapped: Array, about: Array) -> None:
    """Box, cell and upright of one character."""
    about[0], about[1], about[2], about[3] = math.inf, math.inf, -math.inf, -math.inf
    for i in range(len(mapped)):
        about[0], about[2] = min(about[0], mapped[i, 0]), max(about[2], mapped[i, 0])
        about[1], about[3] = min(about[1], mapped[i, 1]), max(about[3], mapped[i, 1])
    low, high, left, right = 0.0, 1.0, math.inf, -math.inf
    stretch, shear = place[5], place[6]
    for i in range(len(points)):
        x = stretch * points[i, 0] + shear * (points[i, 1] - 0.5)
        left, right = min(left, x), max(right, x)
        low, high = min(low, points[i, 1]), max(high, points[i, 1])
    cell = np.zeros((5, 2))
    for i in range(5):
        y = 0.5 * (low + high) if i == 4 else (high if i < 2 else low)
        x = 0.5 * (left + right) if i == 4 else (right if i in (1, 2) else left)
        cell[i, 0], cell[i, 1] = (x - shear * (y - 0.5)) / stretch, y
    uv = _on_surface(cell, place, view.radius)
    limit, least, most = LIMB * view.radius, math.inf, -math.inf
    for i in range(4):
        u = min(max(uv[i, 0], -limit), limit) if view.radius > 0.0 else uv[i, 0]
        least, most = min(least, u), max(most, u)
        about[4 + 2 * i], about[5 + 2 * i], _ = _seen_at(u, uv[i, 1], view)
    about[12] = _upright_deg(0.5 * (least + most), uv[4, 1], place, view)


@compiled
def _upright_deg(u: float, v: float, place: Array, view: View) -> float:
    """Direction on the canvas of a character's upright at a point of the surface, in [0, 360).

    Foreshortening shears: of the map's derivative only the orthogonal matrix nearest to it counts, the one of its polar
    decomposition (Higham, SIAM J. Sci. Stat. Comput. 7 (1986) 1160), here by its cofactors.
    """
    x, y, below = _seen_at(u, v, view)
    across, drop, along = 1.0, 0.0, 1.0
    if view.radius > 0.0:
        theta = u / view.radius
        across, drop, along = math.cos(theta), -math.sin(theta) * view.sine, view.cosine
    m = view.matrix
    b, d = m[0, 1] - x * m[2, 1], m[1, 1] - y * m[2, 1]
    a, c = (m[0, 0] - x * m[2, 0]) * across + b * drop, (m[1, 0] - y * m[2, 0]) * across + d * drop
    b, d = b * along, d * along
    sign = -1.0 if a * d < b * c else 1.0
    right = -(a + sign * d) * place[3] - (b - sign * c) * place[2]
    down = -(c - sign * b) * place[3] - (d + sign * a) * place[2]
    angle = math.degrees(math.atan2(-right, -down)) if below > 0.0 else 0.0
    angle = angle + 360.0 if angle < 0.0 else angle
    return 0.0 if angle >= 360.0 - NO_ANGLE else angle + 0.0
