"""What a recipe's rendered scenes are made of: meshes, textures, environments, .blend files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.assets import asset_file, asset_folder
from synth.banks.meshes import MeshOptions, default_cache, read_mesh_folder
from synth.banks.picture_files import BLEND, ENVIRONMENTS, TEXTURES, picture_records, scene_record
from synth.banks.records import Catalogue, CatalogueMesh, PictureRecord
from synth.errors import ConfigError
from synth.rendering.usd_files import read_usd
from synth.scene.background_recipe import EMBEDDED
from synth.scene.material_recipe import MeshFolder
from synth.scene.recipe import Recipe
from synth.scene.render_recipe import Render
from synth.scene.stage import ScanSource, Stage, Thing

OF_BLENDER = "blender/"
"""Begins the names of the environments that Blender brings."""


@dataclass(frozen=True, slots=True)
class RenderingMaterial:
    """What was found, each sorted by id, and a line for each mesh that could not be read."""

    meshes: tuple[CatalogueMesh, ...] = ()
    textures: tuple[PictureRecord, ...] = ()
    environments: tuple[PictureRecord, ...] = ()
    scenes: tuple[PictureRecord, ...] = ()
    notes: tuple[str, ...] = ()


def read_rendering_material(recipe: Recipe) -> RenderingMaterial:
    """Reads what the recipe's scenes need; cleaned meshes are kept in the user's cache, whatever dataset they are for.

    Raises:
        AssetError: a folder or file is missing.
        ConfigError: two things have one id.
    """
    meshes, notes = read_meshes(recipe.meshes)
    render = recipe.render
    if render is None:
        return RenderingMaterial(meshes, notes=notes)
    return RenderingMaterial(
        meshes,
        picture_records(_folders(render.ground.textures), TEXTURES, "render.ground.textures"),
        picture_records(_folders(render.environment.folders), ENVIRONMENTS, "render.environment.folders"),
        _scenes(render),
        notes,
    )


def read_meshes(
    folders: Sequence[MeshFolder],
) -> tuple[tuple[CatalogueMesh, ...], tuple[str, ...]]:
    """The meshes of folders, sorted by id, and a line for each file that could not be read."""
    found: dict[str, CatalogueMesh] = {}
    notes: list[str] = []
    for source in folders:
        options = MeshOptions(source.unit, source.up, source.longest_m, source.halves, source.most_faces)
        meshes, lines = read_mesh_folder(Path(source.folder).resolve(), default_cache(), options, usd=read_usd)
        notes += lines
        for mesh in meshes:
            if found.setdefault(mesh.record.id, mesh) is not mesh:
                raise ConfigError(f"meshes: two are called {mesh.record.id!r}; rename one of them")
    return tuple(found[name] for name in sorted(found)), tuple(notes)


def _scenes(render: Render) -> tuple[PictureRecord, ...]:
    """The .blend file that the scenes are put into, if there is one: a user's, or of the package by its bare name."""
    if names_file(render):
        return (scene_record(Path(str(render.scene))),)
    if render.scene is None:
        return ()
    shipped = asset_file("blender_scenes", f"{render.scene}{BLEND}")
    return (PictureRecord(render.scene, str(shipped.path), shipped.sha256),)


def names_file(render: Render) -> bool:
    """Whether its scene is a user's .blend file."""
    return render.scene is not None and render.scene.endswith(BLEND)


def rendering_sources(recipe: Recipe) -> tuple[str, ...]:
    """Folders and files that the recipe's scenes are made of."""
    folders, render = tuple(source.folder for source in recipe.meshes), recipe.render
    if render is None:
        return folders
    pictures = (*render.ground.textures, *render.environment.folders)
    scene = (str(render.scene),) if names_file(render) else ()
    return (*folders, *map(str, _folders(pictures)), *scene)


def portable_render(render: Render) -> Render:
    """The same with names instead of paths."""
    ground = render.ground.model_copy(update={"textures": _names(render.ground.textures)})
    environment = render.environment.model_copy(update={"folders": _names(render.environment.folders)})
    scene = Path(str(render.scene)).name if names_file(render) else render.scene
    return render.model_copy(update={"ground": ground, "environment": environment, "scene": scene})


def with_places(recipe: Recipe, places: Sequence[Path]) -> Recipe:
    """A portable recipe whose material is looked for where it lies now.

    Args:
        recipe: with names instead of paths.
        places: folders and files under the names that they had; what is not among them is left away.
    """
    now = {path.resolve().name: str(path) for path in places}
    meshes = tuple(
        source.model_copy(update={"folder": now[source.folder]}) for source in recipe.meshes if source.folder in now
    )
    render = recipe.render
    if render is None:
        return recipe.model_copy(update={"meshes": meshes})
    given = render.ground.textures
    shipped = asset_folder("backgrounds")
    textures = tuple(
        str(shipped) if name == shipped.name else now[name] for name in given if name in {*now, shipped.name}
    )
    folders = tuple(now[name] for name in render.environment.folders if name in now)
    ground = render.ground.model_copy(update={"textures": textures})
    environment = render.environment.model_copy(update={"folders": folders})
    scene = now.get(str(render.scene)) if names_file(render) else render.scene
    render = render.model_copy(update={"ground": ground, "environment": environment, "scene": scene})
    return recipe.model_copy(update={"meshes": meshes, "render": render})


def used_by_stage(stage: Stage) -> set[str]:
    """What a scene is made of, by what digests call it."""
    used = used_scans(stage.things)
    textures = [surface.texture for thing in stage.things for surface in thing.surfaces if surface.texture is not None]
    used |= {f"texture {texture.image}" for texture in textures if texture.image is not None}
    image = stage.environment.image
    if image is not None and not image.startswith(OF_BLENDER):
        used.add(f"environment {image}")
    return used | ({f"scene {stage.blend.file}"} if stage.blend is not None else set())


def used_scans(things: Iterable[Thing]) -> set[str]:
    """The meshes of things, by what digests call them."""
    return {mesh_id(thing.source.mesh) for thing in things if isinstance(thing.source, ScanSource)}


def mesh_id(name: str) -> str:
    """How digests name a mesh."""
    return f"mesh {name}"


def named_pictures(catalogue: Catalogue) -> dict[str, PictureRecord]:
    """Textures, environments and scenes by what digests call them."""
    kinds = (("texture", catalogue.textures), ("environment", catalogue.environments), ("scene", catalogue.scenes))
    return {f"{kind} {record.id}": record for kind, records in kinds for record in records}


def _folders(given: tuple[str, ...]) -> list[Path]:
    return [asset_folder("backgrounds") if name == EMBEDDED else Path(name).resolve() for name in given]


def _names(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name if name == EMBEDDED else Path(name).resolve().name for name in given)
