from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.banks.deal import Group, ImpossibleDealError, deal_groups

SPLITS = ("train", "validation", "test")


@st.composite
def deals(draw):
    sizes = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=14))
    shares = draw(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.7, 1.0]), min_size=3, max_size=3).filter(any))
    groups = [Group(f"g{i}", *size) for i, size in enumerate(sizes)]
    return groups, dict(zip(SPLITS, shares, strict=True)), draw(st.integers(0, 5))


def needed_pairs(groups, splits):
    """Whether every split can get an identity and a photo, by counting (an independent argument)."""
    both = sum(bool(g.identities and g.photos) for g in groups)
    only = [
        sum(bool(g.identities and not g.photos) for g in groups),
        sum(bool(g.photos and not g.identities) for g in groups),
    ]
    if not any(g.identities for g in groups):
        return both + only[1] >= splits or not any(g.photos for g in groups)
    if not any(g.photos for g in groups):
        return both + only[0] >= splits
    return max(0, splits - both) <= min(only)


@given(deals())
def test_every_split_gets_something_or_it_is_said_to_be_impossible(deal):
    groups, fractions, seed = deal
    wanted = [name for name, share in fractions.items() if share > 0]
    if not needed_pairs(groups, len(wanted)):
        with pytest.raises(ImpossibleDealError):
            deal_groups(groups, fractions, seed)
        return
    dealt = deal_groups(groups, fractions, seed)
    assert set(dealt) == {g.key for g in groups}
    assert set(dealt.values()) <= set(wanted)
    for kind in ("identities", "photos"):
        if any(getattr(g, kind) for g in groups):
            assert {dealt[g.key] for g in groups if getattr(g, kind)} == set(wanted)


@given(deals(), st.randoms(use_true_random=False))
def test_the_deal_does_not_depend_on_the_order(deal, shuffler):
    groups, fractions, seed = deal
    mixed = list(groups)
    shuffler.shuffle(mixed)
    try:
        dealt = deal_groups(groups, fractions, seed)
    except ImpossibleDealError:
        return
    assert deal_groups(mixed, fractions, seed) == dealt


@pytest.mark.parametrize("seed", range(4))
def test_single_groups_are_dealt_exactly(seed):
    groups = [Group(f"i{n:03d}", 1, 0) for n in range(50)] + [Group(f"p{n:03d}", 0, 1) for n in range(30)]
    dealt = deal_groups(groups, {"train": 0.7, "validation": 0.2, "test": 0.1}, seed)
    assert Counter(dealt[g.key] for g in groups[:50]) == {"train": 35, "validation": 10, "test": 5}
    assert Counter(dealt[g.key] for g in groups[50:]) == {"train": 21, "validation": 6, "test": 3}


def test_another_seed_deals_otherwise():
    groups = [Group(f"i{n:03d}", 1, 1) for n in range(40)]
    fractions = {"train": 0.5, "test": 0.5}
    assert deal_groups(groups, fractions, 0) != deal_groups(groups, fractions, 1)


def test_a_pin_holds_even_to_a_split_without_share():
    groups = [Group("a", 1, 1, pinned="test"), Group("b", 1, 1), Group("c", 1, 1, pinned="spare"), Group("d", 3, 4)]
    dealt = deal_groups(groups, {"train": 0.9, "test": 0.1, "spare": 0.0}, 0)
    assert dealt["a"] == "test"
    assert dealt["c"] == "spare"
    assert dealt["d"] == "train"


def test_one_large_group_goes_where_it_fits():
    groups = [Group("large", 40, 40), *(Group(f"s{n}", 1, 1) for n in range(20))]
    dealt = deal_groups(groups, {"train": 2 / 3, "test": 1 / 3}, 0)
    assert [g.key for g in groups if dealt[g.key] == "train"] == ["large"]
