from __future__ import annotations

import numpy as np

from synth.compositing.xrays import beyond_field, exposed
from synth.geometry.pose import looking, pose_of
from synth.scene.spec import XrayLayer, XrayThing
from synth.scene.stage import ShapeSource, Thing, Viewpoint
from synth.shapes.records import StemShape

VIEW = Viewpoint(pose_of(looking((0.0, 0.0, 1.0), (0.0, 0.0, 0.0))))
STEM = XrayThing(Thing("stem", ShapeSource(StemShape()), pose_of(np.eye(4))), ("titanium",))


def layer(**changes: object) -> XrayLayer:
    clean = {"quanta": 1e8, "scatter": 0.0, "blur_px": 0.0, "below_range": (0.0, 2.0)}
    return XrayLayer(VIEW, (STEM,), **{**clean, **changes})  # type: ignore[arg-type]


def below() -> np.ndarray:
    ramp = np.tile(np.arange(20, 200, dtype=np.uint8), (64, 1))
    return np.repeat(ramp[..., None], 3, axis=2)


def test_nothing_in_the_beam_changes_nothing() -> None:
    np.testing.assert_array_equal(exposed(below(), np.ones((64, 180)), layer()), below())
    np.testing.assert_array_equal(exposed(below(), np.ones((64, 180)), layer(bright_is_dense=False)), below())


def test_densities_add_up() -> None:
    half = np.ones((64, 180))
    half[:, 90:] = 10**-0.2  # a tenth of the range
    expected = below().astype(int)
    expected[:, 90:] += 26
    assert np.abs(exposed(below(), half, layer()).astype(int) - np.minimum(expected, 255)).max() <= 1
    dark = exposed(below(), half, layer(bright_is_dense=False)).astype(int)
    assert np.abs(dark[:, 90:] - (below()[:, 90:].astype(int) - 26)).max() <= 1


def test_noise_has_the_variance_of_quanta() -> None:
    flat = np.full((256, 256, 3), 64, np.uint8)
    reading = 10 ** (-2.0 * 64 / 255)
    for quanta in (500.0, 5000.0):
        found = exposed(flat, np.ones((256, 256)), layer(quanta=quanta, noise_seed=7))[..., 0] / 255 * 2.0
        expected = 1 / np.sqrt(reading * quanta) / np.log(10)  # of a logarithm, to first order
        assert abs(found.std() / expected - 1) < 0.06
    one, two = (exposed(flat, np.ones((256, 256)), layer(quanta=500.0, noise_seed=seed)) for seed in (1, 999_999))
    assert (one != two).any()
    assert (one[..., 0] == one[..., 1]).all()


def test_scatter_lifts_the_shadow_of_what_is_dense() -> None:
    flat, hole = np.full((128, 128, 3), 30, np.uint8), np.ones((128, 128))
    hole[40:80, 40:80] = 0.05
    clear, hazy = (exposed(flat, hole, layer(scatter=share)) for share in (0.0, 0.2))
    assert hazy[60, 60, 0] < clear[60, 60, 0]


def metal() -> np.ndarray:
    share = np.ones((64, 180))
    share[20:40, 60:120] = 0.3
    return share


def test_a_photo_keeps_its_pixels_where_nothing_is_in_the_beam() -> None:
    noisy = layer(below_is_exposed=True, scatter=0.2, blur_px=1.5, quanta=1000.0)
    np.testing.assert_array_equal(exposed(below(), np.ones((64, 180)), noisy), below())
    sharp = exposed(below(), metal(), layer(below_is_exposed=True, blur_px=1.0, quanta=1000.0))
    far = np.ones((64, 180), np.bool_)
    far[12:48, 52:128] = False
    np.testing.assert_array_equal(sharp[far], below()[far])


def test_bodies_multiply_what_a_photo_lets_through() -> None:
    found = exposed(below(), metal(), layer(below_is_exposed=True))[30, 60:120, 0].astype(int)
    step = -np.log10(0.3) / 2.0 * 255
    expected = np.minimum(below()[30, 60:120, 0] + step, 255)
    assert np.abs(found - expected).max() <= 0.51


def test_a_photo_gets_only_the_noise_that_it_lacks() -> None:
    flat, share = np.full((256, 256, 3), 64, np.uint8), np.full((256, 256), 0.25)
    incoming, quanta = 10 ** (-2.0 * 64 / 255), 500.0
    found = exposed(flat, share, layer(below_is_exposed=True, quanta=quanta))[..., 0] / 255 * 2.0
    reading, variance = incoming * 0.25, incoming * 0.25 * 0.75 / quanta
    assert abs(found.std() * np.log(10) * reading / np.sqrt(variance) - 1) < 0.06


def test_scatter_of_a_photo_is_stopped_less_than_its_rays() -> None:
    shadow = [exposed(below(), metal(), layer(below_is_exposed=True, scatter=share))[30, 90, 0] for share in (0.0, 0.3)]
    assert below()[30, 90, 0] < shadow[1] < shadow[0]


def test_beyond_the_collimator_a_picture_is_black() -> None:
    open_field, field = layer(), (10.0, 5.5, 100.0, 60.0)
    found = exposed(below(), metal(), layer(field_px=field))
    outside = beyond_field(field, 180, 64)
    assert outside.sum() == 64 * 180 - 90 * 54  # a row that is half open counts as closed
    assert (found[outside] <= 128).all()
    assert (found[:5] == 0).all()
    np.testing.assert_array_equal(found[6:60, 10:100], exposed(below(), metal(), open_field)[6:60, 10:100])
