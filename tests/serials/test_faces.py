"""Faces by name, what they cover, and letters made bolder, thinner and hollow."""

from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from synth.assets import asset_files
from synth.errors import AssetError
from synth.serials.faces import BUILT_IN, face_names, open_face, require_characters, styled_glyph
from synth.serials.glyphs import Glyph, glyph_of, signed_area
from synth.serials.styling import emboldened, hollow

CHARACTERS = string.ascii_uppercase + string.digits + "/-"
EMBEDDED = [name for name in face_names() if name not in BUILT_IN]


def area(glyph: Glyph) -> float:
    return sum(signed_area(contour) for contour in glyph.contours)


def perimeter(glyph: Glyph) -> float:
    return sum(float(np.hypot(*(np.roll(c, -1, axis=0) - c).T).sum()) for c in glyph.contours)


def disc(radius: float, corners: int = 400) -> np.ndarray:
    angle = 2 * np.pi * np.arange(corners) / corners
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_embedded_font_draws_all_characters_each_in_its_own_way(name: str) -> None:
    face = open_face(name)
    require_characters(face, CHARACTERS + " .")
    assert open_face(name) is face
    assert open_face(Path(face.name)).glyph("A").vertices.tobytes() == face.glyph("A").vertices.tobytes()


def test_names_are_those_of_the_files() -> None:
    assert {"roboto-condensed-bold", "routed-gothic-narrow", "liberation-sans-bold", "osp-din"} <= set(EMBEDDED)
    assert len(EMBEDDED) == len(asset_files("fonts"))
    assert len(set(face_names())) == len(face_names()) == len(EMBEDDED) + len(BUILT_IN)
    assert all(name == name.lower() and " " not in name for name in face_names())
    assert sum(file.path.stat().st_size for file in asset_files("fonts")) < 3_000_000


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"^no face 'comic'; there are dot-matrix, .*single-stroke, .*osp-din, .*$"):
        open_face("comic")
    with pytest.raises(AssetError, match=r"absent\.ttf: cannot be read"):
        open_face(tmp_path / "absent.ttf")
    note = tmp_path / "note"
    note.write_text("no font")
    with pytest.raises(AssetError, match=r"note: not a font that can be read"):
        open_face(note)


def test_what_a_face_lacks_is_named_whole(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"^seven-segment: lacks / I M of the 5 characters asked for; choose another"):
        require_characters(open_face("seven-segment"), "AMI/0")
    path = tmp_path / "altered.ttf"
    shutil.copyfile(open_face("routed-gothic-narrow").name, path)
    font = TTFont(path)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord("0")] = table.cmap[ord("O")]
            table.cmap[ord("1")] = table.cmap[ord("I")]
            table.cmap.pop(ord("Q"), None)
    font.save(path)
    with pytest.raises(AssetError, match=r"altered\.ttf: lacks Q of the 38 characters asked for"):
        require_characters(open_face(path), CHARACTERS)
    with pytest.raises(AssetError, match=r"altered\.ttf: draws different characters alike \(0 = O, 1 = I\); choose"):
        require_characters(open_face(path), CHARACTERS.replace("Q", ""))
    require_characters(open_face(path), CHARACTERS.translate(str.maketrans("", "", "QOI")))


@pytest.mark.parametrize("name", ["roboto-condensed-bold", "courier-prime-bold", "b612-mono-bold", "single-stroke"])
def test_area_grows_by_perimeter_times_weight(name: str) -> None:
    face = open_face(name)
    for character in CHARACTERS:
        plain = face.glyph(character)
        for weight in (0.004, -0.004):
            styled = styled_glyph(face, character, weight=weight, outline=0)
            grown = perimeter(plain) * weight
            assert area(styled) - area(plain) == pytest.approx(grown, rel=0.04)
            assert styled.advance == pytest.approx(plain.advance + 2 * weight)


@pytest.mark.parametrize("weight", [0.01, 0.05, 0.12])
def test_extents_grow_by_the_weight_and_bearings_stay(weight: float) -> None:
    face = open_face("liberation-sans-bold")
    for character in "HEO08-":
        plain, bold = face.glyph(character), styled_glyph(face, character, weight=weight, outline=0)
        np.testing.assert_allclose(
            np.ptp(bold.vertices, axis=0), np.ptp(plain.vertices, axis=0) + 2 * weight, atol=1e-3
        )
        assert bold.vertices[:, 0].min() == pytest.approx(plain.vertices[:, 0].min(), abs=1e-3)
        assert bold.vertices[:, 1].min() == pytest.approx(plain.vertices[:, 1].min() - weight, abs=1e-3)


def test_rings_grow_and_shrink_exactly_and_closed_holes_go() -> None:
    ring = glyph_of([disc(1.0), disc(0.1)[::-1]], 2.0)
    assert area(ring) == pytest.approx(np.pi * (1 - 0.01), rel=1e-3)
    bold = emboldened(ring, 0.05, "ring")
    assert area(bold) == pytest.approx(np.pi * (1.05**2 - 0.05**2), rel=1e-3)
    closed = emboldened(ring, 0.2, "ring")
    assert len(closed.ends) == 1
    assert area(closed) == pytest.approx(np.pi * 1.2**2, rel=1e-3)
    with pytest.raises(AssetError, match=r"ring: weight -0\.9 leaves next to nothing of it; choose a weight nearer 0"):
        emboldened(glyph_of([disc(1.0)], 2.0), -0.9, "ring")


def test_hollow_letters_are_lines_along_the_outline() -> None:
    face = open_face("roboto-condensed-bold")
    for character in CHARACTERS:
        plain = face.glyph(character)
        line = styled_glyph(face, character, weight=0, outline=0.02)
        assert area(line) == pytest.approx(perimeter(plain) * 0.02, rel=0.03)
        assert line.advance == plain.advance
        assert len(line.ends) == 2 * len(plain.ends)
    dot = hollow(glyph_of([disc(0.05)], 0.2), 0.2)  # the line is wider than the dot: it stays filled
    assert len(dot.ends) == 1
    assert area(dot) == pytest.approx(np.pi * 0.15**2, rel=1e-3)


def test_styles_are_kept_and_the_plain_one_is_the_face_s_own() -> None:
    face = open_face("osp-din")
    assert styled_glyph(face, "A", weight=0, outline=0) is face.glyph("A")
    one = styled_glyph(face, "A", weight=0.02, outline=0.03)
    assert styled_glyph(face, "A", weight=0.02, outline=0.03) is one
    assert not one.vertices.flags.writeable
    assert not one.ends.flags.writeable
    blank = styled_glyph(face, " ", weight=0.02, outline=0.03)
    assert len(blank.vertices) == len(blank.ends) == 0
    with pytest.raises(AssetError, match="no glyph for"):
        styled_glyph(face, "\u4e00", weight=0.02, outline=0)


def test_direction_is_mended_and_repeated_points_go() -> None:
    square = np.array([[0, 0], [0, 1], [1, 1], [1, 1], [1, 0], [0, 0]], float)
    glyph = glyph_of([square], 1)
    assert area(glyph) == 1
    assert len(glyph.vertices) == 4
    assert glyph_of([], 0.5).contours == ()
