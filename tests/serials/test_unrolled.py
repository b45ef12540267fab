import math

import msgspec
import numpy as np
import pytest

from synth.errors import ConfigError
from synth.serials import unrolled as module
from synth.serials.drawing import draw_serial
from synth.serials.faces import open_face
from synth.serials.tag import (
    ArcPath,
    BandBody,
    BareBody,
    Border,
    CutoutBody,
    DiscBody,
    Field,
    Hole,
    Inscription,
    LabelBody,
    Light,
    LinePath,
    Marking,
    Material,
    PlateBody,
    Screw,
    SerialTag,
    Wear,
)
from synth.serials.unrolled import Unrolled, unrolled

replace = msgspec.structs.replace
EVEN = Light(slope=0.0)
WEAR = Wear(0.25, 6, 0.5, 0.3, seed=4)
EDGE = (Border(1.0, 0.6, (40, 60, 90)),)
BODIES = {
    "plate": PlateBody(
        60.0, 22.0, 2.0, 1.0, EDGE, (Field((-30, -11, -24, 11), (20, 40, 140)),), (Hole(-20.0, 0.0, 4.0),)
    ),
    "label": LabelBody(60.0, 22.0, 1.0, 30.0, 15.0, 0.3, 5, borders=EDGE),
    "disc": DiscBody(30.0, 1.0, EDGE, (Hole(0.0, -11.0, 4.0),)),
    "band": BandBody(14.0, 28.0, 1.5, 20.0, False, 30.0, EDGE),
    "bare": BareBody(),
}
FLAT = ("plate", "disc", "bare")


def tag_on(body, marking="printed", wear=WEAR, light=EVEN, path=None, text="A7X"):
    runs = [Inscription(text, "single-stroke", 7.0, path or LinePath(), (30, 30, 40))]
    runs.append(Inscription("OK", "single-stroke", 2.0, LinePath(0.0, 7.0), (90, 30, 40), copy=None))
    material = Material("plastic", (220, 204, 190), 0.0, seed=2)
    return SerialTag(text, body, tuple(runs), material, Marking(marking, 0.9, 0.6), light, wear)


def laid(tag, px_per_mm=6.0):
    return unrolled(tag, px_per_mm, open_face)


def seen_flat(tag, sheet: Unrolled):
    """The same tag on a canvas at the same place and scale."""
    scale, (u0, v0, _, _) = sheet.px_per_mm, sheet.box_mm
    matrix = np.array([[scale, 0, -u0 * scale], [0, scale, -v0 * scale], [0, 0, 1.0]])
    height, width = sheet.letters.shape
    drawn = draw_serial(tag, matrix, width, height, 0, open_face)
    assert drawn is not None
    rgba = np.zeros((height, width, 4), np.uint8)
    here = rgba[drawn.y : drawn.y + drawn.rgb.shape[0], drawn.x : drawn.x + drawn.rgb.shape[1]]
    here[:, :, :3], here[:, :, 3] = drawn.rgb, drawn.alpha
    return drawn, rgba


@pytest.mark.parametrize("marking", ["printed", "laser"])
@pytest.mark.parametrize("key", FLAT)
def test_a_flat_face_is_what_is_drawn_from_the_front_in_even_light(key, marking):
    body = BODIES[key]
    if key != "bare":
        # a hole's edge and a bevel are relief, which light alone shows
        body = replace(body, holes=(), thickness_mm=0.0)
    tag = tag_on(body, marking)
    sheet = laid(tag)
    _, rgba = seen_flat(tag, sheet)
    shown = rgba[:, :, 3] > 0
    assert shown.any()
    assert np.abs(sheet.rgba[:, :, 3].astype(int) - rgba[:, :, 3])[shown].max() <= 1
    difference = np.abs(sheet.rgba[:, :, :3].astype(int) - rgba[:, :, :3])[shown]
    # drawn light is a little warm
    assert difference.max() <= 4
    assert difference.mean() < 1.5


@pytest.mark.parametrize("marking", ["printed", "engraved", "embossed", "laser"])
@pytest.mark.parametrize("key", FLAT)
def test_letters_are_the_masks_of_characters(key, marking):
    tag = tag_on(BODIES[key], marking)
    sheet = laid(tag)
    drawn, _ = seen_flat(tag, sheet)
    height, width = sheet.letters.shape
    assert [c.character for c in sheet.characters] == [c.character for c in drawn.characters] == list("A7XOK")
    assert [c.place for c in sheet.characters] == [(0, 0), (0, 1), (0, 2), None, None]
    for number, (character, there) in enumerate(zip(sheet.characters, drawn.characters, strict=True), 1):
        np.testing.assert_array_equal(sheet.letters == number, there.mask.to_full(width, height))
        quad = (np.array(there.quad) / sheet.px_per_mm) + sheet.box_mm[:2]
        np.testing.assert_allclose(character.quad_mm, quad, atol=1e-9)
        assert character.upright_deg == there.angle_deg
    assert set(np.unique(sheet.letters)) == set(range(6))


