"""Everything that a recipe may draw from, with its split (`synth.banks.allotment`); made before anything is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from synth.banks.allotment import BankUse, Material, allot, split_of_tag, too_little
from synth.banks.backgrounds import scan_photos
from synth.banks.bank import TagBank, read_bank
from synth.banks.components import UNIDENTIFIED, photo_name, tag_name
from synth.banks.records import (
    Catalogue,
    CatalogueMesh,
    CataloguePhoto,
    CatalogueTag,
    FontRecord,
    PictureRecord,
    TagRecord,
)
from synth.errors import ConfigError

__all__ = ["BankUse", "build_catalogue"]


def build_catalogue(
    *,
    banks: Sequence[BankUse],
    distractors: Sequence[BankUse],
    photos: Sequence[Path],
    splits: Mapping[str, float],
    seed: int,
    categories: Sequence[str] | None = None,
    pinned: Mapping[str, str] | None = None,
    cache: Path | None = None,
    drawn: Sequence[str] = (),
    characters: Sequence[str] = (),
    fonts: Sequence[FontRecord] = (),
    meshes: Sequence[CatalogueMesh] = (),
    textures: Sequence[PictureRecord] = (),
    environments: Sequence[PictureRecord] = (),
    scenes: Sequence[PictureRecord] = (),
    notes: Sequence[str] = (),
) -> Catalogue:
    """Reads all material and deals it to the splits.

    Args:
        banks: of tags.
        distractors: banks whose cut-outs are pasted without a label.
        photos: folders of background photos.
        splits: wanted share of each, in order.
        seed: of the deal.
        categories: class names in id order; by default those of the banks, sorted.
        pinned: split of single identities or photo ids, and thereby of everything that hangs together with them.
        cache: folder in which measurements of photos are remembered.
        drawn: class names of drawn tags.
        characters: classes of characters in id order.
        fonts: font files of drawn tags.
        meshes: for rendering, sorted by id.
        textures: likewise.
        environments: likewise.
        scenes: likewise.
        notes: lines about material that could not be read.

    Raises:
        ConfigError: a name that is used twice or unknown, or too little material for the splits.
        AssetError: a bank or folder that cannot be read.
    """
    if not any(fraction > 0 for fraction in splits.values()):
        raise ConfigError(f"splits: at least one needs a share above 0, got {dict(splits)!r}")
    tags, tag_categories = _read(banks)
    others, _ = _read(distractors)
    _refuse_doubles([*tags, *others])
    found = scan_photos(photos, cache)
    material = Material(tags, others, found.photos)
    names = _checked_categories(categories, tuple(sorted({*tag_categories, *drawn})))
    split_of, dealt_notes = allot(material, splits, seed, pinned or {})
    dealt = [(tag, use, split_of_tag(tag, split_of)) for tag, use in material.tags]
    if not drawn:
        _check_all_have_tags(material, splits, Counter(split for _, _, split in dealt if split is not None))
    return Catalogue(
        categories=names,
        splits=tuple(splits),
        tags=tuple(_catalogue_tag(tag, use, split) for tag, use, split in dealt if split is not None),
        distractors=tuple(_catalogue_tag(tag, use, split_of[tag_name(tag)]) for tag, use in material.distractors),
        photos=tuple(CataloguePhoto(photo, split_of[photo_name(photo)]) for photo in found.photos),
        set_aside=(
            *found.set_aside,
            *notes,
            *dealt_notes,
            *_left_out([tag for tag, _, split in dealt if split is None], split_of),
        ),
        characters=tuple(characters),
        fonts=tuple(fonts),
        meshes=tuple(meshes),
        textures=tuple(textures),
        environments=tuple(environments),
        scenes=tuple(scenes),
    )


def _read(uses: Sequence[BankUse]) -> tuple[tuple[tuple[TagRecord, BankUse], ...], tuple[str, ...]]:
    """The tags that may be drawn, by (bank's position, id), and the categories of all their banks, sorted."""
    read: list[tuple[TagBank, BankUse]] = [(read_bank(use.path), use) for use in uses]
    tags = tuple((tag, use) for bank, use in read for tag in bank.tags if tag.usable or use.include_unusable)
    for bank, _ in read:
        if bank.tags and not any(use.path == bank.path for _, use in tags):
            raise ConfigError(
                f"{bank.path}: all {len(bank.tags)} cut-outs are marked ({', '.join(bank.tags[0].reasons)}, ...); "
                "look at its sheet, or ask for unusable ones too"
            )
    return tags, tuple(sorted({name for bank, _ in read for name in bank.categories}))


def _refuse_doubles(tags: Sequence[tuple[TagRecord, BankUse]]) -> None:
    first: dict[str, BankUse] = {}
    for tag, use in tags:
        other = first.setdefault(tag.id, use)
        if other is not use:
            raise ConfigError(
                f"{use.path} and {other.path} both have a tag {tag.id!r}: name a bank once, and cut banks of one name "
                "with different --name"
            )


def _checked_categories(asked: Sequence[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if asked is None:
        return known
    missing = [name for name in known if name not in asked]
    if missing:
        raise ConfigError(
            f"categories: the recipe's tags also are {', '.join(missing)}; add them, or leave categories out"
        )
    return tuple(asked)


def _catalogue_tag(tag: TagRecord, use: BankUse, split: str) -> CatalogueTag:
    return CatalogueTag(tag, str(use.path.resolve()), split, use.weight)


def _left_out(tags: Sequence[TagRecord], split_of: Mapping[str, str]) -> list[str]:
    if not tags:
        return []
    return [
        f"{len(tags)} tag{'s' if len(tags) > 1 else ''} without identity (such as {tags[0].id}) left out: those go to "
        f"the split {split_of[UNIDENTIFIED]!r}, but the photos of these to others; name them in labels.csv, cut again"
    ]


def _check_all_have_tags(material: Material, splits: Mapping[str, float], counts: Mapping[str, int]) -> None:
    """Tags without identity are not dealt, so a split may have come off with none."""
    lacking = next((name for name, fraction in splits.items() if fraction > 0 and not counts.get(name)), None)
    if material.tags and lacking is not None:
        raise too_little(material, splits, lacking)
