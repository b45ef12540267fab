from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import pytest
from drawn_tags import background, draw_tag, read_table, write_dataset
from scipy import stats

from synth.cropping.frames import frame_of
from synth.cropping.options import CropOptions
from synth.cropping.run import make_crops
from synth.cropping.turning import Ground, turned_disc
from synth.cropping.windows import Window, window_of
from synth.geometry.homography import apply, rotation_deg, scaling, translation
from synth.labels.dataset import read_dataset
from synth.labels.pictures import read_picture
from synth.labels.sample import LabelledImage
from synth.streams import stream


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """Many crops of two letters that no turn maps onto themselves."""
    root = tmp_path_factory.mktemp("turned")
    images = []
    for number, (text, angle_deg) in enumerate((("F", 0.0), ("R", 140.0), ("G", 271.5))):
        pixels = background(300, 300, number)
        tag = draw_tag(pixels, text, (151.3, 148.6), angle_deg, 0.9)
        images.append((LabelledImage(f"f_{number}.jpg", 300, 300, (tag,), "train"), pixels))
    write_dataset(root / "source", images)
    options = CropOptions(per_tag=20, jitter=0.0, formats=("coco",))
    make_crops(read_dataset(root / "source"), root / "out", options, sets=("rotation",))
    return root / "out" / "rotation"


def test_what_is_labelled_is_what_is_seen(turned):
    """Turned back by its label, every crop shows the letter as it stands upright; half a turn off, it does not."""
    rows = read_table(turned / "angles.csv")
    assert len(rows) == 60
    by_text = {}
    for row in rows:
        crop = read_picture(turned / row["file"]).astype(np.float32).mean(axis=2)
        by_text.setdefault(row["text"], []).append((crop, float(row["angle_deg"])))
    for members in by_text.values():
        upright = [turn(crop, -angle_deg) for crop, angle_deg in members]
        template = np.median(upright, axis=0)
        for crop, angle_deg in members:
            offs = np.arange(-180, 180, 3.0)
            fits = [likeness(turn(crop, off - angle_deg), template) for off in offs]
            assert abs(offs[int(np.argmax(fits))]) <= 3
    # an upright F has its ink on the left and at the top
    ink = 255 - np.median([turn(crop, -angle_deg) for crop, angle_deg in by_text["F"]], axis=0)[44:84, 44:84]
    rows_of_ink, columns_of_ink = ink.sum(axis=1), ink.sum(axis=0)
    assert rows_of_ink[:20].sum() > rows_of_ink[20:].sum()
    assert columns_of_ink[:20].sum() > columns_of_ink[20:].sum()


def turn(crop: np.ndarray, angle_deg: float) -> np.ndarray:
    middle = (crop.shape[1] - 1) / 2, (crop.shape[0] - 1) / 2
    return cv2.warpAffine(crop, cv2.getRotationMatrix2D(middle, angle_deg, 1.0), crop.shape[::-1], borderValue=127)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a[20:-20, 20:-20].ravel(), b[20:-20, 20:-20].ravel())[0, 1])


def test_angles_are_uniform(turned):
    angles = [float(row["angle_deg"]) for row in read_table(turned / "angles.csv")]
    assert stats.kstest(np.array(angles) / 360, "uniform").pvalue > 0.01


def test_table_and_coco_agree(turned):
    table = {row["file"].rsplit("/", 1)[1]: row for row in read_table(turned / "angles.csv")}
    for image in read_dataset(turned).images:
        (tag,) = image.annotations
        row = table[image.file_name]
        assert float(row["angle_deg"]) == tag.angle_deg
        assert (row["text"], row["identity"], row["split"]) == (tag.text, tag.identity, image.split)
        top = np.mean(tag.quad[:2], axis=0) - np.mean(tag.quad[2:], axis=0)
        assert np.degrees(np.arctan2(-top[0], -top[1])) % 360 == pytest.approx(tag.angle_deg, abs=1e-6)


