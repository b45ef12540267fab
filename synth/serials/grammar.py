"""Which serials are legal: from a pattern, with a check or without, from a list, or as a country's number plates.

Serials have ranks 0 to count - 1, in order of length, then of their characters. All numbers are exact: a string that a
pattern gives in two ways is one serial.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

from synth.errors import ConfigError
from synth.serials.check_digits import Check, open_check
from synth.serials.languages import Language, language_of_places, language_of_words
from synth.serials.national import Plates, plates_of
from synth.serials.notation import LONGEST, read_pattern
from synth.serials.text_files import read_text


class Grammar:
    """A finite set of legal serials.

    Attributes:
        source: what it was made from, for messages.
        count: number of legal serials.
        alphabet: all characters that occur, sorted.
        max_length: characters of the longest serial.
    """

    def __init__(self, language: Language, source: str, grouping: Callable[[str], str] | None = None) -> None:
        """Use `from_pattern`, `from_serials` or `national`."""
        if language.count == 0:
            raise ConfigError(f"{source} allows no serial: exclusions (or the check) leave nothing; exclude less")
        self.source = source
        self.count = language.count
        self.alphabet = language.characters
        self.max_length = language.max_length
        self._language = language
        self._grouping = grouping or _split_letters_from_digits

    @classmethod
    def from_pattern(
        cls, pattern: str, *, excluded: str = "", check: Check | str | None = None, check_separator: str = ""
    ) -> Grammar:
        """The serials of a pattern.

        Args:
            pattern: see `synth.serials.notation`.
            excluded: characters that never occur, check characters included.
            check: its characters are added behind what the pattern gives; a name as `open_check` takes it.
            check_separator: stands before them.

        Raises:
            ConfigError: the pattern is empty, endless, not understood, too intricate, or allows nothing.
        """
        places = read_pattern(pattern, excluded)
        rule = open_check(check) if isinstance(check, str) else check
        if check_separator and rule is None:
            raise ConfigError(f"check separator {check_separator!r} without a check: name a check or leave it away")
        source = f"pattern {pattern!r}" + (f" without {excluded!r}" if excluded else "")
        try:
            language = language_of_places(places, rule, check_separator, excluded)
        except ConfigError as error:
            raise ConfigError(f"{source}: {error}") from None
        return cls(language, source)

    @classmethod
    def from_serials(cls, serials: Iterable[str], *, excluded: str = "", source: str = "list of serials") -> Grammar:
        """The serials that are listed, without those that have an excluded character."""
        banned = frozenset(excluded)
        kept = tuple(serial for serial in serials if banned.isdisjoint(serial))
        require_serials(kept, source)
        return cls(language_of_words(kept), source + (f" without {excluded!r}" if excluded else ""))

    @classmethod
    def national(cls, country: str, *, excluded: str = "") -> Grammar:
        """The number plates of a country; see `synth.serials.national.COUNTRIES`."""
        plates: Plates = plates_of(country)
        language = language_of_places(read_pattern(plates.pattern, excluded), None, "", excluded)
        source = f"number plates of {country}" + (f" without {excluded!r}" if excluded else "")
        return cls(language, source, plates.grouped)

    def serial(self, rank: int) -> str:
        """The serial of a rank in [0, count); IndexError outside of it."""
        return self._language.word(rank)

    def rank(self, serial: str) -> int | None:
        """The rank of a serial, None if it is not legal."""
        return self._language.rank(serial)

    def legal_next(self, prefix: str) -> frozenset[str]:
        """What may follow a prefix so that it can still become legal: characters, and "" where it may end."""
        return self._language.continuations(prefix)

    def is_legal(self, text: str) -> bool:
        """Whether a text is one of the serials."""
        return self.rank(text) is not None

    def common_with(self, other: Grammar) -> str | None:
        """A serial that both allow; None only if there is none."""
        return self._language.shared_word(other._language)

    def grouped(self, serial: str) -> str:
        """The serial with blanks as it is printed: by the rules of its country, else between letters and digits."""
        return self._grouping(serial)


def _split_letters_from_digits(serial: str) -> str:
    pieces = [serial[:1]]
    for before, character in itertools.pairwise(serial):
        if (before.isalpha() and character.isdigit()) or (before.isdigit() and character.isalpha()):
            pieces.append(" ")
        pieces.append(character)
    return "".join(pieces)


def require_serials(serials: Iterable[str], source: str) -> None:
    """ConfigError that names the first string that cannot be a serial, or stands there twice."""
    seen: set[str] = set()
    for serial in serials:
        if not serial or len(serial) > LONGEST or not serial.isprintable():
            raise ConfigError(f"{source}: {serial!r} is no serial; it must have 1 to {LONGEST} printable characters")
        if serial in seen:
            raise ConfigError(f"{source}: {serial!r} is listed twice; remove one")
        seen.add(serial)


def read_serials(path: Path) -> tuple[str, ...]:
    """The serials in a UTF-8 text file, one in each line; empty lines and lines that begin with # are passed over.

    Raises:
        AssetError: the file cannot be read.
        ConfigError: wrong encoding, no serial, one twice, or one that cannot be written.
    """
    lines: dict[str, int] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        serial = line.strip()
        if not serial or serial.startswith("#"):
            continue
        if serial in lines:
            raise ConfigError(f"{path}:{number}: {serial!r} stands in line {lines[serial]} already; remove one")
        lines[serial] = number
        require_serials((serial,), f"{path}:{number}")
    if not lines:
        raise ConfigError(f"{path}: no serial in it; write one in each line")
    return tuple(lines)
