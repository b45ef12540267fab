"""Faces that the project draws itself: what machines write when there is no font.

single-stroke    a round cutter follows a skeleton
dot-peen         a pin marks round dots along the same skeleton
dot-matrix       round dots on a grid of five by seven
square-matrix    square dots on the same grid
seven-segment    a display; some letters cannot be shown on it and are missing
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

import numpy as np

from synth.errors import AssetError
from synth.serials.glyphs import Contour, Glyph, densified, glyph_of
from synth.serials.matrix import COLUMNS, MATRICES, ROWS, dots
from synth.serials.segments import SEGMENTS, THICKNESS, WIDTH, segment
from synth.serials.strokes import SKELETONS, skeleton
from synth.serials.stroking import stroked

BLANK_ADVANCE = 0.5
CUTTER = 0.12
STROKE_SPACING = 0.17
PIN, PIN_SPACING = 0.1, 0.118
DOT = 0.84
SQUARE = 0.9
POINT = 0.15
Draw = Callable[[str], tuple[list[Contour], float]]


class DrawnFace:
    """A face of outlines made in code.

    Attributes:
        name: how recipes call it.
    """

    def __init__(self, name: str, characters: Collection[str], draw: Draw) -> None:
        """Args: `draw` gives the contours and the advance of one of `characters`."""
        self.name = name
        self._characters = frozenset(characters)
        self._glyph = lru_cache(maxsize=None)(lambda character: glyph_of(*draw(character)))

    def has(self, character: str) -> bool:
        """Whether the character can be drawn, or is a blank."""
        return character == " " or character in self._characters

    def glyph(self, character: str) -> Glyph:
        """One character; AssetError if the face cannot show it."""
        if character == " ":
            return glyph_of((), BLANK_ADVANCE)
        if character not in self._characters:
            known = "".join(sorted(self._characters))
            raise AssetError(f"{self.name}: no glyph for {character!r}; it has {known}: choose another face or text")
        return self._glyph(character)

    def kerning(self, left: str, right: str) -> float:
        """0: machines set every letter on its own."""
        return 0.0


def _single_stroke(character: str) -> tuple[list[Contour], float]:
    lines = skeleton(character, CUTTER)
    width = max(float(line[:, 0].max()) for line in lines) + CUTTER / 2
    return _spaced(list(stroked(lines, CUTTER)), width, STROKE_SPACING)


def _dot_peen(character: str) -> tuple[list[Contour], float]:
    places: list[Contour] = []
    for line in skeleton(character, PIN):
        for place in _spread(line, PIN_SPACING):
            if all(math.dist(place, other) > 0.75 * PIN_SPACING for other in places):
                places.append(place)
    width = max(float(place[0]) for place in places) + PIN / 2
    return _spaced([place + _disc(PIN / 2) for place in places], width, STROKE_SPACING)


def _spaced(contours: list[Contour], width: float, spacing: float) -> tuple[list[Contour], float]:
    """Half the spacing on either side."""
    bearing = np.array([spacing / 2, 0.0])
    return [contour + bearing for contour in contours], width + spacing


def _spread(line: Contour, spacing: float) -> Contour:
    """Points at about equal steps along a polyline, its ends among them."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    places = np.linspace(0, lengths[-1], max(1, round(float(lengths[-1]) / spacing)) + 1)
    return np.stack([np.interp(places, lengths, line[:, axis]) for axis in (0, 1)], axis=1)


def _disc(radius: float, corners: int = 16) -> Contour:
    """A regular polygon of the disc's area."""
    angle = 2 * math.pi * np.arange(corners) / corners
    reach = radius * math.sqrt(2 * math.pi / (corners * math.sin(2 * math.pi / corners)))
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _matrix(dot: Contour) -> Draw:
    """Draws dots of that shape (one grid step is 1) on the grid; its outermost dots reach from y = 0 to 1."""
    size = float(np.ptp(dot[:, 0]))
    pitch = 1 / (ROWS - 1 + size)

    def draw(character: str) -> tuple[list[Contour], float]:
        contours = [(dot + np.array([x + 0.5, y + size / 2])) * pitch for x, y in dots(character)]
        return contours, (COLUMNS + 1) * pitch

    return draw


def _square(size: float) -> Contour:
    half = size / 2
    return densified([(-half, -half), (half, -half), (half, half), (-half, half)], step=size / 4)


def _seven_segment(character: str) -> tuple[list[Contour], float]:
    if character == ".":
        return _spaced([_square(THICKNESS) + THICKNESS / 2], THICKNESS, POINT)
    return _spaced([segment(name) for name in SEGMENTS[character]], WIDTH, 0.22)


DRAWN_FACES: Mapping[str, DrawnFace] = {
    face.name: face
    for face in (
        DrawnFace("single-stroke", SKELETONS, _single_stroke),
        DrawnFace("dot-peen", SKELETONS, _dot_peen),
        DrawnFace("dot-matrix", MATRICES, _matrix(_disc(DOT / 2))),
        DrawnFace("square-matrix", MATRICES, _matrix(_square(SQUARE))),
        DrawnFace("seven-segment", (*SEGMENTS, "."), _seven_segment),
    )
}
