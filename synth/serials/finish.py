"""How a tag looks: what its material, its marking, its wear and its light make of the pixels that show it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.labels.sample import Image
from synth.serials.features import painted
from synth.serials.patterns import grain, patches, scratches
from synth.serials.printing import BARE_CELL, BARE_GRAIN, INK_CELL, bared_tone
from synth.serials.relief import LASER_SOFTNESS, LEAST_SIGMA_PX, WALL, Depth, Plane, blurred, walls
from synth.serials.shading import Surroundings, shade
from synth.serials.tag import Inscription, Light, Material, SerialTag, Wear
from synth.serials.tracing import ENDLESS, Shape, Sites, Trace, towards


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Ink at n pixels.

    Attributes:
        ink: (n,) float32 share of the pixel, its edge as soft as the marking makes it.
        groove: (n,) float32 the same, blurred over the width of a wall.
        walls: (n,) float32 light on the walls of what is cut in or stands out, about [-1, 1].
        which: (n,) uint8 number of the inscription.
    """

    ink: Sites
    groove: Sites
    walls: Sites
    which: NDArray[np.uint8]


def depth_of(tag: SerialTag, moved: NDArray[np.float64]) -> Depth:
    """How marks stand out on a canvas; `moved` is the (2, 2) derivative of body mm to canvas px."""
    cap = min((i.cap_height_mm for i in tag.inscriptions), default=0.0)
    (a, b), (c, d) = moved.tolist()
    scale = math.sqrt(abs(a * d - b * c))
    soft = max(tag.marking.softness_mm, LASER_SOFTNESS * cap if tag.marking.kind == "laser" else 0.0) * scale
    x, y = towards(tag.light.from_deg)
    right, down = a * x + b * y, c * x + d * y
    far = max(math.hypot(right, down), 1e-12)
    light = (right / far, down / far)
    if tag.marking.kind not in ("engraved", "embossed") or tag.marking.relief <= 0:
        return Depth(soft, 0.0, 0.0, 0.0, light)
    wall = WALL * cap * scale
    sign = 1.0 if tag.marking.kind == "embossed" else -1.0
    return Depth(soft, max(wall, LEAST_SIGMA_PX), sign, min(1.0, 0.35 + wall / LEAST_SIGMA_PX / 2), light)


def marks_at(ink: Plane, which: Plane, depth: Depth, index: NDArray[np.int64]) -> Marks:
    """Ink at some pixels of an (h, w) plane; valid `depth.reach_px` px inside of it."""
    soft = blurred(ink, depth.ink_px)
    share = soft.ravel()[index] * np.float32(1 / 255)
    chosen = which.ravel()[index]
    if depth.wall_px <= 0:
        return Marks(share, share, np.zeros_like(share), chosen)
    height = blurred(ink, depth.wall_px)
    return Marks(share, height.ravel()[index] * np.float32(1 / 255), walls(height, index, depth), chosen)


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """The look of n pixels.

    Attributes:
        rgb: (n, 3) uint8.
        ink: (n,) float32 share of the pixel that ink still covers.
        veil: (n,) float32 how far ink, dirt and reflections hide what lies below, on a body that is clear.
    """

    rgb: Image
    ink: Sites
    veil: Sites


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """What material and age draw on n pixels, (n,) float32 each.

    Attributes:
        tone: relative deviation of brightness.
        ink: how much ink covers, after its marking and its age.
        dirt: how much dirt covers.
    """

    tone: Sites
    ink: Sites
    dirt: Sites


def finished(tag: SerialTag, shape: Shape, at: Trace, marks: Marks) -> Finish:
    """The colours of some pixels of a tag.

    Args:
        tag: the tag.
        shape: its body, in numbers.
        at: what the pixels show.
        marks: their ink.

    Without a body the colours are those of the ink.
    """
    patterns = patterns_on(tag, shape, at, marks)
    return _shaded(tag, shape, at, marks, patterns, scratches_on(tag, shape, at), _surroundings(tag, shape), tag.light)


