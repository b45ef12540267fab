"""What stands in front: blades of grass and feathers that are drawn, and strips of the same photo."""

from __future__ import annotations

import math

import numpy as np

from synth.geometry.boxes import Box, box_area, intersect
from synth.geometry.homography import translation
from synth.limits import Colour
from synth.scene.crops import usable_part
from synth.scene.deck import weighted
from synth.scene.paste_recipe import Occluders
from synth.scene.placement import Site, as_matrix9, luma
from synth.scene.spec import XY, Blend, Layer, PatchLayer, Stroke, StrokeLayer

TRIES = 12


def sample_occluder(rng: np.random.Generator, occluders: Occluders, site: Site, box: Box) -> Layer | None:
    """Something in front of a box that hides about a drawn share of it; None if the photo has no room for a cutting."""
    kinds = occluders.kinds
    kind = weighted(kinds).sample_one(rng)
    cover = rng.uniform(*occluders.cover_range)
    if kind == "grass":
        return StrokeLayer(_sample_grass(rng, site, box, cover))
    if kind == "feather":
        return StrokeLayer((_sample_feather(rng, site, box, cover),))
    return _sample_cutting(rng, site, box, cover)


def sample_decoy(rng: np.random.Generator, occluders: Occluders, site: Site, tags: list[Box]) -> Layer | None:
    """The same where no tag is, so that an occluder is no evidence of one."""
    side = rng.uniform(24, 110)
    for _ in range(TRIES):
        x, y = rng.uniform(0, max(site.width - side, 1)), rng.uniform(0, max(site.height - side, 1))
        wide = (x - side, y - side, x + 2 * side, y + 2 * side)
        if all(box_area(intersect(wide, tag)) == 0 for tag in tags):
            return sample_occluder(rng, occluders, site, (x, y, x + side, y + side))
    return None


def _sample_colour(rng: np.random.Generator, site: Site, bright: bool) -> Colour:
    palette = site.photo.palette if site.photo is not None else ((96, 104, 62), (150, 138, 96), (70, 76, 48))
    ordered = sorted(palette, key=sum)
    lower, upper = (len(ordered) // 2, len(ordered)) if bright else (len(ordered) // 4, len(ordered))
    chosen = ordered[int(rng.integers(lower, max(upper, lower + 1)))]
    gain = rng.uniform(0.8, 1.15)
    if site.is_infrared:
        chosen = (round(luma(chosen)),) * 3
    red, green, blue = (int(np.clip(channel * gain, 0, 255)) for channel in chosen)
    return red, green, blue


def _point(x: float, y: float) -> XY:
    return round(float(x), 2), round(float(y), 2)


def _sample_grass(rng: np.random.Generator, site: Site, box: Box, cover: float) -> tuple[Stroke, ...]:
    width, height = box[2] - box[0], box[3] - box[1]
    blade = float(np.clip(0.06 * min(width, height), 1.2, 7.0)) * rng.uniform(0.6, 1.5)
    count = int(np.clip(round(cover * width / blade), 1, 14))
    lean = rng.normal(0.0, 0.25)
    strokes = []
    for _ in range(count):
        x = rng.uniform(box[0], box[2])
        foot = box[3] + rng.uniform(0.5, 2.0) * height
        tip = box[1] + rng.uniform(-0.8, 0.6) * height
        length = foot - tip
        bend = (lean + rng.normal(0.0, 0.15)) * length
        strokes.append(
            Stroke(
                start=_point(x - bend * 0.5, foot),
                control=_point(x - bend * 0.2 + rng.normal(0, 0.05) * length, (foot + tip) / 2),
                end=_point(x + bend, tip),
                width_px=round(blade * rng.uniform(0.6, 1.4), 2),
                tip_px=round(blade * rng.uniform(0.05, 0.35), 2),
                colour=_sample_colour(rng, site, bright=False),
                shade=round(rng.uniform(0.2, 0.55), 2),
            )
        )
    return tuple(strokes)


def _sample_feather(rng: np.random.Generator, site: Site, box: Box, cover: float) -> Stroke:
    width, height = box[2] - box[0], box[3] - box[1]
    reach = math.hypot(width, height)
    thickness = max(3.0, cover * min(width, height))
    cx, cy = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
    turn = rng.uniform(0, 2 * math.pi)
    dx, dy = math.cos(turn) * reach * 0.75, math.sin(turn) * reach * 0.75
    return Stroke(
        start=_point(cx - dx, cy - dy),
        control=_point(cx - dy * rng.uniform(-0.25, 0.25), cy + dx * rng.uniform(-0.25, 0.25)),
        end=_point(cx + dx, cy + dy),
        width_px=round(thickness, 2),
        tip_px=round(thickness * rng.uniform(0.1, 0.4), 2),
        colour=_sample_colour(rng, site, bright=True),
        shade=round(rng.uniform(0.1, 0.3), 2),
        barbs=round(rng.uniform(1.5, 3.0), 2),
    )


def _sample_cutting(rng: np.random.Generator, site: Site, box: Box, cover: float) -> PatchLayer | None:
    """A tongue-shaped strip of the same photo, from elsewhere in it, standing up in front of the box."""
    if site.photo is None or site.crop is None:
        return None
    width, height = box[2] - box[0], box[3] - box[1]
    strip_w, strip_h = max(3.0, cover * width), height * rng.uniform(1.2, 2.2)
    photo = site.photo
    left_edge, top, right_edge, bottom = usable_part(photo, site.area)
    if right_edge - left_edge <= strip_w + 2 or bottom - top <= strip_h + 2:
        return None
    for _ in range(TRIES):
        x, y = rng.uniform(left_edge + 1, right_edge - strip_w - 1), rng.uniform(top + 1, bottom - strip_h - 1)
        source = (x, y, x + strip_w, y + strip_h)
        if all(box_area(intersect(source, label.box)) == 0 for label in photo.annotations):
            break
    else:
        return None
    left, right, sway = [], [], rng.normal(0, 0.2) * strip_w
    for k in range(7):
        t = k / 6
        half = strip_w / 2 * (1 - t**2.5) + 0.4
        middle = x + strip_w / 2 + sway * math.sin(math.pi * t) + rng.normal(0, 0.04) * strip_w
        row = y + strip_h * (1 - t)
        left.append(_point(middle - half, row))
        right.append(_point(middle + half, row))
    target_x = rng.uniform(box[0], box[2] - strip_w) if width > strip_w else box[0]
    target_y = box[3] + 0.15 * height - strip_h + rng.uniform(-0.1, 0.4) * height
    matrix = as_matrix9(translation(target_x - x, target_y - y))
    return PatchLayer(
        photo.id, tuple(left + right[::-1]), matrix, Blend("feather", 1.2), grey=site.is_infrared, occludes=True
    )
