"""A ring on a bird's leg: a band with rounded edges round a scaly, tapering shank that may bend at its joint."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.mesh import Mesh
from synth.geometry.pose import turned
from synth.shapes.grids import Floats, Part, keypoint, mesh_of, moved_part, spaced, strung
from synth.shapes.records import RingShape
from synth.shapes.shank import Shank, shank_part
from synth.shapes.solid import Solid
from synth.streams import stream

SLOTS = ("ring", "inside", "leg")
STEPS_ROUND = 120
BEVEL_STEPS = 3
FACE_ROWS, INSIDE_ROWS = 40, 8
GAP_MM = 0.4


def ring_solid(shape: RingShape) -> Solid:
    """The mesh of a ring and its leg.

    Raises:
        RejectedScene: its wall or its leg is thicker than there is room for.
    """
    radius = shape.diameter_mm / 2
    inner = radius - shape.wall_mm
    if inner < 0.1 * radius:
        raise RejectedScene("the wall of a ring is thicker than its radius")
    if shape.leg_mm / 2 > 0.98 * inner:
        raise RejectedScene("a leg is thicker than the ring on it is wide")
    tilt = tilt_of(shape)
    rotation = turned((1.0, 0.0, 0.0), tilt)[:3, :3]
    middle = np.array([0.0, 0.0, shape.leg_length_mm / 2 + shape.slide_mm])
    parts = [moved_part(_band(shape), rotation, middle)]
    if shape.leg_mm:
        parts.append(shank_part(_shank(shape, tilt), slot=SLOTS.index("leg")))
    lowest = min(float(part.vertices[:, 2].min()) for part in parts)
    ground = np.array([0.0, 0.0, lowest])
    mesh = mesh_of([moved_part(part, np.eye(3), -ground) for part in parts])
    half = shape.length_mm / 2
    places = {"front": (0.0, -radius, 0.0), "top": (0.0, 0.0, half), "bottom": (0.0, 0.0, -half)}
    points = {name: keypoint(rotation @ np.array(place) + middle - ground) for name, place in places.items()}
    return _of_used_slots(mesh, points)


def _of_used_slots(mesh: Mesh, points: dict[str, tuple[float, float, float]]) -> Solid:
    return Solid(mesh, SLOTS[: int(mesh.slots.max()) + 1], points, labelled=("ring", "inside"))


def tilt_of(shape: RingShape) -> float:
    """How far the ring can hang askew: its tilt, or less where the leg leaves no more room (degrees)."""
    if not shape.leg_mm:
        return shape.tilt_deg
    inner, leg, half = shape.diameter_mm / 2 - shape.wall_mm, shape.leg_mm / 2, shape.length_mm / 2
    # An upright leg touches the upper and the lower edge of a tube when inner cos t - half sin t = leg.
    most = math.acos(min(leg / math.hypot(inner, half), 1.0)) - math.atan2(half, inner)
    return math.copysign(min(abs(shape.tilt_deg), math.degrees(max(most, 0.0))), shape.tilt_deg)


def _band(shape: RingShape) -> Part:
    """The ring itself, its axis upright through the origin, at half height."""
    radius = shape.diameter_mm / 2
    places, outer, inside = _section(shape)
    angles, closed = _stations(shape)
    counts = [len(places)] * len(angles)
    if not closed:
        counts = [1, *counts, 1]
        angles = np.concatenate([angles[:1], angles, angles[-1:]])
    loops = strung(counts, closed=closed)
    across = np.round(loops.turns * len(places)).astype(np.int64)
    section = places[across]
    if not closed:
        section[[0, -1]] = places.mean(axis=0)
    angle = angles[loops.rows]
    vertices = np.stack([section[:, 0] * np.sin(angle), -section[:, 0] * np.cos(angle), section[:, 1]], axis=1)
    caps = np.zeros(len(loops.faces), np.bool_) if closed else (loops.bands == 0) | (loops.bands == len(counts) - 2)
    edges = np.floor(loops.corner_turns.mean(axis=1) * len(places)).astype(np.int64)
    carries = outer[edges] & ~caps
    corner_angles = np.concatenate([angles, angles[:1] + 2 * np.pi])[loops.corner_rows]
    corner_angles -= 2 * np.pi * np.round(corner_angles.mean(axis=1) / (2 * np.pi))[:, None]
    decal = np.stack([radius * corner_angles, -section[loops.faces][..., 1]], axis=2)
    decal[~carries] = np.nan
    uv = np.stack([0.5 + corner_angles / (2 * np.pi), loops.corner_turns], axis=2)
    slots = np.where(inside[edges] & ~caps, SLOTS.index("inside"), SLOTS.index("ring"))
    return Part(vertices, loops.faces, slots, uv, decal, ~caps)


def _section(shape: RingShape) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """The wall cut open: (k, 2) radius and height, counter-clockwise; which edges face outwards, and which inwards."""
    radius, half, wall = shape.diameter_mm / 2, shape.length_mm / 2, shape.wall_mm
    bevel = min(0.35 * wall, 0.1 * shape.length_mm)
    low, high = bevel - half, half - bevel
    step = 6 * np.pi * radius / STEPS_ROUND
    heights, coarse = (
        _supported(spaced(low, high, max(step, (high - low) / most)), bevel / 2) for most in (FACE_ROWS, INSIDE_ROWS)
    )
    arc = np.linspace(0.0, np.pi / 2, BEVEL_STEPS + 1)

    def corner(r: float, z: float, start: float) -> Floats:
        return np.stack([r + bevel * np.cos(arc + start), z + bevel * np.sin(arc + start)], axis=1)

    face = np.stack([np.full(len(heights), radius), heights], axis=1)
    back = np.stack([np.full(len(coarse), radius - wall), coarse[::-1]], axis=1)
    inner = radius - wall + bevel
    pieces = [
        face,
        corner(radius - bevel, high, 0.0)[1:],
        corner(inner, high, np.pi / 2)[:-1],
        back,
        corner(inner, low, np.pi)[1:],
        corner(radius - bevel, low, 1.5 * np.pi)[:-1],
    ]
    lengths = np.cumsum([0, *(len(piece) for piece in pieces)])
    edges = np.arange(lengths[-1])
    outwards = edges < lengths[1] - 1
    inwards = (edges >= lengths[3]) & (edges < lengths[4] - 1)
    return np.concatenate(pieces), outwards, inwards


def _supported(heights: Floats, inset: float) -> Floats:
    """Heights with one more close to each end, so that shading changes to the rounded edge there and not before."""
    support = min(inset, (heights[1] - heights[0]) / 2)
    low, high = heights[0], heights[-1]
    return np.concatenate([[low, low + support], heights[1:-1], [high - support, high]])


def _stations(shape: RingShape) -> tuple[Floats, bool]:
    """Angles round the ring, radians from the front, and whether it closes; one of them is the back, where u ends."""
    if shape.seam_deg is None:
        return np.linspace(-np.pi, np.pi, STEPS_ROUND, endpoint=False), True
    gap = min(GAP_MM / (shape.diameter_mm / 2), 0.1)
    start = math.radians(shape.seam_deg) % (2 * np.pi) - 2 * np.pi + gap / 2
    end = start + 2 * np.pi - gap
    step, near = 2 * np.pi / STEPS_ROUND, 0.2 * gap
    cut = -np.pi if start < -np.pi else np.pi
    if not start < cut < end:
        return spaced(start, end, step), False
    if cut - start < near:
        return spaced(cut, end, step), False
    if end - cut < near:
        return spaced(start, cut, step), False
    return np.concatenate([spaced(start, cut, step)[:-1], spaced(cut, end, step)]), False


def _shank(shape: RingShape, tilt: float) -> Shank:
    """The leg in the ring; the ring hangs nearer to it on one side."""
    rng = stream(shape.seed, 0, "leg")
    inner, leg = shape.diameter_mm / 2 - shape.wall_mm, shape.leg_mm / 2
    room = inner * math.cos(math.radians(tilt)) - shape.length_mm / 2 * abs(math.sin(math.radians(tilt))) - leg
    side, share = rng.uniform(0.0, 2 * np.pi), rng.uniform(0.0, 0.8)
    shift = max(room, 0.0) * share
    middle = shape.leg_length_mm / 2 + shape.slide_mm
    reach = shape.length_mm / 2 + inner * abs(math.sin(math.radians(tilt)))
    return Shank(
        radius_mm=leg,
        length_mm=shape.leg_length_mm,
        foot=(shift * math.cos(side), shift * math.sin(side)),
        worn=(middle - reach, middle + reach),
        bend_deg=shape.leg_bend_deg,
        seed=shape.seed,
    )