def unlit(tag: SerialTag, shape: Shape, at: Trace, marks: Marks, patterns: Patterns, scratch: Sites) -> Finish:
    """The colours of some pixels of a tag in even light: neither light and shade nor reflections.

    `scratch` holds the (n,) depth of scratches there, in [0, 1]; the rest is as for `finished`.
    """
    even = _surroundings(tag, shape)._replace(
        round=0.0, slope=0.0, glare=0.0, shadow=0.0, sheen=0.0, brushed=0.0, glow=0.0, relief=0.0, pooled=0.0,
        warmth=0.0,
    )  # fmt: skip
    return _shaded(tag, shape, at, marks, patterns, scratch, even, None)


def patterns_on(tag: SerialTag, shape: Shape, at: Trace, marks: Marks) -> Patterns:
    """The patterns of some pixels of a tag; arguments as for `finished`."""
    return Patterns(_tone(tag.material, shape, at), _ink(tag, at, marks), _dirt(tag.wear, shape, at, marks))


def scratches_on(tag: SerialTag, shape: Shape, at: Trace) -> Sites:
    """(n,) depth of scratches, in [0, 1]; arguments as for `finished`."""
    if not tag.wear.scratches:
        return np.zeros_like(at.u)
    half = (shape.half_u, shape.half_v)
    return scratches(at.u, at.v, at.pixel, tag.wear.scratches, half, tag.wear.seed)


def _shaded(
    tag: SerialTag, shape: Shape, at: Trace, marks: Marks, patterns: Patterns, scratch: Sites, light: Surroundings,
    parts_light: Light | None,
) -> Finish:  # fmt: skip
    inks = _ink_colours(tag.inscriptions)
    endless = shape.kind == ENDLESS
    base = inks[marks.which] if endless else painted(tag.body, at, tag.material.colour, parts_light)
    out = np.zeros((at.u.size, 3), np.uint8)
    veil = np.zeros_like(at.u)
    alike = len({inscription.ink for inscription in tag.inscriptions}) == 1
    shade(
        light, at.rows, base, inks[:1] if alike else inks, marks.which, (patterns.ink, marks.groove, marks.walls),
        (patterns.tone, patterns.dirt, scratch), tag.wear.dirt_colour, out, veil,
    )  # fmt: skip
    return Finish(out, patterns.ink, veil)


def _ink_colours(inscriptions: tuple[Inscription, ...]) -> NDArray[np.float32]:
    return np.array([i.ink for i in inscriptions] or [(0, 0, 0)], np.float32)


def _tone(material: Material, shape: Shape, at: Trace) -> Sites:
    """(n,) relative deviations of brightness that are the grain of a material."""
    if material.texture <= 0:
        return np.zeros_like(at.u)
    if shape.kind == ENDLESS:
        cell = BARE_CELL * shape.reach
        return np.float32(BARE_GRAIN * material.texture) * grain(
            at.u, at.v, at.pixel, (cell, cell), 0.0, 1, material.seed
        )
    reach, deg, seed, strength = shape.reach, material.grain_deg, material.seed, np.float32(material.texture)
    match material.kind:
        case "metal":
            return strength * np.float32(0.085) * grain(at.u, at.v, at.pixel, (1.6 * reach, 0.09 * reach), deg, 5, seed)
        case "plastic":
            return strength * np.float32(0.035) * grain(at.u, at.v, at.pixel, (0.5 * reach, 0.5 * reach), deg, 3, seed)
        case "silicone":
            return strength * np.float32(0.07) * grain(at.u, at.v, at.pixel, (0.4 * reach, 0.4 * reach), deg, 4, seed)
    mottled = np.float32(0.03) * grain(at.u, at.v, at.pixel, (0.3 * reach, 0.3 * reach), deg, 4, seed)
    fibres = grain(at.u, at.v, at.pixel, (0.35 * reach, 0.06 * reach), deg + 35.0, 2, seed + 1)
    fibres += grain(at.u, at.v, at.pixel, (0.35 * reach, 0.06 * reach), deg - 40.0, 2, seed + 2)
    return strength * (mottled + np.float32(0.03) * fibres)


