"""Keys: the blade is one solid of sections across it, whose upper edge follows the cuts; the bow carries the hole.

In its own frame the blade points to +x and its cuts to +y. A cut of code c is (c + 1/2) depth steps deep.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.errors import ConfigError
from synth.shapes.grids import Floats, Part, keypoint, mesh_of, strung
from synth.shapes.records import KeyShape
from synth.shapes.shells import inset, outward, part_with_box_uv, radii, welded, wheel
from synth.shapes.solid import Solid
from synth.streams import stream

AROUND = 480
"""Places round the bow."""
BEVEL = 0.12
"""Width of the slope along edges, in thicknesses."""
THINNER = 0.04
"""How far the blade lies inside the bow's faces, in thicknesses."""
OVERLAP_MM = 0.05
"""How far the blade reaches into the bow, so that no light shows between them."""
LEAST_LEFT = 0.4
"""Share of the blade that the deepest cut must leave, and of its thickness that grooves must."""
TOLERANCE_MM = 0.02
"""Of a cutting machine: sigma of each cut's place and depth, at most twice that."""
WALL = 0.15
"""Width of the slope of a groove's walls, in its depth."""


def deepest_code(shape: KeyShape) -> int:
    """The greatest depth code that leaves enough of the blade."""
    return max(math.floor((1 - LEAST_LEFT) * shape.blade_mm / shape.depth_step_mm - 0.5), 0)


def most_difference(shape: KeyShape) -> int:
    """The most by which codes of neighbouring cuts may differ: a deeper one would take from the other's floor."""
    room = (shape.spacing_mm - shape.land_mm) / math.tan(math.radians(shape.flank_deg / 2))
    return max(math.floor((room - 4 * TOLERANCE_MM) / shape.depth_step_mm), 0)


def key_solid(shape: KeyShape) -> Solid:
    """The mesh of a key.

    Raises:
        ConfigError: its cuts or grooves would go through it, or one cut would take away another's floor.
    """
    _require_possible(shape)
    places, floors = _cuts(shape)
    bow = _bow(shape)
    blade = _blade(shape, places, floors)
    points = np.concatenate([bow.vertices[:, :2], blade.vertices[:, :2]])
    middle = np.append((points.min(axis=0) + points.max(axis=0)) / 2, 0.0)
    high = shape.thickness_mm / 2
    tip, tip_y = _tip(shape)
    keypoints = {"tip": (tip, tip_y, high), "shoulder": (0.0, shape.blade_mm / 2, high)}
    keypoints |= {f"cut_{k}": (x, y, high) for k, (x, y) in enumerate(zip(places, floors, strict=True), 1)}
    parts = [_moved(blade, middle), _moved(bow, middle)]
    return Solid(
        mesh=mesh_of(parts),
        slots=("blade", "bow"),
        keypoints={name: keypoint(np.array(point) - middle) for name, point in keypoints.items()},
        depth_m=shape.thickness_mm / 1000,
        measures={
            **{f"cut_{k}": float(code) for k, code in enumerate(shape.cuts, 1)},
            "spacing_mm": shape.spacing_mm,
            "depth_step_mm": shape.depth_step_mm,
        },
    )


def _require_possible(shape: KeyShape) -> None:
    deepest, most = deepest_code(shape), most_difference(shape)
    if max(shape.cuts) > deepest:
        raise ConfigError(
            f"a key's cuts must leave enough of its blade: codes up to {deepest} do with depth_step_mm "
            f"{shape.depth_step_mm:g} and blade_mm {shape.blade_mm:g}, got {max(shape.cuts)}"
        )
    for k, (one, other) in enumerate(zip(shape.cuts, shape.cuts[1:], strict=False), 1):
        if abs(one - other) > most:
            raise ConfigError(
                f"cuts {k} and {k + 1} of a key have codes {one} and {other}: the deeper takes the other's floor away; "
                f"they may differ by {most}, by more with a larger spacing_mm or a smaller flank_deg or land_mm"
            )
    if shape.hole_mm > 0.5 * shape.bow_mm:
        raise ConfigError(f"a key's hole_mm must be at most 0.5 of its bow_mm, got {shape.hole_mm:g}")


