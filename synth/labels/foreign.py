"""Somebody else's dataset: COCO files, a VOC tree, a YOLO folder or TFRecords wherever they are, and the pictures.

COCO is looked for first, then VOC, YOLO and TFRecords. Splits come from the files' names, from VOC's sets, or from
data.yaml; where none says anything the split is "".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from synth.errors import LabelError
from synth.geometry.boxes import Box
from synth.labels.coco import FILE_PREFIX, load_json_object, read_coco
from synth.labels.layout import stem_of, tfrecord_folder
from synth.labels.pictures import PICTURE_SUFFIXES, picture_size
from synth.labels.polygons import polygons_to_mask
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.labels.tfrecord import read_tfrecords
from synth.labels.voc import VocFile, VocObject, read_voc
from synth.labels.voc_parts import VocPart
from synth.labels.yolo import read_yolo, yaml_file

Pictures = Mapping[tuple[str, str], Path]
Found = tuple[Categories, tuple[LabelledImage, ...], Pictures]


def read_foreign(root: Path) -> Found:
    """Categories, images, and the path of each picture by (split, file name).

    Raises:
        LabelError: nothing that looks like labels, or labels that cannot be read.
    """
    if coco := coco_files(root):
        return _read_coco_files(root, coco)
    if voc := voc_files(root):
        return _read_voc_files(voc)
    if root.is_dir() and is_yolo(root):
        categories, images = read_yolo(root)
        by_name = {(image.split, image.file_name): path for path, image in images.items()}
        if len(by_name) != len(images):
            raise LabelError(f"{root}: two pictures of a split have one name; rename one of them")
        return categories, tuple(images.values()), by_name
    if any(tfrecord_folder(root).glob("*.tfrecord")):
        categories, labelled = read_tfrecords(tfrecord_folder(root))
        return categories, labelled, locate(root, labelled)
    raise LabelError(
        f"{root}: no labels found; expected a COCO .json, Pascal VOC .xml files, or YOLO with data.yaml or classes.txt"
    )


def is_yolo(root: Path) -> bool:
    """Whether a folder holds YOLO labels."""
    return (
        yaml_file(root) is not None or (root / "classes.txt").is_file() or (root / "labels" / "classes.txt").is_file()
    )


def coco_files(root: Path) -> list[Path]:
    """The COCO instances files of a folder (or the file itself), each split's once."""
    if root.is_file():
        return [root] if root.suffix.lower() == ".json" else []
    named = sorted((root / "annotations").glob(f"{FILE_PREFIX}*.json"))
    if named:
        return named
    places = ("*.json", "annotations/*.json", "Annotations/*.json", "*/_annotations.coco.json")
    return [path for place in places for path in sorted(root.glob(place)) if _is_coco(path)]


def _is_coco(path: Path) -> bool:
    try:
        document = load_json_object(path)
    except LabelError:
        return False
    return all(isinstance(document.get(key), list) for key in ("images", "annotations", "categories"))


def voc_files(root: Path) -> list[Path]:
    """The VOC files of a folder."""
    for folder in voc_folders(root):
        if files := sorted(folder.glob("*.xml")):
            return files
    return []


def voc_folders(root: Path) -> list[Path]:
    """Where VOC files may be, most likely first."""
    years = sorted((root / "VOCdevkit").glob("VOC*"), reverse=True)
    bases = [*years, *sorted(root.glob("VOC2*"), reverse=True), root]
    return [base / name for base in bases for name in ("Annotations", "annotations", "labels", "")]


def merged(parts: Sequence[tuple[Categories, Iterable[LabelledImage]]]) -> tuple[Categories, tuple[LabelledImage, ...]]:
    """Parts of one dataset together; where their categories differ, names decide."""
    joint = Categories(
        tuple(dict.fromkeys(name for categories, _ in parts for name in categories.names)),
        tuple(dict.fromkeys(name for categories, _ in parts for name in categories.characters)),
    )
    images: list[LabelledImage] = []
    for categories, part in parts:
        places = [joint.names.index(name) for name in categories.names]
        characters = [joint.characters.index(name) for name in categories.characters]
        same = places == list(range(len(places))) and characters == list(range(len(characters)))
        images += part if same else [renumbered(image, places, characters) for image in part]
    return joint, tuple(images)


