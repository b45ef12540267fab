"""Long bones: a shaft between a head with two condyles and one with a ball, hollow.

Slot "cortex" is the wall: its outer surface, and that of the cavity with its faces turned round, so that a ray's way
through the slot is its way through the wall. Slot "marrow" fills the cavity; each slot is closed by itself.
"""

from __future__ import annotations

import math

import numpy as np

from synth.errors import ConfigError
from synth.shapes.grids import Floats, keypoint, mesh_of, moved_part, smoothstep, vertex_normals
from synth.shapes.records import BoneShape
from synth.shapes.shells import inward, outward, tube
from synth.shapes.solid import Solid
from synth.streams import stream

ALONG, AROUND = 110, 48
LOBES = 0.35
"""How much wider than deep the end with the condyles is."""
CLEFT = 0.3
"""Depth of the cleft between them."""
UNEVEN = 0.018
"""Of the surface, in its radius."""


def bone_solid(shape: BoneShape) -> Solid:
    """The mesh of a bone, along x, the ball at +x.

    Raises:
        ConfigError: it is too thin for its cortex, or too short for its heads.
    """
    _require_possible(shape)
    outer = outward(tube(_rings(shape), slot=0, smooth=True))
    normals = vertex_normals(outer.vertices, outer.faces)
    cavity = outward(tube(_inner_rings(shape, outer.vertices, normals), slot=1, smooth=True))
    wall = inward(tube(_inner_rings(shape, outer.vertices, normals), slot=0, smooth=True))
    low, high = outer.vertices.min(axis=0), outer.vertices.max(axis=0)
    shift = -np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    still = np.eye(3)
    ends = outer.vertices[[0, -1]] + shift
    return Solid(
        mesh=mesh_of([moved_part(part, still, shift) for part in (outer, wall, cavity)]),
        slots=("cortex", "marrow"),
        keypoints={"condyles": keypoint(ends[0]), "ball": keypoint(ends[1])},
        measures={"cortex_mm": shape.cortex_mm},
    )


def _require_possible(shape: BoneShape) -> None:
    if shape.shaft_mm < 2.6 * shape.cortex_mm:
        raise ConfigError(
            f"a bone's shaft_mm must be at least 2.6 times its cortex_mm {shape.cortex_mm:g}, got {shape.shaft_mm:g}"
        )
    if not shape.shaft_mm <= shape.head_mm <= 0.45 * shape.length_mm:
        raise ConfigError(
            f"a bone's head_mm must be between shaft_mm {shape.shaft_mm:g} and 0.45 of length_mm "
            f"{shape.length_mm:g}, got {shape.head_mm:g}"
        )


def _rings(shape: BoneShape) -> Floats:
    """(rows, columns, 3) of the outer surface."""
    half, head, shaft = shape.length_mm / 2, shape.head_mm / 2, shape.shaft_mm / 2
    # rows crowd where the ends close
    way = np.linspace(-math.pi / 2, math.pi / 2, ALONG + 2)[1:-1]
    x = half * np.sin(way)
    angle = np.arange(AROUND) * (2 * math.pi / AROUND)
    flare = 1.5 * head
    near_left = 1 - smoothstep(0.35 * flare, 2.6 * flare, x + half)
    near_right = 1 - smoothstep(0.9 * flare, 2.6 * flare, half - x)
    # the ball sits on a neck
    neck = np.exp(-(((half - x) / head - 1.9) ** 2) / 0.18)
    radius = shaft + (head - shaft) * (near_left + 0.82 * near_right) * (1 - 0.45 * neck)
    close_left = _closing((x + half) / (0.75 * head))
    close_right = _closing((half - x) / (0.86 * head))
    radius = radius * close_left * close_right
    y, z = np.cos(angle)[None, :], np.sin(angle)[None, :]
    wide = 1 + LOBES * near_left[:, None] * (y**2 - 0.5)
    cleft = 1 - CLEFT * near_left[:, None] * np.exp(-((y / 0.3) ** 2)) * (z < 0) * z**2
    far = radius[:, None] * wide * cleft * (1 + UNEVEN * _unevenness(shape, x / half, angle))
    bow = shape.bow_mm * (1 - (x / half) ** 2)[:, None]
    # the ball leans to the side
    lean = 0.6 * head * (near_right**2)[:, None]
    return np.stack([np.broadcast_to(x[:, None], far.shape), far * y + lean, far * z + bow], axis=2)


def _closing(distance: Floats) -> Floats:
    """How a round end narrows, by the distance from it in its own radii."""
    share = np.clip(distance, 0.0, 1.0)
    return np.sqrt(share * (2 - share))


def _unevenness(shape: BoneShape, along: Floats, angle: Floats) -> Floats:
    """(rows, columns) waves of the surface, within about [-1, 1]; the shaft has a ridge."""
    rng = stream(shape.seed, 0, "bone")
    waves = np.zeros((len(along), len(angle)))
    for turns in (1, 2, 3, 4):
        steps, phases = rng.uniform(1, 5, 2), rng.uniform(0, 2 * math.pi, 2)
        strength = float(rng.normal(0, 1)) / turns
        waves += (
            strength
            * np.sin(steps[0] * along * math.pi + phases[0])[:, None]
            * np.cos(turns * angle[None, :] + phases[1] + steps[1] * along[:, None])
        )
    ridge = np.exp(2 * (np.cos(angle - 1.9) - 1) / 0.2)[None, :] * np.exp(-((along / 0.5) ** 2))[:, None]
    return np.asarray(np.clip(waves, -2, 2) / 2 + 3 * ridge)


def _inner_rings(shape: BoneShape, vertices: Floats, normals: Floats) -> Floats:
    """Rings of the cavity: the outer ones moved inwards by the cortex; the ends leave no room for some of them."""
    rings = (vertices - shape.cortex_mm * normals)[1:-1].reshape(ALONG, AROUND, 3)
    tips = (vertices - shape.cortex_mm * normals)[[0, -1], 0]
    x = rings[:, :, 0].mean(axis=1)
    kept = (x > tips[0] + 0.05 * shape.cortex_mm) & (x < tips[1] - 0.05 * shape.cortex_mm)
    return np.asarray(rings[kept], np.float64)
