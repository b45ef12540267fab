from __future__ import annotations

import numpy as np
import pytest
from drawn_tags import draw_tag, drawn_images
from scipy import ndimage

from synth.cropping.characters import upright_map
from synth.cropping.frames import frame_of
from synth.cropping.jitter import Jitter, sample_jitter
from synth.cropping.options import CropOptions
from synth.geometry.homography import apply, rotation_deg, scaling, translation
from synth.inspection.check import check_whole
from synth.labels.dataset import read_dataset
from synth.labels.pictures import read_picture
from synth.streams import stream


def tag_of(number: int, tag: int):
    return drawn_images()[number][0].annotations[tag]


def places(matrix, width, height, fine=7):
    """Where 49 samples of each pixel are taken."""
    rows, columns = np.mgrid[: fine * height, : fine * width]
    points = np.stack([(columns.ravel() + 0.5) / fine, (rows.ravel() + 0.5) / fine], axis=1)
    return (apply(np.linalg.inv(matrix), points) - 0.5).T


def independent_cover(mask, at, width, height, fine=7):
    """A mask through scipy: each pixel's share of 49 samples that fall on it."""
    x, y = at
    padded = np.pad(mask.pixels.astype(float), 1)  # scipy cuts off half a pixel at the border
    cover = ndimage.map_coordinates(padded, [y - mask.y + 1, x - mask.x + 1], order=0, mode="constant")
    return cover.reshape(height, fine, width, fine).mean(axis=(1, 3))


@pytest.mark.parametrize(("number", "tag"), [(0, 0), (1, 0), (3, 0), (4, 0)])
def test_boxes_and_masks_are_those_of_an_independent_warp(crops, number, tag):
    dataset = read_dataset(crops / "characters")
    image = next(i for i in dataset.images if i.file_name == f"drawn_{number:06d}_t{tag}.jpg")
    source, options = tag_of(number, tag), CropOptions()
    frame = frame_of(source)
    jitter = sample_jitter(stream(0, source_number(number), f"upright crop of tag {tag}"), options.jitter)
    matrix, width, height = upright_map(frame, jitter, options)
    assert (width, height) == (image.width, image.height)
    assert [c.text for c in image.annotations] == [c.text for c in source.characters]
    at = places(matrix, width, height)
    for character, was in zip(image.annotations, source.characters, strict=True):
        cover = independent_cover(was.mask, at, width, height)
        seen, mask = cover >= 0.5, character.mask.to_full(width, height)
        assert np.abs(cover[seen != mask] - 0.5).max(initial=0) <= 0.08
        assert abs(int(mask.sum()) - int(seen.sum())) <= 0.01 * seen.sum() + 4
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        assert character.box == pytest.approx((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), abs=1)
        assert character.quad == pytest.approx(np.array(apply(matrix, was.quad)), abs=1e-6)


def source_number(number: int) -> int:
    """Position in the dataset, which has train before validation."""
    return [0, 3, 4, 5, 1, 2].index(number)


def test_labels_lie_on_ink(crops):
    dataset = read_dataset(crops / "characters")
    for image in dataset.images:
        grey = read_picture(dataset.path(image)).mean(axis=2)
        for character in image.annotations:
            ink = character.mask.to_full(image.width, image.height)
            assert (
                grey[ndimage.binary_erosion(ink)].mean() < 90 < grey[ndimage.binary_dilation(ink, iterations=4)].max()
            )


def test_characters_stand_upright_up_to_the_jitter(crops):
    for image in read_dataset(crops / "characters").images:
        if "000003" not in image.file_name:  # on the arc each has its own angle
            for character in image.annotations:
                off = (character.angle_deg - image.extra["turn_deg"] + 180) % 360 - 180
                assert abs(off) < 1e-6
                assert abs(image.extra["turn_deg"]) <= np.degrees(0.04)


def test_a_half_hidden_character_is_difficult_and_a_cut_one_truncated(crops):
    images = {image.file_name: image for image in read_dataset(crops / "characters").images}
    hidden = images["drawn_000004_t0.jpg"].annotations
    assert [c.difficult for c in hidden] == [False, True, False]
    frame = frame_of(tag_of(0, 0))
    matrix, width, height = upright_map(frame, Jitter(x=-1.9), CropOptions())
    from synth.cropping.moving import moved

    first, last = (moved(tag_of(0, 0).characters[k], matrix, -frame.angle_deg, width, height) for k in (0, -1))
    assert first is None or first.truncated
    assert last is not None
    assert last.truncated is False


def test_the_set_is_a_dataset_that_keeps_every_promise(crops):
    for name in ("characters", "rotation"):
        found = [f for f in check_whole(crops / name).findings if f.severity == "error"]
        assert not found, found[:3]


def test_the_upright_map_takes_the_tag_to_the_middle():
    pixels = np.zeros((300, 400, 3), np.uint8)
    tag = draw_tag(pixels, "AB", (200, 150), 130.0, 0.5)
    matrix, width, height = upright_map(frame_of(tag), Jitter(), CropOptions(margin=0.25))
    quad = apply(matrix, tag.quad)
    assert quad.mean(axis=0) == pytest.approx((width / 2, height / 2), abs=1e-6)
    assert quad[0][1] == pytest.approx(quad[1][1], abs=1e-6)
    assert quad[0] == pytest.approx((128 / 6, 128 / 6), abs=0.6)
    back = translation(200, 150) @ rotation_deg(130) @ scaling(0.5, 0.5)
    assert apply(matrix @ back, [(0, -1)])[0][1] < height / 2
