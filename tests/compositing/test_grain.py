"""The noise has the distribution that its numbers claim."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from synth.compositing.grain import BANK_SIDE, add_grain, grain_window
from synth.streams import stream


def test_the_bank_is_standard_normal() -> None:
    """Every fourth pixel of one channel is independent of the others."""
    window = grain_window(1, 600, 600)[::4, ::4, 1].astype(np.float64).ravel()
    jittered = window + stream(0, 0, "jitter").uniform(-1 / 64, 1 / 64, window.size)
    assert scipy.stats.kstest(jittered, "norm").pvalue > 1e-3


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_neighbours_and_channels_are_as_alike_as_in_photos() -> None:
    window = grain_window(2, 500, 500)
    assert window.std() == pytest.approx(1, abs=0.02)
    assert correlation(window[:, 1:], window[:, :-1]) == pytest.approx(2 / 3, abs=0.02)
    assert correlation(window[1:], window[:-1]) == pytest.approx(2 / 3, abs=0.02)
    assert correlation(window[:, 3:], window[:, :-3]) == pytest.approx(0, abs=0.02)
    assert correlation(window[..., 0], window[..., 2]) == pytest.approx(0.8, abs=0.02)


def test_another_seed_is_another_window_and_the_same_seed_the_same() -> None:
    np.testing.assert_array_equal(grain_window(5, 60, 40), grain_window(5, 60, 40))
    assert (grain_window(5, 60, 40) != grain_window(6, 60, 40)).mean() > 0.9


def test_the_bank_repeats_beyond_its_side() -> None:
    wide = grain_window(3, BANK_SIDE + 50, 4)
    np.testing.assert_array_equal(wide[:, :50], wide[:, BANK_SIDE:])


@pytest.mark.parametrize("level", [20, 64, 128, 200])
@pytest.mark.parametrize(("shot", "read"), [(0.0, 3.0), (6.0, 0.0), (4.0, 2.0)])
def test_variance_grows_with_the_signal(level: int, shot: float, read: float) -> None:
    picture = np.full((512, 512, 3), level, np.uint8)
    add_grain(picture, 7, shot=shot, read=read)
    expected = np.sqrt(shot**2 * level / 128 + read**2 + 1 / 12)
    assert picture.std() == pytest.approx(expected, rel=0.03)
    assert picture.mean() == pytest.approx(level, abs=0.1)


def test_noise_of_a_grey_picture_is_grey() -> None:
    picture = np.full((64, 64, 3), 90, np.uint8)
    add_grain(picture, 7, shot=4.0, read=2.0, grey=True)
    assert (np.ptp(picture, axis=2) == 0).all()
    assert picture.std() > 3
