"""Crops of tags turned to any angle, with that angle: what RotNet learns from. How they are resampled: `turning`.

A tag is used only if the whole disc round it lies inside its picture, because a border would turn with it.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from synth.cropping.frames import Frame, frame_of
from synth.cropping.jitter import sample_jitter
from synth.cropping.made import Made, Picture, write_crop
from synth.cropping.moving import can_turn, moved, moved_circle
from synth.cropping.options import CropOptions
from synth.cropping.turning import Ground, disc_reach_px, turned_disc
from synth.geometry.homography import Matrix, rotation_deg, scaling, translation
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Categories, LabelledImage, Mask
from synth.streams import stream

MAX_ENLARGEMENT = 4.0
COLUMNS = ("file", "split", "angle_deg", "text", "identity", "source", "tag")


def make_turned_crops(picture: Picture, root: Path, categories: Categories, options: CropOptions) -> Made:
    """Writes the turned crops of one picture into the folder of the set."""
    made = Made()
    for k, tag in enumerate(picture.labels.annotations):
        frame = frame_of(tag)
        if frame is None:
            made.left_out["rotation", "no angle"] += 1
        elif options.height > MAX_ENLARGEMENT * 2 * frame.radius:
            made.left_out["rotation", "too small"] += 1
        elif tag.truncated or not _is_inside(frame, picture.labels, options):
            made.left_out["rotation", "too near the picture's border"] += 1
        else:
            shrink = 2 * _window_px(frame, options) / options.height
            ground = Ground.of(picture.pixels, *frame.centre, _reach_px(frame, options), shrink)
            for n in range(options.per_tag):
                if (line := _make_crop(picture, ground, root, categories, options, k, frame, n)) is not None:
                    made.rotation.append(line)
    return made


def _is_inside(frame: Frame, labels: LabelledImage, options: CropOptions) -> bool:
    """Whether any jittered disc lies inside the picture."""
    x, y = frame.centre
    return min(x, y, labels.width - x, labels.height - y) >= _reach_px(frame, options)


def _reach_px(frame: Frame, options: CropOptions) -> float:
    """How far from the tag's centre pixels of a picture are looked at."""
    radius, most = _window_px(frame, options), math.exp(options.jitter)
    return most * (radius + frame.radius * options.jitter) + disc_reach_px(2 * most * radius / options.height)


def _window_px(frame: Frame, options: CropOptions) -> float:
    return frame.radius * (1 + options.margin)


def _make_crop(
    picture: Picture,
    ground: Ground,
    root: Path,
    categories: Categories,
    options: CropOptions,
    k: int,
    frame: Frame,
    n: int,
) -> bytes | None:
    tag, side = picture.labels.annotations[k], options.height
    rng = stream(options.seed, picture.number, f"turned crop {n} of tag {k}")
    upright_deg = wrap_deg(float(rng.uniform(0.0, 360.0)))
    jitter = sample_jitter(rng, options.jitter)
    scale = side / (2 * _window_px(frame, options))
    shift = scale * frame.radius
    turn_deg = upright_deg - frame.angle_deg
    matrix: Matrix = (
        translation(side / 2 + shift * jitter.x, side / 2 + shift * jitter.y)
        @ rotation_deg(turn_deg)
        @ scaling(scale * jitter.scale, scale * jitter.scale)
        @ translation(-frame.centre[0], -frame.centre[1])
    )
    label = _label(tag, matrix, turn_deg, side)
    if label is None:
        return None
    label = dataclasses.replace(label, angle_deg=upright_deg)
    extra = {"source": picture.labels.file_name, "tag": k}
    labels = LabelledImage(f"{picture.stem}_t{k}_r{n}.jpg", side, side, (label,), picture.labels.split, extra)
    return write_crop(root, labels, turned_disc(ground, np.linalg.inv(matrix), side), categories, options)


def _label(tag: Annotation, matrix: Matrix, turn_deg: float, side: int) -> Annotation | None:
    """The tag on its crop, its mask cut to the disc. A circle stays one; a box alone becomes the circle round it."""
    if tag.mask is None and (tag.circle is not None or not can_turn(tag, turn_deg)):
        x0, y0, x1, y1 = tag.box
        round_box = ((x0 + x1) / 2, (y0 + y1) / 2, math.hypot(x1 - x0, y1 - y0) / 2)
        x, y, r = moved_circle(tag.circle or round_box, matrix)
        box = (max(0.0, x - r), max(0.0, y - r), min(float(side), x + r), min(float(side), y + r))
        circle = None if tag.circle is None else (x, y, r)
        return dataclasses.replace(tag, box=box, amodal_box=None, circle=circle, characters=())
    label = moved(tag, matrix, turn_deg, side, side)
    if label is None or label.mask is None:
        return label
    rows, columns = np.mgrid[:side, :side] + 0.5 - side / 2
    mask = Mask.from_full(label.mask.to_full(side, side) & (np.hypot(rows, columns) < side / 2))
    return dataclasses.replace(label, mask=mask, box=mask.box) if mask.area else None


def angle_table(images: Iterable[LabelledImage]) -> bytes:
    """`angles.csv`: one line a crop."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for image in images:
        (tag,) = image.annotations
        name = f"images/{image.split}/{image.file_name}"
        facts = [tag.angle_deg, tag.text or "", tag.identity or "", image.extra["source"], image.extra["tag"]]
        table.writerow([name, image.split, *facts])
    return text.getvalue().encode()
