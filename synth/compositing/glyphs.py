"""Whether the writing of a tag survived its paste."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.labels.sample import Image, Mask
from synth.native import compiled
from synth.scene.spec import GlyphLimits
from synth.serials.lettering import DrawnCharacter

LUMA_EIGHTHS = (2, 5, 1)
GROUND_PX = 2
FAINT_LEVELS = 0.5
FAINT_CHARACTERS = 0.3
FAINT_SHARE = 0.25
"""Of the pixels of writing without a body, that may be hard to tell from what lies below."""


@compiled
def _measure(reference: Image, pasted: Image, mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Sums over neighbours in the mask of reference gradient squared and of reference times pasted gradient; the number
    of pixels in the mask, and of those that are at 0 or 255 and were not before.
    """
    height, width = mask.shape
    own, common, count, clipped = 0, 0, 0, 0
    for i in range(height):
        for j in range(width):
            if not mask[i, j]:
                continue
            count += 1
            new = False
            for c in range(3):
                after, before = pasted[i, j, c], reference[i, j, c]
                new = new or ((after == 0 or after == 255) and before != 0 and before != 255)
            clipped += 1 if new else 0
            for k in range(2):
                row, column = i + k, j + 1 - k
                if row < height and column < width and mask[row, column]:
                    a, b = 0, 0
                    for c in range(3):
                        a += LUMA_EIGHTHS[c] * (int(reference[row, column, c]) - int(reference[i, j, c]))
                        b += LUMA_EIGHTHS[c] * (int(pasted[row, column, c]) - int(pasted[i, j, c]))
                    own += a * a
                    common += a * b
    return own, common, count, clipped


def remaining_writing(
    reference: Image, pasted: Image, mask: NDArray[np.bool_], gain: tuple[float, float, float]
) -> tuple[float, float]:
    """What remains of the writing.

    Args:
        reference: (h, w, 3), the tag before its light was fitted to the place.
        pasted: (h, w, 3), the canvas with the tag.
        mask: (h, w), the tag's pixels.
        gain: by which its light was fitted: what is darker because its place is dark is not lost.

    Returns:
        Contrast: the slope of the pasted gradients over the reference's times the gain (1 if there are none). Noise
        does not change it; shading hardly does. And the share of the pixels that are newly clipped.
    """
    own, common, count, clipped = _measure(np.ascontiguousarray(reference), np.ascontiguousarray(pasted), mask)
    expected = own * sum(weight * g for weight, g in zip(LUMA_EIGHTHS, gain, strict=True)) / 8
    kept = common / expected if expected > 0 else 0.0
    contrast = 1.0 if own == 0 else kept
    return contrast, clipped / max(count, 1)


def refuse_faint_writing(below: Image, pasted: Image, mask: NDArray[np.bool_], limits: GlyphLimits) -> None:
    """Raises RejectedScene if too much of the writing differs from what lay there by less than the least contrast.

    Args:
        below: (h, w, 3) before.
        pasted: (h, w, 3) after.
        mask: (h, w) the writing.
        limits: of its contrast, grey levels.
    """
    faint, count = _count_faint(np.ascontiguousarray(below), np.ascontiguousarray(pasted), mask, limits.min_levels)
    if faint > FAINT_SHARE * count:
        raise RejectedScene("glyph contrast lost")


def faint_characters(
    pasted: Image, origin: tuple[int, int], characters: Sequence[DrawnCharacter], limits: GlyphLimits
) -> frozenset[int]:
    """Characters that can hardly be told from what they are written on: worn off, in glare or dirt, or in dark ink.

    Args:
        pasted: (h, w, 3) the tag on the canvas.
        origin: of its region on the canvas, px.
        characters: on it.
        limits: `min_levels` is the contrast that writing should have, grey levels.

    Returns:
        Positions of those of which most pixels differ from the ground round them by less than `FAINT_LEVELS` of that.

    Raises:
        RejectedScene: more than `FAINT_CHARACTERS` of those that face the viewer are faint.
    """
    found = faint_masks(pasted, origin, [character.mask for character in characters], limits)
    seen = [k for k, c in enumerate(characters) if c.place is not None and c.facing > 0.5]
    if seen and sum(k in found for k in seen) > FAINT_CHARACTERS * len(seen):
        raise RejectedScene("glyph contrast lost")
    return found


