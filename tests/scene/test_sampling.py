from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from scene_material import catalogue, photo_record, recipe, tag_record
from scipy import stats

from synth.banks.records import PhotoAnnotation
from synth.errors import ConfigError, RejectedScene
from synth.geometry.boxes import box_area, intersect
from synth.scene.fitting import scale_at
from synth.scene.sampling import SceneSampler, sample_image
from synth.scene.spec import BlobLayer, ImageSpec, PatchLayer, PhotoBackground, ProceduralBackground, TagLayer


def draw(sampler: SceneSampler, count: int) -> list[ImageSpec]:
    specs = []
    for index in range(count):
        for attempt in range(20):
            try:
                specs.append(sampler.sample(index, attempt))
                break
            except RejectedScene:
                continue
    assert len(specs) == count
    return specs


def tag_layers(spec: ImageSpec) -> list[TagLayer]:
    return [layer for layer in spec.layers if isinstance(layer, TagLayer) and layer.labelled]


def test_a_spec_depends_on_its_index_alone():
    forwards = SceneSampler(recipe(), catalogue())
    backwards = SceneSampler(recipe(count=999), catalogue())
    first = [forwards.sample(index).to_json() for index in range(40)]
    second = [backwards.sample(index).to_json() for index in reversed(range(40))]
    assert first == second[::-1]
    assert first[7] == sample_image(recipe(), catalogue(), 7).to_json()


def test_specs_survive_json_and_are_all_different():
    specs = draw(SceneSampler(recipe(), catalogue()), 200)
    assert [ImageSpec.from_json(spec.to_json()) for spec in specs] == specs
    assert len({spec.to_json() for spec in specs}) == 200


def test_attempts_differ_and_keep_index_and_split():
    sampler = SceneSampler(recipe(), catalogue())
    again = [sampler.sample(5, attempt) for attempt in range(6)]
    assert len({spec.layers for spec in again}) == 6
    assert {(spec.index, spec.split) for spec in again} == {(5, again[0].split)}


@pytest.mark.parametrize(
    ("change", "unchanged"),
    [
        ({"camera": {"untouched_share": 0.0, "noise": {"share": 1.0}}}, ("background", "layers", "jpeg_quality")),
        ({"occluders": {"share": 1.0}}, ("background", "camera", "jpeg_quality")),
        ({"output": {"jpeg_quality_range": [40, 95]}}, ("background", "layers", "camera")),
        ({"negatives": {"count_weights": {3: 1}}}, ("background", "camera")),
    ],
)
def test_changing_one_part_leaves_the_others_draws(change, unchanged):
    before = draw(SceneSampler(recipe(), catalogue()), 50)
    after = draw(SceneSampler(recipe(**change), catalogue()), 50)
    for name in unchanged:
        assert [getattr(spec, name) for spec in before] == [getattr(spec, name) for spec in after]
    assert before != after


def test_every_prefix_has_the_splits_shares():
    sampler = SceneSampler(recipe(), catalogue())
    seen: Counter[str] = Counter()
    for scene in range(3000):
        seen[sampler.split_of(scene)] += 1
        for name, share in recipe().splits.items():
            assert abs(seen[name] - share * (scene + 1)) < 3.0


def test_material_never_leaves_its_split():
    cards = catalogue()
    tag_split = {tag.record.id: tag.split for tag in cards.tags}
    photo_split = {photo.record.id: photo.split for photo in cards.photos}
    used = defaultdict(set)
    for spec in draw(SceneSampler(recipe(occluders={"share": 1, "kinds": {"cutting": 1}}), cards), 600):
        assert isinstance(spec.background, PhotoBackground)
        assert photo_split[spec.background.photo] == spec.split
        for layer in spec.layers:
            if isinstance(layer, TagLayer):
                assert tag_split[layer.tag] == spec.split
                used[spec.split].add(layer.tag)
            if isinstance(layer, PatchLayer):
                assert photo_split[layer.photo] == spec.split
    assert {tag for tags in used.values() for tag in tags} == set(tag_split)


