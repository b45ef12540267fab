"""The characters of a tag as copies of its serial, lines of these, and words of lines; each with a quad.

A copy is complete if every character of the serial is labelled; what an incomplete one says on which line nobody knows.
Characters follow each other on a line as long as each lies to the right of the one before and about as high; in a
column, each lies below the one before. Blanks of the serial are counted in a line's text but have no character.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.cropping.frames import box_corners, mask_hull, upright_deg
from synth.geometry.homography import apply, rotation_deg
from synth.labels.sample import Annotation

Quads = NDArray[np.float64]
LEAST_SINE = 0.2
"""Of the angle between a column and its letters' feet; where it is less, that direction says little."""
STRAIGHT = 0.06
"""A line is straight if no corner lies farther from its ends' quad than this share of its height."""


@dataclass(frozen=True, eq=False)
class Line:
    """Characters one after the other.

    Attributes:
        text: what they say, with blanks; None if that is not known for sure.
        quads: (n, 4, 2) of its characters.
        blanks: positions among its characters before which a blank stands.
        visibilities: of its characters; 0 of difficult ones.
        column: one below the other.
        hulls: (n, 2) corners round what is seen of the first character, and of the last; on a body that bends, these
            go beyond the quads.
    """

    text: str | None
    quads: Quads
    blanks: tuple[int, ...]
    visibilities: tuple[float, ...]
    column: bool
    hulls: tuple[Quads, Quads]

    @property
    def visibility(self) -> float:
        """Of the least visible character."""
        return min(self.visibilities)

    @cached_property
    def quad(self) -> Quads:
        """(4, 2) corners round all characters, as one reads them."""
        if self.column:
            return _along_axis(self.quads)
        return self.ends if self.straight else _rectangle(self.quads)

    @property
    def ends(self) -> Quads:
        """(4, 2): the left corners of the first character and the right ones of the last."""
        first, last = self.quads[0], self.quads[-1]
        return np.stack([first[0], last[1], last[2], first[3]])

    @cached_property
    def straight(self) -> bool:
        """Whether the quad of its ends holds the whole line."""
        if self.column:
            return False
        ends = self.ends
        sides = np.roll(ends, -1, axis=0) - ends
        lengths = np.maximum(np.linalg.norm(sides, axis=1), 1e-9)
        from_corners = self.quads.reshape(-1, 1, 2) - ends
        inwards = (sides[:, 0] * from_corners[..., 1] - sides[:, 1] * from_corners[..., 0]) / lengths
        convex = cv2.isContourConvex(ends.astype(np.float32))
        return bool(convex and inwards.min() >= -STRAIGHT * lengths[3])

    def words(self) -> list[Line]:
        """The line, cut at its blanks."""
        cuts = [0, *self.blanks, len(self.quads)]
        texts = [None] * (len(cuts) - 1) if self.text is None else self.text.split()
        spans = zip(pairwise(cuts), texts, strict=True)
        return [
            Line(text, self.quads[a:b], (), self.visibilities[a:b], self.column, (self.quads[a], self.quads[b - 1]))
            for (a, b), text in spans
        ]


@dataclass(frozen=True, slots=True)
class Copy:
    """One repetition of the serial on its tag: its number, its lines, and whether all of it is labelled.

    Words that are no part of the serial are one incomplete copy without a number.
    """

    number: int | None
    lines: tuple[Line, ...]
    complete: bool


def copies_of(tag: Annotation) -> list[Copy]:
    """The copies in the order of their numbers; other words come last."""
    groups: dict[int, list[Annotation]] = {}
    other: list[Annotation] = []
    placed = any(character.place is not None for character in tag.characters)
    for k, character in enumerate(tag.characters):
        place = character.place if placed else (0, k)
        if place is None:
            other.append(character)
        else:
            groups.setdefault(place[0], []).append(character)
    copies = [_copy(number, groups[number], tag, placed) for number in sorted(groups)]
    if other:
        copies.append(Copy(None, tuple(_lines(other, tag, None)), complete=False))
    return copies


def _copy(number: int, characters: list[Annotation], tag: Annotation, placed: bool) -> Copy:
    if placed:
        characters = sorted(characters, key=lambda c: c.place or (0, 0))
    letters = "".join((tag.text or "").split())
    whole = bool(letters) and "".join(c.text or "?" for c in characters) == letters
    if placed:
        whole = whole and [c.place for c in characters] == [(number, k) for k in range(len(letters))]
    return Copy(number, tuple(_lines(characters, tag, tag.text if whole else None)), whole)


