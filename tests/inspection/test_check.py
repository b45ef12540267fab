"""`synth check`: nothing on a good dataset; each known way to break one is found, with file, place and remedy."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pycocotools import mask as coco_mask

sys.path.insert(0, str(Path(__file__).parents[1] / "labels"))

from toy_datasets import CATEGORIES, toy_images, write_toy

from synth.cli.check import command
from synth.errors import LabelError
from synth.inspection.check import Finding, check_dataset
from synth.labels.dataset import FORMATS, dataset_counts, finish_dataset, image_path

Document = dict
CATALOGUE = {
    "tags": [
        {"id": "b/p1-0", "identity": "AB12", "split": "train", "sha256": "1", "photo": "p1.jpg", "photo_sha256": "a"},
        {
            "id": "b/p2-0",
            "identity": "CD",
            "split": "validation",
            "sha256": "2",
            "photo": "p2.jpg",
            "photo_sha256": "b",
        },
    ],
    "distractors": [],
    "photos": [
        {"id": "q/1.jpg", "split": "train", "sha256": "c"},
        {"id": "q/2.jpg", "split": "validation", "sha256": "d"},
    ],
}


def spec_of(index: int) -> dict:
    image = toy_images()[index]
    train = image.split == "train"
    photo = "q/1.jpg" if train else "q/2.jpg"
    layers = [{"type": "tag", "tag": "b/p1-0" if train else "b/p2-0"}, {"type": "patch", "photo": photo}]
    return {
        "file_name": image.file_name,
        "split": image.split,
        "width_px": image.width,
        "height_px": image.height,
        "background": {"type": "photo", "photo": photo},
        "layers": layers,
    }


def write_manifest(root: Path, specs: list[dict]) -> None:
    lines = []
    for spec in specs:
        data = image_path(root, spec["split"], spec["file_name"]).read_bytes()
        lines.append(msgspec.json.encode({"sha256": hashlib.sha256(data).hexdigest(), "spec": spec}) + b"\n")
    (root / "manifest.jsonl").write_bytes(b"".join(lines))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    images = write_toy(root)
    card = {"name": "toy", "formats": list(FORMATS), "catalogue": CATALOGUE, **dataset_counts(images, CATEGORIES)}
    finish_dataset(root, images, CATEGORIES, card, FORMATS)
    write_manifest(root, [spec_of(k) for k in range(len(images))])
    return root


@pytest.fixture
def good(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "set"))


def edit_json(path: Path, change: Callable[[Document], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def told(root: Path, *, without: tuple[str, ...] = ("card.digest",)) -> list[Finding]:
    """Findings, without those that any change of a byte gives."""
    findings = [finding for finding in check_dataset(root) if finding.code not in without]
    for finding in findings:
        assert finding.message
        assert finding.remedy
        assert finding.file
        assert "\n" not in finding.message + finding.remedy
    return findings


def test_a_good_dataset_has_no_findings(good: Path) -> None:
    assert check_dataset(good) == []


# ------------------------------------------------------------------------------------- COCO: the known mutations


def every(place: str, change: Callable[[dict], object]) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        for entry in document[place]:
            change(entry)

    return apply


def second(change: Callable[[dict], object]) -> Callable[[Document], None]:
    return lambda document: change(document["annotations"][1])


def runs(compressed: bool, crowd: int = 0) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        for entry in document["annotations"]:
            image = document["images"][entry["image_id"] - 1]
            size = (image["height"], image["width"])
            found = coco_mask.merge(coco_mask.frPyObjects(entry["segmentation"], *size))
            counts: object = found["counts"].decode()
            if not compressed:
                flat = coco_mask.decode(found).flatten(order="F")
                edges = np.flatnonzero(np.diff(flat, prepend=0)).tolist()
                counts = np.diff([0, *edges, flat.size]).tolist()
            entry |= {"segmentation": {"size": list(size), "counts": counts}, "iscrowd": crowd}

    return apply


def renumber(place: str, number: Callable[[int], object], reference: str) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        for entry in document[place]:
            entry["id"] = number(entry["id"])
        for entry in document["annotations"]:
            entry[reference] = number(entry[reference])

    return apply


def reorder(document: Document) -> None:
    pieces = {key: document[key] for key in ("annotations", "categories", "images", "info", "licenses")}
    document.clear()
    document.update(pieces)


COCO_MUTATIONS: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "no_info": (lambda d: d.pop("info"), "coco.info", "info"),
    "no_licenses": (lambda d: d.pop("licenses"), "coco.licenses", "licenses"),
    "licenses_empty": (lambda d: d.update(licenses=[]), "coco.licenses", "licenses"),
    "no_license_of_image": (every("images", lambda i: i.pop("license")), "coco.image_license", "image 1"),
    "no_supercategory": (every("categories", lambda c: c.pop("supercategory")), "coco.supercategory", "category 1"),
    "no_area": (every("annotations", lambda a: a.pop("area")), "coco.area", "annotation 1"),
    "no_iscrowd": (every("annotations", lambda a: a.pop("iscrowd")), "coco.iscrowd", "annotation 1"),
    "no_segmentation": (every("annotations", lambda a: a.pop("segmentation")), "coco.segmentation", "annotation 1"),
    "empty_segmentation": (every("annotations", lambda a: a.update(segmentation=[])), "masks.pixels", "annotation 1"),
    "flat_polygon": (
        every("annotations", lambda a: a.update(segmentation=a["segmentation"][0])),
        "coco.segmentation",
        "annotation 1",
    ),
    "rle": (runs(True), "coco.mask_form", "annotation 1"),
    "rle_uncompressed": (runs(False), "coco.segmentation", "annotation 1"),
    "rle_crowd": (runs(True, 1), "coco.iscrowd", "annotation 1"),
    "annotation_ids_from_0": (every("annotations", lambda a: a.update(id=a["id"] - 1)), "coco.id", "annotation 0"),
    "annotation_ids_twice": (every("annotations", lambda a: a.update(id=1)), "coco.id", "annotation 1"),
    "category_ids_from_0": (
        renumber("categories", lambda k: k - 1, "category_id"),
        "coco.category_ids",
        "category 0",
    ),
    "category_ids_sparse": (
        renumber("categories", lambda k: 10 * k, "category_id"),
        "coco.category_ids",
        "category 10",
    ),
    "image_ids_from_0": (renumber("images", lambda k: k - 1, "image_id"), "coco.image_id", "image 0"),
    "image_ids_strings": (renumber("images", lambda k: f"im{k}", "image_id"), "coco.image_id", "image im1"),
    "no_size": (every("images", lambda i: (i.pop("width"), i.pop("height"))), "coco.image_size", "image 1"),
    "whole_number_boxes": (
        every("annotations", lambda a: a.update(bbox=[int(v) for v in a["bbox"]])),
        "coco.bbox_type",
        "annotation 1",
    ),
    "box_1px_outside": (second(lambda a: a.update(bbox=[300.0, 50.0, 21.0, 33.0])), "coco.bbox", "annotation 2"),
    "box_without_width": (second(lambda a: a.update(bbox=[100.0, 50.0, 0.0, 33.0])), "coco.bbox", "annotation 2"),
    "absolute_file_name": (
        every("images", lambda i: i.update(file_name="/nowhere/" + i["file_name"])),
        "coco.file_name",
        "image 1",
    ),
    "file_name_with_folder": (
        every("images", lambda i: i.update(file_name="train/" + i["file_name"])),
        "coco.file_name",
        "image 1",
    ),
    "unknown_image": (second(lambda a: a.update(image_id=99)), "coco.image", "annotation 2"),
    "unknown_category": (second(lambda a: a.update(category_id=99)), "coco.category", "annotation 2"),
    "extra_keys": (
        every("annotations", lambda a: a.update(attributes={"text": "AB12", "rotation": 12.5}, synth_seed=7)),
        "coco.keys",
        "annotation 1",
    ),
    "annotations_first": (reorder, "coco.order", "annotations"),
}


@pytest.mark.parametrize("name", COCO_MUTATIONS)
def test_each_mutation_is_found(good: Path, name: str) -> None:
    change, code, place = COCO_MUTATIONS[name]
    path = good / "annotations" / "instances_train.json"
    edit_json(path, change)
    findings = told(good)
    found = [(f.code, f.file, f.object) for f in findings]
    assert (code, "annotations/instances_train.json", place) in found
    assert any(f.code == "card.digest" for f in check_dataset(good))


WARNINGS = {"no_license_of_image", "no_supercategory", "whole_number_boxes", "extra_keys", "annotations_first"}


@pytest.mark.parametrize("name", COCO_MUTATIONS)
def test_each_mutation_is_found_in_a_bare_file_too(original: Path, tmp_path: Path, name: str) -> None:
    """Somebody else's file, without anything to compare with: what hurts readers, in the same words."""
    change, code, place = COCO_MUTATIONS[name]
    path = tmp_path / "labels.json"
    shutil.copy(original / "annotations" / "instances_train.json", path)
    shutil.copytree(original / "images" / "train", tmp_path / "photos")
    assert check_dataset(tmp_path) == []
    edit_json(path, change)
    harmless = {"whole_number_boxes", "extra_keys", "annotations_first", "rle", "empty_segmentation"}
    found = [(f.code, f.file, f.object) for f in told(tmp_path)]
    assert ((code, "labels.json", place) in found) is (name not in harmless)
    if name in harmless:
        assert found == []


