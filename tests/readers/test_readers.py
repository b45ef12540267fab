"""Other people's readers on a dataset folder: images (those without objects too), boxes and classes, compared.

They need environments of their own, so this file imports nothing of ours and skips what is not installed. There, run

    SYNTH_READERS_DATASET=folder python -m pytest -c /dev/null --confcutdir tests/readers -rs \\
        tests/readers/test_readers.py

on a folder with all four formats. The truth is taken from the COCO files with nothing but `json`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

ROLES = {"validation": "val"}
_FOLDER = os.environ.get("SYNTH_READERS_DATASET", "")
pytestmark = pytest.mark.skipif(not _FOLDER, reason="SYNTH_READERS_DATASET names no dataset")
ROOT = Path(_FOLDER).resolve()
VOC = ROOT / "VOCdevkit" / "VOC2012"

# by split and stem: (class, box xyxy) of each object, sorted
Truth = dict[str, dict[str, list[tuple[str, tuple[float, ...]]]]]


@pytest.fixture(scope="module")
def truth() -> Truth:
    found: Truth = {}
    for path in sorted((ROOT / "annotations").glob("instances_*.json")):
        document = json.loads(path.read_text())
        names = {entry["id"]: entry["name"] for entry in document["categories"]}
        stems = {entry["id"]: Path(entry["file_name"]).stem for entry in document["images"]}
        split = found.setdefault(path.stem.removeprefix("instances_"), {stem: [] for stem in stems.values()})
        for entry in document["annotations"]:
            x, y, w, h = entry["bbox"]
            split[stems[entry["image_id"]]].append((names[entry["category_id"]], (x, y, x + w, y + h)))
    return found


def agree(truth: Truth, found: Truth, tolerance: float) -> None:
    """Every image, object, class and box; prints what was compared."""
    assert {split: sorted(images) for split, images in found.items()} == {
        split: sorted(images) for split, images in truth.items()
    }
    for split, images in truth.items():
        for stem, objects in images.items():
            theirs = sorted(found[split][stem])
            assert [name for name, _ in theirs] == [name for name, _ in sorted(objects)], stem
            left = list(theirs)
            for name, box in objects:
                near = [o for o in left if o[0] == name and max(map(abs, _gaps(o[1], box))) <= tolerance]
                assert near, f"{split}/{stem}: no {name} within {tolerance} px of {box} in {left}"
                left.remove(near[0])
        boxes = [name for objects in images.values() for name, _ in objects]
        empty = sum(not objects for objects in images.values())
        print(f"{split}: {len(images)} images, {empty} without objects, {len(boxes)} boxes, {dict(Counter(boxes))}")


def _gaps(a: tuple[float, ...], b: tuple[float, ...]) -> list[float]:
    return [p - q for p, q in zip(a, b, strict=True)]


def as_voc(truth: Truth, low: float = 0.0) -> Truth:
    """The truth after VOC's rounding, under VOC's names of splits; `low` is what a reader adds to the low corner."""
    from math import ceil, floor

    return {
        ROLES.get(split, split): {
            stem: [(n, (floor(b[0]) + low, floor(b[1]) + low, ceil(b[2]), ceil(b[3]))) for n, b in objects]
            for stem, objects in images.items()
        }
        for split, images in truth.items()
    }


def renamed(truth: Truth) -> Truth:
    return {ROLES.get(split, split): images for split, images in truth.items()}


# ---------------------------------------------------------------------------------------------------------- Datumaro


def datumaro_items(dataset: object) -> Truth:
    import datumaro

    names = [label.name for label in dataset.categories()[datumaro.AnnotationType.label]]
    found: Truth = {}
    for item in dataset:
        assert item.media is not None
        assert item.media.data is not None, f"{item.id}: no pixels"
        objects = found.setdefault(item.subset, {}).setdefault(Path(item.id).stem, [])
        for annotation in item.annotations:
            if (
                annotation.type == datumaro.AnnotationType.bbox
            ):  # an object's polygons come beside its box, as its group
                x, y, w, h = annotation.get_bbox()
                objects.append((names[annotation.label], (x, y, x + w, y + h)))
    return found


@pytest.mark.parametrize("stream", [False, True])
def test_datumaro_reads_coco(truth: Truth, stream: bool) -> None:
    datumaro = pytest.importorskip("datumaro")
    kind = datumaro.StreamDataset if stream else datumaro.Dataset
    agree(truth, datumaro_items(kind.import_from(str(ROOT), "coco_instances")), 1e-4)


def test_datumaro_keeps_the_texts(truth: Truth) -> None:
    datumaro = pytest.importorskip("datumaro")
    texts = [
        entry.get("attributes", {}).get("text")
        for path in sorted((ROOT / "annotations").glob("instances_*.json"))
        for entry in json.loads(path.read_text())["annotations"]
    ]
    dataset = datumaro.Dataset.import_from(str(ROOT), "coco_instances")
    found = [a.attributes.get("text") for item in dataset for a in item.annotations if hasattr(a, "get_bbox")]
    found = [text for text in found if text is not None]
    # a mask of several parts comes as several polygons with the text of one object
    assert set(found) == {text for text in texts if text is not None}


def test_datumaro_reads_voc(truth: Truth) -> None:
    """It does not undo VOC's shift: its low corner lies a pixel further in."""
    datumaro = pytest.importorskip("datumaro")
    found = datumaro_items(datumaro.Dataset.import_from(str(VOC), "voc_detection"))
    agree(as_voc(truth, low=1.0), {k: v for k, v in found.items() if k != "trainval"}, 1e-6)


