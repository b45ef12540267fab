"""Catalogues without files, for everything that only decides."""

from __future__ import annotations

from synth.banks.records import (
    Catalogue,
    CataloguePhoto,
    CatalogueTag,
    PhotoAnnotation,
    PhotoRecord,
    TagRecord,
)
from synth.scene.recipe import Recipe

SPLITS = ("train", "validation", "test")


def tag_record(
    number: int,
    *,
    infrared: bool = False,
    brightness: float = 100.0,
    identity: str | None = None,
    cast: tuple[float, float] = (0.0, 0.0),
) -> TagRecord:
    return TagRecord(
        id=f"bank/tag-{number}",
        file=f"cutouts/tag-{number}.png",
        mask_file=f"masks/tag-{number}.png",
        category="tag",
        text=f"T{number}",
        identity=identity if identity is not None else f"T{number}",
        photo=f"photo-{number}.jpg",
        photo_sha256="0" * 64,
        box=(500.0, 400.0, 588.0, 532.0),
        origin=(470, 370),
        size=(150, 190),
        mask_box=(30.0, 30.0, 118.0, 160.0),
        mask_from="polygon",
        quad=None,
        angle_deg=None,
        infrared=infrared,
        brightness=brightness,
        tag_brightness=150.0,
        contrast=100.0,
        sharpness_px=1.0,
        noise=2.0,
        height_in_photo=0.4,
        usable=True,
        reasons=(),
        cast=cast,
    )


def photo_record(
    number: int,
    *,
    size: tuple[int, int] = (3264, 2448),
    infrared: bool = False,
    annotations: tuple[PhotoAnnotation, ...] = (),
    light: tuple[int, ...] = tuple(range(192)),
    cast: tuple[tuple[int, int], ...] = (),
) -> PhotoRecord:
    return PhotoRecord(
        id=f"photos/{number}.jpg",
        path=f"/nowhere/{number}.jpg",
        sha256="0" * 64,
        width=size[0],
        height=size[1],
        annotations=annotations,
        infrared=infrared,
        light=light,
        light_size=(16, 12),
        palette=((20, 30, 20), (90, 80, 70), (200, 190, 180)),
        sharpness_px=1.5,
        noise=4.0,
        fingerprint="0" * 16,
        cast=cast,
    )


def catalogue(
    tags: list[TagRecord] | None = None, photos: list[PhotoRecord] | None = None, splits: tuple[str, ...] = SPLITS
) -> Catalogue:
    """Tags and photos dealt in turn to the splits."""
    tags = [tag_record(n) for n in range(12)] if tags is None else tags
    photos = [photo_record(n) for n in range(9)] if photos is None else photos
    return Catalogue(
        categories=("tag",),
        splits=splits,
        tags=tuple(CatalogueTag(tag, "bank", splits[n % len(splits)], 1.0) for n, tag in enumerate(tags)),
        distractors=(),
        photos=tuple(CataloguePhoto(photo, splits[n % len(splits)]) for n, photo in enumerate(photos)),
    )


def recipe(**changes: object) -> Recipe:
    plain = {
        "name": "scenes",
        "seed": 3,
        "count": 100,
        "splits": {"train": 0.6, "validation": 0.3, "test": 0.1},
        "tags": ["bank"],
        "backgrounds": ["photos"],
        "placement": {"count_weights": {1: 1}},
        **changes,
    }
    return Recipe.model_validate(plain)
