"""Drawn occluders: blades of grass and feathers, as tapered bands along quadratic Bezier curves.

A band is traced once into three planes (how deep a pixel lies inside, where across the band, how far along it); colour
is then a function of these. A blade is folded along its midrib, so that one half faces the light; a feather is a bare
quill, then a vane of slanting barbs with a ragged edge and a few splits. The light comes from the upper left.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.compositing.blends import Coverage
from synth.compositing.grain import grain_bank
from synth.geometry.boxes import Region
from synth.labels.sample import Image
from synth.native import compiled
from synth.scene.spec import Stroke

Floats = NDArray[np.float32]
Signed = NDArray[np.int8]

SOFT_EDGE_PX = 1.6
"""Width of the ramp at a band's edge: as sharp as a good photo, not as a drawing."""
TEXTURE = 0.025
"""Standard deviation of a band's fine texture, relative."""
_STEP_PX = 6.0
_FEWEST, _MOST = 8, 96


def stroke_region(stroke: Stroke, width: int, height: int) -> Region:
    """Whole px on the canvas that a stroke can touch; reversed if it misses it. A curve stays in its triangle."""
    xs, ys = zip(stroke.start, stroke.control, stroke.end, strict=True)
    reach = max(stroke.width_px, stroke.tip_px) / 2 + SOFT_EDGE_PX + 1
    return (
        max(math.floor(min(xs) - reach), 0),
        max(math.floor(min(ys) - reach), 0),
        min(math.ceil(max(xs) + reach), width),
        min(math.ceil(max(ys) + reach), height),
    )


def _curve(stroke: Stroke) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 2) points along the curve and (n,) half widths there."""
    start, control, end = (np.array(p, dtype=np.float64) for p in (stroke.start, stroke.control, stroke.end))
    length = float(np.hypot(*(control - start)) + np.hypot(*(end - control)))
    count = int(np.clip(math.ceil(length / _STEP_PX), _FEWEST, _MOST)) + 1
    t = np.linspace(0.0, 1.0, count)[:, None]
    points = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    half = (stroke.width_px + (stroke.tip_px - stroke.width_px) * t[:, 0]) / 2
    if stroke.barbs > 0:
        half = half * _vane(t[:, 0]) + 0.4
    return points, half


def _vane(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outline of a feather along its shaft, relative: a bare quill, a quick widening, a rounded tip."""
    rise = np.clip((t - 0.06) / 0.22, 0.0, 1.0)
    fall = np.clip((t - 0.72) / 0.28, 0.0, 1.0)
    return np.asarray(rise * rise * (3 - 2 * rise) * np.sqrt(np.maximum(1 - fall**2, 0.0)))


@compiled
def _trace(points: NDArray[np.float64], half: NDArray[np.float64], x0: int, y0: int, planes: Floats) -> None:
    """Fills four planes: depth inside (px), place across in [-1, 1], px along, half width; the nearest piece counts."""
    height, width = planes.shape[1:]
    planes[0] = -1e9
    travelled = 0.0
    for k in range(points.shape[0] - 1):
        ax, ay, bx, by = points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1]
        dx, dy = bx - ax, by - ay
        length = np.sqrt(dx * dx + dy * dy)
        if length == 0.0:
            continue
        reach = max(half[k], half[k + 1]) + 2.0
        left, right = max(int(min(ax, bx) - reach) - x0, 0), min(int(max(ax, bx) + reach) + 1 - x0, width)
        top, bottom = max(int(min(ay, by) - reach) - y0, 0), min(int(max(ay, by) + reach) + 1 - y0, height)
        for i in range(top, bottom):
            for j in range(left, right):
                px, py = j + x0 + 0.5 - ax, i + y0 + 0.5 - ay
                s = min(max((px * dx + py * dy) / (length * length), 0.0), 1.0)
                off_x, off_y = px - s * dx, py - s * dy
                wide = half[k] + s * (half[k + 1] - half[k])
                depth = wide - np.sqrt(off_x * off_x + off_y * off_y)
                if depth > planes[0, i, j]:
                    planes[0, i, j] = depth
                    planes[1, i, j] = (px * dy - py * dx) / length / max(wide, 0.3)
                    planes[2, i, j] = travelled + s * length
                    planes[3, i, j] = wide
        travelled += length