def test_datumaro_reads_yolo(truth: Truth) -> None:
    datumaro = pytest.importorskip("datumaro")
    agree(truth, datumaro_items(datumaro.Dataset.import_from(str(ROOT), "yolo")), 0.02)


def test_datumaro_reads_tfrecords(truth: Truth) -> None:
    datumaro = pytest.importorskip("datumaro")
    pytest.importorskip("tensorflow")
    found = datumaro_items(datumaro.Dataset.import_from(str(ROOT / "tfrecord"), "tf_detection_api"))
    joined: Truth = {}
    for shard, images in found.items():
        joined.setdefault(shard.rsplit("-", 3)[0], {}).update(images)
    agree(truth, joined, 0.01)


# ------------------------------------------------------------------------------------------------------- supervision


def supervision_items(dataset: object) -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    found = {}
    for path, image, detections in dataset:
        assert image is not None
        boxes = detections.xyxy.tolist()
        found[Path(path).stem] = [
            (dataset.classes[c], tuple(b)) for c, b in zip(detections.class_id, boxes, strict=True)
        ]
    return found


def test_supervision_reads_coco(truth: Truth) -> None:
    supervision = pytest.importorskip("supervision")
    found = {
        split: supervision_items(
            supervision.DetectionDataset.from_coco(
                str(ROOT / "images" / split), str(ROOT / "annotations" / f"instances_{split}.json")
            )
        )
        for split in truth
    }
    agree(truth, found, 1e-2)


def test_supervision_reads_voc_exactly(truth: Truth) -> None:
    supervision = pytest.importorskip("supervision")
    dataset = supervision.DetectionDataset.from_pascal_voc(str(VOC / "JPEGImages"), str(VOC / "Annotations"))
    joined = {stem: objects for images in as_voc(truth).values() for stem, objects in images.items()}
    agree({"all": joined}, {"all": supervision_items(dataset)}, 0)


def test_supervision_reads_yolo(truth: Truth) -> None:
    supervision = pytest.importorskip("supervision")
    found = {
        split: supervision_items(
            supervision.DetectionDataset.from_yolo(
                str(ROOT / "images" / split), str(ROOT / "labels" / split), str(ROOT / "data.yaml")
            )
        )
        for split in truth
    }
    agree(truth, found, 0.01)


# -------------------------------------------------------------------------------------------------------- VOC readers


def test_labelimg_reads_voc(truth: Truth) -> None:
    """labelImg draws the four corners as they stand in the file."""
    reader = pytest.importorskip("libs.pascal_voc_io").PascalVocReader
    found: Truth = {}
    for split, images in as_voc(truth).items():
        for stem in images:
            shapes = reader(str(VOC / "Annotations" / f"{stem}.xml")).get_shapes()
            found.setdefault(split, {})[stem] = [(s[0], (*map(float, s[1][0]), *map(float, s[1][2]))) for s in shapes]
    agree(as_voc(truth, low=1.0), found, 0)


def test_torchvision_reads_voc(truth: Truth) -> None:
    torchvision = pytest.importorskip("torchvision")
    sets = {name: images for name, images in as_voc(truth, low=1.0).items() if name in ("train", "val")}
    found: Truth = {}
    for split, images in sets.items():  # of 2012, torchvision knows these alone
        dataset = torchvision.datasets.VOCDetection(str(ROOT), year="2012", image_set=split)
        assert len(dataset) == len(images)
        for image, target in dataset:
            annotation = target["annotation"]
            size = annotation["size"]
            assert image.size == (int(size["width"]), int(size["height"]))
            boxes = [(o["name"], o["bndbox"]) for o in annotation.get("object", [])]
            found.setdefault(split, {})[Path(annotation["filename"]).stem] = [
                (name, tuple(int(b[k]) for k in ("xmin", "ymin", "xmax", "ymax"))) for name, b in boxes
            ]
    agree(sets, found, 0)


