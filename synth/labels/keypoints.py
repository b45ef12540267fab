"""Named points of objects as COCO has them: `[x, y, v, ...]`, one entry for each name of the object's category.

x and y are continuous px, like boxes. v is 2: seen; 1: in the picture, but hidden; 0 with zeros for x and y: outside,
or the object has no point of that name. The names of a category are those of all its objects in the dataset, in the
order in which they come up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synth.errors import LabelError
from synth.labels.sample import Keypoint, LabelledImage

Names = Sequence[Sequence[str]]
"""Names of the keypoints of each category, by its position."""
VISIBLE, HIDDEN, ABSENT = 2, 1, 0


class NamesSeen:
    """Gathers the names of keypoints while a dataset is gone through."""

    def __init__(self, categories: int) -> None:
        self._seen: list[dict[str, None]] = [{} for _ in range(categories)]

    def add(self, image: LabelledImage) -> None:
        """Adds those of an image's objects."""
        for annotation in image.annotations:
            if annotation.keypoints:
                self._seen[annotation.category].update(dict.fromkeys(point.name for point in annotation.keypoints))

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Those of each category so far."""
        return tuple(tuple(seen) for seen in self._seen)


def keypoint_names(images: Iterable[LabelledImage], categories: int) -> tuple[tuple[str, ...], ...]:
    """The names of the keypoints of each of so many categories."""
    seen = NamesSeen(categories)
    for image in images:
        seen.add(image)
    return seen.names


def visibility_code(point: Keypoint, width: int, height: int) -> int:
    """COCO's v of a point in a picture of width x height px."""
    if not (0 <= point.x <= width and 0 <= point.y <= height):
        return ABSENT
    return VISIBLE if point.is_visible else HIDDEN


def keypoints_to_triples(
    keypoints: Sequence[Keypoint], names: Sequence[str], width: int, height: int
) -> list[tuple[float, float, int]]:
    """(x, y, v) for each name; LabelError if a point has another."""
    known = {point.name: point for point in keypoints}
    if strangers := [name for name in known if name not in names]:
        raise LabelError(f"keypoint {strangers[0]!r} is not among those of its category: {', '.join(names) or 'none'}")
    triples = []
    for name in names:
        point = known.get(name)
        code = ABSENT if point is None else visibility_code(point, width, height)
        triples.append((0.0, 0.0, ABSENT) if point is None or not code else (float(point.x), float(point.y), code))
    return triples


def triples_to_keypoints(triples: Iterable[tuple[float, float, int]], names: Sequence[str]) -> tuple[Keypoint, ...]:
    """The points that are there."""
    pairs = zip(names, triples, strict=True)
    return tuple(Keypoint(name, x, y, code == VISIBLE) for name, (x, y, code) in pairs if code != ABSENT)


def read_coco_keypoints(value: Any, names: Sequence[str]) -> tuple[Keypoint, ...]:
    """The points in COCO's flat list; where the category names none, they are called "1", "2", ..."""
    if not value:
        return ()
    if not isinstance(value, list) or len(value) % 3 or not all(_is_number(number) for number in value):
        raise LabelError(f"keypoints must be x, y, v for each name, all numbers, got {str(value)[:60]}")
    named = names or [str(k) for k in range(1, len(value) // 3 + 1)]
    if 3 * len(named) != len(value):
        raise LabelError(
            f"keypoints must be {len(named)} times x, y, v, as its category names, got {len(value)} numbers"
        )
    if any(code not in (VISIBLE, HIDDEN, ABSENT) for code in value[2::3]):
        raise LabelError(f"v of a keypoint must be 0, 1 or 2, got {value[2::3]}")
    codes = (int(code) for code in value[2::3])
    return triples_to_keypoints(zip(map(float, value[::3]), map(float, value[1::3]), codes, strict=True), named)


def keypoint_keys(keypoints: Sequence[Keypoint], names: Sequence[str], width: int, height: int) -> dict[str, Any]:
    """The keys of a COCO object: `keypoints` and `num_keypoints`, and `named_keypoints` where those lose a point or
    the order.

    Args:
        keypoints: of the object.
        names: those of its category; without them only `named_keypoints` is written.
        width: of the picture, px.
        height: of the picture, px.
    """
    if not names:
        return {"named_keypoints": keypoints_record(keypoints)}
    triples = keypoints_to_triples(keypoints, names, width, height)
    record: dict[str, Any] = {
        "keypoints": [v for triple in triples for v in triple],
        "num_keypoints": sum(triple[2] != ABSENT for triple in triples),
    }
    if triples_to_keypoints(triples, names) != tuple(keypoints):
        record["named_keypoints"] = keypoints_record(keypoints)
    return record


def read_keypoint_keys(record: Mapping[str, Any], names: Sequence[str]) -> tuple[Keypoint, ...]:
    """The points of a COCO object; those by name count first."""
    if "named_keypoints" in record:
        return read_keypoints_record(record["named_keypoints"])
    return read_coco_keypoints(record.get("keypoints"), names)


def keypoints_record(keypoints: Sequence[Keypoint]) -> list[list[Any]]:
    """The points with their names, wherever they are: `[name, x, y, 1 if it is seen]`."""
    return [[point.name, float(point.x), float(point.y), int(point.is_visible)] for point in keypoints]


def read_keypoints_record(value: Any) -> tuple[Keypoint, ...]:
    """Reads what `keypoints_record` wrote."""
    rows: list[Any] = value if isinstance(value, list) else [None]
    for row in rows:
        right = isinstance(row, list) and len(row) == 4 and isinstance(row[0], str) and row[3] in (0, 1)
        if not right or not all(_is_number(number) for number in row[1:]):
            raise LabelError(f"named_keypoints must be [name, x, y, 0 or 1] each, got {str(row)[:60]}")
    return tuple(Keypoint(name, float(x), float(y), bool(seen)) for name, x, y, seen in rows)


def category_names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of keypoints in one of COCO's categories."""
    names = entry.get("keypoints") or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise LabelError(f"keypoints of category {entry.get('id')!r} must be a list of names, got {str(names)[:60]}")
    if len(set(names)) != len(names):
        raise LabelError(f"keypoints of category {entry.get('id')!r} must have distinct names, got {', '.join(names)}")
    return tuple(names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
