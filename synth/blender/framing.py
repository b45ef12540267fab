"""Which part of a picture is rendered. Where the film is transparent and nothing catches shadows, all else is empty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.blender.denoising import AROUND_PX
from synth.geometry.boxes import Region
from synth.geometry.camera import Intrinsics, in_camera
from synth.geometry.pose import Matrix4, matrix_of_pose, transformed
from synth.scene.take import Shoot

MARGIN_PX = AROUND_PX + 2
"""What the pixel filter reaches, and the emptiness that the denoiser sees."""
NEAREST_M = 0.001
Plane = NDArray[np.float32]


def whole(shoot: Shoot) -> Region:
    """The region of a whole picture."""
    return (0, 0, shoot.width, shoot.height)


def region_of(shoot: Shoot, bodies: Iterable[tuple[NDArray[np.float32], Matrix4]]) -> Region:
    """The part of a picture that its bodies may show in; the whole one where anything else may show as well.

    Args:
        shoot: the picture.
        bodies: (n, 3) points of each, and the world from its frame.
    """
    stage, lens = shoot.stage, shoot.stage.camera.lens
    catches = any(thing.catches_shadow for thing in stage.things)
    fills = not stage.film_transparent or catches or stage.engine.kind != "cycles" or shoot.passes or bool(shoot.blend)
    if fills or lens.f_stop is not None:
        return whole(shoot)
    intrinsics = Intrinsics.of_lens(lens.focal_mm, lens.sensor_mm, shoot.width, shoot.height)
    camera = matrix_of_pose(stage.camera.pose)
    ends = []
    for points, pose in bodies:
        seen = in_camera(camera, transformed(pose, points.astype(np.float64)))
        if not seen[:, 2].min() > NEAREST_M:
            return whole(shoot)
        screen = intrinsics.projected(seen)
        ends += [screen.min(axis=0), screen.max(axis=0)]
    return _between(np.array(ends).reshape(-1, 2), shoot)


def _between(ends: NDArray[np.float64], shoot: Shoot) -> Region:
    """The region round some points, with its margin; the whole picture if nothing of it lies in there."""
    if not len(ends):
        return whole(shoot)
    left, top = (math.floor(least) - MARGIN_PX for least in ends.min(axis=0).tolist())
    right, bottom = (math.ceil(most) + MARGIN_PX for most in ends.max(axis=0).tolist())
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, shoot.width), min(bottom, shoot.height)
    return (x0, y0, x1, y1) if x1 - x0 > MARGIN_PX and y1 - y0 > MARGIN_PX else whole(shoot)


def set_region(render: Any, region: Region, shoot: Shoot) -> None:
    """Has Blender render a region and nothing else; it rounds the borders down to whole pixels."""
    x0, y0, x1, y1 = region
    width, height = shoot.width, shoot.height
    render.use_border = render.use_crop_to_border = region != whole(shoot)
    render.border_min_x, render.border_max_x = (x0 + 0.25) / width, min((x1 + 0.25) / width, 1.0)
    render.border_min_y, render.border_max_y = (height - y1 + 0.25) / height, min((height - y0 + 0.25) / height, 1.0)


def spread(plane: Plane, region: Region, shoot: Shoot) -> Plane:
    """A plane of a region as one of the whole picture, 0 elsewhere."""
    if region == whole(shoot):
        return plane
    out = np.zeros((shoot.height, shoot.width, *plane.shape[2:]), np.float32)
    out[region[1] : region[3], region[0] : region[2]] = plane
    return out
