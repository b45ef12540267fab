"""Check characters: what a serial ends with, so that a misread one is noticed.

Each check reads the payload from left to right and keeps one small whole number; so the legal serials with their checks
can be counted and continued exactly. What is neither letter nor digit (`-`, `/`, a blank) is passed over. Letters count
10 (A) to 35 (Z) where a check takes them.
"""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from synth.errors import ConfigError

ALPHANUMERIC = string.digits + string.ascii_uppercase
_DIGIT_VALUES = {digit: k for k, digit in enumerate(string.digits)}
_LETTER_VALUES = {symbol: k for k, symbol in enumerate(ALPHANUMERIC)}


class Check(ABC):
    """A rule for check characters.

    Attributes:
        name: how a recipe calls it.
        length: number of check characters.
        values: of the characters that it takes.
    """

    name: str
    length: int = 1
    values: Mapping[str, int] = _DIGIT_VALUES

    def value(self, character: str) -> int | None:
        """What a character counts, None if it is passed over; ConfigError if the check cannot take it."""
        value = self.values.get(character)
        if value is None and character.isalnum():
            raise ConfigError(
                f"check {self.name!r} takes {_listed(self.values)}, and the serials have {character!r}; "
                "exclude that character or choose another check"
            )
        return value

    def start(self) -> int:
        """The state before the first character."""
        return 0

    @abstractmethod
    def step(self, state: int, value: int, left: int) -> int:
        """The state after a character, if `left` more are counted after it."""

    @abstractmethod
    def finish(self, state: int) -> str | None:
        """The check characters; None if such a payload is not legal."""

    def characters(self, payload: str) -> str | None:
        """The check characters of a whole payload."""
        values = [value for value in map(self.value, payload) if value is not None]
        state = self.start()
        for k, value in enumerate(values):
            state = self.step(state, value, len(values) - 1 - k)
        return self.finish(state)


def _listed(values: Mapping[str, int]) -> str:
    known = {string.digits: "digits", ALPHANUMERIC: "digits and capital letters"}
    text = "".join(values)
    return known.get(text, f"only {text!r}")


class Luhn(Check):
    """Luhn's formula, ISO/IEC 7812-1: each second digit from the right counts twice."""

    name = "luhn"

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`."""
        if left % 2 == 0:
            value = 2 * value - 9 * (value > 4)
        return (state + value) % 10

    def finish(self, state: int) -> str:
        """See `Check.finish`."""
        return str(-state % 10)


class Mod97(Check):
    """ISO/IEC 7064 MOD 97-10: two digits that make the whole number leave 1 modulo 97; letters are 10 to 35."""

    name = "mod97"
    length = 2
    values = _LETTER_VALUES

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`."""
        return (state * (10 if value < 10 else 100) + value) % 97

    def finish(self, state: int) -> str:
        """See `Check.finish`."""
        return f"{98 - state * 100 % 97:02d}"


class Iso6346(Check):
    """Freight containers, ISO 6346: weights 1, 2, 4, ... from the left, modulo 11, and 10 is written 0.

    Letters count 10 to 38 without the multiples of 11. The state holds weight and sum, both modulo 11.
    """

    name = "iso6346"
    values = {**_DIGIT_VALUES, **{c: 10 + k + (k + 9) // 10 for k, c in enumerate(string.ascii_uppercase)}}

    def start(self) -> int:
        """See `Check.start`."""
        return 11

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`."""
        weight, total = divmod(state, 11)
        return 2 * weight % 11 * 11 + (total + weight * value) % 11

    def finish(self, state: int) -> str:
        """See `Check.finish`."""
        return str(state % 11 % 10)