def test_warnings_leave_the_exit_status_at_0(good: Path) -> None:
    for name in sorted(WARNINGS):
        path = good / "annotations" / "instances_train.json"
        before = path.read_text()
        edit_json(path, COCO_MUTATIONS[name][0])
        mine = [f for f in told(good) if f.code.startswith("coco.")]
        assert {f.severity for f in mine} == {"warning"}, name
        path.write_text(before)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (second(lambda a: a.update(bbox=[110.0, 50.0, 31.0, 33.0])), "coco.box_and_mask"),
        (second(lambda a: a.update(area=5.0)), "coco.area"),
        (second(lambda a: a["attributes"].update(text="XX")), "masks.object"),
        (second(lambda a: a["segmentation"][0].__setitem__(0, a["segmentation"][0][0] + 3)), "masks.pixels"),
        (second(lambda a: a.update(bbox=[100.0, 50.0, float("inf"), 3.0])), "coco.json"),
        (second(lambda a: a.update(bbox="x")), "coco.bbox"),
        (second(lambda a: a.update(segmentation=[[1, 2, 3, 4]])), "coco.segmentation"),
        (second(lambda a: a.update(segmentation={"size": [1, 1], "counts": "0"})), "coco.segmentation"),
        (lambda d: d["annotations"].pop(1), "coco.ids"),
        (lambda d: d["annotations"].append(3), "coco.object"),
        (lambda d: d["categories"].append({"id": 4, "name": "ring"}), "coco.category"),
        (lambda d: d["images"][1].update(file_name="toy_000000.png"), "coco.file_name"),
        (lambda d: d["images"][1].update(width=3), "coco.bbox"),
        (lambda d: d.pop("images"), "coco.lists"),
        (lambda d: d["images"].pop(), "agreement.images"),
    ],
)
def test_other_damage_to_coco_is_found(good: Path, change: Callable, code: str) -> None:
    edit_json(good / "annotations" / "instances_train.json", change)
    assert code in {f.code for f in told(good)}


