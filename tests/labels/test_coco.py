"""COCO documents: the round trip is the identity, pycocotools agrees with every mask, bad files are told."""

from __future__ import annotations

import contextlib
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from toy_datasets import CATEGORIES, labelled_images, toy_images

from synth.errors import LabelError
from synth.labels.coco import coco_chunks, read_coco
from synth.labels.record import xyxy_to_xywh_within
from synth.labels.sample import Categories, LabelledImage


def renamed(images: list[LabelledImage]) -> tuple[LabelledImage, ...]:
    return tuple(
        LabelledImage(f"{k}.jpg", i.width, i.height, i.annotations, i.split, i.extra) for k, i in enumerate(images)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(labelled_images(), max_size=3).map(renamed), st.sampled_from(["polygons", "rle"]))
def test_reading_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, images: tuple[LabelledImage, ...], masks: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "instances_train.json"
    path.write_bytes(b"".join(coco_chunks(images, CATEGORIES, {}, masks=masks)))
    assert read_coco(path) == (CATEGORIES, images)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_the_high_edge_is_never_passed(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    if low < high:
        x, _, w, _ = xyxy_to_xywh_within((low, 0.0, high, 1.0))
        assert math.nextafter(high, 0.0) <= x + w <= high


def document_of(images, info, masks) -> dict:
    return json.loads(b"".join(coco_chunks(images, CATEGORIES, info, masks=masks)))


def test_the_pieces_are_one_document() -> None:
    images = toy_images()
    info = {"description": "d", "date_created": "2026-01-02", "licenses": [{"name": "CC0-1.0", "url": "u"}]}
    document = document_of(images, info, "polygons")
    assert list(document) == ["info", "licenses", "categories", "character_categories", "images", "annotations"]
    assert document["info"] == {
        "description": "d",
        "version": "",
        "year": 2026,
        "contributor": "",
        "url": "",
        "date_created": "2026-01-02",
    }
    assert document["licenses"] == [{"id": 1, "name": "CC0-1.0", "url": "u"}]
    assert document_of(images, {}, "rle")["licenses"][0]["name"] == "not stated"
    assert [a["id"] for a in document["annotations"]] == [1, 2, 3, 4, 5]
    assert {a["iscrowd"] for a in document["annotations"]} == {0}
    assert document["annotations"][1]["attributes"] == {
        "text": "AB12",
        "identity": "AB12",
        "angle_deg": 12.5,
        "visibility": 0.75,
        "truncated": False,
        "occluded": True,
    }


def test_whole_pixels_stay_whole_numbers():
    assert xyxy_to_xywh_within((86.0, 153.0, 263.0, 218.0)) == [86.0, 153.0, 177.0, 65.0]


@pytest.mark.parametrize("masks", ["polygons", "rle"])
@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_pycocotools_scores_the_truth_as_perfect(tmp_path: Path, masks: str, kind: str) -> None:
    images = toy_images()
    path = tmp_path / "instances_train.json"
    path.write_bytes(b"".join(coco_chunks(images, CATEGORIES, {}, masks=masks)))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(path))
        results = []
        for record in truth.dataset["annotations"]:
            result = {"image_id": record["image_id"], "category_id": record["category_id"], "score": 1.0}
            result |= {"bbox": record["bbox"]} if kind == "bbox" else {"segmentation": truth.annToRLE(record)}
            results.append(result)
        evaluation = COCOeval(truth, truth.loadRes(results), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)
    written = [(image, a) for image in images for a in image.annotations]
    for record, (image, annotation) in zip(truth.dataset["annotations"], written, strict=True):
        np.testing.assert_array_equal(truth.annToMask(record), annotation.mask.to_full(image.width, image.height))
        assert record["area"] == annotation.mask.area


def export(**changes: object) -> dict:
    """A hand-labelled file as tools write it: no info, ids as floats, no iscrowd."""
    document = {
        "images": [{"id": 7.0, "file_name": "sub\\dir/p.jpg", "width": 100, "height": 80}],
        "categories": [{"id": 5, "name": "tag "}, {"id": 2, "name": "ring"}],
        "annotations": [
            {
                "id": 1,
                "image_id": "7",
                "category_id": 5,
                "bbox": [10, 20, 30.5, 40],
                "segmentation": [[10, 20, 40, 20, 40, 60]],
                "attributes": {"text": 12, "truncated": "true", "occluded": False},
            }
        ],
    }
    return document | changes


def with_annotation(**changes: object) -> dict:
    document = export()
    document["annotations"][0] |= changes
    return document


def read(tmp_path: Path, document: object) -> tuple[Categories, tuple[LabelledImage, ...]]:
    path = tmp_path / "labels.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_coco(path)


def test_exports_of_other_tools_are_read(tmp_path: Path) -> None:
    categories, (image,) = read(tmp_path, export())
    assert categories.names == ("ring", "tag")
    assert (image.file_name, image.width, image.height, image.split) == ("p.jpg", 100, 80, "")
    (annotation,) = image.annotations
    assert (annotation.category, annotation.box, annotation.text) == (1, (10, 20, 40.5, 60), "12")
    assert annotation.truncated is True
    assert 550 < annotation.mask.area < 650


