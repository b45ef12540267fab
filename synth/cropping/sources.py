"""What may be cropped, and into which folder: all of it is asked before the first crop is made."""

from __future__ import annotations

from pathlib import Path

from synth.errors import ConfigError
from synth.labels.dataset import Dataset


def require_source(dataset: Dataset, out: Path) -> None:
    """ConfigError for crops inside of what is cropped, crops of characters, and an identity that straddles splits."""
    if out.resolve().is_relative_to(dataset.root.resolve()):
        raise ConfigError(f"{out}: lies in {dataset.root}, the dataset that is cropped; choose a folder beside it")
    _require_tags(dataset)
    _require_apart(dataset)


def _require_tags(dataset: Dataset) -> None:
    names = dataset.categories.names
    if names and all(len(name) == 1 for name in names) and not _has_text(dataset):
        raise ConfigError(
            f"{dataset.root}: its objects are single characters ({names[0]}, ...), not tags; "
            "crop the dataset that this one was made from"
        )


def _has_text(dataset: Dataset) -> bool:
    """Whether an object says more than one character."""
    return any(tag.characters or len(tag.text or "") > 1 for image in dataset.images for tag in image.annotations)


def _require_apart(dataset: Dataset) -> None:
    home: dict[str, str] = {}
    for image in dataset.images:
        for tag in image.annotations:
            name = tag.identity or tag.text
            if name and home.setdefault(name, image.split) != image.split:
                raise ConfigError(
                    f"{dataset.root}: {name!r} is in {home[name]!r} and in {image.split!r}, so a model could "
                    "not be tested; deal it out first: synth split DIR --by identity --out NEW"
                )
