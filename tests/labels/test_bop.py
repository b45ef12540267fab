from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from toy_datasets import KEY_POSE, write_toy

from synth.cli.convert import command
from synth.errors import ConfigError, LabelError
from synth.geometry.camera import in_camera
from synth.geometry.pose import matrix_of_pose, transformed
from synth.labels.bop import placed, write_bop
from synth.labels.dataset import Dataset, read_dataset
from synth.labels.layout import depth_path
from synth.labels.planes import decode_depth, decode_normals, encode_depth, encode_normals
from synth.labels.sample import Space
from synth.labels.space import camera_of


@pytest.fixture
def written(tmp_path: Path) -> tuple[Dataset, Path]:
    write_toy(tmp_path / "set")
    dataset = read_dataset(tmp_path / "set")
    depth, unit = encode_depth(np.full((199, 241), 0.5, np.float32))
    assert unit == 0.01
    path = depth_path(tmp_path / "set", "train", "toy_000001.jpg")
    path.parent.mkdir(parents=True)
    path.write_bytes(depth)
    assert write_bop(dataset, tmp_path / "bop") == 1
    return dataset, tmp_path / "bop"


def load(path: Path) -> dict:
    return json.loads(path.read_text())


def test_opencv_projects_bops_numbers_to_our_pixels(written: tuple[Dataset, Path]) -> None:
    dataset, root = written
    scene = root / "train" / "000000"
    camera, truth = load(scene / "scene_camera.json")["0"], load(scene / "scene_gt.json")["0"][0]
    info = load(root / "models" / "models_info.json")[str(truth["obj_id"])]
    corners = np.array(list(itertools.product((0, 1), repeat=3)))
    low, size = (np.array([info[f"{what}_{axis}"] for axis in "xyz"]) for what in ("min", "size"))
    turn = np.array(truth["cam_R_m2c"]).reshape(3, 3)
    intrinsics = np.array(camera["cam_K"]).reshape(3, 3)
    seen, _ = cv2.projectPoints(
        low + corners * size, cv2.Rodrigues(turn)[0], np.array(truth["cam_t_m2c"]), intrinsics, None
    )
    image = next(image for image in dataset.images if image.file_name == "toy_000001.jpg")
    space, record = image.annotations[0].space, camera_of(image)
    assert space is not None
    assert record is not None
    own = np.array(space.bounds[:3]) + corners * (np.array(space.bounds[3:]) - np.array(space.bounds[:3]))
    ours = record.intrinsics.projected(transformed(matrix_of_pose(space.pose), own))
    np.testing.assert_allclose(seen[:, 0] + 0.5, ours, atol=1e-2)  # models are written to a ten-thousandth of a mm
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-7)
    np.testing.assert_allclose(low, -size / 2)
    assert (info["category"], info["identity"]) == ("key", "K")


def test_the_world_of_bop_is_ours(written: tuple[Dataset, Path]) -> None:
    dataset, root = written
    entry = load(root / "train" / "000000" / "scene_camera.json")["0"]
    record = camera_of(next(image for image in dataset.images if image.file_name == "toy_000001.jpg"))
    assert record is not None
    points = np.random.Generator(np.random.PCG64(1)).normal(size=(9, 3))
    turned = points @ np.array(entry["cam_R_w2c"]).reshape(3, 3).T * 1000 + entry["cam_t_w2c"]
    np.testing.assert_allclose(turned, in_camera(matrix_of_pose(record.pose), points) * 1000, atol=1e-6)


def test_masks_boxes_and_depth(written: tuple[Dataset, Path]) -> None:
    dataset, root = written
    scene = root / "train" / "000000"
    annotation = next(i for i in dataset.images if i.file_name == "toy_000001.jpg").annotations[0]
    mask = cv2.imread(str(scene / "mask_visib" / "000000_000000.png"), cv2.IMREAD_UNCHANGED)
    assert annotation.mask is not None
    np.testing.assert_array_equal(mask, annotation.mask.to_full(241, 199) * np.uint8(255))
    info = load(scene / "scene_gt_info.json")["0"][0]
    assert info == {
        "bbox_obj": [199, 149, 63, 59],
        "bbox_visib": [200, 150, 41, 49],
        "visib_fract": 0.625,
        "px_count_visib": 2009,
        "px_count_all": 3214,
    }
    depth = cv2.imread(str(scene / "depth" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert load(scene / "scene_camera.json")["0"]["depth_scale"] == 0.1  # as the camera states it
    assert depth.dtype == np.uint16
    assert (scene / "rgb" / "000000.jpg").samefile(dataset.path(dataset.images[1]))


def test_a_scale_goes_into_the_model() -> None:
    body = placed(Space(tuple(KEY_POSE[:3].ravel()), (-0.01, -0.02, 0.0, 0.05, 0.02, 0.002)))  # type: ignore[arg-type]
    assert body.size_mm == pytest.approx((75.0, 50.0, 2.5))
    assert body.own_origin_mm == pytest.approx((-25.0, 0.0, -1.25))


def test_datasets_without_poses_and_mixed_formats_are_told(tmp_path: Path) -> None:
    write_toy(tmp_path / "set")
    dataset = read_dataset(tmp_path / "set")
    flat = tuple(dataclasses.replace(image, extra={}) for image in dataset.images)
    with pytest.raises(LabelError, match="BOP takes rendered datasets only"):
        write_bop(dataclasses.replace(dataset, images=flat), tmp_path / "bop")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(ConfigError, match="empty or new folder"):
        write_bop(dataset, tmp_path / "full")
    runner = CliRunner()
    arguments = [str(tmp_path / "set"), "--to", "bop", "--out", str(tmp_path / "out")]
    assert runner.invoke(command, arguments).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["models", "train"]
    mixed = runner.invoke(command, [*arguments[:3], "--to", "voc", "--out", str(tmp_path / "two")])
    assert isinstance(mixed.exception, ConfigError)
    assert "must stand alone" in str(mixed.exception)


def test_depth_and_normals_read_back_to_their_steps() -> None:
    random = np.random.Generator(np.random.PCG64(2))
    for far, unit in ((0.5, 0.01), (6.0, 0.1), (60.0, 1.0)):
        depth = random.uniform(0.0, far, (30, 40)).astype(np.float32)
        depth[0, 0], depth[3, 4:9] = far, np.inf
        data, stated = encode_depth(depth)
        assert stated == unit
        again = decode_depth(data, stated)
        np.testing.assert_array_equal(np.isinf(again), np.isinf(depth))
        seen = np.isfinite(depth) & (depth > unit / 1000)
        assert np.abs(again[seen] - depth[seen]).max() <= 0.501 * unit / 1000 + 1e-5 * far
    normals = random.normal(size=(30, 40, 3))
    normals = (normals / np.linalg.norm(normals, axis=2, keepdims=True)).astype(np.float32)
    normals[5:9, 3] = 0.0
    again = decode_normals(encode_normals(normals))
    np.testing.assert_array_equal(again.any(axis=2), normals.any(axis=2))
    assert np.abs(again - normals).max() < 0.01
    with pytest.raises(LabelError, match="depth must be at most"):
        encode_depth(np.full((2, 2), 1e6, np.float32))
