"""Masks, run lengths and polygons against pycocotools, on every kind of mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from synth.errors import LabelError
from synth.labels.polygons import mask_to_polygons, polygons_to_mask
from synth.labels.rle import mask_to_rle, rle_to_mask
from synth.labels.sample import Mask


@st.composite
def masks(draw: st.DrawFn, inside: bool = True) -> tuple[Mask, int, int]:
    """A mask of noise or of a few discs and rings, and the size of its image."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    w, h = draw(st.integers(1, width)), draw(st.integers(1, height))
    margin = 0 if inside else 4
    x = draw(st.integers(-margin, width - w + margin))
    y = draw(st.integers(-margin, height - h + margin))
    if draw(st.booleans()):
        pixels = draw(hnp.arrays(np.bool_, (h, w), elements=st.booleans()))
    else:
        rows, columns = np.mgrid[:h, :w] + 0.5
        pixels = np.zeros((h, w), np.bool_)
        for _ in range(draw(st.integers(1, 5))):
            cx, cy, r = draw(st.floats(0, w)), draw(st.floats(0, h)), draw(st.floats(0.5, 20))
            distance = np.hypot(columns - cx, rows - cy)
            pixels ^= (distance < r) & (distance > draw(st.floats(0, r)))
    return Mask(x, y, pixels), width, height


def encoded(full: np.ndarray) -> str:
    counts: bytes = coco_mask.encode(np.asfortranarray(full.astype(np.uint8)))["counts"]
    return counts.decode()


@settings(max_examples=400, deadline=None)
@given(masks(inside=False))
def test_rle_equals_pycocotools_and_comes_back(drawn: tuple[Mask, int, int]) -> None:
    mask, width, height = drawn
    full = mask.to_full(width, height)
    text = mask_to_rle(mask, width, height)
    assert text == encoded(full)
    assert rle_to_mask(text, width, height) == Mask.from_full(full)


@settings(max_examples=400, deadline=None)
@given(masks())
def test_pycocotools_rasterises_polygons_to_the_same_mask(drawn: tuple[Mask, int, int]) -> None:
    mask, width, height = drawn
    polygons = mask_to_polygons(mask)
    if not polygons:
        assert mask.area == 0
        return
    runs = coco_mask.frPyObjects(polygons, height, width)
    assert sum(coco_mask.area(runs)) == mask.area, "parts must not overlap"
    np.testing.assert_array_equal(coco_mask.decode(coco_mask.merge(runs)), mask.to_full(width, height))
    assert polygons_to_mask(polygons, width, height) == mask


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_hand_drawn_polygons_cover_what_pycocotools_covers(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 50)), data.draw(st.integers(1, 50))
    tenths = data.draw(st.booleans())
    x = st.integers(-10 * width, 20 * width).map(lambda v: v / 10) if tenths else st.floats(-width, 2 * width)
    y = st.integers(-10 * height, 20 * height).map(lambda v: v / 10) if tenths else st.floats(-height, 2 * height)
    polygons = data.draw(
        st.lists(
            st.lists(st.tuples(x, y), min_size=3, max_size=7).map(lambda points: [v for p in points for v in p]),
            min_size=1,
            max_size=3,
        )
    )
    want = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(polygons, height, width)))
    np.testing.assert_array_equal(polygons_to_mask(polygons, width, height).to_full(width, height), want)


def test_parts_and_holes_of_a_known_mask() -> None:
    pixels = np.zeros((5, 5), np.bool_)
    pixels[:3, :3] = True
    pixels[1, 1] = False
    pixels[3, 3] = True  # touches the ring at a corner only
    assert mask_to_polygons(Mask(10, 20, pixels)) == [
        # out along the top to above the hole, down the slit, round the hole, up again, and round the rest
        [10, 20, 11, 20, 11, 21, 12, 21, 12, 22, 11, 22, 11, 21, 11, 20, 13, 20, 13, 23, 10, 23],
        [13, 23, 14, 23, 14, 24, 13, 24],
    ]


def test_a_comb_of_nested_holes_needs_no_recursion() -> None:
    pixels = np.ones((6003, 3), np.bool_)
    pixels[1:-1:2, 1] = False
    mask = Mask(0, 0, pixels)
    assert len(mask_to_polygons(mask)) == 1
    assert polygons_to_mask(mask_to_polygons(mask), 3, 6003) == mask


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        ([0, 0, 1, 1], "at least 6 numbers"),
        ([0, 0, 1, 1, 2, 2, 3], "even count"),
        ([0, 0, 1, float("nan"), 2, 2], "clip it to the image"),
        ([0, 0, 1e12, 0, 2, 2], "clip it to the image"),
    ],
)
def test_bad_polygons_are_told(polygon: list[float], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        polygons_to_mask([polygon], 20, 10)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=40, max_codepoint=130), max_size=30), st.integers(1, 30))
def test_any_string_is_a_mask_or_a_label_error(text: str, side: int) -> None:
    try:
        mask = rle_to_mask(text, side, side)
    except LabelError:
        return
    # a string may write a run in more groups than needed, or end with an empty run: the mask is the same
    assert rle_to_mask(mask_to_rle(mask, side, side), side, side) == mask


def test_huge_masks_are_refused_before_memory_is_taken() -> None:
    with pytest.raises(LabelError, match="larger than the limit"):
        rle_to_mask("0", 10**6, 10**6)
