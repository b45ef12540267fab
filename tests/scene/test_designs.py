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
from synth.scene.recipe import Recipe
from synth.scene.recipe_files import load_recipe
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
        (
            GOOD + "  - {name: b, text: 'C[0-9]', body: {kind: plat}}\n",
            r":8: serials\.1\.body\.kind: unknown kind 'plat' \(did you mean 'plate'\?\); allowed here: plate, label, ",
        ),
        (
            GOOD + "  - {name: b, text: 'C[0-9]', body: {width_mm: 3}}\n",
            r"serials\.1\.body\.kind: is needed and missing",
        ),
        (
            GOOD.replace("{kind: plate}", "\n      kind: plate\n      diameter_range_mm: [3, 3]"),
            r":9: unknown key 'serials\.0\.body\.diameter_range_mm'.*allowed here: corner_range_mm, edge, fastening, h",
        ),
        (GOOD.replace("plate}", "plate, width_range_mm: [5, 4]}"), r":7: serials\.0\.body\.width_range_mm: an empty"),
        (GOOD.replace("[AB]", "([AB]"), r":6: serials\.0\.text\.pattern: "),
        (GOOD.replace('"[AB][0-9]{4}"', "{national: XX}"), r":6: serials\.0\.text\.national: no number plates of 'XX'"),
        (
            GOOD.replace('"[AB][0-9]{4}"', "{pattern: '[AB]', excluded: AB}"),
            r":6: serials\.0\.text\.pattern: .* exclude",
        ),
        (GOOD.replace('"[AB][0-9]{4}"', "{pattern: '[12]', check: lunh}"), r":6: serials\.0\.text\.check: .*lunh"),
        (GOOD.replace('"[AB][0-9]{4}"', "{serials: [A1], check: luhn}"), r":6: serials\.0\.text\.check: .* of serials"),
        (GOOD.replace('"[AB][0-9]{4}"', "{national: RO, check_separator: '-'}"), r"text\.check_separator: .*national"),
        (GOOD.replace('"[AB][0-9]{4}"', "{file: none.txt, check: luhn}"), r"text\.check: .* of file stand there"),
        (
            GOOD.replace('"[AB][0-9]{4}"', "'[a-z]{4}'"),
            r":5: serials\.0: design 'plate' sets .*: abcdefghijklmnopqrst\.\.\.",
        ),
        (GOOD + "characters: [A, B, C]\n", r":5: serials\.0: design 'plate' .* no class: 0123456789; add them"),
        (GOOD + "    words: [{texts: [Nr], cap_height_range_mm: [2, 3]}]\n", r"no class: r; add"),
        (GOOD + "characters: none.txt\n", r":8: characters: none\.txt: cannot be read"),
        (
            GOOD.replace("{kind: plate}", "{kind: bare}") + "    setting: {offset_range: [0, 0.1]}\n",
            r":8: .*offset_range",
        ),
        (
            GOOD + "    words: [{texts: [A], cap_height_range_mm: [2, 3], on_strip: true}]\n",
            "needs a plate with a strip",
        ),
        (GOOD + "  - {name: b, text: 'C', body: {kind: band}, setting: {kind: arc}}\n", "arc needs a disc"),
    ],
)
def test_a_mistake_in_a_design_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(ConfigError, match=says) as refused:
        load_recipe(tmp_path / "recipe.yaml")
    assert "recipe.yaml" in str(refused.value)


@pytest.mark.parametrize(
    "given", ["setting: {lines: 2}", "look: {jitter: 1}", "lamps: {glare_share: 1}", "ageing: {dirt_range: [1, 1]}",
              "size_range_px: [9, 10]", "words: [{texts: [A], cap_height_range_mm: [2, 3]}]"],
)  # fmt: skip
def test_what_a_cutout_would_not_heed_is_refused(tmp_path: Path, given: str) -> None:
    cutout = GOOD.replace("{kind: plate}", "{kind: cutout}") + "tags: [bank]\n"
    (tmp_path / "recipe.yaml").write_text(cutout.replace("tags:", "    setting: {grouped: true}\ntags:"))
    recipe = load_recipe(tmp_path / "recipe.yaml")
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe
    (tmp_path / "recipe.yaml").write_text(cutout.replace("tags:", f"    {given}\ntags:"))
    with pytest.raises(ConfigError, match=rf"recipe\.yaml:8: serials\.0\.{given.partition(':')[0]}: ") as refused:
        load_recipe(tmp_path / "recipe.yaml")
    assert "\n" not in str(refused.value)


def test_all_mistakes_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        GOOD.replace("[AB]", "([AB]")
        + "  - {name: b, text: {national: ZZ}, body: {kind: bal}}\n"
        + "  - {name: c, text: {pattern: '[01]', check: lun}, body: {kind: bare}, colour: red}\n"
    )
    with pytest.raises(ConfigError) as refused:
        load_recipe(tmp_path / "recipe.yaml")
    found = [re.match(r".*recipe\.yaml:(\d+): ", line) for line in str(refused.value).splitlines()]
    assert [match and match[1] for match in found] == ["6", "8", "8", "9", "9"]


def test_classes_of_characters_may_stand_in_a_file(tmp_path: Path) -> None:
    path, listed = tmp_path / "recipe.yaml", tmp_path / "letters.txt"
    listed.write_bytes("\ufeffAB Ж\n0123456789\n".encode())
    for given in (f"{listed}", f"{{file: {listed}}}"):
        path.write_text(GOOD.replace("[AB]", "[ABЖ]") + f"characters: {given}\n")
        recipe = load_recipe(path)
        assert recipe.characters == tuple("ABЖ0123456789")
        assert str(tmp_path) not in portable(recipe).model_dump_json()
    listed.write_bytes("ABЖ0123456789".encode("cp1251"))
    with pytest.raises(ConfigError, match=r"recipe\.yaml:8: characters: .*letters\.txt: not UTF-8 text: .*") as refused:
        load_recipe(path)
    assert "\n" not in str(refused.value)


def test_a_list_of_serials_is_read_once_when_the_recipe_is_loaded(tmp_path: Path) -> None:
    listed, path = tmp_path / "codes.txt", tmp_path / "recipe.yaml"
    path.write_text(GOOD.replace('"[AB][0-9]{4}"', f"{{file: {listed}}}") + "characters: [Ä, B, '1', '2', '3']\n")
    listed.write_bytes("\ufeffÄB1\r\nÄB2\n\nÄB3\n".encode())
    recipe = load_recipe(path)
    assert recipe.serials[0].text.serials == ("ÄB1", "ÄB2", "ÄB3")
    listed.unlink()
    assert str(tmp_path) not in portable(recipe).model_dump_json()
    listed.write_bytes("ÄB1\nÄB2\n".encode("latin-1"))
    with pytest.raises(
        ConfigError, match=r"serials\.0\.text\.file of design 'plate': .*codes\.txt: not UTF-8 text: byte"
    ) as refused:
        load_recipe(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["''", "'[A-'", "'A*'", "{pattern: '[AB]', excluded: AB}", "{national: XX}"])
def test_texts_that_allow_nothing_are_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.yaml").write_text(GOOD.replace('"[AB][0-9]{4}"', text))
    with pytest.raises(ConfigError) as refused:
        SceneSampler(load_recipe(tmp_path / "recipe.yaml"), catalogue(tags=[]))
    assert "\n" not in str(refused.value)
