"""What painting needs of real material: `synth.banks.materials.Materials` has it, and three dictionaries would do."""

from __future__ import annotations

from typing import Protocol

from synth.banks.records import Catalogue, PhotoRecord, TagRecord
from synth.labels.sample import Image


class TagMaterial(Protocol):
    """A cut-out's pixels."""

    @property
    def record(self) -> TagRecord:
        """Its entry in the bank."""

    @property
    def rgb(self) -> Image:
        """(h, w, 3) RGB with context round the tag."""

    @property
    def alpha(self) -> Image:
        """(h, w) coverage, 255 = tag."""


class Material(Protocol):
    """Pixels of a catalogue by their ids; hashable and weakly referable, since what is derived from it is kept."""

    @property
    def catalogue(self) -> Catalogue:
        """What there is; its `categories` are the class names in id order."""

    def tag(self, name: str, /) -> TagMaterial:
        """A cut-out."""

    def photo(self, name: str, /) -> Image:
        """A photo, RGB."""

    def photo_record(self, name: str, /) -> PhotoRecord:
        """A photo's entry in the catalogue."""
