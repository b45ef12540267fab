"""Ink on cleaned paper."""

from __future__ import annotations

import numpy as np
import pytest

from synth.compositing.relettering import letter_over

INK, PAPER = (40, 30, 50), (220, 210, 200)


def _bar(rgb: np.ndarray) -> np.ndarray:
    ink = np.zeros(rgb.shape[:2], np.uint8)
    ink[20:60, 40:60] = 255
    return ink


def test_no_ink_changes_nothing() -> None:
    rgb = np.full((80, 100, 3), PAPER, np.uint8)
    assert letter_over(rgb, np.zeros((80, 100), np.uint8), INK, PAPER, 1.0) is rgb


def test_far_from_the_ink_nothing_changes_and_in_it_the_colour_is_the_ink() -> None:
    rgb = np.full((80, 100, 3), PAPER, np.uint8)
    out = letter_over(rgb, _bar(rgb), INK, PAPER, 1.0)
    np.testing.assert_array_equal(out[:, 70:], rgb[:, 70:])
    np.testing.assert_array_equal(out[40, 50], INK)
    np.testing.assert_array_equal(out, letter_over(rgb, _bar(rgb), INK, PAPER, 1.0))


@pytest.mark.parametrize("sigma", [0.8, 2.0])
def test_an_edge_has_the_slope_of_its_softness(sigma: float) -> None:
    rgb = np.full((80, 100, 3), PAPER, np.uint8)
    out = letter_over(rgb, _bar(rgb), INK, PAPER, sigma).astype(float)[40, :, 1]
    share = (PAPER[1] - out) / (PAPER[1] - INK[1])
    slope = np.diff(share[30:50])
    variance = (slope * np.arange(19) ** 2).sum() - (slope * np.arange(19)).sum() ** 2
    assert np.sqrt(variance) == pytest.approx(sigma, rel=0.15)


def test_ink_lies_in_the_light_of_its_paper() -> None:
    light = np.linspace(1.0, 0.5, 100)[None, :, None]
    rgb = np.rint(np.full((80, 100, 3), PAPER) * light).astype(np.uint8)
    ink = np.full((80, 100), 255, np.uint8)
    out = letter_over(rgb, ink, (120, 120, 120), PAPER, 0.5).astype(float)[:, 10:-10]
    np.testing.assert_allclose(out, np.broadcast_to(120 * light[:, 10:-10], out.shape), atol=3)
