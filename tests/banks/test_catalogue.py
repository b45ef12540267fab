import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_photos import drawn, save_labelled, texture

from synth.banks.catalogue import BankUse, build_catalogue
from synth.banks.cutouts import CutOptions
from synth.banks.cutting import cut_tags
from synth.errors import AssetError, ConfigError
from synth.labels.photos import read_labelled_photos
from synth.streams import stream

HALVES = {"train": 0.5, "test": 0.5}

WHOLE_BOXES = CutOptions(method="box")


def save(path: Path, rgb) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.clip(rgb, 0, 255).astype(np.uint8)[..., ::-1])


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Six photos with a ring each (identity A on two of them), a bank of them, eight photos without tags."""
    home = tmp_path_factory.mktemp("material")
    for index, text in enumerate("AABCDE"):
        photo = drawn("ring", index)
        save_labelled(home / "tagged", f"photo{index}", photo.rgb, [(photo.box, text, False)])
    cut_tags(read_labelled_photos(home / "tagged"), home / "rings", WHOLE_BOXES)
    for index in range(8):
        save(home / "ground" / f"g{index}.png", texture(stream(5, index, "ground"), 120, 90))
    return home


def build(home: Path, photos=("ground",), splits=HALVES, **more):
    banks = more.pop("banks", [BankUse(home / "rings")])
    folders = [home / name for name in photos]
    more.setdefault("distractors", [])
    return build_catalogue(banks=banks, photos=folders, splits=splits, seed=more.pop("seed", 0), **more)


def test_identities_and_photos_are_dealt_and_sorted(material):
    catalogue = build(material)
    assert catalogue.categories == ("tag",)
    assert catalogue.splits == ("train", "test")
    assert [t.record.id for t in catalogue.tags] == [f"rings/photo{i}-1" for i in range(6)]
    assert [p.record.id for p in catalogue.photos] == [f"ground/g{i}.png" for i in range(8)]
    assert sorted(p.split for p in catalogue.photos) == ["test"] * 4 + ["train"] * 4
    assert catalogue.tags[0].split == catalogue.tags[1].split
    assert {t.split for t in catalogue.tags} == {"train", "test"}


@pytest.mark.parametrize("seed", range(5))
def test_a_tag_and_its_photo_are_never_divided(material, seed):
    catalogue = build(material, ("ground", "tagged"), seed=seed)
    split_of_photo = {p.record.sha256: p.split for p in catalogue.photos}
    split_of_identity = {}
    for tag in catalogue.tags:
        assert split_of_photo[tag.record.photo_sha256] == tag.split
        assert split_of_identity.setdefault(tag.record.identity, tag.split) == tag.split
    for photo in catalogue.photos:
        for one in photo.record.annotations:
            assert split_of_identity[one.identity] == photo.split


def test_the_deal_does_not_depend_on_where_things_lie(material, tmp_path):
    moved = Path(shutil.copytree(material, tmp_path / "elsewhere"))
    here, there = build(material, ("ground", "tagged")), build(moved, ("tagged", "ground"))
    assert [(t.record, t.split) for t in here.tags] == [(t.record, t.split) for t in there.tags]
    assert [(p.record.id, p.record.sha256, p.split) for p in here.photos] == [
        (p.record.id, p.record.sha256, p.split) for p in there.photos
    ]


def test_copies_of_a_photo_stay_together(material, tmp_path):
    ground = Path(shutil.copytree(material / "ground", tmp_path / "ground"))
    shutil.copy(ground / "g0.png", ground / "z.png")
    for seed in range(4):
        catalogue = build(material, banks=[], photos=(str(ground),), seed=seed)
        split = {p.record.id: p.split for p in catalogue.photos}
        assert split["ground/g0.png"] == split["ground/z.png"]


def test_look_alikes_stay_together_if_that_leaves_a_deal(material, tmp_path):
    ground = Path(shutil.copytree(material / "ground", tmp_path / "ground"))
    first = texture(stream(5, 0, "ground"), 120, 90)
    save(ground / "z.png", first + 3)
    for seed in range(4):
        catalogue = build(material, banks=[], photos=(str(ground),), seed=seed)
        split = {p.record.id: p.split for p in catalogue.photos}
        assert split["ground/g0.png"] == split["ground/z.png"]
        assert catalogue.set_aside == ()


def test_photos_of_one_fixed_camera_are_dealt_singly_and_that_is_said(tmp_path):
    scene = texture(stream(5, 0, "ground"), 120, 90)
    for index in range(10):
        save(tmp_path / "camera" / f"c{index}.png", scene + index)
    catalogue = build_catalogue(banks=[], distractors=[], photos=[tmp_path / "camera"], splits=HALVES, seed=0)
    assert sorted(p.split for p in catalogue.photos) == ["test"] * 5 + ["train"] * 5
    assert len(catalogue.set_aside) == 1
    assert "look alike" in catalogue.set_aside[0]


def test_one_identity_for_two_splits_is_an_error_that_counts(tmp_path):
    photo = drawn("ring", 0)
    save_labelled(tmp_path / "tagged", "one", photo.rgb, [(photo.box, "A", False)])
    cut_tags(read_labelled_photos(tmp_path / "tagged"), tmp_path / "rings", WHOLE_BOXES)
    with pytest.raises(ConfigError, match="only 1 identity, and nothing is left for") as error:
        build_catalogue(banks=[BankUse(tmp_path / "rings")], distractors=[], photos=[], splits=HALVES, seed=0)
    assert "add photos of other tags" in str(error.value)
    alone = build_catalogue(banks=[BankUse(tmp_path / "rings")], distractors=[], photos=[], splits={"all": 1}, seed=0)
    assert [t.split for t in alone.tags] == ["all"]


def test_one_photo_for_two_splits_is_an_error(material, tmp_path):
    save(tmp_path / "ground/only.png", texture(stream(5, 0, "ground"), 120, 90))
    with pytest.raises(ConfigError, match="1 background photo"):
        build(material, photos=(str(tmp_path / "ground"),))


def test_material_that_hangs_together_is_named(tmp_path):
    photo = drawn("plate", 0)
    pair = np.hstack([photo.rgb, photo.rgb])
    shifted = tuple(v + photo.rgb.shape[1] * (i % 2 == 0) for i, v in enumerate(photo.box))
    save_labelled(tmp_path / "tagged", "one", pair, [(photo.box, "A", False), (shifted, "B", False)])
    cut_tags(read_labelled_photos(tmp_path / "tagged"), tmp_path / "plates", WHOLE_BOXES)
    with pytest.raises(ConfigError, match="2 identities in 1 separable group"):
        build_catalogue(banks=[BankUse(tmp_path / "plates")], distractors=[], photos=[], splits=HALVES, seed=0)


def test_pins_hold_for_everything_that_hangs_together(material):
    pinned = {"A": "test", "ground/g3.png": "test", "tagged/photo4.png": "train"}
    catalogue = build(material, ("ground", "tagged"), pinned=pinned)
    assert {t.split for t in catalogue.tags if t.record.identity == "A"} == {"test"}
    assert {t.split for t in catalogue.tags if t.record.identity == "D"} == {"train"}
    split = {p.record.id: p.split for p in catalogue.photos}
    assert (split["ground/g3.png"], split["tagged/photo0.png"]) == ("test", "test")


@pytest.mark.parametrize(
    ("pinned", "said"),
    [
        ({"ground/g33.png": "test"}, "did you mean 'ground/g3.png'"),
        ({"A": "tset"}, "known splits: train, test"),
        ({"A": "test", "tagged/photo1.png": "train"}, "hang together"),
    ],
)
def test_pins_that_cannot_be_are_errors(material, pinned, said):
    with pytest.raises(ConfigError, match=said):
        build(material, ("ground", "tagged"), pinned=pinned)


def test_marked_tags_are_left_out_unless_asked_for(tmp_path):
    photo = drawn("ring", 0)
    for index, difficult in enumerate((False, True)):
        save_labelled(tmp_path / "tagged", f"p{index}", drawn("ring", index).rgb, [(photo.box, "A", difficult)])
    cut_tags(read_labelled_photos(tmp_path / "tagged"), tmp_path / "rings", WHOLE_BOXES)
    for include, count in ((False, 1), (True, 2)):
        use = BankUse(tmp_path / "rings", 2.0, include_unusable=include)
        catalogue = build_catalogue(banks=[use], distractors=[], photos=[], splits={"all": 1}, seed=0)
        assert [t.weight for t in catalogue.tags] == [2.0] * count


def test_two_banks_of_one_name_are_an_error(material, tmp_path):
    other = Path(shutil.copytree(material / "rings", tmp_path / "rings"))
    with pytest.raises(ConfigError, match="--name"):
        build(material, banks=[BankUse(material / "rings")], distractors=[BankUse(other)])


def test_distractors_are_dealt_with_their_photos(material, tmp_path):
    photo = drawn("disc", 0)
    for index in range(4):
        photo = drawn("disc", index)
        save_labelled(tmp_path / "d", f"d{index}", photo.rgb, [(photo.box, f"D{index}", False)])
    cut_tags(read_labelled_photos(tmp_path / "d"), tmp_path / "discs", WHOLE_BOXES)
    catalogue = build(material, distractors=[BankUse(tmp_path / "discs")])
    assert sorted(t.split for t in catalogue.distractors) == ["test"] * 2 + ["train"] * 2
    assert len(catalogue.tags) == 6


def test_categories_may_be_ordered_but_not_shortened(material):
    assert build(material, categories=["bird", "tag"]).categories == ("bird", "tag")
    with pytest.raises(ConfigError, match="also are tag"):
        build(material, categories=["bird"])


def test_unreadable_photos_are_set_aside_with_one_line_each(material, tmp_path):
    ground = Path(shutil.copytree(material / "ground", tmp_path / "ground"))
    (ground / "empty.jpg").write_bytes(b"")
    whole = (ground / "g1.png").read_bytes()
    (ground / "half.png").write_bytes(whole[: len(whole) // 2])
    catalogue = build(material, photos=(str(ground),))
    assert len(catalogue.photos) == 8
    assert sorted(name for line in catalogue.set_aside for name in ("empty.jpg", "half.png") if name in line) == [
        "empty.jpg",
        "half.png",
    ]
    assert not any("\n" in line for line in catalogue.set_aside)


def test_missing_folders_and_no_share_are_errors(material, tmp_path):
    with pytest.raises(AssetError, match="no such folder"):
        build(material, photos=(str(tmp_path / "none"),))
    with pytest.raises(ConfigError, match="share above 0"):
        build(material, splits={"train": 0.0})


def nameless(home: Path, names: dict[str, list[str]]) -> BankUse:
    """A bank of photos with the tags that are given, side by side; "" is a tag without text."""
    for index, (name, texts) in enumerate(names.items()):
        photo = drawn("ring", index)
        width = photo.rgb.shape[1]
        boxes = [(photo.box[0] + k * width, photo.box[1], photo.box[2] + k * width, photo.box[3]) for k in range(9)]
        objects = [(box, text, False) for box, text in zip(boxes, texts, strict=False)]
        save_labelled(home / "photos", name, np.hstack([photo.rgb] * len(texts)), objects)
    cut_tags(read_labelled_photos(home / "photos"), home / "bank", WHOLE_BOXES)
    return BankUse(home / "bank")


def test_tags_that_nobody_can_tell_apart_are_refused_for_several_splits(material, tmp_path):
    bank = nameless(tmp_path, {f"p{i}": [""] for i in range(5)})
    with pytest.raises(ConfigError, match="5 tags without identity") as error:
        build(material, banks=[bank])
    assert all(way in str(error.value) for way in ("labels.csv", "--text", "splits: {train: 1}"))
    with pytest.raises(ConfigError, match="5 tags without identity"):
        build(material, photos=(str(tmp_path / "photos"),), banks=[bank])
    assert len(build(material, banks=[bank], splits={"train": 1}).tags) == 5


@pytest.mark.parametrize("seed", range(5))
def test_tags_without_identity_go_to_the_largest_split_or_are_left_out(material, tmp_path, seed):
    named = {f"n{text}": [text, ""] for text in "ABCD"}
    bank = nameless(tmp_path, named | {"alone": [""], "alone2": [""]})
    catalogue = build(material, banks=[bank], seed=seed, splits={"test": 0.3, "train": 0.7})
    split = {t.record.id: t.split for t in catalogue.tags}
    assert {t.split for t in catalogue.tags if t.record.identity is None} == {"train"}
    assert {"bank/alone-1", "bank/alone2-1"} <= set(split)
    for text in "ABCD":
        assert (f"bank/n{text}-2" in split) == (split[f"bank/n{text}-1"] == "train")
    left_out = 10 - len(split)
    assert left_out > 0
    assert any(f"{left_out} tag" in line and "without identity" in line for line in catalogue.set_aside)


def test_one_pinned_tag_without_identity_takes_the_others_along(material, tmp_path):
    bank = nameless(tmp_path, {"a": ["A"], "b": ["B"], "c": [""], "d": [""]})
    pinned = {"bank/c-1": "test"}
    catalogue = build(material, banks=[bank], pinned=pinned)
    assert {t.split for t in catalogue.tags if t.record.identity is None} == {"test"}
    with pytest.raises(ConfigError, match="all tags without go together"):
        build(material, banks=[bank], pinned=pinned | {"bank/d-1": "train"})


def test_equal_cutouts_stay_together_whatever_they_are_called(material, tmp_path):
    photo = drawn("ring", 0)
    for name, text in (("a", "A"), ("b", "B"), ("c", "C")):
        bottom = texture(stream(5, ord(name), "below"), photo.rgb.shape[1], 60)
        rgb = photo.rgb if name == "c" else np.vstack([photo.rgb, np.clip(bottom, 0, 255).astype(np.uint8)])
        rgb = 255 - rgb if name == "c" else rgb
        save_labelled(tmp_path / "photos", name, rgb, [(photo.box, text, False)])
    cut_tags(read_labelled_photos(tmp_path / "photos"), tmp_path / "bank", WHOLE_BOXES)
    for seed in range(4):
        tags = build(material, banks=[BankUse(tmp_path / "bank")], seed=seed).tags
        assert tags[0].record.sha256 == tags[1].record.sha256
        assert tags[0].split == tags[1].split != tags[2].split
