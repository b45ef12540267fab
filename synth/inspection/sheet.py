"""The contact sheet: pictures with their labels drawn, each tag enlarged below, on one page.

A box is drawn just outside its pixels, so that what it encloses can be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from synth.geometry.boxes import Box
from synth.inspection.enlargements import Zoom, typeface, zooms_of
from synth.inspection.selection import Pick, Picture, Section
from synth.labels.sample import Annotation, Categories, Image, Mask

COLOURS = ("#ffb000", "#1fc8db", "#ff6aa8", "#86d94f", "#a994ff", "#ff7a45", "#e6e04a", "#5aa2ff")
PAPER, INK, MUTED, LINE, PLATE = "#14161a", "#eceef1", "#949aa5", "#2b2f36", "#0c0d10"
NEGATIVE = "#ffffff"
ReadImage = Callable[[Picture], Image]
Outlines = Callable[[Picture], Sequence[Mask]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of the sheet, px."""

    columns: int = 5
    cell: int = 384
    gap: int = 22
    margin: int = 56
    strip: int = 150
    caption: int = 50

    @property
    def width(self) -> int:
        """Of the whole sheet."""
        return 2 * self.margin + self.columns * self.cell + (self.columns - 1) * self.gap


def colour_of(category: int) -> str:
    """The colour of a category, the same wherever it is drawn."""
    return COLOURS[category % len(COLOURS)]


def contact_sheet(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    categories: Categories,
    read: ReadImage,
    *,
    negatives: Outlines | None = None,
    layout: Layout = Layout(),
) -> Pillow.Image:
    """Draws the sheet.

    Args:
        title: in large type.
        subtitle: below it.
        sections: what is shown, row by row.
        categories: names of the labels' categories.
        read: loads one picture, RGB uint8.
        negatives: outlines of what was pasted without a label; drawn dashed.
        layout: measures.
    """
    rows = [
        (section.title if start == 0 else "", section.picks[start : start + layout.columns])
        for section in sections
        for start in range(0, len(section.picks), layout.columns)
    ]
    strips = [_row(heading, picks, categories, read, negatives, layout) for heading, picks in rows]
    head = _head(title, subtitle, categories, layout)
    sheet = Pillow.new("RGB", (layout.width, head.height + sum(s.height for s in strips) + layout.margin), PAPER)
    sheet.paste(head, (0, 0))
    y = head.height
    for strip in strips:
        sheet.paste(strip, (0, y))
        y += strip.height
    return sheet


def labelled_picture(
    image: Image, annotations: Sequence[Annotation], categories: Categories, width: int, negatives: Sequence[Mask] = ()
) -> Pillow.Image:
    """A picture scaled to `width` px with its labels drawn.

    Args:
        image: RGB uint8.
        annotations: in the image's px.
        categories: names for annotations without text.
        width: of the result.
        negatives: masks drawn with a dashed outline.
    """
    scale = width / image.shape[1]
    picture = _scaled(Pillow.fromarray(image), scale)
    draw = ImageDraw.Draw(picture, "RGBA")
    for mask in negatives:
        for line in _outline(mask, scale):
            _dashed(draw, line)
    for annotation in annotations:
        colour = colour_of(annotation.category)
        if annotation.mask is not None:
            for line in _outline(annotation.mask, scale):
                draw.line([*line, line[0]], fill=f"{colour}c0", width=1)
        _frame(draw, annotation.box, scale, colour)
    for annotation in annotations:
        _chip(draw, annotation, categories, scale, picture.size)
    return picture


def label_of(annotation: Annotation, categories: Categories) -> str:
    """What is written at a box: text, else identity, else category; and the visible part where something hides it."""
    name = annotation.text or annotation.identity or categories.names[annotation.category]
    if annotation.identity and annotation.text and annotation.text not in annotation.identity:
        name = f"{name} ({annotation.identity})"
    hidden = annotation.visibility is not None and annotation.visibility < 0.995
    return f"{name} · {100 * (annotation.visibility or 0.0):.0f} %" if hidden else name


def _scaled(picture: Pillow.Image, scale: float) -> Pillow.Image:
    if scale == 1.0:
        return picture.copy()
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Pillow.Resampling.LANCZOS)


def _frame(draw: ImageDraw.ImageDraw, box: Box, scale: float, colour: str) -> None:
    """A line of 2 px round the box's pixels, with a dark one round it."""
    x0, y0 = int(np.floor(box[0] * scale)), int(np.floor(box[1] * scale))
    x1, y1 = int(np.ceil(box[2] * scale)), int(np.ceil(box[3] * scale))
    draw.rectangle((x0 - 3, y0 - 3, x1 + 2, y1 + 2), outline="#00000090", width=1)
    draw.rectangle((x0 - 2, y0 - 2, x1 + 1, y1 + 1), outline=colour, width=2)


def _chip(
    draw: ImageDraw.ImageDraw, annotation: Annotation, categories: Categories, scale: float, size: tuple[int, int]
) -> None:
    """The label above the box, below it where there is no room; never beyond the picture."""
    font = typeface(13)
    text = label_of(annotation, categories)
    width, height = round(draw.textlength(text, font=font)) + 10, 18
    x0, y0, y1 = annotation.box[0] * scale, annotation.box[1] * scale, annotation.box[3] * scale
    x = min(max(int(x0) - 2, 0), max(size[0] - width, 0))
    above = int(y0) - 3 - height
    y = above if above >= 0 else min(int(np.ceil(y1)) + 3, size[1] - height)
    draw.rectangle((x, y, x + width - 1, y + height - 1), fill=colour_of(annotation.category))
    draw.text((x + 5, y + height / 2), text, font=font, fill="#101114", anchor="lm")