def renumbered(image: LabelledImage, places: Sequence[int], characters: Sequence[int]) -> LabelledImage:
    """The image with each category, and each class of characters, replaced by its new position."""

    def moved(annotation: Annotation, positions: Sequence[int]) -> Annotation:
        nested = tuple(moved(character, characters) for character in annotation.characters)
        return dataclasses.replace(annotation, category=positions[annotation.category], characters=nested)

    return dataclasses.replace(image, annotations=tuple(moved(one, places) for one in image.annotations))


def _read_coco_files(root: Path, files: Sequence[Path]) -> Found:
    parts = []
    for path in files:
        split = path.parent.name if path.name == "_annotations.coco.json" else None
        parts.append(read_coco(path, split=split))
    categories, images = merged(parts)
    base = root.parent if root.is_file() else root
    return categories, images, locate(base, images)


def locate(root: Path, images: Sequence[LabelledImage]) -> Pictures:
    """The path of each picture: where its split's pictures usually are, else anywhere below the folder by its name.

    A picture that is nowhere gets the first of the usual places, so that whoever opens it can say what is missing.
    """
    base = root.parent if root.name.lower() == "annotations" else root
    found: dict[tuple[str, str], Path] = {}
    anywhere: dict[str, Path] | None = None
    for image in images:
        usual = [
            base / folder / image.file_name
            for folder in (
                f"images/{image.split}",
                "images",
                image.split,
                "JPEGImages",
                "",
                "VOCdevkit/VOC2012/JPEGImages",
            )
        ]
        path = next((path for path in usual if path.is_file()), None)
        if path is None:
            if anywhere is None:
                pictures = (p for p in sorted(base.rglob("*")) if p.suffix.lower() in PICTURE_SUFFIXES)
                anywhere = {p.name: p for p in pictures}
            path = anywhere.get(image.file_name, usual[0])
        found[image.split, image.file_name] = path
    return found


def _read_voc_files(files: Sequence[Path]) -> Found:
    base = files[0].parent.parent if files[0].parent.name.lower() in ("annotations", "labels") else files[0].parent
    splits = _voc_splits(base)
    read = [(path, read_voc(path)) for path in files]
    names = _voc_names(base, [voc for _, voc in read])
    categories = Categories(names, _voc_characters(base, [voc for _, voc in read]))
    beside = {p.stem: p for p in sorted(files[0].parent.iterdir()) if p.suffix.lower() in PICTURE_SUFFIXES}
    images = []
    pictures: dict[tuple[str, str], Path] = {}
    for path, voc in read:
        split = splits.get(path.stem, "")
        picture = _voc_picture(path, voc, base, split, beside)
        images.append(_voc_image(path, voc, picture, split, categories))
        pictures[split, images[-1].file_name] = picture
    return categories, tuple(images), pictures


def _voc_splits(base: Path) -> dict[str, str]:
    """The split of each stem, from the sets; VOC's "val" is our "validation"."""
    splits: dict[str, str] = {}
    for path in sorted((base / "ImageSets" / "Main").glob("*.txt")):
        if "_" not in path.stem and path.stem != "trainval":
            name = "validation" if path.stem == "val" else path.stem
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                splits.setdefault(line.split(" ")[0].strip(), name)
    return splits


def _voc_names(base: Path, files: Sequence[VocFile]) -> tuple[str, ...]:
    """Class names: those of labelmap.txt in its order, then others by name."""
    used = {voc_object.name for voc in files for voc_object in voc.objects}
    listed = [line[0] for line in _label_map(base)]
    listed = [name for name in dict.fromkeys(listed) if name and (name != "background" or name in used)]
    return (*listed, *sorted(used - set(listed)))


