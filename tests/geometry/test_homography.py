"""Projective maps: they compose, they turn the right way, and OpenCV's pixels follow them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.geometry import homography as h
from synth.geometry.rotation import wrap_deg

numbers = st.floats(-50, 50)
factors = st.floats(0.1, 4)
POINTS = np.array([[0.0, 0.0], [3.0, 1.5], [-7.0, 20.0], [40.0, -2.0]])


@given(numbers, numbers, factors, factors, st.floats(-720, 720), st.floats(-1e-3, 1e-3))
def test_a_product_is_one_map_after_the_other(x: float, y: float, a: float, b: float, angle: float, p: float) -> None:
    first, second = h.translation(x, y) @ h.scaling(a, b), h.rotation_deg(angle) @ h.perspective(p, -p)
    np.testing.assert_allclose(h.apply(first @ second, POINTS), h.apply(first, h.apply(second, POINTS)), atol=1e-7)


@given(st.floats(-720, 720))
def test_rotation_is_counter_clockwise_on_screen(angle: float) -> None:
    (x, y), (u, v) = h.apply(h.rotation_deg(angle), [(1, 0), (0, -1)])
    # y points down: the screen's angle of a vector is atan2(-y, x)
    assert wrap_deg(np.degrees(np.arctan2(-y, x)) - angle + 180) == pytest.approx(180, abs=1e-6)
    assert wrap_deg(np.degrees(np.arctan2(-v, u)) - angle - 90 + 180) == pytest.approx(180, abs=1e-6)


@pytest.mark.parametrize("quarter", range(4))
def test_pixels_follow_quarter_turns_exactly(quarter: int) -> None:
    image = np.random.default_rng(1).integers(0, 256, (31, 31), np.uint8)
    turn = h.translation(15.5, 15.5) @ h.rotation_deg(90 * quarter) @ h.translation(-15.5, -15.5)
    warped = cv2.warpPerspective(image, h.to_pixel_index(turn), (31, 31), flags=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(warped, np.rot90(image, quarter))


def test_pixels_follow_shifts_and_enlargements_exactly() -> None:
    image = np.random.default_rng(2).integers(0, 256, (20, 30), np.uint8)
    moved = cv2.warpPerspective(image, h.to_pixel_index(h.translation(4, -3)), (30, 20), flags=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(moved[:-3, 4:], image[3:, :-4])
    tripled = cv2.warpPerspective(image, h.to_pixel_index(h.scaling(3, 3)), (90, 60), flags=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(tripled, np.repeat(np.repeat(image, 3, axis=0), 3, axis=1))
