"""Pascal VOC trees: what torchvision, the Object Detection API, labelImg, FiftyOne, Datumaro and CVAT ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lxml import etree

from synth.errors import LabelError
from synth.inspection.checks.findings import Report, Seen, View
from synth.labels.foreign import voc_files
from synth.labels.pictures import PICTURE_SUFFIXES
from synth.labels.voc import read_voc
from synth.labels.xml import read_xml

_FIELDS = ("folder", "filename", "source", "size", "segmented")
_OBJECT_FIELDS = ("name", "pose", "truncated", "difficult", "bndbox")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def check_voc(report: Report, root: Path) -> View | None:
    """Checks the VOC files of a dataset and the tree round them; None if there are none."""
    files = voc_files(root)
    if not files:
        return None
    base = files[0].parent.parent
    view = View("voc", _label_map(report, base))
    tree = files[0].parent.name == "Annotations"
    roles = _check_sets(report, base, {path.stem for path in files}) if tree else {}
    for path in files:
        if seen := _check_file(report, path, roles.get(path.stem), view.classes):
            view.images[path.stem] = seen
    if tree:
        _check_class_sets(report, base, view)
        _check_pictures(report, base, view)
    return view


def _label_map(report: Report, base: Path) -> tuple[str, ...] | None:
    path = base / "labelmap.txt"
    if not path.is_file():
        if report.ours:
            message = "is missing: Datumaro and CVAT know VOC's own 20 classes only"
            report.error("voc.labelmap", path, "", message, "write the joint files again")
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    names = [line.split(":")[0] for line in lines if line and not line.startswith("#")]
    return tuple(name for name in names if name != "background")


def _check_sets(report: Report, base: Path, stems: set[str]) -> dict[str, str]:
    """The role of each stem, by the sets."""
    folder = base / "ImageSets" / "Main"
    roles: dict[str, str] = {}
    listed: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.txt")):
        if "_" in path.stem:
            continue
        listed[path.stem] = [
            line.split(" ")[0] for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line
        ]
        for stem in sorted(set(listed[path.stem]) - stems):
            report.error("voc.sets", path, stem, "is listed but has no VOC file", "remove it from the set, or label it")
        if path.stem == "trainval":
            continue
        for stem in listed[path.stem]:
            if stem in roles:
                report.error("voc.sets", path, stem, f"is in the set {roles[stem]} too: a leak", "leave it in one set")
            roles[stem] = path.stem
    for name in ("train", "val", "trainval"):
        if name not in listed:
            message = "is missing: torchvision and Datumaro ask for it"
            report.promise("voc.sets", folder / f"{name}.txt", "", message, "list the stems of its pictures in it")
    for stem in sorted(stems - set(roles)) if listed else ():
        report.promise("voc.sets", folder, stem, "is in no set: no reader of sets sees it", "list it in one")
    if "trainval" in listed and set(listed["trainval"]) != {*listed.get("train", ()), *listed.get("val", ())}:
        report.error("voc.sets", folder / "trainval.txt", "", "is not train and val together", "write it again")
    return roles


def _check_file(report: Report, path: Path, role: str | None, classes: Sequence[str] | None) -> Seen | None:
    try:
        voc, root = read_voc(path), read_xml(path)
    except LabelError as error:
        report.error("voc.xml", path, "", str(error).removeprefix(str(path)).lstrip(": "), "mend the file")
        return None
    for tag in _FIELDS:
        if root.find(tag) is None:
            report.promise("voc.fields", path, tag, f"<{tag}> is missing: some readers fail without it", f"add <{tag}>")
    if voc.width is None or voc.height is None:
        message = "width and height are missing: FiftyOne and the Object Detection API fail"
        report.promise("voc.size", path, "size", message, "add <size> with width, height and depth")
    elif root.find("size/depth") is None:
        report.promise("voc.fields", path, "size", "<depth> is missing", "add <depth>3</depth>")
    _check_names(report, path, root)
    for number, element in enumerate(root.iterfind("object"), start=1):
        _check_object(report, path, f"object {number}", element, (voc.width, voc.height), classes)
    objects = tuple((one.name, one.box) for one in voc.objects)
    characters = tuple((part.name, part.box) for one in voc.objects for part in one.parts)
    return Seen(path, "", role, voc.width, voc.height, objects, characters)


def _check_names(report: Report, path: Path, root: etree._Element) -> None:
    folder, name = root.findtext("folder"), root.findtext("filename")
    if report.ours and folder != path.parent.parent.name:
        message = f"<folder> is {folder!r}: the Object Detection API looks for the picture below it"
        report.error("voc.folder", path, "folder", message, f"set it to {path.parent.parent.name}")
    if name is not None and Path(name).stem != path.stem:
        message = f"<filename> is {name!r}, but the file is called {path.stem}: labelImg shows nothing"
        report.promise("voc.filename", path, "filename", message, "name the picture there")


def _check_object(
    report: Report,
    path: Path,
    about: str,
    element: etree._Element,
    size: tuple[int | None, int | None],
    classes: Sequence[str] | None,
) -> None:
    for tag in _OBJECT_FIELDS:
        if element.find(tag) is None:
            message = f"<{tag}> is missing: the Object Detection API fails without it"
            report.promise("voc.fields", path, about, message, f"add <{tag}>")
    name = element.findtext("name")
    if classes is not None and name not in classes:
        report.error("voc.class", path, about, f"{name!r} is not in labelmap.txt: Datumaro fails", "add it there")
    texts = [element.findtext(f"bndbox/{corner}") or "" for corner in _CORNERS]
    if not all(text.strip().lstrip("-").isdigit() for text in texts):
        message = f"box must be whole numbers, got {texts}: torchvision fails on fractions"
        report.promise("voc.box", path, about, message, "round the low corner down and the high one up")
        return
    x0, y0, x1, y1 = (int(text) for text in texts)
    width, height = size
    if x0 < 1 or y0 < 1 or (width is not None and x1 > width) or (height is not None and y1 > height):
        message = f"box {(x0, y0, x1, y1)} must lie in 1 to width and 1 to height, {width} x {height}"
        report.promise("voc.box", path, about, message, "clip it: VOC counts pixels from 1, the last one included")


def _check_class_sets(report: Report, base: Path, view: View) -> None:
    """Each line of `<class>_<set>.txt` against the objects of that image."""
    folder = base / "ImageSets" / "Main"
    classes = view.classes or tuple(sorted(view.objects()))
    for path in sorted(folder.glob("*_*.txt")):
        name = next((c for c in classes if path.stem.startswith(f"{c}_")), None)
        if name is None:
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            stem, flag = (*line.split(), "", "")[:2]
            seen = view.images.get(stem)
            has = seen is not None and any(one == name for one, _ in seen.objects)
            if seen is not None and (flag == "-1") == has:
                message = f"says {flag} for class {name!r}, but its VOC file {'has' if has else 'has no'} such object"
                report.error("voc.class_sets", path, stem, message, "write the joint files again")


def _check_pictures(report: Report, base: Path, view: View) -> None:
    folder = base / "JPEGImages"
    found: Mapping[str, Path] = {
        path.stem: path for path in folder.glob("*") if path.suffix.lower() in PICTURE_SUFFIXES
    }
    for stem, seen in view.images.items():
        picture = found.get(stem)
        if picture is None:
            message = f"has no picture {stem}.jpg in JPEGImages: torchvision and the Object Detection API fail"
            report.promise("voc.picture", seen.file, stem, message, "put or link the picture there")
        elif picture.suffix != ".jpg":
            message = f"the picture is {picture.name}: torchvision and the Object Detection API read .jpg only"
            report.warn("voc.picture", seen.file, stem, message, "save it as JPEG")
