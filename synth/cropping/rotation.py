"""Crops of tags turned to any angle, with that angle: what RotNet learns from. How they are resampled: `turning`.

A border would turn with its picture, so no disc leaves it: `windows`.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.cropping.frames import Frame, frame_of
from synth.cropping.jitter import sample_jitter
from synth.cropping.made import Made, Picture, write_crop
from synth.cropping.moving import can_turn, moved, moved_circle
from synth.cropping.options import CropOptions
from synth.cropping.turning import Ground, turned_disc
from synth.cropping.windows import Window, window_of
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
            continue
        window = window_of(tag, frame, (picture.labels.width, picture.labels.height), options)
        if window is None:
            made.left_out["rotation", "too near the picture's border"] += 1
        elif options.height > MAX_ENLARGEMENT * 2 * window.radius / (1 + options.margin):
            made.left_out["rotation", "too small"] += 1
        else:
            shrink = 2 * window.radius / options.height
            ground = Ground.of(picture.pixels, *frame.centre, window.reach(options), shrink)
            for n in range(options.per_tag):
                _make_crop(made, picture, ground, root, categories, options, k, frame, window, n)
    return made


def _make_crop(
    made: Made,
    picture: Picture,
    ground: Ground,
    root: Path,
    categories: Categories,
    options: CropOptions,
    k: int,
    frame: Frame,
    window: Window,
    n: int,
) -> None:
    tag, side = picture.labels.annotations[k], options.height
    rng = stream(options.seed, picture.number, f"turned crop {n} of tag {k}")
    upright_deg = wrap_deg(float(rng.uniform(0.0, 360.0)))
    jitter = sample_jitter(rng, options.jitter)
    scale = side / (2 * window.radius)
    shift = scale * window.jitter_px
    turn_deg = upright_deg - frame.angle_deg
    matrix: Matrix = (
        translation(side / 2 + shift * jitter.x, side / 2 + shift * jitter.y)
        @ rotation_deg(turn_deg)
        @ scaling(scale * jitter.scale, scale * jitter.scale)
        @ translation(-frame.centre[0], -frame.centre[1])
    )
    label = _label(tag, matrix, turn_deg, side)
    if label is None:
        return
    label = dataclasses.replace(label, angle_deg=upright_deg)
    extra = {"source": picture.labels.file_name, "tag": k}
    labels = LabelledImage(f"{picture.stem}_t{k}_r{n}.jpg", side, side, (label,), picture.labels.split, extra)
    made.rotation.append(
        write_crop(root, labels, turned_disc(ground, np.linalg.inv(matrix), side), categories, options)
    )


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
    mask = Mask.from_full(label.mask.to_full(side, side) & _disc(side))
    left = mask.area / label.mask.area
    if not left:
        return None
    visibility = None if label.visibility is None else label.visibility * left
    truncated = True if left < 1 else label.truncated
    return dataclasses.replace(label, mask=mask, box=mask.box, visibility=visibility, truncated=truncated)


@cache
def _disc(side: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:side, :side] + 0.5 - side / 2
    return np.asarray(np.hypot(rows, columns) < side / 2)


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
