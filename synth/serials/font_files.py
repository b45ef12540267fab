"""Faces from font files: TrueType and PostScript outlines, also packed as WOFF; a variable font at its default.

A file that cannot serve is refused with one line: no font, no outlines (bitmaps only), no map of characters. A glyph
that is missing or empty is an error as well, never the box that a font shows instead.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont, TTLibError

from synth.errors import AssetError
from synth.serials.font_kerning import PairKerning, pair_kerning
from synth.serials.glyphs import STEP, Glyph, glyph_of

OUTLINES = ("glyf", "CFF ", "CFF2")
# A stated cap height that is further than this from that of the letter H is taken from the letter.
TOLERANCE = 0.1
Point = tuple[float, float]
# what fontTools raises on bytes that are damaged in one way or another
DAMAGE = (
    TTLibError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
)


class FontFace:
    """A face in a font file.

    Attributes:
        name: path of the file.
    """

    def __init__(self, path: Path) -> None:
        """Opens and checks a font.

        Raises:
            AssetError: it cannot be read, is no font, or has no outlines.
        """
        self.name = str(path)
        font = _opened(path)
        try:
            self._characters: dict[int, str] = font.getBestCmap() or {}
            self._glyphs = font.getGlyphSet()
            self._unit = self._cap_height(font)
            self._kerning: PairKerning = pair_kerning(font)
        except DAMAGE as error:
            raise self._damaged(error) from None
        if not self._characters:
            raise AssetError(f"{path}: the font does not say which character is which glyph; choose another font")
        self._known: dict[str, Glyph | None] = {}
        self._kerned: dict[tuple[str, str], float] = {}

    def _damaged(self, error: Exception) -> AssetError:
        return AssetError(f"{self.name}: a damaged font ({error or type(error).__name__}); get the file again")

    def _cap_height(self, font: TTFont) -> float:
        """In font units; see `TOLERANCE`."""
        stated = float(getattr(font["OS/2"], "sCapHeight", 0)) if "OS/2" in font else 0.0
        for character in "HEIX08":
            if ord(character) in self._characters:
                pen = BoundsPen(self._glyphs)
                self._glyphs[self._characters[ord(character)]].draw(pen)
                drawn = float(pen.bounds[3]) if pen.bounds else 0.0
                if drawn > 0 and abs(stated / drawn - 1) > TOLERANCE:
                    return drawn
                break
        if stated <= 0:
            raise AssetError(f"{self.name}: neither states its cap height nor has a capital H; choose another font")
        return stated

    def has(self, character: str) -> bool:
        """Whether the character can be drawn, or is a blank that advances."""
        return self._found(character) is not None

    def glyph(self, character: str) -> Glyph:
        """One character; AssetError if the font lacks it or draws nothing for it."""
        found = self._found(character)
        if found is None:
            kind = "an empty" if self._has_entry(character) else "no"
            raise AssetError(f"{self.name}: {kind} glyph for {character!r}; choose another font or text")
        return found

    def kerning(self, left: str, right: str) -> float:
        """What the font adds between two characters, in cap heights."""
        pair = (left, right)
        if pair not in self._kerned:
            self._kerned[pair] = self._looked_up(left, right)
        return self._kerned[pair]

    def _looked_up(self, left: str, right: str) -> float:
        if not (self._has_entry(left) and self._has_entry(right)):
            return 0.0
        try:
            return float(self._kerning(self._characters[ord(left)], self._characters[ord(right)])) / self._unit
        except DAMAGE as error:
            raise self._damaged(error) from None

    def _has_entry(self, character: str) -> bool:
        return len(character) == 1 and ord(character) in self._characters

    def _found(self, character: str) -> Glyph | None:
        if character not in self._known:
            self._known[character] = self._drawn(character) if self._has_entry(character) else None
        return self._known[character]

    def _drawn(self, character: str) -> Glyph | None:
        shape = self._glyphs[self._characters[ord(character)]]
        pen = _PolygonPen(self._glyphs, STEP * self._unit)
        try:
            shape.draw(pen)
        except DAMAGE as error:
            raise self._damaged(error) from None
        contours = [np.asarray(contour, np.float64) / self._unit for contour in pen.contours]
        glyph = glyph_of(contours, shape.width / self._unit)
        return glyph if len(glyph.ends) or character.isspace() else None


def _opened(path: Path) -> Any:  # fontTools has no types
    """The font in a file, the first one of a collection."""
    try:
        font = TTFont(io.BytesIO(path.read_bytes()), lazy=True, fontNumber=0)
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except ImportError:
        raise AssetError(f"{path}: WOFF2 needs the package brotli; install it or convert the font to TTF") from None
    except DAMAGE as error:
        raise AssetError(
            f"{path}: not a font that can be read ({error}); TTF, OTF, WOFF and, with brotli, WOFF2 are"
        ) from None
    if not any(table in font for table in OUTLINES):
        raise AssetError(f"{path}: a font of bitmaps without outlines, which cannot be bent; choose an outline font")
    return font


class _PolygonPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Collects contours as dense polygons: no edge is longer than `step`, so that they bend well."""

    def __init__(self, glyphs: object, step: float) -> None:
        super().__init__(glyphs)
        self.step = step
        self.contours: list[list[Point]] = []

    def _moveTo(self, point: Point) -> None:
        self.contours.append([point])

    def _lineTo(self, point: Point) -> None:
        x, y = self.contours[-1][-1]
        count = max(1, math.ceil(math.hypot(point[0] - x, point[1] - y) / self.step))
        self.contours[-1] += [
            (x + (point[0] - x) * k / count, y + (point[1] - y) * k / count) for k in range(1, count + 1)
        ]

    def _curveToOne(self, a: Point, b: Point, end: Point) -> None:
        start = self.contours[-1][-1]
        count = max(4, math.ceil((math.dist(start, a) + math.dist(a, b) + math.dist(b, end)) / self.step))
        curve = _cubic(start, a, b, end, count)
        # points lie closer where the curve bends, so that elsewhere the mean edge is not the longest
        while np.hypot(*np.diff(curve, axis=0).T).max() > self.step:
            count += 1
            curve = _cubic(start, a, b, end, count)
        self.contours[-1] += [(float(x), float(y)) for x, y in curve[1:]]

    def _closePath(self) -> None:
        self._lineTo(self.contours[-1][0])


def _cubic(start: Point, a: Point, b: Point, end: Point, count: int) -> Any:
    t = np.linspace(0.0, 1.0, count + 1)[:, None]
    near = (1 - t) ** 3 * np.asarray(start) + 3 * (1 - t) ** 2 * t * np.asarray(a)
    return near + 3 * (1 - t) * t**2 * np.asarray(b) + t**3 * np.asarray(end)
