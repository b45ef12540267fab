"""Bodies as surfaces: from (u, v) on a surface to body millimetres and back, and what a body looks like in outline.

`synth.serials.tag` states the frames. Outlines are dense, so that they may be bent further; with y down, outer ones run
clockwise on screen and holes the other way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Box
from synth.serials.tag import BandBody, BareBody, Body, CutoutBody, DiscBody, Hole, LabelBody, PlateBody
from synth.streams import stream

Points = NDArray[np.float64]
ROUND = 256
"""Edges of a full circle."""
TORN_SHARE = 0.06
"""Of a label's shorter side: how deep its edge is torn at most."""


@dataclass(frozen=True, slots=True, eq=False)
class BandParts:
    """What one sees of a band, polygons in body mm, each (k, 2).

    Attributes:
        wall: its outside.
        rim: the end of its wall: outer ellipse and, the other way round, inner ellipse; empty where it does not show.
        inside: the opening within the rim; empty where it does not show.
    """

    wall: Points
    rim: tuple[Points, ...]
    inside: tuple[Points, ...]


def cylinder_of(body: Body) -> tuple[float, float]:
    """(radius in mm, tilt in rad) of the cylinder that a body lies on; radius 0 if it is flat."""
    match body:
        case BandBody():
            return body.diameter_mm / 2, math.radians(body.tilt_deg)
        case LabelBody():
            return body.bend_radius_mm, math.radians(body.tilt_deg)
        case CutoutBody():
            return body.bend_radius_mm, 0.0
    return 0.0, 0.0


def project(body: Body, uv: Points) -> tuple[Points, NDArray[np.bool_]]:
    """From the surface to the body.

    Args:
        body: that carries the surface.
        uv: (n, 2) mm.

    Returns:
        (n, 2) body mm, and (n,) whether the surface faces the viewer there.
    """
    radius, tilt = cylinder_of(body)
    uv = np.asarray(uv, np.float64)
    if radius <= 0:
        return uv.copy(), np.ones(len(uv), np.bool_)
    theta = uv[:, 0] / radius
    y = uv[:, 1] * math.cos(tilt) + radius * np.cos(theta) * math.sin(tilt)
    return np.column_stack([radius * np.sin(theta), y]), np.cos(theta) > 0


def body_extent(body: Body) -> Box:
    """Box of a body's silhouette, body mm; all zero for a bare one, whose text alone has an extent."""
    polygons = outline(body)
    if not polygons:
        return (0.0, 0.0, 0.0, 0.0)
    (x0, y0), (x1, y1) = polygons[0].min(axis=0), polygons[0].max(axis=0)
    return (float(x0), float(y0), float(x1), float(y1))


@lru_cache(maxsize=256)
def outline(body: Body) -> tuple[Points, ...]:
    """The silhouette, then the holes through which one sees what lies behind, read-only; none for a bare body."""
    polygons = _outline(body)
    for polygon in polygons:
        polygon.setflags(write=False)
    return polygons


def _outline(body: Body) -> tuple[Points, ...]:
    match body:
        case PlateBody():
            return (_rectangle(body.width_mm, body.height_mm, body.corner_mm), *map(_hole, body.holes))
        case LabelBody():
            return (project(body, _label_edge(body))[0],)
        case DiscBody():
            return (_ellipse(0.0, 0.0, body.diameter_mm / 2, body.diameter_mm / 2), *map(_hole, body.holes))
        case BandBody():
            parts = band_parts(body)
            holes = tuple(polygon[::-1] for polygon in parts.inside) if body.worn else ()
            return (_band_silhouette(body), *holes)
        case CutoutBody():
            return (project(body, _rectangle(body.width_mm, body.height_mm, 0.0))[0],)
        case BareBody():
            return ()


