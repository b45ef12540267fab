"""Dealing a dataset out to splits such that nothing that belongs together is torn apart.

Images that share an identity, or are made from one photo, belong together, and so do those that are joined over
others: the parts are the connected components. They are dealt out whole, the largest first, each to the split that
lacks most.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from synth.errors import ConfigError
from synth.labels.sample import LabelledImage

By = Literal["identity", "photo", "image"]


def sample_splits(
    rng: np.random.Generator,
    images: Sequence[LabelledImage],
    keys: Sequence[Iterable[str]],
    fractions: Mapping[str, float],
) -> list[LabelledImage]:
    """The images with new splits.

    Args:
        rng: decides between parts of the same size.
        images: of the dataset.
        keys: of each image, what must not straddle a split.
        fractions: wanted share of the images by split, adding up to 1.

    Raises:
        ConfigError: shares that are not, or too few parts for the splits.
    """
    shares = list(fractions.values())
    if not (shares and all(share > 0 for share in shares) and abs(sum(shares) - 1) <= 1e-6):  # nan is neither
        raise ConfigError(f"fractions must be > 0 and add up to 1, got {dict(fractions)}; correct --fractions")
    parts = connected_parts(keys)
    if len(parts) < len(fractions):
        largest = max((len(part) for part in parts), default=0)
        raise ConfigError(
            f"{len(images)} images fall into {len(parts)} parts that cannot be torn apart (the largest has {largest}), "
            f"which is too few for {len(fractions)} splits; ask for fewer splits, or split by something else with --by"
        )
    order = sorted(rng.permutation(len(parts)).tolist(), key=lambda k: -len(parts[k]))
    wanted = {split: share * len(images) for split, share in fractions.items()}
    dealt: dict[str, list[int]] = {split: [] for split in fractions}
    for place, k in enumerate(order):
        empty = [split for split in dealt if not dealt[split]]
        open_splits = empty if len(empty) >= len(order) - place else list(dealt)
        split = max(open_splits, key=lambda name: wanted[name] - len(dealt[name]))
        dealt[split] += parts[k]
    of_image = {k: split for split, held in dealt.items() for k in held}
    return [dataclasses.replace(image, split=of_image[k]) for k, image in enumerate(images)]


def connected_parts(keys: Sequence[Iterable[str]]) -> list[list[int]]:
    """Positions that share a key, directly or over others, together; in the order of their first ones."""
    parent = list(range(len(keys)))

    def find(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    first: dict[str, int] = {}
    for k, held in enumerate(keys):
        for key in held:
            a, b = find(first.setdefault(key, k)), find(k)
            parent[max(a, b)] = min(a, b)
    parts: dict[int, list[int]] = {}
    for k in range(len(keys)):
        parts.setdefault(find(k), []).append(k)
    return list(parts.values())


def identity_keys(images: Sequence[LabelledImage]) -> list[set[str]]:
    """The identities of each image; where an object has none, its text stands for it."""
    return [{name for a in image.annotations if (name := a.identity or a.text)} for image in images]
