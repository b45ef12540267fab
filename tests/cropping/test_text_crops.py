from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from drawn_tags import CATEGORIES, background, draw_tag, drawn_images, write_dataset

from synth.cropping.lines import copies_of
from synth.cropping.options import CropOptions
from synth.cropping.run import make_crops
from synth.labels.dataset import read_dataset
from synth.labels.pictures import read_picture
from synth.labels.sample import LabelledImage


def recognition(crops, split):
    rows = (crops / "text" / f"rec_gt_{split}.txt").read_text("utf-8").splitlines()
    return [tuple(row.split("\t")) for row in rows]


def test_recognition_lists_name_crops_that_are_there(crops):
    train, validation = recognition(crops, "train"), recognition(crops, "validation")
    assert [text for _, text in train] == ["RA7-B2", "LENS/42", "PE5"]
    assert [text for _, text in validation] == ["KF", "1234", "CJ 07 GAB"]
    for path, _ in train + validation:
        assert read_picture(crops / "text" / path).shape[0] == 48


def test_a_crop_shows_its_text_straight(tmp_path):
    """Ink of each crop, line or arc, lies in one band with as many letters side by side as were written."""
    images = []
    for number, arc in enumerate((False, True)):
        pixels = background(420, 420, number)
        tag = draw_tag(pixels, "HXMNKH", (210, 205), 33.0, 0.8, arc=arc)
        images.append((LabelledImage(f"t{number}.png", 420, 420, (tag,), "train"), pixels))
    write_dataset(tmp_path / "source", images)
    made = make_crops(read_dataset(tmp_path / "source"), tmp_path / "out", CropOptions(jitter=0), sets=("text",))
    assert len(made.recognition) == 2
    for _, path, text in made.recognition:
        ink = (read_picture(tmp_path / "out" / "text" / path).mean(axis=2) < 110).astype(np.uint8)
        count, _, boxes, _ = cv2.connectedComponentsWithStats(ink)
        letters = boxes[1:][boxes[1:, 4] > 20]
        assert len(letters) == len(text)
        assert np.ptp(letters[:, 1]) <= 3
        assert letters[:, 3].mean() == pytest.approx(48 / 1.3 * 70 / 60, abs=3)  # OpenCV's line goes round 60
        assert count >= len(text)


def test_paddle_detection_lists_are_read_back(crops):
    for split in ("train", "validation"):
        folder = crops / "text" / "full"
        rows = (folder / split / "Label.txt").read_text("utf-8").splitlines()
        by_name = {row.split("\t")[0]: json.loads(row.split("\t")[1]) for row in rows}
        for image, _ in drawn_images():
            if image.split != split:
                continue
            entries = by_name[f"{split}/{image.file_name}"]
            assert read_picture(folder / split / image.file_name).shape[:2] == (image.height, image.width)
            said = [entry["transcription"] for entry in entries if entry["transcription"] != "###"]
            letters = "".join(
                c.text for t in image.annotations if min(c.visibility for c in t.characters) > 0.7 for c in t.characters
            )
            assert "".join(said).replace(" ", "") == letters
            for entry in entries:
                area = cv2.contourArea(np.array(entry["points"], np.float32), oriented=True)
                assert area > 0  # clockwise as seen


def test_icdar_words_hold_their_letters(crops):
    for image, _ in drawn_images():
        path = crops / "text" / "icdar" / image.split / f"gt_{image.file_name[:-4]}.txt"
        words = [line.split(",", 8) for line in path.read_text("utf-8").splitlines()]
        expected = []
        for tag in image.annotations:
            if tag.text == "KF1234":
                expected += ["KF", "1234"]
            else:
                expected += tag.text.split() if tag.text != "HV9" else ["###"]
        assert [word[8] for word in words] == expected
        for *numbers, _ in words:
            corners = np.array(numbers, int).reshape(4, 2)
            assert (corners >= 0).all()
            assert (corners <= (image.width, image.height)).all()
        if words and not any("PE5" in word for word in words):  # that one is cut by the border
            middles = [np.mean(c.quad, axis=0) for tag in image.annotations for c in tag.characters]
            quads = [np.array(numbers, np.float32).reshape(4, 2) for *numbers, _ in words]
            for x, y in middles:
                assert any(cv2.pointPolygonTest(quad, (float(x), float(y)), False) >= 0 for quad in quads)


def test_two_copies_are_two_lines_and_an_incomplete_one_is_unread():
    pixels = background(500, 300, 0)
    first = draw_tag(pixels, "ABC", (150, 100), 0.0, 0.5)
    second = draw_tag(pixels, "ABC", (150, 200), 0.0, 0.5, copy=1)
    import dataclasses

    both = dataclasses.replace(first, characters=first.characters + second.characters)
    assert [(copy.complete, [line.text for line in copy.lines]) for copy in copies_of(both)] == 2 * [(True, ["ABC"])]
    less = dataclasses.replace(first, characters=first.characters + second.characters[1:])
    assert [copy.complete for copy in copies_of(less)] == [True, False]
    assert copies_of(less)[1].lines[0].text is None


def test_columns_are_one_line():
    pixels = background(300, 400, 0)
    tag = draw_tag(pixels, "ABCD", (150, 200), 12.0, 0.5, rows=("A", "B", "C", "D"))
    (copy,) = copies_of(tag)
    assert [(line.text, line.column) for line in copy.lines] == [("ABCD", True)]
    assert CATEGORIES.characters
