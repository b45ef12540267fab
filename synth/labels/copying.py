"""A dataset written again: in other formats, or with other splits. Pictures are linked where the disk allows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from synth.errors import ConfigError
from synth.labels.dataset import Dataset, dataset_counts, finish_dataset, image_path, write_image_labels
from synth.labels.layout import link_or_copy
from synth.labels.sample import LabelledImage

UNSPLIT = "train"  # what images without a split become: most readers ask for one of that name


def write_copy(
    dataset: Dataset,
    images: Sequence[LabelledImage],
    out: Path,
    formats: Sequence[str],
    *,
    tfrecord_masks: bool = False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Writes a dataset in our layout.

    Args:
        dataset: where pictures and card come from.
        images: what to write: the dataset's images, maybe with other splits, in the dataset's order.
        out: a folder that is not there yet, or empty.
        formats: of the labels.
        tfrecord_masks: whether TFRecords hold the masks.
        on_progress: called with (done, total) images.

    Raises:
        ConfigError: the folder is not empty.
        LabelError: a picture is missing, or two have one name.
        AssetError: the disk refuses.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out}: must be an empty or new folder; choose another --out")
    named = [image if image.split else dataclasses.replace(image, split=UNSPLIT) for image in images]
    for number, (source, image) in enumerate(zip(dataset.images, named, strict=True)):
        on_progress(number, len(named))
        link_or_copy(dataset.path(source), image_path(out, image.split, image.file_name))
        write_image_labels(out, image, dataset.categories, formats)
    card = {**_kept(dataset.card), "formats": list(formats), **dataset_counts(named, dataset.categories)}
    finish_dataset(out, named, dataset.categories, card, formats, tfrecord_masks=tfrecord_masks)
    on_progress(len(named), len(named))


def _kept(card: Mapping[str, Any]) -> dict[str, Any]:
    """What stays true of a copy: origin and licences, not the catalogue's splits."""
    return {key: card[key] for key in ("name", "info", "assets", "versions", "recipe_sha256") if key in card}
