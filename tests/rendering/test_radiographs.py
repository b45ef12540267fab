from __future__ import annotations

import numpy as np
import pytest

from synth.errors import AssetError, RejectedScene, RenderError
from synth.geometry.mesh import Mesh
from synth.geometry.pose import looking, moved, pose_of, turned
from synth.labels.sample import Categories
from synth.rendering.radiographs import Radiographer
from synth.rendering.xray import Absorber, passage
from synth.scene.spec import Substance, XrayLayer, XrayThing
from synth.scene.stage import Lens, Role, ShapeSource, Thing, Viewpoint
from synth.scene.xray_draws import sample_xray
from synth.scene.xray_recipe import Xray
from synth.shapes.records import BonePlateShape, BoneShape, Shape, StemShape
from synth.shapes.solids import solid_of
from synth.streams import stream

CATEGORIES = Categories(("plate", "stem", "implant"))
SIDE = 128
VIEW = Viewpoint(pose_of(looking((0.0, 0.0, 1.0), (0.0, 0.0, 0.0))), Lens(1000.0, 320.0))


class NoScans:
    def mesh(self, mesh_id: str) -> Mesh:
        raise AssetError(mesh_id)

    def mesh_entry(self, mesh_id: str):
        raise AssetError(mesh_id)


def body(name: str, shape: Shape, pose: np.ndarray, substances: tuple[Substance, ...], role: Role = "subject"):
    category = name if role == "subject" else None
    return XrayThing(Thing(name, ShapeSource(shape), pose_of(pose), role=role, category=category), substances)


def radiograph(*things: XrayThing, least: float = 0.3):
    return Radiographer(NoScans(), CATEGORIES)(XrayLayer(VIEW, things), SIDE, SIDE, least)


LYING = moved(0.0, 0.0, 0.05) @ turned((0, 1, 0), 90.0) @ moved(0.0, 0.0, -0.07)
STEM = body("stem", StemShape(), LYING, ("titanium", "cobalt_chrome"))


def test_the_mask_is_where_rays_are_stopped() -> None:
    found = radiograph(STEM)
    mesh = solid_of(StemShape()).mesh
    one = passage([Absorber(mesh, LYING, 1.0)], found.camera, found.intrinsics, rays=1)
    mask = found.annotations[0].mask
    assert mask is not None
    disagree = (one.paths_m[0] > 0) != mask.to_full(SIDE, SIDE)
    assert np.count_nonzero(disagree) <= 2
    assert found.annotations[0].box == mask.box


def test_bodies_are_seen_through_one_another() -> None:
    cover = body("bone", BoneShape(), moved(0.0, 0.0, 0.15), ("cortex", "marrow"), "distractor")
    alone, covered = radiograph(STEM), radiograph(cover, STEM)
    assert alone.annotations == covered.annotations
    assert covered.annotations[0].visibility == 1.0
    assert all(point.is_visible for point in covered.annotations[0].keypoints)
    assert (covered.transmission <= alone.transmission + 1e-9).mean() > 0.999


def test_too_little_in_the_picture_is_refused() -> None:
    away = body("plate", BonePlateShape(), moved(0.17, 0.0, 0.0), ("steel",))
    assert 0.1 < radiograph(away, least=0.05).annotations[0].visibility < 0.6  # type: ignore[operator]
    with pytest.raises(RejectedScene, match="subject hidden"):
        radiograph(away, least=0.9)
    with pytest.raises(RenderError, match="3 substances"):
        radiograph(body("plate", BonePlateShape(), np.eye(4), ("steel", "steel", "steel")))


def test_drawn_layers_can_be_exposed_and_are_equal_for_equal_streams() -> None:
    recipe = Xray(subjects=[{"shape": name, "category": name} for name in ("bone_plate", "stem", "implant")])
    kinds = Categories(("bone_plate", "stem", "implant"))
    seen = set()
    for index in range(6):
        first, again = (
            sample_xray(stream(3, index, "xray"), recipe, ((),) * 3, SIDE, SIDE, on_photo=False) for _ in range(2)
        )
        assert first == again
        found = Radiographer(NoScans(), kinds)(first, SIDE, SIDE, 0.05)
        seen.add(found.annotations[0].category)
        over = sample_xray(stream(3, index, "xray"), recipe, ((),) * 3, SIDE, SIDE, on_photo=True)
        assert [one.thing.role for one in over.things] == ["subject"]
        assert over.displaced == "tissue"
    assert len(seen) >= 2
