"""Labels of the characters on a tag that a mesh carries, from the very faces and texels that are rendered.

Each pixel is cut into parts; a part shows as much ink as lies at its middle between the four nearest texels, and it is
that of the character that covers most of them. A pixel is a character's where it covers half of it or, if it is so fine
that it does so nowhere, half of its greatest coverage; both as it would be if nothing hid it. That is: the faces of the
decal that look at the camera, without all other bodies, the rest of its own, and the borders of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Box, Region
from synth.geometry.camera import Intrinsics
from synth.labels.sample import Annotation, Categories, Mask
from synth.native import compiled
from synth.rendering.cells import cell_of
from synth.rendering.decals import Decal
from synth.rendering.raster import Posed, hits, windowed
from synth.rendering.views import leaves, region_of, within
from synth.serials.legibility import LEAST_VISIBILITY, SURE_VISIBILITY
from synth.serials.unrolled import Unrolled, UnrolledCharacter

FOLDS = (5, 3)
"""Parts along a pixel's side; odd, so that no pixel is covered by exactly half of them."""
MOST_PARTS = 1 << 23
"""Larger tags, whose characters are large as well, are cut into fewer parts."""
MOST_TEXELS = 1 << 15
"""That tell how a character is bent away."""
FULL, HALF = 255, 128
"""Levels of ink."""

