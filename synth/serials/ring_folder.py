"""The drawn ring photos as a folder that looks like what a person has after an hour of labelling.

`images/` holds JPEGs, `annotations/` one Pascal VOC file each (empty photos included), `labels.csv` the texts;
`README.txt` says that all of it is drawn and names the authors of the backgrounds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import cv2

from synth.assets import asset_file
from synth.errors import AssetError
from synth.files import write_atomically
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.labels.voc import voc_xml
from synth.labels.voc_elements import box_to_voc
from synth.serials.ring_photos import PLAN, DrawnPhoto, RingPhoto, draw_ring_photo, sample_ring_photo
from synth.streams import stream

CATEGORIES = Categories(("ring",))
COLUMNS = ("file", "box_id", "cls", "xmin", "ymin", "xmax", "ymax", "text", "identity")
JPEG_QUALITY = 90
ABOUT = """\
Drawn stand-ins for labelled photos
===================================
The legs and rings in these pictures are drawn by a program; no bird ever wore them. They are there to try synth on
before you have photos of your own, and say nothing about how well it does on real ones.

annotations/  Pascal VOC, one file per picture; boxes hold the visible ring
labels.csv    the code on each ring and its identity

The backgrounds are parts of these photographs, with changes:
"""


def write_ring_photos(folder: Path, *, seed: int) -> Iterator[Path]:
    """Writes the photos of `PLAN` with their labels, yielding each picture's path when its files stand.

    The same seed gives the same bytes, so a second call leaves the folder as it is.

    Raises:
        AssetError: the folder cannot be written, or holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "README.txt").is_file():
        raise AssetError(f"{folder}: holds something else already; name an empty or new folder")
    sources = sorted({background for background, *_ in PLAN})
    about = ABOUT + "".join(f"* {_credit(background)}\n" for background in sources)
    write_atomically(folder / "README.txt", about.encode())
    rows: list[tuple[str | int, ...]] = []
    for index in range(len(PLAN)):
        photo = sample_ring_photo(stream(seed, index, "ring photo"), index)
        drawn = draw_ring_photo(photo)
        rows += _write_photo(folder, photo, drawn)
        yield folder / "images" / photo.file_name
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    write_atomically(folder / "labels.csv", table.getvalue().encode())


def _credit(background: str) -> str:
    file = asset_file("backgrounds", f"{background}.jpg")
    return f"{file.path.name}: {file.author}, {file.licence}, {file.source}"


def _write_photo(folder: Path, photo: RingPhoto, drawn: DrawnPhoto) -> list[tuple[str | int, ...]]:
    """Writes picture and VOC file; returns its rows of `labels.csv`."""
    height, width = drawn.image.shape[:2]
    annotations = (Annotation(0, drawn.box),) if drawn.box is not None else ()
    labels = LabelledImage(photo.file_name, width, height, annotations)
    _, data = cv2.imencode(".jpg", drawn.image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    write_atomically(folder / "images" / photo.file_name, data.tobytes())
    voc = (folder / "annotations" / photo.file_name).with_suffix(".xml")
    write_atomically(voc, voc_xml(labels, CATEGORIES, folder="images"))
    if drawn.box is None or photo.bird is None or photo.bird.near.ring is None:
        return []
    text = photo.bird.near.ring.text
    return [(photo.file_name, 1, CATEGORIES.names[0], *box_to_voc(drawn.box, width, height), text, text)]
