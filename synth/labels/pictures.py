"""Picture files to pixels: RGB uint8 (H, W, 3), EXIF orientation applied, whatever the file holds.

The content decides what a file is, never its name. Grey is repeated, a palette looked up, transparency laid over white,
CMYK taken as Adobe writes it (inverted), an animation shown by its first frame. Of 16 bits the high eight are kept, so
that a picture saved with 8 and with 16 bits reads the same. Colour profiles are not applied.

Sizes are judged from the header, before anything is decoded. JPEGs go through libjpeg-turbo in its exact (slow integer)
mode, which gives the same bytes everywhere; a warning of the decoder, such as a premature end, makes a file damaged.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import PIL.Image
import simplejpeg
from numpy.typing import NDArray
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from synth.errors import AssetError
from synth.labels.orientation import UPRIGHT, swaps_sides, turn_pixels
from synth.labels.sample import Image

PICTURE_SUFFIXES = frozenset(
    (".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
)
MAX_PIXELS = 200_000_000
MAX_BYTES = 1 << 31

_ORIENTATION_TAG = 0x0112
_BITS_TAG = 0x0102
# what the decoders raise on damaged data
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
)
# what libjpeg remarks on in files that are whole
_HARMLESS = ("extraneous bytes before marker", "unknown JFIF revision", "Invalid SOS parameters")


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a picture's header says.

    Attributes:
        width: px, as shown (EXIF orientation applied).
        height: px, as shown.
        orientation: how it is stored, see `synth.labels.orientation`.
    """

    width: int
    height: int
    orientation: int

    @property
    def stored_size(self) -> tuple[int, int]:
        """(width, height) of the picture as stored, before EXIF orientation."""
        return (self.height, self.width) if swaps_sides(self.orientation) else (self.width, self.height)


def read_picture(path: Path) -> Image:
    """Reads a picture as RGB uint8 (H, W, 3), EXIF orientation applied.

    Raises:
        AssetError: missing, no bytes, not a picture, damaged, cut short, or too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"{path}: more than {MAX_BYTES >> 20} MB, too large for a picture; export it smaller")
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _opened(io.BytesIO(data), path)
        header = _header(picture, path)
        try:
            pixels = _jpeg_pixels(data, picture) if isinstance(picture, JpegImageFile) else _pixels(picture)
        except _DAMAGE as error:
            raise AssetError(f"{path}: damaged or cut short ({_one_line(error)}); copy it again or remove it") from None
    shown = pixels if isinstance(picture, TiffImageFile) else turn_pixels(pixels, header.orientation)
    if shown.shape != (header.height, header.width, 3):
        raise AssetError(f"{path}: damaged: the header says {header.width} x {header.height}; copy it again")
    return shown


def picture_header(path: Path) -> PictureHeader:
    """Size and orientation, without decoding any pixel; AssetError as `read_picture`, as far as a header can tell."""
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _header(_opened(file, path), path)
    except OSError as error:
        raise _unreadable(path, error) from None


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) px as shown, without decoding any pixel; AssetError as `picture_header`."""
    header = picture_header(path)
    return (header.width, header.height)


def _opened(file: IO[bytes], path: Path) -> ImageFile:
    """Pillow's reader for what the first bytes say. `PIL.Image.open` would run a stranger's EPS and warn of 90 MP."""
    start = file.read(16)
    file.seek(0)
    if not start:
        raise AssetError(f"{path}: no bytes in it; copy it again or remove it")
    reader = _reader(start)
    if reader is None:
        expected = "JPEG, PNG, TIFF, BMP, GIF, WebP or PNM"
        raise AssetError(
            f"{path}: not a picture: expected {expected}, it starts with {start[:8]!r}; remove or convert it"
        )
    try:
        return reader(file)
    except PIL.Image.DecompressionBombError:
        raise AssetError(f"{path}: {_TOO_LARGE}") from None
    except _DAMAGE as error:
        raise AssetError(f"{path}: damaged header ({_one_line(error)}); copy it again or remove it") from None


def _reader(start: bytes) -> type[ImageFile] | None:
    by_start: dict[bytes, type[ImageFile]] = {
        b"\xff\xd8\xff": JpegImageFile,
        b"\x89PNG\r\n\x1a\n": PngImageFile,
        b"II*\0": TiffImageFile,
        b"MM\0*": TiffImageFile,
        b"BM": BmpImageFile,
        b"GIF8": GifImageFile,
    }
    for magic, reader in by_start.items():
        if start.startswith(magic):
            return reader
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return WebPImageFile
    return PpmImageFile if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace() else None


_TOO_LARGE = f"more than {MAX_PIXELS // 1_000_000} million pixels; scale it down first"


def _header(picture: ImageFile, path: Path) -> PictureHeader:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise AssetError(f"{path}: {width} x {height} is {_TOO_LARGE}")
    orientation = _orientation(picture)
    if swaps_sides(orientation) and not isinstance(picture, TiffImageFile):  # Pillow shows TIFFs turned already
        width, height = height, width
    return PictureHeader(width, height, orientation)


def _orientation(picture: ImageFile) -> int:
    """The EXIF value; upright where EXIF is missing, damaged or out of range, as every viewer does."""
    try:
        if isinstance(picture, TiffImageFile):
            value = picture.tag_v2.get(_ORIENTATION_TAG)
        else:
            exif = PIL.Image.Exif()
            exif.load(picture.info.get("exif", b""))
            value = exif.get(_ORIENTATION_TAG)
    except _DAMAGE:
        return UPRIGHT
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else UPRIGHT


def _jpeg_pixels(data: bytes, picture: ImageFile) -> NDArray[np.uint8]:
    if picture.mode not in ("L", "RGB"):
        return _pixels(picture)
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True), np.uint8)
    except ValueError as error:
        if "subsampling" in str(error) or any(remark in str(error) for remark in _HARMLESS):
            return _pixels(picture)  # knows every subsampling, shrugs at remarks, and still notices a premature end
        raise


def _pixels(picture: ImageFile) -> NDArray[np.uint8]:
    picture.load()
    deep = picture.mode.startswith("I;16") or (picture.mode == "I" and isinstance(picture, PpmImageFile | PngImageFile))
    if deep:
        values = np.asarray(picture).astype(np.uint16)
        bits = picture.tag_v2.get(_BITS_TAG, (16,))[0] if isinstance(picture, TiffImageFile) else 16
        return np.repeat((values >> (bits - 8)).astype(np.uint8)[..., None], 3, axis=2)
    if picture.mode in ("I", "F"):
        raise ValueError(f"{picture.mode} pixels of unknown range: save it with 8 or 16 bits a channel")
    if picture.has_transparency_data:
        shown = PIL.Image.new("RGBA", picture.size, "white")
        shown.alpha_composite(picture.convert("RGBA"))
        return np.array(shown.convert("RGB"))
    return np.array(picture.convert("RGB"))


def _unreadable(path: Path, error: OSError) -> AssetError:
    return AssetError(f"{path}: cannot be read ({error.strerror or _one_line(error)}); check the path and its rights")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
