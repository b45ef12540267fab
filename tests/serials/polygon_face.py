"""A face of polygons made for tests, tags that carry it, and slow, independent ways of doing what the package does."""

from __future__ import annotations

import math

import numpy as np

from synth.serials.glyphs import Glyph, glyph_of
from synth.serials.tag import Inscription, LinePath, Marking, Material, SerialTag

SHAPES = {
    "F": [(0, 0), (0.2, 0), (0.2, 0.4), (0.5, 0.4), (0.5, 0.6), (0.2, 0.6), (0.2, 0.8), (0.6, 0.8), (0.6, 1), (0, 1)],
    "L": [(0, 0), (0.55, 0), (0.55, 0.2), (0.2, 0.2), (0.2, 1), (0, 1)],
    "-": [(0, 0.4), (0.4, 0.4), (0.4, 0.6), (0, 0.6)],
}
FRAME = [(0.2, 0.2), (0.2, 0.8), (0.5, 0.8), (0.5, 0.2)]


def dense(points, step=0.04):
    points = np.array(points, float)
    out = []
    for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
        count = max(1, math.ceil(np.hypot(*(b - a)) / step))
        out += [a + (b - a) * k / count for k in range(count)]
    return np.array(out)


class PolygonFace:
    """Letters F, L, O and a dash; a blank advances."""

    name = "polygons"

    def __init__(self) -> None:
        self._glyphs = {
            character: glyph_of([np.add(dense(points), (0.05, 0))], max(p[0] for p in points) + 0.1)
            for character, points in SHAPES.items()
        }
        square = dense([(0, 0), (0.7, 0), (0.7, 1), (0, 1)])
        self._glyphs["O"] = glyph_of([np.add(square, (0.05, 0)), np.add(dense(FRAME), (0.05, 0))], 0.8)
        self._glyphs[" "] = Glyph(np.zeros((0, 2)), np.zeros(0, np.int64), 0.5)

    def has(self, character: str) -> bool:
        return character in self._glyphs

    def glyph(self, character: str) -> Glyph:
        return self._glyphs[character]

    def kerning(self, left: str, right: str) -> float:
        return -0.1 if (left, right) == ("F", "L") else 0.0


FACE = PolygonFace()


def faces(name: str) -> PolygonFace:
    assert name == "polygons"
    return FACE


def inscription(text="FLO", path=None, **values) -> Inscription:
    values = {"face": "polygons", "cap_height_mm": 10.0, "ink": (0, 0, 0), **values}
    return Inscription(text=text, path=LinePath() if path is None else path, **values)


def tag_of(body, *inscriptions) -> SerialTag:
    return SerialTag("FLO", body, inscriptions, Material("plastic", (200, 200, 200)), Marking("printed"))


def supersampled(contours, region, times=16):
    """Coverage in [0, 1] by the winding number (non-zero) at times x times samples of each pixel."""
    x0, y0, x1, y1 = region
    rows, columns = (y1 - y0) * times, (x1 - x0) * times
    turns = np.zeros((rows, columns + 1), np.int32)
    for contour in contours:
        a = (contour - (x0, y0)) * times - 0.5
        b = np.roll(a, -1, axis=0)
        first = np.ceil(np.minimum(a[:, 1], b[:, 1])).astype(int)
        count = np.ceil(np.maximum(a[:, 1], b[:, 1])).astype(int) - first
        edge = np.repeat(np.arange(len(a)), count)
        row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
        share = (row - a[edge, 1]) / (b[edge, 1] - a[edge, 1])
        at = np.ceil(a[edge, 0] + share * (b[edge, 0] - a[edge, 0])).astype(int)
        inside = (row >= 0) & (row < rows)
        sign = np.where(b[edge, 1] > a[edge, 1], 1, -1)
        np.add.at(turns, (row[inside], np.clip(at[inside], 0, columns)), sign[inside])
    filled = np.cumsum(turns, axis=1)[:, :-1] != 0
    return filled.reshape(y1 - y0, times, x1 - x0, times).mean(axis=(1, 3))
