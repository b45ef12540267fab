"""TFRecord files in the schema of TensorFlow's Object Detection API, written and read without TensorFlow.

Boxes are shares of the image in float32, class labels start at 1, every list has one entry an object; an image without
objects has empty lists and is in the file like any other. The schema knows objects only: `synth crops` makes sets in
which the characters are the objects. Keypoints are there in datasets that have some: every object has an entry for
each name of the dataset, in one order, with visibility 0 (and zeros) where it has no such point in the picture.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from synth.errors import LabelError
from synth.labels.keypoints import ABSENT, VISIBLE, keypoints_to_triples, triples_to_keypoints
from synth.labels.record import annotation_area
from synth.labels.sample import Annotation, Categories, Keypoint, LabelledImage, Mask
from synth.labels.wire import (
    BYTES,
    FLOATS,
    INTEGERS,
    Fields,
    Value,
    decode_example,
    encode_example,
    frame,
    read_records,
)

IMAGES_A_SHARD = 1000
LABEL_MAP = "label_map.pbtxt"
_SHARD = re.compile(r"(.+)-\d{5}-of-(\d{5})\.tfrecord")
_ITEM = re.compile(r"item\s*\{\s*id:\s*(\d+)\s*name:\s*'((?:[^'\\]|\\.)*)'\s*\}")
_FORMATS = {".jpg": b"jpeg", ".jpeg": b"jpeg", ".png": b"png", ".bmp": b"bmp", ".gif": b"gif"}


def example_features(
    image: LabelledImage,
    encoded: bytes,
    source_id: int,
    categories: Categories,
    *,
    masks: bool = False,
    points: Sequence[str] = (),
) -> Fields:
    """The fields of one image, each with its kind.

    Args:
        image: its labels.
        encoded: the picture file's bytes.
        source_id: the image's id, the same as in the COCO file.
        categories: of the dataset.
        masks: also write each object's mask as a PNG of the image's size, 1 where the object is.
        points: names of all keypoints of the dataset.
    """
    objects = image.annotations
    suffix = Path(image.file_name).suffix.lower()
    name = image.file_name.encode()
    fields: dict[str, tuple[int, Value]] = {
        "image/encoded": (BYTES, [encoded]),
        "image/format": (BYTES, [_FORMATS.get(suffix, suffix.lstrip(".").encode())]),
        "image/filename": (BYTES, [name]),
        "image/source_id": (BYTES, [str(source_id).encode()]),
        "image/height": (INTEGERS, [image.height]),
        "image/width": (INTEGERS, [image.width]),
        "image/key/sha256": (BYTES, [hashlib.sha256(encoded).hexdigest().encode()]),
        "image/object/bbox/xmin": (FLOATS, [a.box[0] / image.width for a in objects]),
        "image/object/bbox/ymin": (FLOATS, [a.box[1] / image.height for a in objects]),
        "image/object/bbox/xmax": (FLOATS, [a.box[2] / image.width for a in objects]),
        "image/object/bbox/ymax": (FLOATS, [a.box[3] / image.height for a in objects]),
        "image/object/class/text": (BYTES, [categories.names[a.category].encode() for a in objects]),
        "image/object/class/label": (INTEGERS, [a.category + 1 for a in objects]),
        "image/object/difficult": (INTEGERS, [int(a.difficult) for a in objects]),
        "image/object/truncated": (INTEGERS, [int(bool(a.truncated)) for a in objects]),
        "image/object/view": (BYTES, [b"Unspecified" for _ in objects]),
        "image/object/is_crowd": (INTEGERS, [0 for _ in objects]),
        "image/object/area": (FLOATS, [annotation_area(a) for a in objects]),
    }
    if masks:
        fields["image/object/mask"] = (BYTES, [_mask_png(a.mask, image) for a in objects])
    if points:
        fields |= _keypoint_fields(image, points)
    return fields


def _keypoint_fields(image: LabelledImage, names: Sequence[str]) -> dict[str, tuple[int, Value]]:
    rows = [keypoints_to_triples(a.keypoints, names, image.width, image.height) for a in image.annotations]
    triples = [triple for row in rows for triple in row]
    return {
        "image/object/keypoint/x": (FLOATS, [x / image.width for x, _, _ in triples]),
        "image/object/keypoint/y": (FLOATS, [y / image.height for _, y, _ in triples]),
        "image/object/keypoint/visibility": (INTEGERS, [code for _, _, code in triples]),
        "image/object/keypoint/text": (BYTES, [name.encode() for _ in rows for name in names]),
        "image/object/keypoint/num": (INTEGERS, [sum(code != ABSENT for _, _, code in row) for row in rows]),
    }


def _mask_png(mask: Mask | None, image: LabelledImage) -> bytes:
    """An object without a mask gets an empty string, which readers take for a missing one."""
    if mask is None:
        return b""
    done, data = cv2.imencode(".png", mask.to_full(image.width, image.height).astype(np.uint8))
    if not done:
        raise LabelError(f"{image.file_name}: a mask of {image.width} x {image.height} px could not be written as PNG")
    return data.tobytes()


def label_map(categories: Categories) -> str:
    """`label_map.pbtxt`: names and their ids, from 1."""
    escaped = [name.replace("\\", "\\\\").replace("'", "\\'") for name in categories.names]
    return "".join(f"item {{\n  id: {k}\n  name: '{name}'\n}}\n" for k, name in enumerate(escaped, start=1))


def shard_name(split: str, shard: int, shards: int) -> str:
    """`train-00000-of-00003.tfrecord`."""
    return f"{split}-{shard:05d}-of-{shards:05d}.tfrecord"


def shard_count(images: int) -> int:
    """How many files a split of that many images is dealt to."""
    return max(1, -(-images // IMAGES_A_SHARD))


def shard_records(
    pictures: Sequence[Path],
    images: Sequence[LabelledImage],
    first_id: int,
    categories: Categories,
    *,
    masks: bool,
    points: Sequence[str] = (),
) -> Iterator[bytes]:
    """The framed records of one shard.

    Args:
        pictures: the picture of each image.
        images: of the shard, in order.
        first_id: id of the first image.
        categories: of the dataset.
        masks: see `example_features`.
        points: see `example_features`.
    """
    for k, (path, image) in enumerate(zip(pictures, images, strict=True)):
        fields = example_features(image, path.read_bytes(), first_id + k, categories, masks=masks, points=points)
        yield frame(encode_example(fields))


def read_label_map(path: Path) -> dict[int, str]:
    """Names by id; empty if there is no such file."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return {int(number): re.sub(r"\\(.)", r"\1", name) for number, name in _ITEM.findall(text)}


