"""Outlines and kerning of font files, against another library's rendering and fonts made here with known values."""

from __future__ import annotations

import itertools
import string
from pathlib import Path

import numpy as np
import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0
from PIL import ImageFont, features

from synth.assets import asset_files
from synth.errors import AssetError
from synth.serials.font_files import FontFace
from synth.serials.glyphs import STEP, Glyph, line_of_text, signed_area

CHARACTERS = string.ascii_uppercase + string.digits + "/-"
FONTS = [file.path for file in asset_files("fonts")]
ROBOTO = next(path for path in FONTS if path.stem == "RobotoCondensed-Bold")
Box = tuple[int, int, int, int]
FRAME: tuple[Box, ...] = ((100, 0, 500, 700), (200, 100, 400, 600))  # outer contour and hole


def made_font(path: Path, boxes: dict[str, tuple[Box, ...]], *, cff: bool = False, cap: int = 0, fea: str = "") -> Path:
    """A font of rectangles: first boxes run as the outer contours of the format do, the others the other way."""
    builder = FontBuilder(1000, isTTF=not cff)
    builder.setupGlyphOrder([".notdef", *boxes])
    builder.setupCharacterMap({ord("\t" if name == "space" else name): name for name in boxes})
    drawn = {}
    for name in [".notdef", *boxes]:
        pen = T2CharStringPen(600, None) if cff else TTGlyphPen(None)
        for number, (x0, y0, x1, y1) in enumerate(boxes.get(name, ())):
            corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]  # counter-clockwise
            corners = corners if cff == (number == 0) else corners[::-1]
            pen.moveTo(corners[0])
            for corner in corners[1:]:
                pen.lineTo(corner)
            pen.closePath()
        drawn[name] = pen.getCharString() if cff else pen.glyph()
    if cff:
        builder.setupCFF("Made", {}, drawn, {})
    else:
        builder.setupGlyf(drawn)
    builder.setupHorizontalMetrics({name: (600, min((b[0] for b in boxes.get(name, ())), default=0)) for name in drawn})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Made", "styleName": "Regular"})
    builder.setupOS2(sCapHeight=cap, version=4)
    builder.setupPost()
    if fea:
        addOpenTypeFeaturesFromString(builder.font, fea)
    builder.save(path)
    return path


def filled_area(glyph: Glyph, lines: int = 500) -> float:
    """Area where the winding number is not zero, from the crossings of evenly spaced scan lines."""
    low, high = glyph.vertices[:, 1].min(), glyph.vertices[:, 1].max()
    y = (low + (np.arange(lines) + 0.5) * (high - low) / lines)[:, None]
    starts = glyph.vertices
    stops = np.concatenate([np.roll(contour, -1, axis=0) for contour in glyph.contours])
    upward = (starts[:, 1] <= y) & (stops[:, 1] > y)
    downward = (starts[:, 1] > y) & (stops[:, 1] <= y)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = starts[:, 0] + (y - starts[:, 1]) / (stops - starts)[:, 1] * (stops - starts)[:, 0]
    x = np.where(upward | downward, x, 1e6)
    order = np.argsort(x, axis=1, kind="stable")
    winding = np.cumsum(np.take_along_axis(upward.astype(int) - downward, order, axis=1), axis=1)
    spans = np.diff(np.take_along_axis(x, order, axis=1), axis=1)
    return float(spans[winding[:, :-1] != 0].sum() * (high - low) / lines)


@pytest.mark.parametrize("font", FONTS, ids=lambda p: p.stem)
def test_areas_and_extents_agree_with_freetype(font: Path) -> None:
    size = 800
    face, other = FontFace(font), ImageFont.truetype(str(font), size, layout_engine=ImageFont.Layout.BASIC)
    tolerance = 0.04 if font.stem.startswith("Doto") else 0.01  # FreeType's hinter makes its oblong dots square
    unit = size / TTFont(font)["head"].unitsPerEm * face._unit
    for character in CHARACTERS:
        mask = other.getmask(character, mode="L")
        drawn = np.asarray(mask, np.uint8).reshape(mask.size[::-1])
        outline = face.glyph(character)
        assert filled_area(outline) * unit**2 == pytest.approx(drawn.sum() / 255, rel=tolerance), character
        extent = [np.ptp(np.flatnonzero((drawn > 127).any(axis=axis))) + 1 for axis in (0, 1)]
        np.testing.assert_allclose(np.ptp(outline.vertices, axis=0) * unit, extent, atol=2.5)
        assert outline.advance * unit == pytest.approx(other.getlength(character), abs=1.1)


