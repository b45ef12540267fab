"""Material in memory: what `synth.banks.materials.Materials` would serve, made of arrays; and specs on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from synth.banks.records import Catalogue, CataloguePhoto, CatalogueTag, PhotoAnnotation, PhotoRecord, TagRecord
from synth.compositing.warp import covered_region
from synth.geometry.homography import perspective, rotation_deg, scaling, translation
from synth.labels.sample import Image
from synth.scene.spec import (
    Blend,
    CameraEffects,
    GlyphLimits,
    ImageSpec,
    Layer,
    Matrix9,
    PhotoBackground,
    ProceduralBackground,
    TagLayer,
)
from synth.streams import stream

ANY_WRITING = GlyphLimits(min_contrast=0.0, max_clipped=1.0)


@dataclass(frozen=True)
class Pixels:
    record: TagRecord
    rgb: Image
    alpha: Image


@dataclass(eq=False)
class InMemory:
    tags: dict[str, Pixels] = field(default_factory=dict)
    photos: dict[str, Image] = field(default_factory=dict)
    records: dict[str, PhotoRecord] = field(default_factory=dict)
    categories: tuple[str, ...] = ("distractor", "ring", "plate")
    characters: tuple[str, ...] = ()

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(
            categories=self.categories,
            splits=("train",),
            tags=tuple(CatalogueTag(t.record, "", "train", 1.0) for t in self.tags.values()),
            distractors=(),
            photos=tuple(CataloguePhoto(r, "train") for r in self.records.values()),
            characters=self.characters,
        )

    def tag(self, name: str) -> Pixels:
        return self.tags[name]

    def photo(self, name: str) -> Image:
        return self.photos[name]

    def photo_record(self, name: str) -> PhotoRecord:
        return self.records[name]

    def add_tag(self, name: str, rgb: Image, alpha: Image, **known: object) -> str:
        x0, y0, x1, y1 = covered_region((alpha >= 128).astype(np.uint8))
        height, width = alpha.shape
        values = {
            "id": name,
            "file": "",
            "mask_file": "",
            "category": "ring",
            "text": "ABLF",
            "identity": "ABLF",
            "photo": "",
            "photo_sha256": "",
            "box": (0.0, 0.0, float(width), float(height)),
            "origin": (0, 0),
            "size": (width, height),
            "mask_box": (float(x0), float(y0), float(x1), float(y1)),
            "mask_from": "drawn",
            "quad": None,
            "angle_deg": None,
            "infrared": False,
            "brightness": 120.0,
            "tag_brightness": 150.0,
            "contrast": 150.0,
            "sharpness_px": 0.8,
            "noise": 2.0,
            "height_in_photo": 0.5,
            "usable": True,
            "reasons": (),
        }
        for array in (rgb, alpha):
            array.setflags(write=False)
        self.tags[name] = Pixels(TagRecord(**{**values, **known}), rgb, alpha)
        return name

    def add_photo(self, name: str, rgb: Image, labels: tuple[PhotoAnnotation, ...] = (), infrared: bool = False) -> str:
        rgb.setflags(write=False)
        self.photos[name] = rgb
        self.records[name] = PhotoRecord(
            id=name,
            path="",
            sha256="",
            width=rgb.shape[1],
            height=rgb.shape[0],
            annotations=labels,
            infrared=infrared,
            light=(128,),
            light_size=(1, 1),
            palette=((90, 90, 90),),
            sharpness_px=0.8,
            noise=2.0,
            fingerprint="0",
        )
        return name


def drawn_photo(width: int, height: int, seed: int = 0) -> Image:
    """Smooth colours, some edges and some grain."""
    rng = stream(seed, 0, "drawn photo")
    coarse = rng.integers(30, 220, (height // 40 + 2, width // 40 + 2, 3)).astype(np.uint8)
    photo = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float64)
    for _ in range(12):
        (x, y), (w, h) = rng.integers(0, (width, height)), rng.integers(5, 90, 2)
        photo[y : y + h, x : x + w] += rng.normal(0, 30, 3)
    return np.clip(photo + rng.normal(0, 4, photo.shape), 0, 255).astype(np.uint8)


def drawn_tag(width: int = 91, height: int = 57, margin: int = 20) -> tuple[Image, Image]:
    """Dark bars on light paper, on a brown ground; a rounded mask with a soft edge. Returns rgb and alpha."""
    full_w, full_h = width + 2 * margin, height + 2 * margin
    rgb = np.full((full_h, full_w, 3), (110, 90, 70), np.uint8)
    alpha = np.zeros((full_h, full_w), np.uint8)
    centre, axes = (full_w // 2, full_h // 2), (width // 2, height // 2)
    cv2.ellipse(alpha, centre, axes, 0, 0, 360, 255, -1)
    rgb[alpha > 0] = (225, 222, 210)
    for x in range(margin + width // 4, margin + 3 * width // 4, 12):
        rgb[margin + height // 3 : margin + 2 * height // 3, x : x + 5] = (30, 30, 34)
    return rgb, cv2.GaussianBlur(alpha, (0, 0), 0.7)


def matrix9(
    tag: Pixels,
    x: float,
    y: float,
    *,
    scale: float = 1.0,
    turn_deg: float = 0.0,
    mirrored: bool = False,
    tilt: tuple[float, float] = (0.0, 0.0),
) -> Matrix9:
    """Puts the middle of a tag's mask at (x, y)."""
    x0, y0, x1, y1 = tag.record.mask_box
    matrix = (
        translation(x, y)
        @ rotation_deg(turn_deg)
        @ scaling(-scale if mirrored else scale, scale)
        @ perspective(*tilt)
        @ translation(-(x0 + x1) / 2, -(y0 + y1) / 2)
    )
    return tuple(float(v) for v in (matrix / matrix[2, 2]).ravel())  # type: ignore[return-value]


def a_spec(
    background: PhotoBackground | ProceduralBackground,
    layers: tuple[Layer, ...] = (),
    size: tuple[int, int] = (640, 640),
    **known: object,
) -> ImageSpec:
    values: dict[str, object] = {
        "index": 0,
        "attempt": 0,
        "seed": 0,
        "split": "train",
        "file_name": "a_000000.jpg",
        "width_px": size[0],
        "height_px": size[1],
        "background": background,
        "kept_annotations": False,
        "layers": layers,
        "min_visibility": 0.0,
        "glyph_limits": ANY_WRITING,
        "camera": CameraEffects(),
        "jpeg_quality": 90,
    }
    return ImageSpec(**{**values, **known})  # type: ignore[arg-type]


def a_tag(material: InMemory, name: str, x: float, y: float, kind: str = "hard", **known: object) -> TagLayer:
    posture = {key: known.pop(key) for key in ("scale", "turn_deg", "mirrored", "tilt") if key in known}
    width = known.pop("width_px", {"feather": 2.0, "gaussian": 1.0}.get(kind, 0.0))
    matrix = matrix9(material.tag(name), x, y, **posture)  # type: ignore[arg-type]
    return TagLayer(tag=name, matrix=matrix, blend=Blend(kind, width), **known)  # type: ignore[arg-type]
