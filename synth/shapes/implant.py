"""The mesh of a breast implant: a shell whose back a patch closes, on the patch a chip that is written on.

Loops of vertices run round from the middle of the chip outwards, over the rim and down to the apex, as many in each as
keep its triangles about equilateral.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synth.errors import RejectedScene
from synth.shapes.grids import Floats, Ints, Loops, Part, evenly, keypoint, mesh_of, smoothstep, strung, vertex_normals
from synth.shapes.implant_form import BACK_POWER, Form
from synth.shapes.records import ImplantShape
from synth.shapes.solid import Solid
from synth.streams import stream

SLOTS = ("shell", "patch", "chip")
SHELL, PATCH, CHIP = range(3)
# steps per radius
SHELL_STEPS, CHIP_STEPS, EDGE_STEPS, RIM_LOOPS = 40, 16, 4, 4
# shares of the patch's radius: how far it stands out, how wide its soft edge is; and how far out the chip may reach
PATCH_LIFT, PATCH_EDGE, MOST_CHIP, MOST_PATCH = 0.015, 0.03, 0.96, 0.8
MACRO_MM = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Rings:
    """The loops of chip and patch: circles, the inner ones round the chip's centre, the last one the patch's edge.

    Attributes:
        radii, shares, lifts: (k,) of each loop: radius, share of the chip's offset in its centre, height over the back.
        top, foot: index of the loop round the chip's upper face, and of that round its foot.
    """

    radii: Floats
    shares: Floats
    lifts: Floats
    top: int
    foot: int


def implant_solid(shape: ImplantShape) -> Solid:
    """The mesh of an implant.

    Raises:
        RejectedScene: the chip does not fit on the patch, or the patch on the back.
    """
    form = Form.of(shape)
    _check(shape, form)
    step = float(form.radii.mean()) / SHELL_STEPS
    rings = _rings(shape, step)
    back, dome = _sections(form, rings.radii[-1], step)
    counts = _counts(shape, rings, step)
    counts += [max(round(2 * np.pi * float(r) / step), 6) for r in _mean_radii(form, rings.radii[-1], back, dome)] + [1]
    loops = strung(counts)
    vertices = _vertices(shape, form, loops, rings, back, dome)
    patch_end, rim = len(rings.radii) - 1, len(rings.radii) + len(back) - 1
    if shape.texture == "macrotextured":
        vertices = _grained(shape, vertices, loops, patch_end, step)
    vertices[:, 2] -= vertices[:, 2].min()
    slots = np.select([loops.bands < rings.foot, loops.bands < patch_end], [CHIP, PATCH], SHELL)
    decal = _decal(shape, vertices)[loops.faces]
    decal[loops.bands >= rings.top] = np.nan
    smooth = np.ones(len(loops.faces), np.bool_)
    part = Part(vertices, loops.faces, slots, _uv(vertices, loops, rim), decal, smooth)
    twelve = _twelve(shape, vertices[loops.rows == rings.top])
    points = {"centre": vertices[0], "apex": vertices[-1], "twelve": twelve}
    return Solid(mesh_of([part]), SLOTS, {name: keypoint(point) for name, point in points.items()})


def _check(shape: ImplantShape, form: Form) -> None:
    if shape.chip_mm / 2 + math.hypot(*shape.chip_offset_mm) > MOST_CHIP * shape.patch_mm / 2:
        raise RejectedScene("the chip of an implant does not fit on its patch")
    if shape.patch_mm / 2 > MOST_PATCH * form.radii.min():
        raise RejectedScene("the patch of an implant does not fit on its back")


def _rings(shape: ImplantShape, step: float) -> _Rings:
    chip, patch, high = shape.chip_mm / 2, shape.patch_mm / 2, shape.chip_thickness_mm
    edge = min(max(0.7 * high, 0.012 * chip), 0.15 * chip)
    flat = chip - edge
    support = min(edge, 0.3 * chip / CHIP_STEPS)
    top = np.append(np.linspace(0.0, flat - support, CHIP_STEPS), flat)
    turn = np.linspace(0.0, np.pi / 2, EDGE_STEPS + 1)[1:]
    soft = patch * (1 - PATCH_EDGE)
    # from the chip's fine steps to the shell's coarse ones
    dense = np.linspace(chip, soft, 64)
    pace = np.cumsum(np.append(0.0, (dense[1] - dense[0]) / _step(shape, dense[1:], step)))
    outer = evenly(pace, dense, max(math.ceil(pace[-1]), 1))[1:]
    rim = np.linspace(soft, patch, RIM_LOOPS)[1:]
    radii = np.concatenate([top, flat + edge * np.sin(turn), outer, rim])
    lifts = np.zeros(len(radii))
    lifts[: len(top)] = high
    lifts[len(top) : len(top) + EDGE_STEPS] = high * np.cos(turn)
    lifts += PATCH_LIFT * patch * (1 - smoothstep(soft, patch, radii))
    shares = np.clip((patch - radii) / (patch - chip), 0.0, 1.0)
    return _Rings(radii, shares, lifts, len(top) - 1, len(top) + EDGE_STEPS - 1)


def _step(shape: ImplantShape, radii: Floats, step: float) -> Floats:
    """Length of an edge at a distance from the middle of the patch."""
    fine = min(shape.chip_mm / 2 / CHIP_STEPS, step)
    return np.asarray(fine + (step - fine) * smoothstep(shape.chip_mm / 2, shape.patch_mm / 2, radii))


def _counts(shape: ImplantShape, rings: _Rings, step: float) -> list[int]:
    """Vertices of the loops of chip and patch; loops that are close together on an edge have as many as each other."""
    counts = np.round(2 * np.pi * rings.radii / _step(shape, rings.radii, step)).astype(int)
    counts = np.maximum(counts, 6)
    counts[0] = 1
    counts[rings.top - 1 : rings.foot + 1] = counts[rings.foot]
    counts[-RIM_LOOPS:] = max(counts[-1], 32)
    return [int(count) for count in counts]


def _sections(form: Form, patch: float, step: float) -> tuple[Floats, Floats]:
    """Where loops lie on the shell: on the back as shares of the way from patch (0) to rim (1, the last loop), on the
    dome as angles of its section up to pi / 2 (the apex).
    """
    radius, power = float(form.radii.mean()), float(np.mean(form.powers))
    share = np.linspace(0.0, 1.0, 400)
    section = np.arccos(min(patch / radius, 1.0) ** (BACK_POWER / 2)) * (1 - share)
    across, up = radius * np.cos(section) ** (2 / BACK_POWER), form.back_mm * np.sin(section) ** (2 / BACK_POWER)
    turn = np.linspace(0.0, np.pi / 2, 400)
    inwards, down = radius * np.cos(turn) ** (2 / power), form.dome_mm * np.sin(turn) ** (2 / power)
    back, dome = _lengths(across, up), _lengths(inwards, down)
    return (
        evenly(back, share, max(math.ceil(back[-1] / step), 4))[1:],
        evenly(dome, turn, max(math.ceil(dome[-1] / step), 8))[1:],
    )


def _lengths(across: Floats, up: Floats) -> Floats:
    return np.append(0.0, np.cumsum(np.hypot(np.diff(across), np.diff(up))))


def _mean_radii(form: Form, patch: float, back: Floats, dome: Floats) -> Floats:
    """Of the shell's loops, the apex left out."""
    radius, power = float(form.radii.mean()), float(np.mean(form.powers))
    section = np.arccos(min(patch / radius, 1.0) ** (BACK_POWER / 2)) * (1 - back)
    return np.concatenate([radius * np.cos(section) ** (2 / BACK_POWER), radius * np.cos(dome[:-1]) ** (2 / power)])


