"""From pixels to the surface of a body: where each pixel's middle lies on it, the inverse of how text gets there.

`synth.serials.tag` states the frames. Beyond its edge a surface goes on, so that colours do not end there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Region
from synth.native import compiled
from synth.serials.tag import BandBody, Body, CutoutBody, DiscBody, LabelBody, Light, PlateBody

Sites = NDArray[np.float32]
ENDLESS, RECTANGLE, DISC, BAND = 0, 1, 2, 3


class Shape(NamedTuple):
    """A body in numbers.

    Attributes:
        kind: ENDLESS, RECTANGLE, DISC or BAND.
        half_u: half its extent on the surface along u, mm; the radius of a disc.
        half_v: likewise along v.
        corner: radius of its corners.
        radius: of the cylinder, 0 = flat.
        tilt: of the cylinder, rad.
        bevel: width of the slope along its edge.
        wall: thickness of a band's wall.
    """

    kind: int
    half_u: float
    half_v: float
    corner: float = 0.0
    radius: float = 0.0
    tilt: float = 0.0
    bevel: float = 0.0
    wall: float = 0.0

    @property
    def reach(self) -> float:
        """Half the geometric mean of its sides, mm: what is large or small on this body."""
        return math.sqrt(self.half_u * self.half_v)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What some pixels show, (n,) float32 each.

    Attributes:
        index: (n,) int64 flat index of the pixel in the region.
        rows: (8, n) all that follows.
        u, v: place on the surface, mm.
        pixel: width of the pixel on the surface, mm.
        sine: of the angle by which the surface is turned away to the right.
        edge: distance from the edge, mm, > 0 inside.
        bevel: how far the edge's slope is turned to the light, in [-1, 1].
        top: share of the pixel that shows the opening of a band: its rim or its inside.
        inside: share of that which is the inside.
    """

    index: NDArray[np.int64]
    rows: NDArray[np.float32]
    u: Sites
    v: Sites
    pixel: Sites
    sine: Sites
    edge: Sites
    bevel: Sites
    top: Sites
    inside: Sites


def shape_of(body: Body, extent_mm: float = 1.0) -> Shape:
    """A body in numbers; `extent_mm` is half the size of a bare one."""
    match body:
        case PlateBody():
            corner = min(body.corner_mm, body.width_mm / 2, body.height_mm / 2)
            return Shape(RECTANGLE, body.width_mm / 2, body.height_mm / 2, corner, bevel=body.thickness_mm)
        case LabelBody() | CutoutBody():
            corner, tilt = (0.0, 0.0) if isinstance(body, CutoutBody) else (body.corner_mm, body.tilt_deg)
            corner, radius = min(corner, body.width_mm / 2, body.height_mm / 2), body.bend_radius_mm
            return Shape(RECTANGLE, body.width_mm / 2, body.height_mm / 2, corner, radius, math.radians(tilt))
        case DiscBody():
            radius = body.diameter_mm / 2
            return Shape(DISC, radius, radius, radius, bevel=body.thickness_mm)
        case BandBody():
            radius, tilt = body.diameter_mm / 2, math.radians(body.tilt_deg)
            return Shape(BAND, math.pi * radius / 2, body.length_mm / 2, 0.0, radius, tilt, 0.05 * radius, body.wall_mm)
    return Shape(ENDLESS, extent_mm, extent_mm)


def towards(deg: float) -> tuple[float, float]:
    """Unit vector (x right, y down) of a direction, 0 = towards the top."""
    turn = math.radians(deg)
    return (-math.sin(turn), -math.cos(turn))


def trace(inverse: NDArray[np.float64], shape: Shape, region: Region, index: NDArray[np.int64], light: Light) -> Trace:
    """Finds the points of the surface that the middles of some pixels show.

    Args:
        inverse: (3, 3) canvas px to body mm.
        shape: the body.
        region: of the canvas, whole px.
        index: (n,) flat index of the pixels in the region, ascending.
        light: for the slope along the edge.
    """
    out = np.zeros((8, index.size), np.float32)
    x0, y0, x1, _ = region
    _trace(np.ascontiguousarray(inverse), shape, x0, y0, x1 - x0, index, towards(light.from_deg), out)
    return Trace(index, out, *out)


@compiled
def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@compiled
def _outwards(shape: Shape, u: float, v: float) -> tuple[float, float]:
    """Direction on the surface to the nearest point of the edge."""
    if shape.kind == BAND:
        return 0.0, 1.0 if v > 0 else -1.0
    x, y = abs(u) - shape.half_u + shape.corner, abs(v) - shape.half_v + shape.corner
    if x > 0.0 and y > 0.0:
        far = math.sqrt(x * x + y * y)
        return math.copysign(x / far, u), math.copysign(y / far, v)
    return (math.copysign(1.0, u), 0.0) if x > y else (0.0, math.copysign(1.0, v))


