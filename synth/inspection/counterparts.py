"""Tags in the photos that they were cut from: what a pasted tag is to be compared with.

A counterpart is a crop of the tag's own photo, as large as the drawn picture, that went through the same camera effects
and the same JPEG quality as that picture. Where the tag has about the size of the paste its pixels are those of the
photo; where it is larger, tag and photo are made smaller together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from synth.banks.records import TagRecord
from synth.files import sha256
from synth.inspection.pastes import TagAlpha
from synth.labels.sample import Image, Mask
from synth.scene.spec import ImageSpec

BLOCK_PX = 16
PhotographAs = Callable[[Image, ImageSpec], Image]
"""A picture with the camera effects and the compression of a spec."""


@dataclass(frozen=True, slots=True, eq=False)
class RealTag:
    """A tag of a bank where it was photographed.

    Attributes:
        id: of the cut-out.
        group: tags that share an identity or a photo, directly or through others, have one group.
        photo: the file.
        mask: in the photo, px.
    """

    id: str
    group: str
    photo: Path
    mask: Mask

    @property
    def size_px(self) -> float:
        """Root of its area."""
        return float(np.sqrt(self.mask.area))


@dataclass(frozen=True, slots=True, eq=False)
class RealTags:
    """The tags of a dataset's banks.

    Attributes:
        groups: of every cut-out, by id, with or without a photo.
        tags: whose photos are known.
        photograph_as: lets a photo undergo what a drawn picture underwent.
    """

    groups: Mapping[str, str]
    tags: tuple[RealTag, ...]
    photograph_as: PhotographAs


def real_tags(
    records: Sequence[TagRecord], tag_alpha: TagAlpha, photos: Mapping[str, Path], photograph_as: PhotographAs
) -> RealTags:
    """Finds the tags whose photos are known.

    Args:
        records: of all cut-outs that could be pasted.
        tag_alpha: their masks.
        photos: files by SHA-256.
        photograph_as: see `RealTags`.
    """
    groups = groups_of(records)
    tags = []
    for record in records:
        photo, alpha = photos.get(record.photo_sha256), tag_alpha(record.id)
        if photo is not None and alpha is not None:
            mask = Mask(record.origin[0], record.origin[1], alpha >= 128).trimmed()
            tags.append(RealTag(record.id, groups[record.id], photo, mask))
    return RealTags(groups, tuple(tags), photograph_as)


def photos_by_digest(known: Mapping[str, Path], more: Iterable[Path], names: Collection[str]) -> dict[str, Path]:
    """Photos by SHA-256 that are still there: those of a catalogue, and of other files those with a name looked for."""
    found = {digest: path for digest, path in known.items() if path.is_file()}
    return found | {sha256(path): path for path in more if path.name in names}


def groups_of(records: Sequence[TagRecord]) -> dict[str, str]:
    """Name of each cut-out's group, by id."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for record in records:
        photo = root(f"photo {record.photo_sha256 or record.id}")
        if record.identity is not None:
            parent[root(f"identity {record.identity}")] = photo
    return {record.id: root(f"photo {record.photo_sha256 or record.id}") for record in records}


def counterpart(tag: RealTag, photo: Image, factor: float, spec: ImageSpec) -> tuple[Image, Mask] | None:
    """A tag in a crop of its photo, as large as a drawn picture or as large as the photo allows.

    Args:
        tag: which.
        photo: its photo.
        factor: tag and photo are made this much smaller; 1 leaves their pixels as they are.
        spec: of the drawn picture.

    Returns:
        The crop, before any effect, and the tag's mask in it; None if nothing of it is left.
    """
    height, width = photo.shape[:2]
    x0, y0, x1, y1 = tag.mask.box
    left, right = _span((x0 + x1) / 2, round(spec.width_px / factor), width)
    top, bottom = _span((y0 + y1) / 2, round(spec.height_px / factor), height)
    crop = np.ascontiguousarray(photo[top:bottom, left:right])
    mask = tag.mask.to_full(width, height)[top:bottom, left:right]
    if factor < 1.0:
        size = max(1, round(crop.shape[1] * factor)), max(1, round(crop.shape[0] * factor))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        mask = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) >= 128
    return (crop, Mask.from_full(mask)) if mask.any() else None


def _span(centre: float, wanted: int, size: int) -> tuple[int, int]:
    """First and last px of a crop round a point that begins on the grid of JPEG's blocks, a little early."""
    start = max(min(int(centre - wanted / 2), size - wanted), 0)
    return start // BLOCK_PX * BLOCK_PX, min(start + wanted, size)