def _cuts(shape: KeyShape) -> tuple[list[float], list[float]]:
    """Place along the blade and height of each cut's floor, as the machine cut them."""
    rng = stream(shape.seed, 0, "key")
    wander = np.clip(rng.normal(0, TOLERANCE_MM, (2, len(shape.cuts))), -2 * TOLERANCE_MM, 2 * TOLERANCE_MM)
    places = [shape.first_mm + k * shape.spacing_mm + float(wander[0, k]) for k in range(len(shape.cuts))]
    depths = [(code + 0.5) * shape.depth_step_mm for code in shape.cuts]
    return places, [shape.blade_mm / 2 - depth + float(wander[1, k]) for k, depth in enumerate(depths)]


def _tip(shape: KeyShape) -> tuple[float, float]:
    """End of the blade, and its middle there."""
    last = shape.first_mm + (len(shape.cuts) - 1) * shape.spacing_mm
    return last + shape.land_mm / 2 + 0.75 * shape.blade_mm, -0.15 * shape.blade_mm


def _edges(shape: KeyShape, places: list[float], floors: list[float], x: Floats) -> tuple[Floats, Floats]:
    """Lower and upper edge of the blade at some places along it."""
    half, steep = shape.blade_mm / 2, 1 / math.tan(math.radians(shape.flank_deg / 2))
    upper, lower = np.full(len(x), half), np.full(len(x), -half)
    for place, floor in zip(places, floors, strict=True):
        upper = np.minimum(upper, floor + np.maximum(np.abs(x - place) - shape.land_mm / 2, 0) * steep)
    end, middle = _tip(shape)
    flat = 0.1 * shape.blade_mm
    upper = np.minimum(upper, middle + flat + (end - x) * 1.0)
    lower = np.maximum(lower, middle - flat - (end - x) * 0.7)
    return lower, upper


def _along(shape: KeyShape, places: list[float], floors: list[float], heights: Floats, bevel: float) -> Floats:
    """Places along the blade between which its edges are straight and cross none of the heights."""
    end, _ = _tip(shape)
    fine = np.linspace(-OVERLAP_MM, end, 1 + math.ceil((end + OVERLAP_MM) / 0.02))
    lower, upper = _edges(shape, places, floors, fine)
    found = [fine[[0, -1]]]
    for edge in (lower, upper):
        bends = np.abs(np.diff(edge, 2)) > 1e-6
        found.append(fine[1:-1][bends])
    for height in heights:
        for edge in (lower + bevel - height, upper - bevel - height):
            crossed = np.flatnonzero(edge[:-1] * edge[1:] < 0)
            share = edge[crossed] / (edge[crossed] - edge[crossed + 1])
            found.append(fine[crossed] + share * (fine[crossed + 1] - fine[crossed]))
    steps = np.arange(0.0, end, 0.5)
    return np.asarray(np.unique(np.round(np.concatenate([*found, steps]), 3)), np.float64)


def _grooves(shape: KeyShape) -> tuple[Floats, Floats, Floats]:
    """Heights across the blade at which its faces bend, and how deep the front and the back lie there."""
    half = shape.blade_mm / 2
    thick = shape.thickness_mm * (1 - 2 * THINNER)
    lines = [-half, half]
    for place, width, depth in shape.grooves:
        middle, slope = (place - 0.5) * shape.blade_mm, WALL * abs(depth)
        lines += [middle + s * (width / 2 + e) for s in (-1, 1) for e in (0.0, slope)]
    heights = np.unique(np.round(np.clip(lines, -half, half), 3))
    front, back = np.zeros_like(heights), np.zeros_like(heights)
    for place, width, depth in shape.grooves:
        away = np.abs(heights - (place - 0.5) * shape.blade_mm) - width / 2
        deep = abs(depth) * np.clip(1 - away / (WALL * abs(depth)), 0, 1)
        side = front if depth > 0 else back
        np.maximum(side, deep, out=side)
    if np.max(front + back) > (1 - LEAST_LEFT) * thick:
        raise ConfigError(
            f"grooves of a key must leave {LEAST_LEFT:g} of its thickness: {thick:.2f} mm less {np.max(front + back):g}"
        )
    return heights, front, back


