"""What a user can choose about crops, and what a folder of crops was begun with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import msgspec

from synth.errors import ConfigError
from synth.files import write_atomically
from synth.labels.dataset import Dataset, encode_image

SetName = Literal["characters", "rotation", "text"]
SETS: tuple[SetName, ...] = ("characters", "rotation", "text")
BEGINNING = "crops.json"


class CropOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How crops are made.

    Attributes:
        height: px, of upright crops, and both sides of turned ones.
        text_height: px, of text crops.
        margin: context on each side: as a share of the tag's shorter side, its radius, or the height of its characters.
        jitter: the centre is moved by up to this share of the same length, the scale changed by up to this share, and
            upright crops and text turned by up to as many radians.
        per_tag: turned crops of each tag.
        min_visibility: below it, a character is difficult, and neither its copy nor its tag gives a text crop.
        seed: of the draws.
        formats: of the labels.
    """

    height: int = 128
    text_height: int = 48
    margin: float = 0.15
    jitter: float = 0.04
    per_tag: int = 4
    min_visibility: float = 0.7
    seed: int = 0
    formats: tuple[str, ...] = ("voc", "coco", "yolo", "tfrecord")


def begin(out: Path, dataset: Dataset, options: CropOptions) -> None:
    """States what the folder is begun with; ConfigError if it was begun with something else, or is not ours."""
    path = out / BEGINNING
    beginning: dict[str, Any] = {"options": msgspec.to_builtins(options), "labels_sha256": _digest(dataset)}
    if path.is_file():
        try:
            before = msgspec.json.decode(path.read_bytes())
        except msgspec.DecodeError as error:
            raise ConfigError(f"{path}: not what synth crops writes ({error}); choose another --out") from None
        if before != msgspec.json.decode(msgspec.json.encode(beginning)):
            what = "other labels" if before.get("options") == beginning["options"] else "other options"
            raise ConfigError(f"{out}: was begun with {what}; choose another --out, or delete that folder yourself")
    elif out.is_dir() and any(out.iterdir()):
        held = min(entry.name for entry in out.iterdir())
        raise ConfigError(f"{out}: holds {held} and was not begun by synth crops; choose another --out")
    else:
        write_atomically(path, msgspec.json.format(msgspec.json.encode(beginning), indent=2) + b"\n")


def _digest(dataset: Dataset) -> str:
    digest = hashlib.sha256(repr(dataset.categories).encode())
    for image in dataset.images:
        digest.update(encode_image(image))
    return digest.hexdigest()