def test_crops_are_aligned_and_inside_and_free_of_hand_labels():
    label = PhotoAnnotation("tag", (1000.0, 900.0, 2200.0, 1500.0))
    cards = catalogue(photos=[photo_record(n, annotations=(label,)) for n in range(3)])
    for spec in draw(SceneSampler(recipe(), cards), 300):
        crop = spec.background
        assert isinstance(crop, PhotoBackground)
        assert crop.x % 16 == crop.y % 16 == 0
        assert 0 <= crop.x <= 3264 - 640
        assert 0 <= crop.y <= 2448 - 640
        assert box_area(intersect(label.box, (crop.x, crop.y, crop.x + 640, crop.y + 640))) == 0
        assert not spec.kept_annotations


def test_kept_hand_labels_are_whole_and_nothing_is_pasted_on_them():
    label = PhotoAnnotation("tag", (1000.0, 900.0, 1100.0, 1000.0))
    cards = catalogue(photos=[photo_record(n, size=(1600, 1200), annotations=(label,)) for n in range(3)])
    changed = recipe(backgrounds={"photos": ["photos"], "hand_labels": "keep"})
    held = 0
    for spec in draw(SceneSampler(changed, cards), 200):
        crop = spec.background
        assert isinstance(crop, PhotoBackground)
        assert spec.kept_annotations
        assert not crop.mirrored
        canvas_box = tuple(v - o for v, o in zip(label.box, (crop.x, crop.y, crop.x, crop.y), strict=True))
        share = box_area(intersect(canvas_box, (0, 0, 640, 640))) / box_area(label.box)
        assert share == 0 or share >= 0.6
        held += share > 0
        for layer in tag_layers(spec):
            corner = np.array(layer.matrix).reshape(3, 3) @ np.array([74.0, 95.0, 1.0])
            x, y = corner[:2] / corner[2]
            assert not (canvas_box[0] <= x <= canvas_box[2] and canvas_box[1] <= y <= canvas_box[3])
    assert held > 5


def canvas_corners(layer: TagLayer) -> np.ndarray:
    corners = np.array([[30, 30, 1], [118, 30, 1], [118, 160, 1], [30, 160, 1]], float)
    mapped = corners @ np.array(layer.matrix).reshape(3, 3).T
    return mapped[:, :2] / mapped[:, 2:]


def test_uncut_tags_lie_inside_the_canvas_and_apart():
    changed = recipe(placement={"count_weights": {4: 1}, "truncation": {"share": 0}, "max_overlap": 0})
    for spec in draw(SceneSampler(changed, catalogue()), 150):
        boxes = []
        for layer in tag_layers(spec):
            corners = canvas_corners(layer)
            boxes.append((*corners.min(axis=0), *corners.max(axis=0)))
            assert corners.min() >= -1e-6
            assert corners.max() <= 640 + 1e-6
        assert len(boxes) == 4
        for i, a in enumerate(boxes):
            assert all(box_area(intersect(a, b)) < 1e-6 for b in boxes[:i])


def test_truncated_tags_show_the_share_that_was_asked_for():
    changed = recipe(placement={"count_weights": {1: 1}, "truncation": {"share": 1, "visible_range": [0.6, 0.6]}})
    for spec in draw(SceneSampler(changed, catalogue()), 100):
        corners = canvas_corners(tag_layers(spec)[0])
        box = (*corners.min(axis=0), *corners.max(axis=0))
        assert box_area(intersect(box, (0, 0, 640, 640))) / box_area(box) == pytest.approx(0.6, abs=1e-6)


def test_scale_turn_and_place_follow_their_claimed_distributions():
    placement = {
        "count_weights": {1: 1},
        "scale_range": [0.4, 1.6],
        "rotation_range_deg": [-40, 40],
        "perspective_range": [0, 0],
        "truncation": {"share": 0},
        "min_side_px": 1,
    }
    specs = draw(SceneSampler(recipe(placement=placement), catalogue()), 1500)
    layers = [tag_layers(spec)[0] for spec in specs]
    scale = np.array([scale_at(layer.matrix, 320, 320) for layer in layers])
    turn = np.array([-math.degrees(math.atan2(layer.matrix[3], layer.matrix[0])) for layer in layers])
    centre = np.array([canvas_corners(layer).mean(axis=0) for layer in layers])
    reach = np.array([np.ptp(canvas_corners(layer), axis=0) for layer in layers])
    places = (centre - reach / 2) / (640 - reach)
    assert stats.kstest(np.log(scale), stats.uniform(math.log(0.4), math.log(4)).cdf).pvalue > 1e-3
    assert stats.kstest(turn, stats.uniform(-40, 80).cdf).pvalue > 1e-3
    assert stats.kstest(places[:, 0], "uniform").pvalue > 1e-3
    assert stats.kstest(places[:, 1], "uniform").pvalue > 1e-3


