"""Spread colours and blank tags."""

from __future__ import annotations

import numpy as np
import pytest
from painted_material import drawn_tag

from synth.compositing.blends import HALF
from synth.compositing.caches import ByteCache
from synth.compositing.cutouts import SURE, blanked, spread_outwards, writing


def test_spreading_keeps_the_tag_and_leaves_no_old_background() -> None:
    rgb, alpha = drawn_tag()
    out = spread_outwards(rgb, alpha)
    np.testing.assert_array_equal(out[alpha >= SURE], rgb[alpha >= SURE])
    near = (alpha < SURE) & (np.indices(alpha.shape)[0] > 15) & (np.indices(alpha.shape)[0] < 80)
    paper, ground = np.array([225, 222, 210]), np.array([110, 90, 70])
    away = np.abs(out[near].astype(int) - paper).sum(axis=1)
    assert (away < np.abs(out[near].astype(int) - ground).sum(axis=1)).all()


def test_spreading_an_empty_mask_changes_nothing() -> None:
    rgb, alpha = drawn_tag()
    np.testing.assert_array_equal(spread_outwards(rgb, np.zeros_like(alpha)), rgb)
    np.testing.assert_array_equal(blanked(rgb, np.zeros_like(alpha), 2.0), rgb)


@pytest.mark.parametrize("inverted", [False, True], ids=["dark on light", "light on dark"])
def test_blanking_removes_the_writing_and_nothing_else(inverted: bool) -> None:
    rgb, alpha = drawn_tag()
    if inverted:
        rgb = np.where((alpha > 0)[:, :, None], 255 - rgb, rgb).astype(np.uint8)
    glyphs, _ = writing(rgb, alpha)
    paper = np.median(rgb[alpha >= SURE], axis=0)
    true = (np.abs(rgb.astype(int) - paper).sum(axis=2) > 200) & (alpha >= SURE)
    assert (glyphs & true).sum() > 0.95 * true.sum()
    assert (glyphs & ~true).sum() < 0.05 * true.sum()
    out = blanked(rgb, alpha, 2.0)
    np.testing.assert_array_equal(out[alpha == 0], rgb[alpha == 0])
    inner = alpha >= SURE
    assert np.abs(out[inner].astype(float) - paper).max() < 25
    assert rgb[inner].std() > 3 * out[inner].std()
    assert out[true].astype(float).std(axis=0).mean() == pytest.approx(2.0, abs=1.0)
    np.testing.assert_array_equal(out, blanked(rgb, alpha, 2.0))


def test_a_tag_without_writing_stays() -> None:
    rgb, alpha = drawn_tag()
    plain = np.where((alpha > 0)[:, :, None], 200, rgb).astype(np.uint8)
    inner = alpha >= HALF
    assert np.abs(blanked(plain, alpha, 2.0)[inner].astype(int) - plain[inner]).max() <= 8


def test_the_cache_keeps_what_fits_and_drops_the_oldest() -> None:
    cache: ByteCache[bytes] = ByteCache(100, len)
    for n in range(5):
        cache.keep(n, bytes(30))
    assert cache.used_bytes == 90
    assert [n for n in range(5) if cache.get(n) is not None] == [2, 3, 4]
    cache.get(2)
    cache.keep(9, bytes(30))
    assert cache.get(2) is not None
    assert cache.get(3) is None
    assert len(cache.keep("huge", bytes(500))) == 500
    assert cache.get("huge") is None
    assert cache.used_bytes <= 100
