"""Which characters of a face are hard to tell apart at the size at which they will be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from synth.errors import ConfigError
from synth.serials.glyphs import Face, Glyph
from synth.serials.raster import polygon_area_coverage

LARGEST_PX = 512.0
# Letters whose ink differs in width or height by more than this factor are not compared as if it did not.
LARGEST_STRETCH = 1.6
Picture = NDArray[np.float64]


def confusable_pairs(
    face: Face, characters: Iterable[str], height_px: float, *, iou: float
) -> tuple[tuple[str, str, float], ...]:
    """Pairs of characters whose pictures overlap a lot, the most alike first.

    Both are drawn at the size that they have on the tag. What two pictures share is sum(min) / sum(max) of their
    greys, and the most that they share of three ways to lay them over each other counts: middles of the ink together,
    its left edges together (both on one baseline), and, for letters of about one size, stretched to one box of ink, as
    a reader does who does not know how wide the letters are.

    Args:
        face: that they are of; it must have them all.
        characters: to be compared; blanks are left out.
        height_px: cap height on the tag, in (0, 512].
        iou: pairs above this are told, in [0, 1].

    Returns:
        (one, other, overlap), each pair once, its characters in their order.

    Raises:
        ConfigError: a height or an overlap that cannot be.
        AssetError: the face lacks a character.
    """
    if not 0 < height_px <= LARGEST_PX or not 0 <= iou <= 1:
        raise ConfigError(f"needs height_px in (0, {LARGEST_PX:g}] and iou in [0, 1], got {height_px} and {iou}")
    wanted = sorted({character for character in characters if not character.isspace()})
    inks = {character: _Ink(face.glyph(character), height_px) for character in wanted}
    overlaps = ((one, other, _overlap(inks[one], inks[other])) for one, other in combinations(wanted, 2))
    return tuple(sorted((pair for pair in overlaps if pair[2] > iou), key=lambda pair: (-pair[2], pair[0], pair[1])))


class _Ink:
    """One character in px, y down, the baseline at 0, and its pictures on the baseline."""

    def __init__(self, shape: Glyph, height_px: float) -> None:
        self.points = shape.vertices * (height_px, -height_px)
        self.ends = shape.ends
        self.low, self.high = self.points.min(axis=0), self.points.max(axis=0)
        self.size = self.high - self.low
        self.half = math.ceil(float(np.abs([*self.size, self.low[1], self.high[1]]).max())) + 1
        self.centred = self.picture(-(self.low + self.high) / 2 * (1, 0), np.ones(2))
        self.to_the_left = self.picture(-self.low * (1, 0), np.ones(2))

    def picture(self, shift: NDArray[np.float64], scale: NDArray[np.float64]) -> Picture:
        """Coverage in [0, 1] of the shifted, then scaled outline, in a square round the origin."""
        region = (-self.half, -self.half, self.half, self.half)
        points = (self.points + shift) * scale
        return polygon_area_coverage(points, self.ends, region).astype(np.float64) / 255

    def boxed(self, size: NDArray[np.float64]) -> Picture:
        """Stretched to a box of that size round the origin."""
        return self.picture(-(self.low + self.high) / 2, size / self.size)


def _overlap(one: _Ink, other: _Ink) -> float:
    shared = [_common(one.centred, other.centred), _common(one.to_the_left, other.to_the_left)]
    if max((one.size / other.size).max(), (other.size / one.size).max()) <= LARGEST_STRETCH:
        size = (one.size + other.size) / 2
        shared.append(_common(one.boxed(size), other.boxed(size)))
    return max(shared)


def _common(one: Picture, other: Picture) -> float:
    """sum(min) / sum(max) of two squares with one middle."""
    margin = (len(one) - len(other)) // 2
    one, other = np.pad(one, max(-margin, 0)), np.pad(other, max(margin, 0))
    return float(np.minimum(one, other).sum() / max(np.maximum(one, other).sum(), 1e-9))
