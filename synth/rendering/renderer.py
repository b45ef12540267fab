"""From a render layer to its shot: meshes and decals are made, truth is measured, and Blender takes the picture.

Truth comes first where nothing moves, so that a scene in which a subject can hardly be seen costs no rendering.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec
import numpy as np

from synth.assets import asset_folder
from synth.banks.records import Catalogue, CatalogueMesh
from synth.errors import AssetError, RejectedScene, RenderError
from synth.geometry.camera import Intrinsics
from synth.geometry.mesh import Mesh
from synth.geometry.pose import Matrix4, Pose, matrix_of_pose
from synth.labels.sample import Annotation, Categories
from synth.rendering.studio import Studio
from synth.rendering.truth import Body, Truth, truth_of
from synth.scene.shot import Shot
from synth.scene.spec import RenderLayer
from synth.scene.stage import ScanSource, Stage, Thing
from synth.scene.take import Array, MeshArrays, Picture, PutDecal, PutMesh, Shoot
from synth.serials.layout import Faces
from synth.serials.unrolled import unrolled
from synth.shapes.solid import Solid
from synth.shapes.solids import solid_of

DECAL_SHARPNESS = 2.0
"""Texels of a decal per pixel of the picture, where it is nearest to the camera."""
FEWEST_TEXELS_PER_MM, MOST_TEXELS_PER_MM = 4.0, 80.0
CLEAR = 0.5
"""A character that is so visible counts when the height of writing is judged."""
SCENES = ("studio", "tabletop", "field")


class MeshMaterial(Protocol):
    """Gives the meshes of a catalogue."""

    def mesh(self, mesh_id: str) -> Mesh:
        """The cleaned arrays of a scan."""

    def mesh_entry(self, mesh_id: str) -> CatalogueMesh:
        """Its entry in the catalogue."""


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A body of a stage, ready to be seen.

    Attributes:
        body: for truth.
        mesh_key, decal_key: for Blender; "" without a decal.
        pictures: paths of the textures of the mesh's slots.
    """

    body: Body
    mesh_key: str
    decal_key: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the thing."""
        assert self.body.thing is not None
        return self.body.thing.name

    def mesh(self) -> PutMesh:
        """Its mesh for Blender."""
        return PutMesh(self.mesh_key, MeshArrays.of(self.body.mesh), self.pictures)

    def decal(self) -> PutDecal:
        """The face of its tag for Blender."""
        face = self.body.unrolled
        assert face is not None
        relief = None if face.relief is None else Array.of(face.relief)
        return PutDecal(self.decal_key, Array.of(face.rgba), face.box_mm, relief, face.relief_mm)


class Renderer:
    """Makes shots of one dataset; see `synth.scene.shot.Shots`."""

    def __init__(
        self, catalogue: Catalogue, material: MeshMaterial, categories: Categories, faces: Faces, studio: Studio
    ) -> None:
        """Prepares.

        Args:
            catalogue: names textures, environments and .blend scenes.
            material: gives scans.
            categories: of the dataset.
            faces: finds the faces that serials are set in.
            studio: takes the pictures.
        """
        self.material = material
        self.categories = categories
        self.faces = faces
        self.studio = studio
        self._pictures = {record.id: record.path for record in (*catalogue.textures, *catalogue.environments)}
        self._scenes = {record.id: record.path for record in catalogue.scenes}
        self._last: tuple[tuple[bytes, int, int], list[_Prepared], Truth | None] | None = None

    def __call__(self, layer: RenderLayer, width: int, height: int, min_visibility: float) -> Shot:
        """The shot of a layer.

        Args:
            layer: says what is rendered, and how its light is mixed.
            width: of the picture, px.
            height: likewise.
            min_visibility: every subject must be at least so visible.

        Raises:
            RejectedScene: a subject is less visible.
            AssetError: a file of the scene is missing or damaged.
            RenderError: Blender fails on it.
        """
        stage = layer.stage
        intrinsics = Intrinsics.of_lens(stage.camera.lens.focal_mm, stage.camera.lens.sensor_mm, width, height)
        camera = matrix_of_pose(stage.camera.pose)
        prepared, truth = self._prepared(stage, width, height, intrinsics)
        moves = stage.drop is not None or stage.blend is not None
        if truth is None and not moves:
            truth = truth_of([p.body for p in prepared], camera, intrinsics, self.categories)
        if truth is not None:
            _require_visible(stage, truth, min_visibility)
        picture = self.studio.shoot(
            self._shoot(layer, prepared, width, height),
            lambda key: next(p.mesh() for p in prepared if p.mesh_key == key),
            lambda key: next(p.decal() for p in prepared if p.decal_key == key),
        )
        if truth is None:
            truth = truth_of(_settled(prepared, picture), camera, intrinsics, self.categories)
            _require_visible(stage, truth, min_visibility)
        self._last = (self._digest(stage, width, height), prepared, truth)
        return Shot(
            rgb=picture.rgb.unpacked,
            alpha=None if picture.alpha is None else picture.alpha.unpacked,
            shadow=None if picture.shadow is None else picture.shadow.unpacked,
            ids=truth.ids,
            depth=truth.depth,
            normals=truth.normals,
            annotations=truth.annotations,
            intrinsics=intrinsics,
            camera=camera,
        )

    def _digest(self, stage: Stage, width: int, height: int) -> tuple[bytes, int, int]:
        return hashlib.sha256(msgspec.json.encode(stage)).digest(), width, height

    def _prepared(
        self, stage: Stage, width: int, height: int, intrinsics: Intrinsics
    ) -> tuple[list[_Prepared], Truth | None]:
        """The bodies of a stage, and their truth if it is known: images often share a stage with the one before."""
        if self._last is not None and self._last[0] == self._digest(stage, width, height):
            return self._last[1], self._last[2]
        return [self._body(thing, stage, intrinsics) for thing in stage.things], None

    def _body(self, thing: Thing, stage: Stage, intrinsics: Intrinsics) -> _Prepared:
        pose = matrix_of_pose(thing.pose)
        key, mesh, solid, pictures = self._meshed(thing)
        if thing.serial is None:
            return _Prepared(Body(thing, mesh, pose, solid, None), key, "", pictures)
        if mesh.decal is None:
            raise RenderError(f"{thing.name!r} carries a serial, and its mesh has no place for one")
        face = unrolled(thing.serial, _texels_per_mm(mesh, pose, stage, intrinsics), self.faces)
        decal_key = f"decal {_short_digest(msgspec.json.encode(thing.serial))} {face.px_per_mm:.3f}"
        return _Prepared(Body(thing, mesh, pose, solid, face), key, decal_key, pictures)

    def _meshed(self, thing: Thing) -> tuple[str, Mesh, Solid | None, tuple[str, ...]]:
        if isinstance(thing.source, ScanSource):
            entry = self.material.mesh_entry(thing.source.mesh)
            return f"scan {entry.record.id}", self.material.mesh(thing.source.mesh), None, entry.pictures
        solid = solid_of(thing.source.shape)
        return f"shape {_short_digest(msgspec.json.encode(thing.source.shape))}", solid.mesh, solid, ()

    def _shoot(self, layer: RenderLayer, prepared: list[_Prepared], width: int, height: int) -> Shoot:
        stage = layer.stage
        bare = tuple(msgspec.structs.replace(thing, serial=None) for thing in stage.things)
        return Shoot(
            stage=msgspec.structs.replace(stage, things=bare),
            width=width,
            height=height,
            meshes={p.name: p.mesh_key for p in prepared},
            decals={p.name: p.decal_key for p in prepared if p.decal_key},
            pictures=self._named_pictures(stage),
            blend=self._blend_path(stage),
            mix=layer.mix,
        )

    def _named_pictures(self, stage: Stage) -> dict[str, str]:
        named = {s.texture.image for thing in stage.things for s in thing.surfaces if s.texture and s.texture.image}
        if stage.environment.image is not None and not stage.environment.image.startswith("blender/"):
            named.add(stage.environment.image)
        missing = sorted(named - set(self._pictures))
        if missing:
            raise AssetError(f"the scene names pictures that are not in the catalogue: {', '.join(missing)}")
        return {name: self._pictures[name] for name in sorted(named)}

    def _blend_path(self, stage: Stage) -> str:
        if stage.blend is None:
            return ""
        if stage.blend.file in self._scenes:
            return self._scenes[stage.blend.file]
        if stage.blend.file in SCENES:
            return str(asset_folder("blender_scenes") / f"{stage.blend.file}.blend")
        raise AssetError(f"{stage.blend.file}: is neither in the catalogue nor one of {', '.join(SCENES)}")


def _short_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]


def _texels_per_mm(mesh: Mesh, pose: Matrix4, stage: Stage, intrinsics: Intrinsics) -> float:
    """How finely a decal is drawn: a little more than the picture can show, in steps of an eighth of an octave."""
    assert mesh.decal is not None
    carrying = np.isfinite(mesh.decal).all(axis=(1, 2))
    points = mesh.vertices[np.unique(mesh.faces[carrying])]
    scale = float(np.cbrt(np.linalg.det(pose[:3, :3])))
    eye = np.linalg.inv(pose) @ np.array([*matrix_of_pose(stage.camera.pose)[:3, 3], 1.0])
    nearest = float(np.linalg.norm(points - eye[:3], axis=1).min()) * scale
    per_mm = DECAL_SHARPNESS * intrinsics.focal_px * scale / max(nearest, 1e-3) / 1000
    per_mm = float(2 ** (round(float(np.log2(per_mm)) * 8) / 8))
    return min(max(per_mm, FEWEST_TEXELS_PER_MM), MOST_TEXELS_PER_MM)


def _settled(prepared: list[_Prepared], picture: Picture) -> list[Body]:
    """The bodies where they came to rest, and those of the .blend file."""
    bodies = [_at(p.body, picture.poses) for p in prepared]
    for part in picture.scenery:
        bodies.append(Body(None, part.mesh.unpacked, matrix_of_pose(part.pose), None, None))
    return bodies


def _at(body: Body, poses: Mapping[str, Pose]) -> Body:
    assert body.thing is not None
    pose = poses.get(body.thing.name)
    return body if pose is None else replace(body, pose=matrix_of_pose(pose))


def _require_visible(stage: Stage, truth: Truth, least: float) -> None:
    if truth.hidden:
        raise RejectedScene("a subject is out of sight")
    if any((annotation.visibility or 0.0) < least for annotation in truth.annotations):
        raise RejectedScene("a subject is hardly seen")
    subjects = [thing for thing in stage.things if thing.role == "subject"]
    for thing, annotation in zip(subjects, truth.annotations, strict=True):
        heights = [_height(c) for c in annotation.characters if c.place is not None and (c.visibility or 0.0) > CLEAR]
        if heights and min(heights) < thing.min_cap_px:
            raise RejectedScene("the writing of a subject is too small")


def _height(character: Annotation) -> float:
    """Of a character's cell in the picture, px."""
    if character.quad is None:
        return 0.0
    a, b, c, d = character.quad
    return (math.dist(a, d) + math.dist(b, c)) / 2
