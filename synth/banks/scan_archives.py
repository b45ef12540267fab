"""Zip archives of scans (3d-dl's `.model` files among them), unpacked with care into a folder of the cache.

An archive is a stranger's: names that lead out of the folder, links, encrypted entries, and sizes or ratios that no
scan has are refused before a byte is written.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from synth.errors import AssetError
from synth.files import explained, sha256, write_atomically

ARCHIVE_SUFFIXES = frozenset((".model", ".zip"))
MOST_BYTES = 1 << 30
MOST_FILES = 2000
MOST_RATIO = 200
_SMALL = 1 << 20


def unpacked(path: Path, cache: Path) -> Path:
    """The folder with an archive's files, named by its digest; unpacked unless it is there already.

    Raises:
        AssetError: not a whole zip, or one that must not be unpacked.
    """
    folder = cache / f"archive-{sha256(path)[:32]}"
    done = folder / ".whole"
    if done.is_file():
        return folder
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _require_harmless(path, entries)
            for entry in entries:
                _extract(archive, entry, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        with explained(folder):
            shutil.rmtree(folder, ignore_errors=True)
        raise AssetError(f"{path}: not a whole zip archive ({error}); copy it again or remove it") from None
    write_atomically(done, b"")
    return folder


def _require_harmless(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise AssetError(f"{path}: {len(entries)} files, at most {MOST_FILES} are unpacked; unpack it yourself")
    total = 0
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        outside = PurePosixPath(name).is_absolute() or bool(PureWindowsPath(name).drive) or ".." in name.split("/")
        if outside or "\0" in name:
            raise AssetError(f"{path}: names {entry.filename!r}, outside of its folder, so it is not unpacked")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise AssetError(f"{path}: {entry.filename!r} is a link, so it is not unpacked; pack the file itself")
        if entry.flag_bits & 1:
            raise AssetError(f"{path}: {entry.filename!r} is encrypted; unpack it yourself")
        total += entry.file_size
        if entry.file_size > _SMALL and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            raise AssetError(
                f"{path}: {entry.filename!r} grows {entry.file_size // max(1, entry.compress_size)} fold, more than "
                f"{MOST_RATIO}: a zip bomb is not unpacked"
            )
    if total > MOST_BYTES:
        raise AssetError(f"{path}: {total >> 20} MB when unpacked, at most {MOST_BYTES >> 20} MB; unpack it yourself")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    """Writes one file; its true size may not be more than the directory says."""
    with archive.open(entry) as source:
        data = source.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename!r} is not of the size that is stated")
    target = folder / PurePosixPath(entry.filename.replace("\\", "/"))
    write_atomically(target, data)
