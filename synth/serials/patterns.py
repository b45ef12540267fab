"""Patterns that lie on a surface: patches, streaks, scratches, as functions of a point in millimetres and a seed.

Value noise on an integer lattice, hashed: there is no state, so a part of a tag has the same pattern as the whole, and
it turns with the surface. What is finer than a pixel fades to its mean instead of flickering.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from synth.native import compiled

Sites = NDArray[np.float32]
Pair = tuple[float, float]
Turn = tuple[float, float]
FADING = 0.6
"""Strength of an octave, in that of the one before."""
LATTICE_SD = 0.2144
"""Standard deviation of value noise with a smooth step between lattice points."""
COARSE = np.float32(1.5)
"""Width of a pixel, in cells, in which nothing is left of an octave."""
UNIT = 2.0**-24
ZERO, HALF, ONE, TWO, THREE = (np.float32(value) for value in (0.0, 0.5, 1.0, 2.0, 3.0))
_ACROSS, _DOWN = np.uint32(0x8DA6B343), np.uint32(0xD8163841)


@compiled
def _mixed(h: np.uint32) -> np.uint32:
    """A number of 32 bits of which each depends on every bit of another."""
    h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(16))) * np.uint32(0x7FEB352D))
    h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(h ^ np.uint32(h >> np.uint32(16)))


@compiled
def _hash(column: np.uint32, row: np.uint32) -> np.float32:
    """A whole number in [0, 2^24) for each lattice point, given by its coordinates times `_ACROSS` and `_DOWN`."""
    return np.float32(np.int32(_mixed(np.uint32(column ^ row)) >> np.uint32(8)))


@compiled
def _number(n: int, which: int, seed: int) -> float:
    """One of several numbers in [0, 1) of the n-th thing."""
    column, row = np.uint32(np.uint32(n) * _ACROSS), np.uint32(np.uint32(np.uint32(which) * _DOWN) ^ np.uint32(seed))
    return float(_hash(column, row)) * UNIT


@compiled
def _add_octave(
    x: Sites, y: Sites, pixel: Sites, turn: tuple[np.float32, np.float32], strength: np.float32, fade: np.float32,
    stretch: np.float32, seed: np.uint32, out: Sites,
) -> None:  # fmt: skip
    """Adds one octave of value noise: smooth, of mean 0, one lattice point per cell; it fades in coarse pixels.

    Free of branches and of float64, so that eight pixels are done at a time.
    """
    step = np.float32(UNIT)
    for k in range(x.size):
        p, q = x[k] * turn[0] + y[k] * turn[1], (y[k] * turn[0] - x[k] * turn[1]) * stretch
        column, row = np.floor(p), np.floor(q)
        i, j = np.int32(column), np.int32(row)
        left, right = np.uint32(np.uint32(i) * _ACROSS), np.uint32(np.uint32(i + np.int32(1)) * _ACROSS)
        upper = np.uint32(np.uint32(np.uint32(j) * _DOWN) ^ seed)
        lower = np.uint32(np.uint32(np.uint32(j + np.int32(1)) * _DOWN) ^ seed)
        a, b, c, d = _hash(left, upper), _hash(right, upper), _hash(left, lower), _hash(right, lower)
        p, q = p - column, q - row
        p, q = p * p * (THREE - TWO * p), q * q * (THREE - TWO * q)
        above, below = a + (b - a) * p, c + (d - c) * p
        seen = min(max(COARSE - pixel[k] * fade, ZERO), ONE)
        out[k] += strength * seen * ((above + (below - above) * q) * step - HALF)


@compiled
def _noise(x: Sites, y: Sites, pixel: Sites, finest: float, turn: Turn, cells: Pair, count: int, seed: int) -> Sites:
    """Octaves of noise, each half as large as the one before: mean 0, standard deviation 1 where pixels are fine.

    `finest` is the width of the smallest pixel: no octave is done that none of them shows.
    """
    out = np.zeros(x.size, np.float32)
    whole, strength, scale = 0.0, 1.0, 1.0
    for _ in range(count):
        whole += strength * strength
        strength *= FADING
    strength = 1.0 / (LATTICE_SD * math.sqrt(whole))
    for k in range(count):
        per_x, per_y = 1.0 / (cells[0] * scale), 1.0 / (cells[1] * scale)
        if finest * per_y < COARSE:
            _add_octave(
                x, y, pixel, (np.float32(turn[0] * per_x), np.float32(turn[1] * per_x)), np.float32(strength),
                np.float32(per_y), np.float32(per_y / per_x), np.uint32(seed + k * 0x9E3779B1), out,
            )  # fmt: skip
        strength *= FADING
        scale *= 0.5
        if cells[0] == cells[1]:
            # the axes of one lattice would show
            turn = (0.8 * turn[0] - 0.6 * turn[1], 0.6 * turn[0] + 0.8 * turn[1])
    return out


@compiled
def _kept(pixel: Sites, cell: float, count: int) -> Sites:
    """Share of the variance of the octaves that is left in pixels of some size."""
    out = np.zeros(pixel.size, np.float32)
    whole, strength = 0.0, 1.0
    for _ in range(count):
        whole += strength
        strength *= FADING * FADING
    strength = 1.0 / whole
    for _ in range(count):
        fade, share = np.float32(1.0 / cell), np.float32(strength)
        for k in range(pixel.size):
            seen = min(max(COARSE - pixel[k] * fade, ZERO), ONE)
            out[k] += share * seen * seen
        strength *= FADING * FADING
        cell *= 0.5
    return out


def _finest(pixel: Sites) -> float:
    return float(pixel.min(initial=math.inf))


def grain(u: Sites, v: Sites, pixel: Sites, cells_mm: tuple[float, float], deg: float, count: int, seed: int) -> Sites:
    """(n,) noise of mean 0 and standard deviation 1, less where pixels are coarse.

    Args:
        u: (n,) float32 place on the surface, mm.
        v: (n,) likewise.
        pixel: (n,) float32 width of a pixel there, mm.
        cells_mm: size of the largest patches along `deg` and across.
        deg: direction, 0 = towards the top.
        count: octaves.
        seed: of the pattern.
    """
    turn = math.radians(deg)
    return _noise(u, v, pixel, _finest(pixel), (-math.sin(turn), -math.cos(turn)), cells_mm, count, seed & 0xFFFFFFFF)


@compiled
def _patches(
    u: Sites, v: Sites, pixel: Sites, finest: float, bias: Sites, cell: float, count: int, level: float, soft: float,
    seed: int,
) -> Sites:  # fmt: skip
    noise = _noise(u, v, pixel, finest, (0.8, 0.6), (cell, cell), count, seed)
    kept = _kept(pixel, cell, count)
    edge, start, per = np.float32(soft * soft), np.float32(level), np.float32(1.0 / 3.4641)
    for k in range(u.size):
        spread = np.sqrt(edge + max(ONE - kept[k], ZERO))
        noise[k] = min(max(HALF + np.divide((noise[k] + bias[k] - start) * per, spread), ZERO), ONE)
    return noise


def patches(
    u: Sites,
    v: Sites,
    pixel: Sites,
    share: float,
    *,
    cell_mm: float,
    count: int,
    soft: float,
    seed: int,
    bias: Sites,
) -> Sites:
    """(n,) patches in [0, 1] that cover about `share` of the surface, also where a pixel holds many of them.

    Args:
        u: (n,) float32 place on the surface, mm.
        v: (n,) likewise.
        pixel: (n,) float32 width of a pixel there, mm.
        share: of the surface, in [0, 1].
        cell_mm: size of the largest patches.
        count: octaves.
        soft: of their edges, in standard deviations of the noise.
        seed: of the pattern.
        bias: (n,) float32: more where > 0.
    """
    if share <= 0:
        return np.zeros_like(u)
    if share >= 1:
        return np.ones_like(u)
    level = -math.sqrt(1.0 + soft * soft) * NormalDist().inv_cdf(share)
    return _patches(u, v, pixel, _finest(pixel), bias, cell_mm, count, level, soft, seed & 0xFFFFFFFF)


@compiled
def _scratches(u: Sites, v: Sites, pixel: Sites, number: int, half: tuple[float, float], seed: int) -> Sites:
    out = np.zeros(u.size, np.float32)
    reach = math.sqrt(half[0] * half[1])
    for n in range(number):
        turn = 6.283185307 * _number(n, 0, seed)
        x, y = half[0] * (2 * _number(n, 1, seed) - 1), half[1] * (2 * _number(n, 2, seed) - 1)
        length = reach * (0.15 + 0.85 * _number(n, 3, seed) ** 2)
        wide = reach * (0.006 + 0.02 * _number(n, 4, seed) ** 3)
        bow, depth = 0.3 * (_number(n, 5, seed) - 0.5) / length, 0.35 + 0.65 * _number(n, 6, seed)
        _add_scratch(u, v, pixel, (x, y, math.cos(turn), math.sin(turn), 1.0 / length, wide, bow, depth), out)
    return out


@compiled
def _add_scratch(u: Sites, v: Sites, pixel: Sites, line: tuple[float, ...], out: Sites) -> None:
    x, y, c, s = np.float32(line[0]), np.float32(line[1]), np.float32(line[2]), np.float32(line[3])
    per_length, wide = np.float32(line[4]), np.float32(line[5])
    bow, depth = np.float32(line[6]), np.float32(line[7])
    for k in range(u.size):
        du, dv = u[k] - x, v[k] - y
        along = du * c + dv * s
        away = abs(dv * c - du * s - bow * along * along)
        per = np.divide(ONE, pixel[k])
        shown = max(min(HALF + (HALF * wide - away) * per, min(wide * per, ONE)), ZERO)
        out[k] = max(out[k], depth * shown * max(min(THREE * (ONE - abs(along) * per_length), ONE), ZERO))


def scratches(u: Sites, v: Sites, pixel: Sites, number: int, half_mm: tuple[float, float], seed: int) -> Sites:
    """(n,) depth in [0, 1] of a number of thin, slightly bent lines on a surface of twice `half_mm`."""
    return _scratches(u, v, pixel, number, half_mm, seed & 0xFFFFFFFF)
