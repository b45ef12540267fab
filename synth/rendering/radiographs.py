"""From an X-ray layer to its radiograph: meshes are made, rays followed, silhouettes labelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synth.errors import RejectedScene, RenderError
from synth.geometry.camera import Intrinsics
from synth.geometry.mesh import Mesh
from synth.geometry.pose import matrix_of_pose
from synth.labels.sample import Annotation, Categories, Keypoint
from synth.rendering.renderer import MeshMaterial
from synth.rendering.truth import Body, truth_of
from synth.rendering.xray import Absorber, passage
from synth.scene.attenuation import attenuation
from synth.scene.shot import Radiograph
from synth.scene.spec import Substance, XrayLayer, XrayThing
from synth.scene.stage import ScanSource
from synth.shapes.solids import solid_of


class Radiographer:
    """Makes radiographs of one dataset; see `synth.scene.shot.Radiographs`."""

    def __init__(self, material: MeshMaterial, categories: Categories) -> None:
        """Prepares.

        Args:
            material: gives scans.
            categories: of the dataset.
        """
        self.material = material
        self.categories = categories

    def __call__(self, layer: XrayLayer, width: int, height: int, min_visibility: float) -> Radiograph:
        """The radiograph of a layer.

        Args:
            layer: says what is in the beam.
            width: of the picture, px.
            height: likewise.
            min_visibility: so much of every subject's silhouette must be in the picture.

        Raises:
            RejectedScene: less of a subject is, or a body reaches behind the source.
            AssetError: a scan is missing or damaged.
        """
        lens, camera = layer.view.lens, matrix_of_pose(layer.view.pose)
        intrinsics = Intrinsics.of_lens(lens.focal_mm, lens.sensor_mm, width, height)
        bodies = [self._body(one) for one in layer.things]
        annotations = []
        for body in bodies:
            if body.thing is not None and body.thing.role == "subject":
                truth = truth_of([body], camera, intrinsics, self.categories)
                if truth.hidden or any((one.visibility or 0.0) < min_visibility for one in truth.annotations):
                    raise RejectedScene("subject hidden")
                annotations += [_seen_through(one, intrinsics) for one in truth.annotations]
        absorbers = [
            absorber
            for one, body in zip(layer.things, bodies, strict=True)
            for absorber in absorbers_of(body, one.substances, layer.energy_kev)
        ]
        met = passage(absorbers, camera, intrinsics, displaced=attenuation(layer.displaced, layer.energy_kev))
        return Radiograph(met.transmission, tuple(annotations), intrinsics, camera)

    def _body(self, one: XrayThing) -> Body:
        thing, pose = one.thing, matrix_of_pose(one.thing.pose)
        if isinstance(thing.source, ScanSource):
            return Body(thing, self.material.mesh(thing.source.mesh), pose)
        solid = solid_of(thing.source.shape)
        return Body(thing, solid.mesh, pose, solid)


def absorbers_of(body: Body, substances: tuple[Substance, ...], energy_kev: float) -> list[Absorber]:
    """The closed surfaces of a body: slots of one substance bound one volume together.

    Args:
        body: where it stands.
        substances: of its slots; the last one is that of all further slots.
        energy_kev: of the beam.

    Raises:
        RenderError: there is a substance for which the body has no slot.
    """
    slots = int(body.mesh.slots.max()) + 1
    if len(substances) > max(slots, len(body.solid.slots) if body.solid is not None else 1):
        name = "" if body.thing is None else body.thing.name
        raise RenderError(f"{name!r} has {slots} slots and {len(substances)} substances; name one for each slot")
    filled = [substances[min(slot, len(substances) - 1)] for slot in range(slots)]
    absorbers = []
    for substance in dict.fromkeys(filled):
        chosen = np.isin(body.mesh.slots, [slot for slot, name in enumerate(filled) if name == substance])
        if chosen.any():
            faces = body.mesh.faces[chosen]
            part = Mesh(body.mesh.vertices, faces, np.zeros(len(faces), np.int32))
            absorbers.append(Absorber(part, body.pose, attenuation(substance, energy_kev)))
    return absorbers


def _seen_through(annotation: Annotation, intrinsics: Intrinsics) -> Annotation:
    """The label of a body that hides nothing of itself, and whose writing leaves no shadow."""

    def seen(point: Keypoint) -> Keypoint:
        inside = 0 <= point.x <= intrinsics.width and 0 <= point.y <= intrinsics.height
        return replace(point, is_visible=inside)

    points = tuple(seen(point) for point in annotation.keypoints)
    return replace(annotation, keypoints=points, text=None, characters=(), quad=None, angle_deg=None)
