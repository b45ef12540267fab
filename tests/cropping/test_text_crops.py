from __future__ import annotations

import dataclasses
import json

import cv2
import numpy as np
import pytest
from drawn_tags import CATEGORIES, background, draw_tag, drawn_images, write_dataset

from synth.cropping.jitter import Jitter
from synth.cropping.legibility import is_aslant, is_large, least_letter_px
from synth.cropping.lines import Line, copies_of
from synth.cropping.options import CropOptions
from synth.cropping.rectifying import Strip, rectified_line
from synth.cropping.run import make_crops
from synth.cropping.transcriptions import detection_line, icdar_file
from synth.geometry.homography import apply, to_pixel_index
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
    both = dataclasses.replace(first, characters=first.characters + second.characters)
    assert [(copy.complete, [line.text for line in copy.lines]) for copy in copies_of(both)] == 2 * [(True, ["ABC"])]
    less = dataclasses.replace(first, characters=first.characters + second.characters[1:])
    assert [copy.complete for copy in copies_of(less)] == [True, False]
    assert copies_of(less)[1].lines[0].text is None


def test_a_difficult_character_cannot_be_read():
    tag = draw_tag(background(420, 320, 0), "AB 12", (210, 160), 0.0, 0.5)
    faint = tuple(dataclasses.replace(c, difficult=k == 1) for k, c in enumerate(tag.characters))
    read = [(tag, copies_of(dataclasses.replace(tag, characters=faint)))]
    assert [line.split(",")[8] for line in icdar_file(read, (420, 320), 0.7).decode().split()] == ["###", "12"]
    assert "AB 12" not in detection_line("x.png", read, (420, 320), 0.7)


def test_columns_are_one_line():
    pixels = background(300, 400, 0)
    tag = draw_tag(pixels, "ABCD", (150, 200), 12.0, 0.5, rows=("A", "B", "C", "D"))
    (copy,) = copies_of(tag)
    assert [(line.text, line.column) for line in copy.lines] == [("ABCD", True)]
    assert CATEGORIES.characters


def column_of(quads):
    return Line("A" * len(quads), quads, (), (1.0,) * len(quads), True, (quads[0], quads[-1]))


