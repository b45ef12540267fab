"""Part files: the proof that a chunk of images is done.

`.work/parts/<start>-<stop>.jsonl` holds one line per finished image of a chunk: digest and size of the picture and of
the files beside it, the draws that were refused, the spec, and the labels. It is written after the pictures, in one
step; a picture without a line is no result, and a line whose picture (or a file beside it) is missing or has another
size counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import msgspec

from synth.files import write_atomically


class PartFile(msgspec.Struct, frozen=True):
    """A file beside a picture: path relative to the dataset's folder, bytes, digest."""

    path: str
    size: int
    sha256: str


class PartLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finished image.

    Attributes:
        index: of the image.
        split: its split.
        file_name: base name of the picture.
        size: of the picture, bytes.
        sha256: of the picture.
        rejections: reasons of the refused draws, in order.
        spec: as `ImageSpec.to_json` gives it.
        image: the labels, as `encode_image` gives them.
        files: depth and normals.
    """

    index: int
    split: str
    file_name: str
    size: int
    sha256: str
    rejections: tuple[str, ...]
    spec: msgspec.Raw
    image: msgspec.Raw
    files: tuple[PartFile, ...] = ()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(PartLine)


def write_part(folder: Path, chunk: range, lines: Sequence[PartLine]) -> None:
    """Writes what there is of a chunk."""
    path = folder / f"{chunk.start:08d}-{chunk.stop:08d}.jsonl"
    write_atomically(path, b"".join(_ENCODER.encode(line) + b"\n" for line in lines))


def read_parts(folder: Path) -> Iterator[PartLine]:
    """All lines, part by part. A damaged part (a power cut can leave one) is passed over: its images are made again."""
    for path in sorted(folder.glob("*.jsonl")):
        try:
            yield from [_DECODER.decode(line) for line in path.read_bytes().splitlines()]
        except msgspec.DecodeError:
            continue


@dataclass(frozen=True)
class Missing:
    """The indices that a run has to make, known without listing them: a count may be a billion.

    Attributes:
        done: finished indices.
        count: of the whole dataset.
        length: a chunk never crosses a multiple of it, so that its number (start // length) is the same in every run.
        shard: (number, count), 1 <= number <= count: only chunks whose number leaves the remainder `number - 1`.
    """

    done: Set[int]
    count: int
    length: int
    shard: tuple[int, int] = (1, 1)

    def total(self) -> int:
        """How many there are."""
        number, shards = self.shard
        whole, rest = divmod(self.count, self.length)
        ours = len(range(number - 1, whole, shards)) * self.length + (rest if whole % shards == number - 1 else 0)
        return ours - sum(i < self.count and i // self.length % shards == number - 1 for i in self.done)

    def chunks(self) -> Iterator[range]:
        """The same in order, as chunks."""
        number, shards = self.shard
        for start in range((number - 1) * self.length, self.count, shards * self.length):
            first = start
            stop = min(start + self.length, self.count)
            for index in range(start, stop):
                if index in self.done:
                    if first < index:
                        yield range(first, index)
                    first = index + 1
            if first < stop:
                yield range(first, stop)
