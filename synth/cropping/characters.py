"""Upright crops of tags, every visible character on them labelled: what a character detector learns from.

The characters of neighbouring tags that reach into a crop are labelled too, since a detector would find them.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from synth.cropping.frames import Frame, frame_of
from synth.cropping.jitter import Jitter, sample_jitter
from synth.cropping.made import Made, Picture, write_crop
from synth.cropping.moving import can_turn, moved
from synth.cropping.options import CropOptions
from synth.cropping.warping import warp_picture
from synth.geometry.homography import Matrix, rotation_deg, scaling, translation
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.streams import stream

MAX_ASPECT = 8.0
MAX_ENLARGEMENT = 4.0


def make_upright_crops(
    picture: Picture, root: Path, classes: Categories, options: CropOptions, known: tuple[str, ...]
) -> Made:
    """Writes the upright crops of one picture.

    Args:
        picture: with its tags.
        root: folder of the set.
        classes: the set's categories.
        options: of all crops.
        known: classes of characters that the labels' ids speak of; empty: the characters' texts count.
    """
    made = Made()
    tags = [_with_classes(tag, classes, known) for tag in picture.labels.annotations]
    for k, tag in enumerate(tags):
        frame = frame_of(tag)
        if (reason := _why_not(tag, frame, options)) is not None:
            made.left_out["characters", reason] += 1
            continue
        assert frame is not None
        rng = stream(options.seed, picture.number, f"upright crop of tag {k}")
        jitter = sample_jitter(rng, options.jitter)
        matrix, width, height = upright_map(frame, jitter, options)
        turn_deg = jitter.turn_deg - frame.angle_deg
        others = [c for other in tags if other is not tag for c in other.characters if can_turn(c, turn_deg)]
        seen = [moved(c, matrix, turn_deg, width, height) for c in (*tag.characters, *others)]
        labels = LabelledImage(
            f"{picture.stem}_t{k}.jpg",
            width,
            height,
            tuple(_judged(character, options) for character in seen if character is not None),
            picture.labels.split,
            {"source": picture.labels.file_name, "tag": k, "text": tag.text, "turn_deg": jitter.turn_deg},
        )
        if not labels.annotations:
            made.left_out["characters", "no character is large enough"] += 1
            continue
        crop = warp_picture(picture.pixels, matrix, width, height)
        made.characters.append(write_crop(root, labels, crop, classes, options))
    return made


def _why_not(tag: Annotation, frame: Frame | None, options: CropOptions) -> str | None:
    if not tag.characters:
        return "no labelled characters"
    if frame is None:
        return "no angle"
    if not all(can_turn(character, frame.angle_deg) for character in tag.characters):
        return "turned, and its characters have boxes only"
    if options.height > MAX_ENLARGEMENT * frame.height * (1 + 2 * options.margin):
        return "too small"
    return None


def upright_map(frame: Frame, jitter: Jitter, options: CropOptions) -> tuple[Matrix, int, int]:
    """The similarity from the picture to the upright crop, and the crop's (width, height) px."""
    shorter = min(frame.width, frame.height)
    wide, high = (side + 2 * options.margin * shorter for side in (frame.width, frame.height))
    scale = min(options.height / high, MAX_ASPECT * options.height / wide)
    width, height = max(1, round(scale * wide)), max(1, round(scale * high))
    x, y = width / 2 + scale * shorter * jitter.x, height / 2 + scale * shorter * jitter.y
    turned = rotation_deg(jitter.turn_deg - frame.angle_deg) @ scaling(scale * jitter.scale, scale * jitter.scale)
    return translation(x, y) @ turned @ translation(-frame.centre[0], -frame.centre[1]), width, height


def _with_classes(tag: Annotation, classes: Categories, known: tuple[str, ...]) -> Annotation:
    """The tag with its characters as objects of the set: category, and what must not straddle a split."""
    identity = tag.identity if tag.identity is not None else tag.text
    characters = []
    for character in tag.characters:
        name = known[character.category] if known else (character.text or "").upper()
        if name in classes.names:
            category = classes.id_of(name)
            characters.append(dataclasses.replace(character, category=category, text=name, identity=identity))
    return dataclasses.replace(tag, characters=tuple(characters))


def _judged(character: Annotation, options: CropOptions) -> Annotation:
    hidden = character.visibility is not None and character.visibility < options.min_visibility
    return dataclasses.replace(character, difficult=True) if hidden else character
