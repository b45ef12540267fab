"""A disc without direction, turned by any angle, must show no trace of the angle.

Discs with random rings and noise in every pixel are cropped at known turns. What could give a turn away is measured on
each crop: how much detail runs in which direction, how the strength of detail is distributed over the crop in which
directions (resampling leaves lattices of blur), and the rim. Ridge regression then learns, from half of the crops, the
turn (period 360 degrees) and the turn of a square grid (period 90 degrees), and is asked about the other half. The same
judge must find the turn in crops that are resampled carelessly: it sees traces where there are any.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synth.cropping.turning import Ground, turned_disc
from synth.geometry.homography import Matrix, rotation_deg, scaling, to_pixel_index, translation
from synth.streams import stream

SIDE = 64
COUNT = 400
CHANCE = 0.001
"""How often a judge that knows nothing may seem to know something."""


def symmetric_picture(rng: np.random.Generator, side: int, jpeg: int | None, noise: float = 12.0) -> np.ndarray:
    """Rings of random widths and colours round the middle, noise in every pixel; perhaps through a JPEG."""
    rows, columns = np.mgrid[:side, :side] + 0.5 - side / 2
    distance = np.hypot(rows, columns)
    phases, lengths = rng.uniform(0, 6, 3), rng.uniform(5, 25, 3)
    rings = [120 + 50 * np.sin(distance / length + phase) for phase, length in zip(phases, lengths, strict=True)]
    noisy = np.stack(rings, axis=-1) + noise * rng.standard_normal((side, side, 3))
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    if jpeg is not None:
        coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1]
        pixels = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return pixels


def through_jpeg(crop: np.ndarray) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 95])[1], cv2.IMREAD_COLOR)


def facts(crop: np.ndarray) -> np.ndarray:
    """What may tell the turn of a crop."""
    grey = crop.astype(np.float64).mean(axis=-1)
    side = len(grey)
    rows, columns = np.mgrid[:side, :side] + 0.5 - side / 2
    distance = np.hypot(rows, columns)
    inside = distance < 0.4 * side
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.5)
    detail = (grey - smooth) * inside
    found = [directions(np.abs(np.fft.fftshift(np.fft.fft2(detail))) ** 2)]
    strength = (detail**2 - (detail**2)[inside].mean()) * inside
    found.append(directions(np.abs(np.fft.fftshift(np.fft.fft2(strength))) ** 2))
    dy, dx = np.gradient(grey)
    turned = np.arctan2(dy, dx)
    for period in (1, 2, 4):
        weights = np.hypot(dx, dy) * inside
        found.append(moments(turned, weights, period))
    rim = (distance > 0.42 * side) & (distance < 0.48 * side)
    around = np.arctan2(rows, columns)
    for values in (grey, np.abs(grey - smooth)):
        for period in (1, 2, 4, 8):
            found.append(moments(around[rim], values[rim] - values[rim].mean(), period))
            found.append(moments(around[inside], values[inside] - values[inside].mean(), period))
    return np.concatenate(found)


def moments(angle: np.ndarray, weight: np.ndarray, period: int) -> np.ndarray:
    total = np.abs(weight).sum() + 1e-9
    return np.array([(weight * f(period * angle)).sum() / total for f in (np.cos, np.sin)])


def directions(power: np.ndarray) -> np.ndarray:
    """Moments of the direction of a spectrum in rings of its frequency; four directions each a quarter apart agree."""
    side = len(power)
    rows, columns = np.mgrid[:side, :side] - side // 2
    frequency, angle = np.hypot(rows, columns) / side, np.arctan2(rows, columns)
    found = []
    for low, high in ((0.05, 0.15), (0.15, 0.25), (0.25, 0.35), (0.35, 0.43), (0.43, 0.5), (0.5, 0.71)):
        ring = (frequency >= low) & (frequency < high)
        logs = np.log(power[ring] + 1e-6)
        found += [moments(angle[ring], logs - logs.mean(), period) for period in (2, 4, 8)]
    return np.concatenate(found)


def knowledge(features: np.ndarray, angles_deg: np.ndarray, period: int, seed: int) -> tuple[float, float]:
    """How well ridge regression foretells an angle on the second half, and what it takes to be better than chance.

    The measure is the mean cosine between foretold and true angle: 0 for a guess, 1 for knowledge. Its bound comes from
    the same foretold angles against true ones in random order.
    """
    scaled = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-9)
    phase = np.radians(angles_deg) * period
    truth = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    half = len(scaled) // 2
    learnt, asked = scaled[:half], scaled[half:]
    kernel = learnt.T @ learnt + 30.0 * np.eye(scaled.shape[1])
    foretold = asked @ np.linalg.solve(kernel, learnt.T @ truth[:half])
    foretold /= np.linalg.norm(foretold, axis=1, keepdims=True)
    rng = stream(seed, 0, "order")
    guessed = [(foretold * truth[half:][rng.permutation(len(asked))]).sum(axis=1).mean() for _ in range(4000)]
    return float((foretold * truth[half:]).sum(axis=1).mean()), float(np.quantile(guessed, 1 - CHANCE))


def careful(pixels: np.ndarray, to_picture: Matrix, shrink: float) -> np.ndarray:
    ground = Ground.of(pixels, pixels.shape[1] / 2, pixels.shape[0] / 2, 1e4, shrink)
    return turned_disc(ground, to_picture, SIDE)


def careless(pixels: np.ndarray, to_picture: Matrix, shrink: float) -> np.ndarray:
    """OpenCV's usual way, cut to the same disc."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpPerspective(pixels, to_pixel_index(to_picture), (SIDE, SIDE), flags=flags)
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    crop[np.hypot(rows, columns) > SIDE / 2] = 127
    return crop


def turned_crops(way, shrink: float, jpeg: int | None, seed: int, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    features, angles = [], []
    for number in range(count):
        rng = stream(seed, number, "symmetric disc")
        pixels = symmetric_picture(rng, int(SIDE * shrink) + 40, jpeg)
        angle_deg = float(rng.integers(8)) * 45 if number % 2 else float(rng.uniform(0, 360))
        middle = len(pixels) / 2 + rng.uniform(-0.5, 0.5, 2)
        to_picture = (
            translation(*middle)
            @ rotation_deg(-angle_deg)
            @ scaling(shrink, shrink)
            @ translation(-SIDE / 2, -SIDE / 2)
        )
        features.append(facts(through_jpeg(way(pixels, to_picture, shrink))))
        angles.append(angle_deg)
    return np.array(features), np.array(angles)


@pytest.mark.parametrize(("shrink", "jpeg"), [(0.6, None), (1.0, 75), (3.4, 95)], ids=lambda value: str(value))
def test_a_symmetric_disc_tells_nothing_of_its_turn(shrink, jpeg):
    features, angles = turned_crops(careful, shrink, jpeg, 1, COUNT if shrink < 2 else COUNT // 2)
    for period in (1, 2, 4):
        known, bound = knowledge(features, angles, period, 2)
        assert known < bound, f"period {360 / period:g} deg: {known:.3f}, chance gives {bound:.3f}"


@pytest.mark.parametrize(("shrink", "jpeg"), [(0.6, None), (1.0, 90)])
def test_the_judge_sees_the_traces_of_careless_crops(shrink, jpeg):
    features, angles = turned_crops(careless, shrink, jpeg, 1, 240)
    known, bound = knowledge(features, angles, 4, 2)
    assert known > 2 * bound