Letters = NDArray[np.int16]
Ink = NDArray[np.uint8]
Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The parts of the picture's plane round the ink.

    Attributes:
        region: px that they lie in; fold: along a pixel's side.
        letters: (h, w) 1 + index of the character that each would show if nothing hid it.
        ink: (h, w) how much of it.
        open: (h, w) bool, nothing hides it.
    """

    region: Region
    fold: int
    letters: Letters
    ink: Ink
    open: NDArray[np.bool_]


def characters_of(
    face: Unrolled, decal: Decal, number: int, bodies: Sequence[Posed], intrinsics: Intrinsics, categories: Categories
) -> tuple[Annotation, ...]:
    """Labels of the characters of which enough is seen, in reading order.

    Args:
        face: the tag, laid flat.
        decal: where it is.
        number: position of the body that carries it.
        bodies: all of them.
        intrinsics: of the camera.
        categories: of characters.
    """
    seen = _seen(face, decal, number, bodies, intrinsics)
    if seen is None:
        return ()
    boxes = _boxes(seen.letters, seen.ink, len(face.characters))
    facing = _facing(face, decal)
    made = []
    for index in np.flatnonzero(boxes[:, 0] < boxes[:, 2]).tolist():
        mask, share = _mask(seen, index, boxes[index].tolist())
        visibility = min(share * float(facing[index]), 1.0)
        if mask.pixels.size and visibility >= LEAST_VISIBILITY:
            outline = _in_pixels(seen, boxes[index].tolist())
            made.append(_label(face.characters[index], mask, outline, visibility, decal, intrinsics, categories))
    return tuple(made)


def _label(
    character: UnrolledCharacter, mask: Mask, outline: Box, visibility: float, decal: Decal, intrinsics: Intrinsics,
    categories: Categories,
) -> Annotation:  # fmt: skip
    quad, angle_deg = cell_of(character, decal)
    return Annotation(
        category=categories.character_id_of(character.character),
        box=mask.box,
        mask=mask,
        amodal_box=outline,
        quad=quad,
        angle_deg=angle_deg,
        text=character.character,
        visibility=visibility,
        truncated=leaves(outline, intrinsics),
        difficult=visibility < SURE_VISIBILITY,
        place=character.place,
    )


def _seen(
    face: Unrolled, decal: Decal, number: int, bodies: Sequence[Posed], intrinsics: Intrinsics
) -> _Seen | None:  # fmt: skip
    """The parts round the ink; None if none of it looks at the camera."""
    front = np.flatnonzero(decal.frontal > 0)
    body = bodies[number]
    alone = Posed(body.points, body.faces[decal.faces[front]])
    region = region_of(alone, intrinsics)
    if region is None:
        return None
    area = (region[2] - region[0]) * (region[3] - region[1])
    fold = next((k for k in FOLDS if area * k * k <= MOST_PARTS), 1)
    which = hits([alone], windowed(intrinsics, region, fold)).faces
    back = _inverses(decal.maps[front])
    u0, v0 = face.box_mm[:2]
    letters, ink = _letters_at(
        which, back, region[0], region[1], fold, face.letters, face.ink, u0, v0, face.px_per_mm
    )  # fmt: skip
    x0, y0, x1, y1 = (int(side) for side in _extent(letters))
    if x0 >= x1:
        return None
    x0, y0, x1, y1 = x0 // fold, y0 // fold, -(-x1 // fold), -(-y1 // fold)
    inked = (region[0] + x0, region[1] + y0, region[0] + x1, region[1] + y1)
    parts = np.s_[y0 * fold : y1 * fold, x0 * fold : x1 * fold]
    clear = _open(number, decal.faces[front], which[parts], inked, fold, bodies, intrinsics)
    return _Seen(inked, fold, letters[parts], ink[parts], clear)


def _open(
    number: int, faces: NDArray[np.int64], which: NDArray[np.int32], region: Region, fold: int,
    bodies: Sequence[Posed], intrinsics: Intrinsics,
) -> NDArray[np.bool_]:  # fmt: skip
    """Where the face that a part would show is the nearest of all, and in the picture."""
    clear = np.zeros(which.shape, np.bool_)
    x0, y0, x1, y1 = shared = within(region, intrinsics)
    if x0 < x1 and y0 < y1:
        left, top = (x0 - region[0]) * fold, (y0 - region[1]) * fold
        parts = np.s_[top : top + (y1 - y0) * fold, left : left + (x1 - x0) * fold]
        own = bodies[number]
        furthest = float(own.points[own.faces[faces], 2].max())
        all_of_it = hits(bodies, windowed(intrinsics, shared, fold), far_m=furthest)
        wanted = np.append(faces, -2).astype(np.int32)[which[parts]]
        clear[parts] = (all_of_it.ids == number + 1) & (all_of_it.faces == wanted)
    return clear


def _inverses(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """(d, 9) px to mm, up to a factor."""
    a, b, c = maps[:, :, 0], maps[:, :, 1], maps[:, :, 2]
    return np.concatenate([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)


@compiled
def _letters_at(
    which: NDArray[np.int32], back: NDArray[np.float64], x0: int, y0: int, fold: int, letters: Letters,
    ink: Ink, u0: float, v0: float, px_per_mm: float,
) -> tuple[Letters, Ink]:  # fmt: skip
    """The character at each part, and its ink there."""
    rows, columns = which.shape
    out, amount = np.zeros((rows, columns), np.int16), np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        y = y0 + (row + 0.5) / fold
        for column in range(columns):
            face = which[row, column]
            if face < 0:
                continue
            x = x0 + (column + 0.5) / fold
            w = back[face, 6] * x + back[face, 7] * y + back[face, 8]
            u = (back[face, 0] * x + back[face, 1] * y + back[face, 2]) / w
            v = (back[face, 3] * x + back[face, 4] * y + back[face, 5]) / w
            along, down = (u - u0) * px_per_mm - 0.5, (v - v0) * px_per_mm - 0.5
            level = _between(ink, along, down)
            if level > 0.5:
                out[row, column] = _owner(letters, ink, math.floor(along), math.floor(down))
                amount[row, column] = int(level + 0.5)
    return out, amount


@compiled
def _between(ink: Ink, x: float, y: float) -> float:
    """Ink at a place between the middles of texels; none beyond the edges."""
    height, width = ink.shape
    column, row = math.floor(x), math.floor(y)
    total = 0.0
    for j in range(2):
        for i in range(2):
            if 0 <= column + i < width and 0 <= row + j < height:
                share = (x - column if i else column + 1 - x) * (y - row if j else row + 1 - y)
                total += share * ink[row + j, column + i]
    return total


@compiled
def _owner(letters: Letters, ink: Ink, column: int, row: int) -> int:
    """The character of the most inked of the nearest four texels, or if it has none of them, the nearest sixteen."""
    height, width = ink.shape
    most, owner = -1, 0
    for reach in range(2):
        for j in range(max(row - reach, 0), min(row + 2 + reach, height)):
            for i in range(max(column - reach, 0), min(column + 2 + reach, width)):
                if letters[j, i] > 0 and ink[j, i] > most:
                    most, owner = int(ink[j, i]), int(letters[j, i])
        if owner > 0:
            break
    return owner


@compiled
def _extent(letters: Letters) -> tuple[int, int, int, int]:
    """The box of all ink, in parts."""
    rows, columns = letters.shape
    left, top, right, bottom = columns, rows, 0, 0
    for row in range(rows):
        for column in range(columns):
            if letters[row, column] > 0:
                left, right = min(left, column), max(right, column + 1)
                top, bottom = min(top, row), max(bottom, row + 1)
    return left, top, right, bottom


@compiled
def _boxes(letters: Letters, ink: Ink, count: int) -> NDArray[np.int64]:
    """(count, 4) box of each character, in parts that it covers by half, or of the finest ones in all that it touches;
    reversed where it has none.
    """
    rows, columns = letters.shape
    out = np.zeros((2, count, 4), np.int64)
    out[:, :, 0], out[:, :, 1] = columns, rows
    for row in range(rows):
        for column in range(columns):
            k = letters[row, column] - 1
            if k >= 0:
                for faint in range(0 if ink[row, column] >= HALF else 1, 2):
                    box = out[faint, k]
                    box[0], box[2] = min(box[0], column), max(box[2], column + 1)
                    box[1], box[3] = min(box[1], row), max(box[3], row + 1)
    boxes = np.zeros((count, 4), np.int64)
    for k in range(count):
        boxes[k] = out[0, k] if out[0, k, 0] < out[0, k, 2] else out[1, k]
    return boxes


def _in_pixels(seen: _Seen, box: Sequence[int]) -> Box:
    x, y = seen.region[:2]
    x0, y0, x1, y1 = (side / seen.fold for side in box)
    return (x + x0, y + y0, x + x1, y + y1)


def _mask(seen: _Seen, index: int, box: Sequence[int]) -> tuple[Mask, float]:
    """The visible pixels of a character, and their share of those that it has if nothing hides it."""
    fold = seen.fold
    x0, y0, x1, y1 = box[0] // fold, box[1] // fold, -(-box[2] // fold), -(-box[3] // fold)
    parts = np.s_[y0 * fold : y1 * fold, x0 * fold : x1 * fold]
    whole, clear = _counts(seen.letters[parts], seen.ink[parts], seen.open[parts], index + 1, fold)
    least = min(0.5 * FULL * fold * fold, 0.5 * int(whole.max()))
    pixels = clear >= max(least, 1)
    mask = Mask(seen.region[0] + x0, seen.region[1] + y0, pixels).trimmed()
    return mask, int(np.count_nonzero(pixels)) / int(np.count_nonzero(whole >= max(least, 1)))


@compiled
def _counts(letters: Letters, ink: Ink, clear: NDArray[np.bool_], wanted: int, fold: int) -> tuple[Counts, Counts]:
    """A character's ink in each pixel: if nothing hid it, and what is seen of it."""
    rows, columns = letters.shape
    whole = np.zeros((rows // fold, columns // fold), np.int32)
    seen = np.zeros((rows // fold, columns // fold), np.int32)
    for row in range(rows):
        for column in range(columns):
            if letters[row, column] == wanted:
                whole[row // fold, column // fold] += ink[row, column]
                if clear[row, column]:
                    seen[row // fold, column // fold] += ink[row, column]
    return whole, seen


def _facing(face: Unrolled, decal: Decal) -> NDArray[np.float64]:
    """How much of each character the bent surface lets one see: its area as seen / its area if it lay flat."""
    count = len(face.characters)
    if float(decal.frontal.min()) > 1.0 - 1e-6:
        return np.ones(count)
    middles = np.array([character.quad_mm for character in face.characters]).mean(axis=1)
    step = max(math.isqrt(face.letters.size // MOST_TEXELS), 1)
    rows, columns = np.nonzero(face.letters[::step, ::step])
    owners = face.letters[::step, ::step][rows, columns].astype(np.int64) - 1
    u0, v0 = face.box_mm[:2]
    texels = np.stack([u0 + (columns * step + 0.5) / face.px_per_mm, v0 + (rows * step + 0.5) / face.px_per_mm], axis=1)
    shares = decal.frontal[decal.faces_at(np.concatenate([texels, middles]))]
    areas = np.bincount(owners, minlength=count)
    sums = np.bincount(owners, weights=shares[: len(owners)], minlength=count)
    return np.where(areas > 0, sums / np.maximum(areas, 1), shares[len(owners) :])
