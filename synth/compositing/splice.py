"""JPEG files put together from encoded blocks.

With a restart marker after every block group (MCU, 16 x 16 px at 4:2:0), each group is encoded on its own. A photo is
then encoded once; a crop of it whose corner lies on that grid is assembled from its bytes, and only the groups that a
paste touched are encoded anew. The file is, byte for byte, what encoding all its pixels with such markers gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.compositing.canvas import Canvas
from synth.geometry.boxes import Region
from synth.labels.sample import Image
from synth.native import compiled

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int32]
MCU = 16
_SCAN = b"\xff\xda"
_MARKER_BYTES = 2
_LONGEST_HEADER = 2048


def encode(picture: Image, quality: int, *, restarts: bool = False) -> bytes:
    """A JPEG file (4:2:0) of an RGB picture.

    Args:
        picture: (h, w, 3).
        quality: 1 to 100.
        restarts: put a restart marker after every MCU.
    """
    return _encoded(picture, quality, restarts=restarts).tobytes()


def encode_canvas(canvas: Canvas, quality: int, *, restarts: bool = False) -> bytes:
    """The same file as of `canvas.whole()`, without making that."""
    pieces = canvas.pieces()
    _, below = next(pieces)
    picture = cv2.cvtColor(below if below.strides[1] > 0 else below.copy(), cv2.COLOR_RGB2BGR)
    for (x0, y0, x1, y1), pixels in pieces:
        picture[y0:y1, x0:x1] = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return _written(picture, quality, restarts=restarts).tobytes()


def _encoded(picture: Image, quality: int, *, restarts: bool) -> Bytes:
    return _written(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality, restarts=restarts)


def _written(blue_first: cv2.typing.MatLike, quality: int, *, restarts: bool) -> Bytes:
    settings = (cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_RST_INTERVAL, 1 if restarts else 0)
    return np.asarray(cv2.imencode(".jpg", blue_first, settings)[1], dtype=np.uint8)


def aligned(region: Region, width: int, height: int) -> Region:
    """The MCUs that a region touches, as x0, y0, x1, y1 in MCUs; the picture's sides are multiples of 16."""
    x0, y0, x1, y1 = region
    return (
        max(x0, 0) // MCU,
        max(y0, 0) // MCU,
        -(-min(x1, width) // MCU),
        -(-min(y1, height) // MCU),
    )


def whole_mcus(picture: Image) -> Image:
    """The part of a picture that whole MCUs cover."""
    return picture[: picture.shape[0] // MCU * MCU, : picture.shape[1] // MCU * MCU]


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPhoto:
    """A picture's MCUs.

    Attributes:
        body: the scan's bytes, with a restart marker between MCUs.
        starts: (rows, columns) where each MCU's bytes begin in `body`.
        ends: (rows, columns) where they end.
    """

    body: Bytes
    starts: Offsets
    ends: Offsets

    @property
    def width_px(self) -> int:
        """Of the picture."""
        return self.starts.shape[1] * MCU

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self.body.nbytes + self.starts.nbytes + self.ends.nbytes

    @classmethod
    def of(cls, picture: Image, quality: int) -> EncodedPhoto:
        """Encodes a picture whose sides are multiples of 16."""
        rows, columns = picture.shape[0] // MCU, picture.shape[1] // MCU
        file = _encoded(picture, quality, restarts=True)
        body = file[_header_length(file) : -2]
        starts, ends = _mcus(body, rows * columns)
        return cls(body, starts.reshape(rows, columns), ends.reshape(rows, columns))


@compiled
def _mcus(body: Bytes, count: int) -> tuple[Offsets, Offsets]:
    """Where each MCU begins and ends: between restart markers, which nothing else in a scan looks like."""
    starts, ends = np.zeros(count, np.int32), np.zeros(count, np.int32)
    number = 0
    for at in range(body.size - 1):
        if body[at] == 0xFF and 0xD0 <= body[at + 1] <= 0xD7:
            ends[number] = at
            number += 1
            starts[number] = at + _MARKER_BYTES
    ends[number] = body.size
    return starts, ends


def _header_length(file: Bytes) -> int:
    beginning = file[:_LONGEST_HEADER].tobytes()
    at = beginning.index(_SCAN)
    return at + 2 + int.from_bytes(beginning[at + 2 : at + 4], "big")


@lru_cache(maxsize=256)
def _header(width: int, height: int, quality: int) -> Bytes:
    file = _encoded(np.zeros((height, width, 3), np.uint8), quality, restarts=True)
    return file[: _header_length(file)].copy()


@compiled
def _assemble(
    header: Bytes, body: Bytes, starts: Offsets, ends: Offsets, row0: int, column0: int, fresh: Offsets,
    fresh_body: Bytes, fresh_starts: Offsets, fresh_ends: Offsets,
) -> Bytes:  # fmt: skip
    """The file's bytes. `fresh` holds for each MCU of the crop its number among those encoded anew, or -1."""
    rows, columns = fresh.shape
    size = header.size + _MARKER_BYTES * rows * columns
    for i in range(rows):
        for j in range(columns):
            k = fresh[i, j]
            if k >= 0:
                size += fresh_ends[k] - fresh_starts[k]
            else:
                size += ends[row0 + i, column0 + j] - starts[row0 + i, column0 + j]
    out = np.zeros(size, np.uint8)
    out[: header.size] = header
    at, number = header.size, 0
    for i in range(rows):
        j = 0
        while j < columns:
            k = fresh[i, j]
            if k >= 0:
                length = fresh_ends[k] - fresh_starts[k]
                out[at : at + length] = fresh_body[fresh_starts[k] : fresh_ends[k]]
                at += length + _MARKER_BYTES
                out[at - 2], out[at - 1] = 0xFF, 0xD0 + (number & 7)
                number, j = number + 1, j + 1
                continue
            last = j
            while last + 1 < columns and fresh[i, last + 1] < 0:
                last += 1
            first_byte = starts[row0 + i, column0 + j]
            length = ends[row0 + i, column0 + last] - first_byte
            out[at : at + length] = body[first_byte : first_byte + length]
            while j <= last:
                end = at + ends[row0 + i, column0 + j] - first_byte
                out[end], out[end + 1] = 0xFF, 0xD0 + (number & 7)
                number, j = number + 1, j + 1
            at += length + _MARKER_BYTES
    out[size - 1] = 0xD9
    return out


def spliced(
    photo: EncodedPhoto,
    x: int,
    y: int,
    size: tuple[int, int],
    touched: Sequence[Region],
    part: Callable[[Region], Image],
    quality: int,
) -> bytes:
    """The file of a picture that is a crop of an encoded photo except in some regions.

    Args:
        photo: encoded with the same quality.
        x: of the crop in the photo, px, a multiple of 16.
        y: likewise.
        size: (width, height) of the picture, multiples of 16.
        touched: regions of the picture, px, outside which it equals the crop.
        part: gives the picture's pixels in a region.
        quality: of the file.

    Returns:
        The same bytes as `encode(picture, quality, restarts=True)`.
    """
    width, height = size
    fresh = np.full((height // MCU, width // MCU), -1, np.int32)
    pieces: list[EncodedPhoto] = []
    count = 0
    for region in touched:
        c0, r0, c1, r1 = aligned(region, width, height)
        if c0 >= c1 or r0 >= r1:
            continue
        piece = EncodedPhoto.of(part((c0 * MCU, r0 * MCU, c1 * MCU, r1 * MCU)), quality)
        fresh[r0:r1, c0:c1] = np.arange(count, count + piece.starts.size, dtype=np.int32).reshape(piece.starts.shape)
        count += piece.starts.size
        pieces.append(piece)
    header = _header(width, height, quality)
    file = _assemble(header, photo.body, photo.starts, photo.ends, y // MCU, x // MCU, fresh, *_joined(pieces))
    return file.tobytes()


def _joined(pieces: Sequence[EncodedPhoto]) -> tuple[Bytes, Offsets, Offsets]:
    """The bytes of several pictures, one after the other, and where each of their MCUs begins and ends in them."""
    if not pieces:
        return np.zeros(0, np.uint8), np.zeros(0, np.int32), np.zeros(0, np.int32)
    if len(pieces) == 1:
        return pieces[0].body, pieces[0].starts.ravel(), pieces[0].ends.ravel()
    begins = np.cumsum([0, *(piece.body.size for piece in pieces[:-1])], dtype=np.int32)
    starts = [piece.starts.ravel() + begin for piece, begin in zip(pieces, begins, strict=True)]
    ends = [piece.ends.ravel() + begin for piece, begin in zip(pieces, begins, strict=True)]
    return np.concatenate([piece.body for piece in pieces]), np.concatenate(starts), np.concatenate(ends)
