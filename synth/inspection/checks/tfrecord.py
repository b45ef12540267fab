"""TFRecord files in the Object Detection API's schema."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from synth.errors import LabelError
from synth.geometry.boxes import Box
from synth.inspection.checks.findings import Report, Seen, View
from synth.labels.layout import ROLES, stem_of, tfrecord_folder
from synth.labels.tfrecord import LABEL_MAP, read_label_map, split_of
from synth.labels.wire import Value, decode_example, read_records

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_ONE: dict[str, type] = dict.fromkeys(("encoded", "format", "filename", "source_id", "key/sha256"), bytes)
_ONE |= {"height": int, "width": int}
_MANY: dict[str, type] = {f"object/bbox/{side}": float for side in _SIDES}
_MANY |= {"object/class/text": bytes, "object/class/label": int}
Example = dict[str, Value]


def check_tfrecords(report: Report, root: Path) -> View | None:
    """Checks the shards of a dataset; None if there are none."""
    folder = tfrecord_folder(root)
    files = sorted(folder.glob("*.tfrecord"))
    if not files:
        return None
    names = _label_map(report, folder / LABEL_MAP)
    view = View("tfrecord", names)
    _check_shards(report, files)
    for path in files:
        split = split_of(path)[0]
        try:
            for number, data in enumerate(read_records(path)):
                _check_record(report, path, f"record {number}", data, ROLES.get(split, split), view)
        except LabelError as error:
            message = str(error).removeprefix(f"{path}: ")
            about, _, rest = message.partition(": ")
            report.error("tfrecord.frame", path, about, rest, "write the joint files again")
    return view


def _label_map(report: Report, path: Path) -> tuple[str, ...]:
    items = read_label_map(path)
    if not items or list(items) != list(range(1, len(items) + 1)):
        message = f"must give ids 1, 2, 3, ... in order, got {list(items) or 'none'}"
        report.error("tfrecord.label_map", path, "", message, "write the joint files again")
    return tuple(items.values())


def _check_shards(report: Report, files: list[Path]) -> None:
    """`-of-00003` promises that there are three."""
    shards = [(path, *split_of(path)) for path in files]
    for path, split, promised in shards:
        found = sum(other == split for _, other, _ in shards)
        if promised is not None and found != promised:
            message = f"is one of {promised} files of {split!r}, but there are {found}"
            report.error("tfrecord.shards", path, "", message, "write the joint files again")


def _check_record(report: Report, path: Path, about: str, data: bytes, role: str, view: View) -> None:
    remedy = "write the joint files again"
    try:
        example = decode_example(data)
    except LabelError as error:
        report.error("tfrecord.example", path, about, str(error), remedy)
        return
    wrong = [key for key, kind in _ONE.items() if not _holds(example, key, kind) or len(example[f"image/{key}"]) != 1]
    wrong += [key for key, kind in _MANY.items() if not _holds(example, key, kind)]
    if wrong:
        report.error(
            "tfrecord.fields", path, about, f"image/{wrong[0]} is missing, or not what the schema says", remedy
        )
        return
    name = _text(example["image/filename"][0])
    about = f"{about} ({name})"
    lengths = {len(example[f"image/{key}"]) for key in _MANY}
    if len(lengths) > 1:
        report.error("tfrecord.lists", path, about, f"lists of objects differ in length: {sorted(lengths)}", remedy)
        return
    encoded = example["image/encoded"][0]
    digest = hashlib.sha256(encoded).hexdigest() if isinstance(encoded, bytes) else ""
    if _text(example["image/key/sha256"][0]) != digest:
        report.error("tfrecord.digest", path, about, "image/key/sha256 is not that of the picture in it", remedy)
    width, height = int(example["image/width"][0]), int(example["image/height"][0])
    objects = _objects(report, path, about, example, view)
    sized = tuple((n, (b[0] * width, b[1] * height, b[2] * width, b[3] * height)) for n, b in objects)
    if stem_of(name) in view.images:
        report.error("tfrecord.twice", path, about, "is there twice", remedy)
    view.images[stem_of(name)] = Seen(path, about, role, width, height, sized)


def _objects(report: Report, path: Path, about: str, example: Example, view: View) -> list[tuple[str, Box]]:
    objects: list[tuple[str, Box]] = []
    classes = view.classes or ()
    boxes = np.array([example[f"image/object/bbox/{side}"] for side in _SIDES], np.float64).T.reshape(-1, 4).tolist()
    texts = [_text(value) for value in example["image/object/class/text"]]
    labels = [int(value) for value in example["image/object/class/label"]]
    for number, (corners, name, label) in enumerate(zip(boxes, texts, labels, strict=True), start=1):
        x0, y0, x1, y1 = corners
        one = f"{about}, object {number}"
        if not (0.0 <= x0 < x1 <= 1.0 and 0.0 <= y0 < y1 <= 1.0):
            message = f"box {(x0, y0, x1, y1)} must have 0 <= min < max <= 1: the Object Detection API fails"
            report.error("tfrecord.box", path, one, message, "clip it and write the joint files again")
        if not 1 <= label <= len(classes) or classes[label - 1] != name:
            message = f"label {label} and text {name!r} do not agree with label_map.pbtxt"
            report.error("tfrecord.class", path, one, message, "write the joint files again")
        objects.append((name, (x0, y0, x1, y1)))
    return objects


def _holds(example: Example, key: str, kind: type) -> bool:
    values = example.get(f"image/{key}")
    return values is not None and all(isinstance(value, kind) for value in values)


def _text(value: bytes | float | int) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
