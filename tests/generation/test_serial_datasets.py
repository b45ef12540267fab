"""Datasets of drawn tags: the laws of every dataset, and what is particular to serials."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import pytest
from small_material import make_material

from synth.assets import asset_files
from synth.banks.materials import Materials
from synth.compositing.composite import composed
from synth.errors import AssetError, ConfigError, RejectedScene
from synth.generation.material import catalogue_of
from synth.generation.replay import replay_image
from synth.generation.run import generate
from synth.inspection.check import check_dataset
from synth.labels.dataset import read_dataset
from synth.scene.recipe import Recipe
from synth.scene.recipe_files import load_recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import SerialLayer

FONTS = Path(__file__).resolve().parents[2] / "fonts"
COUNT = 60
SERIALS = """
serials:
  - name: disc
    category: chip
    text: "[0-9]{3}-[0-9]{2}"
    body: {kind: disc, diameter_range_mm: [26, 34]}
    setting: {kind: arc, middle_range_deg: [-180, 180]}
    words: [{texts: [SN], at: [0, 0], cap_height_range_mm: [3, 4]}]
    look: {materials: {silicone: 1}, opacity_range: [0.6, 0.9], markings: {embossed: 1, engraved: 1}}
    size_range_px: [70, 110]
  - name: band
    category: band
    text: "[A-C]{2}[0-9]{2}"
    body: {kind: band}
    setting: {turn_weights: {90: 1, 270: 1}, copies: 2}
    lettering: {faces: {Brand.ttf: 1, dot-peen: 1}}
    size_range_px: [60, 90]
  - name: bare
    category: writing
    text: "[D-F]{3}[0-9]"
    body: {kind: bare}
    size_range_px: [50, 90]
  - name: label
    category: label
    text: "[G-K]{2}/[0-9]{2}"
    body: {kind: label, bent_share: 0.5}
    size_range_px: [60, 90]
placement: {count_weights: {1: 1, 2: 1}, perspective_range: [0, 0.2], min_visibility: 0.4}
blends: {weights: {hard: 1, gaussian: 1, seamless_normal: 1}}
refusal: {min_levels: 10}
"""
FORMS = {
    "chip": r"\d{3}-\d\d", "band": r"[A-C]{2}\d\d", "writing": r"[D-F]{3}\d", "label": r"[G-K]{2}/\d\d", "ring": r"R\d"
}  # fmt: skip


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(root).parts
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_material(tmp_path_factory.mktemp("material"))
    shutil.copy(FONTS / "LiberationSans-Bold.ttf", folder / "Brand.ttf")
    recipe = (folder / "recipe.yaml").read_text()
    head = recipe[: recipe.index("placement:")].replace("small", "drawn")
    (folder / "recipe.yaml").write_text(head + SERIALS.replace("Brand.ttf", str(folder / "Brand.ttf")))
    return folder


def load(folder: Path, *changes: str) -> Recipe:
    return load_recipe(folder / "recipe.yaml", [f"count={COUNT}", *changes])


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by one worker at once."""
    root = tmp_path_factory.mktemp("made") / "set"
    recipe = load(folder, "output.formats=[voc, coco, yolo, tfrecord]")
    outcome = generate(recipe, root, workers=1)
    assert (outcome.made, outcome.set_aside) == (COUNT, {})
    return root


def test_two_workers_and_a_stop_in_between_give_the_same_bytes(folder: Path, made: Path, tmp_path: Path) -> None:
    recipe, seen = load(folder, "output.formats=[voc, coco, yolo, tfrecord]"), []
    stopped = generate(recipe, tmp_path / "set", on_progress=seen.append, stop=lambda: bool(seen) and seen[-1].done > 0)
    assert stopped.stopped
    lost = sorted((tmp_path / "set" / "images").rglob("*.jpg"))[3]
    lost.unlink()
    generate(recipe, tmp_path / "set", workers=2)
    assert digests(tmp_path / "set") == digests(made)


def test_the_check_finds_nothing(made: Path) -> None:
    assert [str(finding) for finding in check_dataset(made)] == []


def test_serials_are_legal_single_and_of_one_split(made: Path) -> None:
    dataset = read_dataset(made)
    splits, times, kinds = defaultdict(set), defaultdict(int), set()
    for image in dataset.images:
        for annotation in image.annotations:
            kind, text = dataset.categories.names[annotation.category], annotation.text
            assert text is not None
            assert re.fullmatch(FORMS[kind], text)
            kinds.add(kind)
            splits[text].add(image.split)
            times[text] += kind != "ring"
            if kind == "ring":
                continue
            assert annotation.identity == text
            for character in annotation.characters:
                assert character.text == dataset.categories.characters[character.category]
                if character.place is not None:
                    assert text[character.place[1]] == character.text
    assert kinds == set(FORMS)
    assert all(len(found) == 1 for found in splits.values())
    assert max(times.values()) == 1


