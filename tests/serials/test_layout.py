"""Where characters stand, and what is said of text that does not fit."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polygon_face import FACE, faces, inscription, tag_of

from synth.errors import ConfigError
from synth.serials.layout import PITCH, extent_mm, lay_out, require_fits
from synth.serials.tag import ArcPath, BandBody, BareBody, CutoutBody, DiscBody, LabelBody, LinePath, PlateBody

FRAME = (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0)


def test_length_is_the_pens_way() -> None:
    advances = [FACE.glyph(c).advance for c in "FLO"]
    plain = inscription("FLO")
    assert extent_mm(plain, faces) == pytest.approx((10 * (sum(advances) - 0.1), 10))
    wide = inscription("FLO", stretch=1.5, tracking=0.2)
    assert extent_mm(wide, faces)[0] == pytest.approx(10 * (1.5 * (sum(advances) - 0.1) + 0.4))
    assert extent_mm(inscription("FLO", kerning=False), faces)[0] == pytest.approx(10 * sum(advances))
    assert extent_mm(inscription("FLO", LinePath(vertical=True)), faces) == pytest.approx((10 * (2 * PITCH + 1), 8))
    assert extent_mm(inscription(""), faces) == (0, 10)


def test_a_blank_advances_and_is_not_counted() -> None:
    letters = lay_out(inscription("F O"), faces)
    assert [(letter.character, letter.number) for letter in letters] == [("F", 0), ("O", 1)]
    assert letters[1].place.u - letters[0].place.u == pytest.approx(10 * (0.7 / 2 + 0.5 + 0.8 / 2))


paths = st.one_of(
    st.builds(LinePath, st.floats(-50, 50), st.floats(-50, 50), st.floats(-180, 180), st.booleans()),
    st.builds(ArcPath, st.floats(30, 90), st.floats(-50, 50), st.floats(-50, 50), st.floats(-360, 360), st.booleans()),
)


@given(paths, st.floats(0.2, 3), st.floats(-0.2, 1), st.floats(-30, 30))
def test_characters_stand_in_reading_order_along_the_path(path, stretch: float, tracking: float, slant: float) -> None:
    run = inscription("FLO-F LO-", path, stretch=stretch, tracking=tracking, slant_deg=slant)
    places = [letter.place for letter in lay_out(run, faces)]
    for a, b in itertools.pairwise(places):
        step = np.array([b.u - a.u, b.v - a.v])
        onwards = np.array([a.cosine + b.cosine, -a.sine - b.sine])
        if isinstance(path, LinePath) and path.vertical:
            onwards = np.array([a.sine, a.cosine])
        assert step @ onwards > 0
    if isinstance(path, ArcPath):
        far = [math.hypot(p.u - path.u_mm, p.v - path.v_mm) for p in places]
        np.testing.assert_allclose(far, path.radius_mm)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("middle", [0.0, 90.0, 200.0])
def test_the_middle_of_the_text_is_in_the_middle_of_the_arc(middle: float, inside: bool) -> None:
    (letter,) = lay_out(inscription("O", ArcPath(20, 1, 2, middle, inside)), faces)
    a = math.radians(middle)
    assert (letter.place.u, letter.place.v) == pytest.approx((1 - 20 * math.sin(a), 2 - 20 * math.cos(a)))
    heads = np.array([-letter.place.sine, -letter.place.cosine])
    outwards = np.array([-math.sin(a), -math.cos(a)])
    assert heads @ outwards == pytest.approx(-1 if inside else 1)


FITTING = [
    (PlateBody(25, 12), LinePath()),
    (PlateBody(12, 25), LinePath(turn_deg=90)),
    (PlateBody(12, 40), LinePath(vertical=True)),
    (LabelBody(25, 12, bend_radius_mm=10), LinePath()),
    (CutoutBody("a", FRAME, 25, 12), LinePath()),
    (DiscBody(26), LinePath()),
    (DiscBody(60), ArcPath(24)),
    (DiscBody(60), ArcPath(24, inside=True, middle_deg=180)),
    (PlateBody(40, 30), ArcPath(30, v_mm=32)),
    (BandBody(10, 12), LinePath()),
    (BandBody(10, 25), LinePath(turn_deg=90)),
    (BareBody(), LinePath()),
]


@pytest.mark.parametrize(("body", "path"), FITTING)
def test_a_text_that_fits_is_let_through(body, path) -> None:
    require_fits(tag_of(body, inscription("FLO", path)), faces)


TOO_LONG = [
    (PlateBody(20, 12), LinePath(), "plate", "20.50 mm.*20.00 mm"),
    (PlateBody(25, 12), LinePath(u_mm=4), "plate", "17.00 mm"),
    (PlateBody(25, 9), LinePath(), "plate", "10.00 mm.*9.00 mm"),
    (LabelBody(25, 12), LinePath(turn_deg=90), "label", "12.00 mm"),
    (CutoutBody("a", FRAME, 19, 12), LinePath(), "cutout", "19.00 mm"),
    (DiscBody(21), LinePath(), "disc", "18.4"),
    (DiscBody(40), ArcPath(16), "disc", "42.00 mm.*40.00 mm"),
    (PlateBody(20, 60), ArcPath(25), "plate", "20.00 mm"),
    (BandBody(6, 12), LinePath(), "band", "18.85 mm"),
    (BandBody(10, 9), LinePath(), "band", "9.00 mm"),
    (BareBody(), ArcPath(3), "arc", "18.85 mm"),
    (BareBody(), ArcPath(9, inside=True), "arc", "narrow ends.*larger radius"),
]


@pytest.mark.parametrize(("body", "path", "what", "said"), TOO_LONG)
def test_a_text_that_is_too_long_is_told(body, path, what: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        require_fits(tag_of(body, inscription("FLO", path)), faces)
    message = str(caught.value)
    assert "'FLO'" in message
    assert what in message
    assert "cap_height_mm" in message
    assert "\n" not in message
