"""Where a tag's face lies when it is flat, and its text on it. A band's two ends meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from synth.geometry.boxes import Box, Region
from synth.geometry.homography import Matrix
from synth.serials.finish import depth_of
from synth.serials.layout import Letter
from synth.serials.lettering import Lettering, draw_letters
from synth.serials.surfaces import outline
from synth.serials.tag import BandBody, BareBody, SerialTag

MOST_PX = 4096
"""Longest side of a sheet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flat face in texels.

    Attributes:
        u0, v0: of its top left corner, mm.
        width, height: px.
        px_per_mm: resolution.
        girth: of a band, whose ends meet, mm; else 0.
    """

    u0: float
    v0: float
    width: int
    height: int
    px_per_mm: float
    girth: float = 0.0

    @property
    def matrix(self) -> Matrix:
        """(3, 3) surface mm to texels."""
        s = self.px_per_mm
        return np.array([[s, 0.0, -self.u0 * s], [0.0, s, -self.v0 * s], [0.0, 0.0, 1.0]])

    @property
    def inverse(self) -> Matrix:
        """(3, 3) texels to surface mm."""
        return np.array([[1 / self.px_per_mm, 0.0, self.u0], [0.0, 1 / self.px_per_mm, self.v0], [0.0, 0.0, 1.0]])

    @property
    def region(self) -> Region:
        """All texels."""
        return (0, 0, self.width, self.height)

    @property
    def box_mm(self) -> Box:
        """Its edges on the surface; a band's meet exactly."""
        u1 = self.girth / 2 if self.girth else self.u0 + self.width / self.px_per_mm
        return (self.u0, self.v0, u1, self.v0 + self.height / self.px_per_mm)


def sheet_of(tag: SerialTag, letters: Sequence[Letter], px_per_mm: float) -> Sheet:
    """The sheet of a tag whose body is flat or a band; its resolution is lowered where it would be too large."""
    if isinstance(tag.body, BandBody):
        girth = math.pi * tag.body.diameter_mm
        most = min(px_per_mm, MOST_PX / max(girth, tag.body.length_mm))
        width = min(max(math.ceil(girth * most - 1e-9), 1), MOST_PX)
        height = min(max(math.ceil(tag.body.length_mm * width / girth - 1e-9), 1), MOST_PX)
        return Sheet(-girth / 2, -height * girth / width / 2, width, height, width / girth, girth)
    u0, v0, u1, v1 = _extent_mm(tag, letters)
    # a texel of room on all sides of what is written without a body
    room = 2 if isinstance(tag.body, BareBody) else 0
    most = min(px_per_mm, (MOST_PX - room) / max(u1 - u0, v1 - v0, 1e-9))
    width, height = (max(math.ceil(side * most - 1e-9), 1) + room for side in (u1 - u0, v1 - v0))
    return Sheet((u0 + u1 - width / most) / 2, (v0 + v1 - height / most) / 2, width, height, most)


def _extent_mm(tag: SerialTag, letters: Sequence[Letter]) -> Box:
    """Box of a flat face; without a body, of its text with room for soft edges."""
    if not isinstance(tag.body, BareBody):
        points = np.concatenate(outline(tag.body))
    elif letters:
        soft = 3 * depth_of(tag, np.eye(2)).ink_px
        corners = [(letter.place.u, letter.place.v, _radius_mm(letter) + soft) for letter in letters]
        points = np.array([(u + s * r, v + s * r) for u, v, r in corners for s in (-1, 1)])
    else:
        points = np.zeros((1, 2))
    (u0, v0), (u1, v1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (u0, v0, u1, v1)


def _radius_mm(letter: Letter) -> float:
    """How far its outline reaches from the point where it stands."""
    place, (x, y) = letter.place, letter.glyph.vertices.T
    across = place.stretch * (x - place.middle) + place.shear * (y - 0.5)
    return place.cap * float(np.sqrt(np.max(across**2 + (y - 0.5) ** 2)))


def lettering_on(
    tag: SerialTag, letters: Sequence[Letter], owners: Sequence[int], sheet: Sheet, wide: Region
) -> Lettering:
    """The text of a tag on a region round its sheet; that of a band goes on beyond its ends, as the band does."""
    bare = msgspec.structs.replace(tag, body=BareBody())
    if not sheet.girth:
        return draw_letters(bare, letters, owners, sheet.matrix, wide)
    turned = [
        replace(letter, place=letter.place._replace(u=math.remainder(letter.place.u, sheet.girth)))
        for letter in letters
    ]
    beyond = math.ceil(max(map(_radius_mm, letters), default=0.0) * sheet.px_per_mm) + 1
    drawn = draw_letters(bare, turned, owners, sheet.matrix, (-beyond, wide[1], sheet.width + beyond, wide[3]))
    ink = np.zeros((wide[3] - wide[1], sheet.width), np.uint8)
    which = np.zeros_like(ink)
    for start in range(beyond % sheet.width - sheet.width, beyond + sheet.width + beyond, sheet.width):
        first, last = max(start, 0), min(start + sheet.width, beyond + sheet.width + beyond)
        new, there = drawn.ink[:, first:last], slice(first - start, last - start)
        np.copyto(which[:, there], drawn.which[:, first:last], where=new > ink[:, there])
        np.maximum(ink[:, there], new, out=ink[:, there])
    around = np.arange(wide[0], wide[2]) % sheet.width
    return Lettering(ink.take(around, axis=1), which.take(around, axis=1), drawn.characters)
