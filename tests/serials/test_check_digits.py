"""Check characters against implementations that are written in another way, and against published examples."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ConfigError
from synth.serials.check_digits import CHECKS, TABLE, Check, open_check

ALPHANUMERIC = string.digits + string.ascii_uppercase
DIGITS = st.text(string.digits, min_size=1, max_size=24)
MIXED = st.text(ALPHANUMERIC, min_size=1, max_size=24)
D5 = [
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
]
TURNS = ["0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"]


def completed(name: str, payload: str) -> str:
    symbols = CHECKS[name].characters(payload)
    assert symbols is not None
    return payload + symbols


@given(DIGITS)
def test_luhn(payload: str) -> None:
    whole = completed("luhn", payload)[::-1]
    doubled = "".join(str(2 * int(digit)) for digit in whole[1::2])
    assert (sum(map(int, whole[::2])) + sum(map(int, doubled))) % 10 == 0


@given(MIXED)
def test_mod97(payload: str) -> None:
    whole = completed("mod97", payload)
    assert int("".join(str(int(character, 36)) for character in whole)) % 97 == 1
    assert 2 <= int(whole[-2:]) <= 98


@given(st.text(string.ascii_uppercase, min_size=4, max_size=4), st.text(string.digits, min_size=6, max_size=6))
def test_iso6346(owner: str, number: str) -> None:
    letters = dict(zip(string.ascii_uppercase, [n for n in range(10, 39) if n % 11], strict=True))
    total = sum(letters.get(c, int(c, 36)) << k for k, c in enumerate(owner + number))
    assert completed("iso6346", owner + number)[-1] == str(total % 11)[-1]


@given(DIGITS)
def test_verhoeff(payload: str) -> None:
    state = 0
    for k, digit in enumerate(reversed(completed("verhoeff", payload))):
        state = int(D5[state][int(TURNS[k % 8][int(digit)])])
    assert state == 0


@given(DIGITS)
def test_mod11_10(payload: str) -> None:
    product = 10
    whole = completed("mod11-10", payload)
    for digit in whole[:-1]:
        product = (product + int(digit)) % 10
        product = 2 * (10 if product == 0 else product) % 11
    assert (product + int(whole[-1])) % 10 == 1


@given(MIXED)
def test_mod37_36(payload: str) -> None:
    product = 36
    whole = completed("mod37-36", payload)
    for character in whole[:-1]:
        product = (product + int(character, 36)) % 36
        product = 2 * (36 if product == 0 else product) % 37
    assert (product + int(whole[-1], 36)) % 36 == 1


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(2, 36), st.booleans(), st.booleans(), MIXED)
def test_tables(weights: list[int], modulus: int, right: bool, complement: bool, payload: str) -> None:
    ends = "from=right" if right else "from=left"
    text = f"weights={','.join(map(str, weights))} modulus={modulus} {ends} complement={'yes' if complement else 'no'}"
    symbols = open_check(text).characters(payload)
    read = payload[::-1] if right else payload
    total = sum(int(character, 36) * weights[k % len(weights)] for k, character in enumerate(read))
    assert symbols is not None
    found = int(symbols, 36)
    assert (total + found if complement else total - found) % modulus == 0


@pytest.mark.parametrize(
    ("name", "whole", "length"),
    [
        ("luhn", "79927398713", 1),
        ("luhn", "4539-1488/0343 6467", 1),
        ("iso6346", "CSQU3054383", 1),
        ("verhoeff", "2363", 1),
        ("mod97", "79444", 2),
        ("mod11-10", "07945", 1),
        ("mod37-36", "A12425GABC1234002M", 1),
        ("gs1", "4006381333931", 1),
        ("isbn10", "0-306-40615-2", 1),
        ("isbn10", "097522980X", 1),
        ("mrz", "5207273", 1),
        ("mrz", "L898902C36", 1),
    ],
)
def test_published_examples(name: str, whole: str, length: int) -> None:
    assert CHECKS[name].characters(whole[:-length]) == whole[-length:]


@pytest.mark.parametrize("name", CHECKS)
def test_a_single_wrong_digit_is_found(name: str) -> None:
    check: Check = CHECKS[name]
    for payload in ("1234567", "9071523"):
        for k in range(len(payload)):
            others = {check.characters(payload[:k] + digit + payload[k + 1 :]) for digit in string.digits}
            # weights 1, 2, 4, ... modulo 11 write 10 as 0
            assert len(others) == 10 or name in ("iso6346", "isbn10")


@pytest.mark.parametrize(
    "text",
    [
        "lun",
        "",
        "weights=1,2",
        "weights=1,x modulus=10",
        "modulus=10",
        "weights=1 modulus=1",
        "weights=1 modulus=37",
        "weights=1 modulus=10 symbols=00",
        "weights=1 modulus=2 symbols=012",
        "weights=1 modulus=10 from=middle",
        "weights=1 modulus=10 complement=1",
        "weights=1 modulus=10 colour=red",
        "weights=1 modulus=10 values=",
    ],
)
def test_what_is_no_check_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="check"):
        open_check(text)


def test_the_example_of_a_table_is_one() -> None:
    assert open_check(TABLE).characters("A12") == str((7 * 10 + 3 * 1 + 1 * 2) % 10)
    with pytest.raises(ConfigError, match="takes only '0123456789ABC', and the serials have 'Z'"):
        open_check(TABLE).characters("Z")
