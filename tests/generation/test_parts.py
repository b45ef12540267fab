from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from synth.generation.parts import Missing, PartLine, read_parts, write_part


def line(index: int) -> PartLine:
    return PartLine(
        index, "train", f"x_{index:06d}.jpg", 7, "ab", ("no room",), msgspec.Raw(b'{"a":1.5}'), msgspec.Raw(b'{"b":[]}')
    )


@given(st.sets(st.integers(0, 90)), st.integers(0, 80), st.integers(1, 30), st.integers(1, 4))
def test_chunks_are_exactly_what_is_missing(done, count, length, shards):
    every = []
    for number in range(1, shards + 1):
        missing = Missing(done, count, length, (number, shards))
        chunks = list(missing.chunks())
        assert missing.total() == sum(map(len, chunks))
        for chunk in chunks:
            assert chunk[0] // length == chunk[-1] // length, "so that its number does not depend on what is done"
            assert chunk[0] // length % shards == number - 1
        every += [index for chunk in chunks for index in chunk]
    assert sorted(every) == [i for i in range(count) if i not in done]


def test_chunks_of_a_new_dataset_are_as_long_as_can_be():
    assert list(Missing(set(), 60, 25).chunks()) == [range(25), range(25, 50), range(50, 60)]


def test_a_billion_images_cost_nothing_until_they_are_made():
    missing = Missing({3}, 10**15, 25, (2, 3))
    assert missing.total() == (10**15 // 25 - 1 + 2) // 3 * 25
    assert next(missing.chunks()) == range(25, 50)


def test_a_part_comes_back_as_it_was_written(tmp_path):
    write_part(tmp_path, range(25, 50), [line(25), line(49)])
    write_part(tmp_path, range(25), [line(3)])
    assert list(read_parts(tmp_path)) == [line(3), line(25), line(49)]
    assert list(read_parts(tmp_path / "nowhere")) == []


def test_a_damaged_part_counts_for_nothing(tmp_path):
    write_part(tmp_path, range(2), [line(0), line(1)])
    write_part(tmp_path, range(2, 4), [line(2), line(3)])
    damaged = next(path for path in tmp_path.iterdir() if path.name.startswith("00000000"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert list(read_parts(tmp_path)) == [line(2), line(3)]