def test_counts_follow_their_weights():
    weights = {0: 0.4, 1: 0.5, 3: 0.1}
    changed = recipe(placement={"count_weights": weights, "scale_range": [0.3, 0.3]})
    counts = Counter(len(tag_layers(spec)) for spec in draw(SceneSampler(changed, catalogue()), 1500))
    expected = [weights[n] * 1500 for n in weights]
    assert stats.chisquare([counts[n] for n in weights], expected).pvalue > 1e-3


def test_identities_are_drawn_equally_often_however_many_cutouts_they_have():
    tags = [tag_record(n, identity="many" if n < 9 else f"one-{n}") for n in range(12)]
    cards = catalogue(tags=tags, splits=("train",))
    specs = draw(SceneSampler(recipe(splits={"train": 1}), cards), 1200)
    identity = {tag.id: tag.identity for tag in tags}
    seen = Counter(identity[layer.tag] for spec in specs for layer in tag_layers(spec))
    assert stats.chisquare(list(seen.values())).pvalue > 1e-3
    assert len(seen) == 4


def test_context_puts_tags_where_light_and_height_resemble_their_own():
    def misfit(kind: str) -> tuple[float, float]:
        where = {"kind": kind, "light_sigma": 12, "height_sigma": 0.1} if kind == "context" else {"kind": kind}
        changed = recipe(placement={"count_weights": {1: 1}, "where": where, "truncation": {"share": 0}})
        light, height = [], []
        for spec in draw(SceneSampler(changed, catalogue()), 300):
            x, y = canvas_corners(tag_layers(spec)[0]).mean(axis=0)
            crop = spec.background
            assert isinstance(crop, PhotoBackground)
            u = (crop.x + (640 - x if crop.mirrored else x)) / 3264
            v = (crop.y + y) / 2448
            light.append(abs(int(v * 12) * 16 + int(u * 16) - 100.0))
            height.append(abs(v - 0.4))
        return float(np.median(light)), float(np.median(height))

    near, far = misfit("context"), misfit("uniform")
    assert near[0] < 0.7 * far[0]
    assert near[1] < 0.8 * far[1]


def test_region_placement_stays_in_its_polygon():
    polygon = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]
    changed = recipe(
        placement={
            "count_weights": {1: 1},
            "where": {"kind": "region", "polygons": [polygon]},
            "truncation": {"share": 0},
        }
    )
    for spec in draw(SceneSampler(changed, catalogue()), 100):
        crop = spec.background
        assert isinstance(crop, PhotoBackground)

        centre = np.array(tag_layers(spec)[0].matrix).reshape(3, 3) @ [74, 95, 1]
        assert (crop.y + centre[1] / centre[2]) / 2448 >= 0.5 - 1e-9


def test_the_same_scene_in_every_blend_differs_in_the_blend_alone():
    changed = recipe(blends={"weights": {"hard": 1, "feather": 1, "seamless_normal": 1}, "same_scene": True})
    specs = draw(SceneSampler(changed, catalogue()), 60)

    def without_blend(spec: ImageSpec) -> str:
        plain = spec.to_dict()
        for layer in plain["layers"]:
            if not layer.get("occludes"):
                layer.pop("blend", None)
        return repr([plain["background"], plain["layers"], plain["camera"], plain["split"]])

    for start in range(0, 60, 3):
        group = specs[start : start + 3]
        assert len({without_blend(spec) for spec in group}) == 1
        assert [tag_layers(spec)[0].blend.kind for spec in group] == ["hard", "feather", "seamless_normal"]


def test_negatives_share_the_images_blend_and_are_never_labelled():
    changed = recipe(negatives={"count_weights": {3: 1}})
    kinds = Counter()
    for spec in draw(SceneSampler(changed, catalogue()), 200):
        blend = tag_layers(spec)[0].blend
        for layer in spec.layers:
            if isinstance(layer, TagLayer):
                assert layer.blend == blend
                assert layer.labelled != layer.blank
            if isinstance(layer, PatchLayer) and not layer.occludes:
                assert layer.blend == blend
            kinds[type(layer).__name__] += 1
    assert {"TagLayer", "PatchLayer", "BlobLayer"} <= set(kinds)


