"""A dataset on disk, see `synth.labels.layout`: written image by image, finished once, read as a whole.

Files that concern one image are written with it. `finish_dataset` writes those that concern all: in the order of file
names, each in one step, from its arguments alone, so that doing it twice, or anywhere else, gives the same bytes.
What must not straddle a split (an annotation's identity, a background photo) is checked by `synth check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import msgspec

from synth.errors import LabelError
from synth.files import sha256, write_atomically
from synth.labels.coco import coco_chunks, load_json_object, read_coco
from synth.labels.encoded import EncodedImages, decode_image, encode_image
from synth.labels.foreign import merged, read_foreign
from synth.labels.keypoints import Names, NamesSeen
from synth.labels.layout import (
    FORMATS,
    VOC_YEAR,
    check_split_name,
    coco_path,
    image_path,
    rle_path,
    sorted_splits,
    stem_of,
    tfrecord_folder,
    voc_path,
    yolo_path,
)
from synth.labels.record import Masks
from synth.labels.sample import Categories, LabelledImage
from synth.labels.tfrecord import IMAGES_A_SHARD, label_map, shard_count, shard_name, shard_records
from synth.labels.voc import voc_xml
from synth.labels.voc_tree import SetEntry, write_voc_tree
from synth.labels.yolo import yolo_data_yaml, yolo_text

__all__ = [
    "FORMATS",
    "Dataset",
    "EncodedImages",
    "dataset_counts",
    "decode_image",
    "encode_image",
    "finish_dataset",
    "image_path",
    "read_dataset",
    "write_image_labels",
]
CARD = "card.json"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that was read.

    Attributes:
        root: its folder (or the one label file that was given).
        categories: class names in id order, of objects and of characters.
        images: sorted by split and file name.
        card: `card.json`; empty for somebody else's dataset.
        pictures: path of each picture by (split, file name) where it is not in our layout.
    """

    root: Path
    categories: Categories
    images: tuple[LabelledImage, ...]
    card: dict[str, Any] = field(default_factory=dict)
    pictures: Mapping[tuple[str, str], Path] = field(default_factory=dict)

    def path(self, image: LabelledImage) -> Path:
        """The file with an image's pixels."""
        known = self.pictures.get((image.split, image.file_name))
        return image_path(self.root, image.split, image.file_name) if known is None else known

    @property
    def splits(self) -> list[str]:
        """Names of its splits: train, validation, test, then others."""
        return sorted_splits({image.split for image in self.images})


class _Chosen(Sequence[LabelledImage]):
    """Some of a sequence's images, in another order, without copies."""

    def __init__(self, images: Sequence[LabelledImage], numbers: Sequence[int]) -> None:
        self._images, self._numbers = images, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> LabelledImage: ...
    @overload
    def __getitem__(self, index: slice) -> _Chosen: ...
    def __getitem__(self, index: int | slice) -> LabelledImage | _Chosen:
        if isinstance(index, slice):
            return _Chosen(self._images, self._numbers[index])
        return self._images[self._numbers[index]]


def write_image_labels(root: Path, image: LabelledImage, categories: Categories, formats: Sequence[str]) -> None:
    """Writes the label files that belong to one image."""
    if "voc" in formats:
        write_atomically(voc_path(root, image.file_name), voc_xml(image, categories, folder=VOC_YEAR))
    if "yolo" in formats:
        write_atomically(yolo_path(root, image.split, image.file_name), yolo_text(image).encode("ascii"))


def finish_dataset(
    root: Path,
    images: Sequence[LabelledImage],
    categories: Categories,
    card: Mapping[str, Any],
    formats: Sequence[str],
    *,
    tfrecord_masks: bool = False,
) -> None:
    """Writes everything that concerns the dataset as a whole; the pictures and each image's own labels are there
    already.

    Args:
        root: dataset folder.
        images: all of them, in any order; gone through several times, so that `EncodedImages` need little memory.
        categories: of the dataset.
        card: goes to `card.json`, with the digests of the joint files added. COCO's `info` and `licenses` are taken
        from
            its key "info" (see `synth.labels.coco`), else from "name", "versions" and the licences of "assets".
        formats: which label formats, of `FORMATS`.
        tfrecord_masks: whether TFRecords hold the masks, as PNG.

    Raises:
        LabelError: two images with one name, or a split that cannot be a folder.
        AssetError: the disk refuses.
    """
    entries, points = _gone_through(images, categories)
    order = sorted(range(len(entries)), key=lambda k: entries[k].image.file_name)
    splits = sorted_splits({entry.image.split for entry in entries})
    _check_names([entries[k] for k in order], splits)
    numbers = {split: [k for k in order if entries[k].image.split == split] for split in splits}
    parts = {split: _Chosen(images, held) for split, held in numbers.items()}
    written: list[Path] = []
    if "coco" in formats:
        for split, part in parts.items():
            bare = [entries[k].image for k in numbers[split]]
            for path, masks in _coco_files(root, split):
                chunks = coco_chunks(part, categories, coco_info(card), masks=masks, bare=bare, points=points)
                write_atomically(path, chunks)
                written.append(path)
    if "yolo" in formats:
        write_atomically(root / "data.yaml", yolo_data_yaml(categories, splits).encode())
    if "voc" in formats:
        write_voc_tree(root, [entries[k] for k in order], splits, categories)
    if "tfrecord" in formats:
        written += _write_tfrecords(root, parts, categories, masks=tfrecord_masks, points=points)
    digests = {str(path.relative_to(root)): sha256(path) for path in written}
    full = {**card, "label_files": digests}
    write_atomically(root / CARD, msgspec.json.format(msgspec.json.encode(full), indent=2) + b"\n")


