"""Depth and normals: all there, of the picture's size, the same bytes as when they were made, and none besides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from synth.errors import LabelError
from synth.inspection.checks.findings import Report
from synth.labels.layout import PLANES
from synth.labels.planes import decode_depth, decode_normals
from synth.labels.sample import LabelledImage

_AGAIN = "make the image again: delete its picture and run the same synth generate once more"


class _Line(msgspec.Struct):
    """As much of a line of the manifest as states files."""

    files: dict[str, str] = {}


def check_planes(report: Report, manifest: Path, images: Sequence[LabelledImage]) -> None:
    """Compares the files with what the manifest states.

    Args:
        report: gets the findings.
        manifest: need not be there; without it nothing is promised.
        images: with their labels.
    """
    stated = _stated(manifest)
    known: set[Path] = set()
    for image in images:
        for kind, path_of in PLANES.items():
            path = path_of(report.root, image.split, image.file_name)
            digest = stated.get(path.relative_to(report.root).as_posix())
            if digest is not None:
                known.add(path)
                _check_one(report, image, kind, path, digest)
    for name in sorted(set(stated) - {path.relative_to(report.root).as_posix() for path in known}):
        report.error("plane.images", manifest, name, "belongs to no labelled image", _AGAIN)
    for path in sorted(path for kind in PLANES for path in (report.root / kind).rglob("*")):
        if stated and path.is_file() and path not in known:
            report.error("plane.stray", path, "", "the manifest does not know it", "remove it")


def _stated(manifest: Path) -> Mapping[str, str]:
    """Digests by path relative to the dataset's folder. A line that cannot be read has been told."""
    stated: dict[str, str] = {}
    if manifest.is_file():
        with open(manifest, "rb") as lines:
            for line in lines:
                try:
                    stated |= msgspec.json.decode(line, type=_Line).files
                except msgspec.DecodeError:
                    continue
    return stated


def _check_one(report: Report, image: LabelledImage, kind: str, path: Path, digest: str) -> None:
    if not path.is_file():
        report.error("plane.missing", path, "", "the manifest names it, but it is not there", _AGAIN)
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        report.error("plane.digest", path, "", "its bytes are not those that the manifest states", _AGAIN)
    try:
        height, width = (decode_depth(data, 1.0) if kind == "depth" else decode_normals(data)).shape[:2]
    except LabelError as error:
        report.error("plane.damaged", path, "", str(error), _AGAIN)
        return
    if (width, height) != (image.width, image.height):
        message = f"is {width} x {height}, its picture {image.width} x {image.height}"
        report.error("plane.size", path, "", message, _AGAIN)
