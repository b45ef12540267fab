"""Osteosynthesis plates: a plate with rounded ends and countersunk holes, and screws in some of them.

The plate is a row of cells, one round each hole, that share their edges; its outline carries a bevelled wall.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from synth.errors import ConfigError
from synth.shapes.grids import Floats, Ints, Part, keypoint, mesh_of, moved_part
from synth.shapes.records import BonePlateShape
from synth.shapes.screw import Screw, screw_part
from synth.shapes.shells import inset, outward, part_with_box_uv, welded
from synth.shapes.solid import Solid
from synth.streams import stream

ALONG, ACROSS = 12, 24
"""Edges of a cell along the plate and across it."""
SUNK, SUNK_DEPTH = 1.36, 0.45
"""Radius of a countersink in that of the hole, and its depth in thicknesses."""
BEVEL = 0.14
"""Width of the slope along the outline, in thicknesses."""
PROUD = 0.03
"""How far a screw's head stands out of its hole, in thicknesses."""
SCREW_FACES = 26_000
"""Of all screws together, about."""


def bone_plate_solid(shape: BonePlateShape) -> Solid:
    """The mesh of a plate with its screws.

    Raises:
        ConfigError: the holes do not fit on the plate, or the screws are not one for each of some holes.
    """
    _require_possible(shape)
    places = _hole_places(shape)
    plate = _plate(shape, places)
    screws = _screws(shape, places)
    lowest = min(float(part.vertices[:, 2].min()) for part in (plate, *screws))
    lift = np.array([0.0, 0.0, -lowest])
    still = np.eye(3)
    tops = [np.array([x, 0.0, shape.thickness_mm + _rise(shape, np.array(x))]) + lift for x in places.tolist()]
    return Solid(
        mesh=mesh_of([moved_part(part, still, lift) for part in (plate, *screws)]),
        slots=("plate", "screw"),
        keypoints={f"hole_{k}": keypoint(point) for k, point in enumerate(tops, 1)},
        measures={"holes": float(shape.holes), "screws": float(len(shape.screws))},
    )


def _require_possible(shape: BonePlateShape) -> None:
    room = min(shape.width_mm, shape.length_mm / shape.holes)
    if SUNK * shape.hole_mm > 0.85 * room:
        raise ConfigError(
            f"{shape.holes} holes of hole_mm {shape.hole_mm:g} do not fit on a bone plate of {shape.length_mm:g} x "
            f"{shape.width_mm:g} mm: hole_mm may be {0.85 * room / SUNK:.2f}"
        )
    if len(shape.screws) != len(shape.screw_length_mm):
        raise ConfigError(
            f"a bone plate needs a screw_length_mm for each of its {len(shape.screws)} screws, got "
            f"{len(shape.screw_length_mm)}"
        )
    if len(set(shape.screws)) != len(shape.screws) or max(shape.screws, default=0) >= shape.holes:
        raise ConfigError(
            f"screws of a bone plate must name different holes from 0 to {shape.holes - 1}, got {list(shape.screws)}"
        )


def _hole_places(shape: BonePlateShape) -> Floats:
    return (np.arange(shape.holes) + 0.5) * (shape.length_mm / shape.holes) - shape.length_mm / 2


def _rise(shape: BonePlateShape, x: Floats) -> Floats:
    """How far the plate is bowed up."""
    return np.asarray(shape.bend_mm * (1 - (2 * x / shape.length_mm) ** 2))


def _plate(shape: BonePlateShape, places: Floats) -> Part:
    outer = _outline(shape, places)
    bevel = BEVEL * min(shape.thickness_mm, shape.width_mm)
    edge = inset(outer, bevel)
    # the path along a cell's own edge, from one cell to the next, is the same numbers for both
    pieces = [_wall(outer, edge, shape.thickness_mm, bevel)]
    count = len(places)
    # the outline starts at the lower end of the right cap: cap, upper side, cap, lower side
    upper = edge[ACROSS : ACROSS + count * ALONG + 1]
    second = ACROSS + count * ALONG
    lower = np.concatenate([edge, edge[:1]])[second + ACROSS : second + ACROSS + count * ALONG + 1]
    for k, x in enumerate(places):
        # cells are counted from the left, the upper side runs to the left
        top = upper[(count - 1 - k) * ALONG : (count - k) * ALONG + 1]
        bottom = lower[k * ALONG : (k + 1) * ALONG + 1]
        right = edge[: ACROSS + 1] if k == count - 1 else _cut(bottom[-1], top[0])
        left = edge[second : second + ACROSS + 1] if k == 0 else _cut(top[-1], bottom[0])
        cell = np.concatenate([right[:-1], top[:-1], left[:-1], bottom[:-1]])
        pieces.append(_cell(cell, x, shape))
    starts = np.cumsum([0, *[len(vertices) for vertices, _ in pieces]])
    vertices = np.concatenate([vertices for vertices, _ in pieces])
    faces = np.concatenate([faces + start for (_, faces), start in zip(pieces, starts, strict=False)])
    vertices, faces = welded(vertices, faces)
    vertices[:, 2] += _rise(shape, vertices[:, 0])
    return outward(part_with_box_uv(vertices, faces, slot=0))


