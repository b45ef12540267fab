"""What `card.json` and `manifest.jsonl` state about the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from synth.files import sha256
from synth.inspection.checks.findings import Report
from synth.labels.dataset import dataset_counts
from synth.labels.layout import coco_path, rle_path, tfrecord_folder, voc_folder
from synth.labels.sample import Categories, LabelledImage

_AGAIN = "write the joint files again: run the same synth generate once more"


def check_card(
    report: Report, card: Mapping[str, Any], images: Sequence[LabelledImage], categories: Categories
) -> None:
    """Counts and digests."""
    path = report.root / "card.json"
    counts = dataset_counts(images, categories)
    _compare(report, path, "images", card.get("images"), counts["images"])
    for split, stated in _table(report, card, "splits").items():
        if not isinstance(stated, dict):
            report.error("card.form", path, f"splits.{split}", f"must be an object, got {stated!r}", _AGAIN)
            continue
        found = counts["splits"].get(split, dict.fromkeys(stated, 0))
        for key, value in stated.items():
            if key == "identities" and "coco" not in (stated_formats(card) or ("coco",)):
                continue  # YOLO and TFRecords cannot say them
            _compare(report, path, f"splits.{split}.{key}", value, found.get(key, value))
    for split in sorted(set(counts["splits"]) - set(_table(report, card, "splits"))):
        report.error("card.count", path, f"splits.{split}", "is not in the card, but there are images of it", _AGAIN)
    for name, value in _table(report, card, "categories").items():
        _compare(report, path, f"categories.{name}", value, counts["categories"].get(name, 0))
    if not stated_formats(card) or {"coco", "voc"} & set(stated_formats(card)):  # YOLO and TFRecords cannot say them
        for name, value in _table(report, card, "characters").items():
            _compare(report, path, f"characters.{name}", value, counts.get("characters", {}).get(name, 0))
    for name, digest in sorted(_table(report, card, "label_files").items()):
        file = report.root / name
        if not file.is_file():
            report.error("card.missing", file, "", "the card names it, but it is not there", _AGAIN)
        elif sha256(file) != digest:
            report.error("card.digest", file, "", "its bytes are not those that the card states", _AGAIN)


def _table(report: Report, card: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object of the card; empty, and told, if it is something else."""
    value = card.get(key)
    if isinstance(value, dict) or value is None:
        return value or {}
    report.error("card.form", report.root / "card.json", key, f"must be an object, got {value!r}", _AGAIN)
    return {}


def stated_formats(card: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats that the card promises."""
    formats = card.get("formats")
    return tuple(str(name) for name in formats) if isinstance(formats, list) else ()


def _compare(report: Report, path: Path, key: str, stated: Any, found: Any) -> None:
    if stated is not None and stated != found:
        report.error("card.count", path, key, f"says {stated}, there are {found}", _AGAIN)


def check_formats(report: Report, card: Mapping[str, Any], splits: Sequence[str]) -> None:
    """That everything the card promises is there."""
    root = report.root
    promised = {
        "coco": [path(root, split) for split in splits for path in (coco_path, rle_path)],
        "voc": [voc_folder(root) / name for name in ("Annotations", "ImageSets/Main", "JPEGImages", "labelmap.txt")],
        "yolo": [root / "data.yaml", root / "labels"],
        "tfrecord": [tfrecord_folder(root) / "label_map.pbtxt"],
    }
    for name in stated_formats(card):
        for path in promised.get(name, ()):
            if not path.exists():
                message = f"is missing, though the card says that there are {name} labels"
                report.error("card.missing", path, "", message, _AGAIN)


def read_manifest(report: Report, path: Path, images: Sequence[LabelledImage]) -> list[tuple[str, dict[str, Any]]]:
    """Digest and spec of each line that fits an image; none where there is no manifest."""
    if not path.is_file():
        return []
    by_name = {image.file_name: image for image in images}
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            about = f"line {number}"
            try:
                entry = msgspec.json.decode(line, type=dict[str, Any])
                digest, spec = str(entry["sha256"]), dict(entry["spec"])
                name, split = str(spec["file_name"]), spec["split"]
            except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
                report.error("manifest.line", path, about, f'expected {{"sha256", "spec"}} ({error})', "make it again")
                continue
            image = by_name.get(name)
            if image is None or name in found:
                message = f"{name!r} is there twice" if name in found else f"{name!r} has no labels"
                report.error("manifest.images", path, about, message, _AGAIN)
            elif (image.split, image.width, image.height) != (split, spec.get("width_px"), spec.get("height_px")):
                message = f"split or size of {name} are not those of its labels"
                report.error("manifest.images", path, about, message, _AGAIN)
            found[name] = (digest, spec)
    for name in sorted(set(by_name) - set(found)):
        report.error("manifest.images", path, name, "has labels, but no line here", _AGAIN)
    return list(found.values())
