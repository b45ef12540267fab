"""The dataset folder: lossless, the same bytes every time, whole for every reader, and somebody else's folders read."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from lxml import etree
from toy_datasets import CATEGORIES, labelled_images, toy_images, write_pictures, write_toy

from synth.errors import LabelError
from synth.files import sha256
from synth.labels.dataset import (
    FORMATS,
    EncodedImages,
    dataset_counts,
    decode_image,
    encode_image,
    finish_dataset,
    read_dataset,
    write_image_labels,
)
from synth.labels.sample import Categories, LabelledImage
from synth.labels.voc_tree import label_map as voc_label_map


@settings(max_examples=80, deadline=None)
@given(labelled_images())
def test_one_line_holds_everything(image: LabelledImage) -> None:
    line = encode_image(image)
    assert b"\n" not in line
    assert decode_image(line) == image
    assert encode_image(decode_image(line)) == line


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"width": 3}', b"\xff"])
def test_another_line_is_told(data: bytes) -> None:
    with pytest.raises(LabelError, match="not a labelled image"):
        decode_image(data)


def files_of(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): sha256(path) for path in sorted(root.rglob("*")) if path.is_file()}


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    images = write_toy(tmp_path)
    dataset = read_dataset(tmp_path)
    assert dataset.categories == CATEGORIES
    assert dataset.images == tuple(images)
    assert dataset.splits == ["train", "validation"]
    assert dataset.card["images"] == 5
    assert dataset.card["splits"]["train"] == {
        "images": 3,
        "images_without_objects": 1,
        "annotations": 3,
        "identities": 3,
    }
    assert all(dataset.path(image).is_file() for image in dataset.images)


def test_finishing_again_changes_no_byte_and_order_does_not_matter(tmp_path: Path) -> None:
    images = write_toy(tmp_path / "a")
    before = files_of(tmp_path / "a")
    card = json.loads((tmp_path / "a" / "card.json").read_text())
    finish_dataset(tmp_path / "a", images[::-1], CATEGORIES, card, FORMATS)
    assert files_of(tmp_path / "a") == before
    lines = EncodedImages([encode_image(image) for image in images])
    write_pictures(tmp_path / "b", images)
    for image in images:
        write_image_labels(tmp_path / "b", image, CATEGORIES, FORMATS)
    finish_dataset(tmp_path / "b", lines, CATEGORIES, card, FORMATS)
    assert files_of(tmp_path / "b") == before
    assert list(lines[1:3]) == images[1:3]


def test_the_card_knows_the_digests_of_joint_files(tmp_path: Path) -> None:
    write_toy(tmp_path)
    digests = read_dataset(tmp_path).card["label_files"]
    assert {Path(name).parts[0] for name in digests} == {"annotations", "tfrecord"}
    assert all(sha256(tmp_path / name) == digest for name, digest in digests.items())


def test_shards_of_a_smaller_dataset_do_not_stay(tmp_path: Path) -> None:
    images = write_toy(tmp_path)
    stale = tmp_path / "tfrecord" / "train-00001-of-00002.tfrecord"
    stale.write_bytes(b"")
    finish_dataset(tmp_path, images, CATEGORIES, {}, FORMATS)
    assert not stale.exists()


def test_licences_are_those_of_the_card(tmp_path: Path) -> None:
    images = toy_images()
    write_pictures(tmp_path, images)
    assets = [{"licence": "CC0-1.0"}, {"licence": "CC-BY-4.0"}, {"licence": "CC0-1.0"}]
    finish_dataset(tmp_path, images, CATEGORIES, {"name": "n", "assets": assets}, ("coco",))
    document = json.loads((tmp_path / "annotations" / "instances_train.json").read_text())
    assert [(entry["id"], entry["name"]) for entry in document["licenses"]] == [(1, "CC-BY-4.0"), (2, "CC0-1.0")]
    assert document["info"]["description"] == "n"


def test_the_voc_tree_is_whole(tmp_path: Path) -> None:
    images = write_toy(tmp_path)
    folder = tmp_path / "VOCdevkit" / "VOC2012"
    sets = {path.stem: path.read_text().split("\n")[:-1] for path in (folder / "ImageSets" / "Main").glob("*.txt")}
    stems = [image.file_name[:-4] for image in images]
    assert (sets["train"], sets["val"], sets["trainval"]) == (stems[:3], stems[3:], stems)
    assert sets["tag_trainval"] == [f"{s} {'-1' if k != 3 else ' 1'}" for k, s in enumerate(stems)]
    assert sets["ring_train"] == [f"{stems[0]}  1", f"{stems[1]} -1", f"{stems[2]} -1"]
    for image in images:
        picture = tmp_path / "images" / image.split / image.file_name
        linked = folder / "JPEGImages" / image.file_name
        assert os.path.samefile(picture, linked)
        root = etree.parse(folder / "Annotations" / f"{image.file_name[:-4]}.xml").getroot()
        assert root.findtext("folder") == "VOC2012"
        assert len(root.findall("object")) == len(image.annotations)
    assert (folder / "labelmap.txt").read_text().splitlines()[1:3] == ["background:0,0,0::", "ring:128,0,0:A,B,1,2:"]


def test_pictures_are_copied_where_links_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    images = write_toy(tmp_path, ("voc",))
    for image in images:
        linked = tmp_path / "VOCdevkit" / "VOC2012" / "JPEGImages" / image.file_name
        assert linked.stat().st_nlink == 1
        assert sha256(linked) == sha256(tmp_path / "images" / image.split / image.file_name)


def test_names_that_clash_without_extension_are_told(tmp_path: Path) -> None:
    images = [LabelledImage("a.jpg", 9, 9, split="train"), LabelledImage("a.png", 9, 9, split="test")]
    with pytest.raises(LabelError, match=r"names of pictures come twice, e\.g\. 'a'"):
        finish_dataset(tmp_path, images, CATEGORIES, {}, ("coco",))


@pytest.mark.parametrize("split", ["", "a/b", "..", " x"])
def test_a_split_must_be_a_folder_s_name(tmp_path: Path, split: str) -> None:
    with pytest.raises(LabelError, match="a split needs a name"):
        finish_dataset(tmp_path, [LabelledImage("a.jpg", 9, 9, split=split)], CATEGORIES, {}, ("coco",))


@pytest.mark.parametrize("keep", ["coco", "voc", "yolo"])
def test_one_format_alone_gives_the_same_counts(tmp_path: Path, keep: str) -> None:
    """As somebody else would hand it on: without card, manifest and the other formats."""
    images = write_toy(tmp_path, (keep,))
    (tmp_path / "card.json").unlink()
    if keep == "coco":
        shutil.rmtree(tmp_path / "annotations" / "rle")
    if keep == "voc":
        shutil.rmtree(tmp_path / "images")
    dataset = read_dataset(tmp_path)
    assert sorted(dataset.categories.names) == sorted(CATEGORIES.names)
    assert [i.file_name for i in dataset.images] == [i.file_name for i in images]
    splits = {"validation": "val"} if keep == "yolo" else {}
    for was, now in zip(images, dataset.images, strict=True):
        assert now.split == splits.get(was.split, was.split)
        assert dataset.path(now).is_file()
        names = [dataset.categories.names[a.category] for a in now.annotations]
        assert names == [CATEGORIES.names[a.category] for a in was.annotations]
        for a, b in zip(was.annotations, now.annotations, strict=True):
            assert a.box == pytest.approx(b.box, abs=1e-3)


def test_a_bare_coco_file_finds_its_pictures(tmp_path: Path) -> None:
    images = toy_images()
    write_toy(tmp_path / "made")
    (tmp_path / "bare" / "photos").mkdir(parents=True)
    for image in images[:3]:
        shutil.copy(tmp_path / "made" / "images" / "train" / image.file_name, tmp_path / "bare" / "photos")
    shutil.copy(tmp_path / "made" / "annotations" / "instances_train.json", tmp_path / "bare" / "labels.json")
    for place in (tmp_path / "bare", tmp_path / "bare" / "labels.json"):
        dataset = read_dataset(place)
        assert [dataset.path(image).parent.name for image in dataset.images] == ["photos"] * 3


def test_categories_of_several_files_are_joined_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "annotations"
    folder.mkdir()
    for split, names in (("a", ["x", "y"]), ("b", ["y", "z"])):
        document = {
            "images": [{"id": 1, "file_name": f"{split}.jpg", "width": 9, "height": 9}],
            "categories": [{"id": k, "name": name} for k, name in enumerate(names)],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [1, 1, 2, 2]}],
        }
        (folder / f"instances_{split}.json").write_bytes(msgspec.json.encode(document))
    dataset = read_dataset(tmp_path)
    assert dataset.categories.names == ("x", "y", "z")
    assert [dataset.categories.names[i.annotations[0].category] for i in dataset.images] == ["x", "y"]


def test_no_labels_are_told(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no labels found; expected a COCO"):
        read_dataset(tmp_path)
    with pytest.raises(LabelError, match="no such folder"):
        read_dataset(tmp_path / "nowhere")


def test_counts_add_up() -> None:
    images = toy_images()
    counts = dataset_counts(images, CATEGORIES)
    assert counts["images"] == sum(split["images"] for split in counts["splits"].values()) == len(images)
    assert counts["categories"] == {"ring": 2, "tag": 2, "key": 1}


def test_classes_of_characters_are_joined_by_name(tmp_path: Path) -> None:
    images = toy_images()
    other = Categories(("tag", "ring", "key"), ("2", "Ö", "B", "A"))
    write_pictures(tmp_path, images)
    finish_dataset(tmp_path, images[:3], CATEGORIES, {"name": "a"}, ["coco"])
    finish_dataset(tmp_path / "other", [replace(images[1], split="x")], other, {"name": "b"}, ["coco"])
    turned = replace(images[0], split="test", file_name="t.jpg")
    finish_dataset(tmp_path / "other", [turned], other, {"name": "b"}, ["coco"])
    for path in ("annotations/instances_test.json", "annotations/rle/test.json"):
        shutil.copy(tmp_path / "other" / path, tmp_path / path)
    dataset = read_dataset(tmp_path)
    assert dataset.categories.characters == ("2", "Ö", "B", "A", "1")
    read = next(image for image in dataset.images if image.split == "test")
    spelled = [dataset.categories.characters[c.category] for a in read.annotations for c in a.characters]
    assert spelled == [other.characters[c.category] for a in turned.annotations for c in a.characters] == ["2", "Ö"]
    first = next(image for image in dataset.images if image.file_name == images[0].file_name)
    texts = [(dataset.categories.characters[c.category], c.text) for a in first.annotations for c in a.characters]
    assert texts == [("A", "A"), ("B", "B")]


def test_voc_alone_keeps_the_characters_but_for_masks_and_quads(tmp_path: Path) -> None:
    images = write_toy(tmp_path, ("voc",))
    dataset = read_dataset(tmp_path)
    assert dataset.categories == CATEGORIES
    held = {image.file_name: image for image in dataset.images}
    for image in images:
        for ours, theirs in zip(image.annotations, held[image.file_name].annotations, strict=True):
            for one, two in zip(ours.characters, theirs.characters, strict=True):
                assert (one.category, one.text, one.visibility, one.angle_deg, one.place) == (
                    (two.category, two.text, two.visibility, two.angle_deg, two.place)
                )
                assert max(abs(a - b) for a, b in zip(one.box, two.box, strict=True)) < 1


def test_a_character_without_a_class_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"toy_000000.jpg, object 2: a character's class.* 1 classes of characters"):
        finish_dataset(tmp_path, toy_images(), Categories(CATEGORIES.names, ("A",)), {}, ["coco"])


def test_the_label_map_lists_the_classes_of_characters_that_datumaro_can_take() -> None:
    text = voc_label_map(Categories(("tag", "A"), ("A", "B", ":", ",", "/")))
    assert text.splitlines()[2:] == ["tag:128,0,0:B,/:", "A:0,128,0:B,/:"]
