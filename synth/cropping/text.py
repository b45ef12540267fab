"""Rectified text crops with transcription, and where text is on the whole pictures, see `transcriptions`.

images/<split>/*.jpg          crops, one for each line of text; rec_gt_<split>.txt is their list
full/<split>/                 the whole pictures (hard links) with PaddleOCR's Label.txt
icdar/<split>/gt_<name>.txt   the words on each of them
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from synth.cropping.jitter import sample_jitter
from synth.cropping.legibility import MIN_HEIGHT_PX, MIN_WIDTH_PX, is_aslant, is_large
from synth.cropping.lines import Copy, copies_of
from synth.cropping.made import Made, Picture, write_jpeg
from synth.cropping.options import CropOptions
from synth.cropping.rectifying import Strip, letter_height_px, rectified_line, rectified_quad
from synth.cropping.transcriptions import detection_line, icdar_file, is_legible
from synth.files import write_atomically
from synth.labels.layout import image_path, link_or_copy
from synth.labels.sample import Image
from synth.streams import stream

MAX_ENLARGEMENT = 6.0
TOO_SMALL = f"lines with characters of less than {MIN_WIDTH_PX:g} x {MIN_HEIGHT_PX:g} px"


def make_text_crops(picture: Picture, root: Path, options: CropOptions) -> Made:
    """Writes the text crops of one picture, a link to it, and its ICDAR file."""
    made, labels = Made(), picture.labels
    name = f"{picture.stem}{picture.path.suffix}"
    link_or_copy(picture.path, root / "full" / labels.split / name)
    read = [(tag, copies_of(tag)) for tag in labels.annotations]
    size, least = (labels.width, labels.height), options.min_visibility
    made.detection.append((labels.split, detection_line(f"{labels.split}/{name}", read, size, least)))
    words = icdar_file(read, size, least)
    write_atomically(root / "icdar" / labels.split / f"gt_{picture.stem}.txt", words)
    for k, (_, copies) in enumerate(read):
        if not copies:
            _crop_quad(made, picture, root, options, k)
        for copy in (copy for copy in copies if copy.number is not None):
            _crop_copy(made, picture, root, options, k, copy)
    return made


def _crop_quad(made: Made, picture: Picture, root: Path, options: CropOptions, k: int) -> None:
    tag = picture.labels.annotations[k]
    if tag.quad is None or not (tag.text or "").strip():
        made.left_out["text", "tags with neither characters nor quad and text"] += 1
    elif not is_legible(tag, options.min_visibility):
        made.left_out["text", "tags that are partly hidden or hard to see"] += 1
    else:
        quad = np.array(tag.quad)
        strip = _strip(picture, options, f"text crop of tag {k}")
        if np.linalg.norm(quad[3] - quad[0]) * MAX_ENLARGEMENT < strip.letter_px:
            made.left_out["text", "tags that are too small"] += 1
            return
        text = " ".join((tag.text or "").split())
        _keep(made, picture, root, f"t{k}", rectified_quad(picture.pixels, quad, strip), text)


def _crop_copy(made: Made, picture: Picture, root: Path, options: CropOptions, k: int, copy: Copy) -> None:
    if not copy.complete or min(line.visibility for line in copy.lines) < options.min_visibility:
        made.left_out["text", "copies that are partly hidden or hard to see"] += 1
        return
    for n, line in enumerate(copy.lines):
        strip = _strip(picture, options, f"text crop of tag {k}, copy {copy.number}, line {n}")
        if letter_height_px(line) * MAX_ENLARGEMENT < strip.letter_px:
            made.left_out["text", "lines that are too small"] += 1
            continue
        if not is_large(line):
            made.left_out["text", TOO_SMALL] += 1
            continue
        if is_aslant(line):
            made.left_out["text", "lines that are seen too aslant"] += 1
            continue
        assert line.text is not None
        crop = rectified_line(picture.pixels, line, strip)
        _keep(made, picture, root, f"t{k}_c{copy.number}_l{n}", crop, line.text)


def _strip(picture: Picture, options: CropOptions, purpose: str) -> Strip:
    jitter = sample_jitter(stream(options.seed, picture.number, purpose), options.jitter)
    return Strip(options.text_height, options.margin, jitter)


def _keep(made: Made, picture: Picture, root: Path, name: str, crop: Image, text: str) -> None:
    path = image_path(root, picture.labels.split, f"{picture.stem}_{name}.jpg")
    write_jpeg(path, crop)
    made.recognition.append((picture.labels.split, f"images/{picture.labels.split}/{path.name}", text))
