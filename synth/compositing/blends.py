"""How a paste is joined to what lies below it: one function, six kinds.

| kind | what it does |
|---|---|
| hard | the mask's pixels are replaced, the others are not |
| feather | the edge is a straight ramp, `width_px` wide |
| gaussian | the edge is an error function, `width_px` its sigma |
| seamless_normal | Poisson cloning: the paste keeps its gradients and takes the light round it |
| seamless_mixed | the same with the stronger of both gradients, so that texture below shows through plain paper |
| seamless_monochrome | the same with the gradients of its brightness alone, so that it takes the colour of its place |

The mask is where the coverage is at least one half. Hard and seamless change no pixel outside it; the soft kinds have
their middle on its edge and change nothing further than `reach_px` from it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.seamless import clone
from synth.labels.sample import Image
from synth.native import compiled
from synth.scene.spec import Blend

Coverage = NDArray[np.uint8]
HALF = 128
SOFT_KINDS = ("feather", "gaussian")


def is_soft(blend: Blend) -> bool:
    """Whether a blend mixes colours at the edge, so that pixels next to the mask show in the picture."""
    return blend.kind in SOFT_KINDS


def reach_px(blend: Blend) -> int:
    """How many pixels outside the coverage a blend reads or writes."""
    if blend.kind == "feather":
        return math.ceil(blend.width_px / 2) + 1
    if blend.kind == "gaussian":
        return math.ceil(3 * blend.width_px) + 2
    return 0 if blend.kind == "hard" else 1


def join(blend: Blend, patch: Image, coverage: Coverage, below: Image) -> Image:
    """Pastes a patch.

    Args:
        blend: kind and width.
        patch: (h, w, 3) RGB, valid everywhere: seamless kinds compare its rim, soft ones show it beyond the mask.
        coverage: (h, w), 0 to 255.
        below: (h, w, 3) RGB.

    Returns:
        (h, w, 3), a new array; the arguments stay as they are.
    """
    if blend.kind == "hard":
        return np.where((coverage >= HALF)[:, :, None], patch, below)
    if is_soft(blend):
        return mix(patch, softened(blend, coverage), below)
    if blend.kind == "seamless_monochrome":
        patch = cv2.cvtColor(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
    return clone(patch, below, coverage >= HALF, mixed=blend.kind == "seamless_mixed")


def softened(blend: Blend, coverage: Coverage) -> Coverage:
    """The coverage with the soft edge of a blend; at the array's border it goes on as it is."""
    if blend.kind == "feather":
        ramp = box_kernel(blend.width_px)
        soft = cv2.sepFilter2D(coverage, cv2.CV_8U, ramp, ramp, borderType=cv2.BORDER_REPLICATE)
    elif blend.width_px > 0:
        soft = cv2.GaussianBlur(coverage, (0, 0), blend.width_px, borderType=cv2.BORDER_REPLICATE)
    else:
        soft = coverage
    return np.asarray(soft, dtype=np.uint8)


def box_kernel(length_px: float) -> NDArray[np.float32]:
    """Weights of an average over a length, odd in number, with partial weights at both ends."""
    reach = math.ceil(max(length_px - 1.0, 0.0) / 2)
    at = np.abs(np.arange(-reach, reach + 1))
    weights = np.clip(max(length_px, 1.0) / 2 + 0.5 - at, 0.0, 1.0)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


@compiled
def _mix(patch: Image, coverage: Coverage, below: Image) -> Image:
    out = below.copy()
    for i in range(coverage.shape[0]):
        for j in range(coverage.shape[1]):
            a = np.int32(coverage[i, j])
            if a > 0:
                for c in range(3):
                    value = a * np.int32(patch[i, j, c]) + (255 - a) * np.int32(below[i, j, c])
                    out[i, j, c] = (value + 127) // 255
    return out


def mix(patch: Image, coverage: Coverage, below: Image) -> Image:
    """The mean of patch and below, weighted by the coverage / 255 and rounded; a new (h, w, 3) array."""
    return _mix(np.ascontiguousarray(patch), coverage, np.ascontiguousarray(below))
