"""The dataset folder while it grows: who may write to it, what it was begun with, what does not belong in it.

A folder without `card.json` is unfinished. Everything that a resumed run needs lies in `.work/`, and only there may
stand absolute paths.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from synth.errors import ConfigError
from synth.files import explained, write_atomically

WORK = ".work"
OURS = ("VOCdevkit", "annotations", "images", "labels", "tfrecord", "card.json", "data.yaml", "manifest.jsonl")
ANEW = "choose another folder with --out, or begin anew with --fresh (which deletes what was made here)"


class Beginning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What decides the bytes of a dataset besides its length; a folder is never continued with another.

    Attributes:
        recipe: resolved, without paths and count.
        formats: of the labels.
        versions: of the libraries that make the bytes.
        material: digest of each tag and photo, by id.
    """

    recipe: dict[str, Any]
    formats: tuple[str, ...]
    versions: dict[str, str]
    material: dict[str, str]


def parts_folder(root: Path) -> Path:
    """Where the part files lie."""
    return root / WORK / "parts"


@contextmanager
def locked(root: Path, *, shared: bool) -> Iterator[None]:
    """Holds the folder. The system lets go of the lock when its process ends, however it ends.

    Args:
        root: dataset folder; made if it is not there.
        shared: runs of single shards may work side by side, a whole run may not.

    Raises:
        ConfigError: another run is at work in it, or it holds something else than a dataset of ours.
        AssetError: it cannot be written.
    """
    work = root / WORK
    if root.is_dir() and not work.is_dir() and any(root.iterdir()):
        raise ConfigError(f"{root}: not empty, and not a folder that can be continued; choose another one with --out")
    with explained(root):
        work.mkdir(parents=True, exist_ok=True)
        lock = os.open(work / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(lock, 20, 0).decode().strip()
            raise ConfigError(f"{root}: another run (process {pid}) is at work here; wait for it, or stop it") from None
        with explained(root):
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def has_images(root: Path) -> bool:
    """Whether earlier runs have finished anything in a folder. If not, it may as well be begun with something else."""
    return (root / "card.json").exists() or any(parts_folder(root).glob("*.jsonl"))


def wipe(root: Path) -> None:
    """Deletes everything that generation has made in a locked folder, and nothing else."""
    entries = [root / name for name in OURS]
    entries += [path for path in (root / WORK).iterdir() if path.name != "lock"]
    with explained(root):
        for path in entries:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def begin(root: Path, beginning: Beginning) -> None:
    """States what the folder is begun with, or checks that it is continued with the same.

    Raises:
        ConfigError: it was begun with something else.
    """
    path = root / WORK / "beginning.json"
    if not path.exists():
        write_atomically(path, msgspec.json.encode(beginning))
        return
    before = read_beginning(root)
    now = msgspec.json.decode(msgspec.json.encode(beginning), type=Beginning)
    for what, changed in (
        ("another recipe", differences(before.recipe, now.recipe)),
        ("other material", differences(before.material, now.material)),
        ("other label formats", differences(before.formats, now.formats, "formats")),
        ("other versions", differences(before.versions, now.versions)),
    ):
        if changed:
            more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
            raise ConfigError(f"{root}: was begun with {what} ({'; '.join(changed[:3])}{more}); {ANEW}")


def read_beginning(root: Path) -> Beginning:
    """What the folder was begun with; ConfigError if that is not known."""
    path = root / WORK / "beginning.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Beginning)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}), so this folder cannot be continued; {ANEW}") from None


def differences(before: object, after: object, where: str = "") -> list[str]:
    """One line per value that differs between two JSON documents: "key.part was X, is Y"."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [*before, *(key for key in after if key not in before)]
        pairs = [(key, before.get(key, "absent"), after.get(key, "absent")) for key in keys]
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        pairs = [(number, *pair) for number, pair in enumerate(zip(before, after, strict=True))]
    else:
        return [] if before == after else [f"{where} was {_short(before)}, is {_short(after)}"]
    return [line for key, a, b in pairs for line in differences(a, b, f"{where}.{key}" if where else str(key))]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def sweep(root: Path, name: str, made: Collection[int]) -> None:
    """Deletes what killed workers left: half-written files, and files of images that are not finished.

    Args:
        root: dataset folder, locked.
        name: the recipe's, with which the files of images start.
        made: the finished indices.
    """
    ours = re.compile(rf"{re.escape(name)}_(\d{{6,}})\.\w+")
    with explained(root):
        for top in ("images", "labels", "VOCdevkit", WORK):
            for folder, _, files in os.walk(root / top):
                for file in files:
                    match = ours.fullmatch(file)
                    stray = match is not None and int(match[1]) not in made
                    if stray or (file.startswith(".") and file.endswith(".tmp")):
                        Path(folder, file).unlink(missing_ok=True)
