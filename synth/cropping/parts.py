"""Part files: the proof that a chunk of pictures is cropped.

`.work/<sets>/<start>-<stop>.json` holds what each picture of a chunk gave, and the size of every file that was written
for it. It is written after those files, in one step; a part that names a file which is missing or has another size
counts for nothing. A chunk with pictures that could not be read is made again by the next run.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

import msgspec

from synth.cropping.made import Made
from synth.cropping.options import SetName
from synth.files import write_atomically
from synth.labels.layout import image_path, voc_path, yolo_path

TAB = "\t"


class _Part(msgspec.Struct, frozen=True):
    files: dict[str, int]
    characters: list[msgspec.Raw]
    rotation: list[msgspec.Raw]
    recognition: list[tuple[str, str, str]]
    detection: list[tuple[str, str]]
    left_out: list[tuple[SetName, str, int]]
    problems: list[str]


def part_path(out: Path, sets: tuple[SetName, ...], chunk: range) -> Path:
    """Where a chunk's part file is."""
    return out / ".work" / "-".join(sets) / f"{chunk.start:08d}-{chunk.stop:08d}.json"


def write_part(path: Path, out: Path, made: Made) -> None:
    """States that a chunk is done."""
    names = _crops(out, "characters", made.characters) + _crops(out, "rotation", made.rotation)
    names += [f"text/{name}" for _, name, _ in made.recognition]
    for split, line in made.detection:
        picture = line.partition(TAB)[0]
        names += [f"text/full/{picture}", f"text/icdar/{split}/gt_{PurePosixPath(picture).stem}.txt"]
    files = {name: (out / name).stat().st_size for name in names}
    left_out = [(name, reason, count) for (name, reason), count in sorted(made.left_out.items())]
    part = _Part(files, made.characters, made.rotation, made.recognition, made.detection, left_out, made.problems)
    write_atomically(path, msgspec.json.encode(part))


class _Named(msgspec.Struct):
    file_name: str
    split: str


def _crops(out: Path, name: SetName, lines: list[msgspec.Raw]) -> list[str]:
    """The files of crops: their pictures, and those label files of theirs that their formats have."""
    files = []
    for image in (msgspec.json.decode(line, type=_Named) for line in lines):
        own = voc_path(out / name, image.file_name), yolo_path(out / name, image.split, image.file_name)
        files += [image_path(out / name, image.split, image.file_name), *(path for path in own if path.is_file())]
    return [path.relative_to(out).as_posix() for path in files]


def read_part(path: Path, out: Path) -> Made | None:
    """What a finished chunk gave; None if it is not finished."""
    try:
        part = msgspec.json.decode(path.read_bytes(), type=_Part)
        if any((out / name).stat().st_size != size for name, size in part.files.items()):
            return None
    except (OSError, msgspec.DecodeError):
        return None
    left_out: Counter[tuple[SetName, str]] = Counter({(name, reason): count for name, reason, count in part.left_out})
    return Made(part.characters, part.rotation, part.recognition, part.detection, left_out, part.problems)
