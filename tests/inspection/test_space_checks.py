"""Keypoints and poses of a good toy dataset, damaged one by one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "labels"))
from toy_datasets import write_toy

from synth.inspection.check import check_dataset

Document = dict[str, Any]


def key_of(document: Document) -> Document:
    return next(entry for entry in document["annotations"] if "space" in entry)


def moved_away(document: Document) -> None:
    key_of(document)["space"]["pose"][3] += 0.2


def seen_outside(document: Document) -> None:
    entry = key_of(document)
    next(point for point in entry["named_keypoints"] if point[0] == "cut_1")[1:] = [300.0, 170.1, 1]


DAMAGE: dict[str, tuple[str, Callable[[Document], object]]] = {
    "count": ("coco.num_keypoints", lambda d: key_of(d).update(num_keypoints=1)),
    "short": ("coco.keypoints", lambda d: key_of(d)["keypoints"].pop()),
    "code": ("coco.keypoints", lambda d: key_of(d)["keypoints"].__setitem__(2, 3)),
    "outside": ("coco.keypoints", lambda d: key_of(d)["keypoints"].__setitem__(0, 400.0)),
    "names": ("coco.keypoint_names", lambda d: d["categories"][2].update(keypoints=["tip", "tip", "cut_2"])),
    "seen": ("space.keypoint", seen_outside),
    "moved": ("space.box", moved_away),
    "skew": ("dataset.unreadable", lambda d: key_of(d)["space"]["pose"].__setitem__(1, 0.5)),
    "camera": ("space.camera", lambda d: d["images"][1]["extra"]["camera"].update(focal_px=-1)),
}


def test_the_good_one_is_clean(tmp_path: Path) -> None:
    write_toy(tmp_path)
    assert [finding.code for finding in check_dataset(tmp_path)] == []


@pytest.mark.parametrize("name", list(DAMAGE))
def test_damage_is_found(tmp_path: Path, name: str) -> None:
    write_toy(tmp_path)
    code, change = DAMAGE[name]
    for path in (tmp_path / "annotations" / "instances_train.json", tmp_path / "annotations" / "rle" / "train.json"):
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
    assert code in {finding.code for finding in check_dataset(tmp_path)}