@pytest.mark.parametrize("key", BODIES)
def test_boxes_hold_the_letters(key):
    sheet = laid(tag_on(BODIES[key]), 12.0)
    for number, character in enumerate(sheet.characters, 1):
        rows, columns = np.nonzero(sheet.letters == number)
        edges = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / sheet.px_per_mm
        edges += np.tile(sheet.box_mm[:2], 2)
        np.testing.assert_allclose(character.box_mm, edges, atol=1.1 / sheet.px_per_mm)


@pytest.mark.parametrize("marking", ["printed", "engraved", "embossed"])
@pytest.mark.parametrize("key", BODIES)
def test_light_and_gloss_leave_no_trace(key, marking):
    tag = tag_on(BODIES[key], marking)
    lit = replace(tag, light=Light(70.0, 0.8, 0.9, (2.0, 1.0), 6.0, 0.7, (1.0, 0.0), 30.0))
    lit = replace(lit, material=replace(tag.material, gloss=1.0))
    assert laid(tag).rgba.tobytes() == laid(lit).rgba.tobytes()


@pytest.mark.parametrize("key", BODIES)
def test_the_same_tag_gives_the_same_bytes_however_it_is_cut_into_strips(key, monkeypatch):
    tag = tag_on(BODIES[key], "engraved")
    whole = laid(tag)
    monkeypatch.setattr(module, "STRIP_PX", 1500)
    strips = laid(tag)
    assert whole.rgba.tobytes() == strips.rgba.tobytes()
    assert whole.relief.tobytes() == strips.relief.tobytes()


def test_alpha_is_the_face_without_its_holes():
    for key, area in (("plate", 60 * 22 - (4 - math.pi) * 4 - math.pi * 4), ("disc", math.pi * (225 - 4))):
        sheet = laid(tag_on(BODIES[key]), 10.0)
        assert sheet.rgba[:, :, 3].sum() / 255 / sheet.px_per_mm**2 == pytest.approx(area, rel=1e-3)
        hole = BODIES[key].holes[0]
        u, v = ((hole.u_mm - sheet.box_mm[0]) * 10, (hole.v_mm - sheet.box_mm[1]) * 10)
        assert sheet.rgba[int(v), int(u), 3] == 0
    assert (laid(tag_on(BODIES["band"])).rgba[:, :, 3] == 255).all()


def test_a_clear_body_hides_less_but_its_ink_does_not():
    tag = tag_on(BODIES["disc"])
    whole, clear = laid(tag), laid(replace(tag, material=replace(tag.material, opacity=0.3)))
    assert whole.rgba[..., :3].tobytes() == clear.rgba[..., :3].tobytes()
    inside = whole.rgba[..., 3] == 255
    inked = clear.letters > 0
    alpha = clear.rgba[..., 3]
    assert alpha[inside].min() == round(0.3 * 255)
    assert np.median(alpha[inked]) > 2 * round(0.3 * 255)
    assert not alpha[whole.rgba[..., 3] == 0].any()


def test_a_label_is_laid_flat():
    bent = laid(tag_on(BODIES["label"]))
    flat = laid(tag_on(replace(BODIES["label"], bend_radius_mm=0.0, tilt_deg=0.0)))
    assert bent.rgba.tobytes() == flat.rgba.tobytes()
    assert bent.box_mm[2] - bent.box_mm[0] == pytest.approx(60.0, abs=0.4)


@pytest.mark.parametrize("key", BODIES)
def test_texels_lie_on_the_surface_at_the_stated_scale(key):
    for wanted in (3.3, 7.0):
        sheet = laid(tag_on(BODIES[key]), wanted)
        height, width = sheet.letters.shape
        u0, v0, u1, v1 = sheet.box_mm
        assert (u1 - u0) * sheet.px_per_mm == pytest.approx(width)
        assert (v1 - v0) * sheet.px_per_mm == pytest.approx(height)
        assert sheet.rgba.shape == (height, width, 4)
        assert sheet.px_per_mm == pytest.approx(wanted, rel=0.01)
        assert sheet.px_per_mm >= wanted * (1 - 1e-12)


def test_a_band_goes_all_round():
    sheet = laid(tag_on(BODIES["band"]))
    assert sheet.box_mm[0] == pytest.approx(-7 * math.pi)
    assert sheet.box_mm[2] == pytest.approx(7 * math.pi)
    assert sheet.box_mm[3] == pytest.approx(14.0, abs=1 / sheet.px_per_mm)


