"""Deals: a permutation is a bijection, splits are disjoint, legal and of their size, taken serials never appear."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synth.errors import ConfigError
from synth.serials.dealer import Dealer
from synth.serials.grammar import Grammar
from synth.serials.permutation import Permutation

SPLITS = {"train": 0.7, "validation": 0.2, "test": 0.1}


def test_a_permutation_hits_everything_once() -> None:
    for size in range(1, 501):
        order = Permutation(size, b"key")
        assert sorted(map(order.image, range(size))) == list(range(size))


def test_orders_of_three_are_equally_frequent() -> None:
    orders = [Permutation(3, str(key).encode()) for key in range(1800)]
    seen = Counter(tuple(order.image(k) for k in range(3)) for order in orders)
    assert len(seen) == 6
    assert stats.chisquare(list(seen.values())).pvalue > 1e-3


def test_places_are_uniform_and_neighbours_part() -> None:
    order = Permutation(10**6, b"key")
    images = [order.image(k) for k in range(4000)]
    assert stats.kstest(images, stats.uniform(0, 10**6).cdf).pvalue > 1e-3
    assert abs(stats.pearsonr(images[:-1], images[1:]).statistic) < 0.06


def test_ranges_of_any_magnitude() -> None:
    size = 36**200 - 7
    order = Permutation(size, b"key")
    images = {order.image(number) for number in (0, 1, 2, size - 1)}
    assert len(images) == 4
    assert all(0 <= image < size for image in images)
    assert len({image >> (size.bit_length() - 5) for image in map(order.image, range(60))}) > 10


@given(
    st.integers(2, 22),
    st.integers(1, 2),
    st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 1), min_size=1, max_size=3),
    st.integers(0, 2**64),
    st.integers(0, 8),
)
def test_splits_are_legal_distinct_and_disjoint(
    letters: int, length: int, splits: dict[str, float], seed: int, taken_count: int
) -> None:
    grammar = Grammar.from_pattern(f"[{'ABCDFHJLNPSTVXYZ123569'[:letters]}]{{{length}}}")
    taken = [grammar.serial(k * 5 % grammar.count) for k in range(min(taken_count, grammar.count - 1))] + ["no serial"]
    free = grammar.count - len({serial for serial in taken if grammar.is_legal(serial)})
    if free < len(splits):
        with pytest.raises(ConfigError, match="fewer than the"):
            Dealer(grammar, splits, seed, taken)
        return
    dealer = Dealer(grammar, splits, seed, taken)
    dealt = [dealer.serial(split, k) for split in splits for k in range(dealer.capacity(split))]
    assert len(dealt) == free
    assert set(dealt) == {grammar.serial(k) for k in range(grammar.count)} - set(taken)
    whole = sum(splits.values())
    for split, share in splits.items():
        assert abs(dealer.capacity(split) - free * share / whole) < len(splits)
        assert dealer.capacity(split) >= 1
        assert dealer.serial(split, dealer.capacity(split)) == dealer.serial(split, 0)


def test_a_deal_depends_on_its_seed_and_on_no_order() -> None:
    grammar = Grammar.from_pattern("[A-Z]{4}")
    one = Dealer(grammar, SPLITS, 7, ["ABCD", "WXYZ"])
    same = Dealer(Grammar.from_pattern("([A-Z][A-Z]){2}"), dict(reversed(SPLITS.items())), 7, ["WXYZ", "ABCD", "ABCD"])
    other = Dealer(grammar, SPLITS, 8, ["ABCD", "WXYZ"])
    for split in SPLITS:
        assert [one.serial(split, k) for k in range(50)] == [same.serial(split, k) for k in range(50)]
        assert len({one.serial(split, k) for k in range(50)} & {other.serial(split, k) for k in range(50)}) < 10


def test_shares_are_met_exactly() -> None:
    dealer = Dealer(Grammar.from_pattern(r"\d{3}"), {"train": 0.7, "test": 0.3, "none": 0.0}, 1)
    assert (dealer.capacity("train"), dealer.capacity("test"), dealer.capacity("none")) == (700, 300, 0)
    huge = Dealer(Grammar.from_pattern("[A-Z]{60}"), {"a": 1, "b": 3}, 1)
    assert huge.capacity("b") == 3 * 26**60 // 4
    with pytest.raises(ConfigError, match="share of 0"):
        dealer.serial("none", 0)
    with pytest.raises(ConfigError, match="no split 'trian'"):
        dealer.serial("trian", 0)


def test_a_small_split_gets_one() -> None:
    dealer = Dealer(Grammar.from_pattern(r"\d"), {"train": 0.998, "validation": 0.001, "test": 0.001}, 1)
    assert [dealer.capacity(split) for split in ("train", "validation", "test")] == [8, 1, 1]
    with pytest.raises(ConfigError, match="shares"):
        Dealer(Grammar.from_pattern(r"\d"), {"train": 0.0}, 1)


def test_a_golden_deal() -> None:
    dealer = Dealer(Grammar.from_pattern("[ABCDFHJLNPSTVXYZ123569]{4}"), SPLITS, 7)
    assert [dealer.serial("test", k) for k in range(3)] == ["YDLH", "P2YP", "T6FJ"]
