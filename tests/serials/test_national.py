"""Number plates: counts of the law where it is known, real shapes, groups that only add blanks."""

from __future__ import annotations

import re

import pytest

from synth.errors import ConfigError
from synth.serials.grammar import Grammar
from synth.serials.national import COUNTRIES, PLATES


def test_romania_is_counted_by_its_law() -> None:
    grammar = Grammar.national("RO")
    letters = 23 * 25 * 25
    assert grammar.count == 41 * 99 * letters + (99 + 900) * letters
    assert set(grammar.alphabet) == set("ABCDEFGHIJKLMNOPRSTUVWXYZ0123456789")


@pytest.mark.parametrize(
    ("country", "printed"),
    [
        ("RO", "B 123 ABC"),
        ("RO", "B 99 WOW"),
        ("RO", "TR 05 RBG"),
        ("RO-TEMPORARY", "B 089414"),
        ("AT", "W 12345A"),
        ("BE", "1-ABC-234"),
        ("BG", "CA 1234 BP"),
        ("CH", "ZH 123456"),
        ("CZ", "1AB 2345"),
        ("DE", "OFB AM 483"),
        ("DK", "AB 12 345"),
        ("ES", "1234 BCD"),
        ("FI", "ABC-123"),
        ("FR", "AB-123-CD"),
        ("GB", "AB12 CDE"),
        ("GR", "ABE-1234"),
        ("HU", "AB CD-123"),
        ("HU", "ABC-123"),
        ("IE", "191-D-12345"),
        ("IT", "AB 123 CD"),
        ("NL", "12-ABC-3".replace("A", "D").replace("C", "G")),
        ("PL", "WA 12345"),
        ("SE", "ABC 12A"),
        ("SK", "BA 123AB"),
        ("TR", "34 ABC 123"),
        ("UA", "AA 1234 BB"),
    ],
)
def test_real_shapes_are_legal_and_grouped_as_printed(country: str, printed: str) -> None:
    grammar = Grammar.national(country.lower())
    serial = printed.replace(" ", "")
    assert grammar.is_legal(serial)
    assert grammar.grouped(serial) == printed


@pytest.mark.parametrize(
    ("country", "serial"),
    [
        ("RO", "B00ABC"),
        ("RO", "B012ABC"),
        ("RO", "CJ123ABC"),
        ("RO", "XX12ABC"),
        ("RO", "CJ12IAB"),
        ("RO", "CJ12OAB"),
        ("RO", "CJ12AQB"),
        ("RO-TEMPORARY", "B123"),
        ("RO-TEMPORARY", "B00123"),
        ("FR", "SS-123-AB"),
        ("FR", "WW-123-AB"),
        ("FR", "AB-000-CD"),
        ("FR", "AB-123-SS"),
        ("FR", "AO-123-AB"),
        ("IT", "EE123AB"),
        ("ES", "1234ABC"),
        ("CH", "XX1"),
        ("CH", "ZH0123"),
        ("IE", "193-D-1"),
        ("TR", "82A1234"),
        ("SE", "ABC12O"),
    ],
)
def test_what_the_law_does_not_allow_is_not_legal(country: str, serial: str) -> None:
    assert not Grammar.national(country).is_legal(serial)


@pytest.mark.parametrize("country", COUNTRIES)
def test_groups_only_add_blanks(country: str) -> None:
    grammar = Grammar.national(country)
    pattern = re.compile(PLATES[country].pattern)
    for k in range(200):
        serial = grammar.serial(grammar.count * k // 200)
        assert grammar.rank(serial) == grammar.count * k // 200
        assert pattern.fullmatch(serial)
        assert " " not in serial
        assert grammar.grouped(serial).replace(" ", "") == serial
        assert any(grammar.grouped(serial).count(" ") == form.count(" ") for form in PLATES[country].forms)


def test_exclusions_and_unknown_countries() -> None:
    assert not set("WXY") & set(Grammar.national("RO", excluded="WXY").alphabet)
    with pytest.raises(ConfigError, match=r"no number plates of 'RO-TEMPORAR'; .* did you mean 'RO-TEMPORARY'\?"):
        Grammar.national("RO-TEMPORAR")
