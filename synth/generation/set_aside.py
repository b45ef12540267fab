"""Images that could not be made: kept with error and spec, so that the rest goes on and each can be looked into."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from synth.files import explained, write_atomically
from synth.generation.folder import WORK


class SetAside(msgspec.Struct, frozen=True):
    """An image that could not be made.

    Attributes:
        index: of the image.
        error: why, in one line.
        spec: the last that was tried, as JSON types; None if there was none.
    """

    index: int
    error: str
    spec: dict[str, Any] | None


def keep_aside(root: Path, aside: SetAside) -> None:
    """Stores one in `.work/set_aside/`."""
    write_atomically(_path(root, aside.index), msgspec.json.encode(aside))


def read_aside(root: Path, index: int) -> SetAside | None:
    """The stored one of an index, None if there is none."""
    path = _path(root, index)
    return msgspec.json.decode(path.read_bytes(), type=SetAside) if path.exists() else None


def remaining_aside(root: Path, made: Collection[int], count: int) -> dict[int, str]:
    """Errors by index of those that later runs have not made; the others are forgotten."""
    errors: dict[int, str] = {}
    for path in sorted(_path(root, 0).parent.glob("*.json")):
        aside = msgspec.json.decode(path.read_bytes(), type=SetAside)
        if aside.index in made or aside.index >= count:
            with explained(path):
                path.unlink()
        else:
            errors[aside.index] = aside.error
    return errors


def _path(root: Path, index: int) -> Path:
    return root / WORK / "set_aside" / f"{index:08d}.json"
