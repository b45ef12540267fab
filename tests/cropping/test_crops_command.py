from __future__ import annotations

import dataclasses
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawn_tags import CATEGORIES, background, drawn_images, write_dataset

from synth.cropping.options import CropOptions
from synth.cropping.run import make_crops
from synth.errors import ConfigError, LabelError
from synth.inspection.check import check_whole
from synth.labels.dataset import read_dataset
from synth.labels.sample import LabelledImage


def synth(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "synth", *map(str, arguments)], capture_output=True, text=True)


def bytes_of(root: Path) -> dict[str, str]:
    files = (p for p in sorted(root.rglob("*")) if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_workers_and_repetition_change_no_byte(drawn, crops, tmp_path):
    dataset = read_dataset(drawn)
    make_crops(dataset, tmp_path / "two", CropOptions(), workers=2)
    before = bytes_of(crops)
    assert bytes_of(tmp_path / "two") == before
    (crops / "mine.txt").write_text("a user's own file")
    make_crops(dataset, crops, CropOptions())
    assert (crops / "mine.txt").exists()
    (crops / "mine.txt").unlink()
    assert bytes_of(crops) == before


class Stopped:
    """Ctrl-C while the third chunk begins."""

    def __init__(self):
        self.chunks = 0

    def __call__(self, done, total):
        self.chunks += 1
        if self.chunks == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interruption_leaves_what_is_finished_and_the_next_run_adds_the_rest(
    drawn, crops, tmp_path, monkeypatch, workers
):
    monkeypatch.setattr("synth.cropping.run.CHUNK", 2)
    dataset, options = read_dataset(drawn), CropOptions()
    make_crops(dataset, tmp_path / "whole", options)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        make_crops(dataset, out, options, workers=workers, on_progress=Stopped())
    for name in ("characters", "rotation"):
        sources = {image.extra["source"] for image in read_dataset(out / name).images}
        assert sources
        if workers == 1:  # with two, one may be ahead
            assert sources <= {image.file_name for image in dataset.images[:4]}
        assert not [f for f in check_whole(out / name).findings if f.severity == "error"]
    (first, *_) = read_dataset(out / "rotation").images
    kept = read_dataset(out / "rotation").path(first)
    lost = out / "characters" / "images" / "train" / "drawn_000004_t0.jpg"  # of another chunk
    lost.unlink()
    before = kept.stat().st_mtime_ns
    make_crops(dataset, out, options, workers=workers)
    assert kept.stat().st_mtime_ns == before
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    assert {k: v for k, v in bytes_of(out).items() if ".work" not in k} == {
        k: v for k, v in bytes_of(crops).items() if ".work" not in k
    }


def test_splits_are_kept_and_share_no_identity(drawn, crops):
    home = {image.file_name: image.split for image in read_dataset(drawn).images}
    for name in ("characters", "rotation"):
        images = read_dataset(crops / name).images
        assert images
        assert all(home[image.extra["source"]] == image.split for image in images)
        held = {
            split: {a.identity for i in images if i.split == split for a in i.annotations} for split in home.values()
        }
        assert not held["train"] & held["validation"]


def test_an_identity_in_two_splits_is_refused(tmp_path):
    images = [
        (dataclasses.replace(image, split=split), pixels)
        for (image, pixels), split in zip(2 * drawn_images()[:1], ("train", "test"), strict=True)
    ]
    images[1] = (dataclasses.replace(images[1][0], file_name="other.jpg"), images[1][1])
    write_dataset(tmp_path / "source", images)
    with pytest.raises(ConfigError, match="'RA7-B2' is in 'train' and in 'test'"):
        make_crops(read_dataset(tmp_path / "source"), tmp_path / "out", CropOptions())


def test_the_command(drawn, tmp_path):
    done = synth("crops", drawn, "--out", tmp_path / "out", "--per-tag", 2, "--formats", "coco,yolo")
    assert done.returncode == 0, done.stderr
    assert "6 upright crops, " in done.stdout
    assert "text: left out 1: copies that are partly hidden" in done.stderr
    again = synth("crops", drawn, "--out", tmp_path / "out", "--per-tag", 3)
    assert again.returncode == 2
    assert "was begun with other options" in again.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert "holds x" in synth("crops", drawn, "--out", tmp_path / "full").stderr


def test_crops_of_characters_and_crops_inside_their_source_are_refused(drawn, crops, tmp_path):
    for source, out, said in (
        (crops / "characters", tmp_path / "out", "its objects are single characters (A, ...), not tags"),
        (drawn, drawn / "crops", "the dataset that is cropped; choose a folder beside it"),
        (drawn, drawn, "the dataset that is cropped; choose a folder beside it"),
    ):
        with pytest.raises(ConfigError, match=re.escape(said)):
            make_crops(read_dataset(source), out, CropOptions())
    assert not (tmp_path / "out").exists()
    assert not (drawn / "crops").exists()


@pytest.mark.parametrize(
    "lost",
    [
        "characters/VOCdevkit/VOC2012/Annotations/drawn_000004_t0.xml",
        "rotation/labels/train/drawn_000003_t0_r1.txt",
        "text/icdar/train/gt_drawn_000000.txt",
        "text/full/train/drawn_000000.jpg",
    ],
)
def test_a_lost_file_is_made_again(drawn, crops, lost):
    before = bytes_of(crops)
    (crops / lost).unlink()
    make_crops(read_dataset(drawn), crops, CropOptions())
    assert bytes_of(crops) == before


def test_a_damaged_picture_is_one_line_and_the_rest_goes_on(tmp_path):
    write_dataset(tmp_path / "source", drawn_images())
    dataset = read_dataset(tmp_path / "source")
    dataset.path(dataset.images[0]).write_bytes(b"\xff\xd8\xff nothing")
    done = synth("crops", tmp_path / "source", "--out", tmp_path / "out", "--formats", "coco")
    assert done.returncode == 4, done.stderr
    assert done.stderr.count("drawn_000000.jpg") == 1
    assert "5 upright crops" in done.stdout


def test_tags_without_angle_or_characters_are_counted(drawn, tmp_path):
    images = []
    for image, pixels in drawn_images()[:2]:
        (tag,) = image.annotations
        bare = dataclasses.replace(tag, characters=(), quad=None, angle_deg=None, text=None)
        images.append((dataclasses.replace(image, annotations=(tag, bare)), pixels))
    write_dataset(tmp_path / "source", images)
    made = make_crops(read_dataset(tmp_path / "source"), tmp_path / "out", CropOptions(formats=("coco",)))
    assert made.left_out["characters", "no labelled characters"] == 2
    assert made.left_out["rotation", "no angle"] == 2
    assert made.left_out["text", "tags with neither characters nor quad and text"] == 2


def test_no_usable_tag_is_one_line(tmp_path):
    image = LabelledImage("empty.jpg", 64, 48, (), "train")
    write_dataset(tmp_path / "source", [(image, background(64, 48, 0))])
    with pytest.raises(LabelError, match="no tag gives a crop: there are no tags"):
        make_crops(read_dataset(tmp_path / "source"), tmp_path / "out", CropOptions())
    assert CATEGORIES.names == ("tag",)


def test_hand_labels_with_quad_and_text_give_text_crops(tmp_path):
    image, pixels = drawn_images()[0]
    tag = dataclasses.replace(image.annotations[0], characters=())
    write_dataset(tmp_path / "source", [(dataclasses.replace(image, annotations=(tag,)), pixels)])
    made = make_crops(read_dataset(tmp_path / "source"), tmp_path / "out", CropOptions(), sets=("text",))
    assert [text for *_, text in made.recognition] == ["RA7-B2"]
    assert np.all([split == "train" for split, *_ in made.recognition])
