"""Outlines of characters as polygons: what every face hands out, wherever it has it from.

Unit: the cap height, so that a letter H is 1 high. The baseline is y = 0, y points up, x runs along the text and the
pen starts at x = 0. Direction: as seen with y up, what is filled lies to the left of each contour. Outer contours run
counter-clockwise (positive shoelace area) and holes clockwise, in faces of every origin. Contours may overlap: a point
is inside where its winding number is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# Longest edge of a contour. An arc of the radius of one cap height is missed by a 5000th of it at most.
STEP = 0.04
Contour = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """One character. Arrays are read-only.

    Attributes:
        vertices: (n, 2) float64, the points of all contours one after the other.
        ends: (m,) int64, index after the last point of each contour; a contour is closed without repeating its start.
        advance: width that it takes on the line.
    """

    vertices: NDArray[np.float64]
    ends: NDArray[np.int64]
    advance: float

    @property
    def contours(self) -> tuple[Contour, ...]:
        """The closed polygons, each (k, 2) float64."""
        return tuple(np.split(self.vertices, self.ends[:-1])) if len(self.ends) else ()


class Face(Protocol):
    """A set of characters drawn alike."""

    @property
    def name(self) -> str:
        """How messages call it."""

    def __hash__(self) -> int: ...

    def has(self, character: str) -> bool:
        """Whether the character can be drawn, or is a blank that advances."""

    def glyph(self, character: str) -> Glyph:
        """One character; AssetError if the face lacks it or has nothing to draw for it."""

    def kerning(self, left: str, right: str) -> float:
        """What is added to the advance of `left` before `right`, in cap heights."""


def glyph_of(contours: Iterable[Contour], advance: float) -> Glyph:
    """A glyph of closed polygons, each (k, 2), in whichever direction they run."""
    polygons = [polygon for contour in contours if len(polygon := _tidied(contour)) >= 3]
    if sum(signed_area(polygon) for polygon in polygons) < 0:
        polygons = [polygon[::-1] for polygon in polygons]
    vertices = np.concatenate(polygons) if polygons else np.zeros((0, 2))
    ends = np.cumsum([len(polygon) for polygon in polygons], dtype=np.int64)
    vertices.flags.writeable = False
    ends.flags.writeable = False
    return Glyph(vertices, ends, float(advance))


def _tidied(contour: Contour) -> Contour:
    """The contour without points that repeat the one before them."""
    points = np.asarray(contour, np.float64)
    distinct: NDArray[np.bool_] = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1, initial=0) > 1e-9
    return np.asarray(points[distinct], np.float64)


def signed_area(contour: Contour) -> float:
    """Area within a closed polygon, positive if it runs counter-clockwise (y up)."""
    x, y = contour.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def densified(corners: Sequence[tuple[float, float]] | Contour, step: float = STEP) -> Contour:
    """A closed polygon with points added so that no edge is longer than `step`."""
    points = np.asarray(corners, np.float64)
    pieces = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        count = max(1, int(np.ceil(np.hypot(*(end - start)) / step - 1e-9)))
        pieces.append(start + (end - start) * (np.arange(count) / count)[:, None])
    return np.concatenate(pieces)


def line_of_text(face: Face, text: str, *, width_factor: float = 1.0, spacing: float = 0.0) -> tuple[Contour, ...]:
    """All contours of a line of text, centred: x in +-width / 2, capitals in y = 0 to 1.

    Args:
        face: of the letters; its kerning is left out.
        text: what is written.
        width_factor: narrows (< 1) or widens the letters.
        spacing: added after each letter.
    """
    contours: list[Contour] = []
    cursor = 0.0
    for character in text:
        shape = face.glyph(character)
        contours += [contour * (width_factor, 1.0) + (cursor, 0.0) for contour in shape.contours]
        cursor += shape.advance * width_factor + spacing
    middle = (cursor - spacing) / 2
    return tuple(contour - (middle, 0.0) for contour in contours)
