"""Pictures on disk as Blender's images: loaded once, looked at before they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from synth.errors import AssetError

MOST_PX = 16_384


def picture(path: str, colours: str = "sRGB") -> Any:
    """The image datablock of a file.

    Args:
        path: of the file.
        colours: its colour space; the environments' is "Linear Rec.709".

    Raises:
        AssetError: it is missing, damaged or too large.
    """
    file = Path(path)
    if not file.is_file():
        raise AssetError(f"{path}: no such picture; put it back or correct the path")
    status = file.stat()
    stamp = f"{status.st_mtime_ns}:{status.st_size}"
    for known in bpy.data.images:
        if known.get("synth.path") == path and known.get("synth.stamp") == stamp and known.library is None:
            return known
    image = _loaded(path)
    image["synth.path"], image["synth.stamp"] = path, stamp
    if image.colorspace_settings.name != colours and not image.is_float:
        image.colorspace_settings.name = colours
    image.alpha_mode = "NONE"
    return image


def _loaded(path: str) -> Any:
    try:
        image = bpy.data.images.load(path)
    except RuntimeError:
        raise AssetError(f"{path}: not a picture that Blender can read; write it as JPEG or PNG") from None
    width, height = image.size
    if width < 1 or height < 1:
        bpy.data.images.remove(image)
        raise AssetError(f"{path}: a damaged picture, or none that Blender can read; write it again as JPEG or PNG")
    if max(width, height) > MOST_PX:
        bpy.data.images.remove(image)
        raise AssetError(f"{path}: {width} x {height} px, expected at most {MOST_PX}; make it smaller")
    image.buffers_free()
    return image
