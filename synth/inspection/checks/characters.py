"""The characters of labelled objects: where they are, what they are, and whether they spell what the object says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from synth.geometry.boxes import Box
from synth.inspection.checks.findings import Report
from synth.labels.layout import rle_path
from synth.labels.sample import Annotation, Categories, LabelledImage, Quad

_CLOSE_PX = 1.0
_EPSILON = 1e-6
_REMEDY = "make the dataset again, or correct this label"
Wrong = tuple[str, str]  # code and message


def check_characters(report: Report, pictures: Sequence[tuple[LabelledImage, Path]], categories: Categories) -> None:
    """Checks every character of every object.

    Args:
        report: gets the findings.
        pictures: images with their labels, and where the pictures are.
        categories: for the classes of characters.
    """
    for image, picture in pictures:
        exact = rle_path(report.root, image.split)
        file = exact if report.ours and exact.is_file() else picture
        for number, annotation in enumerate(image.annotations, start=1):
            about = f"{image.file_name}, object {number}"
            for position, character in enumerate(annotation.characters, start=1):
                for code, message in _wrong(character, annotation, image, categories):
                    report.promise(code, file, f"{about}, character {position}", message, _REMEDY)
            for code, message in _out_of_order(annotation.characters):
                report.promise(code, file, about, message, _REMEDY)


def _wrong(character: Annotation, owner: Annotation, image: LabelledImage, categories: Categories) -> Iterator[Wrong]:
    box, mask, quad = character.box, character.mask, character.quad
    if not _holds((0, 0, image.width, image.height), box, 0.0):
        yield "character.box", f"box must lie in (0, 0, {image.width}, {image.height}), got {box}"
    if mask is not None and (mask.area == 0 or max(abs(a - b) for a, b in zip(mask.box, box, strict=True)) > _CLOSE_PX):
        ends = mask.box if mask.area else "nowhere"
        yield "character.mask", f"box and mask must agree to {_CLOSE_PX:g} px, got {box}, the mask is at {ends}"
    around = owner.amodal_box or owner.box
    if not _holds(around, box, _CLOSE_PX):
        yield "character.outside", f"box must lie in its object's, {around}, to {_CLOSE_PX:g} px, got {box}"
    name = categories.characters[character.category]
    if character.text is not None and character.text != name:
        yield "character.class", f"class must be what is written, {character.text!r}, got {name!r}"
    if quad is not None and not _is_convex(quad):
        yield "character.quad", f"quad must be convex and clockwise from its top left, got {quad}"
    if character.place is not None and owner.text is not None:
        written, position = "".join(owner.text.split()), character.place[1]
        found = written[position] if position < len(written) else "nothing"
        if found != (character.text or name):
            yield (
                "character.text",
                f"{character.text or name!r} stands at place {position}, where the text {owner.text!r} has {found!r}",
            )


def _out_of_order(characters: Sequence[Annotation]) -> Iterator[Wrong]:
    """The visible characters of one copy of the text must come in its order, each once."""
    last: dict[int, int] = {}
    for number, character in enumerate(characters, start=1):
        if character.place is None:
            continue
        copy, position = character.place
        if position <= last.get(copy, -1):
            message = f"character {number} has place {position} of copy {copy}, after one at {last[copy]}"
            yield "character.order", f"characters must be in reading order, each once, but {message}"
        last[copy] = position


def _holds(outer: Box, inner: Box, tolerance: float) -> bool:
    low = inner[0] >= outer[0] - tolerance and inner[1] >= outer[1] - tolerance
    return low and inner[2] <= outer[2] + tolerance and inner[3] <= outer[3] + tolerance


def _is_convex(quad: Quad) -> bool:
    """Whether the corners turn clockwise on screen, all four, and none lies on the line through its neighbours."""
    for k in range(4):
        (x0, y0), (x1, y1), (x2, y2) = quad[k - 2], quad[k - 1], quad[k]
        if (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1) <= _EPSILON:
            return False
    return True
