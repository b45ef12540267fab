"""Folders of photos with hand labels, as people have them: the photos, what is labelled on them, and what is wrong.

If there is an `images` folder (VOC: `JPEGImages`), photos come from it only, else from the whole folder. If several
formats label a photo, Pascal VOC is believed first, then COCO, then YOLO; a photo without labels has no annotations.
`labels.csv` adds text and identity, see `synth.labels.captions`; where nobody states an identity, it is the text.

Frame: labels speak of the photo as it is shown (EXIF orientation applied), as labelImg and CVAT draw it. If the size
that the label file states is that of the photo as stored, the labels are turned along. Any other size is an error.

A photo whose labels cannot be trusted is left out with a reason, never kept as a photo without objects. A box that
reaches outside by a pixel is clipped (rounding); by more, it is clipped and reported; entirely outside is an error.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.errors import AssetError, LabelError
from synth.labels.captions import Caption, add_captions, read_captions
from synth.labels.hand_labels import Found, HandLabelReader, HandLabels
from synth.labels.label_files import visible_files
from synth.labels.orientation import UPRIGHT, turn_annotation
from synth.labels.pictures import PICTURE_SUFFIXES, PictureHeader, picture_header
from synth.labels.sample import Annotation, Categories, LabelledImage

PHOTO_FOLDERS = ("images", "JPEGImages")
CAPTIONS_FILE = "labels.csv"
ROUNDING_PX = 1.0


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo and what is labelled on it.

    Attributes:
        path: of the photo.
        labels: in the frame of the photo as shown; every box lies inside.
        label_file: where they come from; None if nobody labelled it.
    """

    path: Path
    labels: LabelledImage
    label_file: Path | None


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """A folder of photos.

    Attributes:
        categories: the class names in use, sorted.
        photos: sorted by path; no two labelled ones have the same stem.
        problems: one line for everything that was left out or changed, with the remedy.
        left_out: number of photos in the folder that are not among `photos`.
    """

    categories: Categories
    photos: tuple[LabelledPhoto, ...]
    problems: tuple[str, ...]
    left_out: int = 0


def read_labelled_photos(
    folder: Path, *, labels_csv: Path | None = None, text: str | None = None, category: str | None = None
) -> LabelledPhotos:
    """Reads a folder of photos with their hand labels.

    Args:
        folder: the photos, with their labels beside or below.
        labels_csv: text and identity of the boxes; by default `labels.csv` in the folder, or beside the photos.
        text: what is written on every box, whatever the labels say.
        category: class name of every box, whatever the labels say.

    Raises:
        AssetError: no such folder, or no photos in it.
        LabelError: a labels.csv that makes no sense.
    """
    problems: list[str] = []
    home, headers, damaged = _find_photos(folder, problems)
    captions_file = labels_csv or next(
        (d / CAPTIONS_FILE for d in (folder, home) if (d / CAPTIONS_FILE).is_file()), None
    )
    captions = {} if captions_file is None else read_captions(captions_file)
    sources = list(HandLabelReader(folder, headers, damaged, problems).read_all())
    read: dict[Path, HandLabels] = {}
    for photo, header in headers.items():
        lines = captions.get(photo.name) or captions.get(photo.stem, ())
        try:
            labels = _choose(photo, sources, problems) or HandLabels(None, None, None, ())
            labels = _captioned(labels, lines, captions_file or folder, problems)
            read[photo] = _placed(labels, header, problems)
        except LabelError as error:
            problems.append(f"{error}; until then the photo {photo.name} is left out")
    _report_lone_captions(captions, captions_file or folder, [*headers, *damaged], problems)
    _leave_out_namesakes(read, problems)
    found = _collect(read, headers, problems, text, category)
    return dataclasses.replace(found, left_out=len(headers) + len(damaged) - len(read))


def _find_photos(folder: Path, problems: list[str]) -> tuple[Path, dict[Path, PictureHeader], list[Path]]:
    """The folder that holds the photos, the header of each, and the photos that cannot be read; sorted by path."""
    if not folder.is_dir():
        raise AssetError(f"{folder}: no such folder; give the folder that holds the photos")
    home = next((folder / name for name in PHOTO_FOLDERS if (folder / name).is_dir()), folder)
    paths = visible_files(home, PICTURE_SUFFIXES)
    if not paths:
        raise AssetError(f"{home}: no photos in it; expected files like .jpg or .png")
    headers, damaged = {}, []
    for path in paths:
        try:
            headers[path] = picture_header(path)
        except AssetError as error:
            problems.append(str(error))
            damaged.append(path)
    return home, headers, damaged


