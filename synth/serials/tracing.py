"""From pixels to the surface of a body: where each pixel's middle lies on it, the inverse of how text gets there.

`synth.serials.tag` states the frames. Beyond its edge a surface goes on, so that colours do not end there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled
from synth.serials.tag import BandBody, Body, CutoutBody, DiscBody, LabelBody, Light, PlateBody

Sites = NDArray[np.float32]
Region = tuple[int, int, int, int]
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
def _edge(shape: Shape, u: float, v: float) -> tuple[float, float, float]:
    """(distance from the edge, direction outwards) on the surface."""
    if shape.kind == BAND:
        return shape.half_v - abs(v), 0.0, 1.0 if v > 0 else -1.0
    x, y = abs(u) - shape.half_u + shape.corner, abs(v) - shape.half_v + shape.corner
    if x > 0.0 and y > 0.0:
        far = math.sqrt(x * x + y * y)
        return shape.corner - far, math.copysign(x / far, u), math.copysign(y / far, v)
    if x > y:
        return shape.corner - x, math.copysign(1.0, u), 0.0
    return shape.corner - y, 0.0, math.copysign(1.0, v)


@compiled
def _opening(shape: Shape, x: float, y: float, mm: float) -> tuple[float, float]:
    """(share of a pixel that shows the opening of a band, share of that which is its inside)."""
    sine, half = math.sin(abs(shape.tilt)), shape.half_v * math.cos(shape.tilt)
    if sine < 1e-6:
        return 0.0, 0.0
    deep = (math.copysign(y, y * shape.tilt) + half) / sine
    far = math.sqrt(x * x + deep * deep) + 1e-9
    steep = math.sqrt(x * x + (deep / sine) ** 2) / far * mm + 1e-9
    inside = _clamped(0.5 + (shape.radius - shape.wall - far) / steep)
    return (1.0 if deep <= 0.0 else _clamped(0.5 + (shape.radius - far) / steep)), inside


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
    sine, cosine = math.sin(shape.tilt), math.cos(shape.tilt)
    m = inverse
    area = abs(
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )
    row, start = 0, 0
    for k in range(index.size):
        while index[k] >= start + width:
            row, start = row + 1, start + width
        cx, cy = x0 + (index[k] - start) + 0.5, y0 + row + 0.5
        per = 1.0 / (m[2, 0] * cx + m[2, 1] * cy + m[2, 2])
        x, y = (m[0, 0] * cx + m[0, 1] * cy + m[0, 2]) * per, (m[1, 0] * cx + m[1, 1] * cy + m[1, 2]) * per
        mm = math.sqrt(area * abs(per * per * per))
        u, v, turned = x, y, 0.0
        if shape.radius > 0.0:
            turned = min(max(x / shape.radius, -0.999), 0.999)
            facing = math.sqrt(1.0 - turned * turned)
            u = shape.radius * math.asin(turned)
            v = (y - shape.radius * facing * sine) / cosine
            out[2, k] = mm / max(facing, 0.25)
        else:
            out[2, k] = mm
        out[0, k], out[1, k], out[3, k] = u, v, turned
        if shape.kind != ENDLESS:
            edge, nu, nv = _edge(shape, u, v)
            out[4, k] = edge
            if shape.bevel > 0.0:
                slope = _clamped(0.5 + (shape.bevel - edge) / max(mm, 0.3 * shape.bevel)) * min(1.0, shape.bevel / mm)
                out[5, k] = slope * (nu * light[0] + nv * light[1])
        if shape.kind == BAND:
            out[6, k], out[7, k] = _opening(shape, x, y, mm)
