"""The drawn ring: its outline is that of a cylinder, and unrolling it gives back flat text."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from synth.assets import asset_file
from synth.errors import ConfigError
from synth.serials.ring import ALPHABET, CAP_HEIGHT, FONT, Ring, draw_ring

PLAIN = Ring("ABLF", seed=1, diameter_px=120, tilt_deg=0, light_deg=0, wear=0.0, ink=(0, 0, 0), plastic=(255, 255, 255))


def test_the_same_values_give_the_same_bytes() -> None:
    ring = Ring("P2X9", seed=5, diameter_px=61.7, tilt_deg=17, turn_deg=12)
    one, other = draw_ring(ring), draw_ring(ring)
    assert all((getattr(one, name) == getattr(other, name)).all() for name in ("rgb", "alpha", "front"))
    worn = draw_ring(replace(ring, seed=6))
    assert (one.rgb != worn.rgb).any()
    assert one.quad == other.quad == worn.quad


@pytest.mark.parametrize("tilt_deg", [-45, -10, 0, 7, 30, 60])
@pytest.mark.parametrize("diameter_px", [23.0, 120.0])
def test_the_outline_is_that_of_a_cylinder(tilt_deg: float, diameter_px: float) -> None:
    drawn = draw_ring(replace(PLAIN, tilt_deg=tilt_deg, diameter_px=diameter_px))
    radius, tilt = diameter_px / 2, math.radians(abs(tilt_deg))
    coverage = drawn.alpha.astype(float) / 255
    # an upright rectangle with half an ellipse added above and below
    area = 4 * radius**2 * PLAIN.length * math.cos(tilt) + math.pi * radius**2 * math.sin(tilt)
    assert coverage.sum() == pytest.approx(area, rel=0.01)
    assert coverage.max(axis=0).sum() == pytest.approx(2 * radius, abs=0.6)
    assert coverage.max(axis=1).sum() == pytest.approx(
        2 * radius * (PLAIN.length * math.cos(tilt) + math.sin(tilt)), abs=0.6
    )
    np.testing.assert_allclose(coverage, coverage[:, ::-1], atol=1 / 255)


def test_the_front_hides_what_is_worn_and_the_far_wall_does_not() -> None:
    drawn = draw_ring(replace(PLAIN, tilt_deg=25))
    assert (drawn.front <= drawn.alpha).all()
    hole = (drawn.alpha > 250) & (drawn.front < 5)
    rows = np.nonzero(hole)[0]
    radius, sine = 60, math.sin(math.radians(25))
    # the opening and the far rim, less the near half of the rim
    assert 0.6 * math.pi * radius**2 * sine < hole.sum() < 0.95 * math.pi * radius**2 * sine
    assert rows.max() < drawn.alpha.shape[0] / 3
    below = draw_ring(replace(PLAIN, tilt_deg=-25))
    assert np.nonzero((below.alpha > 250) & (below.front < 5))[0].min() > below.alpha.shape[0] * 2 / 3


@pytest.mark.parametrize("upward", [True, False])
def test_the_quad_is_the_outline_in_reading_order(upward: bool) -> None:
    drawn = draw_ring(replace(PLAIN, upward=upward))
    target = np.array([[0, 0], [210, 0], [210, 120], [0, 120]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(drawn.quad, np.float32) - np.float32(0.5), target - np.float32(0.5))
    upright = cv2.warpPerspective(drawn.alpha, matrix, (210, 120))
    assert (upright > 250).mean() > 0.97
    assert drawn.angle_deg == (90.0 if upward else 270.0)
    # reading order: text drawn flat by another library matches only this way up
    ink = 255 - cv2.warpPerspective(drawn.rgb[:, :, 1], matrix, (210, 120))
    flat = flat_text(PLAIN.text, 210, 120)
    scores = [overlap(ink, np.rot90(flat, 2 * k)) for k in range(2)]
    assert scores[0] > scores[1] + 0.1


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of what is darker than half."""
    one, other = a > 110, b > 110
    return float((one & other).sum() / (one | other).sum())