# ------------------------------------------------------------------------------------------------ the other formats


def edit_xml(root: Path, change: Callable[[etree._Element], object], name: str = "toy_000000") -> None:
    path = root / "VOCdevkit" / "VOC2012" / "Annotations" / f"{name}.xml"
    tree = etree.parse(path).getroot()
    change(tree)
    path.write_bytes(etree.tostring(tree))


def drop(tag: str) -> Callable[[etree._Element], None]:
    def apply(tree: etree._Element) -> None:
        for element in tree.findall(f".//{tag}"):
            element.getparent().remove(element)

    return apply


def set_text(tag: str, text: str) -> Callable[[etree._Element], None]:
    return lambda tree: setattr(tree.find(f".//{tag}"), "text", text)


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (drop("size"), "voc.fields", "size"),
        (drop("depth"), "voc.fields", "size"),
        (drop("source"), "voc.fields", "source"),
        (drop("segmented"), "voc.fields", "segmented"),
        (drop("folder"), "voc.fields", "folder"),
        (drop("filename"), "voc.fields", "filename"),
        (drop("difficult"), "voc.fields", "object 1"),
        (drop("pose"), "voc.fields", "object 1"),
        (drop("truncated"), "voc.fields", "object 2"),
        (set_text("xmin", "1.0"), "voc.box", "object 1"),
        (set_text("xmin", "0"), "voc.box", "object 1"),
        (set_text("xmax", "321"), "voc.box", "object 1"),
        (set_text("xmax", "11"), "agreement.boxes", "toy_000000"),
        (set_text("width", "321"), "agreement.size", "toy_000000"),
        (set_text("name", "bird"), "voc.class", "object 1"),
        (set_text("name", "key"), "agreement.boxes", "toy_000000"),
        (set_text("filename", "other.jpg"), "voc.filename", "filename"),
        (set_text("folder", "Annotations"), "voc.folder", "folder"),
        (lambda tree: tree.remove(tree.find("object")), "agreement.counts", "toy_000000"),
    ],
)
def test_damage_to_a_voc_file_is_found(good: Path, change: Callable, code: str, place: str) -> None:
    edit_xml(good, change)
    findings = [f for f in told(good) if f.file.endswith("Annotations/toy_000000.xml")]
    assert (code, place) in {(f.code, f.object) for f in findings}


