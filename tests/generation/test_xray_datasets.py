"""X-ray datasets from the recipe to the files: drawn patients, photos of the user's, meshes of the user's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from synth.errors import ConfigError
from synth.generation.replay import replay_image
from synth.generation.run import generate
from synth.inspection.check import check_dataset
from synth.labels.bop import write_bop
from synth.labels.dataset import read_dataset
from synth.labels.pictures import read_picture
from synth.labels.space import camera_of
from synth.scene.recipe_files import load_recipe

SIDE = 96
PLAIN = f"""\
name: tiny
seed: 5
count: 8
canvas: {{width_px: {SIDE}, height_px: {SIDE}}}
camera: {{untouched_share: 1}}
"""
NAILS = "  - {mesh: 'nail*', category: nail, substances: {steel: 1}}\n"


def dataset(folder: Path, text: str, name: str = "set") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(PLAIN + text)
    outcome = generate(load_recipe(path), folder / name, workers=1)
    assert (outcome.made, outcome.set_aside) == (8, {})
    return folder / name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("xrays")


@pytest.fixture(scope="module")
def patients(folder: Path) -> Path:
    """Drawn patients without anything in them."""
    return dataset(
        folder,
        "splits: {train: 1}\nxray:\n  {empty_share: 1, collimated_share: 0, pixel_range_mm: [1, 1], "
        "subjects: [{shape: stem, category: stem}]}",
        "patients",
    )


@pytest.fixture(scope="module")
def over_photos(folder: Path, patients: Path) -> Path:
    (folder / "cad").mkdir()
    shutil.copytree(patients / "images" / "train", folder / "photos")
    trimesh.creation.cylinder(5, 60, sections=24).export(folder / "cad" / "nail.stl")
    return dataset(
        folder,
        f"splits: {{train: 1}}\nmeshes: [{{folder: {folder / 'cad'}, unit: mm}}]\n"
        f"backgrounds: {{photos: {folder / 'photos'}}}\nxray:\n  pixel_range_mm: [1, 1]\n  subjects:\n"
        f"  - {{shape: bone_plate, category: plate}}\n{NAILS}",
    )


def test_every_promise_is_kept(patients: Path, over_photos: Path) -> None:
    for root in (patients, over_photos):
        assert check_dataset(root) == []
    assert not any(image.annotations for image in read_dataset(patients).images)


def test_images_know_their_camera(over_photos: Path, tmp_path: Path) -> None:
    found = read_dataset(over_photos)
    for image in found.images:
        camera = camera_of(image)
        assert camera is not None
        # a millimetre a pixel at the detector, the source a metre or more above it
        assert camera.pose[11] == pytest.approx(camera.intrinsics.focal_px / 1000)
    assert write_bop(found, tmp_path / "bop") == 8


def test_photos_keep_their_pixels_beside_the_implants(over_photos: Path, patients: Path) -> None:
    found = read_dataset(over_photos)
    specs = {}
    for line in (over_photos / "manifest.jsonl").read_text().splitlines():
        spec = json.loads(line)["spec"]
        specs[spec["file_name"]] = spec
    categories = set()
    for image in found.images:
        spec = specs[image.file_name]
        photo = read_picture(patients.parent / spec["background"]["photo"])
        photo = photo[:, ::-1] if spec["background"]["mirrored"] else photo
        change = read_picture(found.path(image))[..., 0].astype(int) - photo[..., 0]
        (annotation,) = image.annotations
        categories.add(annotation.category)
        assert annotation.mask is not None
        mask = annotation.mask.to_full(SIDE, SIDE)
        near = cv2.dilate(mask.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
        assert np.abs(change[~near]).mean() < 3  # scatter and JPEG
        assert np.median(change[mask]) > 20
    assert categories == {0, 1}


def test_images_are_made_again_from_their_specs(over_photos: Path) -> None:
    for index in range(3):
        replayed = replay_image(over_photos, index)
        assert (replayed.is_same, replayed.remarks) == (True, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xray: {subjects: [{category: x}]}", "either a mesh"),
        ("xray: {subjects: [{mesh: a, category: x}]}", "name the folder that it is in"),
        ("meshes: [cad]\nxray: {subjects: [{shape: stem, category: x}]}", "no subject of xray names one"),
        ("output: {depth: true}\nxray: {subjects: [{shape: stem, category: x}]}", "so X-ray pictures have none"),
    ],
)
def test_recipes_that_make_no_sense_are_told(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "bad.yaml").write_text(PLAIN + "splits: {train: 1}\n" + text)
    with pytest.raises(ConfigError, match=expected):
        load_recipe(tmp_path / "bad.yaml")


def test_open_and_missing_meshes_are_told(tmp_path: Path) -> None:
    (tmp_path / "cad").mkdir()
    tube = trimesh.creation.cylinder(5, 60, sections=24)
    tube.update_faces(tube.face_normals[:, 2] < 0.5)
    tube.export(tmp_path / "cad" / "nail.stl")
    text = f"splits: {{train: 1}}\nmeshes: [{tmp_path / 'cad'}]\nxray:\n  subjects:\n{NAILS}"
    with pytest.raises(ConfigError, match="mesh 'nail' is open"):
        dataset(tmp_path, text)
    with pytest.raises(ConfigError, match=r"xray.subjects.0: no mesh is named 'screw\*'; meshes: has nail"):
        dataset(tmp_path, text.replace("nail*", "screw*"))
