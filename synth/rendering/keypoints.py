"""Named points of a body on the picture, and which of them are seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synth.geometry.camera import Intrinsics
from synth.geometry.pose import transformed
from synth.labels.sample import Keypoint
from synth.rendering.raster import NEAR_M, Posed, Raster

Points = NDArray[np.float64]
Point3 = tuple[float, float, float]
BESIDE_PX = 0.5
"""What hides a point lies so many px (at its distance) before it."""
ON_SURFACE = 1e-5
"""A corner this near, as a share of the body's size, makes a point one of the surface."""


def keypoints_of(
    places: Mapping[str, Point3], pose: Points, body: Posed, bodies: Sequence[Posed], raster: Raster,
    intrinsics: Intrinsics, depth_m: float = 0.0,
) -> tuple[Keypoint, ...]:  # fmt: skip
    """The points of a body.

    Args:
        places: them in its own frame, metres.
        pose: (4, 4) its frame to OpenCV's camera axes.
        body: it, before the camera.
        bodies: all bodies.
        raster: what is seen of them.
        intrinsics: of the camera.
        depth_m: how deep below the body's own surface they may lie and still be seen.

    Returns:
        Those before the camera, in their order. One is seen if it lies in the picture, no face hides it (the faces at
        the four nearest pixels are followed to the point's own line of sight; one that does not hide it is enough, for
        points on an outline), and, on the surface, a face there looks at the camera.
    """
    if not places:
        return ()
    points = transformed(pose, np.array(list(places.values()), np.float64))
    made = []
    for name, point in zip(places, points, strict=True):
        if point[2] < NEAR_M:
            continue
        x, y = intrinsics.projected(point[None])[0].tolist()
        inside = 0 <= x < intrinsics.width and 0 <= y < intrinsics.height
        is_visible = (
            inside
            and _is_open(point, x, y, body, depth_m, bodies, raster, intrinsics)
            and (depth_m > 0 or not _looks_away(point, body))
        )
        made.append(Keypoint(name, x, y, is_visible))
    return tuple(made)


def _is_open(
    point: Points, x: float, y: float, own: Posed, depth_m: float, bodies: Sequence[Posed], raster: Raster,
    intrinsics: Intrinsics,
) -> bool:  # fmt: skip
    least = float(point[2]) * (1.0 - BESIDE_PX / intrinsics.focal_px)
    ray = np.array([(x - intrinsics.cx) / intrinsics.focal_px, (y - intrinsics.cy) / intrinsics.focal_px, 1.0])
    columns = (math.floor(x - 0.5), math.floor(x - 0.5) + 1)
    rows = (math.floor(y - 0.5), math.floor(y - 0.5) + 1)
    for row in rows:
        for column in columns:
            if not (0 <= row < intrinsics.height and 0 <= column < intrinsics.width):
                continue
            number = int(raster.ids[row, column])
            if number == 0:
                return True
            body = bodies[number - 1]
            nearest = least - depth_m if body is own else least
            if _depth_along(ray, body.points[body.faces[raster.faces[row, column]]]) >= nearest:
                return True
    return False


def _depth_along(ray: Points, corners: Points) -> float:
    """Where a line of sight meets the plane of a face, at most as near and as far as the face itself."""
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    slope, distance = float((normal * ray).sum()), float((normal * corners[0]).sum())
    least, most = float(corners[:, 2].min()), float(corners[:, 2].max())
    return least if slope == 0 else min(max(distance / slope, least), most)


def _looks_away(point: Points, body: Posed) -> bool:
    """Whether the point is a corner of the surface none of whose faces looks at the camera."""
    away = np.abs(body.points - point).max(axis=1)
    near = away <= ON_SURFACE * float(np.abs(body.points - body.points[0]).max())
    if not near.any():
        return False
    corners = body.points[body.faces[near[body.faces].any(axis=1)]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return bool(((normals * corners[:, 0]).sum(axis=1) >= 0).all())
