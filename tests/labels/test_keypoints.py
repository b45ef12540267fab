from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from toy_datasets import CATEGORIES, KEY_POSE, NAMES, keypoints, toy_images

from synth.errors import LabelError
from synth.geometry.pose import pose_of
from synth.labels.coco import coco_chunks, read_coco
from synth.labels.keypoints import (
    keypoint_keys,
    keypoint_names,
    keypoints_to_triples,
    read_keypoint_keys,
    triples_to_keypoints,
)
from synth.labels.orientation import turn_annotation
from synth.labels.sample import Annotation, Keypoint
from synth.labels.space import camera_of, read_space
from synth.labels.tfrecord import example_features, read_tfrecords, shard_records
from synth.labels.wire import decode_example, encode_example

FUZZ = settings(max_examples=150, deadline=None, derandomize=True, database=None)
POINTS = (Keypoint("b", 3.5, 2.25, True), Keypoint("a", 9.0, 1.0, False), Keypoint("far", -3.0, 99.0, False))


def test_names_are_those_of_all_objects_in_order() -> None:
    assert keypoint_names(toy_images(), 3) == ((), ("top",), ("tip", "cut_1", "cut_2"))


def test_triples_are_cocos() -> None:
    names = ("a", "b", "far", "never")
    assert keypoints_to_triples(POINTS, names, 20, 10) == [(9.0, 1.0, 1), (3.5, 2.25, 2), (0.0, 0.0, 0), (0.0, 0.0, 0)]
    assert triples_to_keypoints([(9.0, 1.0, 1), (3.5, 2.25, 2)], "ab") == (POINTS[1], POINTS[0])
    with pytest.raises(LabelError, match="'far' is not among those of its category: a, b"):
        keypoints_to_triples(POINTS, ("a", "b"), 20, 10)


@FUZZ
@given(points=keypoints(), others=st.lists(NAMES, max_size=3))
def test_keys_read_back_exactly(points: tuple[Keypoint, ...], others: list[str]) -> None:
    names = tuple(dict.fromkeys([*others, *(point.name for point in points)]))
    for known in (names, ()):
        record = json.loads(json.dumps(keypoint_keys(points, known, 50, 40)))
        assert read_keypoint_keys(record, known) == points
        if known:
            assert len(record["keypoints"]) == 3 * len(known)
            assert record["num_keypoints"] == np.count_nonzero(record["keypoints"][2::3])


def test_pycocotools_scores_true_keypoints_as_perfect_and_moved_ones_less(tmp_path: Path) -> None:
    images = toy_images()
    path = tmp_path / "instances_train.json"
    path.write_bytes(b"".join(coco_chunks(images, CATEGORIES, {}, masks="polygons")))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(path))
        key = truth.loadCats([3])[0]
        assert (key["keypoints"], key["skeleton"]) == (["tip", "cut_1", "cut_2"], [])
        scores = []
        for move in (0.0, 15.0):
            results = [
                {
                    "image_id": record["image_id"],
                    "category_id": 3,
                    "score": 1.0,
                    "keypoints": [v + move * (k % 3 == 0) for k, v in enumerate(record["keypoints"])],
                }
                for record in truth.loadAnns(truth.getAnnIds(catIds=[3]))
            ]
            evaluation = COCOeval(truth, truth.loadRes(results), "keypoints")
            evaluation.params.kpt_oks_sigmas = np.full(3, 0.05)
            evaluation.params.catIds = [3]
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            scores.append(evaluation.stats[0])
    assert scores[0] == pytest.approx(1.0)
    assert scores[1] < 0.5


