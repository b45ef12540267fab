"""What a camera does to the finished picture, in the order of physics.

Rain falls in front of the lens; the lens and the movement blur; the lens loses light in the corners; the sensor's gains
and curve apply (in linear light, where exposure is a factor); night pictures are grey; the sensor adds its noise; the
file is made smaller. Nothing moves: a label that was true before stays true. At its default value each effect leaves
every byte as it is.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.grain import add_grain
from synth.compositing.lens import defocused, motion_blurred
from synth.compositing.rain import add_rain
from synth.labels.sample import Image
from synth.native import compiled
from synth.scene.spec import CameraEffects

Floats = NDArray[np.float64]
DISPLAY_GAMMA = 2.2
"""Of a lens' loss of light; tones follow the exact curve of sRGB."""


def is_untouched(camera: CameraEffects) -> bool:
    """Whether no effect acts, so that the picture is that of its layers; directions and seeds alone do nothing."""
    return not (
        (camera.rain is not None and camera.rain.count > 0)
        or camera.defocus_px > 0
        or camera.motion_px > 0
        or camera.vignette > 0
        or _has_tone(camera)
        or camera.infrared
        or camera.shot_noise > 0
        or camera.read_noise > 0
        or camera.downsample > 1
    )


def photograph(picture: Image, camera: CameraEffects, *, grey: bool = False) -> Image:
    """The picture as the camera takes it.

    Args:
        picture: (h, w, 3) RGB, contiguous; may be written to.
        camera: the effects.
        grey: the picture has no colour, and so has its noise.

    Returns:
        (h, w, 3); the same array where nothing acts.
    """
    if camera.rain is not None:
        add_rain(picture, camera.rain)
    if camera.defocus_px > 0:
        picture = defocused(picture, camera.defocus_px)
    if camera.motion_px > 0:
        picture = motion_blurred(picture, camera.motion_px, camera.motion_deg)
    if camera.vignette > 0:
        height, width = picture.shape[:2]
        _scale(picture, *_vignette(width, height, camera.vignette))
    if _has_tone(camera):
        picture = _toned(picture, camera)
    if camera.infrared:
        picture = np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    if camera.shot_noise > 0 or camera.read_noise > 0:
        picture = np.ascontiguousarray(picture)
        add_grain(
            picture, camera.noise_seed, shot=camera.shot_noise, read=camera.read_noise, grey=grey or camera.infrared
        )
    return downsampled(picture, camera.downsample) if camera.downsample > 1 else picture


def _has_tone(camera: CameraEffects) -> bool:
    return camera.white_balance != (1.0, 1.0, 1.0) or camera.exposure != 1.0 or camera.gamma != 1.0


def to_linear(value: Floats) -> Floats:
    """Values of sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4))


def to_display(light: Floats) -> Floats:
    """Linear light in [0, 1] to sRGB values."""
    return np.asarray(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055))


def tone_tables(camera: CameraEffects) -> NDArray[np.uint8]:
    """(256, 3) the value that each value becomes: gains in linear light, then gamma."""
    light = to_linear(np.arange(256) / 255.0)
    gains = camera.exposure * np.asarray(camera.white_balance)
    shown = to_display(np.clip(light[:, None] * gains, 0.0, 1.0)) ** camera.gamma
    return np.asarray(np.rint(255.0 * shown), dtype=np.uint8)


@compiled
def _replace(values: Image, table: Image) -> None:
    """Replaces each value by its entry in a table, two at a time, in place: twice as fast as one at a time."""
    pairs = np.zeros(1 << 16, np.uint16)
    for i in range(256):
        row, high = pairs[256 * i : 256 * (i + 1)], np.uint16(table[i]) << 8
        for j in range(256):
            row[j] = high | table[j]
    words = values[: values.size // 2 * 2].view(np.uint16)
    for j in range(words.size):
        words[j] = pairs[words[j]]
    if values.size % 2:
        values[-1] = table[values[-1]]


def _toned(picture: Image, camera: CameraEffects) -> Image:
    tables = tone_tables(camera)
    if camera.white_balance == (1.0, 1.0, 1.0):
        picture = np.ascontiguousarray(picture)
        _replace(picture.reshape(-1), np.ascontiguousarray(tables[:, 0]))
        return picture
    return np.asarray(cv2.LUT(picture, tables[None]), dtype=np.uint8)


@lru_cache(maxsize=8)
def _vignette(width: int, height: int, strength: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factors of the displayed values by row and column.

    Light falls off as (1 - a x^2)(1 - a y^2), with x and y relative to half the diagonal and `a` such that the corners
    lose `strength` of it: nearly round, and quick, because rows and columns separate.
    """
    diagonal = float(np.hypot(width, height)) / 2
    u, v = (width / 2 / diagonal) ** 2, (height / 2 / diagonal) ** 2
    a = 2 * strength / (1 + np.sqrt(max(1 - 4 * u * v * strength, 0.0)))
    x = (np.arange(width) + 0.5 - width / 2) / diagonal
    y = (np.arange(height) + 0.5 - height / 2) / diagonal
    by_column = np.clip(1 - a * x**2, 0.0, 1.0) ** (1 / DISPLAY_GAMMA)
    by_row = np.clip(1 - a * y**2, 0.0, 1.0) ** (1 / DISPLAY_GAMMA)
    return by_row.astype(np.float32), np.repeat(by_column, 3).astype(np.float32)


@compiled
def _scale_rows(picture: Image, by_row: NDArray[np.float32], by_column: NDArray[np.float32]) -> None:
    for i in range(picture.shape[0]):
        row, gain = picture[i], by_row[i]
        for j in range(row.size):
            row[j] = np.uint8(np.float32(row[j]) * (gain * by_column[j]) + np.float32(0.5))


def _scale(picture: Image, by_row: NDArray[np.float32], by_column: NDArray[np.float32]) -> None:
    """Multiplies a contiguous picture by factors in [0, 1], in place."""
    _scale_rows(picture.reshape(picture.shape[0], -1), by_row, by_column)


def downsampled(picture: Image, factor: float) -> Image:
    """The picture made smaller by a factor, with averages, and enlarged again to its size."""
    height, width = picture.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
