"""What one picture gives: crops with their labels, and why tags gave none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import simplejpeg

from synth.cropping.options import CropOptions, SetName
from synth.files import write_atomically
from synth.labels.dataset import encode_image, image_path, write_image_labels
from synth.labels.sample import Categories, Image, LabelledImage

QUALITY = 95


@dataclass
class Made:
    """Crops of one picture, or of many.

    Attributes:
        characters, rotation: encoded labelled images (`encode_image`), in the order of tags.
        recognition: (split, path, transcription) of each text crop.
        detection: (split, line) of `Label.txt` for each picture.
        left_out: how many tags or copies gave no crop, by set and reason.
        problems: one line for each picture that could not be read.
    """

    characters: list[msgspec.Raw] = field(default_factory=list)
    rotation: list[msgspec.Raw] = field(default_factory=list)
    recognition: list[tuple[str, str, str]] = field(default_factory=list)
    detection: list[tuple[str, str]] = field(default_factory=list)
    left_out: Counter[tuple[SetName, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Made) -> None:
        """Takes another picture's crops behind these."""
        self.characters += other.characters
        self.rotation += other.rotation
        self.recognition += other.recognition
        self.detection += other.detection
        self.left_out.update(other.left_out)
        self.problems += other.problems


@dataclass(frozen=True)
class Picture:
    """A picture whose tags are cropped.

    Attributes:
        number: in its dataset, addresses its draws.
        stem: what the names of its crops begin with, unique in the dataset.
        labels: its tags; its split is never empty.
        pixels: RGB.
        path: its file.
    """

    number: int
    stem: str
    labels: LabelledImage
    pixels: Image
    path: Path


def write_crop(
    root: Path, labels: LabelledImage, pixels: Image, categories: Categories, options: CropOptions
) -> msgspec.Raw:
    """Writes a crop and its own label files; the labels, encoded."""
    write_jpeg(image_path(root, labels.split, labels.file_name), pixels)
    write_image_labels(root, labels, categories, options.formats)
    return msgspec.Raw(encode_image(labels))


def write_jpeg(path: Path, pixels: Image) -> None:
    """Writes a picture with full colour resolution."""
    data = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "444", fastdct=False)
    write_atomically(path, data)
