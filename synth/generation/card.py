"""The card of a dataset: what it was made from and what is in it. Computed, never typed.

Nothing in it depends on where or how the dataset was made: no absolute path, host, clock, or number of workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import synth
from synth.assets import asset_files
from synth.banks.records import Catalogue, CatalogueTag
from synth.generation.folder import Beginning
from synth.generation.material import font_id
from synth.generation.rendering_material import mesh_id, named_pictures
from synth.generation.renders import Renders
from synth.labels.dataset import dataset_counts
from synth.labels.sample import Categories, LabelledImage
from synth.scene.recipe import Recipe
from synth.serials.faces import shipped_font

# whose version may decide a byte
LIBRARIES = ("numba", "numpy", "opencv-python-headless", "pillow", "simplejpeg")
RENDERING_LIBRARIES = ("bpy", "fast-simplification", "scipy", "trimesh")


def byte_versions(*, rendered: bool) -> dict[str, str]:
    """Versions of what makes the bytes, of rendered images or of others; a library that is missing has none."""
    libraries = (*LIBRARIES, *RENDERING_LIBRARIES) if rendered else LIBRARIES
    versions = {"synth": synth.__version__}
    for name in libraries:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def dataset_card(
    recipe: Recipe,
    catalogue: Catalogue,
    beginning: Beginning,
    images: Sequence[LabelledImage],
    rejections: Mapping[str, int],
    set_aside: Mapping[int, str],
    renders: Renders,
) -> dict[str, Any]:
    """The card.

    Args:
        recipe: without paths, see `portable`.
        catalogue: that it was drawn from.
        beginning: of the folder.
        images: the finished ones.
        rejections: refused draws of these, by reason.
        set_aside: error of each image that could not be made.
        renders: what was rendered.
    """
    return {
        "name": recipe.name,
        "complete": len(images) == recipe.count,
        "count": recipe.count,
        "seed": recipe.seed,
        **dataset_counts(images, Categories(catalogue.categories, catalogue.characters)),
        "rejections": dict(sorted(rejections.items())),
        "set_aside": {str(index): set_aside[index] for index in sorted(set_aside)},
        "formats": list(beginning.formats),
        **({} if recipe.render is None else {"renders": renders.entry()}),
        "recipe_sha256": recipe.digest(),
        "recipe": recipe.model_dump(mode="json"),
        "catalogue": _catalogue_entries(catalogue, beginning.material),
        "assets": _embedded_assets(recipe, catalogue),
        "versions": dict(beginning.versions),
    }


def _catalogue_entries(catalogue: Catalogue, digests: Mapping[str, str]) -> dict[str, Any]:
    def tag_entry(tag: CatalogueTag) -> dict[str, Any]:
        record = tag.record
        return {
            "id": record.id,
            "identity": record.identity,
            "split": tag.split,
            "sha256": digests[record.id],
            "photo": record.photo,
            "photo_sha256": record.photo_sha256,
        }

    return {
        "tags": [tag_entry(tag) for tag in catalogue.tags],
        "distractors": [tag_entry(tag) for tag in catalogue.distractors],
        "photos": [
            {"id": photo.record.id, "split": photo.split, "sha256": photo.record.sha256} for photo in catalogue.photos
        ],
        "fonts": [{"id": font_id(font.name), "sha256": digests[font_id(font.name)]} for font in catalogue.fonts],
        "meshes": [
            {"id": name, "sha256": digests[name]} for name in (mesh_id(mesh.record.id) for mesh in catalogue.meshes)
        ],
        "pictures": [{"id": name, "sha256": record.sha256} for name, record in named_pictures(catalogue).items()],
    }


def _embedded_assets(recipe: Recipe, catalogue: Catalogue) -> list[dict[str, str]]:
    """Author and licence of the material that ships with the package; of a user's own nothing is known."""
    digests = {photo.record.sha256 for photo in catalogue.photos}
    digests |= {tag.record.photo_sha256 for tag in (*catalogue.tags, *catalogue.distractors)}
    photos = [file for file in asset_files("backgrounds") if file.sha256 in digests]
    faces = sorted({face for design in recipe.serials for face in design.lettering.faces})
    own = {font.name for font in catalogue.fonts}
    fonts = [font for font in map(shipped_font, (face for face in faces if face not in own)) if font is not None]
    return [
        {
            "file": f"{file.path.parent.name}/{file.path.name}",
            "sha256": file.sha256,
            "licence": file.licence,
            "author": file.author,
            "source": file.source,
        }
        for file in (*photos, *fonts)
    ]
