"""YOLO labels: one text file an image, a line `class cx cy w h` an object, in shares of the image, classes from 0.

Characters are not written: `synth crops` makes sets in which they are the objects. Numbers have six decimals and are
clipped to [0, 1] as written; an image without objects has an empty file. `data.yaml` names no `path`, because readers
take that relative to where they run, but folders relative to itself. Reading takes Ultralytics folders (data.yaml;
polygons too) and what labelImg writes (classes.txt, labels beside the pictures).
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ruamel.yaml

from synth.errors import AssetError, LabelError
from synth.geometry.boxes import bounding_box
from synth.labels.layout import ROLES
from synth.labels.pictures import PICTURE_SUFFIXES, picture_size
from synth.labels.polygons import polygons_to_mask
from synth.labels.sample import Annotation, Categories, LabelledImage

MAX_FILE_BYTES = 16 << 20
_TOLERANCE = 0.01  # what Ultralytics lets pass
NAME_FILES = ("classes.txt", "obj.names", "labels.txt", "labels/classes.txt")
_SUBSETS = ("train", "val", "test", "minival")


def yolo_text(image: LabelledImage) -> str:
    """The label file of one image."""
    lines = []
    for annotation in image.annotations:
        x0, y0, x1, y1 = annotation.box
        shares = (
            (x0 + x1) / 2 / image.width,
            (y0 + y1) / 2 / image.height,
            max((x1 - x0) / image.width, 1e-6),
            max((y1 - y0) / image.height, 1e-6),
        )
        numbers = " ".join(f"{min(max(share, 0.0), 1.0):.6f}" for share in shares)
        lines.append(f"{annotation.category} {numbers}\n")
    return "".join(lines)


def yolo_data_yaml(categories: Categories, splits: Sequence[str]) -> str:
    """The `data.yaml` beside `images/` and `labels/`; without a validation split, `val` repeats `train`."""
    folders = {ROLES.get(split, split): f"images/{split}" for split in splits}
    lines = []
    if splits and "train" not in folders:
        folders["train"] = f"images/{splits[0]}"
    if "train" in folders and "val" not in folders:
        lines.append("# there is no validation split: `val` repeats the training images")
        folders["val"] = folders["train"]
    first = [role for role in ("train", "val", "test") if role in folders]
    for role in first + [role for role in folders if role not in first]:
        lines.append(f"{role}: {json.dumps(folders[role], ensure_ascii=False)}")
    lines.append("names:")
    lines += [f"  {k}: {json.dumps(name, ensure_ascii=False)}" for k, name in enumerate(categories.names)]
    return "\n".join(lines) + "\n"


def parse_yolo(text: str, width: int, height: int, class_count: int) -> tuple[Annotation, ...]:
    """The objects in a label file's text; LabelError names line, value and remedy (the caller adds the file)."""
    annotations = []
    for number, line in enumerate(text.splitlines(), start=1):
        if fields := line.split():
            try:
                annotations.append(_annotation(fields, width, height, class_count))
            except LabelError as error:
                raise LabelError(f"line {number}: {error}") from None
    return tuple(annotations)


def _annotation(fields: Sequence[str], width: int, height: int, class_count: int) -> Annotation:
    try:
        category, *shares = (float(field) for field in fields)
    except ValueError:
        raise LabelError(f"expected numbers, got {' '.join(fields)[:60]!r}") from None
    if not category.is_integer() or not 0 <= category < class_count:
        raise LabelError(f"class {fields[0]} must be one of 0 to {class_count - 1}; correct it or add its name")
    if not all(math.isfinite(v) and -_TOLERANCE <= v <= 1 + _TOLERANCE for v in shares):
        raise LabelError("coordinates must be shares of the image in [0, 1], not pixels; divide by width and height")
    if len(shares) == 4:
        cx, cy, w, h = shares
        if w <= 0 or h <= 0:
            raise LabelError(f"width and height must be > 0, got {w} and {h}; draw the box again or remove the line")
        points = [((cx - w / 2) * width, (cy - h / 2) * height), ((cx + w / 2) * width, (cy + h / 2) * height)]
    elif len(shares) >= 6 and len(shares) % 2 == 0:
        points = [(x * width, y * height) for x, y in zip(shares[::2], shares[1::2], strict=True)]
    else:
        raise LabelError(f"expected a class and 4 numbers, or a class and a polygon, got {len(fields)} numbers")
    x0, y0, x1, y1 = bounding_box(points)
    box = (max(0.0, x0), max(0.0, y0), min(float(width), x1), min(float(height), y1))
    outline = [v for point in points for v in point]
    return Annotation(int(category), box, polygons_to_mask([outline], width, height) if len(points) > 2 else None)


