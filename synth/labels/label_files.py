"""Which files in a folder are photos or label files, by their names and, where names do not tell, their first line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from synth.labels.coco import FILE_PREFIX

_COCO_NAMES = ("coco.json", "annotations.json", "labels.json")
_EXACT_MASKS = "_rle"


def visible_files(folder: Path, suffixes: Iterable[str]) -> list[Path]:
    """All files below a folder whose suffix, in lower case, is wanted; sorted, without hidden ones."""
    wanted = frozenset(suffixes)
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in wanted
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def coco_files(folder: Path) -> list[Path]:
    """JSON files of COCO's usual names; of two that differ in how masks are written, the exact one."""
    paths = visible_files(folder, (".json",))
    coco = [
        path
        for path in paths
        if path.name in _COCO_NAMES
        or path.name.startswith(FILE_PREFIX)
        or path.name.endswith(".coco.json")
        or path.parent == folder / "annotations"
    ]
    exact = {path.with_name(path.name.replace(_EXACT_MASKS, "")) for path in coco if path.stem.endswith(_EXACT_MASKS)}
    return [path for path in coco if path not in exact]


def looks_like_yolo(path: Path) -> bool:
    """Whether a text file is a label file and not somebody's notes: empty, or it starts with five numbers or more."""
    try:
        with path.open("rb") as file:
            first = file.readline(4096).split()
        return not first or len([float(number) for number in first]) >= 5
    except (OSError, ValueError):
        return False