def letters(widths, height=20.0, step=26.0, *, column=False):
    """(n, 4, 2) quads of letters, one after the other."""
    placed, x = [], 0.0
    for k, width in enumerate(widths):
        left, top = (-width / 2, k * step) if column else (x, 0.0)
        placed.append([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
        x += width + 0.2 * height
    return np.array(placed)


@pytest.mark.parametrize("slant", [-0.7, -0.2, 0.0, 0.4, 1.0])
def test_the_quad_of_a_column_goes_through_every_affine_map(slant):
    quads = letters((18, 6, 14, 20, 12), column=True)
    matrix = np.array([[0.8, slant, 40], [0.3, 1.1, 30], [0, 0, 1]])
    moved = apply(matrix, quads.reshape(-1, 2)).reshape(quads.shape)
    assert column_of(moved).quad == pytest.approx(apply(matrix, [(-10, 0), (10, 0), (10, 124), (-10, 124)]), abs=1e-9)


def test_a_column_of_which_no_width_is_seen_is_a_rectangle_along_its_axis():
    quads = letters((0.0, 0.0, 0.0), column=True) + np.array([5, 7])
    assert column_of(quads).quad == pytest.approx(np.array([(5, 7), (5, 7), (5, 79), (5, 79)]))


def test_a_slanting_column_becomes_the_strip_of_an_upright_one():
    """It reads from left to right, the letters' tops to the left: the upright picture, turned counter-clockwise."""
    pixels = background(300, 400, 0)
    tag = draw_tag(pixels, "HWKF", (150, 200), 0.0, 0.7, rows=("H", "W", "K", "F"))
    (upright,) = copies_of(tag)[0].lines
    strip = Strip(48, 0.15, Jitter())
    crop = rectified_line(pixels, upright, strip).astype(int)
    x0, y0 = upright.quad[0]
    x1, y1 = upright.quad[2]
    m = 0.15 * (x1 - x0)
    part = pixels[round(y0 - m) : round(y1 + m), round(x0 - m) : round(x1 + m)]
    expected = cv2.resize(np.rot90(part), (crop.shape[1], 48), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(crop - expected).mean() < 6
    slant = np.array([[1, 0.35, -40], [0.05, 1, 0], [0, 0, 1]])
    moved = cv2.warpPerspective(pixels, to_pixel_index(slant), (400, 420))
    quads = apply(slant, upright.quads.reshape(-1, 2)).reshape(-1, 4, 2)
    again = rectified_line(moved, column_of(quads), strip).astype(int)
    again = cv2.resize(again.astype(np.uint8), crop.shape[1::-1]).astype(int)  # a slant makes the column longer
    assert np.abs(again - crop).mean() < 6


def test_every_letter_must_be_large_but_thin_ones_count_with_their_neighbours():
    def line(text, quads, column=False):
        return Line(text, quads, (), (1.0,) * len(quads), column, (quads[0], quads[-1]))

    assert least_letter_px(line("AXB", letters((12, 11, 13)))) == (11, 20)
    assert is_large(line("AIB", letters((12, 2, 13))))
    assert not is_large(line("AXB", letters((12, 2, 13))))
    assert is_large(line("ABCD", limb()[:4]))
    assert not is_large(line("ABCDEF", limb()))
    assert not is_large(line("AXB", letters((12, 11, 13)) * (1, 0.2)))
    slanting = letters((12, 11, 13)) @ np.array([[1, 0.9], [0, 1]])
    assert least_letter_px(line("AXB", slanting)) == pytest.approx((11, 20 / np.hypot(1, 0.9)))
    assert [is_aslant(line("AXB", letters((12, 11, 13)) * (x, 1))) for x in (0.3, 0.4, 2, 2.3)] == [
        True,
        False,
        False,
        True,
    ]
    assert is_large(line("AIB", letters((12, 2, 13), column=True), column=True))
    assert not is_large(line("AIB", letters((12, 2, 13), column=True) * (0.25, 1), column=True))


def limb():
    """Letters of one width on a cylinder, seen up to its edge."""
    quads = letters((10,) * 6)
    quads[..., 0] = 60 * np.sin(quads[..., 0] / 60)
    return quads


def test_copies_with_tiny_letters_and_other_words_give_no_crop(tmp_path):
    pixels = background(420, 320, 0)
    tag = draw_tag(pixels, "HXMNKH", (210, 160), 0.0, 0.5)
    squeeze = np.array([[0.1, 0, 0], [0, 1, 0], [0, 0, 1]])
    narrow = tuple(
        dataclasses.replace(c, quad=tuple(map(tuple, apply(squeeze, c.quad).tolist())), mask=None, place=(1, k))
        for k, c in enumerate(tag.characters)
    )
    words = tuple(dataclasses.replace(c, place=None) for c in tag.characters[:2])
    both = dataclasses.replace(tag, characters=(*tag.characters, *narrow, *words))
    write_dataset(tmp_path / "source", [(LabelledImage("t.png", 420, 320, (both,), "train"), pixels)])
    made = make_crops(read_dataset(tmp_path / "source"), tmp_path / "out", CropOptions(), sets=("text",))
    assert [text for *_, text in made.recognition] == ["HXMNKH"]
    assert dict(made.left_out) == {("text", "lines with characters of less than 3.5 x 5 px"): 1}
    (line,) = (tmp_path / "out" / "text" / "full" / "train" / "Label.txt").read_text().splitlines()
    assert [entry["transcription"] for entry in json.loads(line.split("\t")[1])] == ["HXMNKH", "###", "###"]
