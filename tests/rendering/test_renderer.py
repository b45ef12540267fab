"""What the renderer asks of Blender, and what it finds out before it asks."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from synth.banks.materials import Materials
from synth.compositing.caches import derived_from
from synth.errors import AssetError, RejectedScene, RenderError
from synth.generation.material import catalogue_of
from synth.geometry.pose import looking, pose_of
from synth.labels.sample import Categories
from synth.rendering.renderer import Renderer
from synth.scene.recipe_files import load_recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import ImageSpec, RenderLayer
from synth.scene.stage import Environment, Surface, Texture, Viewpoint
from synth.scene.take import Array, Picture, Shoot

RECIPE = """\
name: rings
seed: 3
count: 8
canvas: {width_px: 80, height_px: 60}
splits: {train: 1}
serials: [{name: code, text: "[A-F]{3}", body: {kind: band}}]
render:
  subjects: [{shape: ring, category: ring, serial: code}]
  preset: draft
  images_per_render: 2
"""
replace = msgspec.structs.replace


class Sitting:
    """A studio that keeps what it is asked for and gives grey pictures; it forgets every mesh and decal."""

    def __init__(self) -> None:
        self.asked: list[Shoot] = []
        self.meshes: list[str] = []
        self.decals: list[str] = []

    def shoot(self, shoot, mesh_of, decal_of) -> Picture:
        self.asked.append(shoot)
        self.meshes += [mesh_of(key).key for key in sorted(set(shoot.meshes.values()))]
        self.decals += [decal_of(key).key for key in sorted(set(shoot.decals.values()))]
        grey = Array.of(np.full((shoot.height, shoot.width, 3), 0.18, np.float32))
        return Picture(grey, None, None, {thing.name: thing.pose for thing in shoot.stage.things})


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> tuple[SceneSampler, Materials]:
    path = tmp_path_factory.mktemp("recipe") / "rings.yaml"
    path.write_text(RECIPE)
    recipe = load_recipe(path)
    catalogue = catalogue_of(recipe)
    return SceneSampler(recipe, catalogue), Materials(catalogue)


@pytest.fixture
def renderer(opened) -> Renderer:
    materials = opened[1]
    catalogue = materials.catalogue
    categories = Categories(catalogue.categories, catalogue.characters)
    return Renderer(catalogue, materials, categories, derived_from(materials).faces(materials), Sitting())


@pytest.fixture(scope="module")
def specs(opened) -> list[ImageSpec]:
    return [opened[0].sample(index, 0) for index in range(4)]


def layer_of(spec: ImageSpec) -> RenderLayer:
    return next(layer for layer in spec.layers if isinstance(layer, RenderLayer))


def seen(renderer: Renderer, layer: RenderLayer, least: float = 0.0):
    return renderer(layer, 80, 60, least)


def test_a_subject_out_of_sight_or_hardly_seen_costs_no_rendering(renderer, specs):
    layer = layer_of(specs[0])
    away = Viewpoint(pose_of(looking((5.0, 0.0, 0.5), (9.0, 0.0, 0.5))), layer.stage.camera.lens)
    with pytest.raises(RejectedScene, match="a subject is out of sight"):
        seen(renderer, replace(layer, stage=replace(layer.stage, camera=away)))
    visibility = min(a.visibility for a in seen(renderer, layer).annotations)
    rendered = len(renderer.studio.asked)
    with pytest.raises(RejectedScene, match="a subject is hardly seen"):
        seen(renderer, layer, visibility + 0.001)
    assert len(renderer.studio.asked) == rendered == 1
    assert seen(renderer, layer, visibility - 0.001).annotations


def test_images_of_one_stage_are_measured_once_and_mixed_each(renderer, specs):
    first, second, other = (seen(renderer, layer_of(spec)) for spec in specs[:3])
    assert first.ids is second.ids
    assert first.annotations is second.annotations
    assert other.ids is not first.ids
    asked = renderer.studio.asked
    assert asked[0].stage == asked[1].stage != asked[2].stage
    assert asked[0].mix != asked[1].mix


def test_blender_is_told_keys_and_no_text_and_gets_what_it_lacks(renderer, specs):
    for spec in specs[::2]:
        seen(renderer, layer_of(spec))
    told = renderer.studio.asked
    assert all(thing.serial is None for shoot in told for thing in shoot.stage.things)
    assert {key for shoot in told for key in shoot.meshes.values()} == set(renderer.studio.meshes)
    assert {key for shoot in told for key in shoot.decals.values()} == set(renderer.studio.decals)
    assert len(set(renderer.studio.decals)) == 2, "two serials, two faces"
    texts = [a.text for spec in specs[::2] for a in seen(renderer, layer_of(spec)).annotations if a.text]
    assert texts
    assert not any(text in key for text in texts for key in renderer.studio.decals)


def test_what_the_stage_names_and_the_catalogue_lacks_is_told_by_its_name(renderer, specs):
    layer = layer_of(specs[0])
    ground, *rest = layer.stage.things
    papered = replace(ground, surfaces=(Surface(texture=Texture("image", "floors/oak.jpg")),))
    sky = Environment("skies/noon.exr")
    stage = replace(layer.stage, things=(papered, *rest), environment=sky)
    with pytest.raises(AssetError, match=r"not in the catalogue: floors/oak\.jpg, skies/noon\.exr$"):
        seen(renderer, replace(layer, stage=stage))
    assert not renderer.studio.asked


def test_a_serial_needs_a_place_on_its_mesh(renderer, specs):
    layer = layer_of(specs[0])
    ring = next(thing for thing in layer.stage.things if thing.serial is not None)
    ground = next(thing for thing in layer.stage.things if thing.role == "ground")
    things = tuple(replace(thing, serial=ring.serial) if thing is ground else thing for thing in layer.stage.things)
    with pytest.raises(RenderError, match="carries a serial, and its mesh has no place for one"):
        seen(renderer, replace(layer, stage=replace(layer.stage, things=things)))


def test_decals_are_drawn_as_finely_as_the_picture_shows_them(renderer, specs):
    layer = layer_of(specs[0])
    assert seen(renderer, layer).rgb.shape == (60, 80, 3)
    coarse = renderer.studio.asked[-1].decals
    renderer(layer, 800, 600, 0.0)
    fine = renderer.studio.asked[-1].decals
    sizes = [float(key.rsplit(" ", 1)[1]) for decals in (coarse, fine) for key in decals.values()]
    assert sizes[0] <= sizes[1] <= 10 * sizes[0] * 2 ** (1 / 8)


def test_a_mended_failure_leaves_no_trace(renderer, specs):
    """A shot that failed is taken anew, with the same truth."""
    layer = layer_of(specs[0])
    calm = seen(renderer, layer)
    seen(renderer, layer_of(specs[2]))
    sitting, works = renderer.studio, renderer.studio.shoot

    def fails(*_: object) -> Picture:
        raise RenderError("Blender's process was killed")

    sitting.shoot = fails
    with pytest.raises(RenderError, match="was killed"):
        seen(renderer, layer)
    sitting.shoot = works
    again = seen(renderer, layer)
    np.testing.assert_array_equal(again.ids, calm.ids)
    assert [a.box for a in again.annotations] == [a.box for a in calm.annotations]
