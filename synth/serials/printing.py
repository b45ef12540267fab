"""Plain print without a body, the commonest text of all: what `finish` makes of it, in short loops.

It lies in no glare, shadow or dirt and has no relief: a pixel is its ink, the age of that and the light's slope.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.labels.sample import Image
from synth.native import compiled
from synth.serials.patterns import grain, patches, scratches
from synth.serials.relief import Plane
from synth.serials.tag import BareBody, Material, SerialTag
from synth.serials.tracing import Sites, towards

INK_CELL = 0.35
"""Size of the largest patches of lost ink, in those of dirt."""
BRIGHT = 110.0
BARE_GRAIN, BARE_CELL = 0.05, 0.25
"""Strength of the grain of ink without a body, and its size in the reach of the tag."""


def bared_tone(material: Material) -> float:
    """Brightness of what a scratch bares, relative to the surface."""
    dark = sum(material.colour) < 3 * BRIGHT
    match material.kind:
        case "metal":
            return 1.4
        case "plastic":
            return 1.5 if dark else 0.72
        case "silicone":
            return 0.82
    return 1.3 if dark else 0.85


def is_plain_print(tag: SerialTag) -> bool:
    """Whether `printed` can draw a tag."""
    light = tag.light
    return (
        isinstance(tag.body, BareBody)
        and tag.marking.kind == "printed"
        and tag.marking.softness_mm == 0
        and tag.wear.dirt == 0
        and light.glare == 0
        and light.shadow == 0
    )


def printed(
    tag: SerialTag, inverse: NDArray[np.float64], corner: tuple[int, int], cap_mm: float, ink: Plane, which: Plane
) -> tuple[Image, Plane]:
    """The colours and the opacity of printed text.

    Args:
        tag: for which `is_plain_print` holds.
        inverse: (3, 3) canvas px to body mm.
        corner: x, y of the region's top left pixel on the canvas.
        cap_mm: height of its smallest capitals.
        ink: (h, w) uint8 coverage.
        which: (h, w) uint8 number of the inscription.

    Returns:
        (h, w, 3) uint8 colours, those of the first inscription where there is no ink; (h, w) uint8 opacity.
    """
    material, wear = tag.material, tag.wear
    index, u, v, pixel = _sites(ink, inverse, corner[0], corner[1])
    nothing = np.zeros(index.size, np.float32)
    tone, lost, scratched = nothing, nothing, nothing
    if material.texture > 0:
        cell = BARE_CELL * cap_mm
        tone = np.float32(material.texture) * grain(u, v, pixel, (cell, cell), 0.0, 1, material.seed)
    if wear.ink_loss > 0:
        lost = patches(
            u, v, pixel, wear.ink_loss, cell_mm=INK_CELL * wear.cell_mm, count=4, soft=0.3, seed=wear.seed + 11,
            bias=nothing,
        )  # fmt: skip
    if wear.scratches:
        scratched = scratches(u, v, pixel, wear.scratches, (cap_mm, cap_mm), wear.seed)
    light, slope = towards(tag.light.from_deg), 0.5 * tag.light.slope
    rgb, alpha = np.zeros((*ink.shape, 3), np.uint8), np.zeros(ink.shape, np.uint8)
    _print(
        index, u, v, tone, lost, scratched, (light[0] / cap_mm, light[1] / cap_mm),
        (slope, BARE_GRAIN, wear.scratch_depth, bared_tone(material) - 1.0, tag.marking.strength),
        np.array([inscription.ink for inscription in tag.inscriptions], np.float64), ink, which, rgb, alpha,
    )  # fmt: skip
    return rgb, alpha


@compiled
def _sites(ink: Plane, inverse: NDArray[np.float64], x0: int, y0: int) -> tuple[NDArray[np.int32], Sites, Sites, Sites]:
    """Index of the pixels that hold ink, and where they lie on the surface: u, v, width of a pixel."""
    flat, width = ink.ravel(), ink.shape[1]
    index, count = np.zeros(ink.size, np.int32), 0
    for k in range(ink.size):
        index[count] = k
        count += flat[k] > 0
    m = inverse
    area = abs(
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )
    out = np.zeros((3, count), np.float32)
    row, start = 0, 0
    for k in range(count):
        while index[k] >= start + width:
            row, start = row + 1, start + width
        out[0, k], out[1, k] = index[k] - start, row
    for k in range(count):
        x, y = x0 + 0.5 + out[0, k], y0 + 0.5 + out[1, k]
        per = np.divide(1.0, m[2, 0] * x + m[2, 1] * y + m[2, 2])
        out[0, k] = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) * per
        out[1, k] = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) * per
        out[2, k] = np.sqrt(area * abs(per * per * per))
    return index[:count], out[0], out[1], out[2]


@compiled
def _print(
    index: NDArray[np.int32], u: Sites, v: Sites, tone: Sites, lost: Sites, scratched: Sites,
    light: tuple[float, float], strengths: tuple[float, float, float, float, float], inks: NDArray[np.float64],
    ink: Plane, which: Plane, rgb: Image, alpha: Plane,
) -> None:  # fmt: skip
    slope, grained, deep, bared, strength = strengths
    height, width = ink.shape
    shares, owners, opacity, pixels = ink.ravel(), which.ravel(), alpha.ravel(), rgb.reshape((height * width, 3))
    red, green, blue = np.uint8(inks[0, 0]), np.uint8(inks[0, 1]), np.uint8(inks[0, 2])
    for k in range(shares.size):
        pixels[k, 0], pixels[k, 1], pixels[k, 2] = red, green, blue
    level, warm = np.zeros(index.size, np.float32), np.zeros(index.size, np.float32)
    left = np.zeros(index.size, np.float32)
    for k in range(index.size):
        across = u[k] * light[0] + v[k] * light[1]
        bright = 1.0 + slope * min(max(across, -1.4), 1.4)
        level[k], warm[k] = bright, 0.10 * (bright - 0.92)
    for k in range(index.size):
        left[k] = shares[index[k]]
    for k in range(index.size):
        left[k] *= strength * (1.0 - lost[k])
        cut, fine = deep * scratched[k], grained * tone[k]
        covered = left[k] * (1.0 / 255.0) * (1.0 - 0.85 * cut)
        # where ink is thin, its own colour shows through it with all of its grain
        level[k] *= 1.0 + 0.5 * fine + (1.0 - covered) * (0.5 * fine + bared * cut)
    for k in range(index.size):
        i = index[k]
        own = owners[i]
        pixels[i, 0] = np.uint8(np.int32(min(inks[own, 0] * level[k] * (1.0 + warm[k]) + 0.5, 255.0)))
        pixels[i, 1] = np.uint8(np.int32(min(inks[own, 1] * level[k] + 0.5, 255.0)))
        pixels[i, 2] = np.uint8(np.int32(min(inks[own, 2] * level[k] * (1.0 - warm[k]) + 0.5, 255.0)))
        opacity[i] = np.uint8(np.int32(left[k] + 0.5))
