"""What a recipe says about real material: banks of tags and folders of meshes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from synth.config import Positive, Section
from synth.scene.ranges import Folder, Metres, listed


class BankSource(Section):
    """A tag bank, as `synth cut` writes it.

    Attributes:
        bank: its folder.
        weight: how often its tags are drawn relative to the other banks'.
        unusable: also draw cut-outs that are marked too small, blurred or truncated.
    """

    bank: Folder
    weight: Positive = 1.0
    unusable: bool = False


def _banks(value: Any) -> Any:
    return [{"bank": part} if isinstance(part, str) else part for part in listed(value)] if value else value


Banks = Annotated[tuple[BankSource, ...], BeforeValidator(_banks)]


class MeshFolder(Section):
    """A folder of meshes; see `synth.banks.meshes` for what its options mean.

    Attributes:
        folder: searched with all below it.
        unit: of the files' numbers; "auto" guesses.
        up: axis of the files that points up; "auto" guesses.
        longest_m: true length of the longest side of everything in it, where the files' numbers mean nothing.
        halves: of scans in two halves: show the one that the camera sees, or join them.
        most_faces: finer meshes are made coarser.
    """

    folder: Annotated[str, Field(min_length=1)]
    unit: Literal["auto", "m", "cm", "mm", "in"] = "auto"
    up: Literal["auto", "x", "y", "z", "-x", "-y", "-z"] = "auto"
    longest_m: Metres | None = None
    halves: Literal["separate", "join"] = "separate"
    most_faces: Annotated[int, Field(ge=100, le=10_000_000)] = 200_000


def _mesh_folders(value: Any) -> Any:
    return [{"folder": part} if isinstance(part, str) else part for part in listed(value)] if value else value


MeshFolders = Annotated[tuple[MeshFolder, ...], BeforeValidator(_mesh_folders)]
