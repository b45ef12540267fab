"""Which split a scene belongs to, and which of its split's scenes it is.

A golden-ratio sequence, so that the share of each split holds for every prefix of the dataset to within one scene,
whatever its length.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synth.scene.deck import Weighted
from synth.streams import stream

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
BLOCK = 1024
COUNTED = 1 << 20
"""So many scenes are counted one by one; of more, each split has its share, give or take `SLACK`."""
SLACK = 16


class SplitOrder:
    """The splits of a dataset's scenes."""

    def __init__(self, seed: int, splits: Weighted[str]) -> None:
        self.splits = splits
        self._start = float(stream(seed, 0, "splits").random())
        self._before = [np.zeros(len(splits.items), np.int64)]
        self._block = lru_cache(maxsize=8)(self._places)

    def split_of(self, scene: int) -> str:
        """The split of a scene, decided by its number alone."""
        block, place = divmod(scene, BLOCK)
        return self.splits.items[int(self._block(block)[0][place])]

    def ordinal(self, scene: int) -> int:
        """How many earlier scenes are in the split of this one."""
        block, place = divmod(scene, BLOCK)
        while len(self._before) <= block:
            places = self._block(len(self._before) - 1)[0]
            self._before.append(self._before[-1] + np.bincount(places, minlength=len(self.splits.items)))
        splits, ordinals = self._block(block)
        return int(self._before[block][splits[place]]) + int(ordinals[place])

    def most(self, scenes: int) -> dict[str, int]:
        """How many of the first scenes are in each split; of more than `COUNTED`, a little more than there are."""
        counts = np.bincount(self._numbers(0, min(scenes, COUNTED)), minlength=len(self.splits.items))
        if scenes > COUNTED:
            shares = np.diff(self.splits.cumulative, prepend=0.0) / self.splits.cumulative[-1]
            counts = counts + np.ceil((scenes - COUNTED) * shares).astype(np.int64) + SLACK
        return dict(zip(self.splits.items, counts.tolist(), strict=True))

    def _places(self, block: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each scene of a block: its split's number, and how many earlier ones in the block share it."""
        places = self._numbers(block * BLOCK, (block + 1) * BLOCK)
        ordinals = np.zeros(BLOCK, np.int64)
        for number in range(len(self.splits.items)):
            mine = places == number
            ordinals[mine] = np.arange(int(mine.sum()))
        return places, ordinals

    def _numbers(self, first: int, last: int) -> NDArray[np.int64]:
        """(n,) number of the split of each scene from `first` to `last` - 1."""
        u = (self._start + np.arange(first, last) * GOLDEN) % 1.0 * self.splits.cumulative[-1]
        return np.searchsorted(self.splits.cumulative, u, side="right")
