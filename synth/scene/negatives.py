"""Pastes that are no tag and get no label, with the same postures, places and blends as tags."""

from __future__ import annotations

import math

import numpy as np

from synth.banks.records import PhotoRecord
from synth.geometry.boxes import Box, bounding_box, box_area, intersect
from synth.geometry.homography import rotation_deg, translation
from synth.scene.candidates import Candidate, sample_scale
from synth.scene.crops import usable_part
from synth.scene.deck import Hand, weighted
from synth.scene.fitting import sample_fit, scale_at
from synth.scene.placement import (
    Posture,
    Site,
    as_matrix9,
    fits,
    light_in,
    luma,
    sample_centre,
    sample_posture,
)
from synth.scene.recipe import Recipe
from synth.scene.spec import XY, Blend, BlobLayer, Layer, PatchLayer
from synth.scene.stock import Stock

TRIES = 10
SOURCES = 24
SAME_PHOTO_SHARE = 0.8
NEAR_SHARE = 0.7
NEAR_SIZES = 1.5
UNTURNED_SHARE = 0.7
"""Patches moved by whole pixels, not turned: their grain is the photo's own, and only the seam is left to be seen."""
Found = tuple[Layer, Box]


def sample_negative(
    rng: np.random.Generator, stock: Stock, hand: Hand, split: str, site: Site, blend: Blend, taken: list[Box]
) -> Found | None:
    """One negative paste and its box; None if there is no room or no material for it."""
    recipe = stock.recipe
    weights = recipe.negatives.kinds
    kind = weighted(weights).sample_one(rng)
    model: Candidate = stock.sample(rng, hand, split, site, 0, blank=True)
    for _ in range(TRIES):
        if kind == "distractor" and hand.distractors:
            model = stock.distractor(hand.distractors.sample_one(rng))
        scale = sample_scale(rng, model)
        posture = sample_posture(rng, recipe.placement, model.extent, scale)
        centre = sample_centre(rng, recipe.placement.where, site, posture, None)
        if centre is None:
            continue
        matrix, box = posture.at(*centre)
        if not fits(box, taken, 0.0):
            continue
        if kind == "patch":
            return _sample_patch(rng, hand, site, posture, centre, blend, recipe)
        if kind == "distractor" and not hand.distractors:
            return _sample_blob(rng, site, posture, centre, blend)
        enlarged = scale_at(as_matrix9(matrix), *centre)
        fit = sample_fit(rng, recipe.fit, site, model.source(enlarged), enlarged, centre)
        return model.layer(matrix, blend, fit, grey=site.is_infrared, context_px=0.0), box
    return None


def sample_outline(rng: np.random.Generator, box: Box, corners: int = 16, roughness: float = 0.08) -> list[XY]:
    """A rounded, slightly irregular outline that fills a box: a superellipse between a disc and a rectangle."""
    cx, cy, a, b = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    power = rng.uniform(2.0, 7.0)
    points: list[XY] = []
    for k in range(corners):
        t = 2 * math.pi * k / corners
        c, s = math.cos(t), math.sin(t)
        r = (abs(c) ** power + abs(s) ** power) ** (-1 / power) * (1.0 - roughness * rng.random())
        points.append((round(cx + a * r * c, 2), round(cy + b * r * s, 2)))
    return points