def test_infrared_and_colour_do_not_mix():
    tags = [tag_record(n, infrared=n % 2 == 0) for n in range(12)]
    photos = [photo_record(n, infrared=n % 3 == 0) for n in range(9)]
    cards = catalogue(tags=tags, photos=photos, splits=("train",))
    night = {photo.id: photo.infrared for photo in photos}
    by_id = {tag.id: tag for tag in tags}
    tinted = recipe(splits={"train": 1}, camera={"untouched_share": 0, "white_balance": {"share": 1}})
    for spec in draw(SceneSampler(tinted, cards), 300):
        assert isinstance(spec.background, PhotoBackground)
        assert (spec.camera.white_balance == (1.0, 1.0, 1.0)) == night[spec.background.photo]
        for layer in spec.layers:
            if isinstance(layer, TagLayer):
                infrared = by_id[layer.tag].infrared
                assert night[spec.background.photo] or not infrared
            if isinstance(layer, TagLayer | PatchLayer):
                assert layer.grey == night[spec.background.photo]
            if isinstance(layer, BlobLayer) and night[spec.background.photo]:
                assert len(set(layer.colour)) == 1


def test_without_photos_backgrounds_are_drawn():
    changed = recipe(backgrounds={})
    specs = draw(SceneSampler(changed, catalogue(photos=[])), 30)
    assert {type(spec.background) for spec in specs} == {ProceduralBackground}
    assert len({spec.background.seed for spec in specs}) == 30  # type: ignore[union-attr]


def test_infrared_tags_alone_take_infrared_photos_alone():
    tags, photos = [tag_record(n, infrared=True) for n in range(3)], [photo_record(n, infrared=n < 3) for n in range(9)]
    cards = catalogue(tags=tags, photos=photos)
    for spec in draw(SceneSampler(recipe(), cards), 60):
        assert isinstance(spec.background, PhotoBackground)
        assert spec.background.photo in {photo.id for photo in photos[:3]}


def test_the_number_of_tags_and_the_blend_survive_a_redraw():
    weights = {0: 1, 1: 1, 3: 1}
    sampler = SceneSampler(recipe(placement={"count_weights": weights, "scale_range": [0.2, 0.3]}), catalogue())
    for index in range(40):
        again = [sampler.sample(index, attempt) for attempt in range(4)]
        assert len({len(tag_layers(spec)) for spec in again}) == 1
        assert len({layer.blend for spec in again for layer in tag_layers(spec)}) <= 1


def test_crops_and_patches_keep_to_the_area():
    changed = recipe(
        backgrounds={"photos": ["photos"], "area": [0.1, 0.2, 0.9, 0.8]},
        negatives={"count_weights": {2: 1}, "kinds": {"patch": 1}},
    )
    patches = 0
    for spec in draw(SceneSampler(changed, catalogue()), 100):
        crop = spec.background
        assert isinstance(crop, PhotoBackground)
        assert 326 <= crop.x <= 2938 - 640
        assert 489 <= crop.y <= 1959 - 640
        for layer in spec.layers:
            if isinstance(layer, PatchLayer):
                patches += 1
                assert all(326 <= x <= 2938.5 and 489 <= y <= 1959 for x, y in layer.outline)
    assert patches > 50


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        (lambda: catalogue(tags=[tag_record(n, infrared=True) for n in range(3)]), "do not go together"),
        (lambda: catalogue(tags=[tag_record(0)]), "has no usable tag"),
        (lambda: catalogue(photos=[photo_record(n, size=(500, 700)) for n in range(3)]), "at least 640x640 px"),
    ],
)
def test_a_split_with_nothing_to_draw_from_is_refused(cards, says):
    with pytest.raises(ConfigError, match=says):
        SceneSampler(recipe(), cards())


