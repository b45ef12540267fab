"""Random streams: an address gives the same numbers for ever, and no two addresses share them."""

from __future__ import annotations

import itertools
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synth.streams import sample_uniform, stream

ADDRESSES = st.tuples(st.integers(0, 2**64), st.integers(0, 2**40), st.text(max_size=12), st.integers(0, 50))


@given(ADDRESSES)
def test_an_address_gives_the_same_numbers_each_time(address: tuple[int, int, str, int]) -> None:
    assert stream(*address).bytes(64) == stream(*address).bytes(64)


def test_no_two_addresses_share_a_stream() -> None:
    addresses = itertools.product((0, 1, 7, 2**32), range(50), ("camera", "light", ""), range(4))
    seen = [stream(*address).bytes(16) for address in addresses]
    assert len(set(seen)) == len(seen)


def test_zeros_count() -> None:
    # entropy lists drop trailing zeros: [7] and [7, 0] seed the same generator
    assert stream(7, 0, "a", 0).bytes(16) != stream(7, 0, "a", 1).bytes(16)
    assert stream(7, 1, "a").bytes(16) != stream(8, 0, "a").bytes(16)
    assert stream(0, 0, "a").bytes(16) != stream(0, 0, "b").bytes(16)


def test_neighbouring_images_are_independent() -> None:
    draws = np.array([stream(3, index, "camera").random(8) for index in range(4000)])
    assert stats.kstest(draws[:, 0], "uniform").pvalue > 1e-3
    correlation = np.corrcoef(np.concatenate([draws[:-1], draws[1:]], axis=1), rowvar=False)[:8, 8:]
    # 64 correlations of 3999 pairs each: none beyond five standard errors
    assert np.abs(correlation).max() < 5 / np.sqrt(3999)


def test_a_known_value() -> None:
    """Fails if numpy ever changes what an address means: every stored dataset would change with it."""
    assert stream(1, 2, "camera", 3).integers(0, 2**32, 3).tolist() == [3360981214, 20823744, 2575205112]


def test_negative_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        stream(-1, 0, "camera")


@given(ADDRESSES)
def test_an_address_is_a_spawn_key_of_numpy(address: tuple[int, int, str, int]) -> None:
    seed, index, name, attempt = address
    key = (index, zlib.crc32(name.encode()), attempt)
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
    assert stream(*address).bit_generator.state == expected.bit_generator.state


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32])
@pytest.mark.parametrize("index", [0, 2**32 - 1, 2**32])
def test_numbers_of_one_word_and_of_two_meet(seed: int, index: int) -> None:
    key = (index, zlib.crc32(b"camera"), 2)
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
    assert stream(seed, index, "camera", 2).bit_generator.state == expected.bit_generator.state


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_uniform_draws_are_those_of_numpy(low: float, width: float) -> None:
    ours, numpys = stream(1, 2, "a"), stream(1, 2, "a")
    drawn = [sample_uniform(ours, (low, low + width)) for _ in range(3)]
    assert drawn == pytest.approx(numpys.uniform(low, low + width, 3).tolist(), rel=1e-12, abs=1e-9)
    assert ours.bit_generator.state == numpys.bit_generator.state
