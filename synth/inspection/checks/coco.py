"""COCO files: what pycocotools, Datumaro, CVAT, FiftyOne, supervision, torchvision and Ultralytics ask for, together.

Each rule stands for a reader that fails, drops objects, or scores the truth below 1 when it is broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from synth.errors import LabelError
from synth.geometry.boxes import Box, xywh_to_xyxy
from synth.inspection.checks.coco_objects import ObjectRules
from synth.inspection.checks.findings import Report, Seen, View
from synth.inspection.checks.space import check_coco_keypoints
from synth.labels.coco import load_json_object
from synth.labels.layout import ROLES, stem_of
from synth.labels.record import Json

_LISTS = ("images", "annotations", "categories")


@dataclass(slots=True)
class CocoFile:
    """A COCO file whose parts have been checked.

    Attributes:
        path: the file.
        images: by id, those that can be used.
        categories: names by id.
        characters: names of the classes of characters by id.
        annotations: those that are objects with a known image.
    """

    path: Path
    images: dict[int, Json] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    characters: dict[int, str] = field(default_factory=dict)
    annotations: list[Json] = field(default_factory=list)


def check_coco(report: Report, path: Path, *, rle: bool = False) -> CocoFile | None:
    """Checks one file; None if nothing in it can be used.

    Args:
        report: gets the findings.
        path: the JSON file.
        rle: whether its masks are promised to be run-length encoded.
    """
    try:
        document = load_json_object(path)
    except LabelError as error:
        report.error("coco.json", path, "", str(error).removeprefix(f"{path}: "), "write or export the file again")
        return None
    missing = [key for key in _LISTS if not isinstance(document.get(key), list)]
    for key in missing:
        report.error("coco.lists", path, key, f'"{key}" must be a list', "write it; an empty list is allowed")
    if missing:
        return None
    _check_head(report, path, document)
    file = CocoFile(path)
    _check_categories(report, path, document["categories"], file.categories)
    _check_categories(report, path, _listed(document, "character_categories"), file.characters)
    _check_images(report, file, document)
    rules = ObjectRules(report, path, file.images, file.categories, rle)
    file.annotations = [entry for entry in document["annotations"] if rules.check(entry)]
    rules.finish()
    check_coco_keypoints(report, path, document, file.images)
    return file


def add_to_view(view: View, split: str, file: CocoFile) -> None:
    """Adds the labels of a file; `split` is "" if its name states none."""
    if view.classes is None:
        view.classes = tuple(file.categories[key] for key in sorted(file.categories))
    objects: dict[int, list[tuple[str, Box]]] = {key: [] for key in file.images}
    characters: dict[int, list[tuple[str, Box]]] = {key: [] for key in file.images}
    for entry in file.annotations:
        category = entry.get("category_id")
        name = file.categories.get(category, "?") if isinstance(category, int) else "?"
        objects[entry["image_id"]].append((name, xywh_to_xyxy(entry["bbox"])))
        characters[entry["image_id"]] += _characters(entry, file.characters)
    role = ROLES.get(split, split) or None
    for key, image in file.images.items():
        found = tuple(objects[key]), tuple(characters[key])
        seen = Seen(file.path, f"image {key}", role, image["width"], image["height"], *found)
        view.images.setdefault(stem_of(PurePosixPath(image["file_name"]).name), seen)


def _characters(entry: Json, names: Mapping[int, str]) -> Iterator[tuple[str, Box]]:
    """Name and box of the characters of an object; what cannot be read is told by whoever reads the file."""
    for one in _listed(entry, "characters"):
        if isinstance(one, dict) and type(key := one.get("category_id")) is int and key in names:
            bbox = one.get("bbox")
            if isinstance(bbox, list) and len(bbox) == 4 and all(isinstance(v, int | float) for v in bbox):
                yield names[key], xywh_to_xyxy((bbox[0], bbox[1], bbox[2], bbox[3]))


def _check_head(report: Report, path: Path, document: Json) -> None:
    if not isinstance(document.get("info"), dict):
        report.promise("coco.info", path, "info", "is missing: Datumaro's streaming reader fails", 'add "info": {...}')
    licences = document.get("licenses")
    if not isinstance(licences, list) or not licences:
        remedy = 'add "licenses": [{"id": 1, "name": ..., "url": ""}]'
        report.promise("coco.licenses", path, "licenses", "is missing or empty: Datumaro and CVAT ask for it", remedy)
    keys = list(document)
    if report.ours and keys.index("annotations") < max(keys.index("images"), keys.index("categories")):
        message = "come before images and categories: a streaming reader cannot place them"
        report.warn("coco.order", path, "annotations", message, "write images and categories first")


def _listed(document: Json, key: str) -> list[Any]:
    entries = document.get(key)
    return entries if isinstance(entries, list) else []


def _check_categories(report: Report, path: Path, entries: list[Any], names: dict[int, str]) -> None:
    """Adds the name of each usable class to `names`, by its id."""
    for position, entry in enumerate(entries):
        key, name = (entry.get("id"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        about = f"category {key if key is not None else f'number {position + 1}'}"
        if type(key) is not int or not isinstance(name, str) or not name.strip():
            report.error("coco.category", path, about, "needs a whole number as id and a name", "give it both")
            continue
        if key in names or name in names.values():
            report.error("coco.category", path, about, f"id or name {name!r} is there twice", "rename one of them")
            continue
        if "supercategory" not in entry:
            remedy = 'add "supercategory": "object"'
            report.warn("coco.supercategory", path, about, "has no supercategory", remedy)
        names[key] = name
    wanted = list(range(1, len(names) + 1))
    if sorted(names) != wanted:
        off = [key for key in names if key not in wanted]
        message = f"ids must be 1 to {len(wanted)}: Ultralytics takes id - 1 as class, CVAT ignores 0"
        report.promise("coco.category_ids", path, f"category {off[0]}", message, "number the categories from 1")


def _check_images(report: Report, file: CocoFile, document: Json) -> None:
    licences = _licence_ids(document.get("licenses"))
    names: dict[str, Any] = {}
    for position, entry in enumerate(document["images"]):
        key = entry.get("id") if isinstance(entry, dict) else None
        about = f"image {key if key is not None else f'number {position + 1}'}"
        if type(key) is not int or key in file.images:
            message = f"id must be a whole number that no other image has, got {key!r}"
            report.error("coco.image_id", file.path, about, message, "number the images from 1")
            continue
        if key < 1:
            report.promise("coco.image_id", file.path, about, "ids start at 1", "number the images from 1")
        if not _has_size(entry):
            message = "width and height must be whole pixels: FiftyOne, supervision and masks need them"
            report.error("coco.image_size", file.path, about, message, "add the picture's size")
            continue
        if not _check_file_name(report, file.path, about, entry.get("file_name")):
            continue
        stem = stem_of(PurePosixPath(entry["file_name"]).name)
        if stem in names:
            message = f"has the same name as image {names[stem]} but for its extension: CVAT takes them for one"
            report.error("coco.file_name", file.path, about, message, "rename one of the pictures")
        names[stem] = key
        if (licences or report.ours) and entry.get("license") not in licences:
            message = f"license {entry.get('license')!r} is not among the licenses"
            report.warn("coco.image_license", file.path, about, message, "set it to the id of a license")
        file.images[key] = entry


def _licence_ids(entries: Any) -> list[Any]:
    return [entry.get("id") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _has_size(entry: Json) -> bool:
    return all(type(entry.get(side)) is int and entry[side] > 0 for side in ("width", "height"))


def _check_file_name(report: Report, path: Path, about: str, name: Any) -> bool:
    """Whether the name can be used at all."""
    if not isinstance(name, str) or not name:
        report.error("coco.file_name", path, about, f"file_name must name the picture, got {name!r}", "add it")
        return False
    if name.startswith(("/", "\\")) or name[1:2] == ":":
        message = f"file_name {name!r} is absolute: nobody else can open it"
        report.error("coco.file_name", path, about, message, "write the name alone")
    elif "/" in name or "\\" in name:
        message = f"file_name {name!r} has a folder: FiftyOne, Datumaro and CVAT do not find the picture"
        report.promise(
            "coco.file_name", path, about, message, "write the name alone; the folder follows from the split"
        )
    return True
