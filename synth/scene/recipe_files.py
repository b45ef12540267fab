"""Recipe files, and the files that they name: lists of serials, placement masks, the photos of the package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synth.assets import asset_folder
from synth.config import load_section
from synth.errors import AssetError, ConfigError
from synth.scene.background_recipe import EMBEDDED
from synth.scene.design_checks import require_classes
from synth.scene.designs import Design
from synth.scene.legal import grammar_of
from synth.scene.recipe import Recipe
from synth.serials.grammar import read_serials


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Reads a recipe file; see `synth.config.load_section` for overrides and errors.

    Lists of serials are read and a placement mask is traced into polygons here, so that a loaded recipe needs no
    further file of text to be sampled from.
    """
    recipe = with_embedded_photos(with_serials(load_section(Recipe, path, overrides)))
    where = recipe.placement.where
    if where.mask is None:
        return recipe
    from synth.scene.regions import trace_mask

    polygons = where.polygons + trace_mask(Path(where.mask))
    placement = recipe.placement.model_copy(
        update={"where": where.model_copy(update={"polygons": polygons, "mask": None})}
    )
    return recipe.model_copy(update={"placement": placement})


def with_serials(recipe: Recipe) -> Recipe:
    """The recipe with the serials that its designs name by a file.

    Raises:
        AssetError, ConfigError: a file cannot be read, or is no list of serials; names the design and the key.
    """
    designs = []
    for number, design in enumerate(recipe.serials):
        if design.text.file is not None:
            design = _with_listed(number, design)
            try:
                require_classes(number, design, recipe.characters)
            except ValueError as error:
                raise ConfigError(str(error)) from None
        designs.append(design)
    return recipe.model_copy(update={"serials": tuple(designs)})


def _with_listed(number: int, design: Design) -> Design:
    assert design.text.file is not None
    try:
        listed = read_serials(Path(design.text.file))
        text = design.text.model_copy(update={"file": None, "serials": listed})
        grammar_of(text)
    except (AssetError, ConfigError) as error:
        raise type(error)(f"serials.{number}.text.file of design {design.name!r}: {error}") from None
    return design.model_copy(update={"text": text})


def with_embedded_photos(recipe: Recipe) -> Recipe:
    """The recipe with the folder of the photos that ship with the package in place of their name."""

    def found(folders: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(asset_folder("backgrounds")) if folder == EMBEDDED else folder for folder in folders)

    backgrounds = recipe.backgrounds.model_copy(update={"photos": found(recipe.backgrounds.photos)})
    recipe = recipe.model_copy(update={"backgrounds": backgrounds})
    if recipe.render is None:
        return recipe
    ground = recipe.render.ground.model_copy(update={"textures": found(recipe.render.ground.textures)})
    return recipe.model_copy(update={"render": recipe.render.model_copy(update={"ground": ground})})
