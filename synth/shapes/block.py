"""Plain bodies that distract or hide: boxes, balls, cylinders, tori and bent blades.

Each fills a box of its three sizes exactly, whatever its kind.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synth.shapes.grids import Floats, Ints, Part, mesh_of, part_of, spaced, strung
from synth.shapes.records import BlockShape
from synth.shapes.solid import Solid
from synth.streams import stream

AROUND = 64
BALL_CELLS = 16
BEVEL_STEPS = 4
MOST_BEVEL = 0.98


def block_solid(shape: BlockShape) -> Solid:
    """The mesh of a block, standing on z = 0."""
    part = KINDS[shape.kind](shape)
    low, high = part.vertices.min(axis=0), part.vertices.max(axis=0)
    size = np.array(shape.size_mm)
    middle = np.array([*(low + high)[:2] / 2, low[2]])
    fitted = (part.vertices - middle) * size / (high - low)
    return Solid(mesh_of([Part(fitted, part.faces, part.slots, part.uv, None, part.smooth)]), ("body",))


def _ball(_: BlockShape) -> Part:
    """A cube whose grid is blown up to a sphere; equal angles between its lines."""
    lines = np.tan(np.linspace(-np.pi / 4, np.pi / 4, BALL_CELLS + 1))
    points, faces, uv = _cube((lines, lines, lines))
    return part_of(points / np.linalg.norm(points, axis=1, keepdims=True), faces, uv, smooth=True)


def _box(shape: BlockShape) -> Part:
    """A box; with a bevel, all points that lie `radius` off a smaller box (a rounded one)."""
    half = np.array(shape.size_mm) / 2
    radius = min(shape.bevel, MOST_BEVEL) * half.min()
    x, y, z = (_lines(side, radius) for side in half)
    points, faces, uv = _cube((x, y, z))
    if radius == 0:
        return part_of(points, faces, uv)
    inner = np.clip(points, radius - half, half - radius)
    outwards = points - inner
    return part_of(inner + radius * outwards / np.linalg.norm(outwards, axis=1, keepdims=True), faces, uv, smooth=True)


def _lines(half: float, radius: float) -> Floats:
    """Places of the grid lines along one side: few on its flat part, at equal angles where it is rounded."""
    flat = half - radius
    if radius == 0:
        return spaced(-flat, flat, flat)
    support = min(0.1 * radius, 0.2 * flat)
    rounded = flat + radius * np.tan(np.linspace(0.0, np.pi / 4, BEVEL_STEPS + 1))
    lines = np.concatenate([[0.0, flat - support], rounded])
    return np.concatenate([-lines[:0:-1], lines])


def _cube(lines: tuple[Floats, Floats, Floats]) -> tuple[Floats, Ints, Floats]:
    """The surface of a box cut by planes at `lines` of each axis: points, triangles, and the corners' places on
    their side in [0, 1].
    """
    lasts = np.array([len(line) - 1 for line in lines])
    shares = [(line - line[0]) / (line[-1] - line[0]) for line in lines]
    keys, uvs = [], []
    for axis in range(3):
        for low in (True, False):
            corners = _side(axis, low, lasts)
            keys.append(corners)
            other = [(axis + 1) % 3, (axis + 2) % 3]
            uvs.append(np.stack([shares[side][corners[..., side]] for side in other], axis=2))
    quads = np.concatenate(keys)
    flat = np.concatenate(uvs)
    strides = np.array([(lasts[1] + 1) * (lasts[2] + 1), lasts[2] + 1, 1])
    names, faces = np.unique(quads @ strides, return_inverse=True)
    place = np.stack([names // strides[0], names // strides[1] % (lasts[1] + 1), names % strides[1]], axis=1)
    points = np.stack([line[place[:, axis]] for axis, line in enumerate(lines)], axis=1)
    return points, faces.reshape(-1, 3), flat


def _side(axis: int, low: bool, lasts: Ints) -> Ints:
    """Triangles of one side of a box: (m, 3, 3) corners as places on the three axes' lines."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(lasts[first]), np.arange(lasts[second]), indexing="ij"))
    steps = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]])
    corners = np.zeros((2, len(i), 3, 3), np.int64)
    corners[..., first] = i[None, :, None] + steps[:, None, :, 0]
    corners[..., second] = j[None, :, None] + steps[:, None, :, 1]
    corners[..., axis] = 0 if low else lasts[axis]
    flat = corners.reshape(-1, 3, 3)
    return flat[:, ::-1] if low else flat


