"""A bird's shank (tarsus): an upright, scaly, slightly flattened shaft that swells and may bend at its upper joint."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synth.shapes.grids import Floats, Part, smoothstep, spaced, strung
from synth.streams import stream

AROUND = 48
MOST_ROWS = 260
# Shares of the radius: how far scales stand out, the swelling of the joint, and how much less wide than deep it is.
SCUTE, RETICULE, KNOB, FLATNESS = 0.06, 0.025, 0.38, 0.14


@dataclass(frozen=True, slots=True)
class Shank:
    """What a shank is made to.

    Attributes:
        radius_mm: which it nowhere exceeds where the ring may be.
        length_mm: along its axis.
        foot: where its axis stands, (x, y) mm.
        worn: heights (low, high) between which the ring is, mm.
        bend_deg: how far it bends at the joint; positive leans its upper part to +y.
        seed: of its scales.
    """

    radius_mm: float
    length_mm: float
    foot: tuple[float, float]
    worn: tuple[float, float]
    bend_deg: float
    seed: int


def shank_part(shank: Shank, slot: int) -> Part:
    """Its surface, closed at both ends."""
    step = max(shank.radius_mm / 9, shank.length_mm / MOST_ROWS)
    lengths = spaced(0.0, shank.length_mm, step, least=8)[::-1]
    rows = np.concatenate([np.full(3, lengths[0]), lengths, np.full(3, lengths[-1])])
    inset = np.concatenate([[0.0, 0.35, 0.7], np.ones(len(lengths)), [0.7, 0.35, 0.0]])
    counts = np.where(inset == 0, 1, np.round(AROUND * inset)).astype(int).tolist()
    loops = strung(counts)
    along, angle = rows[loops.rows], 2 * np.pi * loops.turns
    radius = _radius(shank, along) * (1.0 + _scales(shank, along, angle)) * inset[loops.rows]
    flat = np.stack([(1 - FLATNESS) * radius * np.sin(angle), -radius * np.cos(angle)], axis=1)
    centre, tangent = _axis(shank, along)
    across = np.stack([np.zeros_like(tangent[:, 0]), tangent[:, 2], -tangent[:, 1]], axis=1)
    vertices = centre + flat[:, :1] * np.array([1.0, 0.0, 0.0]) + flat[:, 1:] * across
    place = rows[loops.corner_rows] / shank.length_mm
    uv = np.stack([loops.corner_turns, place], axis=2)
    ends = (loops.bands < 3) | (loops.bands >= len(counts) - 4)
    # an end is laid out as a disc beside the shaft
    disc = np.stack([np.cos(2 * np.pi * loops.corner_turns), np.sin(2 * np.pi * loops.corner_turns)], axis=2)
    uv[ends] = (0.5 + 0.5 * disc * inset[loops.corner_rows][..., None])[ends]
    return Part(vertices, loops.faces, np.full(len(loops.faces), slot), uv, None, ~ends)


def _joint(shank: Shank) -> float | None:
    """Height of the joint above the foot, mm; None where the piece ends before it."""
    height = max(0.76 * shank.length_mm, shank.worn[1] + 1.2 * shank.radius_mm)
    return height if height < shank.length_mm - 2.5 * shank.radius_mm else None


def _radius(shank: Shank, along: Floats) -> Floats:
    """Its radius before scales: slender in the middle, wider towards foot and joint, clear of the ring."""
    low, high = shank.worn
    most = shank.radius_mm / (1.0 + SCUTE)
    foot = smoothstep(0.0, 5 * shank.radius_mm, np.maximum(low - along, 0.0))
    radius = np.asarray(most * (0.96 + 0.04 * foot))
    joint = _joint(shank)
    if joint is None:
        return radius
    knob = np.exp(-(((along - joint) / (1.5 * shank.radius_mm)) ** 2)) * smoothstep(high, joint, along)
    above = smoothstep(joint, joint + 3 * shank.radius_mm, along)
    return np.asarray(radius + most * (KNOB * knob + 0.12 * above))


def _axis(shank: Shank, along: Floats) -> tuple[Floats, Floats]:
    """Points of the axis at lengths from the foot, and its direction there: upright, then an arc, then straight."""
    joint, bend = _joint(shank), math.radians(shank.bend_deg)
    foot = np.array([*shank.foot, 0.0])
    if joint is None or bend == 0:
        up = np.zeros((len(along), 3)) + np.array([0.0, 0.0, 1.0])
        return foot + up * along[:, None], up
    reach = 2.2 * shank.radius_mm * abs(bend)
    start = joint - reach / 2
    arc = np.clip(along - start, 0.0, reach)
    angle = bend * arc / reach
    radius = reach / bend
    beyond = np.maximum(along - start - reach, 0.0)
    y = radius * (1 - np.cos(angle)) + beyond * math.sin(bend)
    z = np.minimum(along, start) + radius * np.sin(angle) + beyond * math.cos(bend)
    tangent = np.stack([np.zeros_like(angle), np.sin(angle), np.cos(angle)], axis=1)
    return foot + np.stack([np.zeros_like(y), y, z], axis=1), tangent


def _scales(shank: Shank, along: Floats, angle: Floats) -> Floats:
    """How far scales stand out, as a share of the radius: broad overlapping scutes in front, small ones behind."""
    rng = stream(shank.seed, 0, "scales")
    pitch = shank.radius_mm * rng.uniform(0.75, 1.05)
    phases = rng.uniform(0.0, 2 * np.pi, 4)
    sway = 0.25 * np.sin(along / (3.1 * pitch) + phases[0]) + 0.12 * np.sin(2 * angle + phases[1])
    place = (along / pitch + sway) % 1.0
    # each scute rises slowly and ends in a step that two rows of vertices show
    scute = smoothstep(0.0, 0.75, place) * (1 - smoothstep(0.8, 1.0, place))
    front = smoothstep(-0.15, 0.35, np.cos(angle))
    cells = np.cos(9 * angle + phases[2] + np.pi * np.floor(2 * along / pitch)) * np.cos(4 * np.pi * along / pitch)
    return np.asarray(SCUTE * front * scute + RETICULE * (1 - front) * (0.5 + 0.5 * cells))