class Mod11By10(Check):
    """ISO/IEC 7064 MOD 11,10, as in the German tax number."""

    name = "mod11-10"

    def start(self) -> int:
        """See `Check.start`."""
        return 10

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`."""
        return ((state + value) % 10 or 10) * 2 % 11

    def finish(self, state: int) -> str:
        """See `Check.finish`."""
        return str((11 - state) % 10)


class Mod37By36(Check):
    """ISO/IEC 7064 MOD 37,36: one letter or digit after letters and digits."""

    name = "mod37-36"
    values = _LETTER_VALUES

    def start(self) -> int:
        """See `Check.start`."""
        return 36

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`."""
        return ((state + value) % 36 or 36) * 2 % 37

    def finish(self, state: int) -> str:
        """See `Check.finish`."""
        return ALPHANUMERIC[(37 - state) % 36]


class Verhoeff(Check):
    """Verhoeff's check (1969) in the dihedral group of ten: finds all single errors and swaps of neighbours."""

    name = "verhoeff"

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`."""
        for _ in range((left + 1) % 8):
            value = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[value]
        return _dihedral(value, state)

    def finish(self, state: int) -> str:
        """See `Check.finish`."""
        return str(state if state > 4 else -state % 5)


def _dihedral(a: int, b: int) -> int:
    """The product of a and b among the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 also mirror it."""
    turned = (a + b if a < 5 else a - b) % 5
    return turned + 5 * ((a > 4) != (b > 4))


class Weighted(Check):
    """A weighted sum, as the user defines it.

    The sum of (weight times value), modulo `modulus`, picks the symbol. Weights begin again when they are used up.

    Attributes:
        weights: of the characters.
        modulus: of the sum.
        symbols: check characters for the sums 0, 1, ...; if there are fewer than `modulus`, payloads with a larger sum
            are not legal.
        from_right: the last character of the payload has the first weight, else its first character.
        complement: the symbol for `modulus` minus the sum is written.
    """

    def __init__(
        self,
        weights: Sequence[int],
        modulus: int,
        *,
        symbols: str | None = None,
        values: str = ALPHANUMERIC,
        from_right: bool = False,
        complement: bool = False,
        name: str = "weights",
    ) -> None:
        """Checks the table; `values`: characters in the order of what they count, from 0."""
        if not weights or not 2 <= modulus <= 1000:
            raise ConfigError(f"check {name!r}: needs weights, and a modulus of 2 to 1000, got {modulus}")
        if symbols is None and modulus > len(ALPHANUMERIC):
            raise ConfigError(f"check {name!r}: name the symbols of a modulus above {len(ALPHANUMERIC)}")
        symbols = ALPHANUMERIC[:modulus] if symbols is None else symbols
        for what, given in (("symbols", symbols), ("values", values)):
            twice = sorted({c for c in given if given.count(c) > 1})
            if twice or not given:
                raise ConfigError(f"check {name!r}: {what} must be different characters, got {given!r}")
        if len(symbols) > modulus:
            raise ConfigError(f"check {name!r}: {len(symbols)} symbols for modulus {modulus}; at most one for each sum")
        self.name = name
        self.values = {character: k for k, character in enumerate(values)}
        self.weights = tuple(weights)
        self.modulus = modulus
        self.symbols = symbols
        self.from_right = from_right
        self.complement = complement

    def step(self, state: int, value: int, left: int) -> int:
        """See `Check.step`; the state holds the place among the weights and the sum."""
        place, total = divmod(state, self.modulus)
        weight = self.weights[(left if self.from_right else place) % len(self.weights)]
        following = 0 if self.from_right else (place + 1) % len(self.weights)
        return following * self.modulus + (total + weight * value) % self.modulus

    def finish(self, state: int) -> str | None:
        """See `Check.finish`."""
        total = state % self.modulus
        if self.complement:
            total = -total % self.modulus
        return self.symbols[total] if total < len(self.symbols) else None


_GS1 = Weighted((3, 1), 10, values=string.digits, from_right=True, complement=True, name="gs1")
_ISBN10 = Weighted(
    range(2, 11), 11, symbols="0123456789X", values=string.digits, from_right=True, complement=True, name="isbn10"
)
_MRZ = Weighted((7, 3, 1), 10, name="mrz")
CHECKS: Mapping[str, Check] = {
    check.name: check
    for check in (Luhn(), Mod97(), Iso6346(), Mod11By10(), Mod37By36(), Verhoeff(), _GS1, _ISBN10, _MRZ)
}
"""Checks by name."""
TABLE = "weights=7,3,1 modulus=10 symbols=0123456789 values=0123456789ABC from=left complement=no"
"""How a table of one's own is written; all but weights and modulus may be left out."""


def open_check(text: str) -> Check:
    """The check that a recipe names: one of `CHECKS`, or a table written as `TABLE`.

    Raises:
        ConfigError: it is neither.
    """
    if text in CHECKS:
        return CHECKS[text]
    table = dict(part.partition("=")[::2] for part in text.split())
    known = {"weights", "modulus", "symbols", "values", "from", "complement"}
    right = (
        {"weights", "modulus"} <= table.keys() <= known
        and table.get("from", "left") in ("left", "right")
        and table.get("complement", "no") in ("yes", "no")
    )
    try:
        weights, modulus = [int(weight) for weight in table["weights"].split(",")], int(table["modulus"])
    except (KeyError, ValueError):
        right = False
    if not right:
        raise ConfigError(f"check {text!r}: must be one of {', '.join(CHECKS)}, or a table as {TABLE!r}")
    return Weighted(
        weights,
        modulus,
        symbols=table.get("symbols"),
        values=table.get("values", ALPHANUMERIC),
        from_right=table.get("from") == "right",
        complement=table.get("complement") == "yes",
        name=text,
    )
