"""The only maker of random generators.

A stream is addressed by what it is for, never by how often something was drawn before: image `index`, a purpose's
`name`, and the `attempt`. So image *i* does not depend on image *i-1*, and adding a light does not move the camera.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

from synth.native import compiled

Words = NDArray[np.uint32]
_WORD = 1 << 32


def stream(seed: int, index: int, name: str, attempt: int = 0) -> np.random.Generator:
    """The generator for one purpose in one image.

    Args:
        seed: the dataset's seed, >= 0. 0 is a seed like any other.
        index: the image (or scene) index, >= 0.
        name: what is drawn, e.g. "camera". Its CRC-32 is part of the address.
        attempt: how many draws of this index were rejected before.

    Returns:
        A PCG64 generator that no other (seed, index, name, attempt) shares. Addresses go into `spawn_key`, because
        trailing zeros of an entropy list vanish (`SeedSequence([7])` equals `SeedSequence([7, 0])`).
    """
    purpose = zlib.crc32(name.encode())
    if 0 <= seed < _WORD and 0 <= index < _WORD and 0 <= attempt < _WORD:
        # numpy's stubs know of no other ISeedSequence than its own
        return np.random.Generator(np.random.PCG64(_Address(seed, index, purpose, attempt)))  # type: ignore[arg-type]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(index, purpose, attempt))))


def sample_uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """What `rng.uniform(*bounds)` draws, for a fifth of its time; a draw is used up also where the bounds are equal."""
    low, high = bounds
    return low + (high - low) * rng.random()


class _Address(ISeedSequence):
    """`SeedSequence(seed, spawn_key=(index, purpose, attempt))` for numbers below 2**32, twenty times as fast."""

    def __init__(self, seed: int, index: int, purpose: int, attempt: int) -> None:
        self._numbers = (seed, index, purpose, attempt)

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> Words:
        """The words that a generator starts from, `n_words` of an unsigned `dtype`."""
        width = np.dtype(dtype).itemsize // 4
        return _state(*self._numbers, n_words * width).view(dtype)


@compiled
def _state(seed: int, index: int, purpose: int, attempt: int, count: int) -> Words:
    """The hash of numpy's `SeedSequence` (M. E. O'Neill's `randutils::seed_seq_fe`), with a pool of four words."""
    entropy = np.zeros(7, np.uint32)
    entropy[0], entropy[4], entropy[5], entropy[6] = seed, index, purpose, attempt
    pool, half = np.zeros(4, np.uint32), np.uint32(16)
    factor = np.uint32(0x43B0D7E5)
    for step in range(28):
        # the four first words; then each word of the pool into the three others; then the spawn key into all four
        source = step if step < 4 else (step - 4) // 3 if step < 16 else 4 + (step - 16) // 4
        place = step % 4
        if 4 <= step < 16:
            place = (step - 4) % 3
            place += place >= source
        word = np.uint32((entropy[source] if step < 4 or step >= 16 else pool[source]) ^ factor)
        factor = np.uint32(factor * np.uint32(0x931E8875))
        word = np.uint32(word * factor)
        word ^= word >> half
        if step >= 4:
            word = np.uint32(np.uint32(0xCA01F9DD) * pool[place] - np.uint32(0x4973F715) * word)
            word ^= word >> half
        pool[place] = word
    out = np.zeros(count, np.uint32)
    factor = np.uint32(0x8B51F9DD)
    for k in range(count):
        word = np.uint32(pool[k % 4] ^ factor)
        factor = np.uint32(factor * np.uint32(0x58F38DED))
        word = np.uint32(word * factor)
        out[k] = word ^ (word >> half)
    return out
