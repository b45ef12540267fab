from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ConfigError
from synth.scene.recipe import Recipe
from synth.scene.recipe_files import load_recipe
from synth.scene.regions import inside_any, trace_mask

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))
GOOD = "name: rings\nseed: 0\ncount: 3\ntags: [bank]\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_worked_recipes_load_and_are_named_after_their_file(path):
    assert load_recipe(path).name == path.stem
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_overrides_win_and_shorthands_expand(tmp_path):
    path = write(tmp_path, GOOD)
    recipe = load_recipe(
        path, ["tags=[a, b]", "backgrounds=photos", "placement.scale_range=[1, 2]", "tags.1=c", "seed=9"]
    )
    assert [source.bank for source in recipe.tags] == ["a", "c"]
    assert recipe.backgrounds.photos == ("photos",)
    assert recipe.placement.scale_range == (1.0, 2.0)
    assert recipe.seed == 9


def test_a_shorthand_override_leaves_the_rest_of_its_section(tmp_path):
    path = write(tmp_path, GOOD + "backgrounds: {photos: [a], mirrored_share: 0, hand_labels: keep}\n")
    backgrounds = load_recipe(path, ["backgrounds=[b, c]"]).backgrounds
    assert backgrounds.photos == ("b", "c")
    assert (backgrounds.mirrored_share, backgrounds.hand_labels) == (0.0, "keep")
    assert load_recipe(path, ["backgrounds={photos: d}"]).backgrounds.mirrored_share == 0.5
    bare = write(tmp_path, GOOD + "backgrounds: a\n")
    assert load_recipe(bare, ["backgrounds.procedural_share=0.5"]).backgrounds.photos == ("a",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "pinned: &a {A: train}\nsplits: *a\n", "aliases .* are not allowed"),
        (GOOD + "? [1, 2]\n: 3\n", "cannot be keys"),
        (GOOD + "output: {formats: []}\n", "output.formats"),
        (GOOD + "backgrounds: ''\n", "backgrounds.photos.0"),
        (GOOD + "backgrounds: {area: [0, 0.5, 1, 0.5]}\n", "an empty area"),
        (GOOD + "sed: 1\n", r"recipe\.yaml:5: unknown key 'sed' \(did you mean 'seed'\?\); allowed here: .*seed"),
        (GOOD + "camera:\n  noise: {shair: 1}\n", r":6: unknown key 'camera.noise.shair' \(did you mean 'share'\?\)"),
        (GOOD + "placement:\n  scale_range: [2, 1]\n", r":6: placement.scale_range: an empty range: .*\[2.0, 1.0\]"),
        (GOOD + "placement: {scale_range: [0, 1]}\n", r":5: placement.scale_range.0: .*greater than 0"),
        (GOOD + "blends: {weights: {hard: 0}}\n", "at least one weight must be greater than 0"),
        (GOOD + "blends: {weights: {sofd: 1}}\n", "'feather'"),
        (GOOD + "placement: {where: {kind: region}}\n", "needs polygons or a mask"),
        (GOOD + "pinned: {A: dev}\n", "is none of train, validation, test"),
        ("name: rings\nseed: 0\ncount: 3\ntags: []\n", "at least one bank .* or design is needed"),
        ("name: rings\nseed: 0\ncount: 3\n", "tags or serials: at least one bank"),
        ("name: rings\nseed: NO\ncount: 3\ntags: a\n", r':2: seed: .*got "NO"'),
        ("name: rings\nseed: 0\nseed: 1\ncount: 3\ntags: a\n", r":3: not valid YAML: found duplicate key"),
        ("name: [\n", "not valid YAML"),
        ("- name\n", "expected keys and values at the top"),
        ("name: 2020-01-01\n", "put quotes round it"),
        (GOOD + "camera: {noise: {share: .inf}}\n", "camera.noise.share"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        load_recipe(write(tmp_path, text))


@pytest.mark.parametrize("override", ["seed=2020-99-99", "seed=!!python/x 1", "seed=[", "seed", "=3"])
def test_a_wrong_override_is_one_line(tmp_path, override):
    with pytest.raises(ConfigError, match="--set") as caught:
        load_recipe(write(tmp_path, GOOD), [override])
    assert len(str(caught.value).splitlines()) == 1


def test_a_mistake_of_an_override_is_not_blamed_on_the_file(tmp_path):
    with pytest.raises(ConfigError, match=r"^--set count=0: count: .*greater than or equal to 1"):
        load_recipe(write(tmp_path, GOOD), ["count=0"])


def test_all_mistakes_are_reported_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(tmp_path, GOOD + "a: 1\nb: 2\n"))
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        load_recipe(tmp_path / "none.yaml")


@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError):
        load_recipe(path)


def test_the_digest_follows_what_decides_pixels_and_nothing_else(tmp_path):
    path = write(tmp_path, GOOD)
    base = load_recipe(path).digest()
    assert load_recipe(path, ["count=7"]).digest() == base
    assert load_recipe(path, ["output.formats=[coco]"]).digest() == base
    assert load_recipe(path, ["seed=1"]).digest() != base
    assert load_recipe(path, ["placement.scale_range=[0.5, 1.0]"]).digest() != base


def test_a_resolved_recipe_is_a_recipe(tmp_path):
    recipe = load_recipe(write(tmp_path, GOOD))
    again = Recipe.model_validate(json.loads(recipe.model_dump_json()))
    assert again == recipe


def test_the_schema_knows_every_key():
    schema = Recipe.model_json_schema()
    assert set(schema["properties"]) == set(Recipe.model_fields)
    assert schema["additionalProperties"] is False


def test_a_mask_is_traced_to_the_pixel_neighbourhood(tmp_path):
    picture = np.zeros((120, 200), np.uint8)
    cv2.circle(picture, (60, 60), 40, 255, -1)
    cv2.rectangle(picture, (140, 20), (190, 100), 255, -1)
    cv2.imwrite(str(tmp_path / "mask.png"), picture)
    polygons = trace_mask(tmp_path / "mask.png")
    rows, columns = np.mgrid[0:120, 0:200]
    traced = np.array(
        [
            inside_any(polygons, (x + 0.5) / 200, (y + 0.5) / 120)
            for y, x in zip(rows.ravel(), columns.ravel(), strict=True)
        ]
    ).reshape(120, 200)
    wrong = traced != (picture > 0)
    edge = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
    assert not (wrong & ~edge).any()
    path = write(tmp_path, GOOD + f"placement: {{where: {{kind: region, mask: {tmp_path / 'mask.png'}}}}}\n")
    assert load_recipe(path).placement.where.polygons == polygons


def test_a_mask_without_white_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "mask.png"), np.zeros((20, 20), np.uint8))
    with pytest.raises(ConfigError, match="no part of this placement mask is white"):
        trace_mask(tmp_path / "mask.png")
