"""What the camera does to one picture, drawn from a recipe's `camera` section."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from synth.scene.camera_recipe import Camera, RainFall
from synth.scene.recipe import Canvas
from synth.scene.spec import CameraEffects, Rain

REFERENCE_PX = 640.0 * 640.0
DRAWS = 32

Draw = Callable[[tuple[float, float]], float]


def sample_camera(rng: np.random.Generator, camera: Camera, canvas: Canvas) -> CameraEffects:
    """Effects for one picture.

    Every value is drawn whether or not its effect happens, so that changing one share leaves the other draws alone.
    """
    uniform: Iterator[float] = iter(rng.random(DRAWS).tolist())
    if next(uniform) < camera.untouched_share:
        return CameraEffects()

    def happens(share: float) -> bool:
        return next(uniform) < share

    def draw(bounds: tuple[float, float]) -> float:
        return round(bounds[0] + (bounds[1] - bounds[0]) * next(uniform), 4)

    exposed = happens(camera.exposure.share)
    stops, gamma = draw(camera.exposure.stops_range), draw(camera.exposure.gamma_range)
    balanced = happens(camera.white_balance.share)
    red, blue = draw(camera.white_balance.gain_range), draw(camera.white_balance.gain_range)
    dark, vignette = happens(camera.vignette.share), draw(camera.vignette.strength_range)
    soft, radius = happens(camera.defocus.share), draw(camera.defocus.radius_range_px)
    moved, length, direction = happens(camera.motion.share), draw(camera.motion.length_range_px), draw((0.0, 180.0))
    noisy, shot, read = happens(camera.noise.share), draw(camera.noise.shot_range), draw(camera.noise.read_range)
    small, factor = happens(camera.downsample.share), draw(camera.downsample.factor_range)
    infrared, raining = happens(camera.infrared.share), happens(camera.rain.share)
    noise_seed, rain_seed = (int(next(uniform) * (1 << 32)) for _ in range(2))
    rain = _rain(draw, camera.rain, canvas, rain_seed)
    return CameraEffects(
        rain=rain if raining else None,
        defocus_px=radius if soft else 0.0,
        motion_px=length if moved else 0.0,
        motion_deg=direction if moved else 0.0,
        vignette=vignette if dark else 0.0,
        white_balance=(red, 1.0, blue) if balanced else (1.0, 1.0, 1.0),
        exposure=round(2.0**stops, 4) if exposed else 1.0,
        gamma=gamma if exposed else 1.0,
        infrared=infrared,
        shot_noise=shot if noisy else 0.0,
        read_noise=read if noisy else 0.0,
        noise_seed=noise_seed if noisy else 0,
        downsample=factor if small else 1.0,
    )


def _rain(draw: Draw, rain: RainFall, canvas: Canvas, seed: int) -> Rain:
    """Streaks; their count is given for 640x640 px and follows the canvas's area."""
    density = canvas.width_px * canvas.height_px / REFERENCE_PX
    return Rain(
        count=math.ceil(draw(rain.count_range) * density),
        length_px=draw(rain.length_range_px),
        angle_deg=draw(rain.angle_range_deg),
        opacity=draw(rain.opacity_range),
        seed=seed,
    )
