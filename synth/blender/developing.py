"""From the passes of a rendering to a picture: the light groups are mixed, then the noise goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.blender.denoising import denoised
from synth.blender.engine import REST, group_name
from synth.geometry.pose import Pose
from synth.scene.stage import LinearColour, Stage
from synth.scene.take import Array, Picture, Scenery

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Negative:
    """What was rendered: passes by name, groups in use, resting poses, a file's bodies, and the CPU seconds it took."""

    stage: Stage
    planes: Mapping[str, Plane]
    groups: tuple[str, ...]
    poses: dict[str, Pose]
    scenery: tuple[Scenery, ...]
    seconds: float


def developed(negative: Negative, mix: tuple[LinearColour, ...], *, afresh: bool) -> Picture:
    """The picture with each group's light changed by its gain; `afresh`: it was rendered for this one."""
    planes, stage = negative.planes, negative.stage
    light = _light(negative, mix)
    if stage.engine.denoise:
        light = denoised(light, planes.get("Denoising Albedo"), planes.get("Denoising Normal"))
    alpha = planes["Combined"][..., 3] if stage.film_transparent else None
    return Picture(
        rgb=Array.of(light),
        alpha=None if alpha is None else Array.of(alpha),
        shadow=_shadow(negative),
        poses=negative.poses,
        scenery=negative.scenery,
        index=_single(planes, "Object Index", "IndexOB"),
        depth=_single(planes, "Depth", "Z"),
        render_s=negative.seconds if afresh else 0.0,
    )


def _light(negative: Negative, mix: tuple[LinearColour, ...]) -> Plane:
    """(h, w, 3) sum of the groups; without groups (EEVEE) all light times the mean gain of those in use."""
    gains = {group_name(number): np.array(gain, np.float32) for number, gain in enumerate(mix)}
    groups = [(name, negative.planes.get(f"Combined_{name}")) for name in negative.groups]
    one = np.ones(3, np.float32)
    if any(plane is None for _, plane in groups):
        mean = np.mean([gains.get(name, one) for name, _ in groups], axis=0, dtype=np.float64)
        return np.asarray(negative.planes["Combined"][..., :3] * mean.astype(np.float32))
    total = np.zeros((*negative.planes["Combined"].shape[:2], 3), np.float32)
    for name, plane in groups:
        assert plane is not None
        total += plane[..., :3] * gains[name] if name != REST and name in gains else plane[..., :3]
    return total


def _shadow(negative: Negative) -> Array | None:
    plane = negative.planes.get("Shadow Catcher")
    if plane is None:
        return None
    factors = np.ascontiguousarray(plane[..., :3])
    return Array.of(denoised(factors) if negative.stage.engine.denoise else factors)


def _single(planes: Mapping[str, Plane], *names: str) -> Array | None:
    plane = next((planes[name] for name in names if name in planes), None)
    return None if plane is None else Array.of(plane[..., 0])
