"""A stage as it stands in Blender's scene: built when its structure changes, else only its values are set.

What is built carries names that depend on the stage alone, and Cycles forgets what it kept whenever something is
built, so that a picture does not depend on what was rendered before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import msgspec
import numpy as np
from mathutils import Matrix

from synth.blender.camera import new_camera, set_lens
from synth.blender.drop import Faller, settled
from synth.blender.engine import REST, configure, group_name, let_go
from synth.blender.framing import region_of, set_region
from synth.blender.lights import new_lamp, set_lamp
from synth.blender.meshes import blender_mesh
from synth.blender.scenery import OpenedFile, bodies, close
from synth.blender.store import Store
from synth.blender.surfaces import OWN, material
from synth.blender.world import new_world, set_world
from synth.geometry.boxes import Region
from synth.geometry.pose import Matrix4, Pose, matrix_of_pose, pose_of
from synth.scene.stage import Environment, Surface, Thing, Viewpoint
from synth.scene.take import Shoot

OURS = "synth:"
HERE = pose_of(np.eye(4))


def structure(shoot: Shoot) -> Shoot:
    """A shot without what can be set without building anew: poses, lens, light, seed and mix."""
    stage, replace = shoot.stage, msgspec.structs.replace
    light = replace(stage.environment, colour=(1.0, 1.0, 1.0), strength=1.0, turn_deg=0.0)
    lamps = tuple(replace(lamp, pose=HERE, power=1.0, colour=(1.0, 1.0, 1.0), size_m=0.1) for lamp in stage.lamps)
    things = tuple(replace(thing, pose=HERE) for thing in stage.things)
    bare = replace(stage, camera=Viewpoint(HERE), things=things, lamps=lamps, environment=light, seed=0)
    return replace(shoot, stage=bare, mix=())


class Theatre:
    """What stands in Blender now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._file: OpenedFile | None = None
        self._path = ""
        self._built: Shoot | None = None
        self._things: dict[str, Any] = {}
        self._lamps: list[Any] = []
        self._origin = np.eye(4)
        self.groups: tuple[str, ...] = ()
        self.region: Region = (0, 0, 0, 0)
        close()

    @property
    def scene(self) -> Any:
        """Blender's scene."""
        return bpy.context.scene

    @property
    def layer(self) -> Any:
        """The one layer that is rendered."""
        return self.scene.view_layers[0] if self._file is None else self._file.layer

    @property
    def own(self) -> frozenset[str]:
        """Names of the objects that belong to the stage."""
        return frozenset(thing.name for thing in self._things.values())

    @property
    def origin(self) -> Matrix4:
        """Blender's world from the stage's."""
        return self._origin

    def open(self, path: str) -> None:
        """Opens a .blend file ("" for none) if it is not open; then nothing that was sent is known any more."""
        stamp = f"{path}:{Path(path).stat().st_mtime_ns}" if path and Path(path).is_file() else path
        if stamp == self._path:
            return
        self._file, self._path, self._built = None, "", None
        self._things, self._lamps = {}, []
        self._store.forget()
        close()
        if path:
            self._file = OpenedFile(path)
            self._path = stamp

    def forget(self) -> None:
        """Whatever stands must be built anew."""
        self._built = None

    def stand(self, shoot: Shoot) -> dict[str, Pose]:
        """Puts a stage into Blender; the poses of its things, after a drop the settled ones."""
        bare = structure(shoot)
        if bare != self._built:
            self._built = None
            self._build(shoot)
            self._built = bare
        poses = self._poses(shoot)
        self._set(shoot, poses)
        self._frame(shoot, poses)
        if shoot.stage.drop is None:
            return {thing.name: thing.pose for thing in shoot.stage.things}
        return {name: pose_of(pose) for name, pose in poses.items()}

    def _build(self, shoot: Shoot) -> None:
        scene, stage = self.scene, shoot.stage
        let_go(scene)
        self._clear()
        self._origin = np.eye(4) if self._file is None else self._file.origin
        if self._file is not None and stage.blend is not None:
            self._file.randomise(stage.blend)
        self._light(shoot)
        materials: dict[tuple[Surface, str, int, str], Any] = {}
        for number, thing in enumerate(stage.things):
            self._things[thing.name] = self._thing(shoot, number, thing, materials)
        scene.camera = self._linked(new_camera(f"{OURS}camera", stage.engine.kind))
        configure(scene, self.layer, shoot, self.groups)

    def _clear(self) -> None:
        for kind in (bpy.data.objects, bpy.data.lights, bpy.data.cameras, bpy.data.worlds, bpy.data.materials):
            bpy.data.batch_remove([block for block in kind if block.name.startswith(OURS)])
        for group in list(self.layer.lightgroups):
            self.layer.active_lightgroup_index = self.layer.lightgroups.find(group.name)
            with bpy.context.temp_override(scene=self.scene, view_layer=self.layer):
                bpy.ops.scene.view_layer_remove_lightgroup()
        self._things, self._lamps = {}, []

    def _light(self, shoot: Shoot) -> None:
        stage = shoot.stage
        groups = {group_name(lamp.group) for lamp in stage.lamps}
        keeps_world, eevee = False, stage.engine.kind == "eevee"
        if self._file is not None:
            groups.add(REST)
            for thing in self.scene.objects:
                thing.lightgroup = REST
            keeps_world = self._file.world is not None and stage.environment == Environment()
        if keeps_world and self._file is not None:
            self.scene.world, self._file.world.lightgroup = self._file.world, REST
        else:
            self.scene.world = new_world(f"{OURS}world", stage.environment, shoot.pictures, gated=eevee)
            self.scene.world.cycles_visibility.camera = stage.environment.seen
            self.scene.world.lightgroup = group_name(stage.environment.group)
            groups.add(group_name(stage.environment.group))
        for number, lamp in enumerate(stage.lamps):
            light = self._linked(new_lamp(f"{OURS}lamp:{number:03d}", lamp, hidden=not eevee))
            light.lightgroup = group_name(lamp.group)
            self._lamps.append(light)
        self.groups = tuple(sorted(groups))

    def _thing(self, shoot: Shoot, number: int, thing: Thing, materials: dict[Any, Any]) -> Any:
        key, decal = shoot.meshes[thing.name], shoot.decals.get(thing.name, "")
        kept = self._store.meshes[key]
        body = self._linked(bpy.data.objects.new(f"{OURS}thing:{number:04d}", kept.block))
        for slot in range(kept.slots):
            surface = _surface(thing, slot)
            made = (surface, key, slot, decal)
            if made not in materials:
                name = f"{OURS}{number:04d}:{slot}"
                face = self._store.decals.get(decal)
                materials[made] = material(name, surface, kept, slot, face, shoot.pictures)
            body.material_slots[slot].link = "OBJECT"
            body.material_slots[slot].material = materials[made]
        body.pass_index = number + 1
        if thing.catches_shadow and shoot.stage.film_transparent:
            body.is_shadow_catcher = True
            body.hide_render = shoot.stage.engine.kind == "eevee"
        return body

    def _linked(self, thing: Any) -> Any:
        self.scene.collection.objects.link(thing)
        thing.rotation_mode = "QUATERNION"
        return thing

    def _poses(self, shoot: Shoot) -> dict[str, Matrix4]:
        stage = shoot.stage
        poses = {thing.name: matrix_of_pose(thing.pose) for thing in stage.things}
        if stage.drop is None:
            return poses
        solid = [thing for thing in stage.things if thing.role != "occluder"]  # those hang before the camera
        fallers = [
            Faller(self._store.meshes[shoot.meshes[thing.name]].block, poses[thing.name], thing.falls)
            for thing in solid
        ]
        grounds = [] if self._file is None else self._grounds()
        rest = settled([*fallers, *(Faller(block, np.eye(4), False) for block in grounds)], stage.drop)
        bpy.data.batch_remove(grounds)
        return poses | dict(zip((thing.name for thing in solid), rest, strict=False))

    def _grounds(self) -> list[Any]:
        """The file's own bodies, as meshes in the stage's world."""
        graph = bpy.context.evaluated_depsgraph_get()
        found = list(bodies(graph, self.own, self._origin))
        return [blender_mesh(f"{OURS}{body.name}", body.mesh.unpacked) for body in found]

    def _set(self, shoot: Shoot, poses: dict[str, Matrix4]) -> None:
        stage, scene = shoot.stage, self.scene
        for name, pose in poses.items():
            self._place(self._things[name], pose)
        for light, lamp in zip(self._lamps, stage.lamps, strict=True):
            set_lamp(light, lamp)
            self._place(light, matrix_of_pose(lamp.pose))
        if scene.world.name.startswith(OURS):
            set_world(scene.world, stage.environment)
        set_lens(scene.camera, stage.camera.lens)
        self._place(scene.camera, matrix_of_pose(stage.camera.pose))
        scene.cycles.seed = stage.seed & 0x7FFFFFFF
        scene.update_tag()  # else what Cycles kept has the seed of before

    def _frame(self, shoot: Shoot, poses: dict[str, Matrix4]) -> None:
        """Has only that part rendered in which something may be seen."""
        kept = self._store.meshes
        self.region = region_of(shoot, [(kept[shoot.meshes[name]].points, pose) for name, pose in poses.items()])
        set_region(self.scene.render, self.region, shoot)

    def _place(self, thing: Any, pose: Matrix4) -> None:
        """Sets place, turn and size; nothing of an earlier pose is left in them."""
        matrix = Matrix((self._origin @ pose).tolist())
        thing.location, thing.rotation_quaternion, thing.scale = matrix.decompose()


def _surface(thing: Thing, slot: int) -> Surface:
    return thing.surfaces[min(slot, len(thing.surfaces) - 1)] if thing.surfaces else OWN
