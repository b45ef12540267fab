"""The annotations of a COCO file, one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from synth.errors import LabelError
from synth.inspection.checks.findings import Report
from synth.labels.record import Json, read_segmentation
from synth.labels.sample import Mask

_KEYS = {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "attributes"}
_KEYS |= {"keypoints", "num_keypoints"}
_OWN_KEYS = {
    "bbox_xyxy",
    "quad",
    "circle",
    "amodal_xyxy",
    "characters",
    "place",
    "named_keypoints",
    "space",
    "measures",
}
_ATTRIBUTES = {"text", "identity", "angle_deg", "visibility", "truncated", "occluded", "difficult"}
_CLOSE_PX = 1.0
_EPSILON_PX = 1e-6


class ObjectRules:
    """The rules that every annotation of one file must keep; `finish` tells what shows only when all were seen."""

    def __init__(
        self, report: Report, path: Path, images: Mapping[int, Json], categories: Mapping[int, str], rle: bool
    ) -> None:
        self._report, self._path, self._images, self._categories, self._rle = report, path, images, categories, rle
        self._ids: set[int] = set()
        self._with_mask = 0
        self._without_mask: list[str] = []

    def check(self, entry: Any) -> bool:
        """Whether the entry has a known image and a usable box; says all that is wrong with it."""
        if not isinstance(entry, dict):
            self._error("object", "annotation ?", f"must be an object, got {entry!r}", "remove it")
            return False
        about = f"annotation {entry.get('id')}"
        self._check_id(entry, about)
        self._check_keys(entry, about)
        self._check_crowd(entry, about)
        if not isinstance(key := entry.get("category_id"), int) or key not in self._categories:
            message = f"category_id {key!r} is not among the categories"
            self._error("category", about, message, "correct it, or add the category")
        image = self._images.get(entry["image_id"]) if isinstance(entry.get("image_id"), int) else None
        if image is None:
            message = (
                f"image_id {entry.get('image_id')!r} is not among the images that can be used: it is dropped or fails"
            )
            self._error("image", about, message, "correct it, or mend or add the image")
            return False
        usable = self._check_box(entry, image, about)
        mask = self._check_segmentation(entry, image, about)
        self._check_area(entry, mask, usable, about)
        if usable and mask is not None:
            self._compare(entry, mask, about)
        return usable

    def finish(self) -> None:
        """Findings about the file as a whole."""
        if self._with_mask:
            for about in self._without_mask:
                message = "has no mask, though others have: evaluators of masks fail on it"
                self._report.warn("coco.mixed_masks", self._path, about, message, "draw its mask, or drop all masks")
        if self._report.ours and self._ids and self._ids != set(range(1, len(self._ids) + 1)):
            message = f"ids must be 1 to {len(self._ids)} without gaps"
            self._error("ids", f"annotation {max(self._ids)}", message, "number the annotations from 1")

    def _error(self, code: str, about: str, message: str, remedy: str) -> None:
        self._report.error(f"coco.{code}", self._path, about, message, remedy)

    def _check_id(self, entry: Json, about: str) -> None:
        key = entry.get("id")
        if type(key) is not int or key < 1:
            message = f"id must be a whole number from 1, got {key!r}: pycocotools counts 0 as not matched"
            self._error("id", about, message, "number the annotations from 1")
        elif key in self._ids:
            self._error("id", about, "id is there twice: evaluators keep one of them", "number the annotations from 1")
        if type(key) is int:
            self._ids.add(key)

    def _check_keys(self, entry: Json, about: str) -> None:
        if not self._report.ours:
            return
        unknown = sorted(set(entry) - _KEYS - _OWN_KEYS)
        attributes = entry.get("attributes", {})
        unknown += sorted(set(attributes) - _ATTRIBUTES) if isinstance(attributes, dict) else ["attributes"]
        if unknown:
            message = f"has keys that are not ours: {', '.join(unknown)}"
            self._report.warn(
                "coco.keys", self._path, about, message, "remove them, or keep them in a file of their own"
            )

    def _check_crowd(self, entry: Json, about: str) -> None:
        crowd = entry.get("iscrowd")
        if crowd not in (0, 1):
            message = f"iscrowd must be 0, got {crowd!r}: pycocotools, Datumaro and CVAT fail"
            self._error("iscrowd", about, message, 'add "iscrowd": 0')
        elif crowd == 1:
            message = "iscrowd is 1: the object is ignored in every score"
            self._report.promise("coco.iscrowd", self._path, about, message, "set it to 0 unless it is a crowd")

    def _check_box(self, entry: Json, image: Json, about: str) -> bool:
        box = entry.get("bbox")
        if not isinstance(box, list) or len(box) != 4 or not all(_is_number(v) for v in box):
            self._error("bbox", about, f"bbox must be [x, y, width, height], got {box!r}", "draw the box again")
            return False
        x, y, w, h = box
        if w <= 0 or h <= 0:
            message = f"bbox {box} is empty: it can never be found"
            self._error("bbox", about, message, "draw the box again or remove the object")
            return False
        beyond = max(-x, -y, x + w - image["width"], y + h - image["height"])
        if beyond > _EPSILON_PX:
            message = f"bbox {box} reaches {beyond:g} px out of its {image['width']} x {image['height']} image"
            remedy = "clip it: the Object Detection API drops such boxes silently"
            self._error("bbox", about, message, remedy)
        if self._report.ours and not all(isinstance(v, float) for v in box):
            message = f"bbox {box} has whole numbers where floats are promised"
            self._report.warn("coco.bbox_type", self._path, about, message, "write them as floats")
        return True

    def _check_segmentation(self, entry: Json, image: Json, about: str) -> Mask | None:
        value = entry.get("segmentation")
        if "segmentation" not in entry or value is None:
            message = "segmentation is missing: CVAT and torchvision fail"
            self._error("segmentation", about, message, 'add "segmentation": [] where there is no mask')
            return None
        if value == []:
            self._without_mask.append(about)
            return None
        self._with_mask += 1
        if problem := self._wrong_form(value, entry.get("iscrowd") == 1):
            self._error("segmentation", about, problem, "write a list of polygons: [[x0, y0, x1, y1, x2, y2, ...]]")
            return None
        if self._report.ours and isinstance(value, dict) != self._rle:
            wanted = (
                "run-length encoded" if self._rle else "a list of polygons: Label Studio and Ultralytics fail on RLE"
            )
            self._error("mask_form", about, f"the mask must be {wanted}", "write the joint files again")
        try:
            return read_segmentation(value, image["width"], image["height"])
        except LabelError as error:
            self._error("segmentation", about, f"cannot be drawn: {error}", "draw the mask again")
            return None

    def _wrong_form(self, value: Any, crowd: bool) -> str | None:
        if isinstance(value, dict):
            if crowd or isinstance(value.get("counts"), str):
                return None
            return "is uncompressed RLE, which only crowds may be"
        if not isinstance(value, list):
            return f"segmentation must be a list of polygons, got {type(value).__name__}"
        if all(_is_number(v) for v in value):
            return "segmentation is one flat polygon, not a list of polygons"
        good = all(isinstance(p, list) and len(p) >= 6 and len(p) % 2 == 0 and all(map(_is_number, p)) for p in value)
        return None if good else "each polygon needs at least three points, x and y in turn"

    def _check_area(self, entry: Json, mask: Mask | None, usable: bool, about: str) -> None:
        area = entry.get("area")
        if not _is_number(area) or area <= 0:
            message = f"area must be a number > 0, got {area!r}: pycocotools fails or skips the object"
            self._error("area", about, message, "set it to the mask's pixels, or to width x height")
        elif self._report.ours and usable:
            wanted = float(mask.area) if mask is not None else entry["bbox"][2] * entry["bbox"][3]
            if mask is None and entry.get("segmentation") != []:
                return
            if abs(area - wanted) > 0.5 + 1e-6 * wanted:
                self._error(
                    "area", about, f"area is {area:g}, the object covers {wanted:g}", "set it to what it covers"
                )

    def _compare(self, entry: Json, mask: Mask, about: str) -> None:
        """The box must be the mask's, to a pixel."""
        if mask.area == 0:
            self._error("segmentation", about, "the mask is empty", "draw the mask again or remove it")
            return
        x, y, w, h = entry["bbox"]
        gap = max(abs(a - b) for a, b in zip(mask.box, (x, y, x + w, y + h), strict=True))
        if gap > _CLOSE_PX:
            message = (
                f"box and mask differ by {gap:g} px: bbox ends at {[x, y, x + w, y + h]}, the mask at {list(mask.box)}"
            )
            self._report.promise("coco.box_and_mask", self._path, about, message, "set bbox to the mask's extent")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
