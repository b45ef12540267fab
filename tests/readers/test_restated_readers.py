"""Readers that cannot be installed beside us, restated from their sources: each fails where the original would."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from lxml import etree

sys.path.insert(0, str(Path(__file__).parents[1] / "labels"))

from toy_datasets import CATEGORIES, write_toy

from synth.labels.sample import LabelledImage


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[LabelledImage]]:
    root = tmp_path_factory.mktemp("set")
    return root, write_toy(root)


def of_split(images: list[LabelledImage], split: str) -> list[LabelledImage]:
    return [image for image in images if image.split == split]


def xml_to_dict(element: etree._Element) -> dict:
    """The Object Detection API's `recursive_parse_xml_to_dict`."""
    if not len(element):
        return {element.tag: element.text}
    result: dict = {}
    for child in element:
        inner = xml_to_dict(child)
        if child.tag != "object":
            result[child.tag] = inner[child.tag]
        else:
            result.setdefault(child.tag, []).append(inner[child.tag])
    return {element.tag: result}


@pytest.mark.parametrize(("split", "name"), [("train", "train"), ("validation", "val")])
def test_create_pascal_tf_record(dataset: tuple[Path, list[LabelledImage]], split: str, name: str) -> None:
    """It lists a class's set, opens the picture below <folder>, wants every field, and does not undo VOC's shift."""
    root, images = dataset
    devkit = root / "VOCdevkit"
    sets = devkit / "VOC2012" / "ImageSets" / "Main" / f"ring_{name}.txt"
    stems = [line.strip().split(" ")[0] for line in sets.read_text().splitlines()]
    assert stems == [image.file_name[:-4] for image in of_split(images, split)]
    for stem, image in zip(stems, of_split(images, split), strict=True):
        text = (devkit / "VOC2012" / "Annotations" / f"{stem}.xml").read_text()
        data = xml_to_dict(etree.fromstring(text))["annotation"]  # as a str: a declared encoding would raise here
        encoded = (devkit / data["folder"] / "JPEGImages" / data["filename"]).read_bytes()
        assert encoded[:2] == b"\xff\xd8", "Image format not JPEG"
        width, height = int(data["size"]["width"]), int(data["size"]["height"])
        assert cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (height, width)
        objects = data.get("object", [])
        assert [o["name"] for o in objects] == [CATEGORIES.names[a.category] for a in image.annotations]
        for item in objects:
            assert {int(item["difficult"]), int(item["truncated"])} <= {0, 1}
            assert item["pose"].encode()
            box = {key: float(value) for key, value in item["bndbox"].items()}
            shares = [box["xmin"] / width, box["ymin"] / height, box["xmax"] / width, box["ymax"] / height]
            assert min(shares) > 0
            assert max(shares) <= 1


def parse_voc_xml(node: etree._Element) -> dict:
    """torchvision's `VOCDetection.parse_voc_xml`."""
    children = list(node)
    if not children:
        return {node.tag: node.text.strip()} if node.text else {}
    collected: dict = defaultdict(list)
    for inner in map(parse_voc_xml, children):
        for key, value in inner.items():
            collected[key].append(value)
    if node.tag == "annotation":
        collected["object"] = [collected["object"]]
    return {node.tag: {key: value[0] if len(value) == 1 else value for key, value in collected.items()}}


@pytest.mark.parametrize(("split", "name"), [("train", "train"), ("validation", "val")])
def test_torchvision_voc_detection(dataset: tuple[Path, list[LabelledImage]], split: str, name: str) -> None:
    root, images = dataset
    folder = root / "VOCdevkit" / "VOC2012"
    names = [line.strip() for line in (folder / "ImageSets" / "Main" / f"{name}.txt").read_text().splitlines()]
    assert len(names) == len(of_split(images, split))
    for stem, image in zip(names, of_split(images, split), strict=True):
        assert (folder / "JPEGImages" / f"{stem}.jpg").is_file()
        tree = etree.parse(folder / "Annotations" / f"{stem}.xml").getroot()
        target = parse_voc_xml(tree)["annotation"]
        boxes = [[int(one["bndbox"][k]) for k in ("xmin", "ymin", "xmax", "ymax")] for one in target["object"]]
        assert len(boxes) == len(image.annotations)
        assert np.all(np.array(boxes).reshape(-1, 4) >= 1)


def test_labelimg(dataset: tuple[Path, list[LabelledImage]]) -> None:
    """`PascalVocReader.parse_xml`: a missing <filename> or a wrong number shows nothing at all, without a word."""
    root, images = dataset
    for image in images:
        tree = etree.parse(root / "VOCdevkit" / "VOC2012" / "Annotations" / f"{image.file_name[:-4]}.xml").getroot()
        assert tree.find("filename").text
        shapes = []
        for element in tree.findall("object"):
            box = element.find("bndbox")
            corners = [int(float(box.find(k).text)) for k in ("xmin", "ymin", "xmax", "ymax")]
            difficult = bool(int(element.find("difficult").text))
            shapes.append((element.find("name").text, corners, difficult))
        assert [difficult for _, _, difficult in shapes] == [a.difficult for a in image.annotations]
        for (_, corners, _), annotation in zip(shapes, image.annotations, strict=True):
            x0, y0, x1, y1 = annotation.box
            assert corners == [x0 + 1, y0 + 1, x1, y1]


def test_ultralytics(dataset: tuple[Path, list[LabelledImage]]) -> None:
    """`img2label_paths` and `verify_image_label`: one bad row loses the image, a missing file makes it a background."""
    root, images = dataset
    for image in images:
        picture = str(root / "images" / image.split / image.file_name)
        label = "/labels/".join(picture.rsplit("/images/", 1)).rsplit(".", 1)[0] + ".txt"
        data = Path(picture).read_bytes()
        assert data.endswith(b"\xff\xd9"), "corrupt JPEG restored and saved"
        assert min(image.width, image.height) > 9
        rows = [line.split() for line in Path(label).read_text().strip().splitlines() if line]
        values = np.array(rows, np.float32).reshape(-1, 5)
        assert values.size == 0 or (values[:, 1:].max() <= 1 and values.min() >= 0 and values[:, 0].max() < 3)
        assert len(np.unique(values, axis=0)) == len(image.annotations)
