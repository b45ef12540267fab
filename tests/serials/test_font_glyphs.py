"""Outlines of letters, against another library's rendering of the same font."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from synth.assets import asset_files
from synth.errors import AssetError
from synth.serials.glyphs import glyph, line_of_text
from synth.serials.ring import ALPHABET

FONTS = [file.path for file in asset_files("fonts")]


def signed_area(contour: np.ndarray) -> float:
    x, y = contour.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


@pytest.mark.parametrize("font", FONTS, ids=lambda p: p.stem)
def test_areas_and_extents_agree_with_freetype(font: Path) -> None:
    size = 400
    face = ImageFont.truetype(str(font), size)
    cap = face.getmask("H", mode="L", anchor="ls").getbbox()
    height = cap[3] - cap[1]
    for character in ALPHABET:
        canvas = Image.new("L", (size * 2, size * 2))
        ImageDraw.Draw(canvas).text((size // 2, size * 3 // 2), character, fill=255, font=face, anchor="ls")
        drawn = np.asarray(canvas, float) / 255
        rows, columns = np.nonzero(drawn > 0.5)
        outline = glyph(font, character)
        area = abs(sum(signed_area(contour) for contour in outline.contours))
        assert area == pytest.approx(drawn.sum() / height**2, rel=0.02)
        points = np.concatenate(outline.contours)
        extent = (np.ptp(columns) + 1, np.ptp(rows) + 1)
        np.testing.assert_allclose(np.ptp(points, axis=0), np.array(extent) / height, atol=0.012)
        assert outline.advance == pytest.approx(face.getlength(character) / height, rel=0.01)


def test_a_capital_h_is_one_high_on_the_baseline() -> None:
    points = np.concatenate(glyph(FONTS[0], "H").contours)
    np.testing.assert_allclose((points[:, 1].min(), points[:, 1].max()), (0, 1), atol=0.01)


def test_edges_are_short_enough_to_bend() -> None:
    for character in ALPHABET:
        for contour in glyph(FONTS[0], character).contours:
            steps = np.hypot(*np.diff(np.concatenate([contour, contour[:1]]), axis=0).T)
            assert steps.max() < 0.06


def test_a_line_is_centred_and_keeps_the_order() -> None:
    contours = line_of_text(FONTS[0], "L1", width_factor=0.8, spacing=0.3)
    advances = [0.8 * glyph(FONTS[0], c).advance for c in "L1"]
    middles = [contour[:, 0].mean() for contour in contours]
    assert middles == sorted(middles)
    left = min(contour[:, 0].min() for contour in contours)
    bearing = 0.8 * min(c[:, 0].min() for c in glyph(FONTS[0], "L").contours)
    assert left == pytest.approx(bearing - (sum(advances) + 0.3) / 2)


def test_a_missing_glyph_and_a_broken_font(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no glyph for '\U0001f426'; choose another font or text"):
        glyph(FONTS[0], "\U0001f426")
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(AssetError, match=r"broken\.ttf: not a font that can be read"):
        glyph(broken, "A")
