"""`manifest.jsonl`: one line per image in index order, digest of the picture and the spec that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from synth.errors import LabelError
from synth.files import write_atomically
from synth.generation.folder import parts_folder
from synth.generation.parts import PartLine, read_parts
from synth.inspection.manifest import MANIFEST
from synth.scene.spec import ImageSpec


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line.

    Attributes:
        sha256: of the picture's file.
        spec: as `ImageSpec.to_json` gives it.
        files: digests of the files beside it, by path relative to the dataset's folder.
    """

    sha256: str
    spec: msgspec.Raw
    files: dict[str, str] = {}


class _Numbered(msgspec.Struct, frozen=True):
    """As much of a spec as one must read to find a line."""

    index: int


def write_manifest(root: Path, lines: Sequence[PartLine]) -> None:
    """Writes it from part lines in index order."""
    encode = msgspec.json.Encoder().encode
    entries = (Entry(line.sha256, line.spec, {file.path: file.sha256 for file in line.files}) for line in lines)
    write_atomically(root / MANIFEST, b"".join(encode(entry) + b"\n" for entry in entries))


def find_entry(root: Path, index: int) -> tuple[ImageSpec, str] | None:
    """The spec of an image and the digest of its picture, also in an unfinished folder; None if it is not there.

    Raises:
        LabelError: the manifest is damaged.
    """
    path = root / MANIFEST
    if path.exists():
        for number, text in enumerate(path.read_bytes().splitlines(), start=1):
            try:
                entry = msgspec.json.decode(text, type=Entry)
                found = msgspec.json.decode(entry.spec, type=_Numbered).index == index
            except msgspec.DecodeError as error:
                raise LabelError(
                    f"{path}, line {number}: not what generation writes ({error}); generate again"
                ) from None
            if found:
                return ImageSpec.from_json(bytes(entry.spec)), entry.sha256
    for line in read_parts(parts_folder(root)):
        if line.index == index:
            return ImageSpec.from_json(bytes(line.spec)), line.sha256
    return None
