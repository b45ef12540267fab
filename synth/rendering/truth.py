"""What is true of a scene in space, measured on the meshes that are rendered, before they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.errors import LabelError
from synth.geometry.boxes import Box, Region, bounding_box
from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.mesh import Mesh
from synth.geometry.pose import Matrix4, pose_of
from synth.labels.sample import Annotation, Categories, Mask, Quad, Space
from synth.rendering.characters import characters_of
from synth.rendering.decals import decal_of
from synth.rendering.keypoints import keypoints_of
from synth.rendering.raster import Posed, Raster, hits, posed, resolved, windowed
from synth.rendering.tags import angle_of, circle_of, girth_of, quad_of
from synth.rendering.views import canvas_of, extent_of, leaves, region_of
from synth.scene.stage import Thing
from synth.serials.unrolled import Unrolled
from synth.shapes.solid import Solid


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A body where it stands when the picture is taken.

    Attributes:
        thing: what the stage says about it; None for what a .blend file brings along.
        mesh: in its own frame.
        pose: world from its own frame.
        solid: what is known about a parametric one.
        unrolled: the face of its tag.
    """

    thing: Thing | None
    mesh: Mesh
    pose: Matrix4
    solid: Solid | None = None
    unrolled: Unrolled | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of a picture.

    Attributes:
        ids: (h, w) int32, 1 + position of the body that is seen; 0: none, or one that only catches shadow.
        depth: (h, w) float32, distance along the optical axis, metres; inf: none.
        normals: (h, w, 3) float32 unit normals of the faces, OpenCV's camera axes; 0: none.
        annotations: of the subjects of which something is seen, in their order.
        hidden: names of the other subjects.
    """

    ids: NDArray[np.int32]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    annotations: tuple[Annotation, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """All bodies before the camera, and what is seen of them."""

    bodies: tuple[Posed, ...]
    regions: tuple[Region, ...]
    raster: Raster
    camera: Matrix4
    intrinsics: Intrinsics
    categories: Categories


def truth_of(bodies: Sequence[Body], camera: Matrix4, intrinsics: Intrinsics, categories: Categories) -> Truth:
    """Measures a scene.

    Args:
        bodies: all that is rendered.
        camera: world from camera, Blender's axes.
        intrinsics: of the camera.
        categories: of objects and of characters.

    Raises:
        LabelError: a subject has no category or one that is not known.
    """
    before = tuple(posed(body.mesh, body.pose, camera) for body in bodies)
    seen = hits(before, intrinsics)
    scene = _Scene(before, seen.regions, resolved(seen, before, intrinsics), camera, intrinsics, categories)
    annotations, hidden = [], []
    for number, body in enumerate(bodies):
        if body.thing is not None and body.thing.role == "subject":
            annotation = _annotation(body, body.thing, number, scene)
            if annotation is None:
                hidden.append(body.thing.name)
            else:
                annotations.append(annotation)
    raster = _without_catchers(scene.raster, bodies)
    return Truth(raster.ids, raster.depth, raster.normals, tuple(annotations), tuple(hidden))


def _without_catchers(raster: Raster, bodies: Sequence[Body]) -> Raster:
    """The raster with nothing where something that only catches shadow is seen; it hides what lies behind it."""
    caught = [n for n, body in enumerate(bodies, 1) if body.thing is not None and body.thing.catches_shadow]
    if not caught:
        return raster
    unseen = np.isin(raster.ids, caught)
    return Raster(
        ids=np.where(unseen, np.int32(0), raster.ids),
        faces=np.where(unseen, np.int32(-1), raster.faces),
        depth=np.where(unseen, np.float32(np.inf), raster.depth),
        normals=np.where(unseen[:, :, None], np.float32(0), raster.normals),
        barycentric=np.where(unseen[:, :, None], np.float32(0), raster.barycentric),
    )


def _annotation(body: Body, thing: Thing, number: int, scene: _Scene) -> Annotation | None:
    """The label of a subject; None if nothing of it is seen."""
    if thing.category is None:
        raise LabelError(f"subject {thing.name!r} must have a category, got none; set the category of the thing")
    labelled, own = _labelled(body), scene.bodies[number]
    mask = _visible(number, labelled, scene)
    if mask.pixels.size == 0:
        return None
    alone = own if labelled is None else Posed(own.points, own.faces[labelled])
    full_area, full_box = _amodal(alone, scene.intrinsics)
    solid = body.solid
    pose = camera_from_world(scene.camera) @ body.pose
    places, depth_m = ({}, 0.0) if solid is None else (solid.keypoints, solid.depth_m)
    about = _about_tag(body, number, scene)
    return Annotation(
        category=scene.categories.id_of(thing.category),
        box=mask.box,
        mask=mask,
        amodal_box=full_box,
        circle=about.circle,
        quad=about.quad,
        angle_deg=about.angle_deg,
        text=None if thing.serial is None else thing.serial.text,
        characters=about.characters,
        visibility=min(mask.area / full_area, 1.0),
        identity=thing.identity,
        truncated=leaves(full_box, scene.intrinsics),
        keypoints=keypoints_of(places, pose, own, scene.bodies, scene.raster, scene.intrinsics, depth_m),
        space=Space(pose_of(pose), _bounds(body.mesh, labelled)),
        measures=() if solid is None else tuple(solid.measures.items()),
    )


def _labelled(body: Body) -> NDArray[np.bool_] | None:
    """(m,) faces that the label encloses; None: all."""
    if body.solid is None:
        return None
    names = (body.thing.labelled if body.thing is not None else ()) or body.solid.labelled
    if not names:
        return None
    slots = [number for number, name in enumerate(body.solid.slots) if name in names]
    return np.isin(body.mesh.slots, slots)


def _bounds(mesh: Mesh, labelled: NDArray[np.bool_] | None) -> tuple[float, float, float, float, float, float]:
    if labelled is None:
        low, high = mesh.bounds.tolist()
    else:
        points = mesh.vertices[mesh.faces[labelled].ravel()]
        low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (*low, *high)


def _visible(number: int, labelled: NDArray[np.bool_] | None, scene: _Scene) -> Mask:
    x0, y0, x1, y1 = scene.regions[number]
    part = np.s_[y0:y1, x0:x1]
    pixels = scene.raster.ids[part] == number + 1
    if labelled is not None:
        pixels &= labelled[scene.raster.faces[part]]
    return Mask(x0, y0, pixels).trimmed()


def _amodal(alone: Posed, intrinsics: Intrinsics) -> tuple[int, Box]:
    """Pixels of a body if nothing hid it, and their box; beyond the canvas, the box of its corners."""
    region, extent = region_of(alone, intrinsics), extent_of(alone, intrinsics)
    if region is None or extent is None:
        raise AssertionError("a body of which something is seen has an extent")
    mask = Mask(region[0], region[1], hits([alone], windowed(intrinsics, region)).ids > 0).trimmed()
    box, canvas = mask.box, canvas_of(intrinsics)
    if extent[0] < canvas[0] or extent[1] < canvas[1] or extent[2] > canvas[2] or extent[3] > canvas[3]:
        box = bounding_box([box[:2], box[2:], extent[:2], extent[2:]])
    return mask.area, box


@dataclass(frozen=True, slots=True, eq=False)
class _AboutTag:
    """What is known about a subject's tag; fields as of an `Annotation`."""

    quad: Quad | None = None
    circle: tuple[float, float, float] | None = None
    angle_deg: float | None = None
    characters: tuple[Annotation, ...] = ()


def _about_tag(body: Body, number: int, scene: _Scene) -> _AboutTag:
    tag = None if body.thing is None else body.thing.serial
    if tag is None or body.unrolled is None:
        return _AboutTag()
    decal = decal_of(body.mesh, scene.bodies[number], scene.intrinsics, girth_of(tag))
    if decal is None:
        return _AboutTag()
    return _AboutTag(
        quad=quad_of(tag, body.unrolled, decal),
        circle=circle_of(tag, decal),
        angle_deg=angle_of(tag, decal),
        characters=characters_of(body.unrolled, decal, number, scene.bodies, scene.intrinsics, scene.categories),
    )