def _sample_patch(
    rng: np.random.Generator,
    hand: Hand,
    site: Site,
    posture: Posture,
    centre: tuple[float, float],
    blend: Blend,
    recipe: Recipe,
) -> Found | None:
    photos = [photo for photo in hand.photos if site.is_infrared or not photo.infrared]
    same = site.photo is not None and rng.random() < SAME_PHOTO_SHARE
    photo = site.photo if same else photos[int(rng.integers(len(photos)))] if photos else None
    half_w, half_h = posture.width / 2, posture.height / 2
    turn = rng.uniform(-20.0, 20.0)
    strength = rng.uniform(*recipe.fit.light_range)
    if photo is None or photo.width <= 2 * half_w or photo.height <= 2 * half_h:
        return None
    near = same and rng.random() < NEAR_SHARE
    found = _sample_source(rng, photo, (half_w, half_h), site, centre, near=near)
    if found is None:
        return None
    x, y, gain = found
    if rng.random() < UNTURNED_SHARE:
        turn, x, y = 0.0, centre[0] + round(x - centre[0]), centre[1] + round(y - centre[1])
    matrix = translation(*centre) @ rotation_deg(turn) @ translation(-x, -y)
    outline = sample_outline(rng, (x - half_w, y - half_h, x + half_w, y + half_h))
    reach = max(half_w, half_h) * (abs(math.cos(math.radians(turn))) + abs(math.sin(math.radians(turn))))
    box = (centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
    level = round(gain**strength, 4)
    layer = PatchLayer(
        photo.id, tuple(outline), as_matrix9(matrix), blend, (level, level, level), grey=site.is_infrared
    )
    return layer, box


def _sample_source(
    rng: np.random.Generator,
    photo: PhotoRecord,
    half: tuple[float, float],
    site: Site,
    centre: tuple[float, float],
    *,
    near: bool,
) -> tuple[float, float, float] | None:
    """Centre of a piece of a photo that is free of hand labels and about as bright as its new place, and the gain that
    makes it so; `near` its new place, where the photo's texture is most alike, if asked for.
    """
    light = site.light_at(*centre)
    u0, v0 = site.in_photo(*centre)
    reach = NEAR_SIZES * 2 * max(half)
    left, top, right, bottom = usable_part(photo, site.area)
    low_x, high_x, low_y, high_y = left + half[0], right - half[0], top + half[1], bottom - half[1]
    if near:
        low_x, high_x = max(low_x, u0 * photo.width - reach), min(high_x, u0 * photo.width + reach)
        low_y, high_y = max(low_y, v0 * photo.height - reach), min(high_y, v0 * photo.height + reach)
    if low_x >= high_x or low_y >= high_y:
        return None
    best: tuple[float, float, float, float] | None = None
    for u, v in rng.random((SOURCES, 2)).tolist():
        x, y = low_x + u * (high_x - low_x), low_y + v * (high_y - low_y)
        source = (x - half[0], y - half[1], x + half[0], y + half[1])
        if any(box_area(intersect(source, label.box)) > 0 for label in photo.annotations):
            continue
        own = light_in(photo, x / photo.width, y / photo.height)
        wanted = own if light is None else light
        misfit = abs(own - wanted)
        if best is None or misfit < best[0]:
            best = (misfit, x, y, min(max((wanted + 8.0) / (own + 8.0), 0.5), 2.0))
    return None if best is None else best[1:]


def _sample_blob(
    rng: np.random.Generator, site: Site, posture: Posture, centre: tuple[float, float], blend: Blend
) -> Found:
    _, box = posture.at(*centre)
    outline = sample_outline(rng, box, corners=int(rng.integers(5, 18)), roughness=0.25)
    light = site.light_at(*centre)
    base = float(np.clip((128.0 if light is None else light) * rng.uniform(0.6, 2.0), 15, 245))
    palette = site.photo.palette if site.photo is not None else ((128, 128, 128),)
    colour = palette[int(rng.integers(len(palette)))]
    if site.is_infrared:
        colour = (round(luma(colour)),) * 3
    red, green, blue = (int(np.clip(channel * base / max(luma(colour), 1.0), 0, 255)) for channel in colour)
    layer = BlobLayer(
        outline=tuple(outline),
        colour=(red, green, blue),
        shading=(round(rng.uniform(0.6, 1.0), 3), round(rng.uniform(1.0, 1.3), 3)),
        shading_deg=round(rng.uniform(0, 360), 1),
        blend=blend,
        noise=site.photo.noise if site.photo is not None else 0.0,
        noise_seed=int(rng.integers(1 << 32)),
    )
    return layer, bounding_box(outline)