def test_another_tools_keypoints_are_read(tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 0, "area": 81}
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 20, "height": 10}],
        "annotations": [annotation | {"keypoints": [1, 2, 2, 0, 0, 0], "num_keypoints": 1}],
        "categories": [{"id": 1, "name": "hand", "keypoints": ["thumb", "wrist"], "skeleton": [[1, 2]]}],
    }
    path.write_text(json.dumps(document))
    assert read_coco(path)[1][0].annotations[0].keypoints == (Keypoint("thumb", 1.0, 2.0, True),)
    document["annotations"][0]["keypoints"] = [1, 2, 2]
    path.write_text(json.dumps(document))
    with pytest.raises(LabelError, match="annotation 1: keypoints must be 2 times x, y, v"):
        read_coco(path)


def test_tfrecords_hold_every_name_for_every_object(tmp_path: Path) -> None:
    images = [image for image in toy_images() if image.annotations]
    names = ("top", "tip", "cut_1", "cut_2")
    for image in images:
        fields = decode_example(encode_example(example_features(image, b"", 1, CATEGORIES, points=names)))
        count = len(image.annotations)
        for key in ("x", "y", "visibility", "text"):
            assert len(fields[f"image/object/keypoint/{key}"]) == 4 * count
        assert len(fields["image/object/keypoint/num"]) == count
    pictures = [tmp_path / image.file_name for image in images]
    for picture in pictures:
        picture.write_bytes(b"")
    data = b"".join(shard_records(pictures, images, 1, CATEGORIES, masks=False, points=names))
    (tmp_path / "train.tfrecord").write_bytes(data)
    for image, again in zip(images, read_tfrecords(tmp_path)[1], strict=True):
        for annotation, read in zip(image.annotations, again.annotations, strict=True):
            inside = [p for p in annotation.keypoints if 0 <= p.x <= image.width and 0 <= p.y <= image.height]
            assert [(p.name, p.is_visible) for p in read.keypoints] == [(p.name, p.is_visible) for p in inside]
            places = [(p.x, p.y) for p in read.keypoints]
            assert places == [pytest.approx((p.x, p.y), rel=1e-6) for p in inside]


def test_a_turned_picture_turns_its_keypoints() -> None:
    one = Annotation(0, (1.0, 1.0, 5.0, 4.0), keypoints=(Keypoint("a", 1.0, 4.0, True),))
    turned = turn_annotation(one, 20, 10, 6)
    x0, y0, _, _ = turned.box
    assert (turned.keypoints[0].x, turned.keypoints[0].y) == (x0, y0)


@pytest.mark.parametrize(
    ("points", "measures", "message"),
    [
        ((POINTS[0], POINTS[0]), (), "names of keypoints must be distinct"),
        ((Keypoint("a", float("nan"), 0.0, True),), (), "keypoint 'a' must be finite"),
        ((), (("depth", float("inf")),), "measure 'depth' must be finite"),
    ],
)
def test_bad_points_and_measures_are_refused(points: tuple, measures: tuple, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        Annotation(0, (0.0, 0.0, 1.0, 1.0), keypoints=points, measures=measures)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"pose": [0.0] * 12, "bounds": [0.0] * 6}, "pose must not be mirrored or flat"),
        ({"pose": [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0], "bounds": [0.0] * 6}, "pose must not be mirrored or flat"),
        ({"pose": [1, 0, 0, 0, 0.1, 1, 0, 0, 0, 0, 1, 0], "bounds": [0.0] * 6}, "pose must be a rotation with one"),
        ({"pose": pose_of(KEY_POSE), "bounds": [1, 0, 0, 0, 0, 0]}, "bounds must be least x, y, z"),
        ({"pose": pose_of(KEY_POSE)}, "bounds must be 6 numbers"),
        ("here", "space must be an object"),
    ],
)
def test_places_that_are_none_are_refused(space: object, message: str) -> None:
    with pytest.raises(LabelError, match=re.escape(message)):
        read_space(space)


def test_the_camera_is_read_back() -> None:
    image = toy_images()[1]
    camera = camera_of(image)
    assert camera is not None
    assert camera.intrinsics.focal_px == 50.0 / 36.0 * 241
    assert camera.depth_unit_mm == 0.1
    assert camera_of(toy_images()[0]) is None