def _outline(mask: Mask, scale: float) -> list[list[tuple[float, float]]]:
    """The mask's outlines in the scaled picture."""
    pixels = np.pad(mask.pixels.astype(np.uint8), 1)
    contours, _ = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [
        [((float(p[0][0]) - 0.5 + mask.x) * scale, (float(p[0][1]) - 0.5 + mask.y) * scale) for p in contour]
        for contour in contours
        if len(contour) > 2
    ]


def _dashed(draw: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]]) -> None:
    for start in range(0, len(points), 12):
        draw.line(points[start : start + 6], fill=f"{NEGATIVE}d0", width=1)


def _head(title: str, subtitle: str, categories: Categories, layout: Layout) -> Pillow.Image:
    head = Pillow.new("RGB", (layout.width, layout.margin + 96), PAPER)
    draw = ImageDraw.Draw(head)
    draw.text((layout.margin, layout.margin - 6), title, font=typeface(40), fill=INK)
    draw.text((layout.margin, layout.margin + 48), subtitle, font=typeface(20), fill=MUTED)
    x = layout.width - layout.margin
    entries = [(name, colour_of(k)) for k, name in enumerate(categories.names[:8])]
    for name, colour in [("pasted, not labelled", NEGATIVE), *reversed(entries)]:
        x -= round(draw.textlength(name, font=typeface(18)))
        if x < layout.width // 2:
            break
        draw.text((x, layout.margin + 59), name, font=typeface(18), fill=MUTED, anchor="lm")
        x -= 26
        draw.rectangle((x, layout.margin + 52, x + 15, layout.margin + 65), outline=colour, width=2)
        x -= 24
    return head


def _row(
    heading: str,
    picks: Sequence[Pick],
    categories: Categories,
    read: ReadImage,
    negatives: Outlines | None,
    layout: Layout,
) -> Pillow.Image:
    """One row of cells; a row that begins a section has its heading above."""
    cells = [_cell(pick, categories, read, negatives, layout) for pick in picks]
    picture_height = max(picture.height for picture, _ in cells)
    strip = 8 + layout.strip if any(zooms for _, zooms in cells) else 0
    top = 62 if heading else 0
    height = top + picture_height + strip + layout.caption + layout.gap
    row = Pillow.new("RGB", (layout.width, height), PAPER)
    draw = ImageDraw.Draw(row)
    if heading:
        draw.line((layout.margin, 8, layout.width - layout.margin - 1, 8), fill=LINE, width=1)
        draw.text((layout.margin, 36), heading, font=typeface(24), fill=INK, anchor="lm")
    for k, (pick, (picture, zooms)) in enumerate(zip(picks, cells, strict=True)):
        x = layout.margin + k * (layout.cell + layout.gap)
        draw.rectangle((x, top, x + layout.cell - 1, top + picture_height - 1), fill=PLATE)
        row.paste(picture, (x, top + (picture_height - picture.height) // 2))
        _paste_zooms(row, zooms, x, top + picture_height + 8)
        _caption(draw, pick, x, height - layout.gap - layout.caption + 8, layout)
    return row


def _cell(
    pick: Pick, categories: Categories, read: ReadImage, negatives: Outlines | None, layout: Layout
) -> tuple[Pillow.Image, list[Zoom]]:
    image = read(pick.picture)
    annotations = pick.picture.labels.annotations
    unlabelled = negatives(pick.picture) if negatives else ()
    picture = labelled_picture(image, annotations, categories, layout.cell, unlabelled)
    return picture, zooms_of(image, annotations, unlabelled, layout.cell, layout.strip)


def _paste_zooms(row: Pillow.Image, zooms: Sequence[Zoom], x: int, y: int) -> None:
    draw = ImageDraw.Draw(row, "RGBA")
    for picture, zoom in zooms:
        row.paste(picture, (x, y))
        text = f"×{zoom:.1f}"
        width = round(draw.textlength(text, font=typeface(12))) + 8
        draw.rectangle((x, y, x + width, y + 15), fill="#000000a0")
        draw.text((x + 4, y + 8), text, font=typeface(12), fill="#ffffff", anchor="lm")
        x += picture.width + 8


def _caption(draw: ImageDraw.ImageDraw, pick: Pick, x: int, y: int, layout: Layout) -> None:
    picture = pick.picture
    index = f"#{picture.spec.index}" if picture.spec else picture.labels.file_name
    left = "  ".join(part for part in (index, picture.labels.split) if part)
    draw.text((x, y + 9), left, font=typeface(17), fill=INK, anchor="lm")
    if pick.note and pick.note != picture.labels.split:
        draw.text((x + layout.cell, y + 9), pick.note, font=typeface(17), fill=COLOURS[0], anchor="rm")
    draw.text((x, y + 30), picture.blend.replace("_", " "), font=typeface(15), fill=MUTED, anchor="lm")
