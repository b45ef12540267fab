"""What is on a body apart from text: fields, lines along the edge, screws, the walls of holes, the seam of a band."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled
from synth.serials.tag import BandBody, Body, DiscBody, LabelBody, Light, PlateBody
from synth.serials.tracing import Sites, Trace, towards

Colours = NDArray[np.float32]
Table = NDArray[np.float64]
SEAM_WIDTH = 0.035
"""Of a band's seam, in radii."""


def painted(body: Body, at: Trace, colour: tuple[int, int, int], light: Light | None) -> Colours:
    """(n, 3) float32 colours of a body's parts, in [0, 255], shaded only where a part stands out of the surface.

    Without a light they are not shaded at all.
    """
    rgb = np.zeros((at.u.size, 3), np.float32)
    _fill(rgb, colour)
    if isinstance(body, PlateBody | LabelBody) and body.fields:
        _paint_fields(rgb, at.u, at.v, at.pixel, _table([(*f.box_mm, *f.colour) for f in body.fields]))
    if isinstance(body, PlateBody | LabelBody | DiscBody | BandBody) and body.borders:
        lines = [(b.inset_mm + b.width_mm / 2, b.width_mm, *b.colour) for b in body.borders]
        _paint_borders(rgb, at.edge, at.pixel, _table(lines))
    if isinstance(body, PlateBody | DiscBody):
        towards_light = towards(light.from_deg) if light else (0.0, 0.0)
        if body.holes and light:
            holes = _table([(h.u_mm, h.v_mm, h.diameter_mm / 2) for h in body.holes])
            _shade_holes(rgb, at.u, at.v, at.pixel, holes, towards_light)
        if body.screws:
            screws = [
                (s.u_mm, s.v_mm, s.diameter_mm / 2, *towards(s.slot_deg), float(s.cross), *s.colour)
                for s in body.screws
            ]
            _paint_screws(rgb, at.u, at.v, at.pixel, _table(screws), towards_light, light is not None)
    if isinstance(body, BandBody) and body.seam_deg is not None:
        radius, turn = body.diameter_mm / 2, math.remainder(math.radians(body.seam_deg), 2 * math.pi)
        _shade_seam(rgb, at.u, at.pixel, at.top, turn * radius, SEAM_WIDTH * radius, 2 * math.pi * radius)
    return rgb


def _table(rows: Sequence[tuple[float, ...]]) -> Table:
    return np.array(rows, dtype=np.float64)


@compiled
def _fill(rgb: Colours, colour: tuple[int, int, int]) -> None:
    for k in range(len(rgb)):
        rgb[k, 0], rgb[k, 1], rgb[k, 2] = colour


@compiled
def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@compiled
def _blend(rgb: Colours, k: int, share: float, red: float, green: float, blue: float) -> None:
    rgb[k, 0] += share * (red - rgb[k, 0])
    rgb[k, 1] += share * (green - rgb[k, 1])
    rgb[k, 2] += share * (blue - rgb[k, 2])


@compiled
def _paint_fields(rgb: Colours, u: Sites, v: Sites, pixel: Sites, fields: Table) -> None:
    for f in fields:
        for k in range(u.size):
            inner = min(min(u[k] - f[0], f[2] - u[k]), min(v[k] - f[1], f[3] - v[k]))
            if inner > -0.5 * pixel[k]:
                _blend(rgb, k, min(0.5 + np.divide(inner, pixel[k]), 1.0), f[4], f[5], f[6])


@compiled
def _paint_borders(rgb: Colours, edge: Sites, pixel: Sites, lines: Table) -> None:
    for line in lines:
        for k in range(edge.size):
            px, inner = pixel[k], 0.5 * line[1] - abs(edge[k] - line[0])
            if inner > -0.5 * px:
                per = np.divide(1.0, px)
                _blend(rgb, k, min(min(0.5 + inner * per, line[1] * per), 1.0), line[2], line[3], line[4])


@compiled
def _shade_holes(rgb: Colours, u: Sites, v: Sites, pixel: Sites, holes: Table, light: tuple[float, float]) -> None:
    """A countersunk edge: its far wall catches the light."""
    for hole in holes:
        for k in range(u.size):
            du, dv = u[k] - hole[0], v[k] - hole[1]
            far = math.sqrt(du * du + dv * dv) + 1e-9
            slope = _clamped(1.0 - (far - hole[2]) / max(0.35 * hole[2], pixel[k]))
            if slope > 0.0:
                facing = -(du * light[0] + dv * light[1]) / far
                for c in range(3):
                    rgb[k, c] = min(max(rgb[k, c] * (1.0 + slope * (0.35 * facing - 0.2)), 0.0), 255.0)


@compiled
def _slot(along: float, across: float, radius: float, px: float) -> float:
    share = min(_clamped(0.5 + (0.13 * radius - abs(across)) / px), min(1.0, 0.26 * radius / px))
    return share * _clamped(0.5 + (0.8 * radius - abs(along)) / px)


@compiled
def _paint_screws(
    rgb: Colours, u: Sites, v: Sites, pixel: Sites, screws: Table, light: tuple[float, float], lit_up: bool
) -> None:
    for s in screws:
        for k in range(u.size):
            du, dv, px, radius = u[k] - s[0], v[k] - s[1], pixel[k], s[2]
            far = math.sqrt(du * du + dv * dv)
            if far > 1.6 * radius + px:
                continue
            lit = (du * light[0] + dv * light[1]) / radius
            shadow = _clamped((1.45 * radius - far) / (0.4 * radius)) * _clamped(0.55 - 0.45 * lit)
            if lit_up:
                for c in range(3):
                    rgb[k, c] *= 1.0 - 0.5 * shadow
            head = _clamped(0.5 + (radius - far) / px)
            shine = 0.82 + 0.34 * lit * min(1.0, far / radius) ** 2 if lit_up else 1.0
            rim = 1.0 - 0.45 * _clamped(1.0 - abs(radius - far) / max(0.16 * radius, 0.5 * px))
            along, across = du * s[3] + dv * s[4], dv * s[3] - du * s[4]
            slot = _slot(along, across, radius, px)
            if s[5] > 0.0:
                slot = max(slot, _slot(across, along, radius, px))
            tone = shine * rim * (1.0 - 0.7 * slot)
            _blend(rgb, k, head, min(s[6] * tone, 255.0), min(s[7] * tone, 255.0), min(s[8] * tone, 255.0))


@compiled
def _shade_seam(rgb: Colours, u: Sites, pixel: Sites, top: Sites, place: float, width: float, girth: float) -> None:
    """A dark gap with a bright edge beside it."""
    for k in range(u.size):
        px = pixel[k]
        away = u[k] - place
        away -= girth * math.floor(away / girth + 0.5)
        if abs(away) > 2.0 * width + px:
            continue
        gap = min(_clamped(0.5 + (width / 2 - abs(away)) / px), min(1.0, width / px))
        lip = min(_clamped(0.5 + (width / 2 - abs(away - width)) / px), min(1.0, width / px))
        for c in range(3):
            rgb[k, c] = min(rgb[k, c] * (1.0 + (0.08 * lip - 0.65 * gap) * (1.0 - top[k])), 255.0)