@pytest.mark.parametrize("turns", [0.5, -0.5, 1.5, 0.25])
def test_writing_runs_on_across_the_ends_of_a_band(turns):
    girth = 14 * math.pi
    per_mm = 400 / girth
    middle = laid(tag_on(BODIES["band"], "engraved", Wear()), per_mm)
    away = laid(tag_on(BODIES["band"], "engraved", Wear(), path=LinePath(turns * girth)), per_mm)
    assert middle.letters.shape[1] == away.letters.shape[1] == 400
    step = round(turns * 400)
    own = np.isin(middle.letters, (1, 2, 3))
    np.testing.assert_array_equal(np.roll(own * middle.letters, step, axis=1), away.letters * (away.letters < 4))
    # the relief's small word stays where it is
    high = slice(0, middle.letters.shape[0] // 2 + 20)
    np.testing.assert_array_equal(np.roll(middle.relief[high], step, axis=1), away.relief[high])


@pytest.mark.parametrize("wear", [Wear(0.4, seed=3), Wear(dirt=0.5, seed=9), Wear(scratches=12, seed=5)])
def test_material_and_age_run_on_across_the_ends_of_a_band(wear):
    body = replace(BODIES["band"], seam_deg=None)
    tag = tag_on(body, "printed", wear, path=LinePath(7 * math.pi))
    colours = laid(tag, 12.0).rgba[:, :, :3].astype(int)
    steps = np.abs(np.diff(colours, axis=1, append=colours[:, :1])).mean(axis=(0, 2))
    assert steps[-1] <= np.quantile(steps, 0.99)


def test_a_seam_shows_wherever_it_is():
    for deg in (0.0, 170.0, 180.0, 300.0):
        body = replace(BODIES["band"], seam_deg=deg, borders=())
        plain = replace(tag_on(body, wear=Wear()), inscriptions=())
        plain = replace(plain, material=replace(plain.material, texture=0.0))
        sheet = laid(plain, 10.0)
        dark = sheet.rgba[100, :, 0].astype(int)
        width = len(dark)
        turn = np.arange(width) + 0.5 - width / 2
        middle = np.angle(np.sum((dark.max() - dark) * (dark < 180) * np.exp(2j * np.pi * turn / width)))
        assert abs(math.remainder(math.degrees(middle) - deg, 360)) < 0.5


@pytest.mark.parametrize(("marking", "sign"), [("engraved", -1), ("embossed", 1)])
def test_relief_is_as_deep_as_it_says(marking, sign):
    sheet = laid(tag_on(BODIES["plate"], marking), 20.0)
    raised = sign * (sheet.relief.astype(int) - 128)
    inked = sheet.letters > 0
    assert raised.min() >= 0
    assert raised[inked & (sheet.letters <= 3)].mean() > 60
    assert raised.max() >= 120
    far = sheet.relief[-15:, :60]
    assert (far == 128).all()
    assert sheet.relief_mm == pytest.approx(0.04 * 7.0 * 0.6)


@pytest.mark.parametrize("marking", ["printed", "laser"])
def test_flat_marks_have_no_relief(marking):
    sheet = laid(tag_on(BODIES["plate"], marking))
    assert sheet.relief is None
    assert sheet.relief_mm == 0.0


def test_screws_are_painted_without_light():
    screw = Screw(20.0, 0.0, 6.0, (150, 150, 160), cross=True)
    tag = tag_on(replace(BODIES["plate"], screws=(screw,)), wear=Wear())
    tag = replace(tag, material=replace(tag.material, texture=0.0))
    sheet = laid(tag, 10.0)
    x, y = int((20 - sheet.box_mm[0]) * 10), int((0 - sheet.box_mm[1]) * 10)
    head = sheet.rgba[y - 30 : y + 30, x - 30 : x + 30, :3]
    np.testing.assert_allclose(head[::-1].astype(int), head, atol=3)
    assert head[30, 30, 0] < 60
    assert np.abs(head[15, 45].astype(int) - (150, 150, 160)).max() <= 3


def test_a_texture_is_bounded_and_says_so():
    for body in (BODIES["plate"], BODIES["band"], BODIES["bare"]):
        tag = replace(tag_on(body, wear=Wear()), material=Material("plastic", (220, 204, 190), texture=0.0))
        sheet = laid(tag, 1e5)
        assert 3900 <= max(sheet.letters.shape) <= 4096
        assert sheet.px_per_mm < 500
        assert (sheet.box_mm[2] - sheet.box_mm[0]) * sheet.px_per_mm == pytest.approx(sheet.letters.shape[1])
        assert set(np.unique(sheet.letters)) == set(range(6))


def test_nothing_written_is_an_empty_sheet_or_a_blank_face():
    empty = laid(replace(tag_on(BareBody()), inscriptions=()))
    assert empty.rgba[:, :, 3].max() == 0
    blank = laid(replace(tag_on(BODIES["disc"]), inscriptions=(), text=""))
    assert blank.letters.max() == 0
    assert blank.rgba[:, :, 3].max() == 255


def test_text_round_an_arc_without_a_body_lies_within_its_sheet():
    sheet = laid(tag_on(BareBody(), "laser", path=ArcPath(12.0), text="ABC123DEF"))
    border = np.concatenate([sheet.rgba[0], sheet.rgba[-1], sheet.rgba[:, 0], sheet.rgba[:, -1]])
    assert border[:, 3].max() == 0
    assert len(np.unique(sheet.letters)) == 12


def test_what_cannot_be_laid_flat_is_one_clear_line():
    with pytest.raises(ConfigError, match="cut-out"):
        laid(tag_on(CutoutBody("x", (1, 0, 0, 0, 1, 0, 0, 0, 1), 60, 22)))
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ConfigError, match="px_per_mm must be a positive number"):
            laid(tag_on(BODIES["plate"]), bad)
