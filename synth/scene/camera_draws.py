"""What the camera does to one picture, drawn from a recipe's `camera` section."""

from __future__ import annotations

import math

import numpy as np

from synth.scene.recipe import Camera, Canvas
from synth.scene.spec import CameraEffects, Rain

REFERENCE_PX = 640.0 * 640.0


def _sample(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return round(float(rng.uniform(*bounds)), 4)


def sample_camera(rng: np.random.Generator, camera: Camera, canvas: Canvas) -> CameraEffects:
    """Effects for one picture; every value is drawn whether or not its effect happens, so that one share leaves the
    others' draws alone. The count of rain streaks is given for 640x640 px and follows the canvas's area.
    """
    happens = rng.random(10)
    stops, gamma = _sample(rng, camera.exposure.stops_range), _sample(rng, camera.exposure.gamma_range)
    red, blue = _sample(rng, camera.white_balance.gain_range), _sample(rng, camera.white_balance.gain_range)
    strength, radius = _sample(rng, camera.vignette.strength_range), _sample(rng, camera.defocus.radius_range_px)
    length, direction = _sample(rng, camera.motion.length_range_px), round(float(rng.uniform(0, 180)), 2)
    shot, read = _sample(rng, camera.noise.shot_range), _sample(rng, camera.noise.read_range)
    noise_seed = int(rng.integers(1 << 32))
    factor = _sample(rng, camera.downsample.factor_range)
    rain = _sample_rain(rng, camera, canvas)
    if happens[0] < camera.untouched_share:
        return CameraEffects()
    exposed, balanced, noisy = (
        happens[1] < camera.exposure.share,
        happens[2] < camera.white_balance.share,
        happens[6] < camera.noise.share,
    )
    return CameraEffects(
        rain=rain if happens[7] < camera.rain.share else None,
        defocus_px=radius if happens[4] < camera.defocus.share else 0.0,
        motion_px=length if happens[5] < camera.motion.share else 0.0,
        motion_deg=direction if happens[5] < camera.motion.share else 0.0,
        vignette=strength if happens[3] < camera.vignette.share else 0.0,
        white_balance=(red, 1.0, blue) if balanced else (1.0, 1.0, 1.0),
        exposure=round(2.0**stops, 4) if exposed else 1.0,
        gamma=gamma if exposed else 1.0,
        infrared=bool(happens[8] < camera.infrared.share),
        shot_noise=shot if noisy else 0.0,
        read_noise=read if noisy else 0.0,
        noise_seed=noise_seed if noisy else 0,
        downsample=factor if happens[9] < camera.downsample.share else 1.0,
    )


def _sample_rain(rng: np.random.Generator, camera: Camera, canvas: Canvas) -> Rain:
    density = canvas.width_px * canvas.height_px / REFERENCE_PX
    return Rain(
        count=math.ceil(_sample(rng, camera.rain.count_range) * density),
        length_px=_sample(rng, camera.rain.length_range_px),
        angle_deg=_sample(rng, camera.rain.angle_range_deg),
        opacity=_sample(rng, camera.rain.opacity_range),
        seed=int(rng.integers(1 << 32)),
    )
