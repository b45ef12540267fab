"""Packages that only the work with meshes needs, loaded when it begins."""

from __future__ import annotations

import importlib
from types import ModuleType

from synth.errors import AssetError


def required(name: str) -> ModuleType:
    """A module of the optional packages; AssetError says how to install them."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise AssetError(
            f"work with meshes needs the package {error.name!r}: python -m pip install 'synthtag[rendering]'"
        ) from None