def _ink(tag: SerialTag, at: Trace, marks: Marks) -> Sites:
    """(n,) how much the ink covers after its marking and its age."""
    kind, strength = tag.marking.kind, np.float32(tag.marking.strength)
    cover = marks.ink
    cap = min((i.cap_height_mm for i in tag.inscriptions), default=1.0)
    if kind == "laser":
        cells = (0.16 * cap, 0.16 * cap)
        rough = np.clip(grain(at.u, at.v, at.pixel, cells, 0.0, 3, tag.material.seed + 7), -2, 2)
        cover = np.clip(
            cover * (1 + np.float32(0.12) * (rough - 1)) + np.float32(0.9) * rough * cover * (1 - cover), 0, 1
        )
    elif kind == "engraved":
        # the bottom of a groove that is wider than deep is paler than its sides
        cover = cover * np.clip(np.float32(1.18) - np.float32(0.42) * marks.groove, 0, 1)
    cover = cover * strength
    if tag.wear.ink_loss > 0:
        cover = cover * (1 - _lost(tag, at, marks, cover))
    return cover.astype(np.float32, copy=False)


def _lost(tag: SerialTag, at: Trace, marks: Marks, cover: Sites) -> Sites:
    """(n,) how much of the ink has come off where there is some; what stands out is rubbed most."""
    inked = np.flatnonzero(cover)
    embossed = tag.marking.kind == "embossed"
    bias = np.float32(0.8) * (marks.groove[inked] - np.float32(0.7)) if embossed else np.zeros(inked.size, np.float32)
    lost = np.zeros_like(cover)
    lost[inked] = patches(
        at.u[inked], at.v[inked], at.pixel[inked], tag.wear.ink_loss, cell_mm=INK_CELL * tag.wear.cell_mm, count=4,
        soft=0.3, seed=tag.wear.seed + 11, bias=bias,
    )  # fmt: skip
    return lost


def _dirt(wear: Wear, shape: Shape, at: Trace, marks: Marks) -> Sites:
    """(n,) how much dirt covers, gathered along edges and beside marks."""
    if wear.dirt <= 0:
        return np.zeros_like(at.u)
    near_edge = (
        np.clip(1 - at.edge / np.float32(0.16 * shape.reach), 0, 1) if shape.kind != ENDLESS else np.zeros_like(at.u)
    )
    in_relief = np.abs(marks.walls) if marks.walls is not marks.ink else marks.walls
    bias = np.float32(1.3) * near_edge + np.float32(0.9) * np.clip(in_relief, 0, 1) - np.float32(0.25)
    covered = patches(
        at.u, at.v, at.pixel, wear.dirt, cell_mm=wear.cell_mm, count=4, soft=1.0, seed=wear.seed + 23, bias=bias
    )
    return covered * np.float32(0.7)


def _surroundings(tag: SerialTag, shape: Shape) -> Surroundings:
    light, material, kind = tag.light, tag.material, tag.material.kind
    relief = tag.marking.relief if tag.marking.kind in ("engraved", "embossed") else 0.0
    plain = shape.kind == ENDLESS
    sheen = {"metal": 0.8, "plastic": 0.65, "silicone": 0.5, "paper": 0.12}[kind] * material.gloss
    return Surroundings(
        per_reach=1 / shape.reach,
        per_half_v=1 / shape.half_v,
        round=1.0 if shape.radius > 0 else 0.0,
        light=towards(light.from_deg),
        along=towards(material.grain_deg),
        slope=light.slope,
        sheen=0.0 if plain else sheen,
        sharpness={"metal": 0.35, "plastic": 0.75, "silicone": 0.4, "paper": 0.0}[kind],
        brushed=1.0 if kind == "metal" and not plain else 0.0,
        glow=0.6 if kind == "silicone" and not plain else 0.0,
        relief=relief,
        pooled=relief if tag.marking.kind == "engraved" else 0.4 * relief,
        scratch=tag.wear.scratch_depth,
        scratch_tone=bared_tone(material),
        glare=light.glare,
        glare_u=light.glare_uv_mm[0],
        glare_v=light.glare_uv_mm[1],
        glare_radius=light.glare_mm,
        shadow=light.shadow,
        shadow_u=light.shadow_uv_mm[0],
        shadow_v=light.shadow_uv_mm[1],
        shadow_soft=max(light.shadow_soft_mm, 1e-6),
        shaded=towards(light.shadow_deg),
    )
