"""What things lie on: a plane, a studio's sweep, a room. Open surfaces, seen from the side that things are on."""

from __future__ import annotations

import numpy as np

from synth.shapes.grids import Floats, Part, mesh_of, part_of, sheet
from synth.shapes.records import GroundShape
from synth.shapes.solid import Solid

SLOTS = ("floor", "wall")
CELLS = 8
ARC_STEPS = 24


def ground_solid(shape: GroundShape) -> Solid:
    """The mesh of a ground, its floor at z = 0; a plane has no wall and so no slot for one."""
    half = shape.size_mm / 2
    if shape.kind == "plane":
        return Solid(mesh_of([_floor(shape, half)]), SLOTS[:1])
    if shape.kind == "sweep":
        radius = min(0.6 * shape.height_mm, 0.5 * half)
        return Solid(mesh_of(_sweep(shape, half, radius)), SLOTS)
    return Solid(mesh_of([_floor(shape, half), *(_wall(shape, half, quarter) for quarter in range(4))]), SLOTS)


def _floor(shape: GroundShape, back: float) -> Part:
    """The flat floor as far as y = back."""
    half = shape.size_mm / 2
    x, y = np.linspace(-half, half, CELLS + 1), np.linspace(-half, back, CELLS + 1)
    flat = np.stack([np.repeat(x, len(y)), np.tile(y, len(x))], axis=1)
    vertices = np.concatenate([flat, np.zeros((len(flat), 1))], axis=1)
    return part_of(vertices, sheet(len(x), len(y)), flat / shape.tile_mm)


def _wall(shape: GroundShape, half: float, quarter: int) -> Part:
    """One wall of a room, the first at +y, the next one a quarter turn further; it faces inwards."""
    x, z = np.linspace(-half, half, CELLS + 1), np.linspace(0.0, shape.height_mm, CELLS + 1)
    across, up = np.repeat(x, len(z)), np.tile(z, len(x))
    back = np.full(len(across), half)
    sides = ((across, back), (-back, across), (-across, -back), (back, -across))
    vertices = np.stack([*sides[quarter], up], axis=1)
    uv = np.stack([across, up], axis=1) / shape.tile_mm
    return part_of(vertices, sheet(len(x), len(z)), uv, slot=1)


def _sweep(shape: GroundShape, half: float, radius: float) -> list[Part]:
    """A floor that goes over into a wall in a quarter of a circle; texture and shading run on across the line."""
    x = np.linspace(-half, half, CELLS + 1)
    floor = _floor(shape, half - radius)
    angles = np.linspace(0.0, np.pi / 2, ARC_STEPS + 1)
    heights = np.linspace(radius, shape.height_mm, CELLS + 1)[1:]
    y = np.concatenate([half - radius + radius * np.sin(angles), np.full(CELLS, half)])
    z = np.concatenate([radius * (1 - np.cos(angles)), heights])
    along = half - radius + np.concatenate([radius * angles, radius * np.pi / 2 + heights - radius])

    def spread(values: Floats) -> Floats:
        return np.tile(values, len(x))

    across = np.repeat(x, len(y))
    uv = np.stack([across, spread(along)], axis=1) / shape.tile_mm
    vertices = np.stack([across, spread(y), spread(z)], axis=1)
    return [floor, part_of(vertices, sheet(len(x), len(y)), uv, slot=1, smooth=True)]
