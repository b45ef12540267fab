r"""Patterns in the users' own notation: that part of regular expressions which describes a finite set of serials.

Allowed: characters and escapes, sets `[ABC1-9]`, `\d` (0 to 9), groups, alternatives `A|B`, `?`, `{3}`, `{2,4}`, and
`^`, `$` at the ends, which add nothing: a pattern always stands for whole serials. Python's own parser reads it.
"""

from __future__ import annotations

import importlib
import re
import string
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.errors import ConfigError

END = -1
"""Among the places that may follow: the serial may end."""
LONGEST = 200
"""Characters of the longest serial."""
MOST_CHARACTERS = 2000
"""Of one set."""

_parser: Any = importlib.import_module("re._parser")
_Nodes = Sequence[tuple[Any, Any]]
_FOREIGN = {
    "ANY": "'.' allows any character; name the characters in a set, as [A-Z0-9]",
    "NOT_LITERAL": "a negated set; name the characters that are allowed, as [A-Z0-9], and use `excluded`",
    "NEGATE": "a negated set; name the characters that are allowed, as [A-Z0-9], and use `excluded`",
    "ASSERT": "look-around is not supported; write out what is allowed",
    "ASSERT_NOT": "look-around is not supported; write out what is allowed",
    "GROUPREF": "a reference back to a group is not supported; write out what is allowed",
    "GROUPREF_EXISTS": "a reference back to a group is not supported; write out what is allowed",
    "AT": "an anchor inside; ^ and $ may stand only at the ends",
    "CATEGORY": "of the classes only \\d is supported; name the characters in a set, as [A-Z0-9]",
    "ATOMIC_GROUP": "an atomic group is not supported; use (...)",
    "POSSESSIVE_REPEAT": "a possessive repetition is not supported; drop its last +",
}


@dataclass(slots=True)
class Places:
    """The places for characters in a pattern, and which follow which; without loops.

    Attributes:
        characters: what may stand at each place.
        after: places that may follow each one, with `END` where the serial may end.
        first: places where a serial may begin.
    """

    characters: list[frozenset[str]] = field(default_factory=list)
    after: list[frozenset[int]] = field(default_factory=list)
    first: frozenset[int] = frozenset()

    def add(self, characters: frozenset[str], after: frozenset[int]) -> frozenset[int]:
        """A further place; nothing, if no character may stand there or nothing can follow."""
        if not characters or not after:
            return frozenset()
        self.characters.append(characters)
        self.after.append(after)
        return frozenset((len(self.after) - 1,))

    def step(self, held: frozenset[int]) -> list[tuple[str, frozenset[int]]]:
        """Where each character leads from `held` places, in the order of the characters."""
        reached: dict[str, set[int]] = {}
        for place in sorted(held - {END}):
            for character in self.characters[place]:
                reached.setdefault(character, set()).update(self.after[place])
        return [(character, frozenset(reached[character])) for character in sorted(reached)]


