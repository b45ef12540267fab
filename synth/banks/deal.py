"""The deal: groups of material that must stay together are handed out to the splits.

A group counts identities of tags and background photos. The shares of both come as near to the wanted fractions as
moving and swapping whole groups can bring them, and every split with a positive fraction gets at least one of each kind
that there is. The seed decides between groups of one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.streams import stream

Floats = NDArray[np.float64]
_MOST_SWAPPED = 200
_DISTRACTOR_WEIGHT = 0.25


@dataclass(frozen=True)
class Group:
    """Material that must not be divided.

    Attributes:
        key: a stable name, the smallest of its members' names.
        identities: number of identities of tags.
        photos: number of background photos.
        distractors: number of distractors.
        pinned: the split that it has to go to, if any.
    """

    key: str
    identities: int
    photos: int
    distractors: int = 0
    pinned: str | None = None


class ImpossibleDealError(ValueError):
    """Some split would get no identity or no photo."""


def deal_groups(groups: Sequence[Group], fractions: Mapping[str, float], seed: int) -> dict[str, str]:
    """The split of each group, by key.

    Args:
        groups: in any order.
        fractions: wanted share of each split; those with 0 get only what is pinned to them.
        seed: of the choice between groups of one size.

    Raises:
        ImpossibleDealError: there are too few groups for every split to get an identity and a photo.
    """
    splits = [name for name, fraction in fractions.items() if fraction > 0]
    ordered = sorted(groups, key=lambda group: group.key)
    order = stream(seed, 0, "deal of splits").permutation(len(ordered))
    ordered = sorted((ordered[i] for i in order), key=lambda group: -(group.identities + group.photos))
    dealt = {group.key: group.pinned for group in ordered if group.pinned is not None}
    free = [group for group in ordered if group.pinned is None]
    table = _Table(ordered, splits, fractions, dealt)
    _serve(table, free)
    for group in free:
        if group.key not in dealt:
            table.give(group, min(splits, key=lambda split: table.cost_with(group, split)))
    _improve(table, free)
    return {group.key: dealt[group.key] for group in ordered}


class _Table:
    """Who has what so far.

    Attributes:
        dealt: split by group key; shared with the caller.
        counts: (splits, 3) identities, photos, distractors.
    """

    def __init__(
        self, groups: Sequence[Group], splits: Sequence[str], fractions: Mapping[str, float], dealt: dict[str, str]
    ) -> None:
        self.splits, self.dealt = list(splits), dealt
        self.totals = np.array([_vector(group) for group in groups]).reshape(-1, 3).sum(axis=0)
        self.needed = self.totals[:2] > 0
        wanted = np.array([fractions[split] for split in splits])
        self.wanted = (wanted / wanted.sum())[:, None] * np.ones(3)
        self.scale = np.where(self.totals > 0, self.totals, 1.0)
        self.weights = np.array([1.0, 1.0, _DISTRACTOR_WEIGHT]) * (self.totals > 0)
        self.counts = np.zeros((len(splits), 3))
        for group in groups:
            if dealt.get(group.key) in self.splits:
                self.counts[self.splits.index(dealt[group.key])] += _vector(group)

    def cost(self, counts: Floats) -> float:
        """Squared differences of the shares; infinite where a split has nothing that it had before."""
        if np.any((counts[:, :2] <= 0) & (self.counts[:, :2] > 0)):
            return float("inf")
        return float((((counts / self.scale - self.wanted) ** 2) * self.weights).sum())

    def cost_with(self, group: Group, split: str) -> float:
        """The cost if `split` got `group` too."""
        counts = self.counts.copy()
        counts[self.splits.index(split)] += _vector(group)
        return self.cost(counts)

    def give(self, group: Group, split: str) -> None:
        """Hands a group to a split, taking it from the one that has it."""
        if group.key in self.dealt:
            self.counts[self.splits.index(self.dealt[group.key])] -= _vector(group)
        self.dealt[group.key] = split
        self.counts[self.splits.index(split)] += _vector(group)

    def lacks(self, split: str) -> tuple[bool, bool]:
        """Whether a split still needs (an identity, a photo)."""
        lacking = self.needed & (self.counts[self.splits.index(split), :2] == 0)
        return bool(lacking[0]), bool(lacking[1])


def _vector(group: Group) -> Floats:
    return np.array([group.identities, group.photos, group.distractors], np.float64)


def _serve(table: _Table, free: Sequence[Group]) -> None:
    """Gives every split the least that it needs, from the smallest groups that have it."""
    smallest = list(reversed(free))
    kinds = {
        (True, False): [g for g in smallest if g.identities and not g.photos],
        (False, True): [g for g in smallest if g.photos and not g.identities],
        (True, True): [g for g in smallest if g.photos and g.identities],
    }

    def take(split: str, *wanted: tuple[bool, bool]) -> None:
        kind = next((k for k in wanted if kinds[k]), None)
        if kind is None:
            raise ImpossibleDealError(split)
        table.give(kinds[kind].pop(0), split)

    one, other, both = (True, False), (False, True), (True, True)
    lacking = {split: table.lacks(split) for split in table.splits}
    for split, lack in lacking.items():
        if lack in (one, other):
            take(split, lack, both)
    for split, lack in lacking.items():
        if lack == both and kinds[both]:
            take(split, both)
        elif lack == both:
            take(split, one)
            take(split, other)


def _improve(table: _Table, free: Sequence[Group]) -> None:
    """Moves single groups, and swaps pairs if there are not too many, as long as that brings the shares nearer."""
    vectors = {group.key: _vector(group) for group in free}
    best = table.cost(table.counts)
    for _ in range(100):
        before = best
        for group in free:
            best = _best_move(table, group, best)
        if len(free) <= _MOST_SWAPPED:
            for i, a in enumerate(free):
                for b in free[i + 1 :]:
                    if table.dealt[a.key] != table.dealt[b.key] and np.any(vectors[a.key] != vectors[b.key]):
                        best = _swap(table, a, b, best)
        if best >= before:
            return


def _best_move(table: _Table, group: Group, best: float) -> float:
    home = table.splits.index(table.dealt[group.key])
    for i, split in enumerate(table.splits):
        counts = table.counts.copy()
        counts[home] -= _vector(group)
        counts[i] += _vector(group)
        cost = table.cost(counts)
        if i != home and cost < best - 1e-12:
            table.give(group, split)
            return cost
    return best


def _swap(table: _Table, a: Group, b: Group, best: float) -> float:
    first, second = table.dealt[a.key], table.dealt[b.key]
    change = _vector(b) - _vector(a)
    counts = table.counts.copy()
    counts[table.splits.index(first)] += change
    counts[table.splits.index(second)] -= change
    cost = table.cost(counts)
    if cost < best - 1e-12:
        table.give(a, second)
        table.give(b, first)
        return cost
    return best