def _cylinder(shape: BlockShape) -> Part:
    """Upright, of an elliptical section, with rounded edges."""
    radius, half = min(shape.size_mm[:2]) / 2, shape.size_mm[2] / 2
    bevel = min(shape.bevel, MOST_BEVEL) * min(radius, half)
    turn = np.linspace(0.0, np.pi / 2, BEVEL_STEPS + 1)
    edge = np.stack([radius - bevel * (1 - np.sin(turn)), half - bevel * (1 - np.cos(turn))], axis=1)
    edge = edge if bevel else edge[:1]
    flat = edge[0] * np.array([[0.0, 1.0], [0.3, 1.0], [0.6, 1.0], [0.97, 1.0]])
    upper = np.concatenate([flat, edge])
    high = edge[-1, 1]
    middle = high * np.array([0.97, 0.5, 0.0, -0.5, -0.97])
    wall = np.stack([np.full(len(middle), radius), middle], axis=1)
    profile = np.concatenate([upper, wall, upper[::-1] * [1.0, -1.0]])
    counts = np.maximum(np.round(AROUND * profile[:, 0] / radius), np.where(profile[:, 0] > 0, 8, 1)).astype(int)
    loops = strung(counts.tolist())
    angle, place = 2 * np.pi * loops.turns, profile[loops.rows]
    points = np.stack([place[:, 0] * np.cos(angle), place[:, 0] * np.sin(angle), place[:, 1]], axis=1)
    ends = (loops.bands < len(flat)) | (loops.bands >= len(profile) - 1 - len(flat))
    return _with_ends(points, loops.faces, loops.corner_turns, profile[loops.corner_rows] / [radius, half], ends)


def _with_ends(points: Floats, faces: Ints, turns: Floats, place: Floats, ends: NDArray[np.bool_]) -> Part:
    """Texture coordinates of a lathed body: its side unrolled, its two ends as discs."""
    uv = np.stack([turns, 0.5 + place[..., 1] / 2], axis=2)
    angle = 2 * np.pi * turns
    discs = 0.5 + 0.5 * place[..., :1] * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    uv[ends] = discs[ends]
    return Part(points, faces, np.zeros(len(faces), np.int64), uv, None, ~ends)


def _torus(shape: BlockShape) -> Part:
    """Lying flat; its tube is as thick as it is high, and at most a quarter of its smaller width."""
    across, deep, high = shape.size_mm
    outer = min(across, deep) / 2
    tube = min(high / 2, 0.48 * outer)
    around = AROUND // 2
    loops = strung([around] * AROUND, closed=True)
    section, angle = 2 * np.pi * loops.turns, 2 * np.pi * loops.rows / AROUND
    reach = outer - tube + tube * np.cos(section)
    points = np.stack([reach * np.cos(angle), reach * np.sin(angle), tube * np.sin(section)], axis=1)
    uv = np.stack([loops.corner_rows / AROUND, loops.corner_turns], axis=2)
    return part_of(points, loops.faces, uv, smooth=True)


def _blade(shape: BlockShape) -> Part:
    """Upright along z, as wide as x, bent over so far as y; thin as a leaf or, with a bevel of 1, round as a finger."""
    rng = stream(shape.seed, 0, "blade")
    width, depth, high = shape.size_mm
    thick = min(width, depth) * max(0.06, shape.bevel)
    bend = rng.uniform(0.3, 1.0)
    # a stub is made longer and pressed flat afterwards: a short piece cannot be bent round without folding
    high = max(high, 3 * thick)
    # a leaf narrows over most of its length, a finger ends in half a ball
    tip = rng.uniform(0.08, 0.45) * (1 - shape.bevel) + (1 - min(0.5 * width / high, 0.6)) * shape.bevel
    along = np.sin(np.linspace(np.pi / 2, 0.0, 49))
    taper = np.sqrt(np.clip(1 - np.clip((along - tip) / (1 - tip), 0.0, 1.0) ** 2, 0.0, 1.0)) * (0.8 + 0.2 * along)
    counts = [1, *([24] * (len(along) - 1)), 12, 1]
    rows, reach = np.append(along, [0.0, 0.0]), np.append(taper, [taper[-1] / 2, 0.0])
    loops = strung(counts)
    angle, place, size = 2 * np.pi * loops.turns, rows[loops.rows], reach[loops.rows]
    lean = bend * (np.pi / 2) * place
    # an arc of a circle, or nearly straight for a small bend; the section stands square to it
    y, z = (1 - np.cos(lean)) / bend * max(depth - thick, 0.0), np.sin(lean) / bend * high
    flat = np.stack([width / 2 * size * np.cos(angle), thick / 2 * size * np.sin(angle)], axis=1)
    points = np.stack([flat[:, 0], y + flat[:, 1] * np.cos(lean), z - flat[:, 1] * np.sin(lean)], axis=1)
    uv = np.stack([loops.corner_turns, rows[loops.corner_rows]], axis=2)
    ends = loops.bands >= len(counts) - 3
    disc = np.stack([np.cos(2 * np.pi * loops.corner_turns), np.sin(2 * np.pi * loops.corner_turns)], axis=2)
    uv[ends] = (0.5 + 0.5 * disc * reach[loops.corner_rows][..., None] / taper[-1])[ends]
    return Part(points, loops.faces, np.zeros(len(loops.faces), np.int64), uv, None, ~ends)


KINDS: dict[str, Callable[[BlockShape], Part]] = {
    "box": _box,
    "ball": _ball,
    "cylinder": _cylinder,
    "torus": _torus,
    "blade": _blade,
}
