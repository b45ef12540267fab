"""Everything that a recipe may draw from, with its split, decided before anything is drawn.

What must stay together (`synth.banks.components`) is dealt as one (`synth.banks.deal`). Photos that look alike, whose
fingerprints differ in at most `NEAR_BITS` bits, stay together too, but only as far as the deal still comes out about as
wanted: the photos of one fixed camera all look alike, and joining them would leave nothing to deal. Where they are not
joined, a line in `set_aside` says so.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.banks.backgrounds import scan_photos
from synth.banks.bank import TagBank, read_bank
from synth.banks.components import Components, linked, look_alikes, photo_name, tag_name
from synth.banks.deal import Group, ImpossibleDealError, deal_groups
from synth.banks.records import Catalogue, CataloguePhoto, CatalogueTag, PhotoRecord, TagRecord
from synth.errors import ConfigError

NEAR_BITS = 2
_TOLERATED_SHARE = 0.5


@dataclass(frozen=True)
class BankUse:
    """A bank as a recipe uses it: its folder, how often it is drawn from, and whether marked cut-outs are drawn too."""

    path: Path
    weight: float = 1.0
    include_unusable: bool = False


@dataclass(frozen=True)
class _Material:
    """All records, before they have a split; distractors have their own list."""

    tags: tuple[tuple[TagRecord, BankUse], ...]
    distractors: tuple[tuple[TagRecord, BankUse], ...]
    photos: tuple[PhotoRecord, ...]


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
    material = _Material(tags, others, found.photos)
    names = _checked_categories(categories, tag_categories)
    split_of, notes = _deal(material, splits, seed, pinned or {})
    return Catalogue(
        categories=names,
        splits=tuple(splits),
        tags=_with_split(material.tags, split_of),
        distractors=_with_split(material.distractors, split_of),
        photos=tuple(CataloguePhoto(photo, split_of[photo_name(photo)]) for photo in found.photos),
        set_aside=(*found.set_aside, *notes),
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
        raise ConfigError(f"categories: the banks also hold {', '.join(missing)}; add them, or leave categories out")
    return tuple(asked)


def _with_split(tags: Sequence[tuple[TagRecord, BankUse]], split_of: Mapping[str, str]) -> tuple[CatalogueTag, ...]:
    return tuple(CatalogueTag(tag, str(use.path.resolve()), split_of[tag_name(tag)], use.weight) for tag, use in tags)


def _deal(
    material: _Material, splits: Mapping[str, float], seed: int, pinned: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """The split of every name, and what is to be said about it."""
    everything = [tag for tag, _ in (*material.tags, *material.distractors)]
    components = linked(everything, material.photos)
    pins = _pins(material, splits, pinned)
    try:
        dealt = deal_groups(_groups(material, components, pins), splits, seed)
    except ImpossibleDealError as error:
        raise _too_little(material, components, splits, str(error)) from None
    alike = look_alikes(material.photos, NEAR_BITS)
    notes: list[str] = []
    for most in range(NEAR_BITS + 1):
        joined = components.copy()
        pairs = [(a, b) for bits, a, b in alike if bits <= most]
        for a, b in pairs:
            joined.join(photo_name(a), photo_name(b))
        attempt = _deal_joined(material, joined, pins, splits, seed)
        if attempt is None:
            notes.append(_not_joined(pairs))
            break
        components, dealt = joined, attempt
    return {name: dealt[components.root(name)] for name in list(components.parents)}, notes


def _deal_joined(
    material: _Material, joined: Components, pins: Mapping[str, str], splits: Mapping[str, float], seed: int
) -> dict[str, str] | None:
    """The deal with look-alikes joined; None if pins forbid it, or a split would miss half of its photos."""
    try:
        groups = _groups(material, joined, pins)
        dealt = deal_groups(groups, splits, seed)
    except (ImpossibleDealError, ConfigError):
        return None
    return dealt if _is_balanced(groups, dealt, splits) else None


def _is_balanced(groups: Sequence[Group], dealt: Mapping[str, str], splits: Mapping[str, float]) -> bool:
    """Whether every split has at least half of the photos that it should have."""
    total, wanted = sum(group.photos for group in groups), sum(splits.values())
    for split, fraction in splits.items():
        have = sum(group.photos for group in groups if dealt[group.key] == split)
        if have < _TOLERATED_SHARE * fraction / wanted * total:
            return False
    return True


def _not_joined(pairs: Sequence[tuple[PhotoRecord, PhotoRecord]]) -> str:
    alike = {photo.id for pair in pairs for photo in pair}
    return (
        f"{len(alike)} photos look alike (such as {min(alike)}), but are dealt to the splits one by one: together they "
        "would leave a split without its share; add photos of other places, or pin single photos to a split"
    )


def _pins(material: _Material, splits: Mapping[str, float], pinned: Mapping[str, str]) -> dict[str, str]:
    """Pinned splits by name in the graph."""
    names = {photo.id: photo_name(photo) for photo in material.photos}
    for tag, _ in (*material.tags, *material.distractors):
        names[tag.id] = names[tag.identity or tag.text or tag.id] = tag_name(tag)
    pins = {}
    for key, split in sorted(pinned.items()):
        if split not in splits:
            raise ConfigError(f"pinned: {key!r} goes to {split!r}; known splits: {', '.join(splits)}")
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"pinned: no identity, tag or photo is called {key!r}{hint}")
        pins[names[key]] = split
    return pins


def _groups(material: _Material, components: Components, pins: Mapping[str, str]) -> list[Group]:
    """The components with what they count; names that only link (photos that are no backgrounds) count nothing."""
    identities = {tag_name(tag) for tag, _ in material.tags}
    distractors = {tag_name(tag) for tag, _ in material.distractors}
    photos = {photo_name(photo) for photo in material.photos}
    members: dict[str, list[str]] = {}
    for name in sorted(components.parents):
        members.setdefault(components.root(name), []).append(name)
    groups = []
    for root, names in sorted(members.items()):
        places = {pins[name]: name for name in names if name in pins}
        if len(places) > 1:
            (one, first), (other, second) = sorted(places.items())[:2]
            raise ConfigError(
                f"pinned: {first!r} goes to {one!r} and {second!r} to {other!r}, but they hang together "
                "(a photo, an identity or a near duplicate links them); pin them to one split"
            )
        groups.append(
            Group(
                root,
                sum(name in identities for name in names),
                sum(name in photos for name in names),
                sum(name in distractors for name in names),
                next(iter(places), None),
            )
        )
    return groups


def _too_little(material: _Material, components: Components, splits: Mapping[str, float], lacking: str) -> ConfigError:
    names = [name for name, fraction in splits.items() if fraction > 0]
    counts, wanted = [], []
    for one, many, members in (
        ("identity", "identities", {tag_name(tag) for tag, _ in material.tags}),
        ("background photo", "background photos", {photo_name(photo) for photo in material.photos}),
    ):
        groups = len({components.root(name) for name in members})
        if members:
            together = f" in {groups} separable group{'s' if groups > 1 else ''}" if groups < len(members) else ""
            wanted.append(f"{'an' if one[0] in 'aeiou' else 'a'} {one}")
            counts.append(f"{len(members)} {one if len(members) == 1 else many}{together}")
    return ConfigError(
        f"splits {', '.join(names)}: each needs {' and '.join(wanted)} of its own, but there are only "
        f"{' and '.join(counts)}, and nothing is left for {lacking!r}; add photos of other tags and places, keep the "
        "photos that tags were cut from out of the backgrounds, or give that split the share 0"
    )