def test_a_tag_takes_on_the_cast_of_its_place_and_keeps_its_luma():
    photos = [photo_record(n, cast=((30, -20),) * 192) for n in range(3)]
    tags = [tag_record(n, cast=(10.0, 5.0)) for n in range(3)]
    changed = recipe(fit={"cast_range": [0.5, 0.5]})
    for spec in draw(SceneSampler(changed, catalogue(tags, photos)), 20):
        red, green, blue = tag_layers(spec)[0].offset
        assert (red, blue) == (10.0, -12.5)
        assert 0.299 * red + 0.587 * green + 0.114 * blue == pytest.approx(0.0, abs=0.01)


def test_infrared_tags_go_onto_drawn_backgrounds_beside_infrared_photos():
    cards = catalogue(
        [tag_record(n, infrared=True) for n in range(3)], [photo_record(n, infrared=True) for n in range(3)]
    )
    changed = recipe(backgrounds={"photos": ["photos"], "procedural_share": 0.5})
    specs = draw(SceneSampler(changed, cards), 40)
    assert {type(spec.background) for spec in specs} == {PhotoBackground, ProceduralBackground}
    assert all(tag_layers(spec) for spec in specs)


def test_photos_without_a_free_crop_are_never_drawn():
    full, free = PhotoAnnotation("tag", (0.0, 0.0, 3264.0, 2448.0)), PhotoAnnotation("tag", (0.0, 0.0, 90.0, 90.0))
    photos = [photo_record(n, annotations=(full if n < 6 else free,)) for n in range(9)]
    sampler = SceneSampler(recipe(), catalogue(photos=photos))
    drawn = {sampler.sample(index).background.photo for index in range(60)}  # type: ignore[union-attr]
    assert drawn == {photo.id for photo in photos[6:]}


def test_all_free_crops_are_equally_likely():
    label = PhotoAnnotation("tag", (300.0, 200.0, 320.0, 216.0))
    photos = [photo_record(n, size=(768, 720), annotations=(label,) if n % 2 else ()) for n in range(2)]
    cards = catalogue(photos=photos, splits=("train",))
    changed = recipe(
        splits={"train": 1}, canvas={"width_px": 320, "height_px": 320}, placement={"scale_range": [0.3, 0.3]}
    )
    seen = Counter(
        (s.background.photo, s.background.x, s.background.y) for s in draw(SceneSampler(changed, cards), 4000)
    )
    for photo in photos:
        free = [
            (x, y)
            for x in range(0, 449, 16)
            for y in range(0, 401, 16)
            if not photo.annotations or box_area(intersect(label.box, (x, y, x + 320, y + 320))) == 0
        ]
        counts = [seen[(photo.id, x, y)] for x, y in free]
        assert sum(counts) == sum(n for key, n in seen.items() if key[0] == photo.id)
        assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
def test_what_the_wildest_recipe_draws_can_be_read_again(end):
    camera = {
        "untouched_share": 0,
        "exposure": {
            "share": 1,
            "stops_range": [[-9.9] * 2, [9.9] * 2][end],
            "gamma_range": [[0.001] * 2, [1000] * 2][end],
        },
        "white_balance": {"share": 1, "gain_range": [[0.001] * 2, [1000] * 2][end]},
        "defocus": {"share": 1, "radius_range_px": [[0] * 2, [256] * 2][end]},
        "motion": {"share": 1, "length_range_px": [[0] * 2, [512] * 2][end]},
        "noise": {"share": 1, "shot_range": [[0] * 2, [1000] * 2][end], "read_range": [[0] * 2, [1000] * 2][end]},
        "rain": {
            "share": 1,
            "count_range": [[0] * 2, [600] * 2][end],
            "length_range_px": [[1e-3] * 2, [4096] * 2][end],
        },
        "downsample": {"share": 1, "factor_range": [[1] * 2, [64] * 2][end]},
    }
    width = [[0] * 2, [256] * 2][end]
    changed = recipe(
        camera=camera,
        fit={"tint_range": [[0] * 2, [0.1] * 2][end], "light_range": [end, end], "cast_range": [end, end]},
        blends={"feather_range_px": width, "gaussian_range_px": width, "context_range_px": [[0] * 2, [24] * 2][end]},
        negatives={"count_weights": {2: 1}},
        occluders={"share": 1, "decoy_share": 1},
    )
    for spec in draw(SceneSampler(changed, catalogue()), 60):
        assert ImageSpec.from_json(spec.to_json()) == spec
