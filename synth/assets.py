"""Material that ships with the package: fonts, backgrounds, Blender scenes, recipes.

In a checkout it lies in folders of their names beside `synth/`, in an installed wheel in `synth/embedded/`. A folder
with real material has a `manifest.toml` that names every file with its digest, author, licence and source.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from synth.errors import AssetError, ConfigError
from synth.files import sha256

FOLDERS = ("backgrounds", "blender_scenes", "fonts", "recipes")
MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class AssetFile:
    """One file of a manifest.

    Attributes:
        path: where it lies.
        sha256: digest that the manifest states.
        licence: SPDX identifier.
        licence_path: file with the licence's text.
        author: who made it.
        source: where it was taken from.
        changes: what was done to it, "none" for original bytes.
    """

    path: Path
    sha256: str
    licence: str
    licence_path: Path
    author: str
    source: str
    changes: str


def asset_folder(name: str) -> Path:
    """The folder of one kind of material.

    Args:
        name: one of `FOLDERS`.

    Raises:
        AssetError: the installation lacks it.
    """
    package = Path(__file__).resolve().parent
    for place in (package / "embedded", package.parent):
        if name in FOLDERS and (place / name).is_dir():
            return place / name
    raise AssetError(
        f"no embedded folder {name!r} beside {package}; there are {', '.join(FOLDERS)}; install synthtag again"
    )


def asset_files(name: str) -> tuple[AssetFile, ...]:
    """What the manifest of a folder lists, in its order."""
    folder = asset_folder(name)
    path = folder / MANIFEST
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        licences = document["licences"]
        return tuple(
            AssetFile(
                path=folder / entry["name"],
                sha256=entry["sha256"],
                licence=entry["licence"],
                licence_path=folder / licences[entry["licence"]],
                author=entry["author"],
                source=entry["source"],
                changes=entry["changes"],
            )
            for entry in document["file"]
        )
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); install synthtag again") from None
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise AssetError(f"{path}: not a manifest of files and licences ({error}); install synthtag again") from None


def asset_file(folder: str, name: str) -> AssetFile:
    """One file of a manifest, checked against its digest.

    Raises:
        AssetError: it is not listed, missing, or not what the manifest says.
    """
    for file in asset_files(folder):
        if file.path.name == name:
            break
    else:
        known = ", ".join(file.path.name for file in asset_files(folder))
        raise AssetError(f"no {name!r} among the embedded {folder}; there are {known}")
    if not file.path.is_file() or sha256(file.path) != file.sha256:
        raise AssetError(f"{file.path}: missing or changed since it was listed; install synthtag again")
    return file


def recipe_names() -> tuple[str, ...]:
    """Names of the worked recipes, sorted."""
    return tuple(sorted(path.stem for path in asset_folder("recipes").glob("*.yaml")))


def recipe_path(name: str) -> Path:
    """The file of a worked recipe; ConfigError names the known ones."""
    path = asset_folder("recipes") / f"{name}.yaml"
    if name not in recipe_names():
        raise ConfigError(f"no worked recipe {name!r}; there are {', '.join(recipe_names())}")
    return path