def test_corners_are_grey_in_every_crop(turned):
    rows, columns = np.mgrid[:128, :128] + 0.5 - 64
    outside = np.hypot(rows, columns) > 76  # further out than what JPEG smears from the rim
    for row in read_table(turned / "angles.csv"):
        assert np.abs(read_picture(turned / row["file"])[outside].astype(int) - 127).max() <= 2


@pytest.mark.parametrize("shrink", [0.7, 1.3, 2.8, 5.5])
def test_a_smooth_picture_is_sampled_where_the_map_says(shrink):
    """Against the formula of the picture, blurred by nothing that matters: a plane and a slow wave."""
    rows, columns = np.mgrid[:500, :500] + 0.5
    wave = 100 + 0.1 * columns + 0.05 * rows + 30 * np.sin(columns / 60)
    picture = np.repeat(np.rint(wave).astype(np.uint8)[..., None], 3, axis=2)
    to_picture = translation(251.3, 248.9) @ rotation_deg(37) @ scaling(shrink, shrink) @ translation(-32, -32)
    crop = turned_disc(Ground.of(picture, 251.3, 248.9, 240, shrink), to_picture, 64)
    rows, columns = np.mgrid[:64, :64] + 0.5
    x, y = apply(to_picture, np.stack([columns.ravel(), rows.ravel()], axis=1)).T.reshape(2, 64, 64)
    expected = 100 + 0.1 * x + 0.05 * y + 30 * np.sin(x / 60)
    inside = np.hypot(rows - 32, columns - 32) < 30
    off = crop[..., 0].astype(float)[inside] - expected[inside]
    assert np.abs(off).max() <= 1.1
    assert abs(off.mean()) < 0.1


def test_near_the_border_discs_are_smaller_and_hold_every_character(tmp_path):
    """Further and further out: whole discs, then smaller ones that show all of the text, then none."""
    seen = []
    for number, x in enumerate((160, 100, 84, 76, 70)):
        pixels = background(320, 320, number)
        tag = draw_tag(pixels, "AB7", (x, 160), 0.0, 0.5)
        size, options = (320, 320), CropOptions(jitter=0.03)
        frame = frame_of(tag)
        window = window_of(tag, frame, size, options)
        seen.append(None if window is None else window.radius / frame.radius)
        if window is not None:
            assert window.reach(options) <= x
            corners = np.concatenate([np.array(c.quad) for c in tag.characters]) - frame.centre
            assert window.holds(options) >= np.hypot(*corners.T).max()
            bare = dataclasses.replace(tag, characters=())
            assert (window_of(bare, frame, size, options) is None) == (seen[-1] < 1.15)
    assert seen[0] == seen[1] == pytest.approx(1.15)
    assert seen[3] < 1 < seen[2] < 1.15
    assert seen[4] is None


@pytest.mark.parametrize(("shrink", "angle_deg"), [(0.8, 12.0), (1.7, 133.0), (4.5, 251.0)])
def test_what_lies_behind_the_border_has_no_influence(shrink, angle_deg):
    """A window that just reaches the border: any picture going on behind it gives the same crop."""
    options = CropOptions(jitter=0.0)
    window = Window(64 * shrink, 64 * shrink)
    reach = window.reach(options)
    rng = stream(3, 0, "noise")
    wide = rng.integers(0, 256, (2 * int(reach) + 200, 2 * int(reach) + 200, 3), dtype=np.uint8)
    middle = len(wide) / 2
    first = math.floor(middle - reach)
    cut, other = wide[first:, first:], wide.copy()
    other[:first], other[:, :first] = 255, 0
    crops = []
    for pixels, x in ((cut, middle - first), (other, middle)):
        to_picture = translation(x, x) @ rotation_deg(angle_deg) @ scaling(shrink, shrink) @ translation(-64, -64)
        crops.append(turned_disc(Ground.of(pixels, x, x, 2 * reach, shrink), to_picture, 128).astype(int))
    assert np.abs(crops[0] - crops[1]).max() <= 1


def test_a_tag_at_the_border_gives_none(crops):
    names = [image.file_name for image in read_dataset(crops / "rotation").images]
    assert not [name for name in names if name.startswith("drawn_000004_t1")]