@compiled
def _chance(number: int) -> float:
    """A fixed, even hash of a whole number into [0, 1)."""
    h = (number * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    return float(h) / 4294967296.0


@compiled
def _blade_light(across: float, along: float, length: float, wide: float, shade: float, lit: float) -> float:
    """Relative brightness of a point of a blade."""
    x = min(max(across, -1.0), 1.0)
    fold = 0.13 * lit * min(max(4.0 * x, -1.0), 1.0)
    rib = 0.10 * max(1.0 - abs(x) * max(wide, 2.0) / 0.9, 0.0) if wide > 1.6 else 0.0
    return (1.0 - shade * x * x + fold + rib) * (0.86 + 0.22 * along / length)


@compiled
def _barb_number(across: float, along: float, wide: float, barbs: float) -> float:
    """Which barb a point belongs to, and where across it: barbs leave the shaft forwards and bend towards the tip."""
    out = abs(across) * wide
    return (along - 1.9 * out + 0.35 * out * abs(across)) / barbs


@compiled
def _feather_light(
    x: float, along: float, length: float, wide: float, barbs: float, shade: float, lit: float
) -> float:  # fmt: skip
    """Relative brightness of a point of a feather."""
    shaft = max(0.55, 0.045 * wide * (1.3 - along / length))
    off: float = abs(x) * wide
    if off < shaft:
        return 0.93 - 0.10 * lit * x * wide / shaft
    u = _barb_number(x, along, wide, barbs)
    side = 104729 if x > 0 else 0
    number = np.floor(u)
    wave: float = abs(u - number - 0.5) * 4.0 - 1.0
    own = _chance(int(number) + side + 7919) - 0.5
    band = _chance(int(np.floor(u / 5.0)) + side + 15485863) - 0.5
    light: float = 1.0 + 0.025 * wave + 0.07 * own + 0.06 * band + 0.06 * lit * (1.0 if x > 0 else -1.0)
    groove = 0.18 * max(1.0 - (off - shaft) / (0.10 * wide + 0.5), 0.0)
    return float(light * (1.0 - shade * abs(x) * np.sqrt(abs(x))) * (1.0 - groove))


@compiled
def _barb_depth(depth: float, across: float, along: float, wide: float, barbs: float) -> float:
    """How deep a point lies inside the ragged vane: barbs differ in length, and here and there the vane is split."""
    u = _barb_number(across, along, wide, barbs)
    side = 104729 if across > 0 else 0
    tuft = np.floor(u / 9.0)
    ragged = 0.07 * wide * _chance(int(np.floor(u)) + side) + 0.06 * wide * _chance(int(tuft) + side + 97)
    split = 0.0
    if _chance(int(tuft) + side + 31) < 0.22:
        split = wide * max((0.2 + 0.5 * _chance(int(tuft) + side + 57)) - abs(u / 9.0 - tuft - 0.5) * 4.0, 0.0)
    return depth - ragged - split


@compiled
def _paint(
    picture: Image, coverage: Coverage, planes: Floats, bank: Signed, colour: NDArray[np.float64], length: float,
    shade: float, barbs: float, lit: float, soft: float, texture: float,
) -> None:  # fmt: skip
    """Paints a traced band over a picture, in place, and notes its coverage where it is larger than what is there."""
    for i in range(picture.shape[0]):
        for j in range(picture.shape[1]):
            depth, across, along, wide = planes[0, i, j], planes[1, i, j], planes[2, i, j], planes[3, i, j]
            if depth < -soft:
                continue
            if barbs > 0.0:
                light = _feather_light(across, along, length, wide, barbs, shade, lit)
                depth = _barb_depth(depth, across, along, wide, barbs)
            else:
                light = _blade_light(across, along, length, wide, shade, lit)
            a = min(max(depth / soft + 0.5, 0.0), 1.0) * min(2.0 * wide + 0.3, 1.0)
            if a <= 0.0:
                continue
            side = int(across * wide * 2.0) + int(along) * 7
            light *= 1.0 + texture * (bank[int(along * 0.35) % 1024, side % 1024] + bank[i % 1024, j % 1024]) / 45.0
            for c in range(3):
                value = min(max(colour[c] * light, 0.0), 255.0)
                picture[i, j, c] = np.uint8(picture[i, j, c] + (value - picture[i, j, c]) * a + 0.5)
            coverage[i, j] = max(coverage[i, j], np.uint8(a * 255.0 + 0.5))


def draw_stroke(picture: Image, coverage: Coverage, stroke: Stroke, x0: int, y0: int) -> None:
    """Paints a stroke over a part of the canvas, in place.

    Args:
        picture: (h, w, 3), the part of the canvas whose top-left corner is (x0, y0).
        coverage: (h, w); raised to the stroke's own where that is larger.
        stroke: what is drawn.
        x0: canvas px.
        y0: canvas px.
    """
    points, half = _curve(stroke)
    planes = np.zeros((4, *coverage.shape), np.float32)
    _trace(points, half, x0, y0, planes)
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    dx, dy = points[-1] - points[0]
    lit = (dy * -0.6 - dx * -0.8) / max(math.hypot(dx, dy), 1e-9)
    colour = np.array(stroke.colour, dtype=np.float64)
    _paint(
        picture, coverage, planes, grain_bank(), colour, max(length, 1e-9), stroke.shade, stroke.barbs, lit,
        SOFT_EDGE_PX, TEXTURE,
    )  # fmt: skip
