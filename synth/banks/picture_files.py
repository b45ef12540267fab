"""Pictures and scenes for rendering, as they lie in a user's folders: textures, environments, .blend files.

An id is the path relative to the folder that was given, with that folder's name in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synth.banks.records import PictureRecord
from synth.errors import AssetError, ConfigError
from synth.files import sha256

TEXTURES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
ENVIRONMENTS = (".exr", ".hdr", ".jpeg", ".jpg", ".png")
BLEND = ".blend"


def picture_records(folders: Sequence[Path], endings: Sequence[str], key: str) -> tuple[PictureRecord, ...]:
    """The pictures in folders and below, sorted by id.

    Args:
        folders: to look in.
        endings: of the names that count, in lower case.
        key: of the recipe, for messages.

    Raises:
        AssetError: a folder is missing, or holds none.
        ConfigError: two have one id.
    """
    found: dict[str, PictureRecord] = {}
    for folder in folders:
        if not folder.is_dir():
            raise AssetError(f"{key}: {folder} is no folder")
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in endings)
        if not paths:
            raise AssetError(f"{key}: {folder} holds none of {', '.join(endings)}")
        for path in paths:
            record = _record(f"{folder.name}/{path.relative_to(folder).as_posix()}", path)
            if found.setdefault(record.id, record).path != record.path:
                raise ConfigError(f"{key}: two pictures are called {record.id!r}; rename one of the folders")
    return tuple(found[name] for name in sorted(found))


def scene_record(path: Path) -> PictureRecord:
    """A .blend file; its id is its name. AssetError if it cannot be read."""
    return _record(path.name, path)


def _record(name: str, path: Path) -> PictureRecord:
    try:
        return PictureRecord(name, str(path.resolve()), sha256(path))
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror})") from None
