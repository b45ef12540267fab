"""Pastes that are no tag and get no label, with the same postures, places and blends as tags."""

from __future__ import annotations

import math

import numpy as np

from synth.geometry.boxes import Box, bounding_box, box_area, intersect
from synth.geometry.homography import rotation_deg, translation
from synth.scene.deck import Hand, Weighted
from synth.scene.fitting import sample_fit
from synth.scene.placement import Posture, Site, as_matrix9, fits, sample_centre, sample_posture
from synth.scene.recipe import Recipe
from synth.scene.spec import XY, Blend, BlobLayer, Layer, PatchLayer, TagLayer

TRIES = 10
Found = tuple[Layer, Box]


def sample_negative(
    rng: np.random.Generator, recipe: Recipe, hand: Hand, site: Site, blend: Blend, taken: list[Box]
) -> Found | None:
    """One negative paste and its box; None if there is no room or no material for it."""
    weights = recipe.negatives.kinds
    kind = Weighted.of(tuple(weights), tuple(weights.values())).sample_one(rng)
    night = site.photo is not None and site.photo.infrared
    tags = hand.tags if night or not hand.colour_tags else hand.colour_tags
    if not tags:
        return None
    model = tags.sample_one(rng)
    for _ in range(TRIES):
        cutting = hand.distractors.sample_one(rng) if kind == "distractor" and hand.distractors else model
        posture = sample_posture(rng, recipe.placement, cutting)
        centre = sample_centre(rng, recipe.placement.where, site, posture, None)
        if centre is None:
            continue
        matrix, box = posture.at(*centre)
        if not fits(box, taken, 0.0):
            continue
        if kind == "patch":
            return _sample_patch(rng, hand, site, posture, centre, blend)
        if kind == "distractor" and not hand.distractors:
            return _sample_blob(rng, site, posture, centre, blend)
        fit = sample_fit(rng, recipe.fit, site, cutting, matrix, centre)
        grey = night and not cutting.infrared
        blank = kind == "blank"
        layer = TagLayer(tag=cutting.id, matrix=matrix, blend=blend, grey=grey, blank=blank, labelled=False, **fit)
        return layer, box
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
    rng: np.random.Generator, hand: Hand, site: Site, posture: Posture, centre: tuple[float, float], blend: Blend
) -> Found | None:
    night = site.photo is not None and site.photo.infrared
    photos = [photo for photo in hand.photos if photo.infrared == night]
    if not photos:
        return None
    photo = photos[int(rng.integers(len(photos)))]
    half_w, half_h = posture.width / 2, posture.height / 2
    turn = math.radians(rng.uniform(-20.0, 20.0))
    if photo.width <= 2 * half_w or photo.height <= 2 * half_h:
        return None
    x, y = rng.uniform(half_w, photo.width - half_w), rng.uniform(half_h, photo.height - half_h)
    source = (x - half_w, y - half_h, x + half_w, y + half_h)
    if any(box_area(intersect(source, label.box)) > 0 for label in photo.annotations):
        return None
    matrix = translation(*centre) @ rotation_deg(math.degrees(turn)) @ translation(-x, -y)
    outline = sample_outline(rng, source)
    reach = max(half_w, half_h) * (abs(math.cos(turn)) + abs(math.sin(turn)))
    box = (centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
    return PatchLayer(photo.id, tuple(outline), as_matrix9(matrix), blend), box


def _sample_blob(
    rng: np.random.Generator, site: Site, posture: Posture, centre: tuple[float, float], blend: Blend
) -> Found:
    _, box = posture.at(*centre)
    outline = sample_outline(rng, box, corners=int(rng.integers(5, 18)), roughness=0.25)
    light = site.light_at(*centre) or 128.0
    base = float(np.clip(light * rng.uniform(0.6, 2.0), 15, 245))
    cast = 0.0 if site.photo is not None and site.photo.infrared else 18.0
    red, green, blue = (int(np.clip(base + rng.normal(0, cast), 0, 255)) for _ in range(3))
    shading = (round(rng.uniform(0.6, 1.0), 3), round(rng.uniform(1.0, 1.3), 3))
    layer = BlobLayer(tuple(outline), (red, green, blue), shading, round(rng.uniform(0, 360), 1), blend)
    return layer, bounding_box(outline)
