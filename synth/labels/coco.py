"""COCO documents: one JSON file a split, boxes as `[x, y, w, h]` float and 0-based, every id counted from 1 without
gaps.

Written so that the strictest readers take it: `info` and `licenses` are there, `segmentation`, `area` and `iscrowd`
are there for every object, images without objects are listed. Licences are those of the card, never invented; no
clock is read. The classes of characters stand in `character_categories`, built like `categories` and counted apart. How
one object is written: `synth.labels.record`. Reading is for hand labels too (CVAT, labelme exports).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from synth.errors import LabelError
from synth.labels.keypoints import Names, category_names, keypoint_names
from synth.labels.record import Json, Masks, annotation_from_record, annotation_record, tidy_id
from synth.labels.sample import Annotation, Categories, LabelledImage

MAX_FILE_BYTES = 2 << 30
MAX_SIDE_PX = 1 << 16
FILE_PREFIX = "instances_"
_NO_LICENCE = {"id": 1, "name": "not stated", "url": ""}


def coco_chunks(
    images: Sequence[LabelledImage],
    categories: Categories,
    info: Mapping[str, Any],
    *,
    masks: Masks,
    bare: Iterable[LabelledImage] | None = None,
    points: Names | None = None,
) -> Iterator[bytes]:
    """The document of one split as JSON in pieces, holding one image at a time in memory.

    Args:
        images: of the split, in the order of their ids.
        categories: of the dataset.
        info: description, version, year, contributor, url, date_created, and licenses (a list of name and url); what
            is missing stays empty.
        masks: "polygons", or "rle" for masks run-length encoded.
        bare: the same images without objects; with them `images`, which may be costly to look at, is run through once.
        points: names of the keypoints of each category in the whole dataset; None: those in `images`.
    """
    if points is None:
        points = keypoint_names(images, len(categories.names))
    yield msgspec.json.encode(_header(categories, info, points))[:-1]
    headers = _image_records(images if bare is None else bare)
    for name, records in (("images", headers), ("annotations", _annotation_records(images, categories, masks, points))):
        yield f',"{name}":['.encode()
        for k, record in enumerate(records):
            yield (b",\n" if k else b"\n") + msgspec.json.encode(record)
        yield b"\n]"
    yield b"}\n"


def _header(categories: Categories, info: Mapping[str, Any], points: Names) -> Json:
    created = str(info.get("date_created", ""))
    licences = [{"id": k, "name": "", "url": "", **entry} for k, entry in enumerate(info.get("licenses", ()), start=1)]
    header: Json = {
        "info": {
            "description": str(info.get("description", "")),
            "version": str(info.get("version", "")),
            "year": int(info.get("year") or (created[:4] if created[:4].isdigit() else 0)),
            "contributor": str(info.get("contributor", "")),
            "url": str(info.get("url", "")),
            "date_created": created,
        },
        "licenses": licences or [_NO_LICENCE],
        "categories": _category_records(categories.names, "object", points),
    }
    if categories.characters:
        header["character_categories"] = _category_records(categories.characters, "character")
    return header


def _category_records(names: Sequence[str], above: str, points: Names = ()) -> list[Json]:
    records: list[Json] = [{"id": k, "name": name, "supercategory": above} for k, name in enumerate(names, start=1)]
    for record, named in zip(records, points, strict=False):
        if named:
            record |= {"keypoints": list(named), "skeleton": []}
    return records


def _image_records(images: Iterable[LabelledImage]) -> Iterator[Json]:
    for k, image in enumerate(images, start=1):
        record: Json = {
            "id": k,
            "file_name": image.file_name,
            "width": image.width,
            "height": image.height,
            "license": 1,
        }
        if image.extra:
            record["extra"] = dict(image.extra)
        yield record


def _annotation_records(
    images: Sequence[LabelledImage], categories: Categories, masks: Masks, points: Names
) -> Iterator[Json]:
    number = 0
    for image_id, image in enumerate(images, start=1):
        for annotation in image.annotations:
            number += 1
            if any(character.category >= len(categories.characters) for character in annotation.characters):
                raise LabelError(
                    f"{image.file_name}, object {number}: a character's class must be among the dataset's "
                    f"{len(categories.characters)} classes of characters; add it to Categories.characters"
                )
            record = annotation_record(
                annotation, image.width, image.height, masks=masks, points=points[annotation.category]
            )
            yield {"id": number, "image_id": image_id, **record}


def read_coco(
    path: Path, *, split: str | None = None, on_problem: Callable[[str], None] | None = None
) -> tuple[Categories, tuple[LabelledImage, ...]]:
    """Reads a COCO file, ours or somebody else's.

    Args:
        path: the JSON file.
        split: of its images; by default what follows "instances_" in the file's name, else "".
        on_problem: gets one line for each object that has to be left out; without it the first one is an error.

    Returns:
        Categories in the order of their ids, and the images in the order of the file, by base name.

    Raises:
        LabelError: file, object, what is wrong and what to do, in one line.
    """
    document = load_json_object(path)
    if split is None:
        split = path.stem.removeprefix(FILE_PREFIX) if path.stem.startswith(FILE_PREFIX) else ""
    names, of_object = _read_classes(document, "categories", path)
    characters, of_character = Categories(()).characters, None
    if document.get("character_categories") is not None:
        characters, of_character = _read_classes(document, "character_categories", path)
    points = _read_points(document, of_object, path)
    images = _read_images(document, path)
    objects: dict[int | str, list[Annotation]] = {key: [] for key in images}
    for entry in _entries(document, "annotations", path):
        try:
            owner, image = _owner(entry, images)
            size = image.width, image.height
            objects[owner].append(annotation_from_record(entry, of_object, *size, of_character, points))
        except LabelError as error:
            line = f"{path}: annotation {entry.get('id')}: {error}"
            if on_problem is None:
                raise LabelError(line) from None
            on_problem(line)
    labelled = tuple(
        LabelledImage(image.file_name, image.width, image.height, tuple(objects[key]), split, image.extra)
        for key, image in images.items()
    )
    return Categories(names, characters), labelled


def _owner(entry: Json, images: Mapping[int | str, LabelledImage]) -> tuple[int | str, LabelledImage]:
    owner = tidy_id(entry.get("image_id"))
    if owner is None or owner not in images:
        raise LabelError(f"image_id {entry.get('image_id')!r} is not among the images; add it or drop the object")
    return owner, images[owner]


def load_json_object(path: Path) -> Json:
    """The JSON object in a file; LabelError if it is missing, too large, no JSON, or no object."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise LabelError(f"{path}: larger than the limit of {MAX_FILE_BYTES >> 30} GiB; split the file")
        document = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise LabelError(f"{path}: not JSON ({error}); export it again or mend it by hand") from None
    if not isinstance(document, dict):
        raise LabelError(f"{path}: expected a JSON object, got {type(document).__name__}; is it another kind of file?")
    return document


