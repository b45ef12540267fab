"""One annotation as one JSON object in COCO's notation: `[x, y, w, h]` float, 0-based, and category ids from 1.

What COCO has no key for goes where its readers leave it alone: what a person would read off the object into
`attributes` (text, identity, angle_deg, visibility, truncated, occluded, difficult), geometry into keys of its own
(`quad`, `circle`, `amodal_xyxy`, `named_keypoints`, `space`, `measures`, and `characters` with annotations inside, each
with its `place`; their category ids are those of the document's `character_categories`). A key is there only if its
value is known, `occluded` only if it follows from the visibility. Reading gives back exactly what was written, and
takes what other tools write: ids as floats or strings, RLE or polygons, a flat polygon, no bbox where there is a mask.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from synth.errors import LabelError
from synth.geometry.boxes import Box, box_area, xywh_to_xyxy
from synth.labels.keypoints import keypoint_keys, read_keypoint_keys
from synth.labels.polygons import mask_to_polygons, polygons_to_mask
from synth.labels.rle import counts_to_mask, mask_to_rle, rle_to_mask
from synth.labels.sample import Annotation, Mask, Quad
from synth.labels.space import read_measures, read_space, space_record

Masks = Literal["polygons", "rle"]
Json = dict[str, Any]
Positions = Mapping[int | str, int]
BORDER_TOLERANCE_PX = 1.0


def annotation_record(
    annotation: Annotation, width: int, height: int, *, masks: Masks, points: Sequence[str] = ()
) -> Json:
    """What one annotation is in COCO, without `id` and `image_id`.

    Args:
        annotation: the object.
        width: of its image, px.
        height: of its image, px.
        masks: how its mask is written: along pixel edges (see `synth.labels.polygons`) or run-length encoded.
        points: names of its category's keypoints; without them they are written by name.
    """
    mask, bbox = annotation.mask, xyxy_to_xywh_within(annotation.box)
    record: Json = {
        "category_id": annotation.category + 1,
        "bbox": bbox,
        "area": annotation_area(annotation),
        "iscrowd": 0,
        "segmentation": [] if mask is None else _segmentation(mask, width, height, masks),
    }
    if attributes := _attributes(annotation):
        record["attributes"] = attributes
    if xywh_to_xyxy(bbox) != annotation.box:
        record["bbox_xyxy"] = [float(v) for v in annotation.box]
    if annotation.quad is not None:
        record["quad"] = [[float(x), float(y)] for x, y in annotation.quad]
    if annotation.circle is not None:
        record["circle"] = [float(v) for v in annotation.circle]
    if annotation.amodal_box is not None:
        record["amodal_xyxy"] = [float(v) for v in annotation.amodal_box]
    if annotation.place is not None:
        record["place"] = list(annotation.place)
    if points or annotation.keypoints:
        record |= keypoint_keys(annotation.keypoints, points, width, height)
    if annotation.space is not None:
        record["space"] = space_record(annotation.space)
    if annotation.measures:
        record["measures"] = {name: float(value) for name, value in annotation.measures}
    if annotation.characters:
        record["characters"] = [annotation_record(c, width, height, masks=masks) for c in annotation.characters]
    return record


def annotation_area(annotation: Annotation) -> float:
    """The mask's pixels, or the box's area where there is no mask."""
    return float(annotation.mask.area) if annotation.mask is not None else box_area(annotation.box)


def xyxy_to_xywh_within(box: Box) -> list[float]:
    """`[x, y, w, h]` such that, as floats, x + w and y + h are the box's high edges.

    They are never above, and below (by a unit in the last place) only where no float hits them.
    """
    x0, y0, x1, y1 = (float(v) for v in box)
    return [x0, y0, _extent_within(x0, x1), _extent_within(y0, y1)]


def _extent_within(low: float, high: float) -> float:
    extent = high - low
    if low + extent < high:
        extent = math.nextafter(extent, math.inf)
    while low + extent > high:
        extent = math.nextafter(extent, 0.0)
    return extent


def _segmentation(mask: Mask, width: int, height: int, masks: Masks) -> list[list[int]] | Json:
    if masks == "rle":
        return {"size": [height, width], "counts": mask_to_rle(mask, width, height)}
    return mask_to_polygons(mask)


def _attributes(annotation: Annotation) -> Json:
    known = {
        "text": annotation.text,
        "identity": annotation.identity,
        "angle_deg": annotation.angle_deg,
        "visibility": annotation.visibility,
        "truncated": annotation.truncated,
    }
    attributes = {name: value for name, value in known.items() if value not in (None, "")}
    if annotation.visibility is not None and annotation.truncated is False:
        attributes["occluded"] = annotation.visibility < 1.0
    if annotation.difficult:
        attributes["difficult"] = True
    return attributes


def annotation_from_record(
    record: Json,
    categories: Positions,
    width: int,
    height: int,
    characters: Positions | None = None,
    points: Sequence[Sequence[str]] = (),
) -> Annotation:
    """The annotation that a COCO object describes.

    Args:
        record: the object; `bbox_xyxy`, which we write where bbox cannot say it to the last bit, counts before bbox.
        categories: a category's id in the document, as `tidy_id` gives it, to its position.
        characters: likewise of the classes of characters; without them what another tool may mean by `characters` is
            passed over.
        points: names of the keypoints of each category, by its position.
        width: of its image, px.
        height: of its image, px.

    Raises:
        LabelError: what is wrong with which key; the caller says in which file and annotation.
    """
    key = tidy_id(record.get("category_id"))
    category = None if key is None else categories.get(key)
    if category is None:
        raise LabelError(f"category_id {record.get('category_id')!r} is not among the categories; add it or correct it")
    mask = read_segmentation(record.get("segmentation"), width, height)
    attributes = record.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise LabelError(f"attributes must be an object, got {attributes!r}")
    return Annotation(
        category=category,
        box=_read_box(record, mask, width, height),
        mask=mask,
        amodal_box=_numbers(record, "amodal_xyxy", 4),
        circle=_numbers(record, "circle", 3),
        quad=_read_quad(record.get("quad")),
        angle_deg=_number(attributes, "angle_deg"),
        text=_text(attributes.get("text", record.get("text"))),
        characters=() if characters is None else _read_characters(record, characters, width, height),
        visibility=_number(attributes, "visibility"),
        identity=_text(attributes.get("identity", record.get("identity"))),
        truncated=_flag(attributes, "truncated"),
        difficult=bool(_flag(attributes, "difficult")) or record.get("iscrowd") == 1,
        place=_read_place(record.get("place")),
        keypoints=read_keypoint_keys(record, points[category] if points else ()),
        space=read_space(record.get("space")),
        measures=read_measures(record.get("measures")),
    )


def _read_characters(record: Json, characters: Positions, width: int, height: int) -> tuple[Annotation, ...]:
    found = []
    for number, entry in enumerate(_objects(record.get("characters") or ()), start=1):
        try:
            found.append(annotation_from_record(entry, characters, width, height, characters))
        except LabelError as error:
            raise LabelError(f"character {number}: {error}") from None
    return tuple(found)


def _read_place(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(type(v) is int and v >= 0 for v in value):
        raise LabelError(f"place must be [copy, position], whole numbers from 0, got {value!r}")
    return (value[0], value[1])


def tidy_id(value: Any) -> int | str | None:
    """An id that compares equal however it was written: 3, 3.0 and "3" are the same; None if it is no id at all."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else value
    return value if isinstance(value, int) else None