def _choose(photo: Path, sources: Sequence[Found], problems: list[str]) -> HandLabels | None:
    """The photo's labels in the format that is believed first; LabelError if it has some but none that can be used."""
    reasons: list[str] = []
    for source in sources:
        labels = source.get(photo)
        if isinstance(labels, HandLabels):
            problems.extend(f"{reason}; until then {labels.file} is used" for reason in reasons)
            return labels
        if labels is not None:
            reasons.append(labels)
    if reasons:
        problems.extend(reasons[1:])
        raise LabelError(reasons[0])
    return None


def _captioned(labels: HandLabels, lines: Sequence[Caption], path: Path, problems: list[str]) -> HandLabels:
    told, wrong = add_captions([one for _, one in labels.objects], lines, path)
    problems.extend(wrong)
    names = (name for name, _ in labels.objects)
    return dataclasses.replace(labels, objects=tuple(zip(names, told, strict=True)))


def _placed(labels: HandLabels, header: PictureHeader, problems: list[str]) -> HandLabels:
    """The labels in the frame of the photo as shown, clipped to it."""
    shown = (header.width, header.height)
    size = (labels.width or shown[0], labels.height or shown[1])
    orientation = UPRIGHT if size == shown else header.orientation
    objects = []
    for number, (name, one) in enumerate(labels.objects, start=1):
        turned = turn_annotation(one, *size, orientation)
        objects.append((name, _clipped(turned, *shown, f"{labels.file}: object {number}", problems)))
    return dataclasses.replace(labels, objects=tuple(objects))


def _clipped(annotation: Annotation, width: int, height: int, where: str, problems: list[str]) -> Annotation:
    x0, y0, x1, y1 = annotation.box
    if x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height:
        return annotation
    box = (max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height)))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise LabelError(
            f"{where}: its box {annotation.box} lies outside the photo of {width} x {height}; draw it again"
        )
    if max(-x0, -y0, x1 - width, y1 - height) > ROUNDING_PX:
        problems.append(f"{where}: its box {annotation.box} reaches outside and was clipped to {box}; check it")
    return dataclasses.replace(annotation, box=box)


def _report_lone_captions(
    captions: Mapping[str, Sequence[Caption]], path: Path, photos: Sequence[Path], problems: list[str]
) -> None:
    """Lines about photos that are not here; one problem for all of them."""
    here = {name for photo in photos for name in (photo.name, photo.stem)}
    missing = [lines[0] for name, lines in captions.items() if name not in here]
    if missing:
        problems.append(
            f"{path}:{missing[0].line}: {len(missing)} photos of this file are not here, the first is "
            f"{missing[0].file_name!r}; put them there or remove their lines"
        )


def _leave_out_namesakes(read: dict[Path, HandLabels], problems: list[str]) -> None:
    """Of labelled photos with one stem, only the first stays: what is cut from them is named by the stem."""
    first: dict[str, Path] = {}
    for photo in [photo for photo, labels in read.items() if labels.objects]:
        if first.setdefault(photo.stem, photo) != photo:
            problems.append(
                f"{photo}: left out: {first[photo.stem]} is labelled too and has its name; rename one of them"
            )
            del read[photo]


def _collect(
    read: Mapping[Path, HandLabels],
    headers: Mapping[Path, PictureHeader],
    problems: Sequence[str],
    text: str | None,
    category: str | None,
) -> LabelledPhotos:
    categories = Categories(tuple(sorted({category or name for labels in read.values() for name, _ in labels.objects})))
    photos = []
    for photo, labels in read.items():
        annotations = tuple(
            dataclasses.replace(
                one,
                category=categories.id_of(category or name),
                text=text or one.text,
                identity=text if text and one.identity in (None, one.text) else one.identity,
            )
            for name, one in labels.objects
        )
        header = headers[photo]
        known = LabelledImage(photo.name, header.width, header.height, annotations)
        photos.append(LabelledPhoto(photo, known, labels.file))
    return LabelledPhotos(categories, tuple(photos), tuple(problems))