def test_coco_and_voc_hold_the_characters(made: Path) -> None:
    dataset = read_dataset(made)
    for split in ("train", "validation"):
        document = json.loads((made / "annotations" / f"instances_{split}.json").read_bytes())
        names = {entry["id"]: entry["name"] for entry in document["categories"]}
        written = [a for a in document["annotations"] if re.fullmatch(r"[D-F]{3}\d", a["attributes"].get("text", ""))]
        assert written
        assert set(names.values()) >= set(FORMS)
        counted = sum(len(a.characters) for i in dataset.images if i.split == split for a in i.annotations)
        assert counted > 50
        assert sum(len(a.get("characters", ())) for a in document["annotations"]) == counted
    for image in dataset.images[:20]:
        tree = ET.parse(made / "VOCdevkit" / "VOC2012" / "Annotations" / f"{Path(image.file_name).stem}.xml")
        parts = [part.findtext("name") for part in tree.iter("part")]
        assert len(parts) == sum(len(a.characters) for a in image.annotations)


def test_the_card_names_fonts_and_their_licences(made: Path, folder: Path) -> None:
    card = json.loads((made / "card.json").read_bytes())
    used = {asset["file"]: asset for asset in card["assets"]}
    assert set(used) == {"fonts/RobotoCondensed-Bold.ttf"}
    manifest = {file.path.name: file for file in asset_files("fonts")}
    entry = used["fonts/RobotoCondensed-Bold.ttf"]
    roboto = manifest["RobotoCondensed-Bold.ttf"]
    assert (entry["licence"], entry["sha256"]) == (roboto.licence, roboto.sha256)
    own = hashlib.sha256(hashlib.sha256((folder / "Brand.ttf").read_bytes()).digest()).hexdigest()
    assert [font["id"] for font in card["catalogue"]["fonts"]] == ["font Brand.ttf"]
    assert len(own) == len(card["catalogue"]["fonts"][0]["sha256"])
    assert str(folder) not in (made / "card.json").read_text()


def drawn_index(root: Path, face: str) -> int:
    """Number of the first image with text in a face."""
    for line in (root / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)["spec"]
        for layer in entry["layers"]:
            if any(i["face"] == face for i in layer.get("serial", {}).get("inscriptions", ())):
                return int(entry["index"])
    raise AssertionError(face)


def test_images_come_again_here_and_elsewhere(made: Path, folder: Path, tmp_path: Path) -> None:
    for index in range(0, COUNT, 7):
        again = replay_image(made, index)
        assert again.is_same
        assert again.remarks == ()
    shutil.copytree(made, tmp_path / "set", ignore=shutil.ignore_patterns(".work"))
    shutil.copytree(folder, tmp_path / "moved")
    moved, index = tmp_path / "moved", drawn_index(made, "Brand.ttf")
    places = {"tags": [moved / "bank"], "photos": [moved / "photos"]}
    assert replay_image(tmp_path / "set", index, fonts=[moved / "Brand.ttf"], **places).is_same
    with pytest.raises(AssetError, match=r"needs font Brand\.ttf, which is not in the material; .*--fonts"):
        replay_image(tmp_path / "set", index, **places)
    shutil.copy(FONTS / "OSP-DIN.ttf", moved / "Brand.ttf")
    again = replay_image(tmp_path / "set", index, fonts=[moved / "Brand.ttf"], **places)
    assert not again.is_same
    assert any(remark.startswith("not as it was: font Brand.ttf was") for remark in again.remarks)


def test_another_font_under_the_same_name_is_other_material(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "own")
    text = (tmp_path / "own" / "recipe.yaml").read_text().replace(str(folder), str(tmp_path / "own"))
    (tmp_path / "own" / "recipe.yaml").write_text(text)
    generate(load(tmp_path / "own", "count=4"), tmp_path / "set")
    shutil.copy(FONTS / "OSP-DIN.ttf", tmp_path / "own" / "Brand.ttf")
    with pytest.raises(ConfigError, match=r"begun with other material \(font Brand\.ttf"):
        generate(load(tmp_path / "own", "count=6"), tmp_path / "set")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("serials.1.lettering.faces={nowhere.ttf: 1}", r"nowhere\.ttf"),
        ("serials.2.text='[D-F]'", "allow more"),
        ("serials.3.text='[0-9]{3}-[0-9]{2}|X'", "both allow"),
        ("serials.1.text='[АБВ]{4}'", "no class: АБВ"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(folder: Path, tmp_path: Path, change: str, says: str) -> None:
    with pytest.raises((AssetError, ConfigError), match=says) as refused:
        generate(load(folder, change), tmp_path / "set")
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ring-serials", "implant-chips", "number-plates-serial", "text-lines"])
def test_worked_recipes_paint_the_same_twice(folder: Path, name: str) -> None:
    from synth.assets import recipe_path

    recipe = load_recipe(recipe_path(name), ["backgrounds={procedural_share: 1}"])
    catalogue = catalogue_of(recipe)
    sampler, one, other, painted, characters = SceneSampler(recipe, catalogue), [], [], 0, 0
    for index in range(20):
        try:
            spec = sampler.sample(index)
            one.append(composed(spec, Materials(catalogue)))
        except RejectedScene:
            continue
        other.append(composed(spec, Materials(catalogue)))
        painted += any(isinstance(layer, SerialLayer) for layer in spec.layers)
        characters += sum(len(a.characters) for a in one[-1].annotations)
    assert [made.jpeg for made in one] == [made.jpeg for made in other]
    assert painted >= 8
    assert characters > 40
