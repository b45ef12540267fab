"""Recipes with drawn tags: those that ship, and mistakes in others."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from scene_material import catalogue, photo_record

from synth.assets import recipe_path
from synth.errors import ConfigError, RejectedScene
from synth.generation.material import fonts_of, portable
from synth.scene.recipe import Recipe, load_recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import ImageSpec, SerialLayer

WORKED = {
    "ring-serials": "[ABCDFHJLNPSTVXYZ123569]{4}",
    "implant-chips": r"\d{7}-\d{3}|[A-Z]{2}/\d{6}",
    "number-plates-serial": r"(B\d{2,3}|[A-Z]{2}\d{2})[A-HJ-NPR-Z][A-PR-Z]{2}",
    "text-lines": "[A-Z0-9]{4,8}",
}
GOOD = """\
name: drawn
seed: 0
count: 3
serials:
  - name: plate
    text: "[AB][0-9]{4}"
    body: {kind: plate}
"""


@pytest.mark.parametrize("name", WORKED)
def test_a_worked_recipe_draws_specs_that_replay(name: str) -> None:
    recipe = load_recipe(recipe_path(name))
    assert fonts_of(recipe) == ()
    photos = [photo_record(n, size=(1600, 1200)) for n in range(9)]
    cards = msgspec.structs.replace(
        catalogue(tags=[], photos=photos, splits=tuple(recipe.splits)),
        categories=tuple(sorted({design.category for design in recipe.serials})),
        characters=recipe.characters,
    )
    sampler, again, drawn = SceneSampler(recipe, cards), SceneSampler(recipe, cards), 0
    texts: list[str] = []
    for index in range(60):
        try:
            spec = sampler.sample(index)
        except RejectedScene:
            continue
        drawn += 1
        assert ImageSpec.from_json(spec.to_json()) == spec == again.sample(index)
        for layer in spec.layers:
            if isinstance(layer, SerialLayer) and layer.labelled:
                assert re.fullmatch(WORKED[name], layer.serial.text)
                texts.append(layer.serial.text)
                own = [i for i in layer.serial.inscriptions if i.copy == 0]
                assert "".join(i.text for i in own).replace(" ", "") == layer.serial.text
    assert drawn > 50
    assert len(set(texts)) == len(texts) > 30


@pytest.mark.parametrize("name", WORKED)
def test_a_recipe_in_a_card_is_the_recipe(name: str) -> None:
    recipe = portable(load_recipe(recipe_path(name)))
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "    colour: red\n", r":8: unknown key 'serials\.0\.colour'"),
        (GOOD + "    setting: {kind: arc, lines: 0}\n", r":8: serials\.0\.setting\.lines"),
        (GOOD + "    setting: {copies: 3}\n", "only a band, or an arc on a disc, repeats its serial"),
        (GOOD + "    lettering: {faces: {}}\n", "at least one weight must be greater than 0"),
        (GOOD + "    lettering: {tracking_range: [0.3, 0.1]}\n", "an empty range"),
        (GOOD + "    look: {materials: {glass: 1}}\n", "'metal'"),
        (GOOD + "  - {name: plate, text: 'C[0-9]', body: {kind: bare}}\n", "two designs have one name"),
        (
            GOOD + "  - {name: b, text: {pattern: 'C[0-9]', national: RO}, body: {kind: bare}}\n",
            "exactly one of pattern",
        ),
        (GOOD + "  - {name: b, text: {unique: true}, body: {kind: bare}}\n", "exactly one of pattern, .* got none"),
        (GOOD + "  - {name: b, text: 'C[0-9]', body: {kind: cutout}}\n", "cutout needs a bank in tags"),
        (GOOD + "  - {name: b, text: 'C[0-9]', body: {kind: ball}}\n", "'plate'"),
        (GOOD + "  - {name: b, text: 'C', body: {kind: band}, setting: {kind: arc}}\n", "arc needs a disc"),
    ],
)
def test_a_mistake_in_a_design_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(ConfigError, match=says) as refused:
        load_recipe(tmp_path / "recipe.yaml")
    assert "recipe.yaml" in str(refused.value)


def test_a_list_of_serials_is_read_once_when_the_recipe_is_loaded(tmp_path: Path) -> None:
    listed, path = tmp_path / "codes.txt", tmp_path / "recipe.yaml"
    path.write_text(GOOD.replace('"[AB][0-9]{4}"', f"{{file: {listed}}}"))
    listed.write_bytes("\ufeffÄB1\r\nÄB2\n\nÄB3\n".encode())
    recipe = load_recipe(path)
    assert recipe.serials[0].text.serials == ("ÄB1", "ÄB2", "ÄB3")
    listed.unlink()
    assert str(tmp_path) not in portable(recipe).model_dump_json()
    listed.write_bytes("ÄB1\nÄB2\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"codes\.txt: not UTF-8 text: byte 0xc4 at position 0; save it") as refused:
        load_recipe(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["''", "'[A-'", "'A*'", "{pattern: '[AB]', excluded: AB}", "{national: XX}"])
def test_texts_that_allow_nothing_are_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.yaml").write_text(GOOD.replace('"[AB][0-9]{4}"', text))
    with pytest.raises(ConfigError) as refused:
        SceneSampler(load_recipe(tmp_path / "recipe.yaml"), catalogue(tags=[]))
    assert "\n" not in str(refused.value)
