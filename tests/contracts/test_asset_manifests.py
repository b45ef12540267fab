"""Every embedded file is listed with its digest, author, source and a licence whose text lies beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.assets import MANIFEST, asset_file, asset_files, asset_folder, recipe_names, recipe_path
from synth.errors import AssetError, ConfigError
from synth.files import sha256
from synth.labels.pictures import read_picture

# licences under which the files may be handed on with an Apache-2.0 package, as SPDX names them
LICENCES = {"Apache-2.0", "CC-BY-4.0", "CC0-1.0", "MIT", "OFL-1.1"}
FOLDERS = ("backgrounds", "blender_scenes", "fonts")


@pytest.mark.parametrize("name", FOLDERS)
def test_nothing_is_unlisted_and_nothing_listed_is_missing(name: str) -> None:
    files = asset_files(name)
    listed = {f.path.name for f in files} | {f.licence_path.name for f in files} | {MANIFEST}
    assert {p.name for p in asset_folder(name).iterdir()} == listed
    assert len({f.path for f in files}) == len(files)


@pytest.mark.parametrize("name", FOLDERS)
def test_each_file_is_what_its_manifest_says(name: str) -> None:
    for file in asset_files(name):
        assert sha256(file.path) == file.sha256
        assert file.licence in LICENCES
        assert file.licence_path.stat().st_size > 3000
        assert file.author
        assert file.source
        assert file.changes


def test_every_folder_with_material_has_a_manifest(checkout: Path) -> None:
    for name in FOLDERS:
        assert not (checkout / name).is_dir() or (checkout / name / MANIFEST).is_file()


def test_backgrounds_are_whole_pictures_within_the_budget() -> None:
    files = asset_files("backgrounds")
    assert all(read_picture(file.path).shape == (1200, 1600, 3) for file in files)
    assert sum(file.path.stat().st_size for file in files) < 4_000_000


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in asset_folder("fonts").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr("synth.assets.asset_folder", lambda name: tmp_path)
    victim = asset_file("fonts", "RobotoCondensed-Bold.ttf").path
    victim.write_bytes(victim.read_bytes() + b"\0")
    with pytest.raises(AssetError, match=r"RobotoCondensed-Bold\.ttf: missing or changed"):
        asset_file("fonts", victim.name)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(AssetError, match=r"no 'x\.ttf' among the embedded fonts; there are .*Roboto"):
        asset_file("fonts", "x.ttf")
    with pytest.raises(ConfigError, match=r"no worked recipe 'x'; there are .*example-rings"):
        recipe_path("x")
    assert all(recipe_path(name).is_file() for name in recipe_names())
