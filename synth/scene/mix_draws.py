"""What each picture of one rendering has of its own: the mix of its lamps' light, its exposure, its fit to a photo."""

from __future__ import annotations

import math
from typing import TypedDict

import numpy as np

from synth.scene.placement import Site, luma
from synth.scene.ranges import KeyRange
from synth.scene.render_recipe import Render
from synth.scene.stage import LinearColour, Stage
from synth.streams import sample_uniform

GROUPS = 8
RENDER_BLUR_PX = 0.45
"""Sigma of a rendered picture's own pixel filter."""
CAST_LIMITS = (0.6, 1.6)
DARKEST, BRIGHTEST = 0.03, 0.7
USUAL_REFLECTANCE, REFLECTANCES = 0.45, (0.06, 1.8)
"""Of a light grey tag; and how far others may be from it."""
GAMMA = 2.2


class Development(TypedDict):
    """The fields of a `RenderLayer` that are decided here."""

    mix: tuple[LinearColour, ...]
    key: float
    toe: float
    fit_gain: tuple[float, float, float]
    blur_px: float


def sample_development(
    rng: np.random.Generator, render: Render, key_range: KeyRange, stage: Stage, site: Site | None
) -> Development:
    """How one picture of a stage is developed.

    Args:
        rng: draws it.
        render: says how far.
        key_range: of the scene's subject.
        stage: its light groups.
        site: the photo below a layer.
    """
    draws = rng.random((GROUPS, 2)).tolist()
    low, high = (math.log(key) for key in key_range)
    key, share = math.exp(sample_uniform(rng, (low, high))), sample_uniform(rng, render.photo_fit_range)
    toe = sample_uniform(rng, render.toe_range)
    mix: tuple[LinearColour, ...] = ()
    if render.images_per_render > 1 and render.scene is None:
        groups = 1 + max([lamp.group for lamp in stage.lamps] + [stage.environment.group])
        mix = tuple(_gain(render, stops, tint) for stops, tint in draws[:groups])
    gain, blur = (1.0, 1.0, 1.0), 0.0
    if site is not None and site.photo is not None:
        key, gain = _in_light_of(site, key, share)
        blur = math.sqrt(max(site.photo.sharpness_px**2 - RENDER_BLUR_PX**2, 0.0))
    key = min(key * _reflectance(stage), max(key, BRIGHTEST))
    return Development(mix=mix, key=round(key, 4), toe=round(toe, 4), fit_gain=gain, blur_px=round(blur, 3))


def _reflectance(stage: Stage) -> float:
    """How much brighter the first subject's tag is than a usual one: a black ring is not exposed until it is grey."""
    tags = [thing.serial for thing in stage.things if thing.role == "subject" and thing.serial is not None]
    if not tags:
        return 1.0
    bottom, top = REFLECTANCES
    light: float = (luma(tags[0].material.colour) / 255) ** GAMMA
    return min(max(light / USUAL_REFLECTANCE, bottom), top)


def _gain(render: Render, stops: float, tint: float) -> LinearColour:
    low, high = render.mix_range_stops
    least, most = render.mix_tint_range
    strength = 2.0 ** (low + (high - low) * stops)
    side = 2 * tint - 1
    way = math.copysign(least + (most - least) * abs(side), side)
    return round(strength * (1 + way), 4), round(strength, 4), round(strength * (1 - way), 4)


def _in_light_of(site: Site, key: float, share: float) -> tuple[float, tuple[float, float, float]]:
    """The key between the drawn one and the photo's brightness, and gains that take over its cast."""
    middle = site.width / 2, site.height / 2
    luma = site.light_at(*middle)
    if luma is None:
        return key, (1.0, 1.0, 1.0)
    seen = min(max((luma / 255) ** GAMMA, DARKEST), BRIGHTEST)
    cast = site.cast_at(*middle) or (0.0, 0.0)
    bottom, top = CAST_LIMITS
    red, blue = (
        min(max(((luma + 8 + value) / (luma + 8)), bottom), top) ** (GAMMA * share) if luma + 8 + value > 0 else bottom
        for value in cast
    )
    return key ** (1 - share) * seen**share, (round(red, 4), 1.0, round(blue, 4))