def _outline(shape: BonePlateShape, places: Floats) -> Floats:
    """Counter-clockwise from the lower end of the right cap; sides have `ALONG` edges for each cell."""
    half, end = shape.width_mm / 2, shape.length_mm / 2
    pitch = shape.length_mm / shape.holes
    cap = min(half, 0.9 * pitch / 2)
    turn = np.linspace(-math.pi / 2, math.pi / 2, ACROSS + 1)
    right = np.column_stack([end - cap + cap * np.cos(turn), half * np.sin(turn)])
    knots = np.array([-end + cap, *(places[:-1] + pitch / 2), end - cap])
    x = np.interp(np.arange(shape.holes * ALONG + 1) / ALONG, np.arange(shape.holes + 1), knots)
    lower = np.column_stack([x, np.full(len(x), -half)])
    return np.concatenate([right, -lower[1:], -right[1:], lower[1:-1]])


def _cut(start: Floats, end: Floats) -> Floats:
    """The edge that two cells share, the same points from both sides."""
    share = np.arange(ACROSS + 1)[:, None] / ACROSS
    low, high = (start, end) if start[1] < end[1] else (end, start)
    points = low * (1 - share) + high * share
    return np.asarray(points if start[1] < end[1] else points[::-1], np.float64)


def _ring_faces(first: Ints, second: Ints) -> Ints:
    """Triangles between two closed rings of vertex numbers."""
    after_first, after_second = np.roll(first, -1), np.roll(second, -1)
    return np.concatenate(
        [np.stack([first, after_first, after_second], axis=1), np.stack([first, after_second, second], axis=1)]
    )


def _wall(outer: Floats, edge: Floats, thick: float, bevel: float) -> tuple[Floats, Ints]:
    """The plate's side, from its lower to its upper face."""
    rings = [(edge, 0.0), (outer, bevel), (outer, thick - bevel), (edge, thick)]
    numbers = np.arange(4 * len(outer)).reshape(4, -1)
    vertices = np.concatenate([np.column_stack([xy, np.full(len(xy), z)]) for xy, z in rings])
    return vertices, np.concatenate([_ring_faces(a, b) for a, b in pairwise(numbers)])


def _cell(border: Floats, x: float, shape: BonePlateShape) -> tuple[Floats, Ints]:
    """Both faces round a hole, and its wall."""
    angles = np.arctan2(border[:, 1], border[:, 0] - x)
    turn = np.column_stack([np.cos(angles), np.sin(angles)])
    radius, thick, centre = shape.hole_mm / 2, shape.thickness_mm, np.array([x, 0.0])
    sunk = thick * (1 - SUNK_DEPTH)
    rings = [
        (border, thick), (centre + SUNK * radius * turn, thick), (centre + radius * turn, sunk),
        (centre + radius * turn, 0.0), (border, 0.0),
    ]  # fmt: skip
    numbers = np.arange(5 * len(border)).reshape(5, -1)
    vertices = np.concatenate([np.column_stack([xy, np.full(len(xy), z)]) for xy, z in rings])
    return vertices, np.concatenate([_ring_faces(a, b) for a, b in pairwise(numbers)])


def _screws(shape: BonePlateShape, places: Floats) -> list[Part]:
    if not shape.screws:
        return []
    rng = stream(shape.seed, 0, "bone plate")
    turns = rng.uniform(0, 360, len(shape.screws)).tolist()
    crossed = bool(rng.random() < 0.3)
    radius, thick = shape.hole_mm / 2, shape.thickness_mm
    parts = []
    for hole, length, turn in zip(shape.screws, shape.screw_length_mm, turns, strict=True):
        screw = Screw(
            head_mm=SUNK * radius * 0.97,
            neck_mm=radius * 0.95,
            sunk_mm=SUNK_DEPTH * thick,
            length_mm=length,
            crossed=crossed,
            turn_deg=turn,
        )
        x = float(places[hole])
        part = screw_part(screw, SCREW_FACES // len(shape.screws), slot=1)
        slope = math.atan(-8 * shape.bend_mm * x / shape.length_mm**2)
        c, s = math.cos(slope), math.sin(slope)
        top = np.array([x, 0.0, (1 + PROUD) * thick + float(_rise(shape, np.array(x)))])
        parts.append(moved_part(part, np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]]), top))
    return parts
