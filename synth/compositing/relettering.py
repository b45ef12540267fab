"""Another text on a real cut-out: ink as soft as the old letters were, in the light that lies on the cleaned paper."""

from __future__ import annotations

import cv2
import numpy as np

from synth.compositing.blends import Coverage
from synth.labels.sample import Image
from synth.limits import Colour

_LEAST_LIGHT_PX = 3.0
_LIGHT = (0.4, 1.6)
_GRAIN_KEPT = 0.8
"""Of the paper's grain and fine dirt, on the ink."""


def letter_over(rgb: Image, lettering_ink: Coverage, ink: Colour, paper: Colour, softness_px: float) -> Image:
    """Writes on a picture of bare paper.

    The ink lies in the light that the paper round it is in (its brightness relative to the whole face's), and keeps the
    picture's grain.

    Args:
        rgb: (h, w, 3) the paper.
        lettering_ink: (h, w), 255 = ink, with sharp edges.
        ink: its colour where the light is that of `paper`.
        paper: typical colour of the face.
        softness_px: sigma of the letters' edges.

    Returns:
        (h, w, 3); the same array if there is no ink.
    """
    rows, columns = np.flatnonzero(lettering_ink.any(axis=1)), np.flatnonzero(lettering_ink.any(axis=0))
    if rows.size == 0:
        return rgb
    reach = int(np.ceil(3 * max(softness_px, _LEAST_LIGHT_PX)))
    y0, y1 = max(0, int(rows[0]) - reach), int(rows[-1]) + 1 + reach
    x0, x1 = max(0, int(columns[0]) - reach), int(columns[-1]) + 1 + reach
    out = rgb.copy()
    out[y0:y1, x0:x1] = _written(rgb[y0:y1, x0:x1], lettering_ink[y0:y1, x0:x1], ink, paper, softness_px)
    return out


def _written(rgb: Image, coverage: Coverage, ink: Colour, paper: Colour, softness_px: float) -> Image:
    share = coverage.astype(np.float32) / np.float32(255)
    if softness_px > 0.1:
        share = np.asarray(cv2.GaussianBlur(share, (0, 0), softness_px, borderType=cv2.BORDER_REPLICATE), np.float32)
    below = rgb.astype(np.float32)
    sigma = max(_LEAST_LIGHT_PX, 2 * softness_px)
    smooth = np.asarray(cv2.GaussianBlur(below, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)
    light = np.clip(smooth.mean(axis=2) / np.float32(max(1.0, sum(paper) / 3)), _LIGHT[0], _LIGHT[1])[:, :, None]
    written = np.array(ink, np.float32) * light + np.float32(_GRAIN_KEPT) * (below - smooth)
    return np.asarray(np.clip(np.rint(below + share[:, :, None] * (written - below)), 0, 255), dtype=np.uint8)
