"""The picture files: there, whole, of the stated size, the same bytes as when they were made, none twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from synth.errors import AssetError
from synth.inspection.checks.findings import Report
from synth.labels.pictures import read_picture
from synth.labels.sample import LabelledImage

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


def check_pictures(
    report: Report,
    pictures: Sequence[tuple[LabelledImage, Path]],
    digests: Mapping[str, str],
    on_progress: Callable[[int, int], None],
) -> None:
    """Opens every picture.

    Args:
        report: gets the findings.
        pictures: each image with the path where its picture should be.
        digests: SHA-256 by file name, as the manifest states it.
        on_progress: called with (done, total).
    """
    seen: dict[str, tuple[LabelledImage, Path]] = {}
    for number, (image, path) in enumerate(pictures):
        on_progress(number, len(pictures))
        if not path.is_file():
            remedy = "bring it back, or drop its labels"
            report.error("picture.missing", path, "", "the labels name it, but it is not there", remedy)
            continue
        digest = _check_one(report, image, path, digests.get(image.file_name))
        first = seen.setdefault(digest, (image, path))
        if first[0] is not image:
            _report_twice(report, image, path, first)
    on_progress(len(pictures), len(pictures))


def check_strays(report: Report, pictures: Sequence[tuple[LabelledImage, Path]]) -> None:
    """Pictures in the folder of a dataset of ours that no label file knows."""
    known = {path for _, path in pictures}
    for path in sorted((report.root / "images").rglob("*")):
        if path.is_file() and path not in known:
            message = "no label file knows it"
            report.error("picture.stray", path, "", message, "remove it: folder readers take it for a negative")


def _check_one(report: Report, image: LabelledImage, path: Path, stated: str | None) -> str:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if stated is not None and stated != digest:
        message = "its bytes are not those that the manifest states"
        report.error("picture.digest", path, "", message, "make it again: synth replay")
    try:
        height, width = read_picture(path).shape[:2]
    except AssetError as error:
        remedy = "make or copy it again"
        report.error("picture.damaged", path, "", str(error).removeprefix(f"{path}: "), remedy)
        return digest
    if (width, height) != (image.width, image.height):
        message = f"is {width} x {height}, its labels say {image.width} x {image.height}"
        report.error("picture.size", path, "", message, "correct the labels, or bring the right picture")
    if data.startswith(_JPEG_START) and not data.endswith(_JPEG_END):
        message = "has bytes after its end: Ultralytics takes it for damaged and writes it anew"
        report.warn("picture.tail", path, "", message, "save it again")
    return digest


def _report_twice(report: Report, image: LabelledImage, path: Path, first: tuple[LabelledImage, Path]) -> None:
    if first[0].split != image.split:
        message = f"is the same picture as {first[1].name} in the split {first[0].split!r}: a leak"
        report.error("leak.picture", path, "", message, "leave it in one split")
    else:
        message = f"is the same picture as {first[1].name}"
        report.warn("picture.twice", path, "", message, "remove one of them")