def _read_box(record: Json, mask: Mask | None, width: int, height: int) -> Box:
    if record.get("bbox") is None:
        if mask is None or mask.area == 0:
            raise LabelError("bbox is missing and there is no mask to take it from; add [x, y, width, height]")
        return mask.box
    x, y, w, h = _numbers(record, "bbox", 4)
    if "bbox_xyxy" in record:
        exact: Box = _numbers(record, "bbox_xyxy", 4)
        return exact
    if w <= 0 or h <= 0:
        raise LabelError(f"bbox must have width and height > 0, got {record['bbox']}; draw it again or remove it")
    box = xywh_to_xyxy((x, y, w, h))
    beyond = max(-box[0], -box[1], box[2] - width, box[3] - height)
    if beyond <= 0:
        return box
    if beyond > BORDER_TOLERANCE_PX:
        raise LabelError(f"bbox {record['bbox']} reaches out of its {width} x {height} image; clip it to the image")
    return (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))


def read_segmentation(value: Any, width: int, height: int) -> Mask | None:
    """The mask of any form that COCO knows; None where there is none."""
    if not value:
        return None
    if isinstance(value, dict):
        return _read_rle(value, width, height)
    if not isinstance(value, list):
        raise LabelError(f"segmentation must be a list of polygons or an RLE object, got {type(value).__name__}")
    polygons = [value] if all(isinstance(v, int | float) for v in value) else value
    if not all(isinstance(p, list) and all(isinstance(v, int | float) for v in p) for p in polygons):
        raise LabelError("segmentation must be a list of polygons, each a list of numbers [x0, y0, x1, y1, ...]")
    areas = [p for p in polygons if len(p) >= 6]  # one point or a line covers no pixel
    return polygons_to_mask(areas, width, height) if areas else None


def _read_rle(value: Json, width: int, height: int) -> Mask:
    if value.get("size") != [height, width]:
        raise LabelError(f"segmentation.size must be [height, width] = [{height}, {width}], got {value.get('size')!r}")
    counts = value.get("counts")
    if isinstance(counts, str):
        return rle_to_mask(counts, width, height)
    if isinstance(counts, list) and all(type(count) is int and abs(count) < 1 << 40 for count in counts):
        return counts_to_mask(np.array(counts, np.int64), width, height)
    raise LabelError("segmentation.counts must be a string or a list of whole numbers")


def _read_quad(value: Any) -> Quad | None:
    if value is None:
        return None
    points = [_numbers({"quad": p}, "quad", 2) for p in value] if isinstance(value, list) else []
    if len(points) != 4 or any(p is None for p in points):
        raise LabelError(f"quad must be four points [x, y], got {value!r}")
    return tuple(points)


def _objects(value: Sequence[Any]) -> list[Json]:
    if not isinstance(value, list | tuple) or not all(isinstance(v, dict) for v in value):
        raise LabelError("characters must be a list of objects")
    return list(value)


def _numbers(record: Json, key: str, count: int) -> Any:
    """A tuple of `count` finite floats, or None where the key is missing."""
    value = record.get(key)
    if value is None:
        return None
    right = isinstance(value, list | tuple) and len(value) == count
    if not right or not all(isinstance(v, int | float) and math.isfinite(v) for v in value):
        raise LabelError(f"{key} must be {count} numbers, got {value!r}")
    return tuple(float(v) for v in value)


def _number(record: Json, key: str) -> float | None:
    value = record.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise LabelError(f"{key} must be a number, got {value!r}")
    return value


def _text(value: Any) -> str | None:
    """Text as it is; a number as it is written; nothing for an empty field."""
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float):
        return str(value)
    raise LabelError(f"text and identity must be strings, got {value!r}")


def _flag(record: Json, key: str) -> bool | None:
    value = record.get(key)
    spelled = {"true": True, "false": False, "1": True, "0": False}
    if value is None or isinstance(value, bool):
        return value
    found = spelled.get(str(value).strip().lower())
    if found is None:
        raise LabelError(f"{key} must be true or false, got {value!r}")
    return found
