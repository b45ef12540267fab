"""Deals legal serials to splits before anything is drawn: none twice in a split, none in two splits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping
from fractions import Fraction

from synth.errors import ConfigError
from synth.serials.grammar import Grammar
from synth.serials.permutation import Permutation


class Dealer:
    """A deal, decided by the grammar, the splits, the seed and what is taken; nothing of it is stored.

    Attributes:
        grammar: whose serials are dealt.
    """

    def __init__(self, grammar: Grammar, splits: Mapping[str, float], seed: int, taken: Collection[str] = ()) -> None:
        """Deals.

        Args:
            grammar: says what is legal.
            splits: share of each; one with a share above 0 gets at least one serial, one without gets none.
            seed: >= 0; another one gives another deal.
            taken: serials that are never dealt, as those of real tags.

        Raises:
            ConfigError: fewer serials than splits, or no split with a share.
        """
        self.grammar = grammar
        ranks = {rank for rank in map(grammar.rank, taken) if rank is not None}
        # the k-th rank that is taken has (rank - k) free ones before it
        self._free_before = [rank - k for k, rank in enumerate(sorted(ranks))]
        free = grammar.count - len(ranks)
        self._capacity = _dealt(free, splits, grammar.source)
        self._first: dict[str, int] = {}
        start = 0
        for split, capacity in self._capacity.items():
            self._first[split] = start
            start += capacity
        self._order = Permutation(free, seed.to_bytes((seed.bit_length() + 8) // 8, "little"))

    def capacity(self, split: str) -> int:
        """How many serials a split has."""
        if split not in self._capacity:
            raise ConfigError(f"no split {split!r}; there are {', '.join(self._capacity)}")
        return self._capacity[split]

    def serial(self, split: str, number: int) -> str:
        """A serial of a split: another one for each number below its capacity, then they begin again.

        Raises:
            ConfigError: there is no such split, or its share is 0.
        """
        capacity = self.capacity(split)
        if capacity == 0:
            raise ConfigError(f"split {split!r} has a share of 0 and so no serials; give it a share above 0")
        place = self._order.image(self._first[split] + number % capacity)
        return self.grammar.serial(place + bisect_right(self._free_before, place))


def _dealt(free: int, splits: Mapping[str, float], source: str) -> dict[str, int]:
    """Serials of each split, by largest remainders; in the order of the splits' names, so that it does not matter how
    a recipe lists them.
    """
    shares = {split: Fraction(splits[split]) for split in sorted(splits)}
    whole = sum(shares.values())
    wanted = [split for split, share in shares.items() if share > 0]
    if not wanted or any(share < 0 for share in shares.values()):
        raise ConfigError(f"splits {dict(splits)!r}: shares must not be negative, and one must be above 0")
    if free < len(wanted):
        raise ConfigError(
            f"{source}: {free} serials are legal and not taken, fewer than the {len(wanted)} splits "
            f"({', '.join(wanted)}); allow more serials or use fewer splits"
        )
    exact = {split: free * share / whole for split, share in shares.items()}
    dealt = {split: int(amount) for split, amount in exact.items()}
    by_remainder = sorted(wanted, key=lambda split: (dealt[split] - exact[split], split))
    for split in by_remainder[: free - sum(dealt.values())]:
        dealt[split] += 1
    for split in wanted:
        if dealt[split] == 0:
            dealt[max(dealt, key=lambda name: dealt[name])] -= 1
            dealt[split] = 1
    return dealt
