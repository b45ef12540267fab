from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
from small_material import make_material

from synth.errors import AssetError, RejectedScene
from synth.generation import images as images_module
from synth.generation import run as run_module
from synth.generation.folder import parts_folder
from synth.generation.images import Assignment, ImageMaker
from synth.generation.material import catalogue_of
from synth.generation.parts import read_parts
from synth.generation.run import generate
from synth.generation.set_aside import read_aside
from synth.scene.recipe_files import load_recipe


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return load_recipe(make_material(tmp_path_factory.mktemp("material")) / "recipe.yaml", ["max_attempts=4"])


@pytest.fixture
def maker(recipe, tmp_path):
    return ImageMaker(Assignment(recipe, catalogue_of(recipe), tmp_path / "set", ("coco", "voc", "yolo"), 1 << 27))


def ignore(index: int) -> None:
    pass


def test_a_chunk_is_pictures_labels_and_a_part(maker, tmp_path):
    seen = []
    report = maker(range(5, 9), seen.append)
    assert seen == [5, 6, 7, 8]
    assert (report.made, report.set_aside) == (4, ())
    lines = list(read_parts(parts_folder(tmp_path / "set")))
    assert [line.index for line in lines] == [5, 6, 7, 8]
    for line in lines:
        stem = Path(line.file_name).stem
        picture = (tmp_path / "set" / "images" / line.split / line.file_name).read_bytes()
        assert (line.size, line.sha256) == (len(picture), hashlib.sha256(picture).hexdigest())
        assert (tmp_path / "set" / "labels" / line.split / f"{stem}.txt").exists()
        assert (tmp_path / "set" / "VOCdevkit" / "VOC2012" / "Annotations" / f"{stem}.xml").exists()
        assert json.loads(bytes(line.spec))["index"] == line.index


def test_a_refused_draw_is_drawn_again_and_counted(maker, monkeypatch):
    compose = images_module.composed

    def picky(spec, materials, *shots):
        if spec.attempt < spec.index % 3:
            raise RejectedScene("glyphs are lost")
        return compose(spec, materials, *shots)

    monkeypatch.setattr(images_module, "composed", picky)
    plain = {index: maker.make(index) for index in (0, 3)}
    picked = {index: maker.make(index) for index in (1, 2)}
    assert all(line.rejections == () for line in plain.values() if json.loads(bytes(line.spec))["attempt"] == 0)
    assert picked[1].rejections[:1] == ("glyphs are lost",)
    assert picked[2].rejections[:2] == ("glyphs are lost", "glyphs are lost")
    assert json.loads(bytes(picked[2].spec))["attempt"] == len(picked[2].rejections)


def test_one_image_that_fails_does_not_take_the_others_down(maker, monkeypatch):
    compose = images_module.composed

    def faulty(spec, materials, *shots):
        if spec.index == 2:
            raise ZeroDivisionError("by two")
        if spec.index == 3:
            raise RejectedScene("no room for a tag")
        return compose(spec, materials, *shots)

    monkeypatch.setattr(images_module, "composed", faulty)
    report = maker(range(5), ignore)
    assert report.made == 3
    broken, exhausted = report.set_aside
    assert (broken.index, broken.spec["index"]) == (2, 2)
    assert broken.error.startswith("ZeroDivisionError: by two (test_images.py:")
    assert exhausted.index == 3
    assert exhausted.error.startswith("4 draws were refused, 4 of them because: no room for a tag; ask for fewer")


def test_a_full_disk_ends_the_chunk_and_leaves_whole_files_only(maker, tmp_path, monkeypatch):
    """ENOSPC injected at the ninth file; a real full disk is in test_generate_command.py."""
    replace, calls = os.replace, []

    def full(source, target):
        calls.append(target)
        if len(calls) > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(AssetError, match=r"No space left on device.*free some space and run the same command again"):
        maker(range(25), ignore)
    files = [path for path in (tmp_path / "set").rglob("*") if path.is_file()]
    assert sorted(str(path) for path in files) == sorted(map(str, calls[:8]))
    assert list(read_parts(parts_folder(tmp_path / "set"))) == []


class LosingEngine:
    """Stands for an engine whose workers all die over image 3, and which makes nothing else."""

    def __init__(self, open_task, workers, on_report, on_set_aside, stop, patience, on_look):
        self.on_set_aside = on_set_aside

    def run(self, chunks):
        self.on_set_aside(3, "the worker was killed (SIGSEGV), 3 times")
        return True


def test_an_image_that_kills_workers_is_kept_with_its_spec_and_made_later(recipe, tmp_path, monkeypatch):
    recipe = recipe.model_copy(update={"count": 10})
    root = tmp_path / "set"
    with monkeypatch.context() as patched:
        patched.setattr(run_module, "LocalEngine", LosingEngine)
        outcome = generate(recipe, root)
    assert outcome.set_aside == {3: "the worker was killed (SIGSEGV), 3 times"}
    assert outcome.card["set_aside"] == {"3": outcome.set_aside[3]}
    assert not outcome.card["complete"]
    assert read_aside(root, 3).spec["index"] == 3
    outcome = generate(recipe, root)
    assert outcome.set_aside == outcome.card["set_aside"] == {}
    assert outcome.card["complete"]
    assert read_aside(root, 3) is None


def test_the_same_scene_is_agreed_on_by_all_its_blends(tmp_path):
    """Whatever is refused in one blend is drawn again in all, so that only the seam differs."""
    blends = "blends={same_scene: true, weights: {hard: 1, feather: 1, seamless_normal: 1}}"
    recipe = load_recipe(
        make_material(tmp_path / "material") / "recipe.yaml", [blends, "count=36", "refusal.max_clipped=0.02"]
    )
    generate(recipe, tmp_path / "set", workers=2)
    specs = [json.loads(line)["spec"] for line in (tmp_path / "set" / "manifest.jsonl").read_text().splitlines()]
    assert any(spec["attempt"] for spec in specs), "nothing was refused: the test proves nothing"
    for start in range(0, 36, 3):
        group = specs[start : start + 3]
        assert len({spec["attempt"] for spec in group}) == 1
        assert len({json.dumps([spec["background"], spec["split"], spec["camera"]]) for spec in group}) == 1
        assert len({json.dumps([layer.get("matrix") for layer in spec["layers"]]) for spec in group}) == 1
