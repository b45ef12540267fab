"""Where a bird stands: shade round a foot, its toes, grass before it. All of it paints into (h, w, 3) float32 RGB."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.serials.bird_legs import Leg


def shade_ground(canvas: NDArray[np.float32], foot: tuple[float, float], diameter: float) -> None:
    """Darkens the ground round a foot."""
    rows, columns = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]].astype(np.float32)
    far = ((columns - foot[0]) / (1.1 * diameter)) ** 2 + ((rows - foot[1]) / (0.38 * diameter)) ** 2
    canvas *= (1 - 0.5 * np.exp(-far))[:, :, None]


def paint_toes(canvas: NDArray[np.float32], foot: tuple[float, float], leg: Leg, light: NDArray[np.float64]) -> None:
    """Three toes, foreshortened."""
    colour = np.asarray(leg.colour) * light * 0.62
    half = 0.5 * leg.thickness * leg.diameter_px
    for direction, length in ((200.0, 1.0), (270.0, 0.75), (335.0, 1.05)):
        a = math.radians(direction)
        reach = length * leg.diameter_px
        tip = (foot[0] + 1.5 * reach * math.cos(a), foot[1] - 0.55 * reach * math.sin(a))
        start = (foot[0], foot[1] - 0.3 * half)
        middle = ((start[0] + tip[0]) / 2, (start[1] + tip[1]) / 2 - 0.2 * half)
        _paint_blade(canvas, [start, middle, tip], half, colour)


def paint_grass(
    canvas: NDArray[np.float32],
    ground: NDArray[np.float32],
    foot: tuple[float, float],
    diameter: float,
    rng: np.random.Generator,
) -> None:
    """Blades before a foot, in the colours of the ground that they grow from."""
    height, width = canvas.shape[:2]
    for _ in range(46):
        x = foot[0] + float(rng.normal(0, 0.75)) * diameter
        y = min(foot[1] + float(rng.uniform(0.1, 0.75)) * diameter, height - 1.0)
        row = int(np.clip(y + rng.normal(0, 12), 0, height - 1))
        source = ground[row, int(np.clip(x + rng.normal(0, 30), 0, width - 1))]
        tall, sway = float(rng.uniform(0.4, 1.3)) * diameter, float(rng.normal(0, 0.3)) * diameter
        points = [(x, y), (x + 0.2 * sway, y - 0.6 * tall), (x + sway, y - tall)]
        shade = float(rng.uniform(0.75, 1.3))
        _paint_blade(canvas, points, float(rng.uniform(1.2, 3.2)), source.astype(np.float64) * shade)


def _paint_blade(
    canvas: NDArray[np.float32], points: list[tuple[float, float]], half_width: float, colour: NDArray[np.float64]
) -> None:
    """A tapered band along a quadratic curve through start, control and end."""
    t = np.linspace(0, 1, 14)[:, None]
    start, control, end = (np.asarray(point, np.float64) for point in points)
    middle = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    along = np.gradient(middle, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    width = half_width * (1 - 0.85 * t)
    outline = np.concatenate([middle + normal * width, (middle - normal * width)[::-1]])
    low = np.floor(outline.min(axis=0)).astype(int) - 3
    high = np.ceil(outline.max(axis=0)).astype(int) + 4
    low, high = np.maximum(low, 0), np.minimum(high, (canvas.shape[1], canvas.shape[0]))
    if (low >= high).any():
        return
    mask = np.zeros((4 * (high[1] - low[1]), 4 * (high[0] - low[0])), np.uint8)
    cv2.fillPoly(mask, [np.rint((outline - low) * 4 * 16).astype(np.int32)], (255,), shift=4)
    small = cv2.resize(mask, (int(high[0] - low[0]), int(high[1] - low[1])), interpolation=cv2.INTER_AREA)
    alpha = cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), 0.7)[:, :, None]
    region = canvas[low[1] : high[1], low[0] : high[0]]
    region *= 1 - alpha
    region += alpha * colour.astype(np.float32)
