"""Grain of sensors: one bank of Gaussian noise for all pictures, from which a seed chooses a window.

It looks as noise does in a file, not as it does on the chip: developing a picture spreads it over neighbouring pixels
and makes the channels alike. In flat parts of camera-trap and dash-cam photos neighbours correlate by 0.6 to 0.9 and
channels by 0.6 to 1.0; here it is 2/3 and 0.8.

Drawing fresh noise costs ten times as much as all else that a camera does. The bank comes from a constant seed, holds
steps of 1/32 standard deviation, and is so large that two pictures hardly ever share a window.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.labels.sample import Image
from synth.native import compiled
from synth.streams import stream

Signed = NDArray[np.int8]
Tile = tuple[int, int, int, int, int, int]

BANK_SIDE = 1024
STEPS = 32
COMMON = 0.8
"""Share of the variance that all channels have in common."""
MID_GREY = 128.0


@lru_cache(maxsize=1)
def grain_bank() -> Signed:
    """(BANK_SIDE, 3 * BANK_SIDE) int8 noise of standard deviation `STEPS`, the channels of a pixel side by side."""
    drawn = stream(0, 0, "grain bank").standard_normal((4, BANK_SIDE, BANK_SIDE))
    noise = np.sqrt(COMMON) * drawn[3] + np.sqrt(1.0 - COMMON) * drawn[:3]
    for axis in (1, 2):
        noise = 2.0 * noise + np.roll(noise, 1, axis) + np.roll(noise, -1, axis)
    scaled = np.rint(noise * (STEPS / noise.std())).transpose(1, 2, 0).reshape(BANK_SIDE, 3 * BANK_SIDE)
    bank: Signed = np.clip(scaled, -127, 127).astype(np.int8)
    bank.setflags(write=False)
    return bank


def _tiles(seed: int, width: int, height: int) -> Iterator[Tile]:
    """(x, y, columns, rows, bank's x, bank's y) for each part of a picture; the bank repeats beyond its side."""
    y0, x0 = seed // BANK_SIDE % BANK_SIDE, seed % BANK_SIDE
    y = 0
    while y < height:
        row = (y0 + y) % BANK_SIDE
        rows = min(BANK_SIDE - row, height - y)
        x = 0
        while x < width:
            column = (x0 + x) % BANK_SIDE
            columns = min(BANK_SIDE - column, width - x)
            yield x, y, columns, rows, column, row
            x += columns
        y += rows


def grain_window(seed: int, width: int, height: int) -> NDArray[np.float32]:
    """(height, width, 3) noise of mean 0 and standard deviation 1."""
    out = np.zeros((height, width * 3), np.float32)
    for x, y, columns, rows, column, row in _tiles(seed, width, height):
        piece = grain_bank()[row : row + rows, 3 * column : 3 * (column + columns)]
        out[y : y + rows, 3 * x : 3 * (x + columns)] = piece
    return (out / np.float32(STEPS)).reshape(height, width, 3)


@compiled
def _add(picture: Image, bank: Signed, tile: Tile, signal_variance: np.float32, fixed_variance: np.float32) -> None:
    """Adds noise of variance `signal_variance * value + fixed_variance`, in units of the bank's steps, in place."""
    x, y, columns, rows, column, row = tile
    low, high, half = np.float32(0.0), np.float32(255.0), np.float32(0.5)
    for i in range(rows):
        values, grain = picture[y + i, 3 * x : 3 * (x + columns)], bank[row + i, 3 * column : 3 * (column + columns)]
        for j in range(values.size):
            value = np.float32(values[j])
            deviation = np.sqrt(signal_variance * value + fixed_variance)
            values[j] = np.uint8(min(max(value + deviation * np.float32(grain[j]) + half, low), high))


def add_grain(picture: Image, seed: int, *, shot: float = 0.0, read: float = 0.0, grey: bool = False) -> None:
    """Adds sensor noise to a picture in place.

    Args:
        picture: (h, w, 3), contiguous, written to.
        seed: chooses the window of the bank.
        shot: standard deviation at mid-grey; it grows with the root of the signal.
        read: standard deviation everywhere.
        grey: the picture has no colour, and so has its noise.
    """
    height, width = picture.shape[:2]
    flat = picture.reshape(height, 3 * width)
    shot_variance, read_variance = np.float32((shot / STEPS) ** 2 / MID_GREY), np.float32((read / STEPS) ** 2)
    for tile in _tiles(seed, width, height):
        _add(flat, grain_bank(), tile, shot_variance, read_variance)
    if grey:
        cv2.cvtColor(cv2.extractChannel(picture, 0), cv2.COLOR_GRAY2RGB, dst=picture)
