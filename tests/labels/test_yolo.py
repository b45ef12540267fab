"""YOLO labels: within half a millionth of the image, accepted by Ultralytics' rules, bad lines told."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from toy_datasets import CATEGORIES, labelled_images, toy_images, write_toy

from synth.errors import LabelError
from synth.labels.sample import Categories, LabelledImage
from synth.labels.yolo import parse_yolo, read_yolo, yolo_data_yaml, yolo_text


def ultralytics_accepts(text: str, class_count: int) -> np.ndarray:
    """The rules of `verify_image_label`, restated: five columns, shares within 1 %, known classes."""
    rows = np.array([line.split() for line in text.strip().splitlines() if line], np.float32).reshape(-1, 5)
    if len(rows):
        assert rows[:, 1:].max() <= 1.0
        assert rows.min() >= 0.0
        assert rows[:, 0].max() < class_count
        assert (rows[:, 3:] > 0).all()
    return rows


@settings(max_examples=80, deadline=None)
@given(labelled_images())
def test_boxes_come_back_to_a_millionth_of_the_image(image: LabelledImage) -> None:
    text = yolo_text(image)
    assert len(ultralytics_accepts(text, 3)) == len(image.annotations)
    back = parse_yolo(text, image.width, image.height, 3)
    assert [a.category for a in back] == [a.category for a in image.annotations]
    tolerance = 1.6e-6 * np.array([image.width, image.height] * 2)
    for was, now in zip(image.annotations, back, strict=True):
        assert (np.abs(np.subtract(was.box, now.box)) <= tolerance).all()


def test_an_image_without_objects_has_an_empty_file() -> None:
    assert yolo_text(LabelledImage("a.jpg", 10, 10)) == ""


def test_data_yaml_names_every_split_and_keeps_names_as_strings() -> None:
    names = Categories(("NO", "it's", 'a "b"', "é"))
    settings = YAML(typ="safe").load(yolo_data_yaml(names, ["train", "validation", "test", "hard"]))
    assert settings == {
        "train": "images/train",
        "val": "images/validation",
        "test": "images/test",
        "hard": "images/hard",
        "names": dict(enumerate(names.names)),
    }
    alone = YAML(typ="safe").load(yolo_data_yaml(names, ["train"]))
    assert (alone["train"], alone["val"]) == ("images/train", "images/train")


def test_our_folder_comes_back(tmp_path: Path) -> None:
    images = write_toy(tmp_path, ("yolo",))
    categories, found = read_yolo(tmp_path)
    assert categories == Categories(CATEGORIES.names)
    assert [(i.file_name, i.width, i.height, len(i.annotations)) for i in found.values()] == [
        (i.file_name, i.width, i.height, len(i.annotations)) for i in images
    ]
    assert {i.split for i in found.values()} == {"train", "val"}


def picture(path: Path, width: int = 40, height: int = 30) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))
    return path


def test_what_labelimg_writes_is_read(tmp_path: Path) -> None:
    """Labels and classes.txt beside the pictures; a polygon line; a picture without labels."""
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.png")
    (tmp_path / "classes.txt").write_text("ring\ntag\n")
    (tmp_path / "a.txt").write_text("1 0.5 0.5 0.5 1.0\n0 0 0 0.5 0 0.5 0.5 0 0.5\n\n")
    categories, found = read_yolo(tmp_path)
    assert categories.names == ("ring", "tag")
    a, b = found.values()
    assert [annotation.box for annotation in a.annotations] == [(10, 0, 30, 30), (0, 0, 20, 15)]
    assert a.annotations[1].mask is not None
    assert a.annotations[1].mask.area == 20 * 15
    assert b.annotations == ()


def test_roboflow_folders_and_lists_are_read(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "images" / "a.jpg")
    (tmp_path / "train" / "labels").mkdir()
    (tmp_path / "train" / "labels" / "a.txt").write_text("0 0.5 0.5 1 1\n")
    picture(tmp_path / "images" / "b.jpg")
    (tmp_path / "val.txt").write_text("images/b.jpg\n")
    (tmp_path / "data.yaml").write_text("train: ../train/images\nval: val.txt\nnc: 1\nnames: [tag]\n")
    _, found = read_yolo(tmp_path)
    assert [(i.file_name, i.split, len(i.annotations)) for i in found.values()] == [
        ("b.jpg", "val", 0),
        ("a.jpg", "train", 1),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.5", "got 4 numbers"),
        ("0 0.5 0.5 0.5 0.5 0.9", "got 6 numbers"),
        ("0 a 0.5 0.5 0.5", "expected numbers"),
        ("2 0.5 0.5 0.5 0.5", "class 2 must be one of 0 to 1"),
        ("-1 0.5 0.5 0.5 0.5", "class -1 must be"),
        ("0.5 0.5 0.5 0.5 0.5", "class 0.5 must be"),
        ("0 20 15 10 10", "shares of the image"),
        ("0 nan 0.5 0.5 0.5", "shares of the image"),
        ("0 0.5 0.5 0 0.5", "must be > 0"),
    ],
)
def test_bad_lines_are_told_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "classes.txt").write_text("ring\ntag\n")
    (tmp_path / "a.txt").write_text(f"0 0.5 0.5 0.5 0.5\n{line}\n")
    with pytest.raises(LabelError, match=r"a\.txt: line 2: ") as caught:
        read_yolo(tmp_path)
    assert message in str(caught.value)
    problems: list[str] = []
    _, found = read_yolo(tmp_path, on_problem=problems.append)
    assert (len(problems), len(found)) == (1, 0)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("names: [a, a]", "must be distinct"),
        ("names: {0: a, 2: b}", "numbered 0, 1, 2"),
        ("names: 3", "names must be a list"),
        ("- a", "expected keys"),
        ("a: [", "not YAML"),
        ("names: [a]\ntrain: nowhere", "'nowhere' is neither a folder"),
        ("train: .", "write a classes.txt"),
    ],
)
def test_bad_settings_are_told(tmp_path: Path, yaml: str, message: str) -> None:
    (tmp_path / "data.yaml").write_text(yaml)
    with pytest.raises(LabelError, match=message):
        read_yolo(tmp_path)


def test_text_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_bytes("é".encode("latin-1"))
    with pytest.raises(LabelError, match="not UTF-8"):
        read_yolo(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789.-+eninf \n\t", max_size=60))
def test_any_text_is_read_or_told(text: str) -> None:
    with contextlib.suppress(LabelError):
        parse_yolo(text, 30, 20, 3)


def test_pictures_and_labels_of_the_toy_agree() -> None:
    for image in toy_images():
        ultralytics_accepts(yolo_text(image), 3)
