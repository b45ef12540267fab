"""Finite sets of words as automata without loops: exact counts, words by rank and ranks of words.

Words are in order of length, then of their characters (those with a check: also of how many characters it counts).
Ways to the same end are stored once, so that 10^30 words take no more room than ten.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from synth.errors import ConfigError
from synth.serials.check_digits import Check
from synth.serials.notation import END, Places

MOST_STATES = 200_000
MOST_SUBSETS = 20_000
_FINAL = 0
_TOO_LARGE = "too intricate: it needs more than {} states; use fewer alternatives that begin alike, or shorter repeats"


class Language:
    """Words behind a number of roots; all words of one root are equally long, and no word has two roots.

    Attributes:
        count: of words.
        max_length: of the longest word.
        characters: all that occur, sorted.
    """

    def __init__(self) -> None:
        self.count = 0
        self.max_length = 0
        self.characters = ""
        self._letters = [""]
        self._targets: list[tuple[int, ...]] = [()]
        self._starts: list[tuple[int, ...]] = [()]
        self._counts = [1]
        self._known: dict[tuple[str, tuple[int, ...]], int] = {}
        self._roots: list[tuple[int, int]] = []
        self._first: list[int] = []

    def add_node(self, edges: Sequence[tuple[str, int]]) -> int | None:
        """A node with edges in the order of their characters; None, if there are none."""
        if not edges:
            return None
        key = "".join(character for character, _ in edges), tuple(target for _, target in edges)
        if key not in self._known:
            ends = list(accumulate(self._counts[target] for target in key[1]))
            self._known[key] = len(self._counts)
            self._letters.append(key[0])
            self._targets.append(key[1])
            self._starts.append((0, *ends[:-1]))
            self._counts.append(ends[-1])
        return self._known[key]

    def add_chain(self, text: str) -> int:
        """The node from which only `text` can be read."""
        node: int | None = _FINAL
        for character in reversed(text):
            assert node is not None
            node = self.add_node([(character, node)])
        assert node is not None
        return node

    def close(self, roots: Iterable[tuple[int, int | None]]) -> Language:
        """Sets (length, node) of the roots, shortest first; no node is added later."""
        self._roots = [(length, node) for length, node in roots if node is not None]
        ends = list(accumulate(self._counts[node] for _, node in self._roots))
        self._first = [0, *ends[:-1]]
        self.count = ends[-1] if ends else 0
        self.max_length = max((length for length, _ in self._roots), default=0)
        self.characters = "".join(sorted(set().union(*self._letters)))
        self._known.clear()
        return self

    def word(self, rank: int) -> str:
        """The word at a rank in [0, count)."""
        if not 0 <= rank < self.count:
            raise IndexError(f"rank must be in [0, {self.count}), got {rank}")
        root = bisect_right(self._first, rank) - 1
        rank -= self._first[root]
        node = self._roots[root][1]
        letters = []
        while node != _FINAL:
            starts = self._starts[node]
            k = bisect_right(starts, rank) - 1
            rank -= starts[k]
            letters.append(self._letters[node][k])
            node = self._targets[node][k]
        return "".join(letters)

    def rank(self, word: str) -> int | None:
        """The rank of a word, None if it is not in the language."""
        for (length, root), first in zip(self._roots, self._first, strict=True):
            if length == len(word):
                within = self._rank_behind(root, word)
                if within is not None:
                    return first + within
        return None

    def _rank_behind(self, node: int, word: str) -> int | None:
        rank = 0
        for character in word:
            k = self._letters[node].find(character)
            if k < 0:
                return None
            rank += self._starts[node][k]
            node = self._targets[node][k]
        return rank

    def continuations(self, prefix: str) -> frozenset[str]:
        """What may follow the beginning of a word: characters, and "" where it may end."""
        found: set[str] = set()
        for length, root in self._roots:
            if length >= len(prefix):
                node = self._reached(root, prefix)
                if node is not None:
                    found.update(self._letters[node] or ("",))
        return frozenset(found)

    def _reached(self, node: int, prefix: str) -> int | None:
        for character in prefix:
            k = self._letters[node].find(character)
            if k < 0:
                return None
            node = self._targets[node][k]
        return node

    def shared_word(self, other: Language) -> str | None:
        """A word of both languages; None only if there is none."""
        seen: set[tuple[int, int]] = set()
        for length, one in self._roots:
            for other_length, two in other._roots:
                if length == other_length:
                    word = self._shared(other, one, two, seen)
                    if word is not None:
                        return word
        return None

    def _shared(self, other: Language, one: int, two: int, seen: set[tuple[int, int]]) -> str | None:
        if one == _FINAL:
            return ""
        if (one, two) in seen:
            return None
        seen.add((one, two))
        for k, character in enumerate(self._letters[one]):
            n = other._letters[two].find(character)
            if n >= 0:
                rest = self._shared(other, self._targets[one][k], other._targets[two][n], seen)
                if rest is not None:
                    return character + rest
        return None


def language_of_words(words: Iterable[str]) -> Language:
    """The language of the words that are listed; the empty word is none."""
    language = Language()
    ordered = sorted({word for word in words if word}, key=lambda word: (len(word), word))

    def node(low: int, high: int, depth: int) -> int | None:
        if high - low == 1:
            return language.add_chain(ordered[low][depth:])
        edges = []
        while low < high:
            character, end = ordered[low][depth], low + 1
            while end < high and ordered[end][depth] == character:
                end += 1
            target = node(low, end, depth + 1)
            assert target is not None
            edges.append((character, target))
            low = end
        return language.add_node(edges)

    roots: list[tuple[int, int | None]] = []
    low = 0
    for k in range(1, len(ordered) + 1):
        if k == len(ordered) or len(ordered[k]) != len(ordered[low]):
            roots.append((len(ordered[low]), node(low, k, 0)))
            low = k
    return language.close(roots)


class _Product:
    """Places of a pattern and the running value of its check, side by side."""

    def __init__(self, places: Places, check: Check | None, separator: str, excluded: frozenset[str]) -> None:
        self.language = Language()
        self._places = places
        self._check = check
        self._separator = separator
        self._excluded = excluded
        self._moves: dict[frozenset[int], list[tuple[str, int | None, frozenset[int]]]] = {}
        self._sizes: dict[frozenset[int], frozenset[tuple[int, int]]] = {}
        self._nodes: dict[tuple[frozenset[int], int, int, int], int | None] = {}

    def built(self) -> Language:
        first = self._places.first
        added = 0 if self._check is None else len(self._separator) + self._check.length
        roots = []
        for length, counted in sorted(self._sizes_from(first)):
            start = 0 if self._check is None else self._check.start()
            roots.append((length + added, self._node(first, length, counted, start)))
        return self.language.close(roots)

    def _moves_from(self, held: frozenset[int]) -> list[tuple[str, int | None, frozenset[int]]]:
        """(character, its value for the check, places that follow)."""
        if held not in self._moves:
            if len(self._moves) >= MOST_SUBSETS:
                raise ConfigError(_TOO_LARGE.format(MOST_SUBSETS))
            moves = self._places.step(held)
            check = self._check
            self._moves[held] = [(c, None if check is None else check.value(c), after) for c, after in moves]
        return self._moves[held]

    def _sizes_from(self, held: frozenset[int]) -> frozenset[tuple[int, int]]:
        """(characters, those among them that the check counts) of all that may follow."""
        if held not in self._sizes:
            sizes = {(0, 0)} if END in held else set()
            for counts, after in dict.fromkeys(
                (value is not None, after) for _, value, after in self._moves_from(held)
            ):
                sizes.update((length + 1, counted + counts) for length, counted in self._sizes_from(after))
            self._sizes[held] = frozenset(sizes)
        return self._sizes[held]

    def _node(self, held: frozenset[int], left: int, counted: int, state: int) -> int | None:
        key = (held, left, counted, state)
        if key not in self._nodes:
            if len(self._nodes) >= MOST_STATES:
                raise ConfigError(_TOO_LARGE.format(MOST_STATES))
            self._nodes[key] = self._ending(state) if left == 0 else self._inner(held, left, counted, state)
        return self._nodes[key]

    def _inner(self, held: frozenset[int], left: int, counted: int, state: int) -> int | None:
        edges = []
        for character, value, after in self._moves_from(held):
            rest, following = counted, state
            if value is not None:
                assert self._check is not None
                rest = counted - 1
                following = self._check.step(state, value, rest)
            if (left - 1, rest) in self._sizes_from(after):
                target = self._node(after, left - 1, rest, following)
                if target is not None:
                    edges.append((character, target))
        return self.language.add_node(edges)

    def _ending(self, state: int) -> int | None:
        if self._check is None:
            return _FINAL
        symbols = self._check.finish(state)
        if symbols is None or not self._excluded.isdisjoint(self._separator + symbols):
            return None
        return self.language.add_chain(self._separator + symbols)


def language_of_places(places: Places, check: Check | None = None, separator: str = "", excluded: str = "") -> Language:
    """The language of a pattern, followed by a separator and check characters if it has a check.

    Raises:
        ConfigError: the automaton would be too large, or the check cannot take a character.
    """
    return _Product(places, check, separator, frozenset(excluded)).built()
