"""Keyed permutations of 0, ..., size - 1: a secret order in which nothing comes twice and nothing has to be stored.

An unbalanced Feistel network (Luby and Rackoff 1988) over pairs of a grid that is barely larger than the range; what
falls outside of the range is mapped again (cycle walking, Black and Rogaway 2002).
"""

from __future__ import annotations

import hashlib
import math

ROUNDS = 8


class Permutation:
    """A permutation of [0, size) that depends on a key and on the size, on nothing else."""

    def __init__(self, size: int, key: bytes) -> None:
        """Prepares.

        Args:
            size: at least 1, of any magnitude.
            key: any bytes.
        """
        self.size = size
        self._columns = math.isqrt(size - 1) + 1
        self._rows = -(-size // self._columns)
        self._bytes = (self._columns.bit_length() + 7) // 8
        secret = hashlib.blake2b(key, digest_size=32, person=b"synth-serials").digest()
        self._rounds = [hashlib.shake_128(secret + bytes([number])) for number in range(ROUNDS)]

    def image(self, number: int) -> int:
        """Where a number in [0, size) goes."""
        columns, rows, width = self._columns, self._rows, self._bytes
        while True:
            row, column = divmod(number, columns)
            for k in range(0, ROUNDS, 2):
                # eight bytes more than needed: the remainder is then even to 1 in 2^64
                mixer = self._rounds[k].copy()
                mixer.update(column.to_bytes(width, "little"))
                row = (row + int.from_bytes(mixer.digest(width + 8), "little")) % rows
                mixer = self._rounds[k + 1].copy()
                mixer.update(row.to_bytes(width, "little"))
                column = (column + int.from_bytes(mixer.digest(width + 8), "little")) % columns
            number = row * columns + column
            if number < self.size:
                return number