def read_yolo(
    folder: Path, *, on_problem: Callable[[str], None] | None = None
) -> tuple[Categories, dict[Path, LabelledImage]]:
    """Reads a folder of YOLO labels.

    Args:
        folder: with a data.yaml, or with a classes.txt; label files in `labels` where the pictures are in `images`,
            else beside the pictures. A picture without a label file has no objects.
        on_problem: gets one line for each picture that has to be left out; without it the first one is an error.

    Returns:
        The categories, and the labels of each picture by its path, sorted. Splits are the keys of data.yaml.

    Raises:
        LabelError: file, line, what is wrong and what to do.
    """
    settings = read_settings(folder)
    categories = read_names(folder, settings)
    images: dict[Path, LabelledImage] = {}
    for picture, split in sorted(yolo_pictures(folder, settings).items()):
        try:
            images[picture] = _read_image(picture, split, len(categories.names))
        except (LabelError, AssetError) as error:
            if on_problem is None:
                raise
            on_problem(str(error))
    return categories, images


def _read_image(picture: Path, split: str, class_count: int) -> LabelledImage:
    width, height = picture_size(picture)
    labels = label_file(picture)
    if not labels.is_file():
        return LabelledImage(picture.name, width, height, split=split)
    try:
        return LabelledImage(
            picture.name, width, height, parse_yolo(read_label_text(labels), width, height, class_count), split
        )
    except LabelError as error:
        raise LabelError(f"{labels}: {error}" if str(error).startswith("line") else str(error)) from None


def label_file(picture: Path) -> Path:
    """Where a picture's labels are: in the `labels` that goes with the last `images` of its path, else beside it."""
    parts = picture.parts
    for k in range(len(parts) - 2, -1, -1):
        if parts[k] == "images":
            moved = Path(*parts[:k], "labels", *parts[k + 1 :]).with_suffix(".txt")
            if moved.is_file() or moved.parent.is_dir():
                return moved
            break
    return picture.with_suffix(".txt")


def read_label_text(path: Path) -> str:
    """The text of a label file; LabelError if it cannot be read, is huge, or is not UTF-8."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise LabelError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; is it a label file?")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise LabelError(f"{path}: not UTF-8 text; save it as UTF-8") from None


def yaml_file(folder: Path) -> Path | None:
    """The folder's data.yaml, under the names that are in use."""
    names = ("data.yaml", "data.yml", "dataset.yaml")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def read_settings(folder: Path) -> Mapping[str, Any]:
    """What data.yaml says; nothing if there is none."""
    path = yaml_file(folder)
    if path is None:
        return {}
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    text = read_label_text(path)
    try:
        if any(isinstance(event, ruamel.yaml.events.AliasEvent) for event in reader.parse(io.StringIO(text))):
            raise LabelError(f"{path}: aliases (*name) are not allowed; write the value out")
        loaded = reader.load(io.StringIO(text))
    except (ruamel.yaml.error.YAMLError, ValueError) as error:
        raise LabelError(f"{path}: not YAML ({' '.join(str(error).split())[:200]}); mend it") from None
    if not isinstance(loaded, dict):
        raise LabelError(f"{path}: expected keys like train, val and names; write them")
    return loaded


def read_names(folder: Path, settings: Mapping[str, Any]) -> Categories:
    """The class names of data.yaml, or else of classes.txt."""
    found = settings.get("names")
    if isinstance(found, dict):
        keys = sorted(found, key=lambda key: (not isinstance(key, int), key))
        if keys != list(range(len(keys))):
            raise LabelError(f"{yaml_file(folder)}: names must be numbered 0, 1, 2, ..., got {keys}; number them")
        found = [found[key] for key in keys]
    source = yaml_file(folder)
    if found is None:
        source = next((folder / name for name in NAME_FILES if (folder / name).is_file()), None)
        if source is None:
            raise LabelError(f"{folder}: no class names; write a classes.txt there, one name a line")
        found = [line.strip() for line in read_label_text(source).splitlines() if line.strip()]
    if not isinstance(found, list) or not found:
        raise LabelError(f"{source}: names must be a list, got {found!r}; name the classes")
    try:
        return Categories(tuple(str(name).strip() for name in found))
    except LabelError as error:
        raise LabelError(f"{source}: {error}; rename one of them") from None


def yolo_pictures(folder: Path, settings: Mapping[str, Any]) -> dict[Path, str]:
    """Every picture with its split: what data.yaml lists, or else all pictures in the folder."""
    found: dict[Path, str] = {}
    base = folder / str(settings.get("path") or "")
    for subset in [key for key in _SUBSETS if settings.get(key)]:
        listed = settings[subset]
        for entry in listed if isinstance(listed, list) else [listed]:
            for path in _listed_pictures(str(entry), (base, folder), folder):
                found.setdefault(path, subset)
    if not found:
        found = dict.fromkeys(_pictures_below(folder), "")
    return found


def _listed_pictures(entry: str, bases: Sequence[Path], folder: Path) -> list[Path]:
    """The pictures of one entry of data.yaml: a folder, or a text file that lists them."""
    for base in bases:
        for path in (base / entry, base / entry.removeprefix("../")):
            if path.is_dir():
                return _pictures_below(path)
            if path.is_file() and path.suffix == ".txt":
                return [
                    p
                    for line in read_label_text(path).splitlines()
                    if line.strip() and (p := path.parent / line.strip())
                ]
    raise LabelError(f"{yaml_file(folder)}: {entry!r} is neither a folder nor a list of pictures; correct the path")


def _pictures_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
