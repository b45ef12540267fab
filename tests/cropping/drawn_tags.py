"""Pictures of tags whose letters are drawn with OpenCV, with masks and quads that are known from the drawing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from synth.geometry.homography import Matrix, apply, rotation_deg, scaling, to_pixel_index, translation
from synth.labels.dataset import dataset_counts, finish_dataset, image_path, write_image_labels
from synth.labels.sample import CHARACTERS_38, Annotation, Categories, LabelledImage, Mask, Quad

CATEGORIES = Categories(("tag",), CHARACTERS_38)
FORMATS = ("voc", "coco", "yolo")
CAP_PX = 60
"""Height of a capital on the sheet that letters are drawn on."""
FACE = cv2.FONT_HERSHEY_SIMPLEX
SCALE = CAP_PX / 21.0


def quad_of(points: np.ndarray) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d)


def letter(character: str) -> tuple[np.ndarray, int]:
    """(h, w) coverage of a letter in its cell, and the cell's width; the cell is CAP_PX + 20 high."""
    (width, _), _ = cv2.getTextSize(character, FACE, SCALE, 7)
    sheet = np.zeros((CAP_PX + 20, width + 20), np.uint8)
    cv2.putText(sheet, character, (10, CAP_PX + 10), FACE, SCALE, 255, 7, cv2.LINE_AA)
    return sheet, width


def cells(rows: Sequence[str], radius: float | None) -> list[tuple[str, Matrix]]:
    """Each letter with the map from its cell (middle at the origin) to the tag (middle at the origin)."""
    placed = []
    for row, text in enumerate(rows):
        advances = [letter(c)[1] + 14 if c != " " else 45 for c in text]
        x = -sum(advances) / 2
        y = (row - (len(rows) - 1) / 2) * (CAP_PX + 30)
        for character, advance in zip(text, advances, strict=True):
            middle = x + advance / 2
            at = translation(middle, y)
            if radius is not None:
                at = rotation_deg(-np.degrees(middle / radius)) @ translation(0, y - radius)
            if character != " ":
                placed.append((character, at))
            x += advance
    return placed


def draw_tag(
    pixels: np.ndarray,
    text: str,
    centre: tuple[float, float],
    angle_deg: float,
    scale: float,
    *,
    arc: bool = False,
    copy: int = 0,
    rows: Sequence[str] | None = None,
    hidden: int | None = None,
    identity: str | None = None,
) -> Annotation:
    """Draws a plate (or a disc with its text on an arc) and gives its label. `hidden` covers half of one letter."""
    to_picture = translation(*centre) @ rotation_deg(angle_deg) @ scaling(scale, scale)
    rows = (text,) if rows is None else rows
    placed = cells(rows, 150.0 if arc else None)
    width = max((abs(at[0, 2]) for _, at in placed), default=40) * 2 + 90
    height = len(rows) * (CAP_PX + 30) + 30
    plate = np.array([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    if arc:
        plate = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * 210.0
    corners = apply(to_picture, plate)
    body = np.zeros(pixels.shape[:2], np.uint8)
    if arc:
        middle, radius = np.rint(np.array(centre) * 16).astype(int), round(210 * scale * 16)
        cv2.circle(body, tuple((middle - 8).tolist()), radius, 255, -1, cv2.LINE_AA, 4)
    else:
        cv2.fillPoly(body, [np.rint((corners - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    paint(pixels, body, (205, 195, 160))
    characters = []
    for position, (character, at) in enumerate(placed):
        half = hidden == position
        characters.append(draw_letter(pixels, character, to_picture @ at, angle_deg, (copy, position), half))
    shape = Mask.from_full(body >= 128)
    return Annotation(
        category=0,
        box=shape.box,
        mask=shape,
        circle=(*centre, 210 * scale) if arc else None,
        quad=quad_of(corners),
        angle_deg=angle_deg,
        text=text,
        characters=tuple(characters),
        visibility=1.0,
        identity=text if identity is None else identity,
        truncated=False,
    )


def draw_letter(
    pixels: np.ndarray, character: str, to_picture: Matrix, angle_deg: float, place: tuple[int, int], half: bool
) -> Annotation:
    sheet, width = letter(character)
    h, w = sheet.shape
    matrix = to_picture @ translation(-w / 2, -h / 2)
    size = (pixels.shape[1], pixels.shape[0])
    cover = cv2.warpPerspective(sheet, to_pixel_index(matrix), size, flags=cv2.INTER_AREA)
    paint(pixels, cover, (30, 25, 60))
    whole = Mask.from_full(cover >= 128)
    seen = cover >= 128
    if half:
        x0, _, x1, _ = whole.box
        seen[:, int((x0 + x1) / 2) :] = False
        paint(pixels, np.where((cover > 0) & ~seen, 255, 0).astype(np.uint8), (205, 195, 160))
    mask = Mask.from_full(seen)
    ink = apply(matrix, [(10, 10), (10 + width, 10), (10 + width, 10 + CAP_PX), (10, 10 + CAP_PX)])
    up = ink[0] - ink[3]
    return Annotation(
        category=CHARACTERS_38.index(character),
        box=mask.box,
        mask=mask,
        amodal_box=whole.box,
        quad=quad_of(ink),
        angle_deg=float(np.degrees(np.arctan2(-up[0], -up[1])) % 360),
        text=character,
        visibility=mask.area / whole.area,
        truncated=False,
        place=place,
    )


def paint(pixels: np.ndarray, cover: np.ndarray, colour: tuple[int, int, int]) -> None:
    share = cover[..., None] / 255
    pixels[:] = np.rint(pixels * (1 - share) + np.array(colour) * share).astype(np.uint8)


def background(width: int, height: int, number: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    waves = 96 + 40 * np.sin(columns / (17 + number)) + 30 * np.cos(rows / 23)
    return np.repeat(waves.astype(np.uint8)[..., None], 3, axis=2)


def write_dataset(
    root: Path, images: Sequence[tuple[LabelledImage, np.ndarray]], categories: Categories = CATEGORIES
) -> None:
    for image, pixels in images:
        path = image_path(root, image.split, image.file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        write_image_labels(root, image, categories, FORMATS)
    labelled = [image for image, _ in images]
    card = {"name": "drawn", "formats": list(FORMATS), **dataset_counts(labelled, categories)}
    finish_dataset(root, labelled, categories, card, FORMATS)


def drawn_images() -> list[tuple[LabelledImage, np.ndarray]]:
    """Six pictures: lines, two lines, blanks, an arc, a hidden letter, tags near the border, one without tags."""
    images = []
    for number in range(6):
        pixels = background(420, 320, number)
        if number == 0:
            tags = [draw_tag(pixels, "RA7-B2", (210.3, 160.8), 20.0, 0.5)]
        elif number == 1:
            tags = [draw_tag(pixels, "KF1234", (200, 150), 200.0, 0.6, rows=("KF", "1234"))]
        elif number == 2:
            tags = [draw_tag(pixels, "CJ 07 GAB", (210, 160), 0.0, 0.45)]
        elif number == 3:
            tags = [draw_tag(pixels, "LENS/42", (200.5, 161.25), 75.0, 0.55, arc=True)]
        elif number == 4:
            tags = [
                draw_tag(pixels, "HV9", (120, 160), 300.0, 0.5, hidden=1),
                draw_tag(pixels, "PE5", (330, 300), 10.0, 0.5),
            ]
        else:
            tags = []
        split = "validation" if number in (1, 2) else "train"
        images.append((LabelledImage(f"drawn_{number:06d}.jpg", 420, 320, tuple(tags), split), pixels))
    return images


def read_table(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
