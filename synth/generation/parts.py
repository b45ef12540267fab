"""Part files: the proof that a chunk of images is done.

`.work/parts/<start>-<stop>.jsonl` holds one line per finished image of a chunk: digest and size of the picture, the
draws that were refused, the spec, and the labels. It is written after the pictures, in one step; a picture without a
line is no result, and a line whose picture is missing or has another size counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from synth.files import write_atomically


class PartLine(msgspec.Struct, frozen=True):
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
    """

    index: int
    split: str
    file_name: str
    size: int
    sha256: str
    rejections: tuple[str, ...]
    spec: msgspec.Raw
    image: msgspec.Raw


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


def missing_chunks(done: set[int], count: int, length: int) -> list[range]:
    """The indices below `count` that are not in `done`, as chunks.

    Args:
        done: finished indices.
        count: of the whole dataset.
        length: a chunk never crosses a multiple of it, so that its number (start // length) is the same in every run.
    """
    chunks: list[range] = []
    for index in range(count):
        if index in done:
            continue
        if chunks and chunks[-1].stop == index and index % length:
            chunks[-1] = range(chunks[-1].start, index + 1)
        else:
            chunks.append(range(index, index + 1))
    return chunks