def _voc_characters(base: Path, files: Sequence[VocFile]) -> tuple[str, ...]:
    """Classes of characters: the parts of labelmap.txt that are one, in its order, then others by name."""
    used = {part.name for voc in files for voc_object in voc.objects for part in voc_object.parts}
    parts = [part.strip() for line in _label_map(base) if len(line) > 2 for part in line[2].split(",")]
    listed = [name for name in dict.fromkeys(parts) if len(name) == 1]
    return (*listed, *sorted(used - set(listed)))


def _label_map(base: Path) -> list[list[str]]:
    """The fields of each line of labelmap.txt; none where it is missing."""
    path = base / "labelmap.txt"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return [[field.strip() for field in line.split(":")] for line in lines if line.strip() and not line.startswith("#")]


def _voc_picture(path: Path, voc: VocFile, base: Path, split: str, beside: Mapping[str, Path]) -> Path:
    """The picture that goes with a VOC file: by the name that the file states, else by the file's own name."""
    name = voc.file_name or f"{path.stem}.jpg"
    if stem_of(name) != path.stem:  # renamed after labelling: the label file's own name counts
        name = f"{path.stem}{Path(name).suffix}"
    folders = [base / "JPEGImages", base / "images" / split, base / "images", base, path.parent]
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        stems = (p for folder in folders[:3] if folder.is_dir() for p in sorted(folder.glob(f"{path.stem}.*")))
        found = next((p for p in stems if p.suffix.lower() in PICTURE_SUFFIXES), beside.get(path.stem))
    return found or folders[0] / name


def _voc_image(path: Path, voc: VocFile, picture: Path, split: str, categories: Categories) -> LabelledImage:
    size = (voc.width, voc.height)
    if voc.width is None or voc.height is None:
        size = picture_size(picture)
    width, height = int(size[0] or 0), int(size[1] or 0)
    annotations = []
    for number, voc_object in enumerate(voc.objects, start=1):
        try:
            annotations.append(_voc_annotation(voc_object, width, height, categories))
        except LabelError as error:
            raise LabelError(f"{path}: object {number}: {error}; draw its box again") from None
    return LabelledImage(picture.name, width, height, tuple(annotations), split)


def _voc_annotation(voc: VocObject, width: int, height: int, categories: Categories) -> Annotation:
    outline = None if voc.polygon is None else [v for point in voc.polygon for v in point]
    return Annotation(
        category=categories.id_of(voc.name),
        box=_inside(voc.box, width, height),
        mask=None if outline is None else polygons_to_mask([outline], width, height),
        quad=voc.quad,
        angle_deg=voc.angle_deg,
        text=voc.text,
        characters=tuple(_voc_character(part, width, height, categories) for part in voc.parts),
        visibility=voc.visibility,
        identity=voc.identity,
        truncated=voc.truncated,
        difficult=voc.difficult,
        keypoints=voc.beyond.keypoints,
        space=voc.beyond.space,
        measures=voc.beyond.measures,
    )


def _voc_character(part: VocPart, width: int, height: int, categories: Categories) -> Annotation:
    return Annotation(
        category=categories.character_id_of(part.name),
        box=_inside(part.box, width, height),
        angle_deg=part.angle_deg,
        text=part.name,
        visibility=part.visibility,
        place=part.place,
    )


def _inside(box: Box, width: int, height: int) -> Box:
    """The box, clipped to the image by up to a pixel, as for COCO."""
    x0, y0, x1, y1 = box
    if min(x0, y0) < -1 or x1 > width + 1 or y1 > height + 1:
        raise LabelError(f"box {box} reaches out of its {width} x {height} image")
    return (max(0.0, x0), max(0.0, y0), min(float(width), x1), min(float(height), y1))
