"""The only maker of random generators.

A stream is addressed by what it is for, never by how often something was drawn before: image `index`, a purpose's
`name`, and the `attempt`. So image *i* does not depend on image *i-1*, and adding a light does not move the camera.
"""

from __future__ import annotations

import zlib

import numpy as np


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
    key = (index, zlib.crc32(name.encode()), attempt)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
