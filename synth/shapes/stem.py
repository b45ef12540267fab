"""Hip stems: one body from the tip up to the neck, bent into the neck's direction, and a ball on it, cut flat below.

The stem's axis is z, its tip down; the neck points to +x. Slots are closed each and do not overlap.
"""

from __future__ import annotations

import math

import numpy as np

from synth.errors import ConfigError
from synth.shapes.grids import Floats, Part, keypoint, mesh_of, moved_part, smoothstep
from synth.shapes.records import StemShape
from synth.shapes.shells import tube
from synth.shapes.solid import Solid

ALONG, AROUND = 120, 48
BALL_ROWS = 40
CUT = 0.72
"""How far below its middle the ball is cut, in its radii."""
TAPER = 0.34
"""Radius of the neck below the ball, in that of the ball."""
DEEP = 0.62
"""Thickness of the stem, in its width."""
GAP_MM = 0.02
"""Between neck and ball."""


def stem_solid(shape: StemShape) -> Solid:
    """The mesh of a stem with its head.

    Raises:
        ConfigError: the neck is too short for its head, or the stem for its width.
    """
    _require_possible(shape)
    bend = math.radians(180 - shape.neck_deg)
    way = np.array([math.sin(bend), 0.0, math.cos(bend)])
    ball = np.array([0.0, 0.0, shape.length_mm]) + shape.neck_mm * way
    parts = [_stem(shape, bend), _ball(shape, bend, ball)]
    points = np.concatenate([part.vertices for part in parts])
    low, high = points.min(axis=0), points.max(axis=0)
    shift = -np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return Solid(
        mesh=mesh_of([moved_part(part, np.eye(3), shift) for part in parts]),
        slots=("stem", "head"),
        keypoints={
            "tip": keypoint(shift),
            "head": keypoint(ball + shift),
            "bend": keypoint(np.array([0.0, 0.0, shape.length_mm]) + shift),
        },
        measures={"neck_deg": shape.neck_deg, "head_mm": shape.head_mm},
    )


def _require_possible(shape: StemShape) -> None:
    least = CUT * shape.head_mm / 2 + _bend_room(shape)
    if shape.neck_mm < least:
        raise ConfigError(
            f"a stem's neck_mm must be at least {least:.1f} for head_mm {shape.head_mm:g} and width_mm "
            f"{shape.width_mm:g}, got {shape.neck_mm:g}"
        )
    if shape.length_mm < 4 * shape.width_mm:
        raise ConfigError(
            f"a stem's length_mm must be at least 4 times its width_mm, got {shape.length_mm:g} and {shape.width_mm:g}"
        )


def _bend_room(shape: StemShape) -> float:
    """How far from where the axes meet the bend begins and ends; its arc is wider than the stem on its inner side."""
    return 1.5 * shape.width_mm * math.tan(math.radians(180 - shape.neck_deg) / 2) + 0.1 * shape.width_mm


def _axis(shape: StemShape, bend: float) -> tuple[Floats, Floats, float]:
    """(rows, 3) points of the axis, (rows,) turn of its direction, and the length of the straight stem."""
    room = _bend_room(shape)
    radius = room / math.tan(bend / 2) if bend > 1e-6 else 0.0
    straight, arc = shape.length_mm - room, radius * bend
    neck = shape.neck_mm - room - CUT * shape.head_mm / 2 - GAP_MM
    whole = straight + (arc if bend > 1e-6 else 2 * room) + neck
    # rows crowd at the round tip
    tip = shape.width_mm * (1 - np.cos(np.linspace(0.12, math.pi / 2, 12)))
    s = np.concatenate([tip[:-1], np.linspace(tip[-1], whole, ALONG)])
    turn = np.clip((s - straight) / radius, 0.0, bend) if bend > 1e-6 else np.zeros_like(s)
    up = np.minimum(s, straight) + radius * np.sin(turn)
    aside = radius * (1 - np.cos(turn))
    beyond = np.maximum(s - straight - (arc if bend > 1e-6 else 0.0), 0.0)
    points = np.column_stack([aside + beyond * np.sin(turn), np.zeros_like(s), up + beyond * np.cos(turn)])
    return points, turn, straight


def _stem(shape: StemShape, bend: float) -> Part:
    points, turn, straight = _axis(shape, bend)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    s = points[0, 2] + np.concatenate([[0.0], np.cumsum(steps)])
    half, neck = shape.width_mm / 2, TAPER * shape.head_mm / 2
    # it widens upwards, narrows into the neck, and is rounded at its tip
    tip = np.sqrt(np.clip(s / half, 0, 1) * (2 - np.clip(s / half, 0, 1)))
    body = half * (0.62 + 0.38 * np.clip(s / straight, 0, 1) + 0.4 * smoothstep(0.55 * straight, straight, s))
    into = smoothstep(straight - 0.9 * shape.width_mm, straight + 1.3 * shape.width_mm, s)
    across = tip * (body * (1 - into) + neck * into)
    deep = tip * (DEEP * half * (0.8 + 0.4 * s / straight) * (1 - into) + neck * into)
    # a rounded rectangle below, a circle at the neck
    power = 2 / (3.2 * (1 - into) + 2.0 * into)
    angle = np.arange(AROUND) * (2 * math.pi / AROUND)
    c, d = np.cos(angle)[None, :], np.sin(angle)[None, :]
    x = across[:, None] * np.sign(c) * np.abs(c) ** power[:, None]
    y = deep[:, None] * np.sign(d) * np.abs(d) ** power[:, None]
    right = np.column_stack([np.cos(turn), np.zeros_like(turn), -np.sin(turn)])
    rings = points[:, None] + x[:, :, None] * right[:, None] + y[:, :, None] * np.array([0.0, 1.0, 0.0])
    return tube(rings, slot=0, smooth=True)


def _ball(shape: StemShape, bend: float, middle: Floats) -> Part:
    """A ball whose cut lies towards the neck."""
    radius = shape.head_mm / 2
    polar = np.linspace(0.0, math.acos(-CUT), BALL_ROWS + 1)[1:]
    angle = np.arange(AROUND) * (2 * math.pi / AROUND)
    rings = np.stack(
        [
            np.column_stack(
                [radius * math.sin(p) * np.cos(angle), radius * math.sin(p) * np.sin(angle),
                 np.full(AROUND, radius * math.cos(p))]
            )
            for p in polar.tolist()
        ]
    )  # fmt: skip
    part = tube(rings, slot=1, smooth=True)
    c, s = math.cos(bend), math.sin(bend)
    return moved_part(part, np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]]), middle)