class _Reader:
    """Turns Python's reading of one pattern into places, from its end to its beginning."""

    def __init__(self, pattern: str, excluded: str) -> None:
        self.pattern = pattern
        self.excluded = frozenset(excluded)
        self.places = Places()

    def refuse(self, reason: str) -> ConfigError:
        return ConfigError(f"pattern {self.pattern!r}: {reason}")

    def read(self) -> Places:
        tree = self._parsed()
        nodes = self._without_anchors(list(tree))
        if len(nodes) == 1 and str(nodes[0][0]) == "BRANCH":
            branches = [self._without_anchors(list(branch)) for branch in nodes[0][1][1]]
            nodes = [(nodes[0][0], (None, branches))]
        self._require_finite(nodes)
        lowest, highest = tree.getwidth()
        if highest == 0:
            raise self.refuse("it is empty; describe a serial, as [A-Z0-9]{4}")
        if lowest == 0:
            raise self.refuse("it allows a serial without any character; make one part of it obligatory")
        if highest > LONGEST:
            raise self.refuse(f"it allows {highest} characters; a serial has at most {LONGEST}")
        self.places.first = self._sequence(nodes, frozenset((END,)))
        return self.places

    def _parsed(self) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = _parser.parse(self.pattern)
        except (re.error, OverflowError) as error:
            raise self.refuse(f"{error}; a literal bracket, dot or bar is written with a backslash before it") from None
        except RecursionError:
            raise self.refuse("too many groups within groups") from None
        if tree.state.flags & ~re.UNICODE:
            raise self.refuse("flags as (?i) are not supported; name both cases, as [Aa]")
        return tree

    def _without_anchors(self, nodes: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        if nodes and str(nodes[0][1]) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            nodes = nodes[1:]
        if nodes and str(nodes[-1][1]) in ("AT_END", "AT_END_STRING"):
            nodes = nodes[:-1]
        return nodes

    def _require_finite(self, nodes: _Nodes) -> None:
        for operator, value in nodes:
            kind = str(operator)
            if kind in ("MAX_REPEAT", "MIN_REPEAT"):
                if value[1] is _parser.MAXREPEAT:
                    raise self.refuse("endless (*, + or {n,}); say how often at most, as {1,4}")
                self._require_finite(value[2])
            elif kind == "SUBPATTERN":
                if value[1] or value[2]:
                    raise self.refuse("flags as (?i:...) are not supported; name both cases, as [Aa]")
                self._require_finite(value[3])
            elif kind == "BRANCH":
                for branch in value[1]:
                    self._require_finite(branch)
            elif kind not in ("LITERAL", "IN"):
                raise self.refuse(_FOREIGN.get(kind, f"{kind.lower()} is not supported"))

    def _sequence(self, nodes: _Nodes, after: frozenset[int]) -> frozenset[int]:
        for operator, value in reversed(nodes):
            after = self._part(str(operator), value, after)
        return after

    def _part(self, kind: str, value: Any, after: frozenset[int]) -> frozenset[int]:
        """The places where a part may begin, if `after` follows it."""
        if kind == "SUBPATTERN":
            return self._sequence(value[3], after)
        if kind == "BRANCH":
            return frozenset().union(*(self._sequence(branch, after) for branch in value[1]))
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeated(value, after)
        codes = [value] if kind == "LITERAL" else self._set(value)
        return self.places.add(self._characters(codes), after)

    def _repeated(self, value: tuple[int, int, Any], after: frozenset[int]) -> frozenset[int]:
        least, most, part = value
        if part.getwidth()[1] == 0:
            return after
        first = after
        for _ in range(most - least):
            first = self._sequence(part, first) | after
        for _ in range(least):
            first = self._sequence(part, first)
        return first

    def _set(self, entries: _Nodes) -> Iterable[int]:
        codes: list[int] = []
        for operator, value in entries:
            kind = str(operator)
            if kind == "LITERAL":
                codes.append(value)
            elif kind == "RANGE":
                codes += range(value[0], min(value[1], value[0] + MOST_CHARACTERS) + 1)
            elif str(value) == "CATEGORY_DIGIT":
                codes += map(ord, string.digits)
            else:
                raise self.refuse(_FOREIGN[kind])
        if len(codes) > MOST_CHARACTERS:
            raise self.refuse(f"a set of more than {MOST_CHARACTERS} characters")
        return codes

    def _characters(self, codes: Iterable[int]) -> frozenset[str]:
        characters = frozenset(map(chr, codes))
        for character in sorted(characters):
            if not character.isprintable():
                raise self.refuse(f"{character!r} cannot be written on a tag; only printable characters and blanks")
        return characters - self.excluded


def read_pattern(pattern: str, excluded: str = "") -> Places:
    """Reads a pattern.

    Args:
        pattern: see the module.
        excluded: characters that never occur: they are taken out of all sets, and an alternative that needs one falls
            away.

    Raises:
        ConfigError: it is empty, endless, or uses what is not supported.
    """
    return _Reader(pattern, excluded).read()