def test_torchvision_reads_coco(truth: Truth) -> None:
    torchvision = pytest.importorskip("torchvision")
    for split, images in truth.items():
        dataset = torchvision.datasets.CocoDetection(
            str(ROOT / "images" / split), str(ROOT / "annotations" / f"instances_{split}.json")
        )
        assert len(dataset) == len(images)
        assert sum(len(target) for _, target in dataset) == sum(map(len, images.values()))
        keys = ("boxes", "labels", "masks")
        wrapped = torchvision.datasets.wrap_dataset_for_transforms_v2(dataset, target_keys=keys)
        assert sum(len(target.get("boxes", ())) for _, target in wrapped) == sum(map(len, images.values()))


def test_globox_reads_coco_and_voc(truth: Truth) -> None:
    globox = pytest.importorskip("globox")
    for split, images in truth.items():
        read = globox.AnnotationSet.from_coco(ROOT / "annotations" / f"instances_{split}.json")
        found = {
            Path(one.image_id).stem: [(b.label, (b.xmin, b.ymin, b.xmax, b.ymax)) for b in one.boxes] for one in read
        }
        agree({split: images}, {split: found}, 1e-4)
    read = globox.AnnotationSet.from_pascal_voc(VOC / "Annotations")
    found = {Path(one.image_id).stem: [(b.label, (b.xmin, b.ymin, b.xmax, b.ymax)) for b in one.boxes] for one in read}
    joined = {stem: objects for images in as_voc(truth, low=1.0).values() for stem, objects in images.items()}
    agree({"all": joined}, {"all": found}, 0)


def test_fiftyone_reads_coco_and_yolo(truth: Truth) -> None:
    fiftyone = pytest.importorskip("fiftyone")
    for split, images in truth.items():
        dataset = fiftyone.Dataset.from_dir(
            dataset_type=fiftyone.types.COCODetectionDataset,
            data_path=str(ROOT / "images" / split),
            labels_path=str(ROOT / "annotations" / f"instances_{split}.json"),
            label_types=["detections"],
            progress=False,
        )
        found = {Path(s.filepath).stem: Counter(d.label for d in (s.detections or s).detections) for s in dataset}
        assert found == {stem: Counter(name for name, _ in objects) for stem, objects in images.items()}
        dataset.delete()


# --------------------------------------------------------------------------------------------------- YOLO, TFRecord


def test_ultralytics_takes_every_image(truth: Truth) -> None:
    pytest.importorskip("ultralytics")
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(str(ROOT / "data.yaml"))
    for split, images in renamed(truth).items():
        dataset = YOLODataset(img_path=data[split], data=data, task="detect", imgsz=320, augment=False)
        assert len(dataset.labels) == len(images)
        found = Counter(data["names"][int(c)] for label in dataset.labels for c in label["cls"].ravel())
        assert found == Counter(name for objects in images.values() for name, _ in objects)


def test_tensorflow_parses_the_records(truth: Truth) -> None:
    tf = pytest.importorskip("tensorflow")
    spec = {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/filename": tf.io.FixedLenFeature([], tf.string),
        "image/height": tf.io.FixedLenFeature([], tf.int64),
        "image/width": tf.io.FixedLenFeature([], tf.int64),
        "image/object/class/text": tf.io.VarLenFeature(tf.string),
    } | {f"image/object/bbox/{side}": tf.io.VarLenFeature(tf.float32) for side in ("xmin", "ymin", "xmax", "ymax")}
    found: Truth = {}
    for split in truth:
        files = sorted(str(path) for path in (ROOT / "tfrecord").glob(f"{split}-*.tfrecord"))
        for record in tf.data.TFRecordDataset(files):
            example = tf.io.parse_single_example(record, spec)
            height, width = int(example["image/height"]), int(example["image/width"])
            assert tuple(tf.io.decode_jpeg(example["image/encoded"]).shape) == (height, width, 3)
            sides = [example[f"image/object/bbox/{side}"].values.numpy() for side in ("xmin", "ymin", "xmax", "ymax")]
            boxes = [
                tuple(float(v) * s for v, s in zip(b, (width, height) * 2, strict=True))
                for b in zip(*sides, strict=True)
            ]
            names = [text.decode() for text in example["image/object/class/text"].values.numpy()]
            stem = Path(example["image/filename"].numpy().decode()).stem
            found.setdefault(split, {})[stem] = list(zip(names, boxes, strict=True))
    agree(truth, found, 0.01)
