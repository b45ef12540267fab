"""The example photos: labels against pixels, and a folder that real photos' reader takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from synth.errors import AssetError
from synth.files import sha256
from synth.labels.photos import read_labelled_photos
from synth.serials.ring_folder import write_ring_photos
from synth.serials.ring_photos import PLAN, RingPhoto, draw_ring_photo, sample_ring_photo
from synth.streams import stream


def photo_of(index: int, seed: int = 1) -> RingPhoto:
    return sample_ring_photo(stream(seed, index, "ring photo"), index)


@pytest.mark.parametrize("index", [0, 2, 5])
def test_the_box_holds_the_pixels_that_the_ring_changes(index: int) -> None:
    photo = photo_of(index)
    assert photo.bird is not None
    assert photo.bird.near.ring is not None
    ring = replace(photo.bird.near.ring, plastic=(0, 0, 0), ink=(0, 0, 0))
    other = replace(photo, bird=replace(photo.bird, near=replace(photo.bird.near, ring=ring)))
    drawn = draw_ring_photo(photo)
    difference = np.abs(drawn.image.astype(int) - draw_ring_photo(other).image).max(axis=2)
    rows, columns = np.nonzero(difference > 40)
    changed = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    # the lens spreads every edge over about two pixels
    assert drawn.box is not None
    np.testing.assert_allclose(drawn.box, changed, atol=3)
    assert drawn.quad is not None
    quad = np.array(drawn.quad)
    assert (
        np.abs(quad.mean(axis=0) - ((drawn.box[0] + drawn.box[2]) / 2, (drawn.box[1] + drawn.box[3]) / 2)) < 12
    ).all()


def test_photos_share_no_pixels() -> None:
    assert max(Counter((background, half) for background, half, *_ in PLAN).values()) == 1


@pytest.mark.parametrize("seed", range(40))
def test_every_ring_lies_inside_its_photo(seed: int) -> None:
    for index, (*_, ringed) in enumerate(PLAN):
        photo = photo_of(index, seed)
        assert (photo.bird is not None) == ringed
        if photo.bird is not None:
            x, y = photo.bird.foot
            reach = (
                np.sin(np.radians(abs(photo.bird.lean_deg))) * photo.bird.near.ring_height_px
                + photo.bird.near.diameter_px
            )
            assert reach < x < 800 - reach
            assert y - photo.bird.near.ring_height_px > 1.2 * photo.bird.near.diameter_px


def test_the_folder_reads_like_hand_labelled_photos(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    paths = list(write_ring_photos(folder, seed=1))
    before = {path: sha256(path) for path in folder.rglob("*") if path.is_file()}
    read = read_labelled_photos(folder)
    assert read.problems == ()
    assert read.categories.names == ("ring",)
    assert sorted(photo.path.name for photo in read.photos) == [path.name for path in paths]
    rings = [annotation for photo in read.photos for annotation in photo.labels.annotations]
    expected = [bird.near.ring.text for k in range(len(PLAN)) if (bird := photo_of(k).bird) and bird.near.ring]
    assert sorted(ring.text or "" for ring in rings) == sorted(expected)
    assert all(ring.identity == ring.text for ring in rings)
    assert list(islice(write_ring_photos(folder, seed=1), 3)) == paths[:3]
    assert before == {path: sha256(path) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(AssetError, match="holds something else already"):
        list(write_ring_photos(tmp_path, seed=1))
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
