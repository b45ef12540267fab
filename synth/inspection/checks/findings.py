"""What a check finds, and the labels of a format in a form that can be compared with another's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from synth.geometry.boxes import Box

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise.

    Attributes:
        severity: "error" if a reader fails, loses labels or is misled; "warning" if one complains or guesses.
        code: what kind of thing it is, e.g. "coco.bbox"; fixed, so that findings can be counted.
        file: relative to the dataset's folder.
        object: what in the file: "annotation 12", "image 3", "record 7"; "" for the whole file.
        message: what was expected and what was found.
        remedy: what to do.
    """

    severity: Severity
    code: str
    file: str
    object: str
    message: str
    remedy: str


@dataclass(slots=True)
class Report:
    """Collects findings.

    Attributes:
        root: the dataset's folder.
        ours: whether it claims to be made by this package; then every promise counts, else only what hurts readers.
        findings: so far.
    """

    root: Path
    ours: bool
    findings: list[Finding] = field(default_factory=list)

    def error(self, code: str, file: Path, about: str, message: str, remedy: str) -> None:
        """Adds an error."""
        self._add("error", code, file, about, message, remedy)

    def warn(self, code: str, file: Path, about: str, message: str, remedy: str) -> None:
        """Adds a warning."""
        self._add("warning", code, file, about, message, remedy)

    def promise(self, code: str, file: Path, about: str, message: str, remedy: str) -> None:
        """Adds what is an error in a dataset of ours, which promises it, and a warning in somebody else's."""
        self._add("error" if self.ours else "warning", code, file, about, message, remedy)

    def _add(self, severity: Severity, code: str, file: Path, about: str, message: str, remedy: str) -> None:
        name = str(file.relative_to(self.root)) if file.is_relative_to(self.root) else str(file)
        self.findings.append(Finding(severity, code, name, about, message, remedy))


@dataclass(frozen=True, slots=True)
class Seen:
    """An image as one format shows it.

    Attributes:
        file: the file that says so.
        about: where in it.
        role: its split as VOC and YOLO call it ("train", "val", ...); None if the format does not say.
        width: px; None if the format does not say.
        height: likewise.
        objects: class name and box of each object.
        characters: class name and box of each character on them; None if the format does not tell characters.
    """

    file: Path
    about: str
    role: str | None
    width: int | None
    height: int | None
    objects: tuple[tuple[str, Box], ...]
    characters: tuple[tuple[str, Box], ...] | None = None


@dataclass(slots=True)
class View:
    """A dataset as one format shows it.

    Attributes:
        format: "coco", "voc", "yolo" or "tfrecord".
        classes: names in id order; None if the format has no order.
        images: by the picture's name without extension.
    """

    format: str
    classes: tuple[str, ...] | None = None
    images: dict[str, Seen] = field(default_factory=dict)

    def objects(self) -> Counter[str]:
        """Objects per class."""
        return Counter(name for seen in self.images.values() for name, _ in seen.objects)
