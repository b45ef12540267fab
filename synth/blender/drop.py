"""Things fall: rigid bodies in a scene of their own.

Bullet is made for bodies of about a metre; everything is enlarged until the falling ones are, and gravity with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from synth.blender.meshes import matrix_of
from synth.geometry.pose import Matrix4
from synth.scene.stage import Drop

FPS, STEPS_A_FRAME, MOST_STEPS_A_FRAME, ITERATIONS = 60, 10, 100, 30
"""The steps are those of bodies of a decimetre; smaller ones fall through more of their own size in the same time."""
GRAVITY = 9.81
MARGIN = 0.002
"""Of collisions, in sizes of a falling body."""


@dataclass(frozen=True, slots=True)
class Faller:
    """A body: mesh datablock, pose before the drop, and whether it moves."""

    block: Any
    pose: Matrix4
    falls: bool


def settled(fallers: list[Faller], drop: Drop) -> list[Matrix4]:
    """Poses after the drop, in the same order."""
    if not any(faller.falls for faller in fallers):
        return [faller.pose for faller in fallers]
    scale = 1 / float(np.median([_size(faller) for faller in fallers if faller.falls]))
    with _scene(scale) as (scene, layer):
        things = [_body(scene, layer, number, faller, drop, scale) for number, faller in enumerate(fallers)]
        frames = max(round(drop.seconds * FPS), 1) + 1
        scene.rigidbody_world.point_cache.frame_end = frames
        for frame in range(1, frames + 1):
            scene.frame_set(frame)
        poses = [matrix_of(thing.evaluated_get(layer.depsgraph).matrix_world) for thing in things]
        bpy.data.batch_remove([thing.data for thing in things] + things)
    return [_shrunk(pose, f, scale) if f.falls else f.pose for pose, f in zip(poses, fallers, strict=True)]


@contextmanager
def _scene(scale: float) -> Iterator[tuple[Any, Any]]:
    scene = bpy.data.scenes.new("synth:drop")
    try:
        with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            bpy.ops.rigidbody.world_add()
        world = scene.rigidbody_world
        world.collection = bpy.data.collections.new("synth:drop")
        steps = math.ceil(STEPS_A_FRAME * max(math.sqrt(0.1 * scale), 1.0))
        world.substeps_per_frame, world.solver_iterations = min(steps, MOST_STEPS_A_FRAME), ITERATIONS
        scene.render.fps, scene.frame_start = FPS, 1
        scene.gravity = (0.0, 0.0, -GRAVITY * scale)
        scene.frame_set(1)
        yield scene, scene.view_layers[0]
    finally:
        members = scene.rigidbody_world.collection
        bpy.data.scenes.remove(scene)
        bpy.data.collections.remove(members)


def _body(scene: Any, layer: Any, number: int, faller: Faller, drop: Drop, scale: float) -> Any:
    block = faller.block.copy()  # Bullet takes no account of the scale of objects whose shape is a hull
    block.transform(Matrix.Scale(scale * _enlargement(faller.pose), 4))
    thing = bpy.data.objects.new(f"synth:drop:{number}", block)
    scene.collection.objects.link(thing)
    pose = faller.pose.copy()
    pose[:3, 3] *= scale
    thing.rotation_mode = "QUATERNION"
    thing.location, thing.rotation_quaternion, _ = Matrix(pose.tolist()).decompose()
    with bpy.context.temp_override(scene=scene, view_layer=layer, object=thing, active_object=thing):
        bpy.ops.rigidbody.object_add(type="ACTIVE" if faller.falls else "PASSIVE")
    body = thing.rigid_body
    body.collision_shape = "CONVEX_HULL" if faller.falls else "MESH"
    body.mesh_source = "BASE"
    body.friction, body.restitution = drop.friction, drop.bounce
    body.use_margin, body.collision_margin = True, MARGIN
    body.mass = 1.0
    body.linear_damping, body.angular_damping = 0.1, 0.9  # nothing rolls for ever
    return thing


def _shrunk(pose: Matrix4, faller: Faller, scale: float) -> Matrix4:
    """A resting pose in the size that things have: rotation and place from the drop, the enlargement of before."""
    result = np.eye(4)
    result[:3, :3], result[:3, 3] = pose[:3, :3] * _enlargement(faller.pose), pose[:3, 3] / scale
    return result


def _enlargement(pose: Matrix4) -> float:
    return float(np.cbrt(abs(np.linalg.det(pose[:3, :3]))))


def _size(faller: Faller) -> float:
    """Longest side of a body, metres."""
    corners = np.zeros(3 * len(faller.block.vertices), np.float32)
    faller.block.vertices.foreach_get("co", corners)
    extent = np.ptp(corners.reshape(-1, 3), axis=0).max() * _enlargement(faller.pose)
    return max(float(extent), 1e-4)
