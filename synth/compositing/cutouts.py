"""Cut-outs made ready for pasting: with their own colour spread outwards, or with their writing painted over."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.writing import Writing, find_writing, paper_area
from synth.compositing.blends import HALF, Coverage
from synth.compositing.grain import grain_window
from synth.labels.sample import Image

SURE = 250
"""Coverage from which a pixel shows nothing but the tag."""
_SPREADS_PX = (1.2, 4.0, 16.0)
_LEAST_WEIGHT = 0.02
_PAPER_PX = (32.0, 16.0, 8.0, 4.0, 2.0)
_BELIEVED = 6.0
_REACH = 0.04
"""Of the tag's height: so far beyond the glyphs the paper is darkened by their soft edges."""
_GAP = 0.22
"""Of the tag's height: paper between strokes that are closer shows more of what the camera did than of the paper."""
_SEAM_PX = 1.0


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

    Args:
        rgb: (h, w, 3).
        coverage: (h, w), 255 = tag.

    Returns:
        (h, w) pixels that stand out against the paper round them, and (h, w, 3) the paper.
    """
    found = find_writing(rgb, coverage)
    if found is None:
        return np.zeros(coverage.shape, np.bool_), rgb
    height, width = coverage.shape
    glyphs = found.flat.back(found.glyphs, width, height) & (coverage >= HALF)
    over = _hidden(found, coverage)
    smooth = _paper(rgb, over, coverage, found)
    return glyphs, _bytes(np.where(over[:, :, None], smooth, rgb))


def blanked(rgb: Image, coverage: Coverage, noise: float) -> Image:
    """The cut-out with its writing painted over by the paper round it, with the photo's grain.

    Args:
        rgb: (h, w, 3).
        coverage: (h, w), 255 = tag.
        noise: standard deviation of the grain, grey levels.
    """
    found = find_writing(rgb, coverage)
    if found is None:
        return rgb
    over = _hidden(found, coverage)
    height, width = coverage.shape
    grainy = _paper(rgb, over, coverage, found) + np.float32(noise) * grain_window(0, width, height)
    inside = over & (coverage >= HALF)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), _SEAM_PX)
    soft = np.where(inside, np.maximum(soft, 0.5) * 2 - 1, 0.0)
    soft = np.minimum(1.0, soft * 2.0)[:, :, None]
    return _bytes(grainy * soft + rgb * (1 - soft))


def _hidden(found: Writing, coverage: Coverage) -> NDArray[np.bool_]:
    """(h, w) the glyphs with their soft edges."""
    reach = 1 + max(1, round(_REACH * found.flat.height))
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    swollen = cv2.dilate(found.glyphs.astype(np.uint8), near)
    gap = max(3, round(_GAP * found.flat.height) | 1)
    drawn = cv2.morphologyEx(swollen, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))) > 0
    height, width = coverage.shape
    return found.flat.back(drawn & paper_area(found), width, height) & (coverage > 0)


def _paper(rgb: Image, over: NDArray[np.bool_], coverage: Coverage, found: Writing) -> NDArray[np.float32]:
    """(h, w, 3) the paper as it goes on under the writing: the nearest bare paper, ever smoother further away."""
    height, width = coverage.shape
    bare = found.flat.back(paper_area(found), width, height) & ~over & (coverage >= SURE)
    if not bare.any():
        bare = ~over & (coverage >= HALF)
    weight = bare.astype(np.float32)
    weighted = rgb.astype(np.float32) * weight[:, :, None]
    out = np.zeros_like(weighted) + weighted.sum(axis=(0, 1), dtype=np.float64).astype(np.float32) / max(
        1.0, weight.sum()
    )
    for sigma in _PAPER_PX:
        near = cv2.GaussianBlur(weight, (0, 0), sigma)[:, :, None]
        share = np.minimum(1.0, near * np.float32(_BELIEVED))
        out += share * (
            cv2.GaussianBlur(weighted, (0, 0), sigma) / np.maximum(near, 1e-6).astype(np.float32).reshape(near.shape)
            - out
        )
    return np.asarray(out, dtype=np.float32)


def _bytes(picture: NDArray[np.float32]) -> Image:
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)
