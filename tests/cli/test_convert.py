"""`synth convert` and `synth split` from end to end: what comes out is checked and holds the same labels."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "labels"))

from toy_datasets import write_toy

from synth.cli.convert import command as convert
from synth.cli.split import command as split
from synth.errors import ConfigError, LabelError
from synth.inspection.check import check_dataset
from synth.labels.dataset import FORMATS, read_dataset


def run(command: object, *args: object) -> str:
    found = CliRunner().invoke(command, [str(arg) for arg in args], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.mark.parametrize("source", ["voc", "coco", "yolo", "tfrecord"])
def test_any_format_becomes_every_format(tmp_path: Path, source: str) -> None:
    images = write_toy(tmp_path / "made", (source,))
    (tmp_path / "made" / "card.json").unlink()
    wanted = [arg for name in FORMATS for arg in ("--to", name)]
    out = tmp_path / "out"
    assert "5 images, 5 objects" in run(convert, tmp_path / "made", *wanted, "--out", out)
    assert check_dataset(out) == []
    dataset = read_dataset(out)
    assert [len(image.annotations) for image in dataset.images] == [len(image.annotations) for image in images]
    assert dataset.path(dataset.images[0]).stat().st_nlink > 2, "a link, no copy"


def test_our_own_labels_come_through_whole(tmp_path: Path) -> None:
    images = write_toy(tmp_path / "made")
    run(convert, tmp_path / "made", "--to", "coco", "--to", "tfrecord", "--masks", "--out", tmp_path / "out")
    assert read_dataset(tmp_path / "out").images == tuple(images)
    run(convert, tmp_path / "made", "--to", "tfrecord", "--masks", "--out", tmp_path / "records")
    records = read_dataset(tmp_path / "records").images
    assert [[a.mask for a in i.annotations] for i in records] == [[a.mask for a in i.annotations] for i in images]
    assert check_dataset(tmp_path / "records") == []
    assert check_dataset(tmp_path / "out") == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    write_toy(tmp_path)
    with pytest.raises(ConfigError, match="must be an empty or new folder"):
        CliRunner().invoke(convert, [str(tmp_path), "--to", "voc", "--out", str(tmp_path)], catch_exceptions=False)


def test_a_missing_picture_is_told(tmp_path: Path) -> None:
    write_toy(tmp_path / "made", ("coco",))
    (tmp_path / "made" / "images" / "train" / "toy_000001.jpg").unlink()
    args = [str(tmp_path / "made"), "--to", "voc", "--out", str(tmp_path / "out")]
    with pytest.raises(LabelError, match=r"toy_000001\.jpg: the picture is missing"):
        CliRunner().invoke(convert, args, catch_exceptions=False)


@pytest.mark.parametrize("by", ["identity", "image"])
def test_new_splits_share_no_identity_and_lose_nothing(tmp_path: Path, by: str) -> None:
    images = write_toy(tmp_path / "made")
    args = (tmp_path / "made", "--by", by, "--fractions", "train=0.6,test=0.4", "--seed", 3, "--out", tmp_path / "out")
    assert "train" in run(split, *args)
    dataset = read_dataset(tmp_path / "out")
    assert dataset.splits == ["train", "test"]
    before = {image.file_name: image.annotations for image in images}
    assert {image.file_name: image.annotations for image in dataset.images} == before
    assert check_dataset(tmp_path / "out") == []
    shutil.rmtree(tmp_path / "out")
    run(split, *args)
    assert read_dataset(tmp_path / "out").images == dataset.images


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--by", "photo"), "manifest.jsonl: not there"),
        (("--fractions", "train"), "must look like"),
        (("--fractions", "train=nan,test=1"), "must be > 0 and add up to 1"),
        (("--fractions", "a=0.2,b=0.2,c=0.2,d=0.2,e=0.1,f=0.1", "--by", "image"), "too few for 6 splits"),
    ],
)
def test_what_cannot_be_split_is_told(tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    write_toy(tmp_path / "made", ("coco",))
    arguments = [str(tmp_path / "made"), *args, "--out", str(tmp_path / "out")]
    with pytest.raises(ConfigError, match=message):
        CliRunner().invoke(split, arguments, catch_exceptions=False)


def test_splitting_by_identity_needs_one(tmp_path: Path) -> None:
    write_toy(tmp_path / "made", ("yolo",))
    arguments = [str(tmp_path / "made"), "--out", str(tmp_path / "out")]
    with pytest.raises(ConfigError, match="no object has an identity or a text"):
        CliRunner().invoke(split, arguments, catch_exceptions=False)
