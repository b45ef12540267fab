"""Each blend changes the pixels that it says it changes, and nothing else."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from painted_material import drawn_photo, drawn_tag

from synth.compositing.blends import HALF, box_kernel, join, reach_px, softened
from synth.scene.spec import Blend, BlendKind
from synth.streams import stream

KINDS = get_args(BlendKind)
WIDTHS = {"feather": 5.0, "gaussian": 1.7}


def a_blend(kind: BlendKind) -> Blend:
    return Blend(kind, WIDTHS.get(kind, 0.0))


def a_scene(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    patch, alpha = drawn_tag()
    height, width = alpha.shape
    below = drawn_photo(width, height, seed=seed)
    for array in (patch, alpha, below):
        array.setflags(write=False)
    return patch, alpha, below


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_out_of_reach_stay(kind: BlendKind) -> None:
    patch, alpha, below = a_scene()
    joined = join(a_blend(kind), patch, alpha, below)
    assert joined.dtype == np.uint8
    changed = (joined != below).any(axis=2)
    if kind in WIDTHS:
        reach = reach_px(a_blend(kind))
        near = np.zeros_like(changed)
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                near |= np.roll(alpha, (dy, dx), (0, 1)) > 0
        assert not (changed & ~near).any()
    else:
        assert not (changed & (alpha < HALF)).any()
    assert changed[alpha >= HALF].mean() > 0.9


def test_hard_replaces_exactly_the_mask() -> None:
    patch, alpha, below = a_scene()
    joined = join(Blend("hard"), patch, alpha, below)
    np.testing.assert_array_equal(joined, np.where((alpha >= 128)[:, :, None], patch, below))


@pytest.mark.parametrize("kind", ["feather", "gaussian"])
def test_a_soft_edge_without_width_is_the_coverage_itself(kind: BlendKind) -> None:
    patch, alpha, below = a_scene()
    a = alpha[:, :, None].astype(np.float64) / 255
    expected = np.rint(patch * a + below * (1 - a))
    assert np.abs(join(Blend(kind), patch, alpha, below) - expected).max() <= 1


def test_a_feather_is_a_straight_ramp_of_its_width_about_the_edge() -> None:
    coverage = np.zeros((21, 60), np.uint8)
    coverage[:, 30:] = 255
    soft = softened(Blend("feather", 8.0), coverage)[10].astype(float)
    middles = np.arange(60) + 0.5 - 30
    np.testing.assert_allclose(soft, 255 * np.clip(0.5 + middles / 8.0, 0, 1), atol=1)


@pytest.mark.parametrize("length", [0.3, 1.0, 1.4, 2.0, 3.0, 4.6, 11.0])
def test_the_box_kernel_is_an_even_average(length: float) -> None:
    kernel = box_kernel(length)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert kernel.size % 2 == 1
    np.testing.assert_array_equal(kernel, kernel[::-1])
    at = np.arange(kernel.size) - kernel.size // 2
    if length >= 1:
        assert kernel.max() == pytest.approx(1 / length, abs=1e-6)
        assert (kernel[np.abs(at) < (length - 1) / 2] == kernel.max()).all()


def test_monochrome_takes_the_colour_of_its_place() -> None:
    patch, alpha, below = a_scene()
    grey = np.repeat(below[:, :, :1], 3, axis=2)
    joined = join(Blend("seamless_monochrome"), patch, alpha, grey).astype(int)
    assert (np.ptp(joined, axis=2) == 0).all()
    coloured = join(Blend("seamless_normal"), patch, alpha, grey).astype(int)
    assert np.ptp(coloured, axis=2).max() > 5


@pytest.mark.parametrize("kind", KINDS)
def test_joining_twice_gives_equal_bytes(kind: BlendKind) -> None:
    patch, alpha, below = a_scene()
    np.testing.assert_array_equal(join(a_blend(kind), patch, alpha, below), join(a_blend(kind), patch, alpha, below))


def test_views_into_larger_arrays_are_joined_like_copies() -> None:
    patch, alpha, below = a_scene()
    canvas = np.zeros((200, 300, 3), np.uint8)
    height, width = alpha.shape
    canvas[7 : 7 + height, 11 : 11 + width] = below
    view = canvas[7 : 7 + height, 11 : 11 + width]
    for kind in KINDS:
        np.testing.assert_array_equal(join(a_blend(kind), patch, alpha, view), join(a_blend(kind), patch, alpha, below))


def test_random_masks_have_no_halo() -> None:
    rng = stream(0, 0, "halo")
    for _ in range(40):
        height, width = (int(v) for v in rng.integers(8, 60, 2))
        alpha = (255 * (rng.random((height, width)) < rng.uniform(0.2, 0.9))).astype(np.uint8)
        patch, below = (rng.integers(0, 256, (height, width, 3)).astype(np.uint8) for _ in range(2))
        for kind in ("hard", "seamless_normal", "seamless_mixed", "seamless_monochrome"):
            joined = join(Blend(kind), patch, alpha, below)
            np.testing.assert_array_equal(joined[alpha < HALF], below[alpha < HALF])
