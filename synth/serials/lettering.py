"""A tag's text on a canvas: its ink, and what is true of each character.

Vertices of outlines are mapped and drawn by exact area at the canvas's resolution; no picture of a letter is stretched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.boxes import Box, Region
from synth.geometry.homography import Matrix
from synth.labels.sample import Mask, Quad
from synth.serials.layout import Faces, Letter, lay_out
from synth.serials.mapping import Mapped, View, map_outlines
from synth.serials.raster import SUBPIXELS, draw_shapes
from synth.serials.surfaces import cylinder_of
from synth.serials.tag import SerialTag

LARGEST_PX = 4096
"""Longest side of a character."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCharacter:
    """One character on the canvas.

    Attributes:
        character: what it is.
        place: (copy, position in the serial without blanks); None for words that are no serial.
        quad: corners of its cell, px, as one reads it: as wide as its ink, as high as a capital and its ink together.
            On a cylinder, cut at the limb.
        outline_box: extent of its outline where it faces the viewer, px; may reach outside the canvas.
        mask: pixels of the region that it covers by half or, if there is none anywhere, by half of its greatest
            coverage; (0, 0) if none lies in the region.
        full_area: number of such pixels on a canvas without end.
        facing: how much of it a bent surface lets one see: its area as seen / its area if it lay flat, in [0, 1]; on a
            cylinder the mean of the cosine of the angle round the axis from the viewer, 0 where it is turned away. The
            axis' own tilt and the perspective do not count.
        angle_deg: direction of its upright on the canvas: turned back by it, it stands as upright as foreshortening
            lets it.
    """

    character: str
    place: tuple[int, int] | None
    quad: Quad
    outline_box: Box
    mask: Mask
    full_area: int
    facing: float
    angle_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Lettering:
    """The text of a tag.

    Attributes:
        ink: (h, w) uint8 coverage.
        which: (h, w) uint8 index of the inscription whose ink it is; 0 where there is none.
        characters: those of which a part faces the viewer, in reading order, inscription by inscription.
    """

    ink: NDArray[np.uint8]
    which: NDArray[np.uint8]
    characters: tuple[DrawnCharacter, ...]


def draw_lettering(tag: SerialTag, matrix: Matrix, region: Region, faces: Faces) -> Lettering:
    """Draws all inscriptions of a tag.

    Args:
        tag: what is written, and on what.
        matrix: (3, 3) body mm to canvas px.
        region: of the canvas, whole px; may reach beyond it.
        faces: how a face is found by its name.

    Raises:
        AssetError: a face lacks a character.
        RejectedScene: the perspective turns a character inside out or makes it enormous.
    """
    return draw_letters(tag, *letters_of(tag, faces), matrix, region)


def letters_of(tag: SerialTag, faces: Faces) -> tuple[list[Letter], list[int]]:
    """All letters of a tag, and the number of the inscription that each belongs to."""
    letters: list[Letter] = []
    owners: list[int] = []
    for number, inscription in enumerate(tag.inscriptions):
        run = lay_out(inscription, faces)
        letters += run
        owners += [number] * len(run)
    return letters, owners


def draw_letters(
    tag: SerialTag, letters: Sequence[Letter], owners: Sequence[int], matrix: Matrix, region: Region
) -> Lettering:
    """Draws letters of a tag, which may have been moved, as `draw_lettering` does."""
    shape = (max(region[3] - region[1], 0), max(region[2] - region[0], 0))
    ink, which = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    if not letters:
        return Lettering(ink, which, ())
    mapped = _mapped(tag, letters, matrix)
    about = mapped.about.tolist()
    if mapped.state:
        raise RejectedScene("a paste is turned inside out by its perspective")
    if any(row[2] - row[0] > LARGEST_PX - 2 or row[3] - row[1] > LARGEST_PX - 2 for row in about):
        raise RejectedScene("a character is enormous")
    found, masks = draw_shapes(
        mapped.points, mapped.ends, mapped.groups, np.array(owners, np.uint8), region, ink, which
    )
    return Lettering(ink, which, _characters(tag, letters, owners, about, found.tolist(), masks))


def _mapped(tag: SerialTag, letters: Sequence[Letter], matrix: Matrix) -> Mapped:
    radius, tilt = cylinder_of(tag.body)
    glyphs = [letter.glyph for letter in letters]
    view = View(float(radius), math.cos(tilt), math.sin(tilt), np.array(matrix, np.float64), SUBPIXELS)
    return map_outlines(
        np.concatenate([glyph.vertices for glyph in glyphs]),
        np.concatenate([glyph.ends for glyph in glyphs]),
        np.array([len(glyph.ends) for glyph in glyphs]),
        np.array([value for letter in letters for value in letter.place]).reshape(-1, 8),
        view,
    )


def _characters(
    tag: SerialTag,
    letters: Sequence[Letter],
    owners: Sequence[int],
    about: list[list[float]],
    found: list[list[int]],
    masks: NDArray[np.bool_],
) -> tuple[DrawnCharacter, ...]:
    drawn: list[DrawnCharacter] = []
    for letter, owner, row, (x, y, width, height, start, area) in zip(letters, owners, about, found, strict=True):
        x0, y0, x1, y1, a, b, c, d, e, f, g, h, angle_deg, facing = row
        if not x0 < x1:
            continue
        inscription = tag.inscriptions[owner]
        pixels = masks[start : start + width * height].reshape(height, width)
        drawn.append(
            DrawnCharacter(
                character=letter.character,
                place=None if inscription.copy is None else (inscription.copy, inscription.start + letter.number),
                quad=((a, b), (c, d), (e, f), (g, h)),
                outline_box=(x0, y0, x1, y1),
                mask=Mask(x, y, pixels),
                full_area=area,
                facing=facing,
                angle_deg=angle_deg,
            )
        )
    return tuple(drawn)
