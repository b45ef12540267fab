"""The law: the bytes of a dataset do not depend on how it was made."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from small_material import MORE, make_material

from synth.banks.bank import read_bank, write_bank
from synth.errors import AssetError, ConfigError
from synth.generation import run as run_module
from synth.generation.run import generate
from synth.labels.dataset import read_dataset
from synth.scene.recipe_files import load_recipe


def digests(root: Path) -> dict[str, str]:
    """SHA-256 of every file of a dataset except those in `.work/`, by relative path."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(root).parts
    }


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def recipe_path(material):
    return material / "recipe.yaml"


@pytest.fixture(scope="module")
def whole(recipe_path, tmp_path_factory):
    """60 images made at once by one worker."""
    root = tmp_path_factory.mktemp("whole") / "set"
    outcome = generate(load_recipe(recipe_path), root, workers=1)
    assert (outcome.made, outcome.present, outcome.stopped, outcome.set_aside) == (60, 60, False, {})
    return root


def test_the_set_is_what_the_card_says(whole):
    dataset = read_dataset(whole)
    card = json.loads((whole / "card.json").read_bytes())
    assert card["complete"]
    assert card["count"] == card["images"] == len(dataset.images) == 60
    assert sum(counts["annotations"] for counts in card["splits"].values()) == sum(
        len(image.annotations) for image in dataset.images
    )
    for split, counts in card["splits"].items():
        images = [image for image in dataset.images if image.split == split]
        assert counts["images"] == len(images)
        assert counts["images_without_objects"] == sum(not image.annotations for image in images)
        assert counts["identities"] == len({a.identity for image in images for a in image.annotations})
    for number, line in enumerate((whole / "manifest.jsonl").read_bytes().splitlines()):
        entry = json.loads(line)
        path = whole / "images" / entry["spec"]["split"] / entry["spec"]["file_name"]
        assert entry["spec"]["index"] == number
        assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_identity_and_no_photo_is_in_two_splits(whole):
    card = json.loads((whole / "card.json").read_bytes())
    dataset = read_dataset(whole)
    dealt = {tag["identity"]: tag["split"] for tag in card["catalogue"]["tags"]}
    assert len({(tag["identity"], tag["split"]) for tag in card["catalogue"]["tags"]}) == len(dealt)
    for image in dataset.images:
        assert all(dealt[a.identity] == image.split for a in image.annotations)


def test_nothing_that_is_hashed_names_a_place_on_this_machine(whole, material):
    for path in digests(whole):
        content = (whole / path).read_bytes()
        assert str(material).encode() not in content, path
        assert str(whole).encode() not in content, path


def test_two_workers_and_another_order_give_the_same_bytes(whole, recipe_path, tmp_path, monkeypatch):
    class Shuffled(run_module.Missing):
        def chunks(self):
            a, b, c = super().chunks()
            return iter((c, a, b))

    monkeypatch.setattr(run_module, "Missing", Shuffled)
    seen = []
    generate(load_recipe(recipe_path), tmp_path / "set", workers=2, on_progress=seen.append)
    assert digests(tmp_path / "set") == digests(whole)
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert (seen[0].done, seen[-1].done, seen[-1].total) == (0, 60, 60)


