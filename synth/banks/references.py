"""Files that a mesh file names: found in its own folder or below, and nowhere else.

A stranger's file may name `/etc/passwd` or `../../secret`; an honest one often has the path of its author's machine.
So what lies outside is never opened; a file of the same name beside the mesh takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath


@dataclass
class References:
    """Looks files up for one mesh.

    Attributes:
        folder: where the mesh lies.
        notes: what was refused, missing, or found elsewhere, one line each.
        found: the files that were found, in order.
    """

    folder: Path
    notes: list[str] = field(default_factory=list)
    found: list[Path] = field(default_factory=list)

    def find(self, name: str, what: str) -> Path | None:
        """The file of a name; None (and a note) if it is not there or may not be opened."""
        plain = name.strip().strip('"').replace("\\", "/")
        outside = PurePosixPath(plain).is_absolute() or bool(PureWindowsPath(plain).drive) or ".." in plain.split("/")
        path = None if outside else self._inside(plain)
        if path is None:
            path = self._inside(PurePosixPath(plain).name)
            if path is not None:
                self.notes.append(f"{what} {name!r} taken from {path.name!r} beside the mesh")
        if path is None:
            why = "lies outside the mesh's folder and was not opened" if outside else "is missing"
            self.notes.append(f"{what} {name!r} {why}")
        elif path not in self.found:
            self.found.append(path)
        return path

    def _inside(self, plain: str) -> Path | None:
        """The file, also if its name is written with other capitals; never through a link that leads out."""
        path = self.folder
        for part in PurePosixPath(plain).parts:
            path = path / part
            if not path.exists():
                alike = [p for p in _listed(path.parent) if p.name.casefold() == part.casefold()]
                if not alike:
                    return None
                path = alike[0]
        inside = path.resolve().is_relative_to(self.folder.resolve())
        return path if inside and path.is_file() else None


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