def flat_text(text: str, width: int, height: int) -> np.ndarray:
    """The code on a flat strip as long as the ring, 255 = ink; the strip's height is the ring's diameter."""
    font = asset_file("fonts", FONT).path
    cap = ImageFont.truetype(str(font), 1000).getmask("H").getbbox()
    letters = CAP_HEIGHT * height / 2
    strip = line_of_letters(font, text, letters, 1000 / (cap[3] - cap[1]))
    columns = np.nonzero(strip.max(axis=0))[0]
    middle = strip.shape[1] / 2
    reach = max(middle - columns.min(), columns.max() + 1 - middle)
    if reach > 0.86 * width / 2:  # long codes are written smaller
        letters *= 0.86 * width / 2 / reach
        strip = line_of_letters(font, text, letters, 1000 / (cap[3] - cap[1]))
    canvas = np.zeros((height, width), np.uint8)
    rows = np.nonzero(strip.max(axis=1))[0]
    top, left = round(height / 2 - letters / 2), round((width - strip.shape[1]) / 2)
    ink = strip[rows.min() : rows.max() + 1]
    space = max(0, -left)
    canvas[top : top + ink.shape[0], max(left, 0) : max(left, 0) + ink.shape[1]] = ink[:, space : space + width]
    return canvas


def line_of_letters(font: Path, text: str, letters: float, em_per_cap: float) -> np.ndarray:
    """Letters `letters` px high, 0.95 as wide, 0.16 of their height apart; as wide as their advances."""
    face = ImageFont.truetype(str(font), round(letters * em_per_cap))
    gap = 0.16 / 0.95 * letters
    advances = [face.getlength(letter) + gap for letter in text]
    canvas = Image.new("L", (round(sum(advances) - gap), round(3 * letters)))
    for letter, x in zip(text, np.cumsum([0.0, *advances]), strict=False):
        ImageDraw.Draw(canvas).text((x, 2 * letters), letter, fill=255, font=face, anchor="ls")
    ink = np.asarray(canvas)
    return cv2.resize(ink, (round(ink.shape[1] * 0.95), ink.shape[0]), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("text", ["ABLF", "P2X9", "JT15"])
def test_unrolling_gives_flat_text(text: str) -> None:
    """Undoes the cylinder (x = sin angle) and compares with FreeType's letters."""
    drawn = draw_ring(replace(PLAIN, text=text, diameter_px=240))
    height, width = drawn.alpha.shape
    angle = (np.arange(240) + 0.5 - 120) / 120
    columns = np.broadcast_to(width / 2 + 120 * np.sin(angle) - 0.5, (420, 240)).astype(np.float32)
    rows = np.broadcast_to((np.arange(420) + height / 2 - 210)[:, None], (420, 240)).astype(np.float32)
    unrolled = 255 - cv2.remap(drawn.rgb[:, :, 1], columns, rows, cv2.INTER_LINEAR)
    # limb and edge shading are no ink; the strip between them holds the copy that faces the viewer
    middle = np.rot90(unrolled, -1)[50:190]
    flat = flat_text(text, 420, 240)[50:190]
    assert overlap(middle, flat) > 0.9


def test_codes_repeat_round_the_ring() -> None:
    one, other = draw_ring(PLAIN), draw_ring(replace(PLAIN, turn_deg=90.0))
    assert np.abs(one.rgb.astype(int) - other.rgb).mean() < 0.5
    assert np.abs(one.rgb.astype(int) - draw_ring(replace(PLAIN, turn_deg=45)).rgb).mean() > 20


def test_reading_down_is_the_ring_upside_down() -> None:
    up, down = draw_ring(PLAIN), draw_ring(replace(PLAIN, upward=False))
    assert np.abs(np.rot90(up.rgb, 2).astype(int) - down.rgb).mean() < 1.0


def test_every_letter_of_the_alphabet_is_drawn_differently() -> None:
    pictures = [draw_ring(replace(PLAIN, text=letter, diameter_px=40)).rgb.tobytes() for letter in ALPHABET]
    assert len(set(pictures)) == len(ALPHABET) == 22


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"text": ""}, "1 to 8 characters, got ''"),
        ({"text": "ABCDFHJLN"}, "1 to 8 characters"),
        ({"tilt_deg": 75.0}, "tilt_deg in -60..60"),
        ({"diameter_px": 0.0}, "diameter_px in 8..2000"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        draw_ring(replace(PLAIN, **values))  # type: ignore[arg-type]