def test_two_steps_give_the_same_bytes(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    first = generate(load_recipe(recipe_path, ["count=20"]), root)
    assert (first.made, first.card["count"]) == (20, 20)
    (root / "images" / "train" / "small_000001.jpg").unlink(missing_ok=True)
    (root / "images" / "validation" / "small_000001.jpg").unlink(missing_ok=True)
    second = generate(load_recipe(recipe_path), root)
    assert second.made == 41, "the rest, and the one that was lost"
    assert digests(root) == digests(whole)
    before = digests(root)
    third = generate(load_recipe(recipe_path), root)
    assert third.made == 0
    assert digests(root) == before
    with pytest.raises(ConfigError, match="holds images up to number 59, more than a count of 30"):
        generate(load_recipe(recipe_path, ["count=30"]), root)
    assert digests(root) == before


def test_shards_give_the_same_bytes(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    made = [generate(load_recipe(recipe_path), root, shard=(number, 2)) for number in (2, 1)]
    assert [outcome.made for outcome in made] == [25, 35]
    assert not (root / "card.json").exists()
    assert generate(load_recipe(recipe_path), root).made == 0
    assert digests(root) == digests(whole)


def test_a_stopped_run_leaves_a_whole_smaller_set(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    seen = []
    outcome = generate(
        load_recipe(recipe_path), root, on_progress=seen.append, stop=lambda: bool(seen) and seen[-1].done > 0
    )
    assert outcome.stopped
    assert not outcome.card["complete"]
    assert len(read_dataset(root).images) == outcome.present == outcome.card["images"]
    assert 25 <= outcome.present < 60
    generate(load_recipe(recipe_path), root)
    assert digests(root) == digests(whole)


def test_material_may_move_but_not_change(whole, recipe_path, tmp_path, monkeypatch):
    """The same bytes when folder and material lie elsewhere; a changed cut-out is found before anything is drawn."""
    make_material(tmp_path / "elsewhere")
    moved = load_recipe(tmp_path / "elsewhere" / "recipe.yaml")
    root = tmp_path / "set"
    generate(load_recipe(recipe_path, ["count=25"]), root)
    generate(moved, root)
    assert digests(root) == digests(whole)
    mask = next((tmp_path / "elsewhere").rglob("*mask*.png"))
    mask.write_bytes(mask.read_bytes() + b"x")
    with pytest.raises(ConfigError, match="begun with other material"):
        generate(moved, root)
    photo = next((tmp_path / "elsewhere" / "photos").iterdir())
    photo.unlink()
    with pytest.raises(ConfigError, match="begun with other material"):
        generate(moved, root)


def relabel(folder):
    """A hand label on a background photo."""
    (folder / "photos" / "field-0.xml").write_text(
        "<annotation><filename>field-0.jpg</filename><size><width>416</width><height>320</height><depth>3</depth></size>"
        "<object><name>ring</name><bndbox><xmin>10</xmin><ymin>10</ymin><xmax>30</xmax><ymax>30</ymax></bndbox></object>"
        "</annotation>"
    )


def rename(folder):
    bank = read_bank(folder / "bank")
    tags = tuple(msgspec.structs.replace(t, text="NEW") if t.id == "bank/ring-2" else t for t in bank.tags)
    write_bank(replace(bank, tags=tags))


def add_photo(folder):
    cv2.imwrite(str(folder / "photos" / "more.png"), np.full((320, 416, 3), 90, np.uint8))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (relabel, r"photo photos/field-0.jpg.*annotations"),
        (rename, r"tag bank/ring-2.record.text was R2, is NEW"),
        (add_photo, r"photos/more.png"),
    ],
)
def test_corrected_material_is_noticed(tmp_path, change, named):
    folder = make_material(tmp_path / "material")
    recipe, root = load_recipe(folder / "recipe.yaml", ["count=10"]), tmp_path / "set"
    generate(recipe, root)
    before = digests(root)
    change(folder)
    with pytest.raises(ConfigError, match=rf"begun with other material \(.*{named}.*put that back.*--fresh"):
        generate(load_recipe(folder / "recipe.yaml", ["count=12"]), root)
    assert digests(root) == before
    assert generate(recipe, root, fresh=True).made == 10
    assert generate(recipe, root).made == 0


def test_photos_are_measured_once(tmp_path, monkeypatch):
    folder = make_material(tmp_path / "material")
    recipe, root = load_recipe(folder / "recipe.yaml", ["count=5"]), tmp_path / "set"
    generate(recipe, root)
    assert len(list((root / ".work" / "measured").iterdir())) == 5
    monkeypatch.setattr("synth.banks.backgrounds._measure", None)
    assert generate(recipe, root).made == 0


def test_nothing_is_left_behind_if_the_material_cannot_be_read(recipe_path, tmp_path):
    with pytest.raises(AssetError):
        generate(load_recipe(recipe_path, [f"tags={tmp_path / 'none'}"]), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fresh", [False, True])
def test_photos_of_the_user_are_never_deleted(recipe_path, tmp_path, fresh):
    root = tmp_path / "mydata"
    (root / "images").mkdir(parents=True)
    (root / ".work").mkdir()
    (root / ".work" / "lock").touch()
    for number in range(5):
        cv2.imwrite(str(root / "images" / f"mine-{number}.jpg"), np.full((320, 416, 3), 40 * number, np.uint8))
    before = digests(root)
    with pytest.raises(ConfigError, match="holds images and was not begun by synth generate"):
        generate(load_recipe(recipe_path, [f"backgrounds={root / 'images'}"]), root, fresh=fresh)
    assert digests(root) == before


def test_beginning_anew_deletes_what_was_made_and_refuses_if_there_is_more(recipe_path, tmp_path):
    root = tmp_path / "set"
    recipe = load_recipe(recipe_path, ["count=8", "output.formats=[voc, coco, yolo, tfrecord]"])
    generate(recipe, root)
    (root / "notes.txt").write_text("mine")
    stranger = root / "images" / "train" / "mine.jpg"
    stranger.write_bytes(b"mine")
    before = digests(root)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"files that were not made here .*\(images/train/mine.jpg\)"):
            generate(recipe, root, fresh=True)
        assert digests(root) == before
    stranger.unlink()
    other = load_recipe(recipe_path, ["count=3", "name=other", "output.formats=[coco]"])
    generate(other, root, fresh=True)
    generate(other, tmp_path / "whole")
    assert digests(root) == digests(tmp_path / "whole") | {"notes.txt": hashlib.sha256(b"mine").hexdigest()}
    assert not (root / "VOCdevkit").exists()


def test_a_run_that_ended_before_its_first_image_leaves_the_folder_free(whole, recipe_path, tmp_path):
    """Whatever it was begun with; photos that were put there in the meantime stay, and stop the next run."""
    root = tmp_path / "set"
    generate(load_recipe(recipe_path, ["seed=99", "name=other", "output.formats=[coco]"]), root, stop=lambda: True)
    (root / "card.json").unlink()
    (root / ".work" / "catalogue.json").unlink()
    mine = root / "images" / "mine.jpg"
    mine.parent.mkdir(exist_ok=True)
    mine.write_bytes(b"mine")
    with pytest.raises(ConfigError, match=r"not made here .*\(images/mine.jpg\)"):
        generate(load_recipe(recipe_path), root)
    assert mine.read_bytes() == b"mine"
    mine.unlink()
    generate(load_recipe(recipe_path), root)
    assert digests(root) == digests(whole)


def test_material_and_dataset_lie_apart(recipe_path, tmp_path):
    root = tmp_path / "set"
    generate(load_recipe(recipe_path, ["count=3"]), root)
    before = digests(root)
    inside = load_recipe(recipe_path, [f"backgrounds={root / 'images'}"])
    with pytest.raises(ConfigError, match="the dataset's own folder"):
        generate(inside, root, fresh=True)
    assert digests(root) == before
    photos = load_recipe(recipe_path).backgrounds.photos[0]
    with pytest.raises(ConfigError, match="would become background photos"):
        generate(load_recipe(recipe_path), Path(photos) / "set")


def test_photos_that_are_too_small_are_named(tmp_path):
    folder = make_material(tmp_path / "material")
    cv2.imwrite(str(folder / "photos" / "tiny.png"), np.zeros((100, 300, 3), np.uint8))
    outcome = generate(load_recipe(folder / "recipe.yaml", ["count=2"]), tmp_path / "set")
    assert outcome.material_notes[-1] == ("1 of 6 photos are smaller than the canvas and are left out: photos/tiny.png")


def test_another_recipe_needs_another_folder(whole, recipe_path):
    before = digests(whole)
    for change, message in (
        ("seed=4", r"another recipe \(seed was 3, is 4\)"),
        ("placement.max_overlap=0.2", r"another recipe \(placement.max_overlap was 0.1, is 0.2\)"),
        ("output.formats=[coco]", "other label formats"),
    ):
        with pytest.raises(ConfigError, match=message):
            generate(load_recipe(recipe_path, [change]), whole)
    assert digests(whole) == before


def test_a_run_that_is_killed_five_times_gives_the_same_bytes(material, tmp_path):
    """SIGKILL in the middle, four times to the whole process group and once to the parent alone."""
    recipe, root = material / "recipe.yaml", tmp_path / "killed"
    command = [sys.executable, "-m", "synth", "generate", str(recipe), "--out", str(root), "--count", str(MORE)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for kill, share in enumerate((0.02, 0.2, 0.4, 0.55, 0.7)):
        with subprocess.Popen([*command, "--workers", "2"], env=environment, start_new_session=True) as process:
            wait_for_pictures(root, int(share * MORE), process)
            if kill == 2:
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        assert not (root / "card.json").exists(), "an unfinished folder has no card"
    subprocess.run([*command, "--workers", "1"], env=environment, check=True, capture_output=True)
    generate(load_recipe(recipe, [f"count={MORE}"]), tmp_path / "whole", workers=2)
    assert digests(root) == digests(tmp_path / "whole")


def wait_for_pictures(root: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    # a run that finds no finished chunk begins anew, and folders vanish while they are looked through: os.walk bears it
    while sum(name.startswith("small_") for _, _, names in os.walk(root / "images") for name in names) < count:
        assert process.poll() is None, "it was over too soon"
        time.sleep(0.003)
