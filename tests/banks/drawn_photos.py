"""Drawn photos with known tags: slanted rings on legs, plates in frames, discs, on textured ground."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from synth.banks.outlines import outline_points, rectangle, soft_mask
from synth.streams import stream


@dataclass(frozen=True)
class Drawn:
    rgb: np.ndarray
    box: tuple[float, float, float, float]
    points: np.ndarray


def texture(rng, width, height):
    ground = np.zeros((height, width, 3), np.float32) + (rng.uniform(20, 200, 3) / 2 + rng.uniform(20, 200) / 2)
    for pitch in (4, 12, 40):
        shape = (height // pitch + 3, width // pitch + 3)
        cells = rng.normal(0, 1, (*shape, 1)) * rng.uniform(4, 14) + rng.normal(0, 3, (*shape, 3))
        ground += cv2.resize(cells.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(rng.integers(0, 14)):
        a, b = (rng.uniform(0, 1, (2, 2)) * (width, height)).astype(int).tolist()
        cv2.line(ground, a, b, [float(rng.normal(0, 30))] * 3, int(rng.integers(1, 5)), cv2.LINE_AA)
    return ground


def _shape(rng, kind):
    zero = np.zeros(2)
    if kind == "plate":
        width = rng.uniform(80, 200)
        return rectangle(zero, width, width / rng.uniform(3.2, 5), rng.uniform(-8, 8))
    width, angle = rng.uniform(40, 90), rng.uniform(-28, 28)
    if kind == "disc":
        return rectangle(zero, width * 0.7, width * rng.uniform(0.6, 0.85), angle, 0.2071)
    ring = rectangle(zero, width, width * rng.uniform(1.0, 1.7), angle)
    ring[[8, 10]] = rng.uniform(0.0, 0.1, 2)
    return ring


def drawn(kind, index):
    """A photo with one tag: its tight polygon, and a box drawn round it more or less closely."""
    rng = stream(11, index, f"drawn {kind}")
    outline = _shape(rng, kind)
    points = outline_points(outline[None])[0]
    margin = 60 - points.min(axis=0)
    points, corners = points + margin, (outline[:8].reshape(4, 2) + margin).astype(np.float32)
    width, height = (int(v) for v in np.ceil(points.max(axis=0)) + 60)
    ground = texture(rng, width, height)
    if kind == "ring":
        down = corners[3] - corners[0]
        ends = [(points.mean(axis=0) + s * down * 4).astype(int).tolist() for s in (-1, 1)]
        leg = int(0.5 * np.linalg.norm(corners[1] - corners[0]))
        cv2.line(ground, *ends, [float(rng.uniform(20, 90))] * 3, leg, cv2.LINE_AA)
    paint = _paint(rng, ground)
    if kind == "plate" and paint.mean() > 110 and rng.random() < 0.5:
        frame = soft_mask(points.mean(axis=0) + (points - points.mean(axis=0)) * (1.03, 1.14), width, height)
        ground += (rng.uniform(10, 60) - ground) * (frame[..., None] / 255)
    alpha = soft_mask(points, width, height)[..., None] / 255
    rgb = ground + (_face(rng, paint, corners, width, height) - ground) * alpha
    rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.5, 1.8)) + rng.normal(0, rng.uniform(1, 7), rgb.shape)
    low, high = points.min(axis=0), points.max(axis=0)
    gap = np.abs(rng.normal(rng.choice([0.01, 0.06, 0.12]), 0.02, 4)) * np.tile(high - low, 2)
    box = (*(low - gap[:2]), *(high + gap[2:]))
    return Drawn(np.clip(np.rint(rgb), 0, 255).astype(np.uint8), tuple(float(v) for v in box), points)


def _paint(rng, ground):
    while True:
        paint = np.clip(rng.uniform(20, 250) + rng.normal(0, 18, 3), 0, 255)
        if np.abs(paint - ground.mean(axis=(0, 1))).mean() > 35:
            return paint


def _face(rng, paint, corners, width, height):
    """The tag's face with glyphs, warped to its corners."""
    size = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    w, h = 400, int(400 * size[1] / size[0])
    face = np.zeros((h, w, 3), np.float32) + paint + np.linspace(-1, 1, w)[None, :, None] * rng.uniform(-20, 20)
    face = face.astype(np.float32)
    glyph = float(np.clip(paint.mean() + (-1 if paint.mean() > 110 else 1) * rng.uniform(60, 130), 0, 255))
    text = "".join(rng.choice(list("ABCDFHJLNPSTVXYZ123569"), 7 if w > 2.5 * h else 4))
    (across, up), _ = cv2.getTextSize(text, 0, 1, 1)
    scale = min(w * 0.8 / across, h * 0.6 / up)
    at = (int(w * 0.1), int((h + up * scale) / 2))
    cv2.putText(face, text, at, 0, scale, (glyph,) * 3, max(2, int(scale * 5)), cv2.LINE_AA)
    matrix = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), corners)
    return cv2.warpPerspective(face, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


def mask_iou(a, b):
    """Of two masks at half coverage."""
    a, b = a >= 128, b >= 128
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


VOC = """<annotation><filename>{file}</filename><size><width>{w}</width><height>{h}</height><depth>3</depth></size>
{objects}</annotation>"""
OBJECT = """<object><name>{category}</name><truncated>0</truncated><difficult>{difficult}</difficult>
<attributes><attribute><name>text</name><value>{text}</value></attribute></attributes>
<bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox></object>"""


def save_labelled(folder: Path, name: str, rgb, objects) -> Path:
    """Writes a photo and its VOC file; objects are (box, text, difficult)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    assert cv2.imwrite(str(path), rgb[..., ::-1])
    parts = [
        OBJECT.format(
            int(b[0]) + 1, int(b[1]) + 1, int(np.ceil(b[2])), int(np.ceil(b[3])),
            category="tag", difficult=int(difficult), text=text,
        )
        for b, text, difficult in objects
    ]  # fmt: skip
    path.with_suffix(".xml").write_text(
        VOC.format(file=path.name, w=rgb.shape[1], h=rgb.shape[0], objects="".join(parts))
    )
    return path


def ring_photos(folder: Path, count: int = 3) -> Path:
    """A folder of `count` photos with one labelled ring each."""
    for index in range(count):
        photo = drawn("ring", index)
        save_labelled(folder, f"photo{index}", photo.rgb, [(photo.box, f"T{index}", False)])
    return folder