@pytest.mark.parametrize("font", FONTS, ids=lambda p: p.stem)
def test_dense_polygons_lose_next_to_nothing_of_the_curves(font: Path) -> None:
    face, font_file = FontFace(font), TTFont(font)
    glyphs = font_file.getGlyphSet()
    for character in CHARACTERS:
        exact = AreaPen(glyphs)
        glyphs[font_file.getBestCmap()[ord(character)]].draw(exact)
        area = sum(signed_area(contour) for contour in face.glyph(character).contours)
        assert area * face._unit**2 == pytest.approx(abs(exact.value), rel=0.003)


@pytest.mark.parametrize("font", FONTS, ids=lambda p: p.stem)
def test_edges_bend_and_arrays_are_whole_and_read_only(font: Path) -> None:
    face = FontFace(font)
    for character in CHARACTERS:
        glyph = face.glyph(character)
        assert glyph.ends[-1] == len(glyph.vertices)
        assert (np.diff(glyph.ends, prepend=0) >= 3).all()
        for contour in glyph.contours:
            steps = np.hypot(*(np.roll(contour, -1, axis=0) - contour).T)
            assert steps.min() > 0
            assert steps.max() <= STEP * (1 + 1e-9)
        with pytest.raises(ValueError, match="read-only"):
            glyph.vertices[0] = 0
    assert face.glyph("H").vertices[:, 1].max() == pytest.approx(1, abs=0.05)
    assert face.glyph("H").vertices[:, 1].min() == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("cff", [False, True])
def test_what_is_filled_lies_to_the_left_in_both_formats(tmp_path: Path, cff: bool) -> None:
    face = FontFace(made_font(tmp_path / "made.otf", {"H": FRAME}, cff=cff, cap=700))
    outer, hole = face.glyph("H").contours
    assert signed_area(outer) == pytest.approx(400 / 700)
    assert signed_area(hole) == pytest.approx(-200 * 500 / 700**2)
    assert face.glyph("H").advance == pytest.approx(600 / 700)
    np.testing.assert_allclose(outer.min(axis=0), (1 / 7, 0), atol=1e-12)


@pytest.mark.parametrize("cap", [0, 200, 2000])
def test_a_cap_height_that_is_unstated_or_wrong_comes_from_the_letter(tmp_path: Path, cap: int) -> None:
    face = FontFace(made_font(tmp_path / "made.ttf", {"H": FRAME}, cap=cap))
    assert face.glyph("H").vertices[:, 1].max() == pytest.approx(1)


def test_composite_glyphs_are_taken_apart() -> None:
    face = FontFace(next(path for path in FONTS if path.stem == "LiberationSans-Bold"))
    plain, accented = face.glyph("A"), face.glyph("\u00c4")
    assert len(accented.ends) == len(plain.ends) + 2
    assert {contour.tobytes() for contour in plain.contours} <= {contour.tobytes() for contour in accented.contours}


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow does not shape text")
@pytest.mark.parametrize("font", FONTS, ids=lambda p: p.stem)
def test_kerning_agrees_with_harfbuzz(font: Path) -> None:
    face = FontFace(font)
    size = TTFont(font)["head"].unitsPerEm
    other = ImageFont.truetype(str(font), size, layout_engine=ImageFont.Layout.RAQM)
    for left, right in itertools.product("ALPTVY047/-.", "AJOTVYW047/-."):
        with_kerning, without = (
            other.getlength(left + right, features=["-liga", "-calt", "-ccmp", kern]) for kern in ("kern", "-kern")
        )
        assert face.kerning(left, right) * face._unit == pytest.approx(with_kerning - without, abs=1.01), left + right


PAIRS = dict.fromkeys("HAVT", FRAME)


