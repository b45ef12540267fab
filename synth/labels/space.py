"""Where objects and the camera are, and what else was measured, as JSON; turns that are none are told.

`space`: `{"pose": [12 numbers], "bounds": [6 numbers]}`, see `synth.labels.sample.Space`. `measures`: `{name: number}`.
`camera` in an image's extra: `{"focal_px", "cx", "cy", "pose": [12 numbers]}`, and "depth_unit_mm" where the dataset
has a depth picture: what one level of it stands for (see `synth.labels.planes`). The principal point is in continuous
px, the pose leads to the world from Blender's camera axes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synth.errors import LabelError
from synth.geometry.camera import Intrinsics
from synth.geometry.pose import Matrix4, Pose, matrix_of_pose, pose_of
from synth.labels.sample import LabelledImage, Space

Json = dict[str, Any]
CAMERA = "camera"
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """The camera of an image.

    Attributes:
        intrinsics: of it.
        pose: world from camera (Blender's axes).
        depth_unit_mm: what a level of the image's depth picture stands for; None without one.
    """

    intrinsics: Intrinsics
    pose: Pose
    depth_unit_mm: float | None = None


def camera_extra(intrinsics: Intrinsics, camera: Matrix4, depth_unit_mm: float | None = None) -> Json:
    """What an image's extra says about its camera."""
    record: Json = {
        "focal_px": intrinsics.focal_px,
        "cx": intrinsics.cx,
        "cy": intrinsics.cy,
        "pose": list(pose_of(camera)),
    }
    if depth_unit_mm is not None:
        record["depth_unit_mm"] = depth_unit_mm
    return {CAMERA: record}


def camera_of(image: LabelledImage) -> CameraRecord | None:
    """The camera that an image's extra names; None without one; LabelError for one that makes no sense."""
    record = image.extra.get(CAMERA)
    if record is None:
        return None
    if not isinstance(record, Mapping):
        raise LabelError(f"camera must be an object, got {record!r}")
    focal, cx, cy = (number_in(record, key) for key in ("focal_px", "cx", "cy"))
    unit = number_in(record, "depth_unit_mm") if "depth_unit_mm" in record else None
    if focal <= 0 or (unit is not None and unit <= 0):
        raise LabelError(f"focal_px and depth_unit_mm of a camera must be > 0, got {focal} and {unit}")
    pose = read_pose(record.get("pose"), "pose of the camera")
    return CameraRecord(Intrinsics(focal, cx, cy, image.width, image.height), pose, unit)


def space_record(space: Space) -> Json:
    """The JSON object of a place in space."""
    return {"pose": [float(v) for v in space.pose], "bounds": [float(v) for v in space.bounds]}


def read_space(value: Any) -> Space | None:
    """Reads what `space_record` wrote; None for None."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise LabelError(f"space must be an object with pose and bounds, got {str(value)[:60]}")
    pose = read_pose(value.get("pose"), "pose")
    bounds = read_numbers(value.get("bounds"), 6, "bounds")
    if any(low > high for low, high in zip(bounds[:3], bounds[3:], strict=True)):
        raise LabelError(f"bounds must be least x, y, z, then greatest x, y, z, got {list(bounds)}")
    return Space(pose, bounds)  # type: ignore[arg-type]


def read_pose(value: Any, name: str) -> Pose:
    """Twelve numbers whose first three columns are a rotation times a scale; LabelError calls it `name`."""
    pose: Pose = read_numbers(value, 12, name)  # type: ignore[assignment]
    if problem := pose_problem(pose):
        raise LabelError(f"{name} {problem}")
    return pose


def pose_problem(pose: Pose) -> str | None:
    """Why a pose is no rotation with a uniform scale; None if it is one."""
    turn = matrix_of_pose(pose)[:3, :3]
    determinant = float(np.linalg.det(turn))
    if not determinant > 0:
        return f"must not be mirrored or flat, got a determinant of {determinant:.3g}"
    turn = turn / determinant ** (1 / 3)
    off = float(np.abs(turn @ turn.T - np.eye(3)).max())
    return f"must be a rotation with one scale, is off by {off:.2g}" if off > _TOLERANCE else None


def read_measures(value: Any) -> tuple[tuple[str, float], ...]:
    """The named numbers of an object."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise LabelError(f"measures must be an object of numbers, got {str(value)[:60]}")
    return tuple((str(name), number_in(value, name)) for name in value)


def read_numbers(value: Any, count: int, name: str) -> tuple[float, ...]:
    """So many finite numbers."""
    if not isinstance(value, list | tuple) or len(value) != count:
        raise LabelError(f"{name} must be {count} numbers, got {str(value)[:60]}")
    return tuple(number_in({name: number}, name) for number in value)


def number_in(record: Mapping[str, Any], key: str) -> float:
    """A finite number; LabelError calls it by its key."""
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LabelError(f"{key} must be a number, got {value!r}")
    return float(value)
