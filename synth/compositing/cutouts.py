"""Cut-outs made ready for pasting: with their own colour spread outwards, or with their writing painted over."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.blends import HALF, Coverage
from synth.compositing.grain import grain_window
from synth.labels.sample import Image

SURE = 250
"""Coverage from which a pixel shows nothing but the tag."""
_SPREADS_PX = (1.2, 4.0, 16.0)
_LEAST_WEIGHT = 0.02
_GLYPH_SHARE = 0.4
"""Of the strongest contrast to the paper: from there on a pixel belongs to the writing."""
_EVENNESS_COUNTS = 0.25
_FINEST_WRITING = 12.0
"""Grey levels; what differs less from its surroundings is no writing."""


def spread_outwards(rgb: Image, coverage: Coverage) -> Image:
    """The picture with the tag's own colours carried on beyond its edge, so that a soft edge shows no old background.

    Args:
        rgb: (h, w, 3).
        coverage: (h, w), 255 = tag.
    """
    own = coverage >= HALF
    if not own.any():
        return rgb
    out = rgb.astype(np.float32)
    out[~own] = out[own].mean(axis=0)
    weight = own.astype(np.float32)
    weighted = rgb.astype(np.float32) * weight[:, :, None]
    for sigma in reversed(_SPREADS_PX):
        near = cv2.GaussianBlur(weight, (0, 0), sigma)
        reached = ~own & (near > _LEAST_WEIGHT)
        out[reached] = (cv2.GaussianBlur(weighted, (0, 0), sigma) / np.maximum(near, 1e-6)[:, :, None])[reached]
    return np.asarray(np.clip(np.rint(out), 0, 255), dtype=np.uint8)


def writing(rgb: Image, coverage: Coverage) -> tuple[NDArray[np.bool_], Image]:
    """The glyphs of a cut-out, and its paper without them.

    Strokes are narrower than a third of the tag's shorter side. Closing over that width (for dark writing on light
    paper) or opening (for light on dark) leaves the paper alone. The right one of the two takes fewer pixels for
    writing and, where that does not tell, leaves the more even paper.

    Args:
        rgb: (h, w, 3).
        coverage: (h, w), 255 = tag.

    Returns:
        (h, w) pixels that stand out against the paper round them, and (h, w, 3) the paper.
    """
    inside = coverage >= SURE
    candidates: list[tuple[float, NDArray[np.bool_], Image]] = []
    calm = np.asarray(cv2.medianBlur(np.ascontiguousarray(rgb), 3), dtype=np.uint8)
    _, _, width, height = cv2.boundingRect(inside.astype(np.uint8))
    side = max(3, round(min(width, height) / 3) | 1)
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    for operation, outside in ((cv2.MORPH_CLOSE, 0), (cv2.MORPH_OPEN, 255)):
        ground = calm.copy()
        ground[~inside] = outside
        paper = np.asarray(cv2.morphologyEx(ground, operation, shape), dtype=np.uint8)
        contrast = cv2.cvtColor(cv2.absdiff(paper, ground), cv2.COLOR_RGB2GRAY).astype(np.float32)
        contrast[~inside] = 0
        strongest = float(np.percentile(contrast[inside], 98)) if inside.any() else 0.0
        if strongest >= _FINEST_WRITING:
            glyphs = np.asarray(contrast > _GLYPH_SHARE * strongest)
            uneven = float(cv2.cvtColor(paper, cv2.COLOR_RGB2GRAY)[inside].std()) / strongest
            candidates.append((float(glyphs[inside].mean()) + _EVENNESS_COUNTS * uneven, glyphs, paper))
    if not candidates:
        return np.zeros(coverage.shape, np.bool_), calm
    _, glyphs, paper = min(candidates, key=lambda candidate: candidate[0])
    return glyphs, paper


def blanked(rgb: Image, coverage: Coverage, noise: float) -> Image:
    """The cut-out with its writing painted over by the paper round it, with the photo's grain.

    Args:
        rgb: (h, w, 3).
        coverage: (h, w), 255 = tag.
        noise: standard deviation of the grain, grey levels.
    """
    glyphs, paper = writing(rgb, coverage)
    if not glyphs.any():
        return rgb
    over = cv2.dilate(glyphs.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    over &= coverage >= HALF
    bare = ~over & (coverage >= SURE)
    smooth = _smoothed(paper, coverage >= SURE)
    if bare.any():
        smooth += (rgb.astype(np.float32) - smooth)[bare].mean(axis=0)
    height, width = coverage.shape
    grainy = smooth + np.float32(noise) * grain_window(0, width, height)
    soft = cv2.GaussianBlur(over.astype(np.float32), (0, 0), 1.0)[:, :, None]
    return np.asarray(np.clip(np.rint(grainy * soft + rgb * (1 - soft)), 0, 255), dtype=np.uint8)


def _smoothed(paper: Image, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The paper without the steps that morphology leaves, from the tag's own pixels alone."""
    _, _, width, height = cv2.boundingRect(inside.astype(np.uint8))
    sigma = max(1.5, min(width, height) / 10)
    weight = inside.astype(np.float32)
    near = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    blurred = cv2.GaussianBlur(paper.astype(np.float32) * weight[:, :, None], (0, 0), sigma)
    return np.asarray(blurred / near[:, :, None], dtype=np.float32)