def faint_masks(picture: Image, origin: tuple[int, int], masks: Sequence[Mask], limits: GlyphLimits) -> frozenset[int]:
    """Positions of those masks of one tag's characters that can hardly be told from the ground round them.

    Args:
        picture: (h, w, 3) a region of the canvas.
        origin: of the region on the canvas, px.
        masks: of characters, on the canvas.
        limits: `min_levels` is the contrast that writing should have, grey levels.
    """
    placed = [(mask.x - origin[0], mask.y - origin[1], mask.pixels) for mask in masks]
    ink = np.zeros(picture.shape[:2], np.bool_)
    for x, y, pixels in placed:
        _mark(ink, pixels, x, y)
    levels, rgb = FAINT_LEVELS * limits.min_levels, np.ascontiguousarray(picture)
    return frozenset(k for k, (x, y, pixels) in enumerate(placed) if _faint_share(rgb, ink, pixels, x, y, levels) > 0.5)


@compiled
def _mark(ink: NDArray[np.bool_], mask: NDArray[np.bool_], x: int, y: int) -> None:
    """Adds a character's pixels to those of all; what lies outside is left away."""
    for i in range(max(0, -y), min(mask.shape[0], ink.shape[0] - y)):
        for j in range(max(0, -x), min(mask.shape[1], ink.shape[1] - x)):
            ink[y + i, x + j] |= mask[i, j]


@compiled
def _faint_share(rgb: Image, ink: NDArray[np.bool_], mask: NDArray[np.bool_], x: int, y: int, levels: float) -> float:
    """Share of a character's pixels whose luma is nearer than so many levels to the mean of the ground round it."""
    height, width = ink.shape
    total, count = 0.0, 0
    for i in range(max(0, y - GROUND_PX), min(height, y + mask.shape[0] + GROUND_PX)):
        for j in range(max(0, x - GROUND_PX), min(width, x + mask.shape[1] + GROUND_PX)):
            if not ink[i, j]:
                count += 1
                for c in range(3):
                    total += LUMA_EIGHTHS[c] * rgb[i, j, c]
    if count == 0:
        return 0.0
    ground = total / count
    near, size = 0, 0
    for i in range(max(0, -y), min(mask.shape[0], height - y)):
        for j in range(max(0, -x), min(mask.shape[1], width - x)):
            if mask[i, j]:
                luma = 0.0
                for c in range(3):
                    luma += LUMA_EIGHTHS[c] * rgb[y + i, x + j, c]
                size += 1
                near += 1 if abs(luma - ground) < 8 * levels else 0
    return near / size if size else 0.0


@compiled
def _count_faint(below: Image, pasted: Image, mask: NDArray[np.bool_], levels: float) -> tuple[int, int]:
    """How many of a mask's pixels changed by less than so many levels of luma, and how many it has."""
    faint, count = 0, 0
    for i in range(mask.shape[0]):
        for j in range(mask.shape[1]):
            if mask[i, j]:
                change = 0
                for c in range(3):
                    change += LUMA_EIGHTHS[c] * (int(pasted[i, j, c]) - int(below[i, j, c]))
                count += 1
                faint += 1 if abs(change) < 8 * levels else 0
    return faint, count


def levels_of(rgb: Image, mask: NDArray[np.bool_]) -> float:
    """Contrast of a tag: 95th minus 5th percentile of its luma, grey levels."""
    luma = np.sort((rgb[mask].astype(np.int32) @ np.array(LUMA_EIGHTHS)) // 8)
    return float(luma[int(0.95 * (luma.size - 1))] - luma[int(0.05 * (luma.size - 1))]) if luma.size else 0.0


def refuse_lost_writing(
    reference: Image,
    pasted: Image,
    mask: NDArray[np.bool_],
    gain: tuple[float, float, float],
    own_levels: float,
    limits: GlyphLimits,
) -> None:
    """Raises RejectedScene if a paste keeps too little contrast or clips too many pixels; see `remaining_writing`.

    `own_levels` is the contrast of the cut-out itself, grey levels.
    """
    contrast, clipped = remaining_writing(reference, pasted, mask, gain)
    levels = own_levels * contrast * sum(weight * g for weight, g in zip(LUMA_EIGHTHS, gain, strict=True)) / 8
    if contrast < limits.min_contrast or levels < limits.min_levels:
        raise RejectedScene("glyph contrast lost")
    if clipped > limits.max_clipped:
        raise RejectedScene("clipped")
