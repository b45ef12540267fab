"""A rendered picture with its truth, as renderers give it and compositing takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.geometry.camera import Intrinsics
from synth.geometry.pose import Matrix4
from synth.labels.sample import Annotation
from synth.scene.spec import RenderLayer, XrayLayer

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture.

    Attributes:
        rgb: (h, w, 3) float32 linear light, premultiplied with alpha.
        alpha: (h, w) float32; None: opaque everywhere.
        shadow: (h, w, 3) float32 factors for what lies below; None: no shadow.
        ids: (h, w) int32, 1 + position in the stage's things of what is seen at the pixel's centre; 0: nothing of it.
        depth: (h, w) float32, distance along the optical axis at the pixel's centre, metres; inf where nothing is.
        normals: (h, w, 3) float32 unit normals in OpenCV's camera axes; 0 where nothing is.
        annotations: of the subjects, with all they carry, as if nothing were put over the picture later.
        intrinsics, camera: of the camera; its pose in the world has Blender's axes.
    """

    rgb: Plane
    alpha: Plane | None
    shadow: Plane | None
    ids: NDArray[np.int32]
    depth: Plane
    normals: Plane
    annotations: tuple[Annotation, ...]
    intrinsics: Intrinsics
    camera: Matrix4


Shots = Callable[[RenderLayer, int, int, float], Shot]
"""Gives the shot of a layer on a canvas of (width, height) px, in which subjects are at least so visible.

RenderError: the renderer failed. RejectedScene: too little of a subject is seen, which is found before it is rendered.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """What an X-ray layer's bodies let through.

    Attributes:
        transmission: (h, w) float64, share of the rays that comes through; above 1 where a body attenuates less than
            what it displaces.
        annotations: of the subjects. Bodies are seen through one another: only the picture's border hides them.
        intrinsics, camera: of the source; its pose in the world has Blender's axes.
    """

    transmission: NDArray[np.float64]
    annotations: tuple[Annotation, ...]
    intrinsics: Intrinsics
    camera: Matrix4


Radiographs = Callable[[XrayLayer, int, int, float], Radiograph]
"""Gives the radiograph of a layer on a canvas of (width, height) px, in which subjects are at least so visible.

RejectedScene: too little of a subject is in the picture, or a body reaches behind the source.
"""
