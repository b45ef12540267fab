"""Which real material a dataset folder draws from, and whether it is still the same.

The catalogue is built in every run and kept in `.work/catalogue.json`, the only file with absolute paths. Digests of
the material, by id, stand in `.work/beginning.json` and in the card. A folder is continued only with the same pixels
and the same labels, wherever they lie now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from synth.banks.catalogue import BankUse, build_catalogue
from synth.banks.meshes import mesh_files
from synth.banks.records import Catalogue, CatalogueTag, FontRecord
from synth.errors import AssetError, ConfigError
from synth.files import sha256, write_atomically
from synth.generation.folder import ANEW, CATALOGUE, WORK, begun_with, differences, is_begun
from synth.generation.likeness import alike_notes
from synth.generation.rendering_material import (
    mesh_id,
    named_pictures,
    portable_render,
    read_rendering_material,
    rendering_sources,
)
from synth.scene.deck import too_small
from synth.scene.designs import characters_of
from synth.scene.material_recipe import BankSource
from synth.scene.recipe import Recipe, drawn_categories
from synth.scene.serial_draws import face_name, with_named_faces
from synth.serials.faces import face_names, open_face, require_characters

MEASURED = Path(WORK, "measured")
SMALL_SHOWN = 5


class StoredCatalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue and where it was made from.

    Attributes:
        sources: absolute paths of banks and of folders of photos, meshes and pictures.
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
    meshes = tuple(source.model_copy(update={"folder": Path(source.folder).resolve().name}) for source in recipe.meshes)
    return recipe.model_copy(
        update={
            "tags": named(recipe.tags),
            "distractors": named(recipe.distractors),
            "backgrounds": backgrounds,
            "serials": tuple(with_named_faces(design) for design in recipe.serials),
            "meshes": meshes,
            "render": None if recipe.render is None else portable_render(recipe.render),
        }
    )


def read_material(root: Path, recipe: Recipe, *, anew: bool) -> tuple[Catalogue, dict[str, bytes]]:
    """The catalogue of a recipe's material as it is now; in a folder that is not begun nothing is written.

    Args:
        root: dataset folder; it need not be there.
        recipe: names the material.
        anew: don't trust what earlier runs remember.

    Returns:
        The catalogue, and what was newly measured in photos, as files by name.

    Raises:
        AssetError, ConfigError: material is missing, damaged, too little, or mixed up with the folder itself.
    """
    _require_apart(root, recipe)
    if is_begun(root) and not anew:
        return catalogue_of(recipe, root / MEASURED), {}
    with TemporaryDirectory() as folder:
        catalogue = catalogue_of(recipe, Path(folder))
        return catalogue, {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def keep_catalogue(root: Path, recipe: Recipe, catalogue: Catalogue, measured: Mapping[str, bytes]) -> None:
    """Stores what `read_material` has found."""
    stored = StoredCatalogue(_sources(recipe), catalogue)
    write_atomically(root / CATALOGUE, msgspec.json.encode(stored))
    for name, data in measured.items():
        write_atomically(root / MEASURED / name, data)


def require_same_catalogue(root: Path, catalogue: Catalogue) -> None:
    """ConfigError if the folder was begun with another catalogue, wherever its files lay."""
    before, now = _entries(read_catalogue(root).catalogue), _entries(catalogue)
    changed = [f"{name} is gone" for name in before if name not in now]
    changed += [f"{name} is new" for name in now if name not in before]
    changed += [line for name in before if name in now for line in differences(before[name], now[name], name)]
    if changed:
        raise begun_with(root, "other material", changed)


def material_notes(recipe: Recipe, catalogue: Catalogue) -> tuple[str, ...]:
    """What is to be said about the material: what could not be read, photos that look alike or are too small, and
    characters that look alike.
    """
    small = [photo.record.id for photo in catalogue.photos if too_small(recipe, photo)]
    notes = list(catalogue.set_aside)
    if small:
        shown = ", ".join(small[:SMALL_SHOWN]) + (", ..." if len(small) > SMALL_SHOWN else "")
        notes.append(
            f"{len(small)} of {len(catalogue.photos)} photos are smaller than the canvas and are left out: {shown}"
        )
    return (*notes, *alike_notes(recipe))


def read_catalogue(root: Path) -> StoredCatalogue:
    """The stored catalogue; ConfigError if there is none."""
    path = root / CATALOGUE
    try:
        return msgspec.json.decode(path.read_bytes(), type=StoredCatalogue)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}), so this folder cannot be continued; {ANEW}") from None


def material_digests(catalogue: Catalogue, *, only: Collection[str] | None = None) -> dict[str, str]:
    """SHA-256 of each photo's file, of each tag's pixels and mask together, and of all else that is drawn from, by id.

    A mesh's is that of its cleaned arrays and its pictures, so that options and the version of the mending count.

    Args:
        catalogue: names the material.
        only: ids of interest; by default all.

    Raises:
        AssetError: a file is missing.
    """
    files = {tag.record.id: _tag_files(tag) for tag in (*catalogue.tags, *catalogue.distractors)}
    files |= {photo.record.id: (Path(photo.record.path),) for photo in catalogue.photos}
    files |= {font_id(font.name): (Path(font.path),) for font in catalogue.fonts}
    files |= {name: (Path(record.path),) for name, record in named_pictures(catalogue).items()}
    files |= {mesh_id(mesh.record.id): mesh_files(mesh) for mesh in catalogue.meshes}
    return {name: _digest(*paths) for name, paths in files.items() if only is None or name in only}


def _require_apart(root: Path, recipe: Recipe) -> None:
    """A folder that is scanned for material must not hold what is made from it, nor the other way round."""
    out = root.resolve()
    for source in map(Path, _sources(recipe)):
        if source.is_relative_to(out):
            raise ConfigError(f"{source}: lies in {root}, the dataset's own folder; choose another one with --out")
    for folder in recipe.backgrounds.photos:
        if out.is_relative_to(Path(folder).resolve()):
            raise ConfigError(
                f"{root}: lies in {folder}, so its images would become background photos; "
                "choose a folder beside it with --out"
            )


def _sources(recipe: Recipe) -> tuple[str, ...]:
    banks = (bank.bank for bank in (*recipe.tags, *recipe.distractors))
    given = (*banks, *recipe.backgrounds.photos, *rendering_sources(recipe))
    return tuple(str(Path(source).resolve()) for source in given)


def catalogue_of(recipe: Recipe, cache: Path | None = None) -> Catalogue:
    """A new catalogue of a recipe's material; measurements of photos are remembered in `cache`."""

    def uses(banks: tuple[BankSource, ...]) -> list[BankUse]:
        return [BankUse(Path(bank.bank).resolve(), bank.weight, bank.unusable) for bank in banks]

    found = read_rendering_material(recipe)
    return build_catalogue(
        banks=uses(recipe.tags),
        distractors=uses(recipe.distractors),
        photos=[Path(folder).resolve() for folder in recipe.backgrounds.photos],
        splits=recipe.splits,
        seed=recipe.seed,
        categories=recipe.categories,
        pinned=recipe.pinned,
        cache=cache,
        drawn=drawn_categories(recipe),
        characters=recipe.characters if recipe.serials else (),
        fonts=fonts_of(recipe),
        meshes=found.meshes,
        textures=found.textures,
        environments=found.environments,
        scenes=found.scenes,
        notes=found.notes,
    )


