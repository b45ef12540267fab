"""Development of shots: against a plain formula in floats; laws of exposure, tones, shadows and covers."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from a_shot import a_layer, a_shot, ball, disc, subject
from painted_material import InMemory, a_spec, a_tag, drawn_photo, drawn_tag

from synth.compositing.camera import to_display, to_linear
from synth.compositing.composite import composed, composite
from synth.compositing.rendered import LUMINANCE, develop, laid_over
from synth.errors import ConfigError, RejectedScene
from synth.labels.sample import Annotation, Mask
from synth.scene.spec import CameraEffects, PhotoBackground, PlainBackground, ProceduralBackground, Stroke, StrokeLayer
from synth.streams import stream

SIDE = 300
FLAT = PhotoBackground("flat", 0, 0)


@pytest.fixture(scope="module")
def material() -> InMemory:
    made = InMemory(characters=("A",))
    made.add_tag("tag", *drawn_tag())
    made.add_photo("flat", np.full((SIDE, SIDE, 3), 128, np.uint8))
    made.add_photo("field", drawn_photo(416, 416))
    made.add_photo("night", np.repeat(drawn_photo(SIDE, SIDE)[:, :, :1], 3, axis=2), infrared=True)
    return made


def on(below: np.ndarray, shot: object, **known: object) -> np.ndarray:
    """The whole picture: a developed shot over another."""
    developed = develop(shot, a_layer(**known))  # type: ignore[arg-type]
    x0, y0, x1, y1 = developed.region
    out = below.copy()
    out[y0:y1, x0:x1] = laid_over(developed, out[y0:y1, x0:x1])
    return out


def plain_formula(below, shot, key=0.18, shoulder=0.5, shadow=1.0, gain=(1.0, 1.0, 1.0), toe=0.0):
    """The same in floats: exposure by the median, tones, then light over light."""
    alpha = np.ones(shot.rgb.shape[:2]) if shot.alpha is None else shot.alpha.astype(np.float64)
    straight = shot.rgb / np.maximum(alpha, 1e-9)[..., None]
    seen = np.zeros(alpha.shape, bool)
    for annotation in shot.annotations:
        seen |= annotation.mask.to_full(alpha.shape[1], alpha.shape[0])
    seen = seen if seen.any() else alpha >= 0.5
    before = (key + np.sqrt(key**2 + 4 * key * toe)) / 2
    light = straight * before / np.median((straight[seen] * LUMINANCE).sum(axis=1)) * np.array(gain)
    light = light**2 / np.maximum(light + toe, 1e-30)
    knee = 1 - 0.8 * shoulder
    t = np.maximum(light - knee, 0) / max(1 - knee, 1e-12)
    tone = np.where(light <= knee, light, np.minimum(knee + (1 - knee) * t / np.sqrt(1 + t * t), 1.0))
    factor = np.ones((1, 1, 3)) if shot.shadow is None else 1 - shadow * (1 - shot.shadow)
    out = tone * alpha[..., None] + to_linear(below / 255.0) * (1 - alpha[..., None]) * factor
    return 255 * to_display(np.clip(out, 0, 1))


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"shoulder": 0.0},
        {"shoulder": 1.0, "key": 0.4},
        {"shadow": 0.0},
        {"toe": 0.03, "key": 0.1},
        {"shadow": 0.4, "gain": (0.8, 1.0, 1.3), "key": 0.05},
    ],
)
def test_pixels_are_those_of_the_formula_to_one_level(known: dict[str, object]) -> None:
    below, shot = drawn_photo(SIDE, SIDE), ball()
    names = {"gain": "fit_gain"}
    got = on(below, shot, **{names.get(key, key): value for key, value in known.items()})
    expected = plain_formula(below, shot, **known)
    assert np.abs(got - expected).max() < 1.01
    assert np.abs(got - expected).mean() < 0.3


def test_an_opaque_shot_hides_everything() -> None:
    shot = replace(ball(), alpha=None, shadow=None)
    pictures = [on(drawn_photo(SIDE, SIDE, seed), shot, shoulder=0.3) for seed in (0, 1)]
    np.testing.assert_array_equal(*pictures)
    assert np.abs(pictures[0] - plain_formula(drawn_photo(SIDE, SIDE), shot, shoulder=0.3)).max() < 1.01


def test_where_nothing_is_every_value_stays() -> None:
    values = np.arange(256, dtype=np.uint8)
    below = np.repeat(values.reshape(16, 16)[..., None], 3, axis=2)
    alpha = np.zeros((16, 16))
    alpha[0, 0], alpha[15, 15] = 1.0, 1.0
    got = on(below, a_shot(alpha[..., None] * np.ones(3), alpha))
    got[0, 0], got[15, 15] = below[0, 0], below[15, 15]
    np.testing.assert_array_equal(got, below)
    empty = a_shot(np.zeros((16, 16, 3)), np.zeros((16, 16)))
    np.testing.assert_array_equal(on(below, empty), below)


def test_the_lamps_power_does_not_matter_and_the_middle_meets_the_key() -> None:
    below = drawn_photo(SIDE, SIDE)
    pictures = [on(below, ball(light=light)) for light in (0.01, 2.0, 5000.0)]
    for picture in pictures[1:]:
        assert np.abs(picture.astype(int) - pictures[0]).max() <= 1
    for key in (0.05, 0.18, 0.35):
        shot = ball()
        picture = on(below, shot, key=key, shoulder=0.2)
        mask = shot.annotations[0].mask.to_full(SIDE, SIDE)
        luminance = (to_linear(picture[mask] / 255.0) * LUMINANCE).sum(axis=1)
        assert np.median(luminance) == pytest.approx(key, rel=0.02)


def test_only_subjects_are_metered() -> None:
    """A glaring window beside the subject does not darken it; without subjects everything counts."""
    rgb = np.full((SIDE, SIDE, 3), 0.5)
    rgb[:100] = 50.0
    mask = np.zeros((SIDE, SIDE), bool)
    mask[100:200, 100:200] = True
    below = np.zeros((SIDE, SIDE, 3), np.uint8)
    metered = on(below, a_shot(rgb, annotations=(subject(mask),)), key=0.2, shoulder=0.0)
    assert to_linear(metered[150, 150] / 255.0) == pytest.approx(0.2, rel=0.01)
    assert (metered[0, 0] == 255).all()
    everything = on(below, a_shot(np.concatenate([rgb[:150], rgb[:150]])), key=0.2, shoulder=0.0)
    assert to_linear(everything[0, 0] / 255.0) == pytest.approx(0.2, rel=0.01)


def test_a_dark_subject_does_not_blind_a_bright_ground() -> None:
    rgb = np.full((SIDE, SIDE, 3), 2.0)
    rgb[100:200, 100:200] = 0.02
    mask = np.zeros((SIDE, SIDE), bool)
    mask[100:200, 100:200] = True
    below = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture = on(below, a_shot(rgb, annotations=(subject(mask),)), key=0.2, shoulder=0.0)
    assert to_linear(picture[0, 0] / 255.0) == pytest.approx(0.7, rel=0.01)
    assert to_linear(picture[150, 150] / 255.0) == pytest.approx(0.007, rel=0.1)


def test_tones_rise_with_light_and_bend_without_a_kink() -> None:
    ramp = np.repeat(np.linspace(0.0, 6.0, 3000)[None, :, None], 3, axis=2)
    ramp = np.repeat(ramp, 5, axis=0)
    mask = np.zeros(ramp.shape[:2], bool)
    mask[[0, 2, 3, 4]] = True
    ramp[mask] = 0.5  # what is metered
    for shoulder in (0.0, 0.3, 0.7, 1.0):
        developed = develop(a_shot(ramp, annotations=(subject(mask),)), a_layer(key=0.5, shoulder=shoulder))
        tones = developed.light[1, :, 0].astype(float) / 65535
        slope = np.diff(tones) / (6.0 / 2999)
        assert (slope >= 0).all()
        assert tones.max() <= 1.0
        if shoulder:
            assert np.abs(np.diff(slope)).max() < 0.04, "the slope jumps"
            at = [tones[np.searchsorted(ramp[1, :, 0], light)] for light in (1.0, 1.5, 2.0)]
            assert at[0] < at[1] < at[2] < 1.0, "highlights are lost"
        below_knee = ramp[1, :, 0] < 1 - 0.8 * shoulder
        np.testing.assert_allclose(tones[below_knee], ramp[1, below_knee, 0], atol=1e-5)


def test_a_black_subject_is_refused_and_what_is_no_number_is_black() -> None:
    mask = disc(SIDE, SIDE, 150, 150, 40) >= 0.5
    with pytest.raises(RejectedScene, match="dark"):
        develop(a_shot(np.full((SIDE, SIDE, 3), 1e-9), annotations=(subject(mask),)), a_layer())
    rgb = np.full((SIDE, SIDE, 3), 0.5)
    rgb[10, 10] = np.nan
    rgb[10, 12] = -1.0
    rgb[10, 14] = np.inf
    picture = on(np.zeros((SIDE, SIDE, 3), np.uint8), a_shot(rgb, annotations=(subject(mask),)))
    assert (picture[10, 10] == 0).all()
    assert (picture[10, 12] == 0).all()
    assert (picture[10, 14] == 255).all()


def test_blur_keeps_light_and_widens_the_edge() -> None:
    below = np.full((SIDE, SIDE, 3), 60, np.uint8)
    sharp, soft = (on(below, ball(), blur_px=blur, shoulder=0.0).astype(float) for blur in (0.0, 2.0))
    light = [to_linear(picture / 255.0).mean() for picture in (sharp, soft)]
    assert light[1] == pytest.approx(light[0], rel=0.01)
    steps = [np.abs(np.diff(picture[135, 210:240, 0])).max() for picture in (sharp, soft)]
    assert steps[1] < 0.5 * steps[0]


def test_night_photos_get_grey_shots(material: InMemory) -> None:
    spec = a_spec(PhotoBackground("night", 0, 0), (a_layer(),), (SIDE, SIDE))
    image = composite(spec, material, lambda *_: ball()).image
    assert (np.ptp(image.astype(int), axis=2) == 0).all()
    assert image[135, 150].min() > 60


def test_a_spec_with_something_to_render_needs_a_renderer(material: InMemory) -> None:
    with pytest.raises(ConfigError, match=r"synthtag\[rendering\]"):
        composed(a_spec(FLAT, (a_layer(),), (SIDE, SIDE)), material)


def test_shots_are_asked_for_with_the_canvas_and_their_labels_come_back(material: InMemory) -> None:
    asked = []

    def shots(*given: object) -> object:
        asked.append(given)
        return ball((300, 200))

    layer = a_layer(key=0.3)
    for background in (PlainBackground((9, 8, 7)), ProceduralBackground("noise", 3, 50.0, 4, ((0, 0, 0), (99, 0, 9)))):
        made = composed(a_spec(background, (layer,), (300, 200), min_visibility=0.4), material, shots)
        assert asked.pop() == (layer, 300, 200, 0.4)
        assert made.annotations == ball((300, 200)).annotations
        np.testing.assert_array_equal(made.geometry.depth, ball((300, 200)).depth)
    plain = composite(a_spec(PlainBackground((9, 8, 7)), (layer,), (300, 200)), material, shots).image
    assert (plain[0, 0] == (9, 8, 7)).all()


def strokes(x0: float, x1: float, y: float = 135.0, width: float = 40.0) -> StrokeLayer:
    middle = ((x0 + x1) / 2, y)
    return StrokeLayer((Stroke((x0, y), middle, (x1, y), width_px=width, tip_px=width, colour=(10, 200, 10)),))


def test_what_is_painted_later_is_taken_from_every_label(material: InMemory) -> None:
    alone = composed(a_spec(FLAT, (a_layer(),), (SIDE, SIDE)), material, lambda *_: ball())
    over = (a_layer(), a_tag(material, "tag", 110, 130))
    made = composed(a_spec(FLAT, over, (SIDE, SIDE)), material, lambda *_: ball())
    (before,), (after, tag) = alone.annotations, made.annotations
    cover = tag.mask.to_full(SIDE, SIDE)
    full, left = before.mask.to_full(SIDE, SIDE), after.mask.to_full(SIDE, SIDE)
    np.testing.assert_array_equal(left, full & ~cover)
    assert after.box == Mask.from_full(left).box
    assert after.visibility == pytest.approx(0.8 * left.sum() / full.sum())
    assert (after.amodal_box, after.identity) == (before.amodal_box, before.identity)
    (letter,), (kept,) = before.characters, after.characters
    shown = letter.mask.to_full(SIDE, SIDE) & ~cover
    np.testing.assert_array_equal(kept.mask.to_full(SIDE, SIDE), shown)
    assert kept.visibility == pytest.approx(0.9 * shown.sum() / letter.mask.area)
    assert [point.is_visible for point in before.keypoints] == [True, False, True]
    assert [point.is_visible for point in after.keypoints] == [not cover[135, 150], False, not cover[135, 100]]
    assert not np.isfinite(made.geometry.depth[cover]).any()
    assert (made.geometry.normals[cover] == 0).all()
    np.testing.assert_array_equal(made.geometry.depth[~cover], alone.geometry.depth[~cover])


def test_a_character_that_is_covered_goes_and_a_subject_that_is_covered_rejects(material: InMemory) -> None:
    layers = (a_layer(), strokes(120, 180))
    made = composed(a_spec(FLAT, layers, (SIDE, SIDE)), material, lambda *_: ball())
    assert made.annotations[0].characters == ()
    visible = made.annotations[0].visibility
    shots = lambda *_: ball()  # noqa: E731
    composed(a_spec(FLAT, layers, (SIDE, SIDE), min_visibility=visible - 1e-6), material, shots)
    with pytest.raises(RejectedScene, match="subject hidden"):
        composed(a_spec(FLAT, layers, (SIDE, SIDE), min_visibility=visible + 1e-6), material, shots)
    with pytest.raises(RejectedScene, match="subject hidden"):
        composed(a_spec(FLAT, (a_layer(), strokes(0, 300, 135, 220)), (SIDE, SIDE)), material, shots)


def test_a_shot_over_a_tag_hides_it(material: InMemory) -> None:
    tag = a_tag(material, "tag", 110, 130)
    alone = composite(a_spec(FLAT, (tag,), (SIDE, SIDE)), material).annotations[0]
    both = composite(a_spec(FLAT, (tag, a_layer()), (SIDE, SIDE)), material, lambda *_: ball()).annotations
    solid = ball().alpha >= 0.5
    np.testing.assert_array_equal(both[0].mask.to_full(SIDE, SIDE), alone.mask.to_full(SIDE, SIDE) & ~solid)


def test_the_file_is_the_same_on_and_off_the_grid_of_blocks(material: InMemory) -> None:
    """A soft layer on an untouched photo is spliced; encoding the whole gives the same bytes. Effects act on all."""
    spec = a_spec(PhotoBackground("field", 16, 32), (a_layer(),), (304, 304), jpeg_quality=85)
    shots = lambda *_: ball((304, 304))  # noqa: E731
    files = {composed(spec, material, shots).jpeg for _ in range(6)}
    assert len(files) == 1
    darker = msgspec.structs.replace(spec, camera=CameraEffects(exposure=0.5))
    images = [composite(one, material, shots).image.mean() for one in (spec, darker)]
    assert images[1] < 0.85 * images[0]


def test_random_covers_against_full_planes(material: InMemory) -> None:
    """Masks taken away one by one are what the union of covers leaves."""
    from synth.compositing.shot_truth import ShotTruth

    rng = stream(0, 0, "covers")
    for _ in range(60):
        full = np.zeros((80, 80), bool)
        x, y = rng.integers(0, 60, 2)
        full[y : y + 20, x : x + 20] = rng.random((20, 20)) < 0.7
        known = Annotation(category=0, box=Mask.from_full(full).box, mask=Mask.from_full(full), visibility=1.0)
        truth, left = ShotTruth(known), full.copy()
        for _ in range(3):
            ox, oy = (int(v) for v in rng.integers(-10, 80, 2))
            cover = rng.random(tuple(rng.integers(1, 25, 2))) < 0.5
            plane = Mask(ox, oy, cover).to_full(80, 80)
            assert truth.hide(ox, oy, cover) == bool((left & plane).any())
            left &= ~plane
        got = truth.annotation(None, 0.0, 80, 80)  # type: ignore[arg-type]
        np.testing.assert_array_equal(got.mask.to_full(80, 80), left)
        assert got.visibility == pytest.approx(left.sum() / full.sum())