def _blade(shape: KeyShape, places: list[float], floors: list[float]) -> Part:
    """The blade: a section at each place, its points where the faces bend, drawn in to the edges.

    Points that an edge passes fall together, so that sections have the same number everywhere.
    """
    thick = shape.thickness_mm
    bevel = min(BEVEL * thick / 2, 0.05 * shape.blade_mm)
    heights, front, back = _grooves(shape)
    x = _along(shape, places, floors, heights, bevel)
    lower, upper = _edges(shape, places, floors, x)
    y = np.clip(heights[None, :], (lower + bevel)[:, None], (upper - bevel)[:, None])
    high = (1 - THINNER) * thick - np.interp(y, heights, front)
    low = THINNER * thick + np.interp(y, heights, back)
    rows = [
        np.stack([np.broadcast_to(x[:, None], y.shape), y, high], axis=2),
        np.stack([x, upper, high[:, -1] - bevel], axis=1)[:, None],
        np.stack([x, upper, low[:, -1] + bevel], axis=1)[:, None],
        np.stack([np.broadcast_to(x[:, None], y.shape), y, low], axis=2)[:, ::-1],
        np.stack([x, lower, low[:, 0] + bevel], axis=1)[:, None],
        np.stack([x, lower, high[:, 0] - bevel], axis=1)[:, None],
    ]
    sections = np.concatenate(rows, axis=1)
    count, around = sections.shape[:2]
    ends = sections[[0, -1]].mean(axis=1)
    vertices = np.concatenate([ends[:1], sections.reshape(-1, 3), ends[1:]])
    vertices, faces = welded(np.round(vertices, 9), strung([1, *[around] * count, 1]).faces)
    return outward(part_with_box_uv(vertices, faces, slot=0))


def _bow(shape: KeyShape) -> Part:
    """The head with its neck, which ends in the shoulder at x = 0."""
    radius, neck = shape.bow_mm / 2, 0.35 * shape.bow_mm
    tall = 0.5 * shape.blade_mm + 0.06 * shape.bow_mm
    hole = shape.hole_mm / 2
    # the outline is seen from the hole, which lies towards the head's far end
    aside = 0.5 * (radius - hole) if shape.bow != "clover" else 0.0
    shoulder = aside + radius + neck

    def inside(x: Floats, y: Floats) -> NDArray[np.bool_]:
        in_neck = (x > -hole) & (x < shoulder) & (np.abs(y) < tall)
        x = x - aside
        if shape.bow == "round":
            head = x**2 + y**2 < radius**2
        elif shape.bow == "square":
            head = (x / radius) ** 6 + (y / radius) ** 6 < 1
        else:
            leaf, away = 0.6 * radius, 0.5 * radius
            centres = ((0.0, away), (0.0, -away), (-away, 0.0), (0.4 * away, 0.0))
            head = np.any([(x - a) ** 2 + (y - b) ** 2 < leaf**2 for a, b in centres], axis=0)
        return np.asarray(in_neck | head, np.bool_)

    corner = math.atan2(tall, shoulder)
    angles = np.arange(AROUND) * (2 * math.pi / AROUND)
    corners = np.array([corner, 2 * math.pi - corner])
    # nothing lies so near to a corner that the bevel would take it past
    near = max(math.pi / AROUND, 2 * BEVEL * shape.thickness_mm / shoulder)
    clear = np.abs(angles[:, None] - corners).min(axis=1) > near
    angles = np.sort(np.concatenate([angles[clear], corners]))
    far = radii(inside, angles, 4 * shape.bow_mm)
    turn = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    outer, bevel, thick = far[:, None] * turn, BEVEL * shape.thickness_mm, shape.thickness_mm
    inner_outline = inset(outer, bevel)
    profile = [
        (hole * turn, bevel), (hole * turn, thick - bevel), ((hole + bevel) * turn, thick), (inner_outline, thick),
        (outer, thick - bevel), (outer, bevel), (inner_outline, 0.0), ((hole + bevel) * turn, 0.0),
    ]  # fmt: skip
    rings = np.stack([np.column_stack([xy, np.full(len(xy), z)]) for xy, z in profile])
    rings[:, :, 0] -= shoulder
    return wheel(rings, slot=1)


def _moved(part: Part, origin: Floats) -> Part:
    return Part(part.vertices - origin, part.faces, part.slots, part.uv, part.decal, part.smooth)
