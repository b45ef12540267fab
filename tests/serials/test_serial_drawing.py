import math

import cv2
import msgspec
import numpy as np
import pytest

from synth.errors import ConfigError, RejectedScene
from synth.geometry.homography import apply
from synth.serials.drawing import draw_serial
from synth.serials.faces import open_face
from synth.serials.printing import is_plain_print
from synth.serials.tag import (
    ArcPath,
    BandBody,
    BareBody,
    CutoutBody,
    DiscBody,
    Hole,
    Inscription,
    LabelBody,
    Light,
    LinePath,
    Marking,
    Material,
    PlateBody,
    SerialTag,
    Wear,
)

replace = msgspec.structs.replace
WEAR = Wear(0.2, 8, 0.5, 0.3, seed=4)
BODIES = {
    "plate": PlateBody(60.0, 22.0, 2.0, 1.0, holes=(Hole(-26.0, 0.0, 4.0),)),
    "label": LabelBody(60.0, 22.0, 1.0, 30.0, 15.0, 0.3, 5),
    "disc": DiscBody(30.0, 1.0, holes=(Hole(0.0, -11.0, 4.0),)),
    "band": BandBody(30.0, 28.0, 1.5, 20.0, False, 30.0),
    "worn band": BandBody(30.0, 28.0, 1.5, 20.0, True),
    "bare": BareBody(),
}


def tag_on(body, marking="engraved", opacity=1.0, wear=WEAR, path=None, upright=0.0):
    inscription = Inscription("A7", "single-stroke", 9.0, path or LinePath(turn_deg=upright), (30, 30, 40))
    kind = "plastic" if opacity == 1 else "silicone"
    material = Material(kind, (220, 214, 200), opacity=opacity, seed=2)
    return SerialTag("A7", body, (inscription,), material, Marking(marking), Light(30.0), wear, upright)


def seen_from(turn_deg=0.0, scale=2.5, x=110.0, y=90.0, across=0.0, down=0.0):
    """A homography that keeps its derivative at the origin a turned scaling."""
    c, s = scale * math.cos(math.radians(turn_deg)), scale * math.sin(math.radians(turn_deg))
    flat = np.array([[c, s, 0.0], [-s, c, 0.0], [across, down, 1.0]])
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]]) @ flat


def draw(tag, matrix=None, width=220, height=180, margin=4):
    return draw_serial(
        tag, seen_from(20.0, across=1e-3) if matrix is None else matrix, width, height, margin, open_face
    )