@pytest.mark.parametrize(
    ("fea", "expected"),
    [
        ("feature kern { pos A V -70; pos A T 30; } kern;", {"AV": -70, "AT": 30, "VA": 0}),
        ("@L = [A V]; @R = [T V]; feature kern { pos @L @R -50; } kern;", {"AV": -50, "VT": -50, "TA": 0, "AA": 0}),
        ("@R = [T V]; feature kern { pos A V -10; pos [A] @R -50; } kern;", {"AV": -10, "AT": -50}),
        (
            "lookup x { pos A V -10; } x; lookup y { pos A V -5; } y; feature kern { lookup x; lookup y; } kern;",
            {"AV": -15},
        ),
        ("lookup x useExtension { pos A V -33; } x; feature kern { lookup x; } kern;", {"AV": -33}),
        ("feature cpsp { pos A V -70; } cpsp;", {"AV": 0}),
    ],
)
def test_pair_adjustments_of_both_formats(tmp_path: Path, fea: str, expected: dict[str, int]) -> None:
    face = FontFace(made_font(tmp_path / "made.ttf", PAIRS, cap=700, fea=fea))
    for (left, right), value in expected.items():
        assert face.kerning(left, right) * 700 == pytest.approx(value)
    assert face.kerning("A", "?") == 0


def test_the_old_kerning_table(tmp_path: Path) -> None:
    path = made_font(tmp_path / "made.ttf", PAIRS, cap=700)
    font = TTFont(path)
    table = KernTable_format_0(apple=False)
    table.coverage, table.tupleIndex, table.kernTable = 1, None, {("A", "V"): -80}
    kern = font["kern"] = newTable("kern")
    kern.version, kern.kernTables = 0, [table]
    font.save(path)
    face = FontFace(path)
    assert face.kerning("A", "V") * 700 == pytest.approx(-80)
    assert face.kerning("V", "A") == 0


def test_a_line_is_centred_and_keeps_the_order() -> None:
    face = FontFace(ROBOTO)
    contours = line_of_text(face, "L1", width_factor=0.8, spacing=0.3)
    advances = [0.8 * face.glyph(c).advance for c in "L1"]
    middles = [contour[:, 0].mean() for contour in contours]
    assert middles == sorted(middles)
    left = min(contour[:, 0].min() for contour in contours)
    bearing = 0.8 * face.glyph("L").vertices[:, 0].min()
    assert left == pytest.approx(bearing - (sum(advances) + 0.3) / 2)


def test_missing_and_empty_glyphs_are_errors_and_blanks_are_not(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no glyph for '\U0001f426'; choose another font or text"):
        FontFace(ROBOTO).glyph("\U0001f426")
    blank = FontFace(ROBOTO).glyph(" ")
    assert blank.contours == ()
    assert blank.advance > 0.1
    face = FontFace(made_font(tmp_path / "made.ttf", {"H": FRAME, "E": ()}, cap=700))
    assert not face.has("E")
    with pytest.raises(AssetError, match=r"made\.ttf: an empty glyph for 'E'; choose another font or text"):
        face.glyph("E")


def test_what_is_no_font_is_refused_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    with pytest.raises(AssetError, match=r"broken\.ttf: cannot be read \(No such file or directory\); check the path"):
        FontFace(broken)
    for content in (b"", b"no font", b"wOF2" + bytes(60), ROBOTO.read_bytes()[:5000]):
        broken.write_bytes(content)
        with pytest.raises(AssetError, match=r"broken\.ttf: [^\n]+; [^\n]+$"):
            FontFace(broken).glyph("A")


def test_a_font_of_bitmaps_is_refused(tmp_path: Path) -> None:
    path = made_font(tmp_path / "bitmaps.ttf", {"H": FRAME}, cap=700)
    font = TTFont(path)
    for table in ("glyf", "loca"):
        del font[table]
    font.save(path)
    with pytest.raises(AssetError, match=r"bitmaps\.ttf: a font of bitmaps without outlines.*; choose an outline font"):
        FontFace(path)


def test_a_font_that_maps_no_characters_is_refused(tmp_path: Path) -> None:
    path = made_font(tmp_path / "made.ttf", {"H": FRAME}, cap=700)
    font = TTFont(path)
    font["cmap"].tables = []
    font.save(path)
    with pytest.raises(AssetError, match="does not say which character is which glyph; choose another font"):
        FontFace(path)


def test_damage_is_told_as_damage(tmp_path: Path) -> None:
    whole = bytearray(ROBOTO.read_bytes())
    path = tmp_path / "damaged.ttf"
    messages = []
    for number in range(40):
        damaged = bytearray(whole)
        start = 12 + number * 4001 % (len(whole) - 400)
        damaged[start : start + 300] = bytes((7 * k + number) % 256 for k in range(300))
        path.write_bytes(damaged)
        try:
            face = FontFace(path)
            for character in "ABR8":
                face.glyph(character)
                face.kerning("A", character)
        except AssetError as error:
            messages.append(str(error))
    assert messages
    assert all("\n" not in message and "; " in message for message in messages)