VOC = Path("VOCdevkit", "VOC2012")
SETS = VOC / "ImageSets" / "Main"


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (VOC / "Annotations" / "toy_000002.xml", "<annotation>", "voc.xml"),
        (VOC / "Annotations" / "toy_000002.xml", None, "agreement.images"),
        (VOC / "labelmap.txt", None, "voc.labelmap"),
        (SETS / "train.txt", None, "voc.sets"),
        (SETS / "train.txt", "toy_000000\ntoy_000001\n", "voc.sets"),
        (SETS / "val.txt", "toy_000003\ntoy_000004\ntoy_000000\n", "voc.sets"),
        (SETS / "val.txt", "toy_000003\ntoy_000004\nnowhere\n", "voc.sets"),
        (SETS / "trainval.txt", "toy_000003\n", "voc.sets"),
        (SETS / "ring_train.txt", "toy_000000 -1\n", "voc.class_sets"),
        (VOC / "JPEGImages" / "toy_000001.jpg", None, "voc.picture"),
        (Path("labels", "train", "toy_000001.txt"), None, "yolo.missing"),
        (Path("labels", "train", "toy_000001.txt"), "", "agreement.counts"),
        (Path("labels", "train", "toy_000001.txt"), "0 0.914938 0.876884 0.170124 0.246231\n", "agreement.boxes"),
        (Path("labels", "train", "toy_000001.txt"), "2 0.914938 0.876884 0.170124 0.246431\n", "agreement.boxes"),
        (Path("labels", "train", "toy_000001.txt"), "3 0.914938 0.876884 0.170124 0.246231\n", "yolo.line"),
        (Path("labels", "train", "toy_000001.txt"), "2 1.5 0.876884 0.170124 0.246231\n", "yolo.line"),
        (Path("labels", "train", "toy_000001.txt"), "2 1.005 0.876884 0.170124 0.246231\n", "yolo.range"),
        (Path("labels", "train", "toy_000001.txt"), "2 0.914938 0.876884 0.170124 0.246231\n" * 2, "yolo.duplicate"),
        (Path("labels", "train", "stray.txt"), "", "yolo.stray"),
        (Path("data.yaml"), None, "card.missing"),
        (
            Path("data.yaml"),
            "train: images/train\nval: images/validation\nnames: [ring, key, tag]\n",
            "agreement.classes",
        ),
        (Path("data.yaml"), "train: images/train\nnames: [ring, tag, key]\n", "yolo.settings"),
        (
            Path("data.yaml"),
            "path: .\ntrain: images/train\nval: images/validation\nnames: [a, b, c]\n",
            "yolo.settings",
        ),
        (Path("data.yaml"), "names: {", "yolo.settings"),
        (Path("tfrecord", "label_map.pbtxt"), "item {\n id: 2\n name: 'ring'\n}\n", "tfrecord.label_map"),
        (Path("tfrecord", "train-00000-of-00001.tfrecord"), "x", "tfrecord.frame"),
        (Path("tfrecord", "train-00000-of-00001.tfrecord"), None, "agreement.images"),
        (Path("annotations", "instances_train.json"), None, "card.missing"),
        (Path("annotations", "rle", "train.json"), "{", "coco.json"),
        (Path("images", "train", "toy_000001.jpg"), None, "picture.missing"),
        (Path("images", "train", "toy_000001.jpg"), "no picture", "picture.damaged"),
        (Path("images", "train", "stray.txt"), "", "picture.stray"),
        (Path("manifest.jsonl"), "{}\n", "manifest.line"),
        (Path("manifest.jsonl"), "", "manifest.images"),
    ],
)
def test_damage_to_any_file_is_found(good: Path, path: Path, text: str | None, code: str) -> None:
    (good / path).unlink(missing_ok=True)
    if text is not None:
        (good / path).write_text(text)
    findings = told(good)
    assert code in {f.code for f in findings}
    assert any(f.severity == "error" for f in findings) or code == "yolo.duplicate"


