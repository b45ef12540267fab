import cv2
import numpy as np
import pytest

from synth.banks.measurement import (
    LIGHT_SIZE,
    blur_and_grain,
    fingerprint,
    is_infrared,
    light_grid,
    luma,
    noise_level,
    palette,
    sharpness_px,
)
from synth.streams import stream


def polygons(sigma: float, noise: float) -> np.ndarray:
    """Edges of known blur with known grain."""
    rng = stream(0, 0, "polygons")
    grey = np.full((240, 320), 90.0)
    for _ in range(30):
        points = cv2.convexHull((rng.uniform(0, 1, (4, 2)) * (320, 240)).astype(np.int32))
        cv2.fillPoly(grey, [points], float(rng.uniform(20, 230)))
    return np.clip(np.rint(cv2.GaussianBlur(grey, (0, 0), sigma) + rng.normal(0, noise, grey.shape)), 0, 255)


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.0, 3.0])
def test_blur_of_clean_edges_is_measured(sigma):
    assert sharpness_px([polygons(sigma, 0.0)]) == pytest.approx(sigma, rel=0.12, abs=0.1)


def test_blur_is_ordered_under_noise():
    found = [sharpness_px([polygons(sigma, 3.0)]) for sigma in (0.5, 1.0, 2.0, 3.5)]
    assert found == sorted(found)
    assert found[-1] > 2 * found[0]


def test_nothing_with_an_edge_is_as_soft_as_can_be():
    assert sharpness_px([np.full((50, 50), 80.0)]) == 8.0


@pytest.mark.parametrize("noise", [1.0, 3.0, 8.0])
def test_grain_is_measured_beside_edges(noise):
    assert noise_level([polygons(1.0, noise)]) == pytest.approx(noise, rel=0.1)


def test_large_pictures_are_measured_by_tiles():
    tile = polygons(1.5, 2.0)
    blur, grain = blur_and_grain(np.tile(tile, (8, 6)))
    assert blur == pytest.approx(sharpness_px([tile]), rel=0.15)
    assert grain == pytest.approx(2.0, rel=0.1)


def test_grey_is_infrared_and_colour_is_not():
    rng = stream(0, 0, "grey")
    grey = rng.integers(0, 256, (60, 80, 1)).astype(np.uint8).repeat(3, axis=2)
    assert is_infrared(grey)
    tinted = grey.copy()
    tinted[..., 0] //= 2
    assert not is_infrared(tinted)


def test_light_grid_is_the_mean_of_its_cells():
    cells = np.arange(LIGHT_SIZE[0] * LIGHT_SIZE[1], dtype=float)
    grey = cells.reshape(LIGHT_SIZE[::-1]).repeat(10, axis=0).repeat(10, axis=1)
    assert light_grid(grey) == tuple(int(v) for v in cells)


def test_palette_names_the_colours_by_frequency():
    rgb = np.zeros((96, 128, 3), np.uint8)
    rgb[:, :96] = (200, 30, 30)
    rgb[:, 96:] = (10, 60, 220)
    assert palette(rgb)[0] == (200, 30, 30)
    assert (10, 60, 220) in palette(rgb)


def test_fingerprints_hold_against_compression_and_tell_pictures_apart():
    rng = stream(0, 0, "prints")
    pictures = [cv2.resize(rng.uniform(0, 255, (9, 12)), (360, 270)) for _ in range(6)]
    prints = [int(fingerprint(p), 16) for p in pictures]
    packed = [cv2.imdecode(cv2.imencode(".jpg", p, [1, 60])[1], 0).astype(float) for p in pictures]
    again = [int(fingerprint(p), 16) for p in packed]
    assert max((a ^ b).bit_count() for a, b in zip(prints, again, strict=True)) <= 2
    assert min((a ^ b).bit_count() for i, a in enumerate(prints) for b in prints[:i]) > 10


def test_luma_weighs_the_channels():
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert luma(rgb)[0] == pytest.approx([76.245, 149.685, 29.07])