def band_parts(body: BandBody) -> BandParts:
    """Outside, rim and opening of a band. Nearly edge-on, the opening does not show."""
    radius, tilt = body.diameter_mm / 2, math.radians(body.tilt_deg)
    near, far = _front(body, -0.5), _front(body, 0.5)
    wall = np.concatenate([near, far[::-1]])
    if abs(math.sin(tilt)) < 1e-3:
        return BandParts(wall, (), ())
    y = -math.copysign(body.length_mm / 2, tilt) * math.cos(tilt)
    squash = abs(math.sin(tilt))
    inner = max(radius - body.wall_mm, 0.0)
    outer_ring = _ellipse(0.0, y, radius, radius * squash)
    inner_ring = _ellipse(0.0, y, inner, inner * squash)
    rim = (outer_ring, inner_ring[::-1]) if body.wall_mm > 0 else ()
    return BandParts(wall, rim, (inner_ring,) if inner > 0 else ())


def _front(body: BandBody, end: float) -> Points:
    """The front half of the edge at one end, from left to right; `end` is -0.5 for the upper one, 0.5 for the lower."""
    theta = np.linspace(-math.pi / 2, math.pi / 2, ROUND // 2 + 1)
    radius = body.diameter_mm / 2
    return project(body, np.column_stack([radius * theta, np.full(len(theta), end * body.length_mm)]))[0]


def _band_silhouette(body: BandBody) -> Points:
    """The front edge of the end that points away, and the back edge of the end that one looks into."""
    into = -math.copysign(0.5, body.tilt_deg)
    away, towards = _front(body, -into), _front(body, into)
    middle = into * body.length_mm * math.cos(math.radians(body.tilt_deg))
    back = np.column_stack([towards[:, 0], 2 * middle - towards[:, 1]])
    upper, lower = (back, away) if into < 0 else (away, back)
    return np.concatenate([upper, lower[::-1]])


def _ellipse(x: float, y: float, a: float, b: float) -> Points:
    t = np.arange(ROUND) * (2 * math.pi / ROUND)
    return np.column_stack([x + a * np.cos(t), y + b * np.sin(t)])


def _hole(hole: Hole) -> Points:
    return _ellipse(hole.u_mm, hole.v_mm, hole.diameter_mm / 2, hole.diameter_mm / 2)[::-1]


def _rectangle(width: float, height: float, corner: float) -> Points:
    """A rectangle with round corners, clockwise on screen from its top left corner, sides cut into short edges."""
    radius = min(corner, width / 2, height / 2)
    x, y = width / 2 - radius, height / 2 - radius
    turn = np.linspace(0.0, math.pi / 2, ROUND // 4 + 1) if radius > 0 else np.zeros(1)
    pieces = []
    for k, (cx, cy) in enumerate(((-x, -y), (x, -y), (x, y), (-x, y))):
        angle = turn + math.pi + k * math.pi / 2
        pieces.append(np.column_stack([cx + radius * np.cos(angle), cy + radius * np.sin(angle)]))
        after = ((x, -y - radius), (x + radius, y), (-x, y + radius), (-x - radius, -y))[k]
        share = np.arange(1, ROUND // 4)[:, None] / (ROUND // 4)
        pieces.append(pieces[-1][-1] * (1 - share) + np.array(after) * share)
    points = np.concatenate(pieces)
    repeats = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1) < 1e-12
    return np.asarray(points[~repeats], np.float64)


def _label_edge(body: LabelBody) -> Points:
    """The edge of a label on its surface: torn inwards, here more and there less."""
    points = _rectangle(body.width_mm, body.height_mm, body.corner_mm)
    if body.raggedness == 0:
        return points
    rng = stream(body.seed, 0, "ragged edge")
    steps = np.hypot(*np.diff(points, axis=0, append=points[:1]).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.arange(4 * ROUND) * (along[-1] / (4 * ROUND))
    edge = np.column_stack([np.interp(places, along, np.append(points[:, k], points[0, k])) for k in (0, 1)])
    waves = np.arange(3, 160)
    phases, strengths = rng.uniform(0, 2 * math.pi, len(waves)), rng.normal(0, 1, len(waves)) / waves**0.8
    torn = (strengths[:, None] * np.sin(np.outer(waves, places * (2 * math.pi / along[-1])) + phases[:, None])).sum(0)
    deep = (torn - torn.min()) / np.ptp(torn)
    reach = TORN_SHARE * body.raggedness * min(body.width_mm, body.height_mm)
    half = np.array([body.width_mm / 2, body.height_mm / 2])
    return np.asarray(edge * (1 - deep[:, None] * reach / half), np.float64)
