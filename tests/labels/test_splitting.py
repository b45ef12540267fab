"""Splits: what belongs together stays together, shares are met as far as that allows, one seed deals one way."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ConfigError
from synth.labels.sample import LabelledImage
from synth.labels.splitting import connected_parts, sample_splits
from synth.streams import stream

_KEYS = st.lists(st.sets(st.sampled_from("abcdefghijklmnop"), max_size=2), min_size=1, max_size=30)


def images(count: int) -> list[LabelledImage]:
    return [LabelledImage(f"{k}.jpg", 9, 9) for k in range(count)]


@given(_KEYS)
def test_parts_are_the_connected_components(keys: list[set[str]]) -> None:
    parts = connected_parts(keys)
    assert sorted(k for part in parts for k in part) == list(range(len(keys)))
    of = {k: number for number, part in enumerate(parts) for k in part}
    for k, held in enumerate(keys):
        for other, also in enumerate(keys):
            assert not held & also or of[k] == of[other]
    for part in parts:  # no part can be cut in two: grow from its first image
        grown = {part[0]}
        while more := {k for k in part if k not in grown and any(keys[k] & keys[g] for g in grown)}:
            grown |= more
        assert grown == set(part)


@given(_KEYS, st.integers(0, 2**32))
def test_no_key_straddles_and_every_split_gets_something(keys: list[set[str]], seed: int) -> None:
    fractions = {"train": 0.7, "validation": 0.2, "test": 0.1}
    if len(connected_parts(keys)) < 3:
        with pytest.raises(ConfigError, match="cannot be torn apart"):
            sample_splits(stream(seed, 0, "split"), images(len(keys)), keys, fractions)
        return
    dealt = sample_splits(stream(seed, 0, "split"), images(len(keys)), keys, fractions)
    assert {image.split for image in dealt} == set(fractions)
    splits: dict[str, set[str]] = {}
    for image, held in zip(dealt, keys, strict=True):
        for key in held:
            splits.setdefault(key, set()).add(image.split)
    assert all(len(found) == 1 for found in splits.values())
    assert dealt == sample_splits(stream(seed, 0, "split"), images(len(keys)), keys, fractions)


def test_free_images_meet_the_shares_exactly_and_the_seed_matters() -> None:
    keys: list[set[str]] = [set() for _ in range(200)]
    first, second = (
        sample_splits(stream(seed, 0, "split"), images(200), keys, {"a": 0.75, "b": 0.25}) for seed in (0, 1)
    )
    assert Counter(image.split for image in first) == {"a": 150, "b": 50}
    assert [image.split for image in first] != [image.split for image in second]


@pytest.mark.parametrize(
    "fractions", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}, {"a": 1.0, "b": 0.0}, {"a": float("nan"), "b": 1.0}]
)
def test_shares_must_add_up(fractions: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="add up to 1"):
        sample_splits(stream(0, 0, "split"), images(5), [set()] * 5, fractions)


def test_one_identity_and_two_splits_is_told() -> None:
    with pytest.raises(ConfigError, match="3 images fall into 1 parts"):
        sample_splits(stream(0, 0, "split"), images(3), [{"x"}] * 3, {"a": 0.5, "b": 0.5})
