"""Caches bounded in bytes, and what is derived from material once and used for many pictures."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from synth.compositing.cutouts import blanked, spread_outwards
from synth.compositing.material import Material
from synth.compositing.splice import EncodedPhoto, whole_mcus
from synth.compositing.warp import Asset
from synth.scene.spec import PhotoBackground
from synth.serials.type_case import TypeCase

V = TypeVar("V")
CUTOUT_BYTES = 192 << 20
ENCODED_BYTES = 256 << 20
_MOST_COUNTS = 1 << 16


class ByteCache(Generic[V]):
    """Keeps what was used last, as far as it fits."""

    def __init__(self, limit_bytes: int, size_of: Callable[[V], int]) -> None:
        self._limit = limit_bytes
        self._size_of = size_of
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self.used_bytes = 0

    def get(self, key: Hashable) -> V | None:
        """What was kept under a key, or None."""
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def keep(self, key: Hashable, value: V) -> V:
        """Keeps a value, and drops those that were not used for longest; one that is too large is not kept."""
        size = self._size_of(value)
        if size <= self._limit and key not in self._kept:
            self._kept[key] = value
            self.used_bytes += size
            while self.used_bytes > self._limit:
                self.used_bytes -= self._size_of(self._kept.popitem(last=False)[1])
        return value


class Derived:
    """What is made from one source of material: cut-outs ready for pasting, and photos already encoded."""

    def __init__(self) -> None:
        self._assets: ByteCache[Asset] = ByteCache(CUTOUT_BYTES, lambda a: a.rgba.nbytes)
        self._encoded: ByteCache[EncodedPhoto] = ByteCache(ENCODED_BYTES, lambda e: e.nbytes)
        self._asked: dict[tuple[str, bool, int], int] = {}
        self._faces: TypeCase | None = None

    def faces(self, material: Material) -> TypeCase:
        """Finds the faces of a material's catalogue."""
        if self._faces is None:
            self._faces = TypeCase(material.catalogue.fonts)
        return self._faces

    def asset(self, material: Material, tag: str, *, blank: bool, spread: bool) -> Asset:
        """A cut-out, with its writing painted over or not, with its colour spread outwards or its old surroundings."""
        key = (tag, blank, spread)
        kept = self._assets.get(key)
        if kept is not None:
            return kept
        source = material.tag(tag)
        rgb = blanked(source.rgb, source.alpha, source.record.noise) if blank else source.rgb
        rgb = spread_outwards(rgb, source.alpha) if spread else rgb
        return self._assets.keep(key, Asset.of(rgb, source.alpha))

    def encoded_photo(
        self, material: Material, crop: PhotoBackground, quality: int, crop_area: int
    ) -> EncodedPhoto | None:
        """A whole photo, mirrored or not, as JPEG blocks, once so many crops were asked for that it is worth its price.

        Whether it is there changes the time that a picture takes and none of its bytes.
        """
        key = (crop.photo, crop.mirrored, quality)
        kept = self._encoded.get(key)
        if kept is not None:
            return kept
        if len(self._asked) >= _MOST_COUNTS:
            self._asked.clear()
        self._asked[key] = self._asked.get(key, 0) + 1
        record = material.photo_record(crop.photo)
        if self._asked[key] * crop_area < record.width * record.height:
            return None
        del self._asked[key]
        photo = whole_mcus(material.photo(crop.photo))
        if crop.mirrored:
            photo = np.asarray(cv2.flip(photo, 1), dtype=np.uint8)
        return self._encoded.keep(key, EncodedPhoto.of(photo, quality))


_DERIVED: WeakKeyDictionary[Material, Derived] = WeakKeyDictionary()


def derived_from(material: Material) -> Derived:
    """What has been derived from this material in this process."""
    kept = _DERIVED.get(material)
    if kept is None:
        kept = _DERIVED[material] = Derived()
    return kept