def test_a_flipped_byte_in_a_record_is_found(good: Path) -> None:
    path = good / "tfrecord" / "train-00000-of-00001.tfrecord"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert [f.object for f in told(good) if f.code == "tfrecord.frame"] == ["record 1"]


def test_pictures_that_changed_are_found(good: Path) -> None:
    path = good / "images" / "train" / "toy_000002.jpg"
    cv2.imwrite(str(path), np.zeros((50, 60, 3), np.uint8))
    codes = {f.code for f in told(good)}
    assert {"picture.digest", "picture.size"} <= codes
    path.write_bytes(path.read_bytes() + b"\n")
    assert "picture.tail" in {f.code for f in told(good)}


# ------------------------------------------------------------------------------------------------------------ leaks


def test_an_identity_in_two_splits_is_a_leak(good: Path) -> None:
    for name in ("instances_validation.json", "rle/validation.json"):
        edit_json(good / "annotations" / name, lambda d: d["annotations"][0]["attributes"].update(identity="AB12"))
    (finding,) = [f for f in told(good) if f.code == "leak.identity"]
    assert "'AB12'" in finding.message
    assert finding.file == "images/validation/toy_000003.jpg"
    assert "toy_000000.jpg" in finding.message


def test_one_picture_in_two_splits_is_a_leak(good: Path) -> None:
    shutil.copy(good / "images" / "train" / "toy_000002.jpg", good / "images" / "validation" / "toy_000004.jpg")
    assert "leak.picture" in {f.code for f in told(good)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda specs: specs[3]["layers"][0].update(tag="b/p1-0"), "leak.tag"),
        (lambda specs: specs[3]["layers"][1].update(photo="q/1.jpg"), "leak.photo"),
        (lambda specs: specs[3]["background"].update(photo="q/1.jpg"), "leak.photo"),
        (lambda specs: specs[3]["background"].update(photo="q/1.jpg"), "leak.catalogue"),
        (lambda specs: specs[3].update(width_px=1), "manifest.images"),
    ],
)
def test_leaks_through_the_material_are_found(good: Path, change: Callable, code: str) -> None:
    specs = [spec_of(k) for k in range(5)]
    change(specs)
    write_manifest(good, specs)
    assert code in {f.code for f in told(good)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda card: card["catalogue"]["tags"][1].update(identity="AB12"), "leak.identity"),
        (lambda card: card["catalogue"]["photos"][1].update(sha256="c"), "leak.photo"),
        (lambda card: card.update(images=6), "card.count"),
        (lambda card: card["splits"]["train"].update(annotations=7), "card.count"),
        (lambda card: card["splits"].pop("train"), "card.count"),
        (lambda card: card["categories"].update(ring=1), "card.count"),
        (lambda card: card["label_files"].update({"annotations/gone.json": "0"}), "card.missing"),
    ],
)
def test_a_card_that_lies_is_found(good: Path, change: Callable, code: str) -> None:
    edit_json(good / "card.json", change)
    assert code in {f.code for f in told(good)}


# ------------------------------------------------------------------------------------------- somebody else's, and CLI


@pytest.mark.parametrize("keep", ["voc", "yolo", "coco", "tfrecord"])
def test_a_folder_of_one_format_without_a_card_is_clean(tmp_path: Path, keep: str) -> None:
    write_toy(tmp_path, (keep,))
    (tmp_path / "card.json").unlink()
    assert check_dataset(tmp_path) == []


