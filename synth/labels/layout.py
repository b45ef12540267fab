"""Where everything is in a dataset folder.

    images/<split>/*.jpg                the pictures
    depth/<split>/*.png                 (rendered ones, where asked for) depth; normals/<split>/*.png normals
    annotations/instances_<split>.json  COCO, masks as polygons; annotations/rle/<split>.json the same with masks as RLE
    labels/<split>/*.txt, data.yaml     YOLO
    VOCdevkit/VOC2012/                  Pascal VOC; its JPEGImages are hard links to the pictures
    tfrecord/                           <split>-*.tfrecord, label_map.pbtxt
    card.json                           what it was made from, what is in it, digests of the joint files above
    manifest.jsonl                      (generated ones) the spec of every image

The RLE files have a folder and names of their own, because Datumaro and CVAT take every `instances_*.json` below the
root for a subset. A split's name is a folder's name; what other formats call it (VOC and YOLO say "val") is in
`ROLES`.
"""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path

from synth.errors import LabelError
from synth.files import explained

FORMATS = ("voc", "coco", "yolo", "tfrecord")
VOC_YEAR = "VOC2012"
ROLES = {"train": "train", "training": "train", "validation": "val", "val": "val", "valid": "val", "test": "test"}


@lru_cache(maxsize=256)
def folder_in(root: Path, *names: str) -> Path:
    """A folder below `root`, kept, because joining paths costs more than writing a small file."""
    return root.joinpath(*names)


def image_path(root: Path, split: str, file_name: str) -> Path:
    """Where a picture is."""
    return folder_in(root, "images", split) / file_name


def depth_path(root: Path, split: str, file_name: str) -> Path:
    """Where the depth of a picture is."""
    return folder_in(root, "depth", split) / f"{stem_of(file_name)}.png"


def normals_path(root: Path, split: str, file_name: str) -> Path:
    """Where the normals of a picture are."""
    return folder_in(root, "normals", split) / f"{stem_of(file_name)}.png"


PLANES = {"depth": depth_path, "normals": normals_path}
"""What may lie beside pictures, by the name of its folder."""


def coco_path(root: Path, split: str) -> Path:
    """The COCO file of a split, masks as polygons."""
    return root / "annotations" / f"instances_{split}.json"


def rle_path(root: Path, split: str) -> Path:
    """The COCO file of a split, masks run-length encoded."""
    return root / "annotations" / "rle" / f"{split}.json"


def voc_folder(root: Path) -> Path:
    """The year's folder of the VOC tree."""
    return root / "VOCdevkit" / VOC_YEAR


def voc_path(root: Path, file_name: str) -> Path:
    """The VOC file of a picture."""
    return folder_in(root, "VOCdevkit", VOC_YEAR, "Annotations") / f"{stem_of(file_name)}.xml"


def yolo_path(root: Path, split: str, file_name: str) -> Path:
    """The YOLO file of a picture."""
    return folder_in(root, "labels", split) / f"{stem_of(file_name)}.txt"


def tfrecord_folder(root: Path) -> Path:
    """The folder of TFRecord shards."""
    return root / "tfrecord"


def stem_of(file_name: str) -> str:
    """The name without its last extension, as readers of VOC and YOLO cut it."""
    return os.path.splitext(file_name)[0]  # noqa: PTH122 - a base name, and Path costs ten times as much


def sorted_splits(splits: set[str]) -> list[str]:
    """Names of splits in the order train, validation, test, others by name."""
    rank = {"train": 0, "val": 1, "test": 2}

    def place(split: str) -> tuple[int, str]:
        return rank.get(ROLES.get(split, split), 3), split

    return sorted(splits, key=place)


def check_split_name(split: str) -> None:
    """LabelError unless the name can be a folder's and does not look like part of a path."""
    if not split or split != split.strip() or split.startswith(".") or any(c in split for c in '/\\:*?"<>|\0'):
        raise LabelError(f"a split needs a name that can be a folder's, got {split!r}; rename it")


def link_or_copy(source: Path, target: Path) -> None:
    """Makes `target` the same file as `source` by a hard link, or a copy of it where the disk refuses links."""
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if target.samefile(source):
                return
        except FileNotFoundError:
            if not source.is_file():
                raise LabelError(f"{source}: the picture is missing; bring it back or drop its labels") from None
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)
        try:
            temporary.hardlink_to(source)
        except OSError:  # another file system, or one without links, or too many links
            shutil.copyfile(source, temporary)
        temporary.replace(target)
