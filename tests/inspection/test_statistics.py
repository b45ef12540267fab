"""Counts are exact; measurements answer to what they are named after."""

import math
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.geometry.homography import perspective, rotation_deg, scaling, translation
from synth.inspection.pixels import PIXEL_FEATURES, TAG_FEATURES, noise_sigma, pixel_features, tag_features
from synth.inspection.statistics import (
    ASPECT_SCALE,
    angle_edges,
    character_scales,
    character_values,
    count_blends,
    count_characters,
    count_identities,
    count_splits,
    heat_map,
    histogram,
    scale_values,
    size_scale,
    tag_scales,
    tag_turns_deg,
    upright_deg,
)
from synth.labels.sample import Annotation, LabelledImage
from synth.scene.spec import Blend, PatchLayer, TagLayer
from synth.streams import stream


def image(name, *annotations, split="train", width=100, height=50):
    return LabelledImage(name, width, height, tuple(annotations), split)


def tag(x0, y0, x1, y1, **known):
    return Annotation(0, (float(x0), float(y0), float(x1), float(y1)), **known)


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_a_histogram_counts_every_value_once(values):
    counted = histogram(values, [0.0, 1.0, 2.5, 10.0])
    assert counted.counts.sum() == len(values)
    assert counted.counts[1] == sum(1.0 <= v < 2.5 for v in values)
    assert math.isclose(counted.shares.sum(), 1.0 if values else 0.0)


def test_a_histogram_agrees_with_numpy_between_its_ends():
    values = stream(0, 0, "values").uniform(0, 1, 1000)
    edges = np.linspace(0, 1, 14)
    np.testing.assert_array_equal(histogram(values, edges).counts, np.histogram(values, edges)[0])


def test_a_heat_map_holds_one_for_each_box_where_it_lies():
    images = [image("a", tag(0, 0, 10, 10), tag(95, 40, 105, 60)), image("b", tag(30, 10, 70, 20)), image("c")]
    cells = heat_map(images, 10, 5)
    assert cells.sum() == pytest.approx(3.0)
    assert cells[0, 0] == pytest.approx(1.0)
    assert cells[4, 9] == pytest.approx(1.0)
    np.testing.assert_allclose(cells[1, 3:7], 0.25)
    assert np.count_nonzero(cells > 1e-9) == 6


def test_a_box_outside_the_picture_adds_nothing_to_the_heat_map():
    assert heat_map([image("a", tag(200, 0, 220, 10))], 8, 8).sum() == 0


def test_splits_and_identities_are_counted_and_leaks_come_first():
    images = [
        image("a", tag(0, 0, 5, 5, identity="X"), tag(9, 9, 12, 12, identity="Y")),
        image("b", tag(0, 0, 5, 5, identity="X"), split="test"),
        image("c", split="test"),
        image("d", tag(0, 0, 5, 5), split="test"),
        image("e", tag(0, 0, 5, 5, identity="Y")),
    ]
    train, test = count_splits(images)
    assert (train.split, train.images, train.labelled, train.empty, train.boxes, train.identities) == (
        "train", 2, 2, 0, 3, 2,
    )  # fmt: skip
    assert (test.images, test.labelled, test.empty, test.boxes, test.identities) == (3, 2, 1, 2, 1)
    leaked, whole = count_identities(images)
    assert (leaked.identity, leaked.boxes, leaked.splits) == ("X", 2, ("test", "train"))
    assert (whole.identity, whole.boxes, whole.splits) == ("Y", 2, ("train",))


def test_labelled_characters_are_measured_along_their_own_upright():
    turned = Annotation(0, (10, 10, 40, 40), quad=((10, 25), (25, 10), (40, 25), (25, 40)), text="A", visibility=0.5)
    images = [image("a", tag(0, 0, 50, 50, text="A?", characters=(turned, Annotation(0, (0, 0, 5, 8), text="B"))))]
    height, visible = character_scales(images)
    assert character_values(height, images) == [pytest.approx(15 * 2**0.5), 8]
    assert height.edges[-1] >= 15 * 2**0.5
    assert character_values(visible, images) == [0.5]
    assert count_characters(images) == {"A": 1, "B": 1}


def test_characters_and_blends_are_counted():
    assert count_characters([image("a", tag(0, 0, 5, 5, text="ABBA"), tag(0, 0, 5, 5))]) == {"A": 2, "B": 2}
    nine = (1.0,) * 9
    layers = (
        TagLayer("t", nine, Blend("hard")),
        TagLayer("t", nine, Blend("hard"), labelled=False),
        PatchLayer("p", ((0.0, 0.0),) * 3, nine, Blend("feather", 2.0)),
        PatchLayer("p", ((0.0, 0.0),) * 3, nine, Blend("feather", 2.0), occludes=True),
    )
    assert count_blends([SimpleNamespace(layers=layers)]) == {"feather": (0, 1), "hard": (1, 1)}


