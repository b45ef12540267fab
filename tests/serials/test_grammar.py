"""Grammars against enumeration with Python's re: counts, ranks, legality, continuations, what two have in common."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from synth.errors import AssetError, ConfigError
from synth.serials.grammar import Grammar, read_serials
from synth.serials.text_files import read_alphabet

LETTERS = "AB1"
LONGEST = 5
WORDS = ["".join(word) for n in range(LONGEST + 1) for word in itertools.product(LETTERS, repeat=n)]
_ATOMS = st.sampled_from(["A", "B", "1", "[AB]", "[A1]", "[AB1]", r"\d", "[1A-B]"])


def patterns(leaves: int) -> st.SearchStrategy[str]:
    return st.recursive(
        _ATOMS,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: "".join(f"(?:{p})" for p in parts)),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + "|".join(parts) + ")"),
            inner.map(lambda part: f"(?:{part})?"),
            st.tuples(inner, st.integers(0, 2), st.integers(0, 1)).map(lambda t: f"(?:{t[0]}){{{t[1]},{t[1] + t[2]}}}"),
        ),
        max_leaves=leaves,
    )


PATTERNS = patterns(6)
NEVER_EMPTY = patterns(3).map(lambda pattern: f"(?:{pattern})?[AB]")


def enumerated(pattern: str, excluded: str = "") -> set[str]:
    """By brute force; digits other than 1 are left to the alphabet of the test."""
    form = re.compile(pattern.replace(r"\d", "1"))
    return {word for word in WORDS if form.fullmatch(word) and not set(word) & set(excluded)}


def made(pattern: str, excluded: str = "") -> Grammar | None:
    """The grammar, None if it is refused; other digits than 1 are excluded as in `enumerated`."""
    try:
        return Grammar.from_pattern(pattern, excluded="023456789" + excluded)
    except ConfigError:
        return None


@given(PATTERNS, st.sampled_from(["", "A", "1"]))
def test_a_pattern_is_what_re_matches(pattern: str, excluded: str) -> None:
    legal = enumerated(pattern, excluded)
    grammar = made(pattern, excluded)
    if grammar is None:  # refused: it allows nothing, or the empty serial
        assert not legal or re.fullmatch(pattern, "")
        return
    assume(grammar.max_length <= LONGEST)
    assert grammar.count == len(legal)
    serials = [grammar.serial(rank) for rank in range(grammar.count)]
    assert serials == sorted(legal, key=lambda word: (len(word), word))
    assert [grammar.rank(serial) for serial in serials] == list(range(len(serials)))
    assert {word for word in WORDS if grammar.is_legal(word)} == legal
    assert grammar.alphabet == "".join(sorted(set("".join(legal))))
    assert grammar.max_length == max(map(len, legal))


@given(PATTERNS)
def test_continuations_are_those_of_the_legal_serials(pattern: str) -> None:
    grammar = made(pattern)
    assume(grammar is not None and grammar.max_length <= LONGEST)
    assert grammar is not None
    legal = enumerated(pattern)
    for prefix in WORDS:
        following = {word[len(prefix) : len(prefix) + 1] for word in legal if word.startswith(prefix)}
        assert grammar.legal_next(prefix) == following


@given(NEVER_EMPTY, NEVER_EMPTY)
def test_what_two_grammars_share_is_in_both_and_never_missed(one: str, other: str) -> None:
    a, b = made(one), made(other)
    assume(a is not None and b is not None and max(a.max_length, b.max_length) <= LONGEST)
    assert a is not None
    assert b is not None
    shared = a.common_with(b)
    both = enumerated(one) & enumerated(other)
    assert (shared is None) == (not both)
    assert shared is None or shared in both
    listed = Grammar.from_serials(sorted(enumerated(other)))
    assert (a.common_with(listed) is None) == (not both)


@pytest.mark.parametrize(
    ("payload", "check", "separator", "excluded"),
    [
        (r"\d{3}", "luhn", "", ""),
        (r"\d{1,3}", "luhn", "-", "7"),
        (r"\d-?\d", "verhoeff", "", "0"),
        ("[A-D]{1,2}", "mod97", "/", "1"),
        ("[A-C]{2}[12]", "iso6346", " ", ""),
        ("[AB12]{1,3}", "weights=3,7 modulus=11 symbols=0123456789", "", "3"),
        ("[AB12]{1,3}", "weights=3,7 modulus=11 from=right complement=yes", "", "A"),
        ("[AB12]{2}", "mod37-36", "", "Z"),
        (r"\d{2}", "mod11-10", "", ""),
    ],
)
def test_checked_serials_are_payloads_with_their_check(payload: str, check: str, separator: str, excluded: str) -> None:
    from synth.serials.check_digits import open_check

    rule = open_check(check)
    plain = Grammar.from_pattern(payload)
    legal = set()
    for rank in range(plain.count):
        word = plain.serial(rank)
        symbols = rule.characters(word)
        if symbols is not None and not set(word + separator + symbols) & set(excluded):
            legal.add(word + separator + symbols)
    grammar = Grammar.from_pattern(payload, check=check, check_separator=separator, excluded=excluded)
    serials = [grammar.serial(rank) for rank in range(grammar.count)]
    assert len(serials) == len(legal)
    assert set(serials) == legal
    assert [grammar.rank(serial) for serial in serials] == list(range(len(serials)))
    for prefix in {serial[:k] for serial in serials for k in range(len(serial) + 1)}:
        following = {word[len(prefix) : len(prefix) + 1] for word in legal if word.startswith(prefix)}
        assert grammar.legal_next(prefix) == following
    for serial in serials[:40]:
        wrong = serial[:-1] + chr(ord(serial[-1]) ^ 1)
        assert grammar.is_legal(wrong) == (wrong in legal)


def test_huge_counts_are_exact() -> None:
    grammar = Grammar.from_pattern("[A-Z0-9]{40}")
    assert grammar.count == 36**40
    for rank in (0, 36**39 + 12345, 36**40 - 1):
        assert grammar.rank(grammar.serial(rank)) == rank
    with pytest.raises(IndexError):
        grammar.serial(36**40)


@given(st.sets(st.text("ABCDEFG12 -", min_size=1, max_size=6), min_size=1, max_size=30))
def test_a_list_is_its_serials(serials: set[str]) -> None:
    grammar = Grammar.from_serials(sorted(serials))
    assert {grammar.serial(rank) for rank in range(grammar.count)} == serials
    assert all(grammar.serial(rank) == s for s in serials if (rank := grammar.rank(s)) is not None)
    assert not any(grammar.is_legal(serial + "X") for serial in serials)


def test_lists_from_files(tmp_path: Path) -> None:
    path = tmp_path / "serials.txt"
    path.write_bytes("\ufeff# a comment\r\n\r\n AB-1 \r\nÄ2\n".encode())
    assert read_serials(path) == ("AB-1", "Ä2")
    assert Grammar.from_serials(read_serials(path), excluded="Ä").serial(0) == "AB-1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no serial in it"),
        (b"# only this\n", "no serial in it"),
        (b"A1\nB2\nA1\n", "serials.txt:3: 'A1' stands in line 1 already"),
        (b"A1\nB\xe4\n", "not UTF-8 text: byte 0xe4 at position 4"),
        (b"\xef\xbb\xbfA\xff", "byte 0xff at position 4"),
        ("A1\n".encode("utf-16"), "byte 0xff at position 0; save it as UTF-8"),
        (b"A\x07\n", "printable"),
        (b"A" * 201, "1 to 200"),
    ],
)
def test_bad_lists_get_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "serials.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_serials(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    with pytest.raises(AssetError, match=r"cannot be read \(No such file"):
        read_serials(tmp_path / "none.txt")


def test_alphabets_from_files(tmp_path: Path) -> None:
    path = tmp_path / "alphabet.txt"
    path.write_text("ABC\n1 2 A\nÖ\n", "utf-8")
    assert read_alphabet(path) == "ABC12Ö"
    path.write_bytes("ABÖ".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"alphabet\.txt: not UTF-8 text: byte 0xd6 at position 2; save it as UTF-8"):
        read_alphabet(path)
    path.write_bytes(b" \n")
    with pytest.raises(ConfigError, match="no characters"):
        read_alphabet(path)


def test_nothing_left_is_an_error() -> None:
    for pattern, excluded, check in (("A[BC]", "A", None), ("[AB]{2}", "BA", None), ("1", "8", "luhn")):
        with pytest.raises(ConfigError, match="allows no serial"):
            Grammar.from_pattern(pattern, excluded=excluded, check=check)
    with pytest.raises(ConfigError, match=r"pattern '\[AB\]1': check 'luhn' takes digits"):
        Grammar.from_pattern("[AB]1", check="luhn")
    with pytest.raises(ConfigError, match="too intricate"):
        Grammar.from_pattern("[AB]{0,60}A[AB]{30}")


def test_blanks_come_between_letters_and_digits() -> None:
    grammar = Grammar.from_pattern(r"[A-Z]{2}\d{3}-\d[A-Z]")
    assert grammar.grouped("AB123-4C") == "AB 123-4 C"
