"""Each effect does what its number says, in the order of physics, and nothing at its default."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from painted_material import drawn_photo

from synth.compositing.camera import downsampled, is_untouched, photograph, to_display, to_linear, tone_tables
from synth.compositing.lens import defocused, disc_kernel, motion_blurred, streak_kernel
from synth.compositing.rain import streak_coverage
from synth.scene.spec import CameraEffects, Rain
from synth.streams import stream

ACTING = {
    "rain": CameraEffects(rain=Rain(80, 15.0, 10.0, 0.3, 4)),
    "defocus": CameraEffects(defocus_px=1.3),
    "wide defocus": CameraEffects(defocus_px=7.0),
    "motion": CameraEffects(motion_px=4.0, motion_deg=30.0),
    "long motion": CameraEffects(motion_px=25.0, motion_deg=100.0),
    "vignette": CameraEffects(vignette=0.3),
    "white balance": CameraEffects(white_balance=(1.1, 1.0, 0.9)),
    "exposure": CameraEffects(exposure=1.3),
    "gamma": CameraEffects(gamma=1.2),
    "infrared": CameraEffects(infrared=True),
    "shot noise": CameraEffects(shot_noise=2.0, noise_seed=3),
    "read noise": CameraEffects(read_noise=2.0, noise_seed=3),
    "downsample": CameraEffects(downsample=1.5),
}
IDLE = {
    "default": CameraEffects(),
    "a direction alone": CameraEffects(motion_deg=77.0),
    "a seed alone": CameraEffects(noise_seed=9),
    "no streaks": CameraEffects(rain=Rain(0, 15.0, 10.0, 0.3, 4)),
}


@pytest.mark.parametrize("camera", IDLE.values(), ids=IDLE.keys())
def test_a_camera_that_does_nothing_changes_no_byte(camera: CameraEffects) -> None:
    photo = drawn_photo(97, 61)
    assert is_untouched(camera)
    np.testing.assert_array_equal(photograph(photo.copy(), camera), photo)


@pytest.mark.parametrize("camera", ACTING.values(), ids=ACTING.keys())
def test_every_effect_acts_and_repeats(camera: CameraEffects) -> None:
    photo = drawn_photo(197, 161)
    assert not is_untouched(camera)
    first, second = photograph(photo.copy(), camera), photograph(photo.copy(), camera)
    assert first.shape == photo.shape
    assert first.dtype == np.uint8
    assert (first != photo).any()
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ["defocus", "wide defocus", "motion", "long motion", "downsample"])
def test_blur_moves_nothing(name: str) -> None:
    """The centre of gravity of a symmetric spot stays where it is, so that boxes stay true."""
    picture = np.zeros((121, 121, 3), np.uint8)
    picture[50:71, 50:71] = 250
    seen = photograph(picture, ACTING[name])[..., 0].astype(float)
    y, x = np.mgrid[:121, :121]
    assert (x * seen).sum() / seen.sum() == pytest.approx(60, abs=0.25)
    assert (y * seen).sum() / seen.sum() == pytest.approx(60, abs=0.25)
    assert seen.sum() == pytest.approx(21 * 21 * 250, rel=0.01)


def test_exposure_is_a_factor_in_linear_light() -> None:
    values = np.arange(256) / 255.0
    np.testing.assert_allclose(to_display(to_linear(values)), values, atol=1e-6)
    table = tone_tables(CameraEffects(exposure=2.0))[:, 0] / 255.0
    unclipped = to_linear(values) < 0.49
    np.testing.assert_allclose(to_linear(table)[unclipped], 2 * to_linear(values)[unclipped], atol=0.006)
    assert table[-1] == 1.0


def test_white_balance_and_gamma_have_their_meaning() -> None:
    tables = tone_tables(CameraEffects(white_balance=(0.5, 1.0, 1.0), gamma=2.0))
    assert tables[255].tolist() == [round(255 * float(to_display(np.array(0.5))) ** 2), 255, 255]
    np.testing.assert_allclose(tables[:, 1] / 255, (np.arange(256) / 255) ** 2, atol=0.002)


def test_tables_never_turn_round() -> None:
    tables = tone_tables(CameraEffects(exposure=1.4, gamma=0.8, white_balance=(1.2, 1.0, 0.7)))
    assert (np.diff(tables.astype(int), axis=0) >= 0).all()


@pytest.mark.parametrize("size", [(640, 640), (300, 200)])
def test_the_corners_lose_what_the_vignette_says(size: tuple[int, int]) -> None:
    width, height = size
    picture = np.full((height, width, 3), 200, np.uint8)
    seen = photograph(picture, CameraEffects(vignette=0.5)).astype(float)
    corner, middle = seen[0, 0, 0], seen[height // 2, width // 2, 0]
    assert middle == 200
    assert (corner / 200) ** 2.2 == pytest.approx(0.5, abs=0.02)
    np.testing.assert_array_equal(seen, seen[::-1, ::-1])


def test_discs_are_even_and_round() -> None:
    kernel = disc_kernel(4.3)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(kernel, kernel.T)
    assert 1 / kernel.max() == pytest.approx(np.pi * 4.3**2, rel=0.02)
    assert disc_kernel(0.5).shape == (1, 1)


@pytest.mark.parametrize("length", [1.0, 3.0, 5.5, 8.0])
@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 135.0])
def test_streaks_have_their_length_and_direction(length: float, angle: float) -> None:
    kernel = streak_kernel(length, angle).astype(float)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    height, width = kernel.shape
    y, x = np.mgrid[:height, :width]
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    ux, uy = np.cos(np.radians(angle)), -np.sin(np.radians(angle))
    along = (kernel * (x * ux + y * uy) ** 2).sum()
    across = (kernel * (x * uy - y * ux) ** 2).sum()
    assert along == pytest.approx(length**2 / 12, abs=0.26)
    assert across < 0.26


@pytest.mark.parametrize(("length", "angle"), [(20.0, 0.0), (30.0, 40.0), (50.0, 90.0)])
def test_long_streaks_are_as_long_as_they_should_be(length: float, angle: float) -> None:
    picture = np.zeros((161, 161, 3), np.uint8)
    picture[78:83, 78:83] = 255
    seen = motion_blurred(picture, length, angle)[..., 0].astype(float)
    y, x = np.mgrid[:161, :161] - 80
    along = x * np.cos(np.radians(angle)) - y * np.sin(np.radians(angle))
    spread = (seen * along**2).sum() / seen.sum() - 2
    assert np.sqrt(12 * spread) == pytest.approx(length, abs=1)


def test_a_wide_disc_blurs_like_the_direct_convolution() -> None:
    photo = drawn_photo(200, 160)
    direct = cv2.filter2D(photo, -1, disc_kernel(6.0), borderType=cv2.BORDER_REFLECT_101)
    inner = (slice(16, -16), slice(16, -16))
    assert np.abs(defocused(photo, 6.0)[inner].astype(int) - direct[inner]).mean() < 1.5


def test_infrared_is_grey_with_grey_noise() -> None:
    seen = photograph(drawn_photo(90, 70), CameraEffects(infrared=True, shot_noise=3.0, read_noise=1.0)).astype(int)
    assert (np.ptp(seen, axis=2) == 0).all()
    grey = np.full((90, 70, 3), 100, np.uint8)
    assert (np.ptp(photograph(grey, CameraEffects(read_noise=3.0), grey=True).astype(int), axis=2) == 0).all()


def test_rain_has_its_direction_and_strength() -> None:
    straight = streak_coverage(Rain(60, 30.0, 0.0, 0.5, 1), 300, 300).astype(float)
    leaning = streak_coverage(Rain(60, 30.0, 60.0, 0.5, 1), 300, 300).astype(float)
    assert straight.max() <= 0.5 * 255 + 1

    def upright(c: np.ndarray) -> float:
        return float(np.abs(np.diff(c, axis=1)).sum() / np.abs(np.diff(c, axis=0)).sum())

    assert upright(straight) > 3 > 1 > upright(leaning)
    more = streak_coverage(Rain(240, 30.0, 0.0, 0.5, 1), 300, 300).astype(float)
    assert more.sum() > 2.5 * straight.sum()


def test_rain_only_lightens() -> None:
    photo = drawn_photo(200, 200)
    dark = (photo // 2).astype(np.uint8)
    seen = photograph(dark.copy(), ACTING["rain"]).astype(int)
    assert (seen >= dark).all()


def test_downsampling_keeps_means_and_loses_detail() -> None:
    photo = drawn_photo(200, 200)
    seen = downsampled(photo, 2.0)
    assert seen.mean() == pytest.approx(photo.mean(), abs=0.6)
    assert np.abs(np.diff(seen.astype(int), axis=1)).mean() < 0.6 * np.abs(np.diff(photo.astype(int), axis=1)).mean()


@pytest.mark.parametrize(("width", "height"), [(64, 48), (97, 61), (1, 1)])
@pytest.mark.parametrize("name", ["exposure", "gamma", "white balance"])
def test_every_value_becomes_what_the_table_says(name: str, width: int, height: int) -> None:
    photo = stream(0, 0, "tones").integers(0, 256, (height, width, 3), np.uint8)
    tables = tone_tables(ACTING[name])
    expected = np.stack([tables[photo[..., c], c] for c in range(3)], axis=-1)
    np.testing.assert_array_equal(photograph(photo.copy(), ACTING[name]), expected)
