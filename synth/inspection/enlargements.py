"""Tags enlarged, with frames round their characters.

Enlargements carry no drawing but the frames and classes of characters. A tag that is alone on its picture is enlarged
with and without them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from synth.assets import asset_file
from synth.geometry.boxes import Box
from synth.labels.sample import Annotation, Image, Mask, Point

FONT = "RobotoCondensed-Bold.ttf"
MAX_ZOOM = 4.0
CHARACTER_COLOURS = ("#f0047f", "#0090ff")  # seen on bright and on dark tags
Zoom = tuple[Pillow.Image, float]


@functools.lru_cache(maxsize=16)
def typeface(size: int) -> ImageFont.FreeTypeFont:
    """The project's own typeface at a size in px."""
    return ImageFont.truetype(str(asset_file("fonts", FONT).path), size)


def zooms_of(
    image: Image, annotations: Sequence[Annotation], unlabelled: Sequence[Mask], width: int, height: int
) -> list[Zoom]:
    """Up to three tags enlarged side by side in a strip, the small ones first: a large one is seen well enough.

    Where there is no tag, it is what was pasted without a label.
    """
    characters = {a.box: a.characters for a in annotations if a.characters}
    boxes = [a.box for a in annotations] or [m.box for m in unlabelled if m.area]
    small = [box for box in boxes if max(box[2] - box[0], box[3] - box[1]) < 0.25 * image.shape[1]]
    shown = sorted(small or boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))[:3]
    views = [(box, characters.get(box, ())) for box in shown]
    if len(views) == 1 and views[0][1]:
        views.insert(0, (shown[0], ()))
    share = (width - 8 * (len(views) - 1)) // max(len(views), 1)
    return [enlarged(image, box, share, height, drawn) for box, drawn in views]


def enlarged(
    image: Image, box: Box, width: int, height: int, characters: Sequence[Annotation] = ()
) -> tuple[Pillow.Image, float]:
    """A box with what surrounds it, `width` x `height` px; the box takes up to 3/4 of that, at most 4 times enlarged.

    Args:
        image: RGB uint8.
        box: in its px.
        width: of the result, px.
        height: likewise.
        characters: drawn with their frames.

    Returns:
        The enlargement (smaller where the picture itself is), and its factor.
    """
    zoom = min(MAX_ZOOM, 0.75 * width / (box[2] - box[0]), 0.75 * height / (box[3] - box[1]))
    wide, high = min(math.ceil(width / zoom), image.shape[1]), min(math.ceil(height / zoom), image.shape[0])
    x = min(max(round((box[0] + box[2] - wide) / 2), 0), image.shape[1] - wide)
    y = min(max(round((box[1] + box[3] - high) / 2), 0), image.shape[0] - high)
    crop = Pillow.fromarray(image[y : y + high, x : x + wide])
    size = min(width, round(wide * zoom)), min(height, round(high * zoom))
    picture = crop.resize(size, Pillow.Resampling.LANCZOS)
    draw_characters(picture, characters, x, y, zoom)
    return picture, zoom


def draw_characters(picture: Pillow.Image, characters: Sequence[Annotation], x: int, y: int, zoom: float) -> None:
    """Draws a thin frame round each character, in two colours by turns, with what it is at its head.

    Args:
        picture: an enlargement.
        characters: in px of what was enlarged.
        x: its column at the enlargement's left edge.
        y: its row at the top edge.
        zoom: the enlargement's factor.
    """
    draw = ImageDraw.Draw(picture, "RGBA")
    for number, character in enumerate(characters):
        x0, y0, x1, y1 = character.box
        frame = character.quad or ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
        corners = [((px - x) * zoom - 0.5, (py - y) * zoom - 0.5) for px, py in frame]
        colour = CHARACTER_COLOURS[number % 2]
        draw.line([*corners, corners[0]], fill=colour, width=1)
        feet, head = _between(corners[2], corners[3]), _between(corners[0], corners[1])
        reach = 7 / (math.dist(feet, head) or 1.0)
        place = (head[0] + (head[0] - feet[0]) * reach, head[1] + (head[1] - feet[1]) * reach)
        draw.text(
            place,
            character.text or "?",
            font=typeface(11),
            fill=colour,
            anchor="mm",
            stroke_width=1,
            stroke_fill="#ffffff",
        )


def _between(a: Point, b: Point) -> Point:
    return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
