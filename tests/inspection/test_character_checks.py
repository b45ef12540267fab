"""Each way in which a character can be wrong is found, and nothing on right ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

sys.path.insert(0, str(Path(__file__).parents[1] / "labels"))

from toy_datasets import write_toy

from synth.inspection.check import check_dataset
from synth.inspection.checks.characters import check_characters
from synth.inspection.checks.findings import Report
from synth.labels.sample import Annotation, Categories, LabelledImage, Mask

CATEGORIES = Categories(("tag",), ("A", "B", "1"))


def character(place: int, x: int, name: str, copy: int = 0) -> Annotation:
    mask = Mask(x, 20, np.ones((10, 6), np.bool_))
    quad = ((x - 0.5, 19.5), (x + 6.5, 19.0), (x + 6.0, 30.5), (x - 0.25, 30.0))
    return Annotation(CATEGORIES.character_id_of(name), mask.box, mask, quad=quad, text=name, place=(copy, place))


GOOD = (character(0, 12, "A"), character(2, 26, "1"), character(0, 40, "A", 1), character(1, 48, "B", 1))
OTHER = Annotation(1, (60.0, 20.0, 66.0, 30.0), text="B")


def codes(characters: tuple[Annotation, ...], *, ours: bool = True) -> list[tuple[str, str, str]]:
    tag = Annotation(0, (10, 10, 50, 40), amodal_box=(10, 10, 70, 40), text="AB 1", characters=characters)
    report = Report(Path("root"), ours)
    check_characters(report, [(LabelledImage("a.jpg", 64, 48, (tag,)), Path("root/a.jpg"))], CATEGORIES)
    return [(f.severity, f.code, f.object) for f in report.findings]


def test_right_characters_are_let_pass() -> None:
    assert codes(GOOD) == []
    assert codes((replace(OTHER, box=(58.0, 20.0, 64.0, 30.0)), *GOOD)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda c: replace(c, box=(12, 20, 65, 30), mask=None), "character.box"),
        (lambda c: replace(c, box=(12, 20, 19.5, 30)), "character.mask"),
        (lambda c: replace(c, mask=Mask(0, 0, np.zeros((2, 2), np.bool_))), "character.mask"),
        (lambda c: replace(c, box=(8.5, 20, 18, 30), mask=None), "character.outside"),
        (lambda c: replace(c, category=1), "character.class"),
        (lambda c: replace(c, quad=(c.quad[0], c.quad[2], c.quad[1], c.quad[3])), "character.quad"),
        (lambda c: replace(c, quad=tuple(reversed(c.quad))), "character.quad"),
        (lambda c: replace(c, place=(0, 1)), "character.text"),
        (lambda c: replace(c, place=(2, 3)), "character.text"),
    ],
)
def test_a_wrong_character_is_found(change: Callable[[Annotation], Annotation], code: str) -> None:
    assert codes((change(GOOD[0]), *GOOD[1:])) == [("error", code, "a.jpg, object 1, character 1")]
    assert codes((change(GOOD[0]), *GOOD[1:]), ours=False) == [("warning", code, "a.jpg, object 1, character 1")]


def test_the_order_counts_within_each_copy() -> None:
    assert codes((GOOD[2], GOOD[0], GOOD[3], GOOD[1])) == []
    assert codes((GOOD[1], GOOD[0], GOOD[2])) == [("error", "character.order", "a.jpg, object 1")]
    assert codes((GOOD[0], GOOD[0])) == [("error", "character.order", "a.jpg, object 1")]


def characters_of(document: dict) -> list[dict]:
    return document["annotations"][1]["characters"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: characters_of(d)[1]["segmentation"][0].__setitem__(0, 1), "masks.pixels"),
        (lambda d: characters_of(d)[1].update(place=[0, 2]), "masks.object"),
        (lambda d: characters_of(d).pop(), "agreement.counts"),
        (lambda d: characters_of(d)[0].update(bbox=[106.5, 55.5, 3.75, 6.5]), "agreement.boxes"),
        (lambda d: characters_of(d)[0].update(category_id=2), "agreement.boxes"),
        (lambda d: d["character_categories"].pop(), "masks.images"),
        (lambda d: d["character_categories"][0].update(name="B"), "coco.category"),
    ],
)
def test_coco_is_compared_with_its_other_file_and_with_voc(
    tmp_path: Path, change: Callable[[dict], object], code: str
) -> None:
    write_toy(tmp_path)
    assert check_dataset(tmp_path) == []
    path = tmp_path / "annotations" / "instances_train.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    assert code in {f.code for f in check_dataset(tmp_path)}


def test_a_lost_part_of_a_voc_file_is_found(tmp_path: Path) -> None:
    write_toy(tmp_path)
    path = tmp_path / "VOCdevkit" / "VOC2012" / "Annotations" / "toy_000000.xml"
    root = etree.parse(path).getroot()
    part = next(root.iter("part"))
    part.getparent().remove(part)
    path.write_bytes(etree.tostring(root))
    (found,) = check_dataset(tmp_path)
    assert (found.code, "2 characters in coco, 1 in voc" in found.message) == ("agreement.counts", True)


def test_the_card_counts_characters(tmp_path: Path) -> None:
    write_toy(tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["characters"] == {"A": 1, "B": 1, "1": 0, "2": 0}
    card["characters"]["B"] = 2
    (tmp_path / "card.json").write_text(json.dumps(card))
    (found,) = check_dataset(tmp_path)
    assert (found.code, found.object) == ("card.count", "characters.B")
