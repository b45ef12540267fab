"""What counts as lost writing."""

from __future__ import annotations

import numpy as np
import pytest
from painted_material import drawn_tag

from synth.compositing.glyphs import remaining_writing
from synth.compositing.grain import add_grain

NO_GAIN = (1.0, 1.0, 1.0)


def a_tag() -> tuple[np.ndarray, np.ndarray]:
    rgb, alpha = drawn_tag()
    return rgb, alpha >= 128


def test_an_unchanged_tag_keeps_everything() -> None:
    rgb, mask = a_tag()
    assert remaining_writing(rgb, rgb, mask, NO_GAIN) == (1.0, 0.0)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_contrast_is_the_share_of_the_gradients(share: float) -> None:
    rgb, mask = a_tag()
    weaker = np.rint(128 + (rgb.astype(float) - 128) * share).astype(np.uint8)
    contrast, clipped = remaining_writing(rgb, weaker, mask, NO_GAIN)
    assert contrast == pytest.approx(share, abs=0.01)
    assert clipped == 0
    contrast, _ = remaining_writing(rgb, weaker, mask, (share,) * 3)
    assert contrast == pytest.approx(1, abs=0.01)


def test_noise_is_no_contrast() -> None:
    rgb, mask = a_tag()
    noisy = np.full_like(rgb, 120)
    add_grain(noisy, 3, read=12.0)
    assert abs(remaining_writing(rgb, noisy, mask, NO_GAIN)[0]) < 0.05
    added = np.clip(rgb, 40, 215)
    reference = added.copy()
    add_grain(added, 3, read=12.0)
    assert remaining_writing(reference, added, mask, NO_GAIN)[0] == pytest.approx(1, abs=0.05)


def test_inverted_writing_is_lost_writing() -> None:
    rgb, mask = a_tag()
    assert remaining_writing(rgb, 255 - rgb, mask, NO_GAIN)[0] == pytest.approx(-1)


def test_only_newly_clipped_pixels_count() -> None:
    rgb, mask = a_tag()
    black = rgb.copy()
    black[rgb < 60] = 0
    dark = (rgb < 60).any(axis=2)
    share = (dark & mask).sum() / mask.sum()
    assert remaining_writing(rgb, black, mask, NO_GAIN)[1] == pytest.approx(share)
    assert remaining_writing(black, black, mask, NO_GAIN)[1] == 0


def test_a_plain_tag_has_nothing_to_lose() -> None:
    plain = np.full((20, 20, 3), 90, np.uint8)
    assert remaining_writing(plain, plain, np.ones((20, 20), bool), NO_GAIN) == (1.0, 0.0)
    rgb, mask = a_tag()
    assert remaining_writing(rgb, rgb // 9, mask, (0.0, 0.0, 0.0))[0] == 0.0
