"""The two COCO files of a split against one another: all equal, and the same pixels under both kinds of masks."""

from __future__ import annotations

from collections.abc import Iterator

from synth.errors import LabelError
from synth.inspection.checks.coco import CocoFile
from synth.inspection.checks.findings import Report
from synth.labels.record import Json, read_segmentation

_REMEDY = "write the joint files again: run the same synth generate once more"


def check_masks(report: Report, polygons: CocoFile, rle: CocoFile) -> None:
    """Compares the file with polygons with the one with run-length masks, object by object."""
    if polygons.images != rle.images or _classes(polygons) != _classes(rle):
        message = f"images or categories are not those of {rle.path.name}"
        report.error("masks.images", polygons.path, "images", message, _REMEDY)
    exact = {entry.get("id"): entry for entry in rle.annotations}
    for entry in polygons.annotations:
        about, other = f"annotation {entry.get('id')}", exact.pop(entry.get("id"), None)
        if other is None:
            report.error("masks.object", polygons.path, about, f"is not in {rle.path.name}", _REMEDY)
            continue
        keys = sorted(key for key in {*entry, *other} - {"segmentation"} if _plain(entry, key) != _plain(other, key))
        if keys:
            message = f"{', '.join(keys)} differ from those in {rle.path.name}"
            report.error("masks.object", polygons.path, about, message, _REMEDY)
        image = polygons.images[entry["image_id"]]
        for whose, one, same in _with_characters(entry, other):
            if not _same_pixels(one, same, image):
                message = f"{whose} polygons do not cover the pixels of its mask in {rle.path.name}"
                report.error("masks.pixels", polygons.path, about, message, _REMEDY)
    for key in exact:
        report.error("masks.object", rle.path, f"annotation {key}", f"is not in {polygons.path.name}", _REMEDY)


def _classes(file: CocoFile) -> tuple[dict[int, str], dict[int, str]]:
    return file.categories, file.characters


def _plain(entry: Json, key: str) -> object:
    """A value without the masks inside it."""
    value = entry.get(key)
    if key == "characters" and isinstance(value, list):
        return [{k: v for k, v in one.items() if k != "segmentation"} for one in value if isinstance(one, dict)]
    return value


def _with_characters(entry: Json, other: Json) -> Iterator[tuple[str, Json, Json]]:
    """An object in both files, and its characters; none of these where their numbers differ, which has been told."""
    yield "its", entry, other
    ours, theirs = entry.get("characters"), other.get("characters")
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, same) in enumerate(zip(ours, theirs, strict=True), start=1):
            if isinstance(one, dict) and isinstance(same, dict):
                yield f"character {number}: its", one, same


def _same_pixels(entry: Json, other: Json, image: Json) -> bool:
    """True also where one of them cannot be drawn: that has been told already."""
    try:
        a = read_segmentation(entry.get("segmentation"), image["width"], image["height"])
        b = read_segmentation(other.get("segmentation"), image["width"], image["height"])
    except LabelError:
        return True
    return a == b
