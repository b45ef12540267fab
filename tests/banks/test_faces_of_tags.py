"""Faces of drawn cut-outs, whose place, letters and colours are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synth.banks.faces_of_tags import measure_face
from synth.banks.writing import find_writing
from synth.geometry.homography import apply, rotation_deg, to_pixel_index, translation

WIDTH, HEIGHT, CAP = 200, 44, 28
INK, PAPER = (40, 30, 36), (215, 208, 200)


def plate(angle_deg: float, sigma: float, *, ink=INK, paper=PAPER):
    """A framed plate with a blue strip and seven bars of width 5 and height CAP; returns rgb, mask and its matrix."""
    scale = 4
    flat = np.full((HEIGHT * scale, WIDTH * scale, 3), paper, np.uint8)
    flat[:, : 18 * scale] = (40, 50, 130)
    for x in range(40, 180, 20):
        flat[8 * scale : (8 + CAP) * scale, x * scale : (x + 5) * scale] = ink
    matrix = translation(150, 150) @ rotation_deg(angle_deg) @ translation(-WIDTH / 2, -HEIGHT / 2)
    fine = np.diag([scale, scale, 1.0]) @ matrix @ np.diag([1 / scale, 1 / scale, 1.0])
    size = (300 * scale, 300 * scale)
    big = np.full((size[1], size[0], 3), 90, np.uint8)
    mask = cv2.warpPerspective(np.full(flat.shape[:2], 255, np.uint8), to_pixel_index(fine), size)
    drawn = cv2.warpPerspective(flat, to_pixel_index(fine), size)
    big[mask > 0] = drawn[mask > 0]
    rgb = cv2.GaussianBlur(cv2.resize(big, (300, 300), interpolation=cv2.INTER_AREA), (0, 0), sigma)
    return rgb, cv2.resize(mask, (300, 300), interpolation=cv2.INTER_AREA), matrix


@pytest.mark.parametrize("angle", [0.0, 9.0, -14.0])
def test_the_frame_lies_on_the_paper_and_the_letters_are_measured(angle: float) -> None:
    rgb, mask, matrix = plate(angle, 0.9)
    face, why = measure_face(rgb, mask)
    assert face is not None, why
    frame = np.array(face.frame).reshape(3, 3)
    (line,) = face.lines
    middle = apply(frame, [[line.u_mm, line.v_mm]])
    expected = apply(matrix, [[(40 + 165) / 2, 8 + CAP / 2]])
    assert np.abs(middle - expected).max() < 1.5
    across = np.diff(apply(frame, [[0, 0], [1, 0]]), axis=0)[0]
    turned = np.rad2deg(np.arctan2(-across[1], across[0]))
    assert turned == pytest.approx(angle, abs=1.0)
    assert face.cap_height_mm == pytest.approx(CAP, abs=2.0)
    assert line.length_mm == pytest.approx(125, abs=4)
    assert face.width_mm == pytest.approx(WIDTH - 18, abs=8)
    assert (face.turn_deg, face.bend_radius_mm, line.whole) == (0.0, 0.0, True)
    assert np.abs(np.array(face.paper) - PAPER).max() < 8
    assert np.abs(np.array(face.ink) - INK).max() < 30


def test_softness_grows_with_the_blur() -> None:
    found = []
    for sigma in (0.6, 1.0, 1.5):
        face, why = measure_face(*plate(0.0, sigma)[:2])
        assert face is not None, why
        found.append(face.softness_px)
    np.testing.assert_allclose(found, (0.6, 1.0, 1.5), rtol=0.25)


def test_light_writing_on_dark_paper() -> None:
    rgb, mask, _ = plate(3.0, 0.7, ink=(220, 220, 210), paper=(30, 60, 40))
    found = find_writing(rgb, mask)
    assert found is not None
    assert found.light_on_dark
    assert not find_writing(*plate(3.0, 0.7)[:2]).light_on_dark


def test_an_upright_tag_reads_upwards_round_a_cylinder() -> None:
    rgb, mask, _ = plate(0.0, 0.7)
    part, cover = rgb[120:180, 60:180], mask[120:180, 60:180]
    turned, upright = (np.ascontiguousarray(np.rot90(p)) for p in (part, cover))
    face, why = measure_face(turned, upright)
    assert face is not None, why
    assert face.turn_deg == 90.0
    assert face.bend_radius_mm == pytest.approx(face.width_mm / 2)
    frame = np.array(face.frame).reshape(3, 3)
    assert np.linalg.det(frame) > 0
    np.testing.assert_allclose(frame[:2, :2], np.eye(2), atol=0.05)


def test_what_cannot_be_written_on_says_why() -> None:
    rgb, mask, _ = plate(0.0, 0.7)
    assert measure_face(np.full_like(rgb, 128), mask) == (None, "no writing found")
    assert measure_face(rgb, np.zeros_like(mask)) == (None, "its mask is empty")
    small = cv2.resize(rgb, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    face, why = measure_face(small, cv2.resize(mask, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA))
    assert face is None
    assert why


def test_equal_pixels_give_equal_faces() -> None:
    rgb, mask, _ = plate(5.0, 0.8)
    assert measure_face(rgb, mask) == measure_face(rgb.copy(), mask.copy())
