"""Which split each piece of material goes to.

What must stay together (`synth.banks.components`) is dealt as one (`synth.banks.deal`). Photos that look alike, whose
fingerprints differ in at most `NEAR_BITS` bits, stay together too, but only as far as the deal still comes out about as
wanted: the photos of one fixed camera all look alike, and joining them would leave nothing to deal. Where they are not
joined, a line in `set_aside` says so.

Tags without identity or text may all be one and the same thing, so they all go to one split: the one with the largest
share, or that to which one of them is pinned. Those whose photo (or a cut-out of equal bytes) was dealt to another
split are left out, and a line in `set_aside` counts them. With one split only, all of this makes no difference.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.banks.components import (
    UNIDENTIFIED,
    Components,
    is_identified,
    linked,
    links_of,
    look_alikes,
    photo_name,
    tag_name,
)
from synth.banks.deal import Group, ImpossibleDealError, deal_groups
from synth.banks.records import PhotoRecord, TagRecord
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
class Material:
    """All records, before they have a split; distractors are pasted without a label."""

    tags: tuple[tuple[TagRecord, BankUse], ...]
    distractors: tuple[tuple[TagRecord, BankUse], ...]
    photos: tuple[PhotoRecord, ...]

    def known(self) -> list[TagRecord]:
        """The tags with an identity."""
        return [tag for tag, _ in self.tags if is_identified(tag)]

    def unidentified(self) -> list[TagRecord]:
        """The other tags."""
        return [tag for tag, _ in self.tags if not is_identified(tag)]


def allot(
    material: Material, splits: Mapping[str, float], seed: int, pinned: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Deals the material out.

    Args:
        material: all of it.
        splits: wanted share of each, in order.
        seed: of the deal.
        pinned: split of single identities, tag ids or photo ids.

    Returns:
        The split of every name in the graph (and of `UNIDENTIFIED`), and what is to be said about it.

    Raises:
        ConfigError: pins that cannot be, or too little material for the splits.
    """
    components = _linked(material)
    pins = _pins(material, splits, pinned)
    if material.unidentified():
        components.root(UNIDENTIFIED)
        pins.setdefault(UNIDENTIFIED, max(splits, key=lambda name: splits[name]))
    try:
        dealt = deal_groups(_groups(material, components, pins), splits, seed)
    except ImpossibleDealError as error:
        raise too_little(material, splits, str(error)) from None
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


def split_of_tag(tag: TagRecord, split_of: Mapping[str, str]) -> str | None:
    """Where a tag may be drawn; None if it has no identity and what it hangs together with went elsewhere."""
    if is_identified(tag):
        return split_of[tag_name(tag)]
    home = split_of[UNIDENTIFIED]
    return home if all(split_of.get(link, home) == home for link in links_of(tag)) else None


def _linked(material: Material) -> Components:
    return linked([*material.known(), *(tag for tag, _ in material.distractors)], material.photos)


def _deal_joined(
    material: Material, joined: Components, pins: Mapping[str, str], splits: Mapping[str, float], seed: int
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


def _pins(material: Material, splits: Mapping[str, float], pinned: Mapping[str, str]) -> dict[str, str]:
    """Pinned splits by name in the graph."""
    names = {photo.id: photo_name(photo) for photo in material.photos}
    for tag, _ in (*material.tags, *material.distractors):
        names[tag.id] = names[tag.identity or tag.text or tag.id] = tag_name(tag)
    names |= {tag.id: UNIDENTIFIED for tag in material.unidentified()}
    pins: dict[str, str] = {}
    for key, split in sorted(pinned.items()):
        if split not in splits:
            raise ConfigError(f"pinned: {key!r} goes to {split!r}; known splits: {', '.join(splits)}")
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"pinned: no identity, tag or photo is called {key!r}{hint}")
        if pins.setdefault(names[key], split) != split:
            about = "has no identity, and all tags without go together" if names[key] == UNIDENTIFIED else "is the same"
            raise ConfigError(f"pinned: {key!r} goes to {split!r}, but what is pinned to {pins[names[key]]!r} {about}")
    return pins


def _groups(material: Material, components: Components, pins: Mapping[str, str]) -> list[Group]:
    """The components with what they count; names that only link (photos that are no backgrounds) count nothing."""
    identities = {tag_name(tag) for tag in material.known()}
    if any(not set(links_of(tag)) & set(components.parents) for tag in material.unidentified()):
        identities.add(UNIDENTIFIED)  # at least one of them will not be left out, so its split has a tag
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


def too_little(material: Material, splits: Mapping[str, float], lacking: str) -> ConfigError:
    """The error for a split that would come off with nothing, with what there is and what to do."""
    components = _linked(material)
    names = [name for name, fraction in splits.items() if fraction > 0]
    counts, wanted = [], []
    for one, many, members in (
        ("identity", "identities", {tag_name(tag) for tag in material.known()}),
        ("background photo", "background photos", {photo_name(photo) for photo in material.photos}),
    ):
        groups = len({components.root(name) for name in members})
        if members or (one == "identity" and material.tags):
            together = f" in {groups} separable group{'s' if groups > 1 else ''}" if groups < len(members) else ""
            wanted.append(f"{'an' if one[0] in 'aeiou' else 'a'} {one}")
            counts.append(f"{len(members)} {one if len(members) == 1 else many}{together}")
    unknown = len(material.unidentified())
    if unknown:
        counts[0] += f" and {unknown} tag{'s' if unknown > 1 else ''} without identity, which may all be the same,"
    remedy = "name the tags in labels.csv or with --text and cut again, ask for one split (splits: {train: 1}), "
    remedy = f"{remedy if unknown else ''}add photos of other tags and places"
    return ConfigError(
        f"splits {', '.join(names)}: each needs {' and '.join(wanted)} of its own, but there are only "
        f"{' and '.join(counts)}, and nothing is left for {lacking!r}; {remedy}, keep "
        "the photos that tags were cut from out of the backgrounds, or give that split the share 0"
    )
