"""The faces that a dataset is set in, by the names that its specs use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synth.banks.records import FontRecord
from synth.errors import AssetError
from synth.files import sha256
from synth.serials.faces import open_face
from synth.serials.glyphs import Face


class TypeCase:
    """Finds faces: those that ship with the package by their names, font files as the catalogue lists them."""

    def __init__(self, fonts: Sequence[FontRecord]) -> None:
        self._files = {font.name: font for font in fonts}
        self._open: dict[str, Face] = {}

    def __call__(self, name: str) -> Face:
        """A face; AssetError if it is unknown, or its file is not what it was."""
        face = self._open.get(name)
        if face is None:
            face = self._open[name] = self._opened(name)
        return face

    def _opened(self, name: str) -> Face:
        font = self._files.get(name)
        if font is None:
            return open_face(name)
        path = Path(font.path)
        try:
            found = sha256(path)
        except OSError as error:
            raise AssetError(f"{path}: cannot be read ({error.strerror}); put the font back where it was") from None
        if found != font.sha256:
            raise AssetError(f"{path}: not the font that it was when the catalogue was built; restore it")
        return open_face(path)
