"""BOP datasets (thodan/bop_toolkit, docs/bop_datasets_format.md): poses for 6-D pose estimation, one scene a split.

Millimetres; OpenCV's camera axes; pixel centres at whole numbers, so the principal point is half a pixel less than
ours. An object of BOP is one rigid body: bodies of a category that differ in identity or size are objects of their own.
Its model's origin is the middle of its bounds, and a scale in its pose goes into the model. `models_info.json` has
bounds, and the diagonal of the bounds for the diameter, which is at most that long.

Silhouettes of what is hidden are not kept in a dataset, so there is `mask_visib` and no `mask`; `bbox_obj` is the
amodal box, `px_count_all` follows from the visibility. Objects without a pose are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.errors import ConfigError, LabelError
from synth.files import write_atomically
from synth.geometry.boxes import Box
from synth.geometry.camera import camera_from_world
from synth.geometry.pose import matrix_of_pose
from synth.labels.dataset import Dataset
from synth.labels.layout import ROLES, depth_path, link_or_copy, sorted_splits
from synth.labels.sample import Annotation, Categories, LabelledImage, Space
from synth.labels.space import CameraRecord, camera_of

Json = dict[str, Any]
SCENE = "000000"
_WHOLE = 255


@dataclass(frozen=True, slots=True)
class Placed:
    """A body as BOP has it: rotation and translation (mm) of its model to the camera, and the model's size, mm."""

    turn: NDArray[np.float64]
    shift_mm: NDArray[np.float64]
    size_mm: tuple[float, float, float]
    own_origin_mm: tuple[float, float, float]


@dataclass(slots=True)
class Models:
    """The objects so far, numbered from 1.

    Attributes:
        categories: of the dataset.
        numbers: of each kind of body.
        infos: entry of `models_info.json` by number.
    """

    categories: Categories
    numbers: dict[tuple[Any, ...], int] = field(default_factory=dict)
    infos: dict[str, Json] = field(default_factory=dict)

    def number_of(self, annotation: Annotation, placed: Placed) -> int:
        """The number of an object's model; a new one is noted down."""
        key = (annotation.category, annotation.identity, placed.size_mm, placed.own_origin_mm)
        if key not in self.numbers:
            self.numbers[key] = number = len(self.numbers) + 1
            self.infos[str(number)] = _model_info(annotation, placed, self.categories)
        return self.numbers[key]


def placed(space: Space) -> Placed:
    """A pose and bounds in BOP's terms."""
    matrix = matrix_of_pose(space.pose)
    scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    low, high = np.array(space.bounds[:3]), np.array(space.bounds[3:])
    middle = (low + high) / 2
    shift = (matrix[:3, :3] @ middle + matrix[:3, 3]) * 1000.0
    size = tuple(round(float(v), 4) for v in (high - low) * scale * 1000.0)
    origin = tuple(round(float(v) + 0.0, 4) for v in -middle * scale * 1000.0)
    return Placed(matrix[:3, :3] / scale, shift, size, origin)  # type: ignore[arg-type]


def _model_info(annotation: Annotation, body: Placed, categories: Categories) -> Json:
    info: Json = {"diameter": float(np.linalg.norm(body.size_mm))}
    for axis, size in zip("xyz", body.size_mm, strict=True):
        info |= {f"min_{axis}": -size / 2, f"size_{axis}": size}
    known = {"category": categories.names[annotation.category], "identity": annotation.identity}
    return info | {key: value for key, value in known.items() if value} | {"own_origin": list(body.own_origin_mm)}


def write_bop(
    dataset: Dataset, out: Path, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Writes the images of a dataset that have a camera and objects with poses.

    Args:
        dataset: to write.
        out: a folder that is not there yet, or empty.
        on_progress: called with (done, total) images.

    Returns:
        How many images were written.

    Raises:
        ConfigError: the folder is not empty.
        LabelError: no image has both a camera and a pose, or a picture is missing.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out}: must be an empty or new folder; choose another --out")
    images = [image for image in dataset.images if camera_of(image) and any(a.space for a in image.annotations)]
    if not images:
        raise LabelError(
            f"{dataset.root}: expected objects with poses and images with a camera, found none; "
            "BOP takes rendered datasets only"
        )
    models = Models(dataset.categories)
    done = 0
    for split in sorted_splits({image.split for image in images}):
        scene = _Scene(dataset, out / ROLES.get(split, split or "train") / SCENE, models)
        for image in images:
            if image.split == split:
                on_progress(done, len(images))
                scene.add(image)
                done += 1
        scene.finish()
    _write_json(out / "models" / "models_info.json", models.infos)
    on_progress(done, done)
    return done


