"""Things that fall come to rest, on the ground and not in it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from blender_child import MESHES, Studio, shot, stage, thing

from synth.geometry.pose import enlarged, matrix_of_pose, moved, pose_of, transformed, turned
from synth.scene.stage import Drop, Engine, Stage

replace = msgspec.structs.replace


def falling(seconds: float, scale: float = 1.0) -> Stage:
    """Five bodies above a floor, all of it enlarged."""
    poses = [moved(0.03 * i, 0.02 * i, 0.15 + 0.16 * i) @ turned((1, i, 2), 40.0 * i) for i in range(5)]
    bodies = [
        replace(thing(f"b{i}", ("box", "ball")[i % 2], falls=True), pose=pose_of(enlarged(scale) @ pose))
        for i, pose in enumerate(poses)
    ]
    ground = replace(thing("floor", "floor", role="ground"), pose=pose_of(enlarged(5 * scale)))
    return stage(ground, *bodies, drop=Drop(seconds), engine=Engine(samples=1, denoise=False))


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_bodies_come_to_rest_on_the_ground(studio: Studio, scale: float) -> None:
    before, after = (studio.shoot(shot(falling(s, scale), 16)).poses for s in (3.9, 4.0))
    assert before["floor"] == after["floor"]
    for number in range(5):
        pose = matrix_of_pose(after[f"b{number}"])
        mesh = MESHES[("box", "ball")[number % 2]]()
        lowest = transformed(pose, mesh.vertices)[:, 2].min()
        assert -0.001 * scale < lowest < 0.21 * scale
        moved_by = np.linalg.norm(pose[:3, 3] - matrix_of_pose(before[f"b{number}"])[:3, 3])
        assert moved_by < 0.003 * scale
        np.testing.assert_allclose(np.cbrt(np.linalg.det(pose[:3, :3])), scale, rtol=1e-5)
    centres = [np.array(matrix_of_pose(after[f"b{i}"])[:3, 3]) for i in range(5)]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i]]
    assert min(gaps) > 0.095 * scale


def test_what_does_not_fall_stays_and_is_not_fallen_through(studio: Studio) -> None:
    shelf = thing("shelf", "box", 0.0, 0.0, 0.3)
    ball = thing("ball", "ball", 0.0, 0.0, 0.6, falls=True)
    scene = stage(thing("floor", "floor"), shelf, ball, drop=Drop(0.8, bounce=0.0))
    poses = studio.shoot(shot(scene, 16)).poses
    assert poses["shelf"] == shelf.pose
    assert abs(poses["ball"][11] - 0.41) < 0.003