def font_id(name: str) -> str:
    """How digests name a font file."""
    return f"font {name}"


def fonts_of(recipe: Recipe) -> tuple[FontRecord, ...]:
    """The font files that a recipe names by their paths, each checked to have the characters that it will set.

    Raises:
        AssetError: one is missing, no font, or lacks a character.
        ConfigError: two have one name.
    """
    fonts: dict[str, FontRecord] = {}
    shipped = face_names()
    for design in recipe.serials:
        for given in (face for face, weight in design.lettering.faces.items() if weight > 0):
            try:
                require_characters(open_face(given), characters_of(design))
            except AssetError as error:
                raise AssetError(f"design {design.name!r}: {error}") from None
            if given in shipped:
                continue
            path = Path(given).resolve()
            font = FontRecord(face_name(given), str(path), sha256(path))
            if fonts.setdefault(font.name, font) != font:
                raise ConfigError(f"{fonts[font.name].path} and {path} have one name; rename one of them")
    return tuple(fonts[name] for name in sorted(fonts))


def _tag_files(tag: CatalogueTag) -> tuple[Path, ...]:
    return Path(tag.bank) / tag.record.file, Path(tag.bank) / tag.record.mask_file


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(file.read_bytes())
        except OSError as error:
            raise AssetError(f"{file}: cannot be read ({error.strerror}); put it back where it was") from None
    return digest.hexdigest()


def _entries(catalogue: Catalogue) -> dict[str, object]:
    """What a catalogue says about each piece of material, by a name for messages, without paths."""
    entries: dict[str, object] = {"categories": catalogue.categories, "splits": catalogue.splits}
    for kind, tags in (("tag", catalogue.tags), ("distractor", catalogue.distractors)):
        for tag in tags:
            entries[f"{kind} {tag.record.id}"] = msgspec.to_builtins(
                msgspec.structs.replace(tag, bank=Path(tag.bank).name)
            )
    entries["characters"] = catalogue.characters
    entries |= {font_id(font.name): font.sha256 for font in catalogue.fonts}
    entries |= {name: record.sha256 for name, record in named_pictures(catalogue).items()}
    for mesh in catalogue.meshes:
        entries[mesh_id(mesh.record.id)] = msgspec.to_builtins(mesh.record)
    for photo in catalogue.photos:
        record = msgspec.structs.replace(photo.record, path="")
        entries[f"photo {photo.record.id}"] = msgspec.to_builtins(msgspec.structs.replace(photo, record=record))
    return entries
