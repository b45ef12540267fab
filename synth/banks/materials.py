"""The pixels and meshes of a catalogue: read when they are first needed, kept as long as memory allows, checked once.

One object serves one worker process; it is not shared between threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from synth.banks.bank import read_mask
from synth.banks.meshes import load_mesh
from synth.banks.records import Catalogue, CatalogueMesh, CatalogueTag, PhotoRecord, TagRecord
from synth.errors import AssetError
from synth.files import sha256
from synth.geometry.mesh import Mesh
from synth.labels.pictures import read_picture

Image = NDArray[np.uint8]
Arrays = tuple[Image, ...]
Kept = TypeVar("Kept", Arrays, Mesh)


@dataclass(frozen=True, eq=False)
class TagPixels:
    """A cut-out.

    Attributes:
        record: what is known about it.
        rgb: (h, w, 3), read-only.
        alpha: (h, w), 255 = tag, read-only.
    """

    record: TagRecord
    rgb: Image
    alpha: Image


class Materials:
    """Pixels by the ids of a catalogue.

    Attributes:
        catalogue: says what there is and where.
    """

    def __init__(self, catalogue: Catalogue, *, cache_bytes: int = 1 << 30) -> None:
        """Prepares; nothing is read yet.

        Args:
            catalogue: says what there is and where.
            cache_bytes: decoded pixels that are kept; the least recently used go first. What is asked for is always
                returned, however large.
        """
        self.catalogue = catalogue
        self._tags: dict[str, CatalogueTag] = {tag.record.id: tag for tag in (*catalogue.tags, *catalogue.distractors)}
        self._photos: dict[str, PhotoRecord] = {photo.record.id: photo.record for photo in catalogue.photos}
        self._meshes: dict[str, CatalogueMesh] = {mesh.record.id: mesh for mesh in catalogue.meshes}
        self._limit = cache_bytes
        self._kept: OrderedDict[tuple[str, str], Arrays | Mesh] = OrderedDict()
        self._bytes = 0
        self._checked: set[Path] = set()

    def tag(self, name: str) -> TagPixels:
        """A cut-out and its mask; AssetError if a file is missing or not what it was, or the id is unknown."""
        tag = self._tags.get(name)
        if tag is None:
            raise AssetError(f"no tag {name!r} in the catalogue; the banks of the recipe have changed")
        rgb, alpha = self._get("tag", name, lambda: self._read_tag(tag))
        return TagPixels(tag.record, rgb, alpha)

    def photo(self, name: str) -> Image:
        """A background photo, (h, w, 3) uint8, read-only; AssetError as for tags."""
        record = self.photo_record(name)
        return self._get("photo", name, lambda: self._read_photo(record))[0]

    def photo_record(self, name: str) -> PhotoRecord:
        """What is known about a background photo."""
        record = self._photos.get(name)
        if record is None:
            raise AssetError(f"no photo {name!r} in the catalogue; the photo folders of the recipe have changed")
        return record

    def mesh(self, name: str) -> Mesh:
        """A cleaned mesh, metres; AssetError if its file is missing or not what it was, or the id is unknown."""
        entry = self.mesh_entry(name)
        return self._get("mesh", name, lambda: load_mesh(entry))

    def mesh_entry(self, name: str) -> CatalogueMesh:
        """What is known about a mesh, and the paths of its pictures."""
        entry = self._meshes.get(name)
        if entry is None:
            raise AssetError(f"no mesh {name!r} in the catalogue; the mesh folders of the recipe have changed")
        return entry

    def _get(self, kind: str, name: str, read: Callable[[], Kept]) -> Kept:
        key = (kind, name)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept  # type: ignore[return-value]  # a kind of key always holds the same kind of thing
        found = read()
        for array in _arrays(found):
            array.setflags(write=False)
        self._kept[key] = found
        self._bytes += _size(found)
        while self._bytes > self._limit and self._kept:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return found

    def _read_tag(self, tag: CatalogueTag) -> Arrays:
        folder, record = Path(tag.bank), tag.record
        self._check(folder / record.file, record.sha256)
        self._check(folder / record.mask_file, record.mask_sha256)
        rgb, alpha = read_picture(folder / record.file), read_mask(folder / record.mask_file)
        if alpha.shape != rgb.shape[:2]:
            raise AssetError(f"{folder / record.mask_file}: the mask is not of its cut-out's size; cut the bank again")
        return rgb, alpha

    def _read_photo(self, record: PhotoRecord) -> Arrays:
        self._check(Path(record.path), record.sha256)
        picture = read_picture(Path(record.path))
        if picture.shape[:2] != (record.height, record.width):
            raise AssetError(f"{record.path}: is not {record.width} x {record.height} px as it was")
        return (picture,)

    def _check(self, path: Path, digest: str) -> None:
        """Compares a file with the digest that was noted, once."""
        if not digest or path in self._checked:
            return
        try:
            found = sha256(path)
        except OSError as error:
            raise AssetError(f"{path}: cannot be read ({error.strerror}); put it back where it was") from None
        if found != digest:
            raise AssetError(
                f"{path}: not the file that it was when the catalogue was built; restore it, or start a new dataset"
            )
        self._checked.add(path)


def _arrays(kept: Arrays | Mesh) -> list[NDArray[Any]]:
    if isinstance(kept, tuple):
        return list(kept)
    held = (getattr(kept, field.name) for field in fields(kept))
    return [array for array in held if array is not None]


def _size(kept: Arrays | Mesh) -> int:
    return sum(array.nbytes for array in _arrays(kept))
