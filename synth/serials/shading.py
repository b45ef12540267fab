"""Everything that a pixel of a tag is made of, brought together: ink on material, wear, light. One compiled loop."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled

Sites = NDArray[np.float32]
Colours = NDArray[np.float32]


class Surroundings(NamedTuple):
    """Values that hold for a whole tag; lengths are mm, directions unit vectors on the surface (u right, v down).

    Attributes:
        per_reach: 1 / half the size of the body.
        per_half_v: 1 / half its extent along v.
        round: 1 for a cylinder, else 0.
        light: towards the light.
        along: direction of brush marks.
        slope: see `tag.Light`.
        glare, glare_u, glare_v, glare_radius: likewise.
        shadow, shadow_u, shadow_v, shadow_soft: likewise.
        shaded: towards the shadow.
        sheen: strength of the highlight.
        sharpness: of the highlight of a cylinder: 0 broad, 1 narrow.
        brushed: 1 for metal, whose highlight lies across the brush marks, else 0.
        glow: light inside the material, at edges.
        relief: light and shade on the walls of marks.
        pooled: how much darker it is beside engraved marks.
        scratch: how much scratches show.
        scratch_tone: brightness of what they bare, relative to the surface.
        warmth: how much warmer bright light is.
    """

    per_reach: float
    per_half_v: float
    round: float
    light: tuple[float, float]
    along: tuple[float, float]
    slope: float
    glare: float
    glare_u: float
    glare_v: float
    glare_radius: float
    shadow: float
    shadow_u: float
    shadow_v: float
    shadow_soft: float
    shaded: tuple[float, float]
    sheen: float
    sharpness: float
    brushed: float
    glow: float
    relief: float
    pooled: float
    scratch: float
    scratch_tone: float
    warmth: float = 0.10


@compiled
def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@compiled
def _shade_round(s: Surroundings, sine: Sites, v: Sites, tone: Sites, light: Sites, shine: Sites) -> None:
    """Brightness and highlight on a cylinder: sky from everywhere, a softer sun, and a band along the axis."""
    side, middle = 0.75 * s.light[0], 0.525 * s.light[0]
    up, level = math.sqrt(1.0 - side * side), math.sqrt(1.0 - middle * middle)
    weight = 0.18 + 0.55 * s.slope
    slope = 0.35 * s.slope * s.light[1] * s.per_half_v
    for k in range(v.size):
        facing = np.sqrt(max(1.0 - sine[k] * sine[k], 0.0))
        sun = max(facing * up + sine[k] * side, 0.0)
        limb = 0.74 + 0.26 * np.sqrt(facing) + 0.5 * s.glow * (1.0 - facing)
        mirror = max(facing * level + sine[k] * middle, 0.0)
        mirror *= mirror
        mirror *= mirror * mirror
        narrow = mirror * mirror * mirror * mirror
        brushed = 1.0 - s.brushed + s.brushed * (0.72 + 0.28 * mirror + 0.1 * abs(sine[k]))
        light[k] = (1.04 - weight + weight * sun) * limb * (1.0 + slope * v[k]) * brushed
        shine[k] = s.sheen * (mirror + s.sharpness * (narrow - mirror)) * (1.0 + 2.0 * s.brushed * tone[k])


@compiled
def _shade_brushed(s: Surroundings, u: Sites, v: Sites, tone: Sites, light: Sites, shine: Sites) -> None:
    """Brightness and highlight on a plane of brushed metal: a slope across it, and a band across the brush marks."""
    offset = 0.4 * (s.light[0] * s.along[0] + s.light[1] * s.along[1])
    for k in range(v.size):
        across = (u[k] * s.light[0] + v[k] * s.light[1]) * s.per_reach
        place = (u[k] * s.along[0] + v[k] * s.along[1]) * s.per_reach - offset
        band = np.divide(1.0, 1.0 + place * place)
        band *= band
        band *= band
        light[k] = (1.0 + 0.5 * s.slope * min(max(across, -1.4), 1.4)) * (1.0 + s.sheen * (0.5 * band - 0.28))
        shine[k] = s.sheen * 0.8 * band * (0.5 + 3.0 * max(tone[k], 0.0))


@compiled
def _shade_flat(s: Surroundings, u: Sites, v: Sites, light: Sites, shine: Sites) -> None:
    """Brightness and highlight on a plane: a slope across it, and a soft blot."""
    width = 0.5 + 1.5 * s.sharpness
    for k in range(v.size):
        across = (u[k] * s.light[0] + v[k] * s.light[1]) * s.per_reach
        du, dv = u[k] * s.per_reach - 0.7 * s.light[0], v[k] * s.per_reach - 0.7 * s.light[1]
        fall = 1.0 + width * (du * du + dv * dv)
        light[k] = 1.0 + 0.5 * s.slope * min(max(across, -1.4), 1.4)
        shine[k] = np.divide(0.5 * s.sheen, fall * fall)


@compiled
def _cast_shadow(s: Surroundings, u: Sites, v: Sites, left: Sites) -> None:
    """Share of the light that a cast shadow leaves."""
    per = 0.5 / s.shadow_soft
    for k in range(u.size):
        inside = (u[k] - s.shadow_u) * s.shaded[0] + (v[k] - s.shadow_v) * s.shaded[1]
        t = _clamped(0.5 + per * inside)
        left[k] = 1.0 - s.shadow * t * t * (3.0 - 2.0 * t)


@compiled
def _reflect(s: Surroundings, u: Sites, v: Sites, glare: Sites) -> None:
    """A blot of reflected light."""
    per = 1.0 / s.glare_radius
    for k in range(u.size):
        du, dv = (u[k] - s.glare_u) * per, (v[k] - s.glare_v) * per
        near = max(1.0 - du * du - dv * dv, 0.0)
        glare[k] = min(1.2 * s.glare * near * near, 0.94)


@compiled
def _stand_out(
    s: Surroundings, bevel: Sites, top: Sites, inside: Sites, ink: Sites, groove: Sites, walls: Sites, light: Sites
) -> None:
    """What edges, openings and relief do to brightness."""
    opening = 0.93 + 0.1 * s.light[1]
    for k in range(bevel.size):
        beside = 1.0 - 0.3 * s.pooled * max(groove[k] - ink[k], 0.0)
        here = light[k] * (1.0 + 0.45 * bevel[k]) * (1.0 + 0.55 * s.relief * walls[k]) * beside
        light[k] = here * (1.0 - top[k]) + top[k] * (opening - 0.62 * inside[k])


@compiled
def _dull(s: Surroundings, top: Sites, dirt: Sites, ink: Sites, walls: Sites, left: Sites, shine: Sites) -> None:
    """What openings, relief, dirt and ink do to the highlight."""
    spark = s.relief * (0.06 + 0.25 * s.sheen)
    for k in range(top.size):
        there = shine[k] * (1.0 - top[k]) * (1.0 - 0.6 * dirt[k]) * (1.0 - 0.35 * ink[k])
        shine[k] = min(max(there + max(walls[k], 0.0) * spark, 0.0) * left[k], 1.0)


@compiled
def _glow(s: Surroundings, edge: Sites, glow: Sites) -> None:
    """Light inside a material, which comes out at its edges."""
    for k in range(edge.size):
        fall = np.divide(1.0, 1.0 + 1.375 * max(edge[k], 0.0) * s.per_reach)
        fall *= fall
        fall *= fall
        glow[k] = 0.35 * s.glow * fall * fall


@compiled
def shade(
    s: Surroundings,
    at: Sites,
    base: Colours,
    inks: Colours,
    which: NDArray[np.uint8],
    marks: tuple[Sites, Sites, Sites],
    surface: tuple[Sites, Sites, Sites],
    dirt_colour: tuple[float, float, float],
    out: NDArray[np.uint8],
    veil: Sites,
) -> None:
    """Writes the colours of n pixels.

    Args:
        s: what holds for all of them.
        at: (8, n) u, v, pixel, sine, edge, bevel, top, inside, as `tracing.Trace` says.
        base: (n, 3) colours of the surface.
        inks: (m, 3) colours of the inscriptions.
        which: (n,) inscription of each pixel.
        marks: (n,) each: ink, groove, walls, as `finish.Marks` says.
        surface: (n,) each: tone of the material, dirt, scratches.
        dirt_colour: in [0, 255].
        out: (n, 3) to be written.
        veil: (n,) to be written: how far a pixel hides what lies below a clear body.
    """
    u, v, edge, bevel, top, inside = at[0], at[1], at[4], at[5], at[6], at[7]
    ink, groove, walls = marks
    tone, dirt, scratch = surface
    n = u.size
    light, shine, glare, glow = (
        np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    )  # fmt: skip
    left = np.ones(n, np.float32)
    if s.round > 0.0:
        _shade_round(s, at[3], v, tone, light, shine)
    elif s.brushed > 0.0:
        _shade_brushed(s, u, v, tone, light, shine)
    else:
        _shade_flat(s, u, v, light, shine)
    if s.shadow > 0.0:
        _cast_shadow(s, u, v, left)
    if s.glare > 0.0:
        _reflect(s, u, v, glare)
    if s.glow > 0.0:
        _glow(s, edge, glow)
    covered, surf, coat = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    bared = (s.scratch_tone - 1.0) * s.scratch
    for k in range(n):
        covered[k] = ink[k] * (1.0 - 0.85 * scratch[k] * s.scratch)
        surf[k] = 1.0 + tone[k] + bared * scratch[k] * (1.0 - top[k])
        coat[k] = 1.0 + 0.5 * tone[k]
    _stand_out(s, bevel, top, inside, covered, groove, walls, light)
    _dull(s, top, dirt, covered, walls, left, shine)
    for k in range(n):
        veil[k] = max(max(0.9 * covered[k], dirt[k]), max(glare[k], shine[k]))
    for k in range(n):
        light[k] = max(light[k], 0.05) * left[k]
        shine[k] = 1.0 - (1.0 - shine[k]) * (1.0 - glare[k])
    colour, planes = np.zeros(n, np.float32), np.zeros((3, n), np.uint8)
    for c in range(3):
        _lay(base[:, c], surf, glow, colour)
        if len(inks) > 1:
            _write(inks[:, c], which, covered, coat, colour)
        else:
            _print(inks[0, c], covered, coat, colour)
        _expose(dirt_colour[c], s.warmth * (1.0 - c), dirt, light, shine, colour, planes[c])
    red, green, blue = planes[0], planes[1], planes[2]
    for k in range(n):
        out[k, 0], out[k, 1], out[k, 2] = red[k], green[k], blue[k]


@compiled
def _lay(base: Sites, surf: Sites, glow: Sites, colour: Sites) -> None:
    """One channel of the surface, with the light that comes out of it."""
    for k in range(colour.size):
        plain = base[k] * surf[k]
        colour[k] = plain + glow[k] * ((255.0 - plain) * base[k] * (1.0 / 255.0))


@compiled
def _write(inks: Sites, which: NDArray[np.uint8], covered: Sites, coat: Sites, colour: Sites) -> None:
    """Ink of several inscriptions on it."""
    for k in range(colour.size):
        if covered[k] > 0.0:
            colour[k] += covered[k] * (inks[which[k]] * coat[k] - colour[k])


@compiled
def _print(ink: np.float32, covered: Sites, coat: Sites, colour: Sites) -> None:
    """Ink of one colour on it."""
    for k in range(colour.size):
        colour[k] += covered[k] * (ink * coat[k] - colour[k])


@compiled
def _expose(
    dirty: float, warm: float, dirt: Sites, light: Sites, shine: Sites, colour: Sites, out: NDArray[np.uint8]
) -> None:
    """Dirt on both, all of it in its light."""
    for k in range(colour.size):
        away = dirty - colour[k]
        soiled = colour[k] + dirt[k] * (0.45 * max(away, 0.0) + min(away, 0.0))
        seen = soiled * light[k] * (1.0 + warm * (light[k] - 0.92))
        out[k] = np.uint8(np.int32(min(max(seen + shine[k] * (255.0 - seen) + 0.5, 0.0), 255.0)))
