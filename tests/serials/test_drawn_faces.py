"""Faces made in code: whole alphabets, clean outlines, the sizes of the tools that would write them."""

from __future__ import annotations

import itertools
import math
import string

import cv2
import numpy as np
import pytest

from synth.errors import AssetError
from synth.serials.drawn_faces import CUTTER, DRAWN_FACES, PIN
from synth.serials.faces import BUILT_IN, open_face, require_characters
from synth.serials.glyphs import STEP, Glyph, densified, glyph_of, signed_area
from synth.serials.matrix import COLUMNS, MATRICES, ROWS
from synth.serials.segments import SEGMENTS
from synth.serials.strokes import SKELETONS
from synth.serials.stroking import stroked

CHARACTERS = string.ascii_uppercase + string.digits + "/-"
LOOK_ALIKES = ("0O", "1I", "5S", "2Z")


def picture(glyph: Glyph, size: int = 160) -> np.ndarray:
    """Filled by OpenCV, contour by contour: what overlaps stays filled, holes are taken out."""
    canvas = np.zeros((size * 3 // 2, size * 2), np.uint8)
    for contour in sorted(glyph.contours, key=lambda c: -signed_area(c)):
        points = np.rint((contour * (size, -size) + (10, size * 5 / 4)) * 16).astype(np.int32)
        cv2.fillPoly(canvas, [points], int(signed_area(contour) > 0), shift=4)
    return canvas


def test_their_names() -> None:
    assert set(BUILT_IN) == set(DRAWN_FACES) >= {"single-stroke", "dot-peen", "dot-matrix", "seven-segment"}
    assert all(open_face(name).name == name for name in BUILT_IN)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "seven-segment"])
def test_all_characters_are_there(name: str) -> None:
    require_characters(open_face(name), CHARACTERS + ". ")


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_two_characters_are_alike(name: str) -> None:
    face = open_face(name)
    known = [c for c in CHARACTERS if face.has(c)]
    require_characters(face, known)
    drawn = {c: picture(face.glyph(c)) for c in known}
    for one, other in itertools.combinations(known, 2):
        overlap = (drawn[one] & drawn[other]).sum() / (drawn[one] | drawn[other]).sum()
        assert overlap < (0.8 if one + other in LOOK_ALIKES else 0.92), one + other


@pytest.mark.parametrize("name", BUILT_IN)
def test_outlines_stand_on_the_line_fill_the_cap_height_and_bend(name: str) -> None:
    face = open_face(name)
    for character in filter(face.has, CHARACTERS):
        glyph = face.glyph(character)
        assert all(signed_area(contour) != 0 for contour in glyph.contours)
        steps = [np.hypot(*(np.roll(c, -1, axis=0) - c).T).max() for c in glyph.contours]
        assert max(steps) <= STEP * (1 + 1e-9)
        assert glyph.vertices[:, 0].min() >= 0
        assert glyph.vertices[:, 0].max() <= glyph.advance
        assert face.kerning("A", character) == 0
    for character in "E8" if name == "seven-segment" else "HEOSU8036":
        heights = face.glyph(character).vertices[:, 1]
        np.testing.assert_allclose((heights.min(), heights.max()), (0, 1), atol=0.02)
    assert face.glyph(" ").advance > 0.2


def test_strokes_are_as_thick_as_the_cutter() -> None:
    for character in CHARACTERS:
        ink = picture(DRAWN_FACES["single-stroke"].glyph(character), 400)
        deepest = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max() / 400
        # where strokes meet at a sharp angle there is more room than along one of them
        assert CUTTER / 2 - 0.004 < deepest < CUTTER / 2 * 2


def test_a_bar_of_the_pen_is_a_capsule() -> None:
    (outline,) = stroked([np.array([[0.0, 0.0], [0.7, 0.0]])], 0.2)
    assert signed_area(outline) == pytest.approx(0.7 * 0.2 + math.pi * 0.01, rel=2e-3)
    (dot,) = stroked([np.array([[0.3, 0.4]])], 0.2)
    np.testing.assert_allclose(np.hypot(*(dot - (0.3, 0.4)).T), 0.1, atol=6e-4)
    turned = [np.array([[0.0, 0.0], [0.4, 0.3]]), np.array([[0.0, 0.3], [0.4, 0.0]])]
    (cross,) = stroked(turned, 0.1)
    mitre = 0.1**2 / math.sin(2 * math.atan2(3, 4))  # what both bars share
    assert signed_area(cross) == pytest.approx(2 * (0.5 * 0.1 + math.pi * 0.05**2) - mitre, rel=3e-3)


@pytest.mark.parametrize(("character", "holes"), [("A", 1), ("B", 2), ("8", 2), ("O", 1), ("0", 2), ("S", 0), ("4", 1)])
def test_the_pen_leaves_the_counters_open(character: str, holes: int) -> None:
    areas = [signed_area(contour) for contour in DRAWN_FACES["single-stroke"].glyph(character).contours]
    assert [sum(a > 0 for a in areas), sum(a < 0 for a in areas)] == [1, holes]


@pytest.mark.parametrize("name", ["dot-peen", "dot-matrix", "square-matrix"])
def test_dots_are_of_one_size_and_lie_apart(name: str) -> None:
    face = DRAWN_FACES[name]
    for character in CHARACTERS:
        contours = face.glyph(character).contours
        areas = [signed_area(contour) for contour in contours]
        np.testing.assert_allclose(areas, areas[0], rtol=1e-9)
        middles = np.array([contour.mean(axis=0) for contour in contours])
        gaps = [math.dist(one, other) for one, other in itertools.combinations(middles, 2)]
        assert min(gaps, default=1) > 0.7 * PIN
        if name == "dot-peen":
            assert areas[0] == pytest.approx(math.pi * PIN**2 / 4)


def test_the_grids_are_whole_and_the_zero_is_struck_through() -> None:
    for character, rows in MATRICES.items():
        assert [len(row) for row in rows.split()] == [COLUMNS] * ROWS, character
        assert set(rows) == set("01 ")
    assert len(set(MATRICES.values())) == len(MATRICES) == len(SKELETONS)


def test_the_display_shows_what_it_can_and_refuses_the_rest() -> None:
    assert len({frozenset(segments) for segments in SEGMENTS.values()}) == len(SEGMENTS)
    face = DRAWN_FACES["seven-segment"]
    assert set(string.digits + "-ABCDEFHLPU.") <= {c for c in CHARACTERS + "." if face.has(c)}
    for character in "MKWXVQ/":
        assert not face.has(character)
        with pytest.raises(
            AssetError, match=rf"^seven-segment: no glyph for '{character}'; it has .*: choose another face or text"
        ):
            face.glyph(character)
    assert len(face.glyph("8").ends) == 7


def test_added_points_leave_a_polygon_as_it_was() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 0.7)]
    dense = densified(corners)
    assert signed_area(dense) == pytest.approx(0.35)
    assert {tuple(point) for point in np.round(dense, 12)} >= set(corners)
    assert len(glyph_of([dense], 1).vertices) == len(dense)
