"""Catalogues of meshes without files, and recipes of rendered scenes."""

from __future__ import annotations

from typing import Any

from scene_material import photo_record

from synth.banks.records import Catalogue, CatalogueMesh, CataloguePhoto, MeshRecord, PictureRecord
from synth.scene.recipe import Recipe
from synth.scene.spec import ImageSpec, RenderLayer
from synth.scene.stage import Stage


def mesh(mesh_id: str, name: str, half: Any = "", size: tuple[float, float, float] = (0.1, 0.06, 0.2)) -> CatalogueMesh:
    record = MeshRecord(mesh_id, name, half, "0" * 64, 100, 200, size, 1.0, "z", textured=True, watertight=False)
    return CatalogueMesh(record, f"/nowhere/{mesh_id}.npz", ("/nowhere/picture.jpg",))


HALVES = (mesh("box/bottom", "box", "bottom", (1.0, 2.0, 0.5)), mesh("box/top", "box", "top", (1.0, 2.0, 0.5)))
OTHERS = (mesh("soap", "soap", size=(0.08, 0.05, 0.03)), mesh("banana", "Banana", size=(0.2, 0.08, 0.04)))


def catalogue(
    meshes: tuple[CatalogueMesh, ...] = (*HALVES, *OTHERS),
    splits: tuple[str, ...] = ("train",),
    *,
    scenes: tuple[str, ...] = (),
    environments: int = 0,
    textures: int = 0,
) -> Catalogue:
    def pictures(names: tuple[str, ...]) -> tuple[PictureRecord, ...]:
        return tuple(PictureRecord(name, f"/nowhere/{name}", "1" * 64) for name in names)

    photos = tuple(CataloguePhoto(photo_record(n, cast=((3, -2),) * 192), splits[n % len(splits)]) for n in range(6))
    return Catalogue(
        categories=("thing",),
        splits=splits,
        tags=(),
        distractors=(),
        photos=photos,
        meshes=meshes,
        textures=pictures(tuple(f"table-{n}.jpg" for n in range(textures))),
        environments=pictures(tuple(f"sky-{n}.hdr" for n in range(environments))),
        scenes=pictures(scenes),
    )


def recipe(render: dict[str, Any] | None = None, **changes: Any) -> Recipe:
    render = {"subjects": [{"mesh": "BO*", "category": "thing", "longest_range_m": [0.1, 0.2]}], **(render or {})}
    plain = {"name": "scenes", "seed": 7, "count": 100, "splits": {"train": 1}, "meshes": ["scans"], "render": render}
    return Recipe.model_validate({**plain, **changes})


def stage_of(spec: ImageSpec) -> Stage:
    layer = spec.layers[0]
    assert isinstance(layer, RenderLayer)
    return layer.stage
