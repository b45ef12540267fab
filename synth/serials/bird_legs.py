"""A wading bird's leg with a ring on it, drawn upright and larger than it is needed: the body that carries a ring tag.

Frame: the foot's ankle is at the bottom middle, the leg goes up to the top edge. Layers are premultiplied RGBA float32.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.serials.ring import Ring, draw_ring
from synth.streams import stream

ENLARGEMENT = 2
Layer = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg.

    Attributes:
        length_px: from the foot to the upper end.
        thickness: in units of the ring's diameter.
        seed: of bends and scales.
        colour: RGB where the light falls.
        ring: what it wears, None for a bare leg.
        ring_height_px: from the foot to the middle of the ring.
        diameter_px: of the ring that it would wear.
    """

    length_px: float
    thickness: float
    seed: int
    colour: tuple[int, int, int]
    ring: Ring | None
    ring_height_px: float
    diameter_px: float


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLeg:
    """A drawn leg.

    Attributes:
        layer: (h, w, 4) float32 premultiplied RGB and alpha, colours in [0, 255], alpha in [0, 1].
        ring_alpha: (h, w) float32, the ring's share of each pixel.
        ring_quad: the ring's corners in reading order, (4, 2) px of `layer`; zeros for a bare leg.
    """

    layer: Layer
    ring_alpha: Layer
    ring_quad: NDArray[np.float64]


def draw_leg(leg: Leg) -> DrawnLeg:
    """Draws a leg `ENLARGEMENT` times as large as its measures say."""
    height, width = round(leg.length_px * ENLARGEMENT), 2 * round(1.1 * leg.diameter_px * ENLARGEMENT)
    layer = _limb(leg, height, width)
    ring_alpha = np.zeros((height, width), np.float32)
    quad = np.zeros((4, 2), np.float64)
    if leg.ring is None:
        return DrawnLeg(layer, ring_alpha, quad)
    drawn = draw_ring(replace(leg.ring, diameter_px=leg.diameter_px * ENLARGEMENT))
    h, w = drawn.alpha.shape
    y, x = height - round(leg.ring_height_px * ENLARGEMENT) - h // 2, (width - w) // 2
    region = (slice(y, y + h), slice(x, x + w))
    limb = layer[region].copy()
    alpha, front = drawn.alpha.astype(np.float32) / 255, drawn.front.astype(np.float32) / 255
    colour = drawn.rgb.astype(np.float32)
    # far wall, then the leg in the ring's shadow, then the near wall
    behind = np.dstack([colour * alpha[:, :, None], alpha])
    inner = limb * (1 - 0.5 * alpha)[:, :, None]
    inner[:, :, 3] = limb[:, :, 3]
    behind = inner + behind * (1 - limb[:, :, 3:])
    layer[region] = np.dstack([colour, np.ones_like(alpha)]) * front[:, :, None] + behind * (1 - front)[:, :, None]
    below = _shadow_below(leg, height, width, y + h)
    layer[:, :, :3] *= (1 - below)[:, :, None]
    ring_alpha[region] = np.maximum(front, alpha * (1 - limb[:, :, 3]))
    return DrawnLeg(layer, ring_alpha, np.asarray(drawn.quad, np.float64) + np.array([x, y]))


def _limb(leg: Leg, height: int, width: int) -> Layer:
    """The bare leg: a cylinder that swells at the joint, with scales and bands."""
    rng = stream(leg.seed, 0, "leg")
    up = (height - np.arange(height, dtype=np.float64) - 0.5) / (leg.diameter_px * ENLARGEMENT)
    joint = leg.ring_height_px / leg.diameter_px + float(rng.uniform(3.2, 4.5))
    half = 0.5 * leg.thickness * (1 + 0.45 * np.exp(-(((up - joint) / 0.55) ** 2)) + 0.25 * np.exp(-up / 0.35))
    half = half * np.where(up > joint, 0.9, 1.0) * leg.diameter_px * ENLARGEMENT
    phase, away = float(rng.uniform(0, 2 * math.pi)), up - leg.ring_height_px / leg.diameter_px
    bend = (
        0.05
        * leg.diameter_px
        * ENLARGEMENT
        * (np.sin(0.5 * away + phase) - math.sin(phase))
        * np.tanh(np.abs(away) / 2)
    )
    across = (np.arange(width)[None, :] + 0.5 - width / 2 - bend[:, None]) / half[:, None]
    alpha = np.clip((1 - np.abs(across)) * half[:, None] + 0.5, 0, 1)
    light = 0.42 + 0.58 * np.sqrt(np.clip(1 - np.clip(across + 0.25, -1, 1) ** 2, 0, 1))
    scales = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 1.6 * ENLARGEMENT, sigmaY=0.8 * ENLARGEMENT)
    bands = cv2.GaussianBlur(rng.normal(0, 1, (height, 1)), (0, 0), 3.0 * ENLARGEMENT)
    shade = light * (1 + 0.8 * np.asarray(scales) + 0.16 * np.asarray(bands).reshape(height, 1))
    colour = np.clip(np.asarray(leg.colour, np.float64) * shade[:, :, None], 0, 255)
    return np.asarray(np.dstack([colour * alpha[:, :, None], alpha]), np.float32)


def _shadow_below(leg: Leg, height: int, width: int, lower_end: int) -> Layer:
    """The ring's shadow on the leg right under it."""
    down = (np.arange(height, dtype=np.float32) - lower_end) / (0.35 * leg.diameter_px * ENLARGEMENT)
    fade = np.where(down > 0, 0.45 * np.exp(-np.clip(down, 0, 30)), 0.0)
    return np.asarray(np.broadcast_to(fade[:, None], (height, width)), np.float32)
