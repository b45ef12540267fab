"""Which serials a design may have, checked as soon as a recipe is read."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from synth.config import Section
from synth.errors import ConfigError
from synth.serials.check_digits import open_check
from synth.serials.grammar import Grammar

Strings = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]


class Legal(Section):
    """Which serials are legal: exactly one of `pattern`, `file`, `serials` and `national`.

    Attributes:
        pattern: as in regular expressions, e.g. `[ABC123]{4}` or `[0-9]{7}-[0-9]{3}`; see `synth.serials.notation`.
        file: a text file (UTF-8) with one serial in each line; read once, when the recipe is loaded.
        serials: the serials themselves.
        national: number plates of a country, by its two letters.
        excluded: characters that never occur.
        check: check digits, by the names of `synth.serials.check_digits`; they follow what the pattern gives.
        check_separator: stands before them.
        unique: no serial is drawn twice in a dataset, and too few legal ones are an error; else they begin again.
    """

    pattern: str | None = None
    file: str | None = None
    serials: Strings = ()
    national: str | None = None
    excluded: str = ""
    check: str | None = None
    check_separator: str = ""
    unique: bool = True

    @model_validator(mode="after")
    def _allows_something(self) -> Legal:
        given = [n for n in ("pattern", "file", "serials", "national") if getattr(self, n) not in (None, ())]
        if len(given) != 1:
            raise ValueError(f"exactly one of pattern, file, serials and national is needed, got {given or 'none'}")
        for key in ("check", "check_separator"):
            if self.pattern is None and getattr(self, key):
                raise ValueError(f"{key}: check characters follow a pattern; those of {given[0]} stand there already")
        key = given[0]
        try:
            if self.check is not None:
                key = "check"
                open_check(self.check)
                key = "pattern"
            if self.file is None:
                grammar_of(self)
        except ConfigError as error:
            raise ValueError(f"{key}: {error}") from None
        return self


def grammar_of(legal: Legal) -> Grammar:
    """The grammar that a recipe asks for; of a file only once its serials are read.

    Raises:
        ConfigError: it is none, or allows nothing.
    """
    return _grammar(legal.pattern, legal.serials, legal.national, legal.excluded, legal.check, legal.check_separator)


@lru_cache(maxsize=32)
def _grammar(
    pattern: str | None, serials: tuple[str, ...], national: str | None, excluded: str, check: str | None,
    check_separator: str,
) -> Grammar:  # fmt: skip
    if national is not None:
        return Grammar.national(national, excluded=excluded)
    if serials:
        return Grammar.from_serials(serials, excluded=excluded)
    assert pattern is not None
    return Grammar.from_pattern(pattern, excluded=excluded, check=check, check_separator=check_separator)


def grammar_key(legal: Legal) -> str:
    """Equal for designs with the same legal serials."""
    return legal.model_copy(update={"unique": True}).model_dump_json()
