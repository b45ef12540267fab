"""Which real material a dataset folder draws from, and whether it is still the same.

The catalogue is built once and kept in `.work/catalogue.json`, the only file with absolute paths. Digests of the
material, by id, stand in `.work/beginning.json` and in the card: a folder is continued only with the same bytes,
wherever they lie now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import msgspec

from synth.banks.catalogue import BankUse, build_catalogue
from synth.banks.records import Catalogue, CatalogueTag
from synth.errors import AssetError, ConfigError
from synth.files import write_atomically
from synth.generation.folder import ANEW, WORK, differences
from synth.scene.recipe import BankSource, Recipe


class StoredCatalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue and where it was made from.

    Attributes:
        sources: absolute paths of banks and photo folders.
        catalogue: what was found there.
    """

    sources: tuple[str, ...]
    catalogue: Catalogue


def portable(recipe: Recipe) -> Recipe:
    """The recipe with names instead of paths: the same wherever its material lies."""

    def named(banks: tuple[BankSource, ...]) -> tuple[BankSource, ...]:
        return tuple(bank.model_copy(update={"bank": Path(bank.bank).resolve().name}) for bank in banks)

    photos = tuple(Path(folder).resolve().name for folder in recipe.backgrounds.photos)
    backgrounds = recipe.backgrounds.model_copy(update={"photos": photos})
    return recipe.model_copy(
        update={"tags": named(recipe.tags), "distractors": named(recipe.distractors), "backgrounds": backgrounds}
    )


def catalogue_for(root: Path, recipe: Recipe) -> Catalogue:
    """The catalogue that a folder was begun with, or a new one for a new folder.

    Raises:
        ConfigError: the recipe now finds other material than the folder was begun with.
        AssetError: material is damaged.
    """
    path = root / WORK / "catalogue.json"
    before = read_catalogue(root) if path.exists() else None
    sources = _sources(recipe)
    if before is not None and before.sources == sources and all(file.exists() for file in _files(before.catalogue)):
        return before.catalogue
    catalogue = catalogue_of(recipe)
    if before is not None:
        changed = differences(_without_paths(before.catalogue), _without_paths(catalogue))
        if changed:
            raise ConfigError(f"{root}: was begun with other material (catalogue: {'; '.join(changed[:3])}); {ANEW}")
    write_atomically(path, msgspec.json.encode(StoredCatalogue(sources, catalogue)))
    return catalogue


def read_catalogue(root: Path) -> StoredCatalogue:
    """The stored catalogue; ConfigError if there is none."""
    path = root / WORK / "catalogue.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=StoredCatalogue)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}), so this folder cannot be continued; {ANEW}") from None


def material_digests(catalogue: Catalogue, *, only: Collection[str] | None = None) -> dict[str, str]:
    """SHA-256 of each photo's file, and of each tag's pixels and mask together, by id.

    Args:
        catalogue: names the material.
        only: ids of interest; by default all.

    Raises:
        AssetError: a file is missing.
    """
    files = {tag.record.id: _tag_files(tag) for tag in (*catalogue.tags, *catalogue.distractors)}
    files |= {photo.record.id: (Path(photo.record.path),) for photo in catalogue.photos}
    return {name: _digest(*paths) for name, paths in files.items() if only is None or name in only}


def _sources(recipe: Recipe) -> tuple[str, ...]:
    given = (*(bank.bank for bank in (*recipe.tags, *recipe.distractors)), *recipe.backgrounds.photos)
    return tuple(str(Path(source).resolve()) for source in given)


def catalogue_of(recipe: Recipe) -> Catalogue:
    """A new catalogue of a recipe's material."""

    def uses(banks: tuple[BankSource, ...]) -> list[BankUse]:
        return [BankUse(Path(bank.bank).resolve(), bank.weight, bank.unusable) for bank in banks]

    return build_catalogue(
        banks=uses(recipe.tags),
        distractors=uses(recipe.distractors),
        photos=[Path(folder).resolve() for folder in recipe.backgrounds.photos],
        splits=recipe.splits,
        seed=recipe.seed,
        categories=recipe.categories,
        pinned=recipe.pinned,
    )


def _tag_files(tag: CatalogueTag) -> tuple[Path, ...]:
    return Path(tag.bank) / tag.record.file, Path(tag.bank) / tag.record.mask_file


def _files(catalogue: Catalogue) -> list[Path]:
    tags = [file for tag in (*catalogue.tags, *catalogue.distractors) for file in _tag_files(tag)]
    return tags + [Path(photo.record.path) for photo in catalogue.photos]


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(file.read_bytes())
        except OSError as error:
            raise AssetError(f"{file}: cannot be read ({error.strerror}); put it back where it was") from None
    return digest.hexdigest()


def _without_paths(catalogue: Catalogue) -> object:
    tags, distractors = (
        tuple(msgspec.structs.replace(tag, bank=Path(tag.bank).name) for tag in group)
        for group in (catalogue.tags, catalogue.distractors)
    )
    photos = tuple(
        msgspec.structs.replace(photo, record=msgspec.structs.replace(photo.record, path=""))
        for photo in catalogue.photos
    )
    plain = msgspec.structs.replace(catalogue, tags=tags, distractors=distractors, photos=photos, set_aside=())
    return msgspec.to_builtins(plain)
