"""A tag bank on disk: `bank.json`, `cutouts/`, `masks/` and contact sheets.

`bank.json` is {"format": "synth-tag-bank", "version": 1, "name", "categories", "tags": [TagRecord, ...]}. A mask whose
bytes are not those that were written was corrected by hand: it is believed, never overwritten, and what follows from it
(its box, the brightness under it) is measured anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.banks.faces_of_tags import measure_face
from synth.banks.measurement import luma
from synth.banks.records import TagRecord
from synth.errors import AssetError
from synth.files import write_atomically
from synth.geometry.boxes import Box
from synth.labels.pictures import read_picture

BANK_FILE = "bank.json"
VERSION = 1
MASK_UNCERTAIN = "mask uncertain"


class BankDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `bank.json`."""

    format: Literal["synth-tag-bank"]
    version: int
    name: str
    categories: tuple[str, ...]
    tags: tuple[TagRecord, ...]


@dataclass(frozen=True)
class TagBank:
    """A bank that was read.

    Attributes:
        path: its folder.
        name: that its tags' ids begin with.
        categories: class names of its tags, sorted.
        tags: sorted by id.
    """

    path: Path
    name: str
    categories: tuple[str, ...]
    tags: tuple[TagRecord, ...]


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A PNG of an RGB or grey picture; equal pixels give equal bytes."""
    channels = picture[..., ::-1] if picture.ndim == 3 else picture
    done, data = cv2.imencode(".png", channels, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    assert done, "PNG takes every uint8 picture"
    return data.tobytes()


def read_mask(path: Path) -> NDArray[np.uint8]:
    """A mask as (h, w) uint8; any picture that a paint program saves will do, AssetError if it is empty."""
    mask = np.ascontiguousarray(read_picture(path)[..., 1])
    if not np.any(mask >= 128):
        raise AssetError(f"{path}: the mask is empty; paint the tag white, or delete the file and cut again")
    return mask


def mask_box(mask: NDArray[np.uint8]) -> Box:
    """Tight box of mask >= 128, px."""
    x, y, width, height = cv2.boundingRect((mask >= 128).astype(np.uint8))
    return (float(x), float(y), float(x + width), float(y + height))


@dataclass(frozen=True, slots=True)
class Light:
    """A cut-out's light, in the terms of `TagRecord`."""

    brightness: float
    tag_brightness: float
    contrast: float
    cast: tuple[float, float]


def light_of(rgb: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Light:
    """Measures the context round a mask and what is under it."""
    grey, inside = luma(rgb), mask >= 128
    around = mask < 8 if np.any(mask < 8) else np.ones_like(inside)
    low, high = np.percentile(grey[inside], (5, 95))
    red, blue = (float((rgb[..., channel][around] - grey[around]).mean()) for channel in (0, 2))
    return Light(
        brightness=round(float(grey[around].mean()), 2),
        tag_brightness=round(float(grey[inside].mean()), 2),
        contrast=round(float(high - low), 2),
        cast=(round(red, 2), round(blue, 2)),
    )


def with_edited_mask(folder: Path, record: TagRecord) -> TagRecord:
    """The record with what a hand-corrected mask says; the same record if the mask is as it was written.

    Raises:
        AssetError: the mask is missing, unreadable, empty, or not of the cut-out's size.
    """
    path = folder / record.mask_file
    digest = hashlib.sha256(_bytes_of(path)).hexdigest()
    if not record.mask_sha256 or digest == record.mask_sha256:
        return record
    mask, rgb = read_mask(path), read_picture(folder / record.file)
    if mask.shape != rgb.shape[:2]:
        raise AssetError(
            f"{path}: the mask is {mask.shape[1]} x {mask.shape[0]} px, its cut-out {rgb.shape[1]} x {rgb.shape[0]}; "
            "save it at the cut-out's size, or delete it and cut again"
        )
    light = light_of(rgb, mask)
    face, faceless = measure_face(rgb, mask, quad=record.quad, angle_deg=record.angle_deg)
    reasons = tuple(reason for reason in record.reasons if reason != MASK_UNCERTAIN)
    return msgspec.structs.replace(
        record,
        mask_box=mask_box(mask),
        mask_from="edited",
        mask_sha256=digest,
        usable=not reasons,
        reasons=reasons,
        brightness=light.brightness,
        tag_brightness=light.tag_brightness,
        contrast=light.contrast,
        cast=light.cast,
        face=face,
        faceless=faceless,
    )


def write_bank(bank: TagBank) -> None:
    """Writes `bank.json`."""
    document = BankDocument("synth-tag-bank", VERSION, bank.name, bank.categories, bank.tags)
    write_atomically(bank.path / BANK_FILE, msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def read_bank(path: Path) -> TagBank:
    """Reads a bank and believes masks that were corrected by hand.

    Raises:
        AssetError: no bank, one of another version, a missing or changed cut-out, a mask that does not fit.
    """
    document = _read_document(path)
    ids = [tag.id for tag in document.tags]
    doubled = next((name for i, name in enumerate(ids) if name in ids[:i]), None) if len(set(ids)) < len(ids) else None
    if doubled is not None:
        raise AssetError(f"{path / BANK_FILE}: two tags have the id {doubled!r}; cut the bank again")
    strange = next((tag for tag in document.tags if tag.category not in document.categories), None)
    if strange is not None:
        known = ", ".join(document.categories)
        raise AssetError(f"{path / BANK_FILE}: tag {strange.id!r} is a {strange.category!r}; the bank knows {known}")
    tags = tuple(sorted((_checked(path, tag) for tag in document.tags), key=lambda tag: tag.id))
    return TagBank(path, document.name, document.categories, tags)


def _read_document(path: Path) -> BankDocument:
    file = path / BANK_FILE
    if not file.is_file():
        raise AssetError(f"{path}: no tag bank here (no {BANK_FILE}); make one with: synth cut PHOTOS --out {path}")
    data = _bytes_of(file)
    try:
        version = msgspec.json.decode(data, type=dict).get("version")
        if version != VERSION:
            raise AssetError(f"{file}: version {version!r}, this program reads version {VERSION}; cut the bank again")
        return msgspec.json.decode(data, type=BankDocument)
    except msgspec.DecodeError as error:
        raise AssetError(f"{file}: not a tag bank: {error}; cut the bank again") from None


def _checked(folder: Path, tag: TagRecord) -> TagRecord:
    for name in (tag.file, tag.mask_file):
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise AssetError(f"{folder / BANK_FILE}: tag {tag.id!r}: {name!r} lies outside the bank")
    digest = hashlib.sha256(_bytes_of(folder / tag.file)).hexdigest()
    if tag.sha256 and digest != tag.sha256:
        raise AssetError(f"{folder / tag.file}: changed since it was cut; only masks may be edited: cut the bank again")
    return with_edited_mask(folder, tag)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise AssetError(f"{path}: missing from its bank; run synth cut again, it writes what is missing") from None
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions") from None
