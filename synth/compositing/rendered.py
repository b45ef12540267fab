"""From a shot to pixels: exposure, highlights, and how it lies over what is below.

Light is mixed as light: the shot's tones are laid over the picture below in linear light, so that soft edges and
shadows are as bright as a camera would see them; sRGB is left once and entered once. All of it has 16 bits and goes by
tables, and a pixel that a shot leaves alone keeps its value exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.camera import to_display, to_linear
from synth.errors import RejectedScene
from synth.geometry.boxes import Region
from synth.labels.sample import Image
from synth.native import compiled
from synth.scene.shot import Plane, Shot
from synth.scene.spec import RenderLayer

Light = NDArray[np.uint16]
FULL = 65535
LUMINANCE = (0.2126, 0.7152, 0.0722)
DARKEST = 1e-5
"""Luminance of a subject's middle below which there is noise and nothing else."""
BRIGHTEST = 0.7
"""Brightness that the middle of a whole picture is exposed to at most: a dark subject does not blind its ground."""
SOFTEST = 0.8
"""Share of the range of tones that the softest shoulder bends."""
REACH = 4
"""How far a blur reaches, in sigmas."""
_LINEAR: Light = np.asarray(np.rint(FULL * to_linear(np.arange(256) / 255.0)), dtype=np.uint16)
_DISPLAY: Image = np.asarray(np.rint(255.0 * to_display(np.arange(FULL + 1) / FULL)), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Developed:
    """A picture ready to be laid over another; its arrays hold one region of the canvas.

    Attributes:
        region: outside it nothing changes.
        light: (h, w, 3) uint16, linear light that it adds.
        through: (h, w, 3) uint16, share of the light below that comes through; None: nothing does.
        solid: (h, w) bool, pixels that are its own.
    """

    region: Region
    light: Light
    through: Light | None
    solid: NDArray[np.bool_]


def develop(shot: Shot, layer: RenderLayer, *, grey: bool = False) -> Developed:
    """Exposes a shot.

    Args:
        shot: linear light, the mix applied.
        layer: its key, shoulder, toe, shadow, gain and blur.
        grey: without colour, as night pictures are.

    Raises:
        RejectedScene: its subjects are as good as black.
    """
    height, width = shot.rgb.shape[:2]
    exposure = _exposure(shot, _before_toe(layer.key, layer.toe))
    gain = np.array([exposure * factor for factor in layer.fit_gain])
    opaque = shot.alpha is None
    alpha = np.ones((height, width), np.float32) if shot.alpha is None else shot.alpha
    light = _toned(np.ascontiguousarray(shot.rgb), alpha, gain, layer.toe, 1.0 - SOFTEST * layer.shoulder, grey)
    if opaque:
        light = _softened(light, layer.blur_px)
        return Developed((0, 0, width, height), light, None, np.ones((height, width), np.bool_))
    shadow = np.ones((1, 1, 3), np.float32) if shot.shadow is None else shot.shadow
    through = _let_through(alpha, np.ascontiguousarray(shadow), 0.0 if shot.shadow is None else layer.shadow)
    x0, y0, x1, y1 = _changed_region(light, through)
    reach = math.ceil(REACH * layer.blur_px)
    region = (max(x0 - reach, 0), max(y0 - reach, 0), min(x1 + reach, width), min(y1 + reach, height))
    part = (slice(region[1], region[3]), slice(region[0], region[2]))
    light, through = _softened(light[part], layer.blur_px), _softened(through[part], layer.blur_px)
    return Developed(region, light, through, alpha[part] >= 0.5)


def laid_over(picture: Developed, below: Image) -> Image:
    """What is seen of a picture over another one.

    Args:
        picture: of a region.
        below: (h, w, 3) the region as it looks; not written to.
    """
    if picture.through is None:
        return _DISPLAY[picture.light]
    return _mixed(
        np.ascontiguousarray(picture.light), np.ascontiguousarray(picture.through), np.ascontiguousarray(below),
        _LINEAR, _DISPLAY,
    )  # fmt: skip


def _exposure(shot: Shot, key: float) -> float:
    """Gain that brings the median luminance of the subjects' visible pixels to `key`; of everything without any.

    As a camera does, it stays lower where most of the picture would be white.
    """
    height, width = shot.rgb.shape[:2]
    seen = np.zeros((height, width), np.bool_)
    for annotation in shot.annotations:
        if annotation.mask is not None:
            seen |= annotation.mask.to_full(width, height)
    has_subjects = bool(seen.any())
    if not has_subjects:
        seen = np.ones((height, width), np.bool_) if shot.alpha is None else shot.alpha >= 0.5
    middle = _middle(shot, seen)
    if middle < DARKEST:
        if has_subjects:
            raise RejectedScene("a subject lies in the dark")
        return 1.0
    if shot.alpha is None and has_subjects:
        return min(key / middle, BRIGHTEST / max(_middle(shot, np.ones((height, width), np.bool_)), DARKEST))
    return key / middle


def _before_toe(tone: float, toe: float) -> float:
    """The light that becomes a tone."""
    return (tone + math.sqrt(tone * tone + 4 * tone * toe)) / 2


def _middle(shot: Shot, seen: NDArray[np.bool_]) -> float:
    """Median luminance of some pixels; 0 of none."""
    red, green, blue = (shot.rgb[..., channel][seen].astype(np.float64) for channel in range(3))
    luminance = red * LUMINANCE[0] + green * LUMINANCE[1] + blue * LUMINANCE[2]
    if shot.alpha is not None:
        luminance /= np.maximum(shot.alpha[seen], 1 / 255)
    return float(np.median(luminance)) if luminance.size else 0.0


@compiled
def _toned(rgb: Plane, alpha: Plane, gain: NDArray[np.float64], toe: float, knee: float, grey: bool) -> Light:
    """(h, w, 3) displayed light, premultiplied with alpha.

    Light l has the tone l^2 / (l + toe): far above the toe it loses just that, far below it is squared away. From the
    knee on a tone runs into 1: with t the light's distance from the knee
    relative to what is left, as t / sqrt(1 + t^2), which leaves the knee without a kink in slope or curvature.
    """
    height, width = alpha.shape
    out = np.zeros((height, width, 3), np.uint16)
    left = 1.0 - knee
    for i in range(height):
        for j in range(width):
            share = min(max(alpha[i, j], np.float32(0.0)), np.float32(1.0))
            if not share > 0:
                continue
            level = 0.0
            for channel in range(3):
                value = rgb[i, j, channel] / share * gain[channel]
                value = value if value > 0 else 0.0  # also what is no number
                if grey:
                    level += value * (0.2126 if channel == 0 else 0.7152 if channel == 1 else 0.0722)
                    if channel < 2:
                        continue
                    value = level
                if toe > 0 and 0 < value < 1e6:
                    value *= value / (value + toe)
                if value > knee:
                    t = (value - knee) / left if left > 0 else 0.0
                    value = knee + left * t / np.sqrt(1.0 + t * t) if t < 1e6 else 1.0
                tone = np.uint16(value * share * 65535.0 + 0.5)
                if grey:
                    out[i, j, 0] = out[i, j, 1] = out[i, j, 2] = tone
                else:
                    out[i, j, channel] = tone
    return out


@compiled
def _let_through(alpha: Plane, shadow: Plane, strength: float) -> Light:
    """(h, w, 3) share of the light below that comes through; `shadow` may be one factor for all pixels."""
    height, width = alpha.shape
    out = np.zeros((height, width, 3), np.uint16)
    rows, columns = shadow.shape[0] > 1, shadow.shape[1] > 1
    for i in range(height):
        for j in range(width):
            clear = 1.0 - min(max(alpha[i, j], np.float32(0.0)), np.float32(1.0))
            for channel in range(3):
                factor = shadow[i if rows else 0, j if columns else 0, channel]
                factor = min(factor, np.float32(1.0)) if factor > 0 else np.float32(0.0)
                out[i, j, channel] = np.uint16(clear * (1.0 - strength * (1.0 - factor)) * 65535.0 + 0.5)
    return out


@compiled
def _mixed(light: Light, through: Light, below: Image, linear: Light, display: Image) -> Image:
    out = np.zeros(below.shape, np.uint8)
    for i in range(below.shape[0]):
        for j in range(below.shape[1]):
            for channel in range(3):
                passed = np.int64(through[i, j, channel]) * linear[below[i, j, channel]]
                total = np.int64(light[i, j, channel]) + (passed + 32767) // 65535
                out[i, j, channel] = display[min(total, 65535)]
    return out


def _softened(light: Light, blur_px: float) -> Light:
    """Blurred; OpenCV does it on 16 bits in integers, the same on every machine."""
    if blur_px <= 0:
        return light
    return np.asarray(cv2.GaussianBlur(light, (0, 0), blur_px, borderType=cv2.BORDER_REPLICATE), dtype=np.uint16)


@compiled
def _changed_region(light: Light, through: Light) -> Region:
    """The smallest region outside which nothing is added and everything comes through; one pixel if there is none."""
    height, width = light.shape[:2]
    x0, y0, x1, y1 = width, height, 0, 0
    for i in range(height):
        for j in range(width):
            for channel in range(3):
                if light[i, j, channel] > 0 or through[i, j, channel] < 65535:
                    x0, x1, y0, y1 = min(x0, j), max(x1, j + 1), min(y0, i), i + 1
    return (x0, y0, x1, y1) if x1 > 0 else (0, 0, 1, 1)