@pytest.mark.parametrize(
    "changes",
    [
        {"segmentation": [10, 20, 40, 20, 40, 60]},
        {"segmentation": [[10, 20, 40, 20, 40, 60], [1, 1]]},
        {"segmentation": None},
        {"bbox": None},
        {"bbox": [10, 20, 90.9, 40]},
        {"iscrowd": 1},
        {"attributes": None, "text": "X"},
    ],
)
def test_harmless_deviations_are_read(tmp_path: Path, changes: dict) -> None:
    _, (image,) = read(tmp_path, with_annotation(**changes))
    assert len(image.annotations) == 1
    assert image.annotations[0].difficult is (changes.get("iscrowd") == 1)
    assert image.annotations[0].box[2] <= 100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_id": 8}, "image_id 8 is not among the images"),
        ({"category_id": 3}, "category_id 3 is not among the categories"),
        ({"category_id": None}, "category_id None"),
        ({"bbox": [1, 2, 3]}, "bbox must be 4 numbers"),
        ({"bbox": [1, 2, 0, 3]}, "width and height > 0"),
        ({"bbox": [90, 2, 30, 3]}, "reaches out of its 100 x 80 image"),
        ({"bbox": None, "segmentation": []}, "bbox is missing"),
        ({"segmentation": "x"}, "segmentation must be a list"),
        ({"segmentation": [["a"] * 6]}, "each a list of numbers"),
        ({"segmentation": {"size": [100, 80], "counts": "0"}}, "size must be"),
        ({"segmentation": {"size": [80, 100], "counts": [1, 2]}}, "add up to"),
        ({"segmentation": {"size": [80, 100], "counts": [-1, 8001]}}, "must be >= 0"),
        ({"segmentation": {"size": [80, 100], "counts": 5}}, "a string or a list"),
        ({"attributes": []}, None),
        ({"attributes": {"truncated": "perhaps"}}, "true or false"),
        ({"attributes": {"visibility": 2}}, "visibility must be in"),
        ({"quad": [[1, 2]]}, "four points"),
    ],
)
def test_bad_objects_are_told_with_file_and_id(tmp_path: Path, changes: dict, message: str | None) -> None:
    if message is None:
        read(tmp_path, with_annotation(**changes))
        return
    with pytest.raises(LabelError) as caught:
        read(tmp_path, with_annotation(**changes))
    text = str(caught.value)
    assert message in text
    assert "labels.json: annotation 1: " in text
    assert "\n" not in text
    problems: list[str] = []
    _, (image,) = read_coco(tmp_path / "labels.json", on_problem=problems.append)
    assert (problems, image.annotations) == ([text], ())


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"images": [', "not JSON"),
        ("[]", "expected a JSON object, got list"),
        ({}, '"categories" must be a list'),
        (export(images=[3]), '"images" must be a list of objects'),
        (export(images=[{"id": 1, "file_name": "a.jpg"}]), "width must be whole pixels"),
        (export(images=[{"id": 1, "file_name": "a.jpg", "width": 1e9, "height": 5}]), "width must be whole pixels"),
        (export(images=[{"id": 1, "file_name": "d/", "width": 9, "height": 5}]), "must name a picture"),
        (export(images=[{"file_name": "a.jpg", "width": 9, "height": 5}]), "ids must be there"),
        (export(categories=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]), "category 1 is there twice"),
        (export(categories=[{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]), "must be distinct"),
        (export(categories=[{"id": 1, "name": ""}]), "needs an id and a name"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path: Path, document: object, message: str) -> None:
    with pytest.raises(LabelError, match=r"labels\.json") as caught:
        read(tmp_path, document)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        read_coco(Path("nowhere.json"))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_json_is_read_or_told(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    document = export()
    place = data.draw(st.sampled_from(["images", "categories", "annotations"]))
    key = data.draw(st.sampled_from([*document[place][0], "quad", "circle", "characters", "amodal_xyxy"]))
    document[place][0][key] = data.draw(_VALUES)
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    path.write_text(json.dumps(document))
    with contextlib.suppress(LabelError):
        read_coco(path)


@pytest.mark.parametrize(
    ("character", "message"),
    [
        ({"category_id": 3, "bbox": [1, 2, 3, 4]}, "character 1: category_id 3 is not among the categories"),
        ({"category_id": 1, "bbox": [1, 2, 0, 4]}, "character 1: bbox must have width and height"),
        ({"category_id": 1, "bbox": [1, 2, 3, 4], "place": [0]}, "character 1: place must be [copy, position]"),
        ({"category_id": 1, "bbox": [1, 2, 3, 4], "place": [0, -1]}, "character 1: place must be [copy, position]"),
        (3, "characters must be a list of objects"),
    ],
)
def test_bad_characters_are_told(tmp_path: Path, character: object, message: str) -> None:
    document = with_annotation(characters=[character])
    _, (image,) = read(tmp_path, document)
    assert image.annotations[0].characters == (), "without classes of characters it is another tool's word"
    with pytest.raises(LabelError) as caught:
        read(tmp_path, {**document, "character_categories": [{"id": 1, "name": "A"}]})
    assert f"annotation 1: {message}" in str(caught.value)
