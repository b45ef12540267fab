"""Which objects a folder of meshes holds, before any of them is read.

A sub-folder or an archive with one mesh is one object of its name, and so is a pair `Top`/`Bot` of half scans in it.
Several meshes in a sub-folder are objects `<sub-folder>/<file>`; files in the folder itself have their own names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.banks.mesh_files import MESH_SUFFIXES
from synth.banks.scan_archives import ARCHIVE_SUFFIXES, unpacked
from synth.banks.scan_halves import Half, half_of
from synth.errors import AssetError

_DEEPEST = 4


@dataclass(frozen=True)
class MeshSource:
    """An object: its name, and its file or those of its halves (the top one first)."""

    name: str
    files: tuple[tuple[Half, Path], ...]


def mesh_sources(folder: Path, cache: Path) -> tuple[tuple[MeshSource, ...], tuple[str, ...]]:
    """The objects of a folder, sorted by name, and a line for each archive that could not be unpacked.

    Args:
        folder: or a single mesh file or archive.
        cache: archives are unpacked here.

    Raises:
        AssetError: it is not there, or holds no meshes.
    """
    if not folder.exists():
        raise AssetError(f"{folder}: no such folder of meshes; name yours with --set meshes=FOLDER, or in the recipe")
    set_aside: list[str] = []
    if folder.is_file():
        found = _of_files([folder], "", cache, set_aside)
    else:
        found = _of_folder(folder.resolve(), "", cache, set_aside, 0)
    if not found and not set_aside:
        known = ", ".join(sorted(MESH_SUFFIXES | ARCHIVE_SUFFIXES))
        raise AssetError(f"{folder}: no meshes in it ({known}); name the folder that holds them")
    return tuple(_distinct(found)), tuple(set_aside)


def _of_folder(folder: Path, name: str, cache: Path, set_aside: list[str], depth: int) -> list[MeshSource]:
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    files = [path for path in entries if path.is_file()]
    found = _of_files(files, name, cache, set_aside, folder.name)
    if depth < _DEEPEST:
        for path in entries:
            if path.is_dir() and not path.is_symlink():
                below = f"{name}/{path.name}" if name else path.name
                found += _of_folder(path, below, cache, set_aside, depth + 1)
    return found


def _of_files(
    files: Sequence[Path], name: str, cache: Path, set_aside: list[str], fallback: str = ""
) -> list[MeshSource]:
    """The objects among the files of one folder, whose name (or `fallback` at the top) is that of a single one."""
    meshes = [path for path in files if path.suffix.lower() in MESH_SUFFIXES]
    found = _grouped(meshes, name, fallback)
    for path in files:
        if path.suffix.lower() in ARCHIVE_SUFFIXES:
            try:
                inside = unpacked(path, cache)
                found += _of_folder(inside, f"{name}/{path.stem}" if name else path.stem, cache, set_aside, 1)
            except AssetError as error:
                set_aside.append(str(error))
    return found


def _grouped(meshes: Sequence[Path], name: str, fallback: str) -> list[MeshSource]:
    stems = Counter(path.stem for path in meshes)
    halves: dict[str, dict[Half, Path]] = {}
    for path in meshes:
        rest, half = half_of(path.stem)
        if half:
            halves.setdefault(rest, {}).setdefault(half, path)
    pairs = {rest: both for rest, both in halves.items() if len(both) == 2 or not rest}
    paired = {path for both in pairs.values() for path in both.values()}
    single = [path for path in meshes if path not in paired]
    alone = len(single) + len(pairs) == 1
    found = []
    for rest, both in pairs.items():
        files = tuple((half, both[half]) for half in ("top", "bottom") if half in both)
        found.append(MeshSource(_named(name, rest, alone, fallback), files))
    for path in single:
        own = path.stem if stems[path.stem] == 1 else path.name
        found.append(MeshSource(name if alone and name else _named(name, own, False, fallback), (("", path),)))
    return found


def _named(name: str, own: str, alone: bool, fallback: str) -> str:
    if name and (alone or not own):
        return name
    own = own or fallback
    return f"{name}/{own}" if name else own


def _distinct(found: Iterable[MeshSource]) -> list[MeshSource]:
    """Sorted by name; of two with one name the second gets a number."""
    taken: set[str] = set()
    distinct = []
    for source in sorted(found, key=lambda source: (source.name, str(source.files))):
        name, number = source.name, 2
        while name in taken:
            name, number = f"{source.name}-{number}", number + 1
        taken.add(name)
        distinct.append(MeshSource(name, source.files))
    return distinct
