"""What a pinhole camera sees of triangle meshes, sample by sample: which body, which face, where on it.

A sample is the middle of a pixel, or of one of its k x k parts; a window of the picture's plane, which may reach
beyond the picture, and its fineness are nothing but other `Intrinsics` (`windowed`). Bodies are opaque and seen from
both sides. Of two faces at the same distance the earlier body, then the earlier face is seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Region
from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.mesh import Mesh
from synth.geometry.pose import Matrix4
from synth.rendering.triangles import draw, in_frame, on_screen, resolve

Points = NDArray[np.float64]
Indices = NDArray[np.int32]
NEAR_M = 0.001
"""What is nearer to the plane of the lens is not seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """What is seen at each sample.

    Attributes:
        ids: (h, w) int32, 1 + position of the body; 0: none.
        faces: (h, w) int32, face of its mesh; -1: none.
        depth: (h, w) float32, distance along the optical axis, metres; inf: none.
        normals: (h, w, 3) float32, unit normal of the face on the side that is seen, OpenCV's camera axes; 0: none.
        barycentric: (h, w, 2) float32, weights of the face's second and third corner in space.
    """

    ids: Indices
    faces: Indices
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    barycentric: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A mesh before the camera: (n, 3) points in OpenCV's camera axes, metres, and (m, 3) faces."""

    points: Points
    faces: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The nearest face at each sample.

    Attributes:
        ids, faces: as of a `Raster`.
        regions: for each body the samples that it may be seen at.
    """

    ids: Indices
    faces: Indices
    regions: tuple[Region, ...]


def posed(mesh: Mesh, pose: Matrix4, camera: Matrix4) -> Posed:
    """A mesh, whose frame is at `pose` in the world, before a camera at `camera` (Blender's axes)."""
    return Posed(in_frame(mesh.vertices, camera_from_world(camera) @ pose), mesh.faces)


def windowed(intrinsics: Intrinsics, region: Region, fold: int = 1) -> Intrinsics:
    """The camera of a region of the picture's plane, each pixel of it cut into fold x fold."""
    x0, y0, x1, y1 = region
    return Intrinsics(
        intrinsics.focal_px * fold,
        (intrinsics.cx - x0) * fold,
        (intrinsics.cy - y0) * fold,
        (x1 - x0) * fold,
        (y1 - y0) * fold,
    )


def rasterised(
    meshes: Sequence[Mesh],
    poses: Sequence[Matrix4],
    camera: Matrix4,
    intrinsics: Intrinsics,
    *,
    near_m: float = NEAR_M,
) -> Raster:
    """What is seen at the middle of each pixel.

    Args:
        meshes: the bodies.
        poses: world from the frame of each.
        camera: world from camera, Blender's axes.
        intrinsics: of the camera.
        near_m: what is nearer along the optical axis is cut off.
    """
    bodies = [posed(mesh, pose, camera) for mesh, pose in zip(meshes, poses, strict=True)]
    return resolved(hits(bodies, intrinsics, near_m=near_m), bodies, intrinsics)


def hits(bodies: Sequence[Posed], intrinsics: Intrinsics, *, near_m: float = NEAR_M, far_m: float = math.inf) -> Hits:
    """The nearest face of all bodies at each sample.

    Args:
        bodies: before the camera.
        intrinsics: of the camera.
        near_m: what is nearer along the optical axis is cut off.
        far_m: faces all of which is further are left out, which saves time where they do not matter.
    """
    shape = (intrinsics.height, intrinsics.width)
    ids, faces, nearness = np.zeros(shape, np.int32), np.full(shape, -1, np.int32), np.zeros(shape)
    regions = []
    lens = (intrinsics.focal_px, intrinsics.cx, intrinsics.cy)
    for number, body in enumerate(bodies, 1):
        screen = on_screen(body.points, *lens, near_m)
        regions.append(draw(body.points, screen, body.faces, number, *lens, near_m, far_m, ids, faces, nearness))
    return Hits(ids, faces, tuple(regions))


def resolved(seen: Hits, bodies: Sequence[Posed], intrinsics: Intrinsics) -> Raster:
    """Depth, normals and places on faces, from the very planes of the faces that were hit."""
    shape = seen.ids.shape
    depth = np.full(shape, np.inf, np.float32)
    normals, barycentric = np.zeros((*shape, 3), np.float32), np.zeros((*shape, 2), np.float32)
    for number, (body, region) in enumerate(zip(bodies, seen.regions, strict=True), 1):
        resolve(
            body.points, body.faces, number, intrinsics.focal_px, intrinsics.cx, intrinsics.cy, region,
            seen.ids, seen.faces, depth, normals, barycentric,
        )  # fmt: skip
    return Raster(seen.ids, seen.faces, depth, normals, barycentric)
