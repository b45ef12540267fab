"""From the passes of a rendering to a picture: the light groups are mixed, then the noise goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.blender.denoising import AROUND_PX, denoised
from synth.blender.engine import REST, group_name
from synth.blender.framing import spread
from synth.geometry.boxes import Region
from synth.geometry.pose import Pose
from synth.scene.stage import LinearColour
from synth.scene.take import Array, Picture, Scenery, Shoot

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Negative:
    """What was rendered: for which picture, the region of it that the passes show, these by their names, groups in use,
    resting poses, a file's bodies.
    """

    shoot: Shoot
    region: Region
    planes: Mapping[str, Plane]
    groups: tuple[str, ...]
    poses: dict[str, Pose]
    scenery: tuple[Scenery, ...]


def developed(negative: Negative, mix: tuple[LinearColour, ...], *, afresh: bool) -> Picture:
    """The picture with each group's light changed by its gain; `afresh`: it was rendered for this one."""
    planes, stage = negative.planes, negative.shoot.stage
    light = _light(negative, mix)
    alpha = planes["Combined"][..., 3] if stage.film_transparent else None
    if stage.engine.denoise:
        light, alpha = _cleaned(light, alpha, planes.get("Denoising Albedo"), planes.get("Denoising Normal"))
    return Picture(
        rgb=Array.of(spread(light, negative.region, negative.shoot)),
        alpha=None if alpha is None else Array.of(spread(alpha, negative.region, negative.shoot)),
        shadow=_shadow(negative),
        poses=negative.poses,
        scenery=negative.scenery,
        index=_single(planes, "Object Index", "IndexOB"),
        depth=_single(planes, "Depth", "Z"),
        afresh=afresh,
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


def _cleaned(
    light: Plane, alpha: Plane | None, albedo: Plane | None, normals: Plane | None
) -> tuple[Plane, Plane | None]:
    """Light and alpha without noise; of a layer only where something is.

    The edges of both have to be cleaned alike: a smooth colour under an edge in steps is a row of light and dark dots.
    """
    if alpha is None:
        return denoised(light, albedo, normals), None
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return light, alpha
    y0, x0 = max(int(rows[0]) - AROUND_PX, 0), max(int(columns[0]) - AROUND_PX, 0)
    part = np.s_[y0 : int(rows[-1]) + 1 + AROUND_PX, x0 : int(columns[-1]) + 1 + AROUND_PX]
    guides = [None if plane is None else plane[part] for plane in (albedo, normals)]
    clean_light, clean_alpha = light.copy(), alpha.copy()
    clean_light[part] = denoised(light[part], *guides)
    clean_alpha[part] = _cleaned_edges(alpha[part], guides)
    return clean_light, clean_alpha


def _cleaned_edges(alpha: Plane, guides: Sequence[Plane | None]) -> Plane:
    """The alpha without noise where it differs from a neighbour's; what is all or nothing all round stays."""
    smooth = np.clip(denoised(np.repeat(alpha[..., None], 3, axis=2), *guides)[..., 0], 0.0, 1.0)
    framed = np.pad(alpha, 1, "edge")
    around = np.lib.stride_tricks.sliding_window_view(framed, (3, 3))
    return np.where(around.min(axis=(2, 3)) == around.max(axis=(2, 3)), alpha, smooth).astype(np.float32)


def _shadow(negative: Negative) -> Array | None:
    plane = negative.planes.get("Shadow Catcher")
    if plane is None:
        return None
    factors = np.ascontiguousarray(plane[..., :3])
    return Array.of(denoised(factors) if negative.shoot.stage.engine.denoise else factors)


def _single(planes: Mapping[str, Plane], *names: str) -> Array | None:
    plane = next((planes[name] for name in names if name in planes), None)
    return None if plane is None else Array.of(plane[..., 0])