class _Scene:
    """The folder of one scene."""

    def __init__(self, dataset: Dataset, folder: Path, models: Models) -> None:
        self._dataset, self._folder, self._models = dataset, folder, models
        self._cameras: dict[str, Json] = {}
        self._truth: dict[str, list[Json]] = {}
        self._infos: dict[str, list[Json]] = {}

    def add(self, image: LabelledImage) -> None:
        """Links an image and notes down its labels."""
        number = len(self._cameras)
        camera = camera_of(image)
        if camera is None:
            raise LabelError(f"{image.file_name}: has no camera; leave it out")
        source = self._dataset.path(image)
        link_or_copy(source, self._folder / "rgb" / f"{number:06d}{source.suffix.lower()}")
        depth = depth_path(self._dataset.root, image.split, image.file_name)
        if with_depth := camera.depth_unit_mm is not None and depth.is_file():
            link_or_copy(depth, self._folder / "depth" / f"{number:06d}.png")
        self._cameras[str(number)] = camera_entry(camera, with_depth=with_depth)
        truth, infos = [], []
        for annotation in image.annotations:
            if annotation.space is not None:
                body = placed(annotation.space)
                truth.append(truth_entry(self._models.number_of(annotation, body), body))
                infos.append(info_entry(annotation))
                self._write_mask(f"{number:06d}_{len(truth) - 1:06d}.png", annotation, image)
        self._truth[str(number)], self._infos[str(number)] = truth, infos

    def _write_mask(self, name: str, annotation: Annotation, image: LabelledImage) -> None:
        if annotation.mask is None:
            return
        done, data = cv2.imencode(".png", annotation.mask.to_full(image.width, image.height).astype(np.uint8) * _WHOLE)
        if not done:
            raise LabelError(f"{image.file_name}: a mask could not be written as PNG")
        write_atomically(self._folder / "mask_visib" / name, data.tobytes())

    def finish(self) -> None:
        """Writes the files of the whole scene."""
        _write_json(self._folder / "scene_camera.json", self._cameras)
        _write_json(self._folder / "scene_gt.json", self._truth)
        _write_json(self._folder / "scene_gt_info.json", self._infos)


def camera_entry(camera: CameraRecord, *, with_depth: bool) -> Json:
    """An image's entry in `scene_camera.json`."""
    k = camera.intrinsics
    world = camera_from_world(matrix_of_pose(camera.pose))
    return {
        "cam_K": [k.focal_px, 0.0, k.cx - 0.5, 0.0, k.focal_px, k.cy - 0.5, 0.0, 0.0, 1.0],
        "cam_R_w2c": world[:3, :3].ravel().tolist(),
        "cam_t_w2c": (world[:3, 3] * 1000.0).tolist(),
        "depth_scale": camera.depth_unit_mm if with_depth else 1.0,
    }


def truth_entry(number: int, body: Placed) -> Json:
    """An object's entry in `scene_gt.json`."""
    return {"cam_R_m2c": body.turn.ravel().tolist(), "cam_t_m2c": body.shift_mm.tolist(), "obj_id": number}


def info_entry(annotation: Annotation) -> Json:
    """An object's entry in `scene_gt_info.json`; what is not known is left out."""
    whole = annotation.amodal_box if annotation.amodal_box is not None else annotation.box
    info: Json = {"bbox_obj": _whole_xywh(whole), "bbox_visib": _whole_xywh(annotation.box)}
    if annotation.visibility is not None:
        info["visib_fract"] = annotation.visibility
    if annotation.mask is not None:
        info["px_count_visib"] = annotation.mask.area
        if annotation.visibility:
            info["px_count_all"] = round(annotation.mask.area / annotation.visibility)
    return info


def _whole_xywh(box: Box) -> list[int]:
    """(x, y, width, height) of the pixels that a box meets."""
    x0, y0 = (int(np.floor(v)) for v in box[:2])
    x1, y1 = (int(np.ceil(v)) for v in box[2:])
    return [x0, y0, x1 - x0, y1 - y0]


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    """One entry a line, as BOP's own files are."""
    lines = [f"  {msgspec.json.encode(k).decode()}: {msgspec.json.encode(v).decode()}" for k, v in document.items()]
    write_atomically(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
