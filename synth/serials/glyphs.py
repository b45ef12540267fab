"""Outlines of characters as polygons, from font files.

Unit: the font's cap height, so that a letter H is 1 high. The baseline is y = 0, y points up, x runs along the text.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont, TTLibError
from numpy.typing import NDArray

from synth.errors import AssetError

STEP = 0.04
Contour = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character.

    Attributes:
        contours: closed polygons, each (n, 2) float64; a hole runs the other way round than what it is in.
        advance: width that it takes on the line.
    """

    contours: tuple[Contour, ...]
    advance: float


class _PolygonPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Collects contours as dense polygons: no edge is longer than `step`, so that they bend well."""

    def __init__(self, glyphs: object, step: float) -> None:
        super().__init__(glyphs)
        self.step = step
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, point: tuple[float, float]) -> None:
        self.contours.append([point])

    def _lineTo(self, point: tuple[float, float]) -> None:
        x, y = self.contours[-1][-1]
        count = max(1, math.ceil(math.hypot(point[0] - x, point[1] - y) / self.step))
        self.contours[-1] += [
            (x + (point[0] - x) * k / count, y + (point[1] - y) * k / count) for k in range(1, count + 1)
        ]

    def _curveToOne(self, a: tuple[float, float], b: tuple[float, float], end: tuple[float, float]) -> None:
        start = self.contours[-1][-1]
        length = math.dist(start, a) + math.dist(a, b) + math.dist(b, end)
        t = np.linspace(0.0, 1.0, max(4, math.ceil(length / self.step)) + 1)[1:, None]
        curve = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * np.asarray(end)
        self.contours[-1] += [(float(x), float(y)) for x, y in curve]

    def _closePath(self) -> None:
        self._lineTo(self.contours[-1][0])


@lru_cache(maxsize=16)
def _font(path: Path) -> TTFont:
    try:
        return TTFont(io.BytesIO(path.read_bytes()), lazy=True)
    except (OSError, TTLibError) as error:
        raise AssetError(f"{path}: not a font that can be read ({error})") from None


@lru_cache(maxsize=1024)
def glyph(font: Path, character: str) -> Glyph:
    """The outline of one character; AssetError if the font lacks it."""
    face = _font(font)
    name = face.getBestCmap().get(ord(character))
    if name is None:
        raise AssetError(f"{font}: no glyph for {character!r}; choose another font or text")
    glyphs = face.getGlyphSet()
    unit = float(face["OS/2"].sCapHeight)
    pen = _PolygonPen(glyphs, STEP * unit)
    glyphs[name].draw(pen)
    contours = tuple(np.asarray(contour, np.float64) / unit for contour in pen.contours)
    return Glyph(contours, glyphs[name].width / unit)


def line_of_text(font: Path, text: str, *, width_factor: float = 1.0, spacing: float = 0.0) -> tuple[Contour, ...]:
    """All contours of a line of text, centred: x in +-width / 2, capitals in y = 0 to 1.

    Args:
        font: file.
        text: what is written.
        width_factor: narrows (< 1) or widens the letters.
        spacing: added after each letter.
    """
    contours: list[Contour] = []
    cursor = 0.0
    for character in text:
        shape = glyph(font, character)
        contours += [contour * (width_factor, 1.0) + (cursor, 0.0) for contour in shape.contours]
        cursor += shape.advance * width_factor + spacing
    middle = (cursor - spacing) / 2
    return tuple(contour - (middle, 0.0) for contour in contours)