def _vertices(shape: ImplantShape, form: Form, loops: Loops, rings: _Rings, back: Floats, dome: Floats) -> Floats:
    """(n, 3) all vertices, the rim at z = 0."""
    angle, rows = 2 * np.pi * loops.turns, loops.rows
    first, rim = len(rings.radii), len(rings.radii) + len(back)
    inner, outer, below = rows < first, (rows >= first) & (rows < rim), rows >= rim
    spots = _spots(shape, rings, rows[inner], angle[inner])
    caps = np.concatenate([spots, (form.back(spots) + rings.lifts[rows[inner]])[:, None]], axis=1)
    share = back[rows[outer] - first]
    radius = form.radius(angle[outer])
    section = np.arccos((rings.radii[-1] / radius) ** (BACK_POWER / 2)) * (1 - share)
    reach = radius * np.cos(section) ** (2 / BACK_POWER)
    flat = np.stack([reach * np.cos(angle[outer]), reach * np.sin(angle[outer])], axis=1)
    upper = form.folded(np.concatenate([flat, form.back(flat)[:, None]], axis=1), angle[outer], share)
    turn = dome[rows[below] - rim]
    lower = form.folded(form.dome(angle[below], turn), angle[below], 1 + turn / (np.pi / 2))
    return np.concatenate([caps, upper, lower])