def split_of(path: Path) -> tuple[str, int | None]:
    """The split that a file's name states, and of how many shards it is one."""
    match = _SHARD.fullmatch(path.name)
    return (match[1], int(match[2])) if match else (path.stem, None)


def read_tfrecords(folder: Path) -> tuple[Categories, tuple[LabelledImage, ...]]:
    """The labels in a folder of TFRecords; a class is known by its text.

    Raises:
        LabelError: a damaged file, or records of another schema.
    """
    names = list(read_label_map(folder / LABEL_MAP).values())
    images = []
    for path in sorted(folder.glob("*.tfrecord")):
        for number, data in enumerate(read_records(path)):
            try:
                images.append(_read_image(decode_example(data), split_of(path)[0], names))
            except (LabelError, KeyError, IndexError, TypeError, ValueError) as error:
                raise LabelError(
                    f"{path}: record {number}: not of the Object Detection API's schema ({error})"
                ) from None
    return Categories(tuple(names)), tuple(images)


def _read_image(example: Mapping[str, Value], split: str, names: list[str]) -> LabelledImage:
    """One image; new class names are added to `names`."""
    width, height = int(example["image/width"][0]), int(example["image/height"][0])
    corners = [
        np.asarray(example[f"image/object/bbox/{side}"], np.float64) for side in ("xmin", "ymin", "xmax", "ymax")
    ]
    boxes = (np.array(corners).T * (width, height, width, height)).tolist()
    pngs = list(example.get("image/object/mask", ())) or [b""] * len(boxes)
    annotations = []
    texts = [_text(text) for text in example["image/object/class/text"]]
    points = _keypoints(example, width, height, len(boxes))
    for box, name, png, keypoints in zip(boxes, texts, pngs, points, strict=True):
        if name not in names:
            names.append(name)
        mask = _png_mask(png) if isinstance(png, bytes) and png else None
        annotations.append(Annotation(names.index(name), mask.box if mask else tuple(box), mask, keypoints=keypoints))
    return LabelledImage(_text(example["image/filename"][0]), width, height, tuple(annotations), split)


def _keypoints(example: Mapping[str, Value], width: int, height: int, objects: int) -> list[tuple[Keypoint, ...]]:
    """The keypoints of each object, as exactly as shares in float32 tell them."""
    texts = [_text(text) for text in example.get("image/object/keypoint/text", ())]
    if not texts:
        return [()] * objects
    x, y, codes = ([float(v) for v in example[f"image/object/keypoint/{key}"]] for key in ("x", "y", "visibility"))
    if len(texts) % max(objects, 1) or not len(texts) == len(x) == len(y) == len(codes):
        raise LabelError(f"keypoints must be as many for each of {objects} objects, got {len(texts)}")
    triples = [(across * width, down * height, int(code)) for across, down, code in zip(x, y, codes, strict=True)]
    if any(code not in (ABSENT, 1, VISIBLE) for _, _, code in triples):
        raise LabelError("visibility of a keypoint must be 0, 1 or 2")
    step = len(texts) // max(objects, 1)
    rows = [slice(k * step, (k + 1) * step) for k in range(objects)]
    return [triples_to_keypoints(triples[row], texts[row]) for row in rows]


def _png_mask(data: bytes) -> Mask:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise LabelError("a mask is no PNG")
    return Mask.from_full(pixels)


def _text(value: bytes | float | int) -> str:
    if not isinstance(value, bytes):
        raise LabelError(f"expected a string, got {value!r}")
    return value.decode("utf-8")
