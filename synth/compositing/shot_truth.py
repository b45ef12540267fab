"""Labels of a rendered subject while layers are painted over it: what covers it is taken away from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.camera import Intrinsics
from synth.geometry.pose import Matrix4
from synth.labels.sample import Annotation, Categories, Keypoint, Mask
from synth.scene.shot import Plane, Shot
from synth.serials.legibility import LEAST_VISIBILITY, SURE_VISIBILITY


@dataclass(slots=True, eq=False)
class ShotTruth:
    """A subject of a shot.

    Attributes:
        known: its label, as if nothing were put over the shot.
        covers: masks of what was, as far as they meet it.
    """

    known: Annotation
    covers: list[Mask] = field(default_factory=list)

    def hide(self, x: int, y: int, mask: NDArray[np.bool_]) -> bool:
        """Takes away what a later layer, whose region starts at (x, y), covers; says whether it covers anything."""
        own = self.known.mask
        if own is None:
            return False
        cover = Mask(x, y, mask)
        before = _without(own, self.covers)
        if _common(before, cover) == 0:
            return False
        self.covers.append(cover)
        return True

    def annotation(self, categories: Categories, min_visibility: float, width: int, height: int) -> Annotation:
        """The label; RejectedScene if too little of the subject is visible."""
        known = self.known
        if not self.covers or known.mask is None:
            return known
        mask = _without(known.mask, self.covers)
        visibility = (1.0 if known.visibility is None else known.visibility) * mask.area / max(known.mask.area, 1)
        if mask.area == 0 or visibility < min_visibility:
            raise RejectedScene("subject hidden")
        return replace(
            known,
            box=mask.box,
            mask=mask,
            visibility=visibility,
            characters=tuple(self._characters()),
            keypoints=tuple(self._keypoints()),
        )

    def _characters(self) -> Iterator[Annotation]:
        """Those of which enough remains."""
        for character in self.known.characters:
            if character.mask is None:
                yield character
                continue
            mask = _without(character.mask, self.covers)
            share = mask.area / max(character.mask.area, 1)
            visibility = (1.0 if character.visibility is None else character.visibility) * share
            if mask.area == 0 or visibility < LEAST_VISIBILITY:
                continue
            difficult = character.difficult or visibility < SURE_VISIBILITY
            yield replace(character, box=mask.box, mask=mask, visibility=visibility, difficult=difficult)

    def _keypoints(self) -> Iterator[Keypoint]:
        for point in self.known.keypoints:
            at = Mask(int(np.floor(point.x)), int(np.floor(point.y)), np.ones((1, 1), np.bool_))
            covered = point.is_visible and any(_common(at, cover) for cover in self.covers)
            yield replace(point, is_visible=False) if covered else point


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """What is known about the pixels of a rendered picture.

    Attributes:
        depth: (h, w) float32 metres along the optical axis; inf where nothing is, or something was painted over it.
            None of an X-ray picture.
        normals: (h, w, 3) float32 unit normals in OpenCV's camera axes; 0 likewise. None of an X-ray picture.
        intrinsics, camera: of the camera; its pose in the world has Blender's axes.
    """

    depth: Plane | None
    normals: Plane | None
    intrinsics: Intrinsics
    camera: Matrix4


def geometry_of(shot: Shot, covered: NDArray[np.bool_]) -> Geometry:
    """What remains of a shot's geometry where something was painted over it."""
    depth, normals = shot.depth, shot.normals
    if covered.any():
        depth = np.where(covered, np.float32(np.inf), depth)
        normals = np.where(covered[..., None], np.float32(0), normals)
    return Geometry(depth, normals, shot.intrinsics, shot.camera)


def _without(mask: Mask, covers: list[Mask]) -> Mask:
    """What of a mask is under none of the covers, trimmed."""
    pixels = mask.pixels.copy()
    for cover in covers:
        found = _overlap(mask, cover)
        if found is not None:
            own, theirs = found
            pixels[own] &= ~cover.pixels[theirs]
    return Mask(mask.x, mask.y, pixels).trimmed()


def _common(mask: Mask, other: Mask) -> int:
    """Number of pixels that two masks share."""
    found = _overlap(mask, other)
    return 0 if found is None else int(np.count_nonzero(mask.pixels[found[0]] & other.pixels[found[1]]))


def _overlap(mask: Mask, other: Mask) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """The common part of two masks' regions, in the pixels of each; None if there is none."""
    (h, w), (oh, ow) = mask.pixels.shape, other.pixels.shape
    x0, y0 = max(mask.x, other.x), max(mask.y, other.y)
    x1, y1 = min(mask.x + w, other.x + ow), min(mask.y + h, other.y + oh)
    if x0 >= x1 or y0 >= y1:
        return None
    own = (slice(y0 - mask.y, y1 - mask.y), slice(x0 - mask.x, x1 - mask.x))
    return own, (slice(y0 - other.y, y1 - other.y), slice(x0 - other.x, x1 - other.x))
