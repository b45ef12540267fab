"""Fitting a cut-out to its new place: light, tint, sharpness and grain, decided from measurements of both photos."""

from __future__ import annotations

import math
from typing import Protocol, TypedDict

import numpy as np

from synth.scene.paste_recipe import Fit
from synth.scene.placement import Site
from synth.scene.spec import Matrix9
from synth.streams import sample_uniform

RESAMPLED_GRAIN = 0.75
"""What bilinear interpolation leaves of grain, on average over the places between pixels."""
GAIN_LIMITS = (0.3, 2.5)
BRIGHTEST = 250.0


class Source(Protocol):
    """What is known about the pixels that are fitted; fields as of `synth.banks.records.TagRecord`."""

    @property
    def brightness(self) -> float:
        """Mean luma of the surroundings in which they look as they do."""

    @property
    def tag_brightness(self) -> float:
        """Their own mean luma."""

    @property
    def contrast(self) -> float:
        """Spread of their luma."""

    @property
    def sharpness_px(self) -> float:
        """Sigma of their blur, in their own px."""

    @property
    def noise(self) -> float:
        """Standard deviation of their grain."""

    @property
    def cast(self) -> tuple[float, float]:
        """Red and blue of the surroundings against their luma."""


class FitValues(TypedDict):
    """The fields of a `TagLayer` or `SerialLayer` that are decided here."""

    gain: tuple[float, float, float]
    offset: tuple[float, float, float]
    blur_px: float
    noise: float
    noise_seed: int


def scale_at(matrix: Matrix9, x: float, y: float) -> float:
    """Local enlargement of a homography (root of its Jacobian's determinant) at the asset point that maps to (x, y)."""
    a, b, c, d, e, f, g, h, i = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    # the last row of the inverse, times (x, y, 1), is 1 / the homography's denominator there
    inverse_w = ((d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d)) / determinant
    return math.sqrt(abs(determinant) * abs(inverse_w) ** 3)


def sample_fit(
    rng: np.random.Generator, fit: Fit, site: Site, tag: Source, scale: float, centre: tuple[float, float]
) -> FitValues:
    """Gain, blur and grain for one paste.

    The brightness follows the light of the site relative to the context that the tag was cut from, raised to a drawn
    power; a tag is never pushed beyond white. Blur adds in quadrature: what the photo has more than the shrunken tag.
    `scale` is the enlargement of the tag's pixels at its centre.
    """
    strength = sample_uniform(rng, fit.light_range)
    takes_cast = sample_uniform(rng, fit.cast_range)
    tint = sample_uniform(rng, fit.tint_range)
    casts = rng.standard_normal(3).tolist()
    seed = int(rng.integers(1 << 32))
    light = site.light_at(*centre)
    gain = 1.0
    if light is not None:
        gain = ((light + 8.0) / (tag.brightness + 8.0)) ** strength
        top = max(GAIN_LIMITS[0], BRIGHTEST / max(tag.tag_brightness + tag.contrast / 2, 1.0))
        gain = min(max(gain, GAIN_LIMITS[0]), GAIN_LIMITS[1], top)
    r, g, b = (round(float(gain * (1.0 + tint * cast)), 4) for cast in casts)
    blur, noise = 0.0, 0.0
    if site.photo is not None:
        own = tag.sharpness_px * scale
        if fit.sharpness and site.photo.sharpness_px > own:
            blur = math.sqrt(site.photo.sharpness_px**2 - own**2)
        own_noise = tag.noise * gain * min(1.0, scale) * RESAMPLED_GRAIN if blur < 0.3 else 0.0
        if fit.noise and site.photo.noise > own_noise:
            noise = math.sqrt(site.photo.noise**2 - own_noise**2)
    offset = _cast_offset(site, tag, centre, takes_cast)
    return FitValues(gain=(r, g, b), offset=offset, blur_px=round(blur, 3), noise=round(noise, 3), noise_seed=seed)


def _cast_offset(site: Site, tag: Source, centre: tuple[float, float], share: float) -> tuple[float, float, float]:
    """Offsets of red, green and blue that carry a share of the site's colour cast over and leave the luma as it is."""
    cast = site.cast_at(*centre)
    if cast is None or share == 0.0 or site.is_infrared:
        return (0.0, 0.0, 0.0)
    red, blue = (share * (there - own) for there, own in zip(cast, tag.cast, strict=True))
    green = -(0.299 * red + 0.114 * blue) / 0.587
    return (round(red, 2), round(green, 2), round(blue, 2))
