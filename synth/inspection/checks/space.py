"""Keypoints in the picture, poses that are turns, and boxes where camera, pose and bounds say."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from synth.errors import LabelError
from synth.geometry.boxes import Box, bounding_box
from synth.geometry.camera import Intrinsics
from synth.geometry.pose import matrix_of_pose, transformed
from synth.inspection.checks.findings import Report
from synth.labels.keypoints import ABSENT, category_names, read_coco_keypoints
from synth.labels.record import Json
from synth.labels.sample import Annotation, LabelledImage, Space
from synth.labels.space import camera_of, pose_problem

_CLOSE_PX = 2.0


def check_space(report: Report, pictures: Iterable[tuple[LabelledImage, Path]]) -> None:
    """Checks what the objects of a dataset say about space."""
    for image, path in pictures:
        intrinsics = _intrinsics(report, image, path)
        for number, annotation in enumerate(image.annotations, start=1):
            about = f"object {number}"
            _check_points(report, path, about, annotation, image)
            if annotation.space is not None:
                _check_pose(report, path, about, annotation, intrinsics)


def _intrinsics(report: Report, image: LabelledImage, path: Path) -> Intrinsics | None:
    try:
        camera = camera_of(image)
    except LabelError as error:
        report.promise("space.camera", path, "camera", str(error), "make the image again")
        return None
    return None if camera is None else camera.intrinsics


def _check_points(report: Report, path: Path, about: str, annotation: Annotation, image: LabelledImage) -> None:
    for point in annotation.keypoints:
        if point.is_visible and not (0 <= point.x <= image.width and 0 <= point.y <= image.height):
            place = f"({point.x:g}, {point.y:g})"
            message = (
                f"keypoint {point.name!r} is visible, but at {place}: not in the {image.width} x {image.height} image"
            )
            report.promise("space.keypoint", path, about, message, "mark it as not visible, or correct its place")


def _check_pose(report: Report, path: Path, about: str, annotation: Annotation, intrinsics: Intrinsics | None) -> None:
    if annotation.space is None:
        return
    if problem := pose_problem(annotation.space.pose):
        report.promise("space.pose", path, about, f"pose {problem}", "make the image again")
        return
    reach = None if intrinsics is None else projected_bounds(annotation.space, intrinsics)
    if reach is None:
        return
    box = annotation.box if annotation.amodal_box is None else annotation.amodal_box
    beyond = max(reach[0] - box[0], reach[1] - box[1], box[2] - reach[2], box[3] - reach[3])
    if beyond > _CLOSE_PX:
        extent = tuple(round(v, 1) for v in reach)
        message = f"box {tuple(round(v, 1) for v in box)} must lie in {extent}, where pose and camera put the object"
        report.promise("space.box", path, about, message, "make the image again")


def projected_bounds(space: Space, intrinsics: Intrinsics) -> Box | None:
    """The box round the corners of an object's bounds on the picture; None if one is not in front of the camera."""
    low, high = space.bounds[:3], space.bounds[3:]
    corners = np.array(list(itertools.product(*zip(low, high, strict=True))), np.float64)
    ahead = transformed(matrix_of_pose(space.pose), corners)
    if ahead[:, 2].min() <= 0:
        return None
    return bounding_box(intrinsics.projected(ahead).tolist())


def check_coco_keypoints(report: Report, path: Path, document: Json, images: Mapping[int, Json]) -> None:
    """The keypoints of a COCO file: pycocotools takes three numbers for each name, and counts those that are there."""
    names: dict[int, tuple[str, ...]] = {}
    for entry in document["categories"]:
        if isinstance(entry, dict) and isinstance(entry.get("id"), int):
            try:
                names[entry["id"]] = category_names(entry)
            except LabelError as error:
                report.error("coco.keypoint_names", path, f"category {entry['id']}", str(error), "name each once")
    for entry in document["annotations"]:
        if isinstance(entry, dict) and "keypoints" in entry:
            about = f"annotation {entry.get('id')}"
            key = entry.get("category_id")
            _check_list(report, path, about, entry, names.get(key, ()) if isinstance(key, int) else ())
            image = images.get(entry["image_id"]) if isinstance(entry.get("image_id"), int) else None
            if image is not None:
                _check_inside(report, path, about, entry, image)


def _check_list(report: Report, path: Path, about: str, entry: Json, names: tuple[str, ...]) -> None:
    try:
        read_coco_keypoints(entry["keypoints"], names)
    except LabelError as error:
        report.error("coco.keypoints", path, about, str(error), "write x, y, v for each name of the category")
        return
    count = sum(code != ABSENT for code in entry["keypoints"][2::3])
    if entry.get("num_keypoints") != count:
        message = (
            f"num_keypoints is {entry.get('num_keypoints')!r}, but {count} are there: scores leave it out, or fail"
        )
        report.error("coco.num_keypoints", path, about, message, f"set it to {count}")


def _check_inside(report: Report, path: Path, about: str, entry: Json, image: Json) -> None:
    values = entry["keypoints"]
    if not isinstance(values, list) or len(values) % 3 or not all(isinstance(v, int | float) for v in values):
        return
    for x, y, code in zip(values[::3], values[1::3], values[2::3], strict=True):
        if code != ABSENT and not (0 <= x <= image["width"] and 0 <= y <= image["height"]):
            message = f"keypoint at ({x:g}, {y:g}) has v = {code}, but is not in the picture"
            report.promise("coco.keypoints", path, about, message, "give it v = 0 and zeros")