@pytest.mark.parametrize("angle", [-170.0, -30.0, 0.0, 45.0, 179.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_scale_and_turn_are_read_off_the_matrix(angle, mirrored):
    mirror = scaling(-1, 1) if mirrored else scaling(1, 1)
    matrix = translation(300, 200) @ rotation_deg(angle) @ scaling(1.7, 1.7) @ mirror
    spec = SimpleNamespace(layers=(TagLayer("t", tuple(matrix.ravel()), Blend("hard")),))
    assert tag_scales([spec]) == [pytest.approx(1.7)]
    assert tag_turns_deg([spec]) == [pytest.approx(angle)]


def test_perspective_leaves_the_scale_at_the_origin():
    matrix = scaling(2, 2) @ perspective(1e-3, 5e-4)
    spec = SimpleNamespace(layers=(TagLayer("t", tuple(matrix.ravel()), Blend("hard")),))
    assert tag_scales([spec]) == [pytest.approx(2.0)]


def test_scales_fit_what_they_show():
    images = [image("a", tag(0, 0, 40, 10), tag(0, 0, 10, 10))]
    scale = size_scale(images)
    assert scale_values(scale, images) == [20.0, 10.0]
    assert scale.edges[0] == 0
    assert scale.edges[-1] >= 20.0
    assert scale_values(ASPECT_SCALE, images) == [2.0, 0.0]
    assert upright_deg(tag(0, 0, 1, 1, angle_deg=350.0)) == -10.0
    assert upright_deg(tag(0, 0, 1, 1)) is None
    edges = angle_edges([-12.0, 3.0])
    assert (edges[0], edges[-1], len(edges)) == (-20.0, 20.0, 25)


def texture(rng, grain, blur=1.0, size=160):
    rough = cv2.resize(
        rng.integers(40, 216, (20, 20, 3)).astype(np.uint8), (size, size), interpolation=cv2.INTER_LINEAR
    )
    soft = cv2.GaussianBlur(rough, (0, 0), blur).astype(np.float64)
    return np.clip(soft + rng.normal(0, grain, soft.shape[:2])[..., None] + 0.5, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0])
def test_noise_is_measured_in_grey_levels(sigma):
    luma = 120 + stream(1, 0, "noise").normal(0, sigma, (200, 200))
    assert noise_sigma(luma) == pytest.approx(sigma, rel=0.15)


def test_each_measurement_answers_to_its_name():
    rng = stream(2, 0, "texture")
    plain = dict(zip(PIXEL_FEATURES, pixel_features(texture(rng, 2)), strict=True))
    grainy = dict(zip(PIXEL_FEATURES, pixel_features(texture(rng, 9)), strict=True))
    assert grainy["noise"] > 3 * plain["noise"]
    assert grainy["spectrum slope"] > plain["spectrum slope"]
    picture = texture(rng, 3)
    measured = dict(zip(PIXEL_FEATURES, pixel_features(picture), strict=True))
    blurred = dict(zip(PIXEL_FEATURES, pixel_features(cv2.GaussianBlur(picture, (0, 0), 2)), strict=True))
    darker = dict(zip(PIXEL_FEATURES, pixel_features((picture * 0.5).astype(np.uint8)), strict=True))
    assert blurred["sharpness"] < measured["sharpness"]
    assert darker["brightness"] == pytest.approx(measured["brightness"] / 2, abs=1)
    assert darker["contrast"] == pytest.approx(measured["contrast"] / 2, abs=1)
    assert dict(zip(PIXEL_FEATURES, pixel_features(picture[..., ::-1]), strict=True))["warmth"] == pytest.approx(
        -measured["warmth"]
    )
    encoded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], cv2.IMREAD_COLOR)
    assert (
        dict(zip(PIXEL_FEATURES, pixel_features(encoded), strict=True))["JPEG blocks"] > measured["JPEG blocks"] + 0.3
    )


def test_a_tag_is_measured_against_what_surrounds_it():
    picture = np.full((100, 120, 3), 60, np.uint8)
    picture[30:60, 20:80] = 200
    measured = dict(zip(TAG_FEATURES, tag_features(picture, (20.0, 30.0, 80.0, 60.0)), strict=True))
    assert measured["contrast to its surroundings"] == pytest.approx(140)
    assert measured["size"] == pytest.approx(math.log(math.sqrt(60 * 30)))
    assert measured["aspect"] == pytest.approx(math.log(2))
    assert tag_features(picture, (0.0, 0.0, 15.0, 40.0)) is None
