"""A thin plate with rounded corners and a softened edge, flat or bowed: number plates, name plates."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from synth.errors import RejectedScene
from synth.shapes.grids import Floats, Ints, Part, keypoint, mesh_of, sheet, spaced
from synth.shapes.records import PlateShape
from synth.shapes.solid import Solid

SLOTS = ("face", "edge")
CORNER_STEPS = 8
# share of the width by which a plate may be bowed
MOST_BEND = 0.3


def plate_solid(shape: PlateShape) -> Solid:
    """The mesh of a plate, standing on its lower edge.

    Raises:
        RejectedScene: it is thicker than wide, or bowed too far.
    """
    width, height, thick = shape.width_mm, shape.height_mm, shape.thickness_mm
    if thick > 0.5 * min(width, height):
        raise RejectedScene("a plate is thicker than half its smaller side")
    if abs(shape.bend_mm) > MOST_BEND * width:
        raise RejectedScene("a plate is bowed by more than three tenths of its width")
    bevel = min(0.25 * thick, 0.02 * min(width, height))
    corner = max(min(shape.corner_mm, 0.5 * min(width, height)), 2 * bevel)
    flat, rows = _face(shape, bevel, corner)
    bowed = _bowed(_layers(shape, flat, rows, bevel), shape)
    shift = np.array([0.0, -bowed.vertices[:, 1].mean(), -bowed.vertices[:, 2].min()])
    part = Part(bowed.vertices + shift, bowed.faces, bowed.slots, bowed.uv, bowed.decal, bowed.smooth)
    corners = {
        f"{up}_{side}": keypoint(_bend(np.array([[x * width / 2, 0.0, z * height / 2]]), shape)[0] + shift)
        for up, z in (("top", 1), ("bottom", -1))
        for side, x in (("left", -1), ("right", 1))
    }
    return Solid(mesh_of([part]), SLOTS, corners)


def _face(shape: PlateShape, bevel: float, corner: float) -> tuple[Floats, int]:
    """The face without its softened edge: (columns * rows, 2) x and z, columns from left to right; and the rows."""
    half, high, radius = shape.width_mm / 2 - bevel, shape.height_mm / 2 - bevel, corner - bevel
    # a corner of a whole half circle would end in a column of no height
    arc = np.linspace(0.0, np.pi / 2, CORNER_STEPS + 1) + (0.02 if high - radius < 1e-6 * high else 0.0)
    arc = np.minimum(arc, np.pi / 2)
    ends = half - radius + radius * np.cos(arc)
    tops = high - radius + radius * np.sin(arc)
    step = max(shape.width_mm, shape.height_mm) / 48
    middle = spaced(radius - half, half - radius, step) if half - radius > 1e-9 * half else np.zeros(1)
    x = np.concatenate([-ends[:-1], middle, ends[:-1][::-1]])
    top = np.concatenate([tops[:-1], np.full(len(middle), high), tops[:-1][::-1]])
    places = spaced(-1.0, 1.0, step / high, least=2)
    support = min(2 * bevel / high, (places[1] - places[0]) / 2)
    places = np.concatenate([[-1.0, support - 1.0], places[1:-1], [1.0 - support, 1.0]])
    return np.stack([np.repeat(x, len(places)), (top[:, None] * places).ravel()], axis=1), len(places)


def _layers(shape: PlateShape, flat: Floats, rows: int, bevel: float) -> Part:
    """Face, edge and back of a flat plate; x to the right, z up, y into the depth, the face at y = 0."""
    columns, count, thick = len(flat) // rows, len(flat), shape.thickness_mm
    rim = _outline(columns, rows)
    outline = flat[rim]
    outwards = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    outwards = np.stack([outwards[:, 1], -outwards[:, 0]], axis=1)
    outer = outline + bevel * outwards / np.linalg.norm(outwards, axis=1, keepdims=True)
    faces = sheet(columns, rows)
    layers = [_at(flat, 0.0), _at(outer, bevel), _at(outer, thick - bevel), _at(flat, thick)]
    around = np.arange(len(rim))
    loops = [rim, count + around, count + len(rim) + around, count + 2 * len(rim) + rim]
    strips = [_strip(a, b) for a, b in pairwise(loops)]
    back = faces[:, ::-1] + count + 2 * len(rim)
    vertices, all_faces = np.concatenate(layers), np.concatenate([faces, *strips, back])
    on_face = np.arange(len(all_faces)) < len(faces)
    corners = vertices[all_faces]
    decal = np.stack([corners[..., 0], -corners[..., 2]], axis=2)
    decal[~on_face] = np.nan
    uv = 0.5 + corners[..., [0, 2]] / np.array([shape.width_mm, shape.height_mm])
    curved = on_face & (shape.bend_mm != 0)
    curved[len(faces) : len(all_faces) - len(back)] = True
    return Part(vertices, all_faces, (~on_face).astype(np.int64), uv, decal, curved)


def _at(flat: Floats, depth: float) -> Floats:
    return np.stack([flat[:, 0], np.full(len(flat), depth), flat[:, 1]], axis=1)


def _outline(columns: int, rows: int) -> Ints:
    """Vertices along the border of a sheet, counter-clockwise."""
    grid = np.arange(columns * rows).reshape(columns, rows)
    return np.concatenate([grid[:-1, 0], grid[-1, :-1], grid[:0:-1, -1], grid[0, :0:-1]])


def _strip(front: Ints, behind: Ints) -> Ints:
    """Triangles between two counter-clockwise loops of as many vertices, the second behind the first."""
    after_front, after_behind = np.roll(front, -1), np.roll(behind, -1)
    return np.concatenate(
        [np.stack([front, behind, after_behind], axis=1), np.stack([front, after_behind, after_front], axis=1)]
    )


def _bowed(part: Part, shape: PlateShape) -> Part:
    return Part(_bend(part.vertices, shape), part.faces, part.slots, part.uv, part.decal, part.smooth)


def _bend(points: Floats, shape: PlateShape) -> Floats:
    """Rolls the plate round an upright axis; lengths along its face stay as they are."""
    if shape.bend_mm == 0:
        return points
    radius = _radius(shape.width_mm, abs(shape.bend_mm))
    # the face is on the outside of the arc where its middle bows to -y
    angle, out = points[:, 0] / radius, math.copysign(1.0, shape.bend_mm)
    reach = radius - out * points[:, 1]
    return np.stack([reach * np.sin(angle), out * (radius - reach * np.cos(angle)), points[:, 2]], axis=1)


def _radius(arc_mm: float, rise_mm: float) -> float:
    """Radius of an arc of a given length whose middle rises so far above its ends, by halving the interval."""
    low, high = 0.0, 2.0
    for _ in range(80):
        half = (low + high) / 2
        if (1 - math.cos(half)) / (2 * half) < rise_mm / arc_mm:
            low = half
        else:
            high = half
    return arc_mm / (low + high)
