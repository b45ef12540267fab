"""What is refused, and that each refusal says what to do."""

from __future__ import annotations

import pytest

from synth.errors import ConfigError
from synth.serials.grammar import Grammar


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "it is empty"),
        ("^$", "it is empty"),
        ("()", "it is empty"),
        ("A?B{0,2}", "without any character"),
        ("A*", "endless"),
        ("AB+", "endless"),
        ("(A|B{2,})", "endless"),
        ("A{2,}?", "endless"),
        ("A++", "possessive"),
        ("(?>AB)", "atomic"),
        ("(?=A)B", "look-around"),
        ("(?!A)B", "look-around"),
        ("(?<=A)B", "look-around"),
        (r"(A)\1", "reference"),
        ("(A)?(?(1)B|C)", "reference"),
        ("A^B", "anchor"),
        (r"A\bB", "anchor"),
        ("A$B", "anchor"),
        ("[^A]", "negated"),
        ("[^A-C]", "negated"),
        ("A.", "name the characters"),
        (r"\w{3}", "name the characters"),
        (r"[\s]", "name the characters"),
        ("(?i)ab", "flags"),
        ("(?i:a)b", "flags"),
        ("(A", "missing )"),
        ("[A", "unterminated"),
        ("A{3,2}", "min repeat greater than max"),
        ("A{201}", "at most 200"),
        ("(A{100}){100}", "at most 200"),
        ("A{99999999999999999999}", "repetition"),
        ("(" * 2000 + "A" + ")" * 2000, "groups within groups"),
        ("A\n", "printable"),
        ("[\u0100-\uffff]", "more than 2000"),
    ],
)
def test_what_is_no_finite_set_is_refused_in_one_line(pattern: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Grammar.from_pattern(pattern)
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("[ABCDFHJLNPSTVXYZ123569]{4}", 22**4),
        (r"\d{7}-\d{3}", 10**10),
        (r"^\d$|^A$", 11),
        (r"\AA\Z", 1),
        ("A?A?A", 3),
        ("(A|AB)(BC|C)", 3),
        ("(?P<letters>A|B) ?1/2", 4),
        (r"\[\.\]", 1),
        ("(){1000}A", 1),
        ("[A-C]{2,3}?", 36),
        ("(?:[A-Z]?){50}X", sum(26**n for n in range(51))),
    ],
)
def test_counts(pattern: str, count: int) -> None:
    assert Grammar.from_pattern(pattern).count == count


def test_an_alternative_that_needs_an_excluded_character_falls_away() -> None:
    grammar = Grammar.from_pattern("A0|A1|[01]B?|C(0{0,2})1", excluded="0")
    assert [grammar.serial(rank) for rank in range(grammar.count)] == ["1", "1B", "A1", "C1"]


def test_digits_are_ascii() -> None:
    assert Grammar.from_pattern(r"\d").alphabet == "0123456789"