@compiled
def _show_opening(shape: Shape, xs: Sites, ys: Sites, pixel: Sites, top: Sites, inside: Sites) -> None:
    """Share of a pixel that shows the opening of a band, and share of that which is its inside; places in body mm."""
    sine, half = math.sin(abs(shape.tilt)), shape.half_v * math.cos(shape.tilt)
    side, per, inner = math.copysign(1.0, shape.tilt), 1.0 / sine, shape.radius - shape.wall
    for k in range(xs.size):
        x, deep = xs[k], (ys[k] * side + half) * per
        far = np.sqrt(x * x + deep * deep) + 1e-9
        slope = np.sqrt(x * x + (deep * per) * (deep * per)) * pixel[k] + 1e-9 * far
        rise = np.divide(far, slope)
        outer = min(max(0.5 + (shape.radius - far) * rise, 0.0), 1.0)
        inside[k] = min(max(0.5 + (inner - far) * rise, 0.0), 1.0)
        top[k] = 1.0 if deep <= 0.0 else outer


@compiled
def _place(
    m: NDArray[np.float64], x0: int, y0: int, width: int, index: NDArray[np.int64], x: Sites, y: Sites, pixel: Sites
) -> None:
    """Where the middles of pixels lie in body mm, and how wide a pixel is there."""
    area = abs(
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )
    row, start = 0, 0
    for k in range(index.size):
        while index[k] >= start + width:
            row, start = row + 1, start + width
        x[k], y[k] = index[k] - start, row
    for k in range(index.size):
        cx, cy = x0 + 0.5 + x[k], y0 + 0.5 + y[k]
        per = np.divide(1.0, m[2, 0] * cx + m[2, 1] * cy + m[2, 2])
        x[k], y[k] = (m[0, 0] * cx + m[0, 1] * cy + m[0, 2]) * per, (m[1, 0] * cx + m[1, 1] * cy + m[1, 2]) * per
        pixel[k] = np.sqrt(area * abs(per * per * per))


@compiled
def _unroll(shape: Shape, u: Sites, v: Sites, pixel: Sites, turned: Sites) -> None:
    """From body mm to the surface of a cylinder.

    The arc sine is that of Abramowitz and Stegun, Handbook of Mathematical Functions, 4.4.46: within 2e-8, and the same
    on every machine.
    """
    per, drop, stretch = 1.0 / shape.radius, shape.radius * math.sin(shape.tilt), 1.0 / math.cos(shape.tilt)
    for k in range(u.size):
        sine = min(max(u[k] * per, -0.999), 0.999)
        facing = np.sqrt(1.0 - sine * sine)
        s = abs(sine)
        series = 0.0308918810 + s * (-0.0170881256 + s * (0.0066700901 + s * -0.0012624911))
        series = 1.5707963050 + s * (-0.2145988016 + s * (0.0889789874 + s * (-0.0501743046 + s * series)))
        u[k] = shape.radius * math.copysign(0.5 * math.pi - np.sqrt(1.0 - s) * series, sine)
        v[k] = (v[k] - drop * facing) * stretch
        pixel[k] = np.divide(pixel[k], max(facing, 0.25))
        turned[k] = sine


@compiled
def _measure_edge(shape: Shape, u: Sites, v: Sites, edge: Sites) -> None:
    """Distance from the edge on the surface."""
    if shape.kind == BAND:
        for k in range(u.size):
            edge[k] = shape.half_v - abs(v[k])
        return
    right, down = shape.half_u - shape.corner, shape.half_v - shape.corner
    for k in range(u.size):
        x, y = abs(u[k]) - right, abs(v[k]) - down
        out_x, out_y = max(x, 0.0), max(y, 0.0)
        edge[k] = shape.corner - np.sqrt(out_x * out_x + out_y * out_y) - min(max(x, y), 0.0)


@compiled
def _slope_edge(
    shape: Shape, light: tuple[float, float], u: Sites, v: Sites, pixel: Sites, edge: Sites, bevel: Sites
) -> None:
    """How far the slope along the edge is turned to the light."""
    for k in range(u.size):
        mm = pixel[k]
        far = max(mm, 0.3 * shape.bevel)
        if shape.bevel - edge[k] > -0.5 * far:
            nu, nv = _outwards(shape, u[k], v[k])
            slope = _clamped(0.5 + (shape.bevel - edge[k]) / far) * min(1.0, shape.bevel / mm)
            bevel[k] = slope * (nu * light[0] + nv * light[1])


@compiled
def _trace(
    inverse: NDArray[np.float64],
    shape: Shape,
    x0: int,
    y0: int,
    width: int,
    index: NDArray[np.int64],
    light: tuple[float, float],
    out: NDArray[np.float32],
) -> None:
    u, v, pixel, edge = out[0], out[1], out[2], out[4]
    _place(inverse, x0, y0, width, index, u, v, pixel)
    if shape.kind == BAND and abs(shape.tilt) > 1e-6:
        _show_opening(shape, u, v, pixel, out[6], out[7])
    if shape.radius > 0.0:
        _unroll(shape, u, v, pixel, out[3])
    if shape.kind != ENDLESS:
        _measure_edge(shape, u, v, edge)
        if shape.bevel > 0.0:
            _slope_edge(shape, light, u, v, pixel, edge, out[5])
