"""How much of its picture a tag's turned crops show.

A border turns with its picture, and whatever fills what lies behind it, so either would tell the turn. Near a border
the disc is therefore made smaller on all sides, as long as every labelled character, wherever the jitter moves it,
stays on it; a tag without characters is kept whole. A smaller disc round the same centre has no direction either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synth.cropping.frames import Frame, outline_of
from synth.cropping.options import CropOptions
from synth.cropping.turning import disc_reach_px
from synth.labels.sample import Annotation

STEPS = 24
"""In how many steps a disc is made smaller, down to what it must hold."""


@dataclass(frozen=True, slots=True)
class Window:
    """A disc round a tag's centre, px of its picture.

    Attributes:
        radius: of what a crop without jitter shows.
        jitter_px: the length of which `CropOptions.jitter` is a share.
    """

    radius: float
    jitter_px: float

    def reach(self, options: CropOptions) -> float:
        """How far from the tag's centre pixels are looked at by any jittered disc."""
        most = math.exp(options.jitter)
        return most * (self.radius + self.jitter_px * options.jitter) + disc_reach_px(
            2 * most * self.radius / options.height
        )

    def holds(self, options: CropOptions) -> float:
        """Radius of the disc round the tag's centre that every jittered disc holds."""
        return math.exp(-options.jitter) * (self.radius - self.jitter_px * options.jitter)


def window_of(tag: Annotation, frame: Frame, size: tuple[int, int], options: CropOptions) -> Window | None:
    """The largest window that keeps away from the border of a picture of (width, height) px; None if none does."""
    whole = Window(frame.radius * (1 + options.margin), frame.radius)
    x, y = frame.centre
    room = min(x, y, size[0] - x, size[1] - y)
    if whole.reach(options) <= room:
        return None if _is_cut(tag) else whole
    if not tag.characters or _is_cut(tag):
        return None
    corners = np.concatenate([outline_of(character) for character in tag.characters]) - frame.centre
    least = float(np.hypot(*corners.T).max())
    for radius in np.linspace(whole.radius, least, STEPS, endpoint=False)[1:]:
        window = Window(float(radius), min(frame.radius, float(radius)))
        if window.reach(options) <= room:
            return window if window.holds(options) >= least else None
    return None


def _is_cut(tag: Annotation) -> bool:
    """Whether the border cut the tag's extent off, so that its middle is not known."""
    return bool(tag.truncated) and tag.quad is None and tag.circle is None
