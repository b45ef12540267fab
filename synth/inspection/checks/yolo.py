"""YOLO labels by Ultralytics' rules, where one bad line loses the whole image."""

from __future__ import annotations

from pathlib import Path

from synth.errors import AssetError, LabelError
from synth.inspection.checks.findings import Report, Seen, View
from synth.labels.foreign import is_yolo
from synth.labels.layout import ROLES
from synth.labels.pictures import PICTURE_SUFFIXES, picture_size
from synth.labels.yolo import label_file, parse_yolo, read_label_text, read_names, read_settings, yolo_pictures

SMALLEST_PX = 10


def check_yolo(report: Report, root: Path) -> View | None:
    """Checks the YOLO labels of a dataset; None if there are none."""
    if not is_yolo(root):
        return None
    where = root / "data.yaml"
    try:
        settings = read_settings(root)
        view = View("yolo", read_names(root, settings).names)
        pictures = yolo_pictures(root, settings)
    except LabelError as error:
        report.error("yolo.settings", where, "", str(error).removeprefix(f"{where}: "), "correct data.yaml")
        return None
    for key in ("train", "val"):
        if settings and key not in settings:
            report.promise("yolo.settings", where, key, "is missing: Ultralytics asks for it", "name its folder")
    if report.ours and "path" in settings:
        message = "is taken relative to where a reader runs, or to its own folder of datasets"
        report.error("yolo.settings", where, "path", message, "leave it out: folders then count from data.yaml")
    for picture, subset in sorted(pictures.items()):
        if seen := _check_picture(report, root, picture, subset, view):
            view.images.setdefault(picture.stem, seen)
    if report.ours:
        _check_strays(report, root, view)
    return view


def _check_picture(report: Report, root: Path, picture: Path, subset: str, view: View) -> Seen | None:
    path = label_file(picture)
    try:
        width, height = picture_size(picture)
    except AssetError:
        return None  # the check of pictures says so
    if min(width, height) < SMALLEST_PX:
        message = f"is {width} x {height}: Ultralytics refuses pictures under {SMALLEST_PX} px"
        report.warn("yolo.size", picture, "", message, "leave it out or enlarge it")
    role = ROLES.get(subset, subset) or _role_of_folder(root, picture)
    if not path.is_file():
        if report.ours:
            report.error(
                "yolo.missing", path, picture.name, "has no label file", "write an empty one if it has no object"
            )
        return Seen(path, picture.name, role, width, height, ())
    try:
        text = read_label_text(path)
        objects = parse_yolo(text, width, height, len(view.classes or ()))
    except LabelError as error:
        message = str(error).removeprefix(f"{path}: ")
        about, _, rest = message.partition(": ") if message.startswith("line ") else ("", "", message)
        report.error("yolo.line", path, about, f"{rest}: Ultralytics drops the image", "correct the line")
        return None
    _check_lines(report, path, text)
    names = view.classes or ()
    return Seen(path, "", role, width, height, tuple((names[a.category], a.box) for a in objects))


def _role_of_folder(root: Path, picture: Path) -> str | None:
    parts = picture.relative_to(root).parts if picture.is_relative_to(root) else ()
    return next((ROLES[part] for part in parts if part in ROLES), None)


def _check_lines(report: Report, path: Path, text: str) -> None:
    """What the reader lets pass: numbers just outside, and lines that are there twice."""
    seen: set[tuple[float, ...]] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        values = tuple(float(field) for field in line.split())
        if any(not 0.0 <= value <= 1.0 for value in values[1:]):
            message = "numbers must be in [0, 1]: strict readers drop the image"
            report.promise("yolo.range", path, f"line {number}", message, "clip them")
        if values and values in seen:
            message = "is there twice: Ultralytics removes one, and counts differ"
            report.warn("yolo.duplicate", path, f"line {number}", message, "remove it")
        seen.add(values)


def _check_strays(report: Report, root: Path, view: View) -> None:
    """Label files without a picture, and pictures of which data.yaml knows nothing."""
    for path in sorted((root / "labels").rglob("*.txt")):
        if path.stem not in view.images and path.name != "classes.txt":
            report.error(
                "yolo.stray", path, "", "has no picture that data.yaml lists", "remove it, or list the picture"
            )
    for path in sorted((root / "images").rglob("*")):
        if path.suffix.lower() in PICTURE_SUFFIXES and path.stem not in view.images:
            message = "is in no folder that data.yaml lists, or its labels cannot be read"
            report.error("yolo.stray", path, "", message, "list its folder, or mend its labels")
