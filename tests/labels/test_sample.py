"""The records: masks are sets of pixels, and nothing malformed can be made."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synth.errors import LabelError
from synth.labels.sample import CHARACTERS_38, Annotation, Categories, Mask, Sample

PLANES = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9))
BOX = (1.0, 2.0, 3.0, 4.0)


@given(PLANES)
def test_a_mask_is_its_pixels(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    height, width = full.shape
    np.testing.assert_array_equal(mask.to_full(width, height), full)
    assert mask.area == full.sum()
    if full.any():
        rows, columns = np.nonzero(full)
        assert mask.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@given(PLANES, st.integers(-5, 12), st.integers(-5, 12))
def test_trimming_changes_nothing_but_the_region(pixels: np.ndarray, x: int, y: int) -> None:
    mask = Mask(x, y, pixels)
    trimmed = mask.trimmed()
    assert trimmed == mask
    assert trimmed.area == mask.area
    assert trimmed.trimmed().pixels.shape == trimmed.pixels.shape
    np.testing.assert_array_equal(mask.to_full(10, 8), trimmed.to_full(10, 8))
    expected = np.zeros((40, 40), bool)
    expected[10 + y : 10 + y + pixels.shape[0], 10 + x : 10 + x + pixels.shape[1]] = pixels
    np.testing.assert_array_equal(mask.to_full(10, 8), expected[10:18, 10:20])


@given(PLANES, PLANES)
def test_equality_is_that_of_pixel_sets(a: np.ndarray, b: np.ndarray) -> None:
    one, other = Mask(0, 0, a), Mask(0, 0, b)
    assert (one == other) == bool((one.to_full(9, 9) == other.to_full(9, 9)).all())
    assert Mask(1, 0, a) != Mask(0, 0, a) or not a.any()


def test_masks_are_read_only_and_typed() -> None:
    pixels = np.ones((2, 2), bool)
    with pytest.raises(ValueError, match="read-only"):
        Mask(0, 0, pixels).pixels[0, 0] = False
    with pytest.raises(LabelError, match=r"\(h, w\) bool, got \(2, 2\) uint8"):
        Mask(0, 0, pixels.astype(np.uint8))  # type: ignore[arg-type]
    with pytest.raises(LabelError, match="an empty mask has no box"):
        _ = Mask(0, 0, np.zeros((2, 2), bool)).box


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"category": -1}, "category must be >= 0, got -1"),
        ({"box": (3.0, 2.0, 1.0, 4.0)}, "x_min < x_max"),
        ({"box": (1.0, 2.0, 1.0, 4.0)}, "x_min < x_max"),
        ({"box": (1.0, math.nan, 2.0, 4.0)}, "four finite numbers"),
        ({"box": (1.0, 2.0, math.inf, 4.0)}, "four finite numbers"),
        ({"box": (1.0, 2.0, 3.0)}, "four finite numbers"),
        ({"visibility": 1.5}, r"visibility must be in \[0, 1\], got 1.5"),
        ({"visibility": math.nan}, "visibility"),
        ({"angle_deg": 360.0}, r"angle_deg must be in \[0, 360\), got 360"),
        ({"angle_deg": -1.0}, "angle_deg"),
        ({"place": (0, -1)}, r"place must be two numbers >= 0 \(copy, position\), got \(0, -1\)"),
        ({"place": (0,)}, "place must be two numbers"),
    ],
)
def test_a_malformed_annotation_cannot_be_made(values: dict[str, Any], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        Annotation(**{"category": 0, "box": BOX, **values})


@pytest.mark.parametrize("names", [("a", "a"), ("",), (" a",), ("a\n",)])
def test_malformed_category_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(LabelError, match="category names must be"):
        Categories(names)


def test_a_category_id_is_its_position() -> None:
    categories = Categories(("ring", "plate"))
    assert [categories.id_of(name) for name in categories.names] == [0, 1]
    with pytest.raises(LabelError, match="unknown category 'tag'; known: ring, plate"):
        categories.id_of("tag")


def test_a_sample_holds_its_boxes_and_is_read_only() -> None:
    image = np.zeros((4, 3, 3), np.uint8)
    sample = Sample(image, (Annotation(0, (0.0, 0.0, 3.0, 4.0)),))
    with pytest.raises(ValueError, match="read-only"):
        sample.image[0, 0, 0] = 1
    for box in ((0.0, 0.0, 3.5, 4.0), (-0.1, 0.0, 1.0, 1.0), (0.0, 0.0, 3.0, 4.01)):
        with pytest.raises(LabelError, match=r"must lie inside \(0, 0, 3, 4\)"):
            Sample(image, (Annotation(0, box),))
    for wrong in (np.zeros((4, 3), np.uint8), np.zeros((4, 3, 4), np.uint8), np.zeros((4, 3, 3))):
        with pytest.raises(LabelError, match="image must be"):
            Sample(wrong, ())


def test_characters_have_ids_of_their_own() -> None:
    categories = Categories(("tag", "A"), ("B", "A"))
    assert (categories.id_of("A"), categories.character_id_of("A"), categories.character_id_of("B")) == (1, 1, 0)
    with pytest.raises(LabelError, match="unknown class of characters 'tag'; known: B, A"):
        categories.character_id_of("tag")
    with pytest.raises(LabelError, match="known: none"):
        Categories(("tag",)).character_id_of("A")
    assert (len(CHARACTERS_38), len(set(CHARACTERS_38))) == (38, 38)
    for names in (("A", "A"), ("",), ("A ",)):
        with pytest.raises(LabelError, match="character names must be"):
            Categories((), names)
