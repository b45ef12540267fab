"""Rain in front of the lens: bright, thin, slightly blurred streaks."""

from __future__ import annotations

import math

import cv2
import numpy as np

from synth.labels.sample import Image
from synth.native import compiled
from synth.scene.spec import Rain
from synth.streams import stream

_SHIFT = 4
SKY = 225
"""A drop shows the sky turned over: nearly white whatever lies behind it."""


@compiled
def _lighten(picture: Image, streaks: Image) -> None:
    for i in range(streaks.shape[0]):
        for j in range(streaks.shape[1]):
            a = np.int32(streaks[i, j])
            if a > 0:
                for c in range(3):
                    here = np.int32(picture[i, j, c])
                    picture[i, j, c] = here + (a * abs(SKY - here) + 127) // 255 if here < SKY else here


def streak_coverage(rain: Rain, width: int, height: int) -> Image:
    """(height, width) how much of each pixel the streaks hide; they differ in place, length, width and strength."""
    rng = stream(rain.seed, 0, "rain")
    draws = rng.random((rain.count, 5))
    angle = math.radians(rain.angle_deg)
    streaks = np.zeros((height, width), np.uint8)
    reach = rain.length_px * 1.5
    for across, down, long, near, turn in draws.tolist():
        length = rain.length_px * (0.5 + long)
        tilt = angle + math.radians(6.0 * (turn - 0.5))
        x = -reach + across * (width + 2 * reach)
        y = -reach + down * (height + 2 * reach)
        ends = ((x, y), (x + length * math.sin(tilt), y + length * math.cos(tilt)))
        fixed = [(round(px * (1 << _SHIFT)), round(py * (1 << _SHIFT))) for px, py in ends]
        shade = round(255 * rain.opacity * (0.4 + 0.6 * near))
        cv2.line(streaks, fixed[0], fixed[1], (shade,), 2 if near > 0.8 else 1, cv2.LINE_AA, _SHIFT)
    return np.asarray(cv2.GaussianBlur(streaks, (3, 3), 0.7), dtype=np.uint8)


def add_rain(picture: Image, rain: Rain) -> None:
    """Draws the streaks into a contiguous (h, w, 3) picture in place."""
    if rain.count > 0 and rain.opacity > 0:
        height, width = picture.shape[:2]
        _lighten(picture, streak_coverage(rain, width, height))