def _spots(shape: ImplantShape, rings: _Rings, rows: Ints, angle: Floats) -> Floats:
    """(n, 2) places of vertices of chip and patch, seen from above."""
    round_it = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(rings.radii[rows, None] * round_it + rings.shares[rows, None] * np.array(shape.chip_offset_mm))


def _grained(shape: ImplantShape, vertices: Floats, loops: Loops, patch_end: int, step: float) -> Floats:
    """The shell's vertices moved along their normals by the grain of a coarse texture."""
    rng = stream(shape.seed, 0, "texture")
    grain = rng.uniform(-0.5, 0.5, len(vertices)) * min(MACRO_MM, 0.1 * step) * (loops.rows > patch_end)
    return vertices + grain[:, None] * vertex_normals(vertices, loops.faces)


def _directions(shape: ImplantShape) -> tuple[Floats, Floats]:
    """The chip's right and up, as its text reads, in the plane."""
    turn = math.radians(shape.chip_turn_deg)
    return np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])


def _decal(shape: ImplantShape, vertices: Floats) -> Floats:
    """(n, 2) u and v of all vertices: the chip is so level that the plane's millimetres are its own."""
    right, up = _directions(shape)
    place = vertices[:, :2] - np.array(shape.chip_offset_mm)
    return np.stack([place @ right, -(place @ up)], axis=1)


def _twelve(shape: ImplantShape, ring: Floats) -> Floats:
    """The point of the loop round the chip's face that lies in the direction of the text's upright."""
    _, up = _directions(shape)
    place = ring[:, :2] - np.array(shape.chip_offset_mm)
    turns = np.arctan2(place[:, 1], place[:, 0])
    wanted = math.atan2(up[1], up[0])
    place_of = [np.interp(wanted, turns, ring[:, axis], period=2 * np.pi) for axis in range(3)]
    return np.array(place_of)


def _uv(vertices: Floats, loops: Loops, rim: int) -> Floats:
    """Texture coordinates: back and dome as two discs side by side, distances from their middles kept."""
    starts = np.searchsorted(loops.rows, np.arange(loops.rows[-1] + 1))
    lengths = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(vertices[starts], axis=0), axis=1)))
    behind = loops.bands >= rim
    outwards, inwards = lengths / lengths[rim], (lengths[-1] - lengths) / (lengths[-1] - lengths[rim])
    reach = np.where(behind[:, None], inwards[loops.corner_rows], outwards[loops.corner_rows])
    angle = 2 * np.pi * loops.corner_turns
    disc = 0.245 * reach[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    return np.asarray(disc + np.where(behind[:, None, None], [0.75, 0.25], [0.25, 0.25]))
