"""What is said of characters that look alike."""

from __future__ import annotations

import re

import pytest

from synth.generation import likeness
from synth.generation.likeness import alike_notes
from synth.scene.recipe import Recipe
from synth.serials.confusion import confusable_pairs
from synth.serials.faces import open_face


def with_designs(*designs: dict[str, object]) -> Recipe:
    given = [{"name": f"d{n}", "body": {"kind": "plate"}, "min_cap_px": 8, **d} for n, d in enumerate(designs)]
    return Recipe.model_validate({"name": "alike", "seed": 0, "count": 1, "serials": given})


def test_a_line_names_design_size_and_the_most_alike_pairs_of_all_faces() -> None:
    faces = {"liberation-sans-bold": 1, "overpass-mono-bold": 1, "roboto-condensed-bold": 0}
    (note,) = alike_notes(with_designs({"text": "[0OQAX]{4}", "lettering": {"faces": faces}}))
    found = [
        (overlap, one, other, face)
        for face in list(faces)[:2]
        for one, other, overlap in confusable_pairs(open_face(face), "0OQAX", 8, iou=0.85)
    ]
    best = {(one, other): (one, other, face, f"{overlap:.2f}") for overlap, one, other, face in sorted(found)}
    told = re.findall(r"(.) and (.) in (\S+) \((0\.\d\d)\)", note)
    assert sorted(told) == sorted(best.values())
    assert 2 <= len(told) <= 3
    assert note.startswith("design 'd0': look alike at 8 px: ")
    assert "text.excluded" in note
    assert "\n" not in note


def test_nothing_is_said_where_nothing_looks_alike() -> None:
    assert alike_notes(with_designs({"text": "[AX]{4}"})) == ()
    assert alike_notes(with_designs({"text": {"pattern": "[OQX]{4}", "excluded": "Q"}})) == ()


def test_no_more_is_compared_than_takes_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def remembered(_face: object, characters: str, _height: float, *, iou: float) -> tuple[()]:
        compared.append(characters)
        return ()

    monkeypatch.setattr(likeness, "confusable_pairs", remembered)
    alike_notes(with_designs(*({"text": "[A-Z0-9]{3}"} for _ in range(20)), {"text": "[AB]{9}"}))
    assert sum(len(text) * (len(text) - 1) // 2 for text in compared) <= likeness.MOST_COMPARED
    assert len(compared) == 7
    assert compared[-1] == "AB"