def _entries(document: Json, key: str, path: Path) -> list[Json]:
    entries = document.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LabelError(f'{path}: "{key}" must be a list of objects; is this a COCO instances file?')
    return entries


def _read_classes(document: Json, key: str, path: Path) -> tuple[tuple[str, ...], dict[int | str, int]]:
    """The names of a list of classes, sorted by id, and the position of each id."""
    found: dict[int | str, str] = {}
    for entry in _entries(document, key, path):
        number, name = tidy_id(entry.get("id")), entry.get("name")
        if number is None or not isinstance(name, str) or not name.strip():
            raise LabelError(f"{path}: category {entry.get('id')!r} needs an id and a name, got {name!r}; name it")
        if number in found:
            raise LabelError(f"{path}: category {number} is there twice; give each an id of its own")
        found[number] = name.strip()
    ordered = sorted(found, key=lambda number: (isinstance(number, str), number))
    names = tuple(found[number] for number in ordered)
    try:
        Categories(names)
    except LabelError as error:
        raise LabelError(f"{path}: {error}; rename one of them") from None
    return names, {number: position for position, number in enumerate(ordered)}


def _read_points(document: Json, positions: Mapping[int | str, int], path: Path) -> Names:
    """Names of the keypoints of each category."""
    names: list[tuple[str, ...]] = [()] * len(positions)
    for entry in _entries(document, "categories", path):
        key = tidy_id(entry.get("id"))
        try:
            if key is not None:
                names[positions[key]] = category_names(entry)
        except LabelError as error:
            raise LabelError(f"{path}: {error}; correct them") from None
    return names


def _read_images(document: Json, path: Path) -> dict[int | str, LabelledImage]:
    images: dict[int | str, LabelledImage] = {}
    for entry in _entries(document, "images", path):
        key, name = tidy_id(entry.get("id")), entry.get("file_name")
        where = f"{path}: image {entry.get('id')!r}"
        if key is None or key in images:
            raise LabelError(f"{where}: ids must be there and differ; give each image an id of its own")
        base = name.replace("\\", "/").rsplit("/", 1)[-1] if isinstance(name, str) else ""
        if not base or "\0" in base:
            raise LabelError(f"{where}: file_name must name a picture, got {name!r}; add it")
        width, height = (_side(entry.get(side), side, where) for side in ("width", "height"))
        extra = entry.get("extra")
        images[key] = LabelledImage(base, width, height, extra=extra if isinstance(extra, dict) else {})
    return images


def _side(value: Any, name: str, where: str) -> int:
    whole = tidy_id(value)
    if not isinstance(whole, int) or not 0 < whole <= MAX_SIDE_PX:
        raise LabelError(f"{where}: {name} must be whole pixels from 1 to {MAX_SIDE_PX}, got {value!r}; set it")
    return whole
