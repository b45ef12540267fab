"""What one recipe may draw from, per split, laid out once so that a draw is a lookup."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np

from synth.banks.records import Catalogue, CataloguePhoto, CatalogueTag, PhotoRecord, TagRecord
from synth.errors import ConfigError
from synth.scene.crops import Crops
from synth.scene.recipe import Recipe

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[ItemT]):
    """Items with cumulative weights."""

    items: tuple[ItemT, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def of(cls, items: Sequence[ItemT], weights: Sequence[float]) -> Weighted[ItemT]:
        """The items whose weight is positive."""
        kept = [(item, weight) for item, weight in zip(items, weights, strict=True) if weight > 0]
        return cls(tuple(i for i, _ in kept), tuple(itertools.accumulate(w for _, w in kept)))

    def __bool__(self) -> bool:
        return bool(self.items)

    def sample_one(self, rng: np.random.Generator) -> ItemT:
        """One item, with probability proportional to its weight."""
        u = rng.random() * self.cumulative[-1]
        return self.items[min(bisect.bisect_right(self.cumulative, u), len(self.items) - 1)]


def weighted(weights: Mapping[ItemT, float]) -> Weighted[ItemT]:
    """The keys by their weights; for the mapping of a recipe it is made once."""
    return _weighted_items(tuple(weights.items()))


@lru_cache(maxsize=1024)
def _weighted_items(items: tuple[tuple[ItemT, float], ...]) -> Weighted[ItemT]:
    return Weighted.of([item for item, _ in items], [weight for _, weight in items])


@dataclass(frozen=True, slots=True)
class Hand:
    """The material of one split.

    Attributes:
        photos: that have a crop; infrared ones only, if all tags are infrared.
        tags: all.
        faces: those whose writing can be replaced.
        colour_faces: those of them that are in colour.
        colour_tags: those that may go into a picture with colour; if all are infrared, then all, for drawn backgrounds.
    """

    photos: tuple[PhotoRecord, ...]
    tags: Weighted[TagRecord]
    colour_tags: Weighted[TagRecord]
    distractors: Weighted[TagRecord]
    faces: Weighted[TagRecord]
    colour_faces: Weighted[TagRecord]

    def tags_for(self, *, infrared: bool) -> Weighted[TagRecord]:
        """The tags that may go into an infrared picture (all) or into one with colour (those in colour)."""
        return self.tags if infrared else self.colour_tags

    def faces_for(self, *, infrared: bool) -> Weighted[TagRecord]:
        """The tags on which another serial may be written, likewise."""
        return self.faces if infrared else self.colour_faces


@dataclass(frozen=True, slots=True)
class Deck:
    """All hands, the splits' shares of images, and where crops may lie.

    Attributes:
        hands: by split.
        splits: with their shares.
        crops: of the photos.
    """

    hands: dict[str, Hand]
    splits: Weighted[str]
    crops: Crops

    @classmethod
    def of(cls, recipe: Recipe, catalogue: Catalogue) -> Deck:
        """Lays out the catalogue.

        Raises:
            ConfigError: a split has nothing to draw from; the message says of what, and the remedy.
        """
        shares = {name: recipe.splits[name] for name in catalogue.splits if recipe.splits.get(name, 0) > 0}
        backgrounds, canvas = recipe.backgrounds, recipe.canvas
        crops = Crops(canvas.width_px, canvas.height_px, backgrounds.hand_labels == "keep", backgrounds.area)
        hands = {name: _hand(recipe, catalogue, crops, name) for name in shares}
        return cls(hands, Weighted.of(tuple(shares), tuple(shares.values())), crops)


def too_small(recipe: Recipe, photo: CataloguePhoto) -> bool:
    """Whether a photo is smaller than the canvas, so that no native-resolution crop of it exists."""
    return photo.record.width < recipe.canvas.width_px or photo.record.height < recipe.canvas.height_px


def _weighted(tags: Sequence[CatalogueTag]) -> Weighted[TagRecord]:
    copies = Counter((tag.bank, tag.record.identity or tag.record.id) for tag in tags)
    banks = Counter(tag.bank for tag in {(t.bank, t.record.identity or t.record.id): t for t in tags}.values())
    weights = [tag.weight / banks[tag.bank] / copies[(tag.bank, tag.record.identity or tag.record.id)] for tag in tags]
    return Weighted.of([tag.record for tag in tags], weights)


def _hand(recipe: Recipe, catalogue: Catalogue, crops: Crops, split: str) -> Hand:
    tags = [tag for tag in catalogue.tags if tag.split == split]
    photos = [photo for photo in catalogue.photos if photo.split == split]
    fitting = tuple(photo.record for photo in photos if not too_small(recipe, photo))
    whole = recipe.render is not None or recipe.xray is not None
    pastes = not whole and any(n > 0 and w > 0 for n, w in recipe.placement.count_weights.items())
    if pastes and not tags and not recipe.serials:
        raise ConfigError(f"split {split!r} has no usable tag; add photos of more tags, or give it a share of 0")
    needs_photos = bool(recipe.backgrounds.photos) and recipe.backgrounds.procedural_share < 1
    size = f"{recipe.canvas.width_px}x{recipe.canvas.height_px}"
    if needs_photos and not fitting:
        raise ConfigError(
            f"split {split!r} has no background photo of at least {size} px (it has {len(photos)} smaller ones); "
            "add photos, make the canvas smaller, or give the split a share of 0"
        )
    colour = [tag for tag in tags if not tag.record.infrared]
    if tags and not colour:
        fitting = tuple(photo for photo in fitting if photo.infrared)
        if needs_photos and not fitting:
            raise ConfigError(
                f"split {split!r} has infrared tags and colour photos only, and these do not go together; add infrared "
                "photos or tags in colour, or give the split a share of 0"
            )
    usable = tuple(photo for photo in fitting if crops.count(photo))
    if needs_photos and not usable:
        raise ConfigError(
            f"split {split!r}: no photo has a crop of {size} px inside backgrounds.area that is free of hand labels; "
            "add photos without tags, use a smaller canvas or a larger area, or hand_labels: keep"
        )
    return Hand(
        photos=usable,
        tags=_weighted(tags),
        colour_tags=_weighted(colour or tags),
        faces=_weighted([tag for tag in tags if tag.record.face is not None]),
        colour_faces=_weighted([tag for tag in colour or tags if tag.record.face is not None]),
        distractors=_weighted([tag for tag in catalogue.distractors if tag.split == split]),
    )
