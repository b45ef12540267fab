"""A small bank, a few photos and a recipe, drawn here: enough for real images, made in milliseconds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from synth.banks.bank import TagBank, write_bank
from synth.banks.records import TagRecord
from synth.streams import stream

# images of the test that kills runs: enough for each kill to come in the middle
MORE = 300

RECIPE = """\
name: small
seed: 3
count: 60
canvas: {{width_px: 208, height_px: 176}}
splits: {{train: 0.6, validation: 0.4}}
tags: {folder}/bank
backgrounds: {folder}/photos
placement: {{scale_range: [0.4, 0.9], max_overlap: 0.1}}
"""
TAG_SIZE = (64, 80)


def make_material(folder: Path) -> Path:
    """Draws bank, photos and recipe.yaml into `folder`; the same bytes in every folder.

    Returns:
        The folder.
    """
    for name in ("bank/cutouts", "bank/masks", "photos"):
        (folder / name).mkdir(parents=True)
    tags = tuple(_tag(folder / "bank", number) for number in range(6))
    write_bank(TagBank(folder / "bank", "bank", ("ring",), tags))
    for number in range(5):
        cv2.imwrite(str(folder / "photos" / f"field-{number}.jpg"), _texture(100 + number, (416, 320)))
    (folder / "recipe.yaml").write_text(RECIPE.format(folder=folder))
    return folder


def _texture(seed: int, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    coarse = stream(seed, 0, "texture").integers(40, 200, (height // 16 + 1, width // 16 + 1, 3)).astype(np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)


def _tag(bank: Path, number: int) -> TagRecord:
    """A bright ring with dark writing."""
    width, height = TAG_SIZE
    pixels, mask = _texture(number, TAG_SIZE), np.zeros((height, width), np.uint8)
    cv2.rectangle(mask, (14, 16), (49, 63), 255, -1)
    pixels[mask > 0] = 225
    for row in (24, 36, 48):
        cv2.rectangle(pixels, (22, row), (22 + 3 * number + 5, row + 5), (20, 20, 20), -1)
    record = TagRecord(
        id=f"bank/ring-{number}",
        file=f"cutouts/ring-{number}.png",
        mask_file=f"masks/ring-{number}-mask.png",
        category="ring",
        text=f"R{number}",
        identity=f"R{number}",
        photo=f"bird-{number}.jpg",
        photo_sha256=f"{number:064x}",
        box=(114.0, 116.0, 150.0, 164.0),
        origin=(100, 100),
        size=TAG_SIZE,
        mask_box=(14.0, 16.0, 50.0, 64.0),
        mask_from="drawn",
        quad=None,
        angle_deg=0.0,
        infrared=False,
        brightness=120.0,
        tag_brightness=200.0,
        contrast=200.0,
        sharpness_px=0.7,
        noise=1.0,
        height_in_photo=0.5,
        usable=True,
        reasons=(),
    )
    cv2.imwrite(str(bank / record.file), pixels)
    cv2.imwrite(str(bank / record.mask_file), mask)
    return record
