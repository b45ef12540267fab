"""`labels.csv` beside photos: what is written on each labelled box, and which object it is.

One line a box. Columns, by name in the first line: `file`; `xmin`, `ymin`, `xmax`, `ymax` as in Pascal VOC (may be
left out where a photo has one box); `text`; `readable` (0 = a text that is only guessed); `identity`. Others are passed
over. A line belongs to the box that it overlaps most, by half of their union at least.

Where nobody states an identity, the text is the identity; an empty field in an `identity` column states that nobody
knows it.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from synth.errors import LabelError
from synth.geometry.boxes import Box, iou
from synth.labels.sample import Annotation
from synth.labels.voc_elements import voc_to_box

MAX_FILE_BYTES = 64 << 20
LEAST_IOU = 0.5
_FILE_COLUMNS = ("file", "filename", "file_name", "image")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class Caption:
    """One line of the file.

    Attributes:
        line: its number, the header being 1.
        file_name: base name of the photo.
        box: where; None if the line does not say.
        text: what is written there.
        identity: which object it is.
        identity_asked: whether the file has a column for it.
        guessed: whether the text is only a guess.
    """

    line: int
    file_name: str
    box: Box | None
    text: str | None
    identity: str | None
    identity_asked: bool
    guessed: bool


def read_captions(path: Path) -> dict[str, tuple[Caption, ...]]:
    """The lines of each photo, by its base name; LabelError with file, line and remedy if the file makes no sense."""
    found: dict[str, list[Caption]] = {}
    text = _decoded(path)
    separator = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        file_column = next((name for name in _FILE_COLUMNS if name in columns), None)
        if file_column is None or not {"text", "identity"} & set(columns):
            shown = repr(", ".join(columns)[:80])
            raise LabelError(f"{path}:1: expected columns file and text or identity, got {shown}; name them so")
        for row in reader:
            fields = {name: (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
            caption = _caption(fields, file_column, f"{path}:{reader.line_num}", reader.line_num)
            found.setdefault(caption.file_name, []).append(caption)
    except csv.Error as error:
        raise LabelError(f"{path}:{reader.line_num}: not CSV ({error}); export it again") from None
    return {name: tuple(lines) for name, lines in found.items()}


def _decoded(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise LabelError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; is it the list of labels?")
        data = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LabelError(f"{path}: not UTF-8 text; save it as CSV with UTF-8") from None


def _caption(fields: dict[str, str], file_column: str, where: str, line: int) -> Caption:
    name = PureWindowsPath(fields[file_column]).name
    if not name:
        raise LabelError(f"{where}: names no photo; fill the column {file_column!r} or remove the line")
    written = [fields.get(corner, "") for corner in _CORNERS]
    box = None
    if any(written):
        try:
            corners = [float(value) for value in written]
        except ValueError:
            corners = [math.nan]
        if not all(abs(value) < 1e9 for value in corners):
            raise LabelError(f"{where}: xmin, ymin, xmax, ymax must be numbers, got {written}; correct them")
        box = voc_to_box(*corners)
    text = fields.get("text") or None
    guessed = text is not None and fields.get("readable", "").lower() in ("0", "no", "false")
    return Caption(line, name, box, text, fields.get("identity") or None, "identity" in fields, guessed)


def identified(annotation: Annotation) -> Annotation:
    """The annotation with its text as identity if it has no other."""
    return dataclasses.replace(annotation, identity=annotation.identity or annotation.text)


def add_captions(
    annotations: Sequence[Annotation], captions: Sequence[Caption], path: Path
) -> tuple[tuple[Annotation, ...], list[str]]:
    """The annotations of one photo with what its lines say, and a problem for each line that fits no box.

    Args:
        annotations: boxes in the frame that the lines speak of.
        captions: the photo's lines.
        path: of the file, for the problems.
    """
    problems = []
    partners = _partners([annotation.box for annotation in annotations], captions)
    told = [one if number in partners.values() else identified(one) for number, one in enumerate(annotations)]
    for number, caption in enumerate(captions):
        where = f"{path}:{caption.line}: {caption.file_name!r}"
        if number not in partners:
            problems.append(f"{where}: no labelled box there; label it, correct the line, or remove it")
            continue
        old = annotations[partners[number]]
        if caption.text and old.text and caption.text != old.text:
            problems.append(f"{where}: text {caption.text!r} here, {old.text!r} in the label file; this one is used")
        new = dataclasses.replace(
            old,
            text=caption.text or old.text,
            identity=caption.identity or old.identity,
            difficult=old.difficult or caption.guessed,
        )
        told[partners[number]] = new if caption.identity_asked else identified(new)
    return tuple(told), problems


def _partners(boxes: Sequence[Box], captions: Sequence[Caption]) -> dict[int, int]:
    """The box of each caption, by position: best overlap first, each box once."""
    if len(boxes) == len(captions) == 1 and captions[0].box is None:
        return {0: 0}
    overlaps = [
        (-iou(caption.box, box), c, b)
        for c, caption in enumerate(captions)
        if caption.box is not None
        for b, box in enumerate(boxes)
    ]
    partners: dict[int, int] = {}
    for overlap, c, b in sorted(overlaps):
        if -overlap >= LEAST_IOU and c not in partners and b not in partners.values():
            partners[c] = b
    return partners