def _gone_through(images: Sequence[LabelledImage], categories: Categories) -> tuple[list[SetEntry], Names]:
    """What the sets say about each image, and the names of the keypoints of each category."""
    entries, seen = [], NamesSeen(len(categories.names))
    for image in images:
        entries.append(SetEntry.of(image))
        seen.add(image)
    return entries, seen.names


def _check_names(entries: Sequence[SetEntry], splits: Sequence[str]) -> None:
    for split in splits:
        check_split_name(split)
    stems = Counter(stem_of(entry.image.file_name) for entry in entries)
    twice = [stem for stem, count in stems.items() if count > 1]
    if twice:
        raise LabelError(
            f"{len(twice)} names of pictures come twice, e.g. {twice[0]!r}: readers tell pictures apart by name "
            "without extension; rename one"
        )


def coco_info(card: Mapping[str, Any]) -> dict[str, Any]:
    """What COCO's `info` and `licenses` say, from a card. A licence stands there only if the card names it."""
    if "info" in card:
        return dict(card["info"])
    names = sorted({str(asset["licence"]) for asset in card.get("assets", ()) if asset.get("licence")})
    return {
        "description": card.get("name", ""),
        "version": card.get("versions", {}).get("synth", ""),
        "licenses": [{"name": name, "url": ""} for name in names],
    }


def _coco_files(root: Path, split: str) -> tuple[tuple[Path, Masks], ...]:
    return (coco_path(root, split), "polygons"), (rle_path(root, split), "rle")


def _write_tfrecords(
    root: Path, parts: Mapping[str, Sequence[LabelledImage]], categories: Categories, *, masks: bool, points: Names
) -> list[Path]:
    joint = tuple(dict.fromkeys(name for names in points for name in names))
    folder = tfrecord_folder(root)
    written = [folder / "label_map.pbtxt"]
    write_atomically(written[0], label_map(categories).encode())
    for split, images in parts.items():
        shards = shard_count(len(images))
        for shard in range(shards):
            first = shard * IMAGES_A_SHARD
            held = images[first : first + IMAGES_A_SHARD]
            pictures = [image_path(root, split, image.file_name) for image in held]
            path = folder / shard_name(split, shard, shards)
            write_atomically(path, shard_records(pictures, held, first + 1, categories, masks=masks, points=joint))
            written.append(path)
    for path in sorted(set(folder.glob("*.tfrecord")) - set(written)):
        path.unlink()  # of an earlier, smaller dataset with another number of shards
    return written


def dataset_counts(images: Sequence[LabelledImage], categories: Categories) -> dict[str, Any]:
    """The part of a card that counts: images, annotations, identities per split, objects and characters per class."""
    splits: dict[str, Counter[str]] = {split: Counter() for split in sorted_splits({image.split for image in images})}
    identities: dict[str, set[str]] = {split: set() for split in splits}
    objects: Counter[int] = Counter()
    characters: Counter[int] = Counter()
    for image in images:
        splits[image.split].update(
            images=1, images_without_objects=not image.annotations, annotations=len(image.annotations)
        )
        identities[image.split].update(a.identity for a in image.annotations if a.identity is not None)
        objects.update(a.category for a in image.annotations)
        characters.update(c.category for a in image.annotations for c in a.characters)
    counts: dict[str, Any] = {
        "images": len(images),
        "splits": {split: {**count, "identities": len(identities[split])} for split, count in splits.items()},
        "categories": {name: objects[k] for k, name in enumerate(categories.names)},
    }
    if categories.characters:
        counts["characters"] = {name: characters[k] for k, name in enumerate(categories.characters)}
    return counts


def read_dataset(root: Path | str) -> Dataset:
    """Reads a dataset: one of ours, or somebody else's COCO, VOC or YOLO labels with their pictures.

    Ours is read from the COCO files with run-length masks, which hold everything that is known.

    Args:
        root: the folder, or a COCO file.

    Raises:
        LabelError: there are no labels, or they cannot be read: file, object, what to do.
    """
    root = Path(root)
    if not root.exists():
        raise LabelError(f"{root}: no such folder; check the path")
    card = load_json_object(root / CARD) if (root / CARD).is_file() else {}
    ours = sorted((root / "annotations" / "rle").glob("*.json")) if card else []
    if not ours:
        categories, images, pictures = read_foreign(root)
    else:
        categories, images = merged([read_coco(path, split=path.stem) for path in ours])
        pictures = {}
    rank = {split: k for k, split in enumerate(sorted_splits({image.split for image in images}))}
    ordered = tuple(sorted(images, key=lambda image: (rank[image.split], image.file_name)))
    return Dataset(root, categories, ordered, card, pictures)
