"""Labelled images as single lines of JSON, with nothing lost: what part files hold while a dataset is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import msgspec

from synth.errors import LabelError
from synth.labels.record import annotation_from_record, annotation_record
from synth.labels.sample import LabelledImage


def encode_image(image: LabelledImage) -> bytes:
    """One line of JSON that `decode_image` turns back into an equal record."""
    return msgspec.json.encode(
        {
            "file_name": image.file_name,
            "width": image.width,
            "height": image.height,
            "split": image.split,
            "extra": dict(image.extra),
            "annotations": [annotation_record(a, image.width, image.height, masks="rle") for a in image.annotations],
        }
    )


def decode_image(data: bytes) -> LabelledImage:
    """Reads what `encode_image` wrote; LabelError if it is something else."""
    try:
        record = msgspec.json.decode(data)
        width, height = record["width"], record["height"]
        annotations = tuple(
            annotation_from_record(a, _SAME_IDS, width, height, _SAME_IDS) for a in record["annotations"]
        )
        return LabelledImage(record["file_name"], width, height, annotations, record["split"], record["extra"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise LabelError(f"not a labelled image as this version writes it ({error}); make it again") from None


class _SameIds(Mapping[int | str, int]):
    """Category ids as they are in our own records, however many categories there are."""

    def __getitem__(self, key: int | str) -> int:
        if isinstance(key, int) and key > 0:
            return key - 1
        raise KeyError(key)

    def __iter__(self) -> Iterator[int | str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_SAME_IDS = _SameIds()


class EncodedImages(Sequence[LabelledImage]):
    """Labelled images that stay encoded until they are looked at: 20,000 of them fit into a few megabytes."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> LabelledImage: ...
    @overload
    def __getitem__(self, index: slice) -> EncodedImages: ...
    def __getitem__(self, index: int | slice) -> LabelledImage | EncodedImages:
        if isinstance(index, slice):
            return EncodedImages(self._lines[index])
        return decode_image(self._lines[index])
