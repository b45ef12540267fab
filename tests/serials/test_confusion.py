"""Look-alikes: the pairs that people mistake, in their order, at the size of the tag."""

from __future__ import annotations

import string

import pytest

from synth.errors import AssetError, ConfigError
from synth.serials.confusion import confusable_pairs
from synth.serials.faces import open_face

CHARACTERS = string.ascii_uppercase + string.digits


def overlaps(name: str, height_px: float, characters: str = CHARACTERS) -> dict[str, float]:
    return {a + b: iou for a, b, iou in confusable_pairs(open_face(name), characters, height_px, iou=0)}


def test_known_look_alikes_lead_in_a_bold_grotesque() -> None:
    pairs = overlaps("liberation-sans-bold", 64)
    assert len(pairs) == len(CHARACTERS) * (len(CHARACTERS) - 1) / 2
    assert next(iter(pairs)) in ("OQ", "0O")
    measured = {"OQ": 0.84, "0O": 0.81, "CO": 0.78, "68": 0.78, "8S": 0.78, "8B": 0.77}
    for pair, iou in measured.items():  # of a similar grotesque, letters stretched to one box
        assert pairs[pair] == pytest.approx(iou, abs=0.1), pair
    assert pairs["EF"] > 0.6
    assert pairs["1W"] < 0.4


def test_pairs_come_sorted_above_the_threshold_and_once() -> None:
    face = open_face("osp-din")
    pairs = confusable_pairs(face, "O0O D Q", 30, iou=0.6)
    assert [iou for *_, iou in pairs] == sorted((iou for *_, iou in pairs), reverse=True)
    assert all(iou > 0.6 and one < other for one, other, iou in pairs)
    assert {(one, other) for one, other, _ in pairs} <= {
        ("0", "O"),
        ("0", "D"),
        ("0", "Q"),
        ("D", "O"),
        ("D", "Q"),
        ("O", "Q"),
    }
    assert confusable_pairs(face, "O0DQ", 30, iou=1) == ()
    assert confusable_pairs(face, "A", 30, iou=0) == confusable_pairs(face, "", 30, iou=0) == ()


def test_small_letters_are_harder_to_tell_apart() -> None:
    large, small = overlaps("roboto-condensed-bold", 80), overlaps("roboto-condensed-bold", 5)
    assert sum(small.values()) > sum(large.values()) + 20
    assert sum(iou > 0.75 for iou in small.values()) > sum(iou > 0.75 for iou in large.values())


def test_a_struck_zero_is_told_from_an_o() -> None:
    assert overlaps("single-stroke", 40, "O0")["0O"] < 0.75 < overlaps("osp-din", 40, "O0")["0O"]


def test_what_cannot_be_is_refused() -> None:
    face = open_face("osp-din")
    for height_px, iou in ((0, 0.5), (1e6, 0.5), (20, 1.5), (20, -0.1)):
        with pytest.raises(ConfigError, match=r"needs height_px in \(0, 512\] and iou in \[0, 1\], got"):
            confusable_pairs(face, "AB", height_px, iou=iou)
    with pytest.raises(AssetError, match="no glyph for"):
        confusable_pairs(open_face("seven-segment"), "AM", 20, iou=0.5)
