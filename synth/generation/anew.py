"""Beginning anew in a folder: what earlier runs made there is deleted, and what they did not make is not.

Whatever a run writes has a name that follows from what it was begun with. A file of any other name in the folders of a
dataset is somebody's own, and then nothing is deleted at all.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from synth.errors import ConfigError
from synth.files import explained
from synth.generation.folder import BEGINNING, HALF_WRITTEN, WORK, read_beginning
from synth.generation.material import read_catalogue
from synth.labels.layout import PLANES, VOC_YEAR
from synth.labels.voc_tree import class_file_name, set_names

FOLDERS = ("images", *PLANES, "labels", "annotations", "VOCdevkit", "tfrecord")
FILES = ("card.json", "data.yaml", "manifest.jsonl", "look/sheet.png", "look/index.html")
STRANGERS_SHOWN = 3


def wipe(root: Path) -> None:
    """Deletes everything that generation has made in a locked, begun folder, except the statement of its beginning.

    Raises:
        ConfigError: files of somebody else lie among them, or it is not known what was made; nothing is deleted then.
    """
    ours = _our_names(root)
    files = [path for folder in FOLDERS for path in _files(root / folder)]
    strangers = [path for path in files if not _is_ours(path.relative_to(root).as_posix(), ours)]
    if strangers:
        shown = ", ".join(str(path.relative_to(root)) for path in sorted(strangers)[:STRANGERS_SHOWN])
        more = f" and {len(strangers) - STRANGERS_SHOWN} more" if len(strangers) > STRANGERS_SHOWN else ""
        raise ConfigError(
            f"{root}: files that were not made here lie among those that were ({shown}{more}), so nothing is deleted; "
            "move them away, or choose another folder with --out"
        )
    with explained(root):
        for path in [*files, *(root / name for name in FILES)]:
            path.unlink(missing_ok=True)
        for folder in (*FOLDERS, "look"):
            _remove_empty(root / folder)
        for path in (root / WORK).iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name not in ("lock", BEGINNING.name):
                path.unlink()


def _our_names(root: Path) -> re.Pattern[str]:
    """Matches the path, relative to the folder, of each file that a run may have written into `FOLDERS`."""
    recipe = read_beginning(root).recipe
    stem = rf"{re.escape(recipe['name'])}_\d{{6,}}"
    splits = list(recipe["splits"])
    split = _any_of(splits)
    voc = rf"VOCdevkit/{VOC_YEAR}"
    sets = _any_of(list(set_names(splits)))
    classes = _any_of([class_file_name(name) for name in _categories(root)])
    return re.compile(
        "|".join(
            (
                rf"images/{split}/{stem}\.jpg",
                rf"labels/{split}/{stem}\.txt",
                rf"{_any_of(list(PLANES))}/{split}/{stem}\.png",
                rf"annotations/instances_{split}\.json",
                rf"annotations/rle/{split}\.json",
                rf"{voc}/Annotations/{stem}\.xml",
                rf"{voc}/JPEGImages/{stem}\.jpg",
                rf"{voc}/ImageSets/Main/(?:{classes}_)?{sets}\.txt",
                rf"{voc}/labelmap\.txt",
                rf"tfrecord/{split}-\d+-of-\d+\.tfrecord",
                r"tfrecord/label_map\.pbtxt",
            )
        )
    )


def _categories(root: Path) -> tuple[str, ...]:
    try:
        return read_catalogue(root).catalogue.categories
    except ConfigError:
        return ()


def _any_of(names: list[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, names))})"


def _is_ours(path: str, ours: re.Pattern[str]) -> bool:
    folder, _, name = path.rpartition("/")
    half = HALF_WRITTEN.fullmatch(name)
    return ours.fullmatch(f"{folder}/{half[1] if half else name}") is not None


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder; a link counts as a file, wherever it leads."""
    if folder.is_symlink() or folder.is_file():
        yield folder
        return
    for here, folders, files in os.walk(folder):
        yield from (Path(here, name) for name in files)
        yield from (path for name in folders if (path := Path(here, name)).is_symlink())


def _remove_empty(folder: Path) -> None:
    for here, _, _ in os.walk(folder, topdown=False):
        if not any(Path(here).iterdir()):
            Path(here).rmdir()
