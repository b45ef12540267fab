"""The small, controlled inexactness of crops: what a detector's box would be off by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Jitter:
    """How a crop differs from the exact one.

    Attributes:
        x, y: shift of the tag on the crop, as shares of a length that the caller knows.
        scale: factor.
        turn_deg: counter-clockwise.
    """

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    turn_deg: float = 0.0


def sample_jitter(rng: np.random.Generator, share: float) -> Jitter:
    """Draws shift (uniform on a disc, so that no direction is preferred), scale and turn; see `CropOptions.jitter`."""
    radius = share * math.sqrt(rng.uniform())
    towards = rng.uniform(0.0, 2 * math.pi)
    scale, turn = rng.uniform(-share, share, 2)
    return Jitter(radius * math.cos(towards), radius * math.sin(towards), math.exp(scale), math.degrees(turn))
