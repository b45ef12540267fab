"""The dataset folder while it grows: who may write to it, what it was begun with, what does not belong in it.

A folder without `card.json` is unfinished. Everything that a resumed run needs lies in `.work/`, and only there may
stand absolute paths.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from synth.errors import ConfigError
from synth.files import explained, write_atomically
from synth.labels.layout import PLANES

WORK = ".work"
CATALOGUE = Path(WORK, "catalogue.json")
BEGINNING = Path(WORK, "beginning.json")
HALF_WRITTEN = re.compile(r"\.(.+)\.\d+\.tmp")
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
    """Holds the folder, making it if need be. The system lets go of the lock when its process ends, however it ends.

    Args:
        root: dataset folder; made if it is not there.
        shared: runs of single shards may work side by side, a whole run may not.

    Raises:
        ConfigError: another run is at work in it, or it holds something that we did not begin.
        AssetError: it cannot be written.
    """
    require_ours(root)
    work = root / WORK
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


def is_begun(root: Path) -> bool:
    """Whether a run of ours has stated what it is begun with."""
    return (root / BEGINNING).exists()


def require_ours(root: Path) -> None:
    """ConfigError if a folder holds anything and was not begun by us."""
    if not root.is_dir() or is_begun(root):
        return
    entries = [path.name for path in root.iterdir() if path.name != WORK]
    entries += [f"{WORK}/{path.name}" for path in (root / WORK).glob("*") if not _is_first(path.name)]
    if entries:
        raise ConfigError(
            f"{root}: holds {min(entries)} and was not begun by synth generate, so nothing is made in it; "
            "choose another folder with --out"
        )


def _is_first(name: str) -> bool:
    """Whether a file in `.work/` may have been left by a run that was killed before the folder was begun."""
    half = HALF_WRITTEN.fullmatch(name)
    return (half[1] if half else name) in ("lock", "measured", CATALOGUE.name, BEGINNING.name)


def has_images(root: Path) -> bool:
    """Whether earlier runs have finished anything in a folder. If not, it may as well be begun with something else."""
    return (root / "card.json").exists() or any(parts_folder(root).glob("*.jsonl"))


def begin(root: Path, beginning: Beginning) -> None:
    """States what the folder is begun with."""
    write_atomically(root / BEGINNING, msgspec.json.encode(beginning))


def require_same(root: Path, beginning: Beginning) -> None:
    """ConfigError if the folder was begun with something else."""
    before = read_beginning(root)
    now = msgspec.json.decode(msgspec.json.encode(beginning), type=Beginning)
    for what, changed in (
        ("another recipe", differences(before.recipe, now.recipe)),
        ("other material", differences(before.material, now.material)),
        ("other label formats", differences(before.formats, now.formats, "formats")),
        ("other versions", differences(before.versions, now.versions)),
    ):
        if changed:
            raise begun_with(root, what, changed)


def begun_with(root: Path, what: str, changed: Sequence[str]) -> ConfigError:
    """The refusal to go on with something else."""
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    return ConfigError(f"{root}: was begun with {what} ({'; '.join(changed[:3])}{more}); put that back, {ANEW}")


def read_beginning(root: Path) -> Beginning:
    """What the folder was begun with; ConfigError if that is not known."""
    path = root / BEGINNING
    try:
        return msgspec.json.decode(path.read_bytes(), type=Beginning)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({error}), so this folder cannot be continued; "
            "delete it yourself, or choose another one with --out"
        ) from None


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
    ours = re.compile(rf"{re.escape(name)}_(\d{{6,}})\.(?:jpg|png|txt|xml)")
    with explained(root):
        for top in ("images", *PLANES, "labels", "VOCdevkit", WORK):
            for folder, _, files in os.walk(root / top):
                for file in files:
                    match = ours.fullmatch(file)
                    stray = match is not None and int(match[1]) not in made
                    if stray or HALF_WRITTEN.fullmatch(file) is not None:
                        Path(folder, file).unlink(missing_ok=True)
