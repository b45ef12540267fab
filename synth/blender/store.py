"""Meshes and decals that were sent, kept in Blender under their keys until memory is needed for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from synth.blender.meshes import blender_mesh
from synth.geometry.mesh import Mesh
from synth.scene.take import Lacking, PutDecal, PutMesh, Shoot

MOST_BYTES = 256 << 20
COVERING = 0.9
"""A decal whose mean alpha exceeds this is the whole face of a tag, not ink on a body."""


@dataclass(slots=True)
class KeptMesh:
    """A mesh datablock, its (n, 3) points, its scan's pictures, which of its slots carry a decal, and what it takes in
    memory.
    """

    block: Any
    points: NDArray[np.float32]
    pictures: tuple[str, ...]
    slots: int
    has_uv: bool
    has_colours: bool
    decal_slots: frozenset[int]
    size: int
    used: int = 0


@dataclass(slots=True)
class KeptDecal:
    """Images of a decal's face and relief, the mm that they span, and whether they cover the body."""

    face: Any
    relief: Any | None
    box_mm: tuple[float, float, float, float]
    relief_mm: float
    covers: bool
    size: int
    used: int = 0


class Store:
    """What is kept."""

    def __init__(self) -> None:
        self.meshes: dict[str, KeptMesh] = {}
        self.decals: dict[str, KeptDecal] = {}
        self._clock = 0

    def put_mesh(self, request: PutMesh) -> None:
        """Keeps a mesh; one of the same key makes way."""
        self._drop_mesh(request.key)
        mesh = request.mesh.unpacked
        block = blender_mesh(f"synth:{request.key}", mesh)
        self.meshes[request.key] = KeptMesh(
            block=block,
            points=mesh.vertices.astype(np.float32),
            pictures=request.pictures,
            slots=int(mesh.slots.max()) + 1,
            has_uv=mesh.uv is not None,
            has_colours=mesh.colours is not None,
            decal_slots=_decal_slots(mesh),
            size=112 * len(mesh.vertices) + 150 * len(mesh.faces),
        )

    def put_decal(self, request: PutDecal) -> None:
        """Keeps a decal; one of the same key makes way."""
        self._drop_decal(request.key)
        rgba = request.rgba.unpacked
        relief = None if request.relief is None else request.relief.unpacked
        self.decals[request.key] = KeptDecal(
            face=_image(f"synth:{request.key}", rgba, "sRGB"),
            relief=None if relief is None else _image(f"synth:{request.key}:relief", _grey(relief), "Non-Color"),
            box_mm=request.box_mm,
            relief_mm=request.relief_mm,
            covers=bool(rgba[..., 3].mean() > COVERING * 255),
            size=rgba.nbytes + (0 if relief is None else 4 * relief.nbytes),
        )

    def lacking(self, shoot: Shoot) -> Lacking | None:
        """What a picture needs and is not here; None if all is."""
        meshes = tuple(sorted(set(shoot.meshes.values()) - self.meshes.keys()))
        decals = tuple(sorted(set(shoot.decals.values()) - self.decals.keys()))
        return Lacking(meshes, decals) if meshes or decals else None

    def trim(self, shoot: Shoot) -> None:
        """Marks what a picture uses, and forgets what was not used for longest until the rest fits."""
        self._clock += 1
        entries: list[tuple[KeptMesh | KeptDecal, str]] = []
        for kept, keys in ((self.meshes, shoot.meshes), (self.decals, shoot.decals)):
            for key in keys.values():
                kept[key].used = self._clock
            entries += [(entry, key) for key, entry in kept.items()]
        total = sum(entry.size for entry, _ in entries)
        for entry, key in sorted(entries, key=lambda pair: pair[0].used):
            if total <= MOST_BYTES or entry.used == self._clock:
                return
            total -= entry.size
            if isinstance(entry, KeptMesh):
                self._drop_mesh(key)
            else:
                self._drop_decal(key)

    def forget(self) -> None:
        """Blender has another file open: nothing is left."""
        self.meshes.clear()
        self.decals.clear()

    def _drop_mesh(self, key: str) -> None:
        if (old := self.meshes.pop(key, None)) is not None:
            bpy.data.meshes.remove(old.block)

    def _drop_decal(self, key: str) -> None:
        if (old := self.decals.pop(key, None)) is not None:
            bpy.data.images.remove(old.face)
            if old.relief is not None:
                bpy.data.images.remove(old.relief)


def _decal_slots(mesh: Mesh) -> frozenset[int]:
    if mesh.decal is None:
        return frozenset()
    carries = np.isfinite(mesh.decal).all(axis=(1, 2))
    return frozenset(int(slot) for slot in np.unique(mesh.slots[carries]))


def _grey(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([levels] * 3 + [np.full_like(levels, 255)])


def _image(name: str, rgba: NDArray[np.uint8], colours: str) -> Any:
    height, width = rgba.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.colorspace_settings.name = colours
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set((rgba[::-1] / np.float32(255)).astype(np.float32).ravel())
    image.update()
    return image