def _lines(characters: Sequence[Annotation], tag: Annotation, text: str | None) -> list[Line]:
    quads = np.stack([reading_quad(character, tag) for character in characters])
    column = len(quads) > 2 and bool(_follows(quads, column=True).all())
    breaks = [] if column else (np.flatnonzero(~_follows(quads, column=False)) + 1).tolist()
    cuts = [0, *breaks, len(quads)]
    places = [k for k, letter in enumerate(text or "") if not letter.isspace()]
    lines = []
    for a, b in pairwise(cuts):
        visibilities = tuple(_visibility(character) for character in characters[a:b])
        blanks = tuple(k - a for k in range(a + 1, b) if text is not None and places[k] > places[k - 1] + 1)
        said = None if text is None else " ".join(text[places[a] : places[b - 1] + 1].split())
        hulls = (_hull(characters[a], quads[a]), _hull(characters[b - 1], quads[b - 1]))
        lines.append(Line(said, quads[a:b], blanks, visibilities, column, hulls))
    return lines


def _visibility(character: Annotation) -> float:
    if character.difficult:
        return 0.0
    return 1.0 if character.visibility is None else character.visibility


def _follows(quads: Quads, *, column: bool) -> NDArray[np.bool_]:
    """Whether each character but the first comes right after the one before on a line, or in a column.

    Steps are told in the directions of the character's own sides, which a slanting view does not leave at right angles.
    """
    a, b, c, d = np.moveaxis(quads, 1, 0)
    sides = np.stack([b + c - a - d, d + c - a - b], axis=-1)[:-1] / 2
    width, height = np.linalg.norm(sides, axis=1).T
    steps = np.diff(quads.mean(axis=1), axis=0)
    area = np.linalg.det(sides)
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    x = width * (steps[:, 0] * sides[:, 1, 1] - steps[:, 1] * sides[:, 0, 1]) / area
    y = height * (steps[:, 1] * sides[:, 0, 0] - steps[:, 0] * sides[:, 1, 0]) / area
    if column:
        return np.asarray((y > 0.5 * height) & (np.abs(x) < 0.5 * height))
    return np.asarray((x > 0) & (np.abs(y) < np.maximum(0.75 * height, 0.6 * x)))


def _hull(annotation: Annotation, quad: Quads) -> Quads:
    return quad if annotation.mask is None or not annotation.mask.area else mask_hull(annotation.mask)


def reading_quad(annotation: Annotation, tag: Annotation) -> Quads:
    """(4, 2) corners as one reads: the label's, else the upright rectangle round mask or box."""
    if annotation.quad is not None:
        return np.array(annotation.quad)
    angle_deg = annotation.angle_deg if annotation.angle_deg is not None else upright_deg(tag) or 0.0
    outline = box_corners(annotation.box)
    if annotation.mask is not None and annotation.mask.area:
        outline = mask_hull(annotation.mask)
    return _upright_rectangle(outline, angle_deg)


def _upright_rectangle(points: Quads, angle_deg: float) -> Quads:
    flat = apply(rotation_deg(-angle_deg), points)
    corners = box_corners((*flat.min(axis=0), *flat.max(axis=0)))
    return apply(rotation_deg(angle_deg), corners)


def _along_axis(quads: Quads) -> Quads:
    """The parallelogram round a column: from its first character to its last, and to the right as these are on average.

    A body that is turned away slants the two against each other; each letter is slanted likewise. Where next to nothing
    of its width is seen, it is the rectangle along the axis.
    """
    right = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]).sum(axis=0)
    down = quads[-1].mean(axis=0) - quads[0].mean(axis=0)
    sides = np.stack([right, down])
    if abs(np.linalg.det(sides)) <= LEAST_SINE * math.prod(np.linalg.norm(sides, axis=1)):
        return _upright_rectangle(quads.reshape(-1, 2), math.degrees(math.atan2(down[0], down[1])))
    flat = quads.reshape(-1, 2) @ np.linalg.inv(sides)
    return np.asarray(box_corners((*flat.min(axis=0), *flat.max(axis=0))) @ sides)


def _rectangle(quads: Quads) -> Quads:
    """The rectangle round all characters, turned as they are on average."""
    right = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]).sum(axis=0)
    return _upright_rectangle(quads.reshape(-1, 2), math.degrees(math.atan2(-right[1], right[0])))
