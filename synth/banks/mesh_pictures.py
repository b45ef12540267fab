"""Textures of meshes: checked, and copied to the cache where they are too large, inside another file, or only a colour.

What does not decode is left out and reported: its slot is plain grey then.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import simplejpeg
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from synth.banks.bank import png_bytes
from synth.banks.raw_mesh import Picture
from synth.errors import AssetError
from synth.files import sha256, write_atomically
from synth.labels.pictures import picture_size, read_picture

LONGEST_PX = 4096
MOST_PX = 16384
# what both Blender and we read from its bytes
_DAMAGE = (OSError, SyntaxError, ValueError, LookupError, EOFError, MemoryError, struct.error, zlib.error)
_KEPT = {b"\xff\xd8\xff": ".jpg", b"\x89PN": ".png"}


def usable_pictures(pictures: Sequence[Picture], cache: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths of the slots' pictures ("" for none), and a note for each that is not used as it is."""
    paths, notes = [], []
    for picture in pictures:
        try:
            path, note = _usable(picture, cache)
        except AssetError as error:
            path, note = "", f"texture left out, plain grey instead: {_short(picture, error)}"
        paths.append(path)
        notes += [note] if note else []
    return tuple(paths), tuple(dict.fromkeys(notes))


def _short(picture: Picture, error: AssetError) -> str:
    return str(error).replace(f"{picture.parent}/", "") if isinstance(picture, Path) else str(error)


def _usable(picture: Picture, cache: Path) -> tuple[str, str]:
    if picture is None:
        return "", ""
    if isinstance(picture, tuple):
        name = "colour-{:02x}{:02x}{:02x}.png".format(*picture)
        return _kept(cache / name, lambda: png_bytes(np.full((8, 8, 3), picture, np.uint8))), ""
    if isinstance(picture, bytes):
        path = cache / f"picture-{hashlib.sha256(picture).hexdigest()[:32]}{_KEPT.get(picture[:3], '.bin')}"
        data = picture
        picture = Path(_kept(path, lambda: data))
    return _checked(picture, cache)


def _kept(path: Path, data: Callable[[], bytes]) -> str:
    if not path.is_file():
        write_atomically(path, data())
    return str(path)


def _checked(path: Path, cache: Path) -> tuple[str, str]:
    """The path of a picture that decodes and is not too large, and what was done to it."""
    with path.open("rb") as file:
        start = file.read(3)
    width, height = _size(path, start)
    if max(width, height) > MOST_PX:
        raise AssetError(f"{path}: {width} x {height}, at most {MOST_PX} px a side are read; scale it down")
    if max(width, height) > LONGEST_PX:
        kept = cache / f"reduced-{sha256(path)[:32]}-{LONGEST_PX}.jpg"
        return _kept(kept, lambda: _jpeg(_reduced(path, start))), (
            f"texture {path.name} of {width} x {height} px: a copy of at most {LONGEST_PX} px is used"
        )
    pixels = read_picture(path)
    if start in _KEPT:
        return str(path.resolve()), ""
    return _kept(cache / f"copy-{sha256(path)[:32]}.png", lambda: png_bytes(pixels)), ""


def _size(path: Path, start: bytes) -> tuple[int, int]:
    """From the header; also of pictures so large that they are not decoded whole."""
    reader = {b"\xff\xd8\xff": JpegImageFile, b"\x89PN": PngImageFile}.get(start)
    if reader is None:
        return picture_size(path)
    try:
        with path.open("rb") as file:
            width, height = reader(file).size
    except _DAMAGE as error:
        raise AssetError(f"{path}: damaged ({error}); copy it again") from None
    return int(width), int(height)


def _reduced(path: Path, start: bytes) -> NDArray[np.uint8]:
    """(h, w, 3), the longer side `LONGEST_PX`. A JPEG is decoded at a fraction of its size: 16k takes little memory."""
    reader = {b"\xff\xd8\xff": JpegImageFile, b"\x89PN": PngImageFile}.get(start)
    if reader is None:
        shown = PIL.Image.fromarray(read_picture(path))
    else:
        try:
            with path.open("rb") as file:
                picture = reader(file)
                picture.draft("RGB", (LONGEST_PX, LONGEST_PX))
                shown = picture.convert("RGB")
        except _DAMAGE as error:
            raise AssetError(f"{path}: damaged or cut short ({error}); copy it again") from None
    scale = LONGEST_PX / max(shown.size)
    size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
    return np.array(shown.resize(size, PIL.Image.Resampling.BOX))


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), 95, "RGB", "444"))
