"""Pictures as text inside a page, so that it is one file and asks nobody for anything."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image as Pillow

from synth.inspection.selection import Picture
from synth.labels.sample import Image
from synth.streams import stream

JPEG_QUALITY = 86
MAX_WINDOW_PX = 320


def data_uri(picture: Pillow.Image) -> str:
    """A picture as a `data:` address, JPEG."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def common_window(pictures: Sequence[Picture]) -> tuple[int, int]:
    """(width, height) in px that shows a typical tag with as much again of what surrounds it."""
    boxes = [a.box for p in pictures for a in p.labels.annotations]
    if not boxes:
        return 128, 128
    width, height = (float(np.median([b[k + 2] - b[k] for b in boxes])) for k in (0, 1))
    width, height = max(width, height / 2), max(height, width / 2)
    scale = min(2.0, MAX_WINDOW_PX / max(width, height))
    return max(48, round(width * scale)), max(48, round(height * scale))


def tag_crops(
    pictures: Sequence[Picture], read: Callable[[Picture], Image], window: tuple[int, int], count: int, seed: int
) -> list[str]:
    """Cut-outs of labelled tags at native resolution, all of one size, twice enlarged, as `data:` addresses.

    Args:
        pictures: those without labels, or smaller than the window, are left out.
        read: loads one, RGB uint8.
        window: (width, height) of each cut-out, px.
        count: at most so many, one per picture.
        seed: of the choice.
    """
    order = stream(seed, 0, "crops").permutation(len(pictures))
    crops: list[str] = []
    for k in order:
        if len(crops) == count:
            break
        labels = pictures[k].labels
        if labels.annotations and labels.width >= window[0] and labels.height >= window[1]:
            crops.append(data_uri(_crop(read(pictures[k]), labels.annotations[0].box, window)))
    return crops


def _crop(image: Image, box: tuple[float, float, float, float], window: tuple[int, int]) -> Pillow.Image:
    width, height = window
    x = min(max(round((box[0] + box[2] - width) / 2), 0), image.shape[1] - width)
    y = min(max(round((box[1] + box[3] - height) / 2), 0), image.shape[0] - height)
    crop = Pillow.fromarray(image[y : y + height, x : x + width])
    return crop.resize((2 * width, 2 * height), Pillow.Resampling.LANCZOS)
