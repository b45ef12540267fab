"""Where a folder of photos keeps its hand labels, and what they say: Pascal VOC, COCO, YOLO.

A VOC file belongs to the photo of its stem, as in labelImg, else to the one that it names; COCO goes by base name; YOLO
as `synth.labels.yolo` says. A file that speaks of a picture of another size is not believed. One senseless object makes
all labels of its photo unusable: a photo with an object that nobody labelled is worse than no photo. Labels of single
characters are passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PureWindowsPath

from synth.errors import LabelError
from synth.labels.coco import load_json_object, read_coco
from synth.labels.label_files import coco_files, looks_like_yolo, visible_files
from synth.labels.pictures import PictureHeader
from synth.labels.polygons import polygons_to_mask
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.labels.voc import VocFile, VocObject, read_voc
from synth.labels.yolo import label_file, read_yolo


@dataclass(frozen=True, slots=True)
class HandLabels:
    """What one label file says about one photo.

    Attributes:
        file: the label file; None for a photo that nobody labelled.
        width: of the picture that was labelled, px; None if the file does not say.
        height: likewise.
        objects: class name and annotation (its category is 0) of each, as drawn: boxes may reach outside.
    """

    file: Path | None
    width: int | None
    height: int | None
    objects: tuple[tuple[str, Annotation], ...]


Found = dict[Path, "HandLabels | str"]  # by photo; a string says why its labels cannot be used


@dataclass
class HandLabelReader:
    """Reads the hand labels in a folder.

    Attributes:
        folder: to look in, with everything below it.
        headers: of the photos to find labels for.
        damaged: photos that cannot be read; their labels are passed over in silence.
        problems: one line for each thing that concerns no photo alone; grows while reading.
    """

    folder: Path
    headers: Mapping[Path, PictureHeader]
    damaged: Sequence[Path] = ()
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._named: dict[str, list[Path]] = defaultdict(list)
        for photo in self.headers:
            self._named[photo.name].append(photo)
            if photo.stem != photo.name:
                self._named[photo.stem].append(photo)
        self._passed_over = {name for photo in self.damaged for name in (photo.name, photo.stem)}

    def read_all(self) -> Iterator[Found]:
        """The labels of each format, in the order in which they are believed."""
        yield self._voc()
        yield self._coco()
        yield self._yolo()

    def _voc(self) -> Found:
        found: Found = {}
        for path in visible_files(self.folder, (".xml",)):
            file: VocFile | str
            try:
                file = read_voc(path)
            except LabelError as error:
                file = str(error)
            stated = None if isinstance(file, str) else file.file_name
            photos = self._photos_of(path, stated)
            if not photos and {path.stem, stated} & self._passed_over:
                continue
            if not photos:
                missing = (
                    f"{path}: its photo {stated or path.stem!r} is not here; put it there or remove the label file"
                )
                self.problems.append(file if isinstance(file, str) else missing)
            elif len(photos) > 1:
                self._note(found, photos, _ambiguous(path, photos))
            else:
                self._note(found, photos, file if isinstance(file, str) else self._voc_labels(path, file, photos[0]))
        return found

    def _voc_labels(self, path: Path, file: VocFile, photo: Path) -> HandLabels | str:
        header = self.headers[photo]
        frame = (file.width or header.width, file.height or header.height)
        if wrong := _another_size(path, frame, photo, header):
            return wrong
        objects = []
        for number, one in enumerate(file.objects, start=1):
            try:
                objects.append((one.name, _annotation(one, *frame)))
            except LabelError as error:
                return f"{path}: object {number}: {error}"
        return HandLabels(path, file.width, file.height, tuple(objects))

    def _coco(self) -> Found:
        found: Found = {}
        for path in coco_files(self.folder):
            lines: list[str] = []
            try:
                categories, images = read_coco(path, on_problem=lines.append)
                spoilt = {} if not lines else self._spoilt(path, lines)
            except LabelError as error:
                self.problems.append(str(error))
                continue
            missing = []
            for image in images:
                photos = self._named.get(image.file_name) or self._named.get(PurePath(image.file_name).stem, [])
                labels = spoilt.get(image.file_name) or _named_labels(path, image, categories)
                if len(photos) == 1:
                    size = (image.width, image.height)
                    wrong = _another_size(path, size, photos[0], self.headers[photos[0]])
                    self._note(found, photos, wrong or labels)
                elif photos:
                    self._note(found, photos, _ambiguous(path, photos))
                elif image.file_name not in self._passed_over:
                    missing.append(image.file_name)
            if missing:
                self.problems.append(
                    f"{path}: {len(missing)} of its {len(images)} photos are not here, the first is {missing[0]!r}; "
                    "put them there or remove them from the file"
                )
        return found

    def _spoilt(self, path: Path, lines: Sequence[str]) -> dict[str, str]:
        """The first problem of each photo by its file name, of objects that `read_coco` could not read."""
        document = load_json_object(path)
        names = {
            str(entry.get("id")): PureWindowsPath(str(entry.get("file_name"))).name for entry in document["images"]
        }
        owners = {str(entry.get("id")): names.get(str(entry.get("image_id"))) for entry in document["annotations"]}
        spoilt: dict[str, str] = {}
        for line in lines:
            owner = owners.get(line.removeprefix(f"{path}: annotation ").split(": ", 1)[0])
            if owner is None or owner in spoilt:
                self.problems.append(line)
            else:
                spoilt[owner] = line
        return spoilt

    def _yolo(self) -> Found:
        files = {photo: label_file(photo) for photo in self.headers}
        files = {photo: path for photo, path in files.items() if looks_like_yolo(path)}
        self._report_lone_yolo_files()
        if not files:
            return {}
        lines: list[str] = []
        try:
            categories, images = self._read_yolo(lines)
        except LabelError as error:
            return {photo: f"{path}: not readable as YOLO ({error})" for photo, path in files.items()}
        labelled = {photo.resolve(): image for photo, image in images.items()}
        found: Found = {}
        for photo, path in files.items():
            image = labelled.get(photo.resolve())
            if image is not None:
                found[photo] = _named_labels(path, image, categories)
            else:
                unlisted = (
                    f"{path}: its photo is not among those that data.yaml lists; list it or remove the label file"
                )
                found[photo] = next((line for line in lines if line.startswith(str(path))), unlisted)
        return found

    def _read_yolo(self, lines: list[str]) -> tuple[Categories, Mapping[Path, LabelledImage]]:
        """From the folder, or from the folder of the photos, where labelImg puts its classes.txt."""
        homes = {photo.parent for photo in self.headers}
        try:
            return read_yolo(self.folder, on_problem=lines.append)
        except LabelError:
            if len(homes) != 1 or self.folder in homes:
                raise
            try:
                return read_yolo(homes.pop(), on_problem=lines.append)
            except LabelError:
                pass  # the first one says what is missing
            raise

    def _report_lone_yolo_files(self) -> None:
        known = {label_file(photo) for photo in (*self.headers, *self.damaged)}
        for path in visible_files(self.folder / "labels", (".txt",)):
            if path not in known and looks_like_yolo(path):
                self.problems.append(f"{path}: its photo is not here; put it there or remove the label file")

    def _photos_of(self, label: Path, stated: str | None) -> list[Path]:
        """The photos that a VOC file may mean; one where folder and stated name tell it from its namesakes."""
        photos = self._named.get(label.stem, [])
        if not photos and stated:
            photos = self._named.get(stated) or self._named.get(PurePath(stated).stem, [])
        for nearer in (
            [photo for photo in photos if photo.parent == label.parent],
            [photo for photo in photos if photo.parent.name == label.parent.name],
            [photo for photo in photos if photo.name == stated],
            [photo for photo in photos if photo.parent == label.parent and photo.name == stated],
        ):
            if len(photos) > 1 and len(nearer) == 1:
                return nearer
        return photos

    def _note(self, found: Found, photos: Sequence[Path], labels: HandLabels | str) -> None:
        """Keeps the first labels of each photo; different ones of the same format are reported."""
        for photo in photos:
            before = found.setdefault(photo, labels)
            if isinstance(before, str) and isinstance(labels, HandLabels):
                self.problems.append(before)
                found[photo] = labels
            elif before is not labels and isinstance(before, HandLabels):
                self._report_second(photo, before, labels)

    def _report_second(self, photo: Path, first: HandLabels, second: HandLabels | str) -> None:
        if isinstance(second, str):
            self.problems.append(second)
        elif second.objects != first.objects:
            self.problems.append(
                f"{photo}: labelled differently in {first.file} and {second.file}; the first is used: keep one of them"
            )


def _ambiguous(label: Path, photos: Sequence[Path]) -> str:
    names = ", ".join(str(photo) for photo in photos[:3])
    return f"{label}: {len(photos)} photos go by this name ({names}); rename them so that one does"


def _another_size(label: Path, size: tuple[int, int], photo: Path, header: PictureHeader) -> str | None:
    """Why labels of a picture of this size cannot be those of the photo, as shown or as stored."""
    if size in ((header.width, header.height), header.stored_size):
        return None
    return (
        f"{label}: labels a picture of {size[0]} x {size[1]}, but {photo} has {header.width} x {header.height}; "
        "label the photo itself or correct the size"
    )


def _annotation(one: VocObject, width: int, height: int) -> Annotation:
    mask = None
    if one.polygon is not None:
        mask = polygons_to_mask([[v for point in one.polygon for v in point]], width, height)
        if mask.area == 0:
            raise LabelError("its polygon covers no pixel; draw it again")
    return Annotation(
        category=0,
        box=one.box,
        mask=mask,
        quad=one.quad,
        angle_deg=one.angle_deg,
        text=one.text,
        visibility=one.visibility,
        identity=one.identity,
        truncated=one.truncated,
        difficult=one.difficult,
    )


def _named_labels(path: Path, image: LabelledImage, categories: Categories) -> HandLabels:
    objects = tuple(
        (categories.names[one.category], replace(one, characters=()) if one.characters else one)
        for one in image.annotations
    )
    return HandLabels(path, image.width, image.height, objects)