def on_canvas(drawn, plane, width=220, height=180):
    out = np.zeros((height, width, *plane.shape[2:]), np.uint8)
    out[drawn.y : drawn.y + plane.shape[0], drawn.x : drawn.x + plane.shape[1]] = plane
    return out


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_the_same_values_give_the_same_bytes(body):
    a, b = draw(tag_on(body)), draw(tag_on(body))
    for name in ("rgb", "coverage", "alpha"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes()
    assert (a.x, a.y, a.full_area, a.full_box, a.quad) == (b.x, b.y, b.full_area, b.full_box, b.quad)


@pytest.mark.parametrize("marking", ["printed", "engraved", "embossed", "laser"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_canvas_cuts_a_tag_and_changes_nothing_else(body, marking):
    tag, matrix = tag_on(body, marking), seen_from(20.0, across=1e-3)
    whole = draw(tag, matrix)
    # the canvas's corner moves onto the tag
    dx, dy = 100, 85
    shift = np.array([[1.0, 0.0, -dx], [0.0, 1.0, -dy], [0.0, 0.0, 1.0]])
    part = draw(tag, shift @ matrix, 60, 40)
    rows, columns = slice(dy, dy + 40), slice(dx, dx + 60)
    for name in ("coverage", "alpha", "rgb"):
        before, after = on_canvas(whole, getattr(whole, name)), on_canvas(part, getattr(part, name), 60, 40)
        difference = np.abs(before[rows, columns].astype(int) - after)
        if name == "rgb":
            difference = difference[on_canvas(part, part.coverage, 60, 40) > 0]
        # the shift moves vertices and surface by a rounding error
        assert difference.max() <= 1
        assert (difference > 0).mean() < 0.01
    assert part.full_area == whole.full_area
    assert part.full_box == tuple(a - b for a, b in zip(whole.full_box, (dx, dy, dx, dy), strict=True))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_area_and_box_are_those_of_the_pixels(body):
    drawn = draw(tag_on(body))
    mask = drawn.coverage >= 128
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert drawn.full_area == mask.sum()
    assert drawn.full_box == (
        drawn.x + columns[0], drawn.y + rows[0], drawn.x + columns[-1] + 1, drawn.y + rows[-1] + 1,
    )  # fmt: skip


def test_the_area_is_that_of_the_body():
    drawn = draw(tag_on(PlateBody(50.0, 20.0)), seen_from(30.0, 2.5))
    assert drawn.coverage.sum(dtype=float) / 255 == pytest.approx(50 * 20 * 2.5**2, rel=2e-3)


@pytest.mark.parametrize("key", ["plate", "disc"])
def test_holes_show_what_lies_behind(key):
    body, matrix = BODIES[key], seen_from(20.0, across=1e-3)
    drawn = draw(tag_on(body), matrix)
    hole = body.holes[0]
    x, y = apply(matrix, [(hole.u_mm, hole.v_mm)])[0]
    coverage, alpha = on_canvas(drawn, drawn.coverage), on_canvas(drawn, drawn.alpha)
    assert coverage[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].max() == 0
    assert alpha[int(y), int(x)] == 0


def test_a_worn_band_is_open_and_another_is_dark_inside():
    matrix = seen_from()
    x, y = apply(matrix, [(0.0, -14.0 * math.cos(math.radians(20)))])[0]
    worn, free = (draw(tag_on(BODIES[key]), matrix) for key in ("worn band", "band"))
    assert on_canvas(worn, worn.coverage)[int(y), int(x)] == 0
    assert on_canvas(free, free.coverage)[int(y), int(x)] == 255
    assert on_canvas(free, free.rgb)[int(y), int(x)].max() < 110
    wall = on_canvas(free, free.rgb)[int(y) + 25, int(x)]
    assert wall.min() > 120


@pytest.mark.parametrize("body", [BODIES["plate"], BODIES["disc"], BODIES["label"]])
def test_opacity_scales_alpha_and_never_coverage(body):
    solid = draw(tag_on(body, "printed", wear=Wear()))
    clear = draw(tag_on(body, "printed", 0.6, Wear()))
    assert solid.alpha.tobytes() == solid.coverage.tobytes() == clear.coverage.tobytes()
    inside = clear.coverage == 255
    assert clear.alpha[inside].min() >= round(255 * 0.6)
    # ink hides more than the material does
    assert clear.alpha[inside].max() > 225
    assert np.median(clear.alpha[inside]) < 255 * 0.75


def test_bare_text_covers_what_ink_covers_and_worn_ink_lets_through():
    fresh, worn = draw(tag_on(BareBody(), "printed", wear=Wear())), draw(tag_on(BareBody(), "printed", wear=Wear(0.5)))
    assert fresh.coverage.tobytes() == worn.coverage.tobytes()
    assert np.abs(fresh.alpha.astype(int) - fresh.coverage).max() <= 1
    assert worn.alpha.sum() < 0.8 * fresh.alpha.sum()
    assert fresh.rgb[fresh.coverage > 0].max() < 80


@pytest.mark.parametrize("wear", [Wear(), Wear(0.4, 6, 0.7, seed=4)])
def test_plain_print_looks_like_print_with_the_least_glare(wear):
    plain = tag_on(BareBody(), "printed", wear=wear)
    assert is_plain_print(plain)
    beside = replace(plain, light=replace(plain.light, glare=1e-6, glare_uv_mm=(500.0, 500.0)))
    assert not is_plain_print(beside)
    a, b = draw(plain), draw(beside)
    inked = a.coverage > 0
    assert np.abs(a.rgb[inked].astype(int) - b.rgb[inked]).max() <= 1
    assert np.abs(a.alpha.astype(int) - b.alpha).max() <= 1


@pytest.mark.parametrize("turn", [0.0, 35.0, 90.0, 200.0, 359.0])
@pytest.mark.parametrize("upright", [0.0, 90.0, 270.0])
def test_the_angle_is_upright_carried_to_the_canvas(turn, upright):
    drawn = draw(tag_on(BODIES["plate"], upright=upright), seen_from(turn, across=1e-3, down=-5e-4))
    expected = (turn + upright) % 360
    assert abs((drawn.angle_deg - expected + 180) % 360 - 180) < 1e-6
    assert 0 <= drawn.angle_deg < 360


@pytest.mark.parametrize("key", ["plate", "disc", "band", "bare", "label"])
@pytest.mark.parametrize("upright", [0.0, 90.0, 180.0, 270.0])
def test_the_quad_starts_top_left_as_one_reads(key, upright):
    drawn = draw(tag_on(BODIES[key], upright=upright), seen_from(25.0))
    quad = np.array(drawn.quad)
    a, b, c, d = quad
    up = np.array([-math.sin(math.radians(drawn.angle_deg)), -math.cos(math.radians(drawn.angle_deg))])
    right = np.array([-up[1], up[0]])
    for step in (b - a, c - d):
        assert step @ right / np.linalg.norm(step) > 0.99
    for step in (a - d, b - c):
        assert step @ up / np.linalg.norm(step) > 0.99
    # all text lies inside
    along, away = (quad - quad.mean(axis=0)) @ right, (quad - quad.mean(axis=0)) @ up
    for character in drawn.characters:
        points = np.array(character.quad) - quad.mean(axis=0)
        assert along.min() - 1e-6 <= (points @ right).min() <= (points @ right).max() <= along.max() + 1e-6
        assert away.min() - 1e-6 <= (points @ up).min() <= (points @ up).max() <= away.max() + 1e-6


def test_a_disc_has_the_circle_of_its_ellipse():
    matrix = seen_from(10.0, across=2e-3, down=-1e-3)
    x, y, radius = draw(tag_on(BODIES["disc"]), matrix).circle
    turn = np.linspace(0, 2 * math.pi, 721)[:-1]
    points = apply(matrix, np.column_stack([15 * np.cos(turn), 15 * np.sin(turn)]))
    (ex, ey), (long, short), _ = cv2.fitEllipseDirect(points.astype(np.float32))
    assert (x, y) == pytest.approx((ex, ey), abs=0.02)
    assert radius == pytest.approx((long + short) / 4, abs=0.02)


def test_an_oblong_disc_and_other_bodies_have_no_circle():
    squeezed = seen_from() @ np.diag([1.0, 0.85, 1.0])
    assert draw(tag_on(BODIES["disc"]), squeezed).circle is None
    assert draw(tag_on(BODIES["disc"]), seen_from() @ np.diag([1.0, 0.95, 1.0])).circle is not None
    assert draw(tag_on(BODIES["plate"])).circle is None


def test_text_on_an_arc_needs_no_body():
    drawn = draw(tag_on(BareBody(), path=ArcPath(20.0)), seen_from())
    assert drawn.coverage[0].max() == drawn.coverage[-1].max() == 0
    assert drawn.coverage[:, 0].max() == drawn.coverage[:, -1].max() == 0
    assert drawn.full_area > 50


def test_colours_go_on_beyond_the_edge():
    tag = tag_on(PlateBody(40.0, 20.0, 0.0), "printed", wear=Wear())
    drawn = draw(tag, seen_from(), margin=6)
    outside = drawn.coverage == 0
    assert outside.any()
    assert np.abs(drawn.rgb[outside].astype(int) - (220, 214, 200)).max() < 60


def test_a_tag_beside_the_canvas_is_none():
    assert draw(tag_on(BODIES["plate"]), seen_from(x=900.0)) is None
    assert draw(tag_on(BareBody()), seen_from(x=900.0)) is None
    assert draw(tag_on(BODIES["plate"]), seen_from(scale=0.004)) is None


def test_what_cannot_be_seen_is_rejected():
    for body in (BODIES["plate"], BareBody()):
        with pytest.raises(RejectedScene, match="inside out"):
            draw(tag_on(body), seen_from(across=0.2))
    with pytest.raises(RejectedScene, match="larger"):
        draw(tag_on(BODIES["plate"]), seen_from(scale=3000.0))


def test_a_cut_out_has_pixels_of_its_own():
    with pytest.raises(ConfigError, match="pixels of its own"):
        draw(tag_on(CutoutBody("x", (1, 0, 0, 0, 1, 0, 0, 0, 1), 60, 22)))


@pytest.mark.parametrize("key", ["plate", "bare"])
def test_masks_of_characters_end_at_the_canvas(key):
    whole = draw(tag_on(BODIES[key]), seen_from())
    shifted = draw(tag_on(BODIES[key]), seen_from(x=0.0, y=0.0), 40, 30)
    for before, after in zip(whole.characters, shifted.characters, strict=True):
        full = before.mask.to_full(220, 180)[90:120, 110:150]
        assert (after.mask.to_full(40, 30) == full).all()
        assert after.mask.area == full.sum()
