"""Faces by name: those that the project draws itself, the embedded fonts, and font files of the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from synth.assets import AssetFile, asset_file, asset_files
from synth.errors import AssetError
from synth.serials.drawn_faces import DRAWN_FACES
from synth.serials.font_files import FontFace
from synth.serials.glyphs import Face, Glyph
from synth.serials.styling import emboldened, hollow

FONT_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2"})
BUILT_IN: tuple[str, ...] = tuple(DRAWN_FACES)


def face_names() -> tuple[str, ...]:
    """Names of all faces that need no file of the user's: drawn ones, then embedded fonts, each sorted."""
    return (*sorted(BUILT_IN), *sorted(_embedded()))


def _embedded() -> dict[str, str]:
    """File names of the embedded fonts by their faces' names: RobotoCondensed-Bold.ttf is roboto-condensed-bold."""
    names = [file.path.name for file in asset_files("fonts")]
    return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", Path(name).stem).lower(): name for name in names}


def shipped_font(name: str) -> AssetFile | None:
    """The embedded font of a face; None if there is none of that name."""
    file = _embedded().get(name)
    return None if file is None else asset_file("fonts", file)


def open_face(name_or_path: str | Path) -> Face:
    """A face, opened once and kept for as long as its file is the same.

    Args:
        name_or_path: one of `face_names()`, or a font file.

    Raises:
        AssetError: no face of that name, or a file that cannot serve as one.
    """
    name = str(name_or_path)
    return _open_face(name, _file_state(name))


def _file_state(name: str) -> tuple[int, int] | None:
    """Tells a file from the one that lay there before; None for what is no file."""
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=64)
def _open_face(name: str, _state: tuple[int, int] | None) -> Face:
    if name in DRAWN_FACES:
        return DRAWN_FACES[name]
    embedded = _embedded()
    if name in embedded:
        return FontFace(asset_file("fonts", embedded[name]).path)
    if Path(name).suffix.lower() in FONT_SUFFIXES or Path(name).is_file():
        return FontFace(Path(name))
    raise AssetError(f"no face {name!r}; there are {', '.join(face_names())}, and paths of font files (.ttf, .otf)")


@lru_cache(maxsize=4096)
def styled_glyph(face: Face, character: str, *, weight: float, outline: float) -> Glyph:
    """A character in another weight, or hollow.

    Args:
        face: that it is of.
        character: one of it.
        weight: outlines moved outwards by so many cap heights (inwards, if negative).
        outline: width of the line along the outlines, in cap heights; 0 fills them.

    Raises:
        AssetError: the face lacks it, or the weight thins it to nothing.
    """
    shape = emboldened(face.glyph(character), weight, f"{face.name}, {character!r}")
    return hollow(shape, outline)


def require_characters(face: Face, characters: Iterable[str]) -> None:
    """Holds a face to a set of characters.

    Raises:
        AssetError: one line that names every character that is missing or empty, and those that look the same.
    """
    wanted = sorted(set(characters))
    missing = [character for character in wanted if not face.has(character)]
    if missing:
        raise AssetError(
            f"{face.name}: lacks {_listed(missing)} of the {len(wanted)} characters asked for; "
            "choose another face or leave them out"
        )
    alike: dict[bytes, list[str]] = {}
    for character in wanted:
        if not character.isspace():
            shape = face.glyph(character)
            alike.setdefault(shape.vertices.tobytes() + shape.ends.tobytes(), []).append(character)
    groups = [" = ".join(group) for group in alike.values() if len(group) > 1]
    if groups:
        raise AssetError(
            f"{face.name}: draws different characters alike ({', '.join(groups)}); "
            "choose another face or leave all but one of them out"
        )


def _listed(characters: list[str]) -> str:
    return " ".join(repr(character) if character.isspace() else character for character in characters)