def test_nothing_to_check_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no labels found"):
        check_dataset(tmp_path)


def test_progress_reaches_the_number_of_pictures(good: Path) -> None:
    calls: list[tuple[int, int]] = []
    check_dataset(good, on_progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (5, 5)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_the_command_s_table_and_exit_status(good: Path) -> None:
    clean = CliRunner().invoke(command, [str(good)])
    assert (clean.exit_code, clean.stdout) == (0, f"{good}: every promise is kept\n")
    edit_json(good / "annotations" / "instances_train.json", COCO_MUTATIONS["no_area"][0])
    broken = CliRunner().invoke(command, [str(good), "--shown", "1"])
    assert broken.exit_code == 3
    assert "error coco.area: 3" in broken.stdout
    assert "annotations/instances_train.json, annotation 1: area must be a number > 0" in broken.stdout
    assert "and 2 more" in broken.stdout
    as_json = CliRunner().invoke(command, [str(good), "--json"])
    assert as_json.exit_code == 3
    findings = json.loads(as_json.stdout)
    assert {"severity", "code", "file", "object", "message", "remedy"} == set(findings[0])
    assert sum(f["code"] == "coco.area" for f in findings) == 3


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 400) | st.floats(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_value_anywhere_in_the_card_stops_the_check(
    original: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.getbasetemp() / "card-fuzz"
    if not root.exists():
        shutil.copytree(original, root)
    card = json.loads((original / "card.json").read_text())
    place = data.draw(st.sampled_from([card, card["splits"], card["splits"]["train"], card["catalogue"]]))
    if data.draw(st.booleans()):
        place = card["catalogue"]["tags"][0]
    key = data.draw(st.sampled_from(sorted(place)))
    place[key] = data.draw(_VALUES)
    (root / "card.json").write_text(json.dumps(card))
    for finding in check_dataset(root):
        assert finding.file


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_value_anywhere_in_coco_stops_the_check(
    original: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    folder.mkdir(exist_ok=True)
    document = copy.deepcopy(json.loads((original / "annotations" / "instances_train.json").read_text()))
    place = data.draw(st.sampled_from(["images", "categories", "annotations", "licenses"]))
    key = data.draw(st.sampled_from(sorted({*document[place][0], "attributes", "characters"})))
    document[place][0][key] = data.draw(_VALUES)
    (folder / "labels.json").write_text(json.dumps(document))
    for finding in check_dataset(folder):
        assert finding.remedy


@pytest.mark.parametrize(("keep", "name"), [("voc", "VOC"), ("yolo", "YOLO"), ("coco", "COCO")])
def test_without_a_card_it_is_told_what_was_read(tmp_path: Path, keep: str, name: str) -> None:
    write_toy(tmp_path, (keep,))
    (tmp_path / "card.json").unlink()
    clean = CliRunner().invoke(command, [str(tmp_path)])
    said = f"{tmp_path}: no card: read as {name}, 5 images, nothing wrong found\n"
    assert (clean.exit_code, clean.stdout) == (0, said)


def test_aliases_in_data_yaml_are_refused_at_once(tmp_path: Path) -> None:
    write_toy(tmp_path, ("yolo",))
    (tmp_path / "card.json").unlink()
    levels = [f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 9)}]" for k in range(1, 30)]
    (tmp_path / "data.yaml").write_text("\n".join(["l0: &l0 [x]", *levels, "names: *l29", "train: images/train"]))
    (finding,) = [f for f in check_dataset(tmp_path) if f.code == "yolo.settings"]
    assert "aliases (*name) are not allowed" in finding.message


@pytest.mark.parametrize(("code", "remedy"), [("leak.photo", "--by photo --out"), ("leak.tag", "generate the dataset")])
def test_the_remedy_of_a_leak_can_be_followed(good: Path, code: str, remedy: str) -> None:
    specs = [spec_of(k) for k in range(5)]
    specs[3]["background"].update(photo="q/1.jpg")
    specs[3]["layers"][0].update(tag="b/p1-0")
    write_manifest(good, specs)
    assert all(remedy in f.remedy for f in told(good) if f.code == code)
    assert code in {f.code for f in told(good)}
