"""Shots made of arrays: what a renderer would give."""

from __future__ import annotations

import numpy as np

from synth.geometry.camera import Intrinsics
from synth.geometry.pose import looking, pose_of
from synth.labels.sample import Annotation, Keypoint, Mask
from synth.scene.shot import Shot
from synth.scene.spec import RenderLayer
from synth.scene.stage import Stage, Viewpoint

CAMERA = looking((0.0, -1.0, 0.4), (0.0, 0.0, 0.0))


def a_layer(**known: object) -> RenderLayer:
    return RenderLayer(stage=Stage(camera=Viewpoint(pose=pose_of(CAMERA)), things=()), **known)  # type: ignore[arg-type]


def subject(mask: np.ndarray, visibility: float = 1.0, **known: object) -> Annotation:
    tight = Mask.from_full(mask)
    return Annotation(category=1, box=tight.box, mask=tight, amodal_box=tight.box, visibility=visibility, **known)  # type: ignore[arg-type]


def a_shot(
    rgb: np.ndarray,
    alpha: np.ndarray | None = None,
    shadow: np.ndarray | None = None,
    annotations: tuple[Annotation, ...] = (),
) -> Shot:
    height, width = rgb.shape[:2]
    seen = np.ones((height, width), np.bool_) if alpha is None else alpha >= 0.5
    return Shot(
        rgb=rgb.astype(np.float32),
        alpha=None if alpha is None else alpha.astype(np.float32),
        shadow=None if shadow is None else shadow.astype(np.float32),
        ids=seen.astype(np.int32),
        depth=np.where(seen, np.float32(0.8), np.float32(np.inf)).astype(np.float32),
        normals=np.where(seen[..., None], np.array([0, 0, -1], np.float32), 0).astype(np.float32),
        annotations=annotations,
        intrinsics=Intrinsics(float(width), width / 2, height / 2, width, height),
        camera=CAMERA,
    )


def disc(height: int, width: int, x: float, y: float, radius: float) -> np.ndarray:
    """(h, w) coverage of a disc with a soft edge."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    return np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0.0, 1.0)


def ball(size: tuple[int, int] = (300, 300), light: float = 3.7) -> Shot:
    """A shaded ball with its shadow, a highlight, a character and two keypoints on it."""
    width, height = size
    x, y, radius = 0.5 * width, 0.45 * height, 0.25 * height
    alpha = disc(height, width, x, y, radius)
    rows, columns = np.mgrid[:height, :width] + 0.5
    shade = np.clip(1.2 - np.hypot(columns - x + 0.4 * radius, rows - y + 0.5 * radius) / (1.6 * radius), 0.05, None)
    shine = 6 * np.exp(-((columns - x + 0.4 * radius) ** 2 + (rows - y + 0.5 * radius) ** 2) / (0.04 * radius**2))
    rgb = light * (shade[..., None] * np.array([0.5, 0.2, 0.1]) + shine[..., None]) * alpha[..., None]
    fall = np.exp(-(((columns - x) / radius) ** 2 + ((rows - y - radius) / (0.3 * radius)) ** 2))
    shadow = np.repeat(1 - 0.8 * fall[..., None], 3, axis=2)
    mask = alpha >= 0.5
    letter = np.zeros_like(mask)
    letter[int(y) - 8 : int(y) + 8, int(x) - 5 : int(x) + 5] = True
    character = Annotation(category=0, box=Mask.from_full(letter).box, mask=Mask.from_full(letter), visibility=0.9)
    points = (Keypoint("middle", x, y, True), Keypoint("behind", x + 3, y, False), Keypoint("left", x - 50, y, True))
    known = subject(mask, 0.8, characters=(character,), keypoints=points, identity="ball")
    return a_shot(rgb, alpha, shadow, (known,))
