"""Background photos: found in folders, measured once, with the hand labels that lie in them.

A photo's id is its path relative to the folder that was given, with that folder's name in front; folders of one name
get as many of their parents' names as it takes to tell them apart. What was measured can be remembered in a cache
folder of the caller's choice, never beside the photos.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from synth.banks.measurement import (
    LIGHT_SIZE,
    blur_and_grain,
    cast_grid,
    fingerprint,
    is_infrared,
    light_grid,
    luma,
    palette,
)
from synth.banks.records import PhotoAnnotation, PhotoRecord
from synth.errors import AssetError, ConfigError
from synth.files import sha256, write_atomically
from synth.labels.photos import LabelledPhoto, LabelledPhotos, read_labelled_photos
from synth.labels.pictures import read_picture

_CACHE_VERSION = 2


class _Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured in the pixels of one file, and the state of that file."""

    size: int
    mtime_ns: int
    sha256: str
    width: int
    height: int
    infrared: bool
    light: tuple[int, ...]
    cast: tuple[tuple[int, int], ...]
    palette: tuple[tuple[int, int, int], ...]
    sharpness_px: float
    noise: float
    fingerprint: str


@dataclass(frozen=True)
class FoundPhotos:
    """What a scan found.

    Attributes:
        photos: sorted by id.
        set_aside: one line for each file that could not be read and each label that was left out.
    """

    photos: tuple[PhotoRecord, ...]
    set_aside: tuple[str, ...]


def scan_photos(folders: Sequence[Path], cache: Path | None = None) -> FoundPhotos:
    """Measures all photos of some folders.

    Args:
        folders: each a folder of photos, with or without hand labels.
        cache: folder in which measurements are remembered; a file counts as the same if path, size and time of
            change agree.

    Raises:
        ConfigError: a folder is given twice.
        AssetError: a folder does not exist or holds no photo.
    """
    records: list[PhotoRecord] = []
    set_aside: list[str] = []
    for folder, prefix in zip(folders, _prefixes(folders), strict=True):
        labelled = read_labelled_photos(folder)
        set_aside += labelled.problems
        for photo in labelled.photos:
            try:
                measured = _remembered(photo.path, cache)
            except AssetError as error:
                set_aside.append(str(error))
                continue
            records.append(_record(photo, labelled, measured, f"{prefix}/{_relative(photo.path, folder)}"))
    return FoundPhotos(tuple(sorted(records, key=lambda record: record.id)), tuple(set_aside))


def _prefixes(folders: Sequence[Path]) -> list[str]:
    """The shortest tails of the folders' paths that differ."""
    resolved = [folder.resolve() for folder in folders]
    twice = next((folder for i, folder in enumerate(resolved) if folder in resolved[:i]), None)
    if twice is not None:
        raise ConfigError(f"{twice}: given twice as a folder of photos; name it once")
    depth = 1
    while True:
        names = ["/".join(folder.parts[-depth:]).lstrip("/") for folder in resolved]
        if len(set(names)) == len(names):
            return names
        depth += 1


def _relative(path: Path, folder: Path) -> str:
    """The photo's path as it is seen in the folder, wherever links lead."""
    return Path(os.path.relpath(path, folder)).as_posix()


def _record(photo: LabelledPhoto, labelled: LabelledPhotos, measured: _Measured, name: str) -> PhotoRecord:
    names = labelled.categories.names
    return PhotoRecord(
        id=name,
        path=str(photo.path.resolve()),
        sha256=measured.sha256,
        width=measured.width,
        height=measured.height,
        annotations=tuple(
            PhotoAnnotation(names[one.category], one.box, one.text, one.identity, one.difficult)
            for one in photo.labels.annotations
        ),
        infrared=measured.infrared,
        light=measured.light,
        light_size=LIGHT_SIZE,
        cast=measured.cast,
        palette=measured.palette,
        sharpness_px=measured.sharpness_px,
        noise=measured.noise,
        fingerprint=measured.fingerprint,
    )


def _remembered(path: Path, cache: Path | None) -> _Measured:
    """The measurements of a file, from the cache if it did not change."""
    try:
        state = path.stat()
        if cache is None:
            return _measure(path)
        key = hashlib.sha256(f"{_CACHE_VERSION}:{path.resolve()}".encode()).hexdigest()
        note = cache / f"{key[:32]}.json"
        known = _read(note)
        if known is not None and (known.size, known.mtime_ns) == (state.st_size, state.st_mtime_ns):
            return known
        measured = _measure(path)
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions") from None
    write_atomically(note, msgspec.json.encode(measured))
    return measured


def _read(note: Path) -> _Measured | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Measured)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _measure(path: Path) -> _Measured:
    state = path.stat()
    digest = sha256(path)
    picture = read_picture(path)
    grey = luma(picture)
    blur, grain = blur_and_grain(grey)
    return _Measured(
        size=state.st_size,
        mtime_ns=state.st_mtime_ns,
        sha256=digest,
        width=picture.shape[1],
        height=picture.shape[0],
        infrared=is_infrared(picture),
        light=light_grid(grey),
        cast=cast_grid(picture, grey),
        palette=palette(picture),
        sharpness_px=round(blur, 3),
        noise=round(grain, 3),
        fingerprint=fingerprint(grey),
    )
