"""The same images, objects, characters, classes and boxes in every format, after each format's own rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synth.geometry.boxes import Box
from synth.inspection.checks.findings import Report, Seen, View

_FOREIGN_PX = 1.5  # hand-made sets of labels differ by a pixel, by how each tool counts
_REMEDY = "write the labels of one format again: synth convert"


def check_agreement(report: Report, views: Sequence[View]) -> None:
    """Compares each format with the first."""
    if len(views) < 2:
        return
    first = views[0]
    for view in views[1:]:
        if report.ours and view.classes != first.classes:
            seen = next(iter(view.images.values()), None)
            message = f"{view.format} has classes {view.classes}, {first.format} has {first.classes}"
            report.error("agreement.classes", seen.file if seen else report.root, "classes", message, _REMEDY)
        _compare_images(report, first, view)


def _compare_images(report: Report, first: View, view: View) -> None:
    for stem, seen in first.images.items():
        other = view.images.get(stem)
        if other is None:
            _tell(report, seen, stem, f"is in the {first.format} labels, but not in {view.format}")
            continue
        if seen.role is not None and other.role is not None and seen.role != other.role:
            message = f"is in the set {seen.role!r} in {first.format}, and in {other.role!r} in {view.format}: a leak"
            report.error("agreement.split", other.file, stem, message, _REMEDY)
        if other.width is not None and (seen.width, seen.height) != (other.width, other.height):
            sizes = f"{seen.width} x {seen.height} in {first.format}, {other.width} x {other.height} in {view.format}"
            report.error("agreement.size", other.file, other.about or stem, f"is {sizes}", "correct the wrong one")
        names = first.format, view.format
        _Compared(report, stem, seen, other, *names, "object").run(seen.objects, other.objects)
        if report.ours and seen.characters is not None and other.characters is not None:
            told = tuple(one for one in seen.characters if len(one[0]) == 1)  # VOC's others are parts of a body
            _Compared(report, stem, seen, other, *names, "character").run(told, other.characters)
    for stem, other in view.images.items():
        if stem not in first.images:
            _tell(report, other, stem, f"is in the {view.format} labels, but not in {first.format}")


def _tell(report: Report, seen: Seen, stem: str, message: str) -> None:
    report.promise("agreement.images", seen.file, seen.about or stem, f"{stem} {message}", _REMEDY)


@dataclass(frozen=True, slots=True)
class _Compared:
    """One image in two formats; `kind` is what is compared, "object" or "character"."""

    report: Report
    stem: str
    seen: Seen
    other: Seen
    first: str
    second: str
    kind: str

    def run(self, ours: Sequence[tuple[str, Box]], theirs: Sequence[tuple[str, Box]]) -> None:
        """Tells a difference in number, or each one of the first that is not in the second."""
        if len(ours) != len(theirs):
            message = f"has {len(ours)} {self.kind}s in {self.first}, {len(theirs)} in {self.second}"
            self._tell("agreement.counts", f"{self.stem} {message}")
            return
        left = list(theirs)
        for number, (name, box) in enumerate(ours, start=1):
            near = [o for o in left if o[0] == name and _close(self.report.ours, box, o[1], self.seen, self.second)]
            if near:
                left.remove(near[0])
                continue
            place = f"{name} at {tuple(round(v, 3) for v in box)} in {self.first}"
            self._tell("agreement.boxes", f"{self.stem}: {self.kind} {number} ({place}) is not in {self.second}")

    def _tell(self, code: str, message: str) -> None:
        self.report.promise(code, self.other.file, self.other.about or self.stem, message, _REMEDY)


def _close(ours: bool, box: Box, other: Box, seen: Seen, second: str) -> bool:
    tolerance = 1e-9
    if not ours:
        tolerance = _FOREIGN_PX
    elif second == "voc":  # whole pixels: the low corner rounded down, the high one up
        box = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    elif second in ("yolo", "tfrecord"):  # six decimals of the image's side, or float32
        tolerance = 2e-6 * max(seen.width or 0, seen.height or 0)
    return all(abs(a - b) <= tolerance for a, b in zip(box, other, strict=True))
