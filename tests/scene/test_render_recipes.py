"""The recipe's part about rendered scenes: what is refused, and with which line."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from render_material import catalogue, mesh

from synth.errors import ConfigError, RejectedScene
from synth.scene.engines import PRESETS, engine_of
from synth.scene.finish_recipe import Finish
from synth.scene.looks_of_bodies import sample_surfaces
from synth.scene.recipe import Recipe, drawn_categories
from synth.scene.recipe_files import load_recipe
from synth.scene.sampling import SceneSampler
from synth.scene.shape_recipe import SLOTS
from synth.scene.surface_draws import LOOKS, sample_surface
from synth.streams import stream

RECIPES = Path(__file__).parents[2] / "recipes"
WORKED = ("products", "implant-serials", "rings-3d", "keys")
PLAIN = """
name: scenes
seed: 1
count: 5
render:
  subjects: [{shape: key, category: key}]
"""


def loaded(tmp_path: Path, *overrides: str, text: str = PLAIN) -> Recipe:
    path = tmp_path / "scenes.yaml"
    path.write_text(text)
    return load_recipe(path, overrides)


def test_a_recipe_needs_no_tags_if_it_renders(tmp_path):
    recipe = loaded(tmp_path)
    assert drawn_categories(recipe) == ("key",)
    assert recipe.render.subjects[0].shape.kind == "key"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("tags=bank", "tags: is about pasted tags"),
        ("blends.weights={hard: 1}", "blends: is about pasted tags"),
        ("placement.scale_range=[1, 2]", "placement.scale_range: is about pasted tags"),
        ("occluders.share=0.5", "occluders: is about pasted tags"),
        ("backgrounds=photos", "backgrounds: whole rendered scenes hide them"),
        ("render.output=laier", "render.output: input should be 'whole' or 'layer'"),
        ("render.subjects=[{shape: kee, category: key}]", "unknown kind 'kee' (did you mean 'key'?)"),
        ("render.subjects=[{shape: {kind: key, pins_rang: 3}, category: key}]", "(did you mean 'pins_range'?)"),
        ("render.subjects=[{category: key}]", "either a mesh (a pattern of names) or a shape"),
        ("render.subjects=[{category: key, mesh: '*'}]", "name the folder that it is in by meshes"),
        ("render.subjects=[{shape: key, category: key, serial: s}]", "only implant, ring, plate have a place"),
        ("render.subjects=[{shape: ring, category: key, serial: s}]", "no design has this name; serials has none"),
        ("render.subjects=[{shape: key, category: key, surfaces: {leg: skin}}]", "its surfaces are blade, bow"),
        ("render.subjects=[{shape: key, category: key, labelled: [leg]}]", "labelled: there is no 'leg'"),
        ("render.distractors.printed_share=0.5", "the pictures are those of ground.textures"),
        ("render.camera.place=spere", "unknown kind 'spere' (did you mean 'sphere'?)"),
        ("render.camera.place=shell", "a shell lies between two distances"),
        ("render.camera.place={kind: ring, elevation_deg: -20}", "it never gets higher than -20"),
        ("render.camera={fill_range: [0.1, 0.2], distance_range_m: [1, 2]}", "either decides the other"),
        ("render.drop={share: 1}", ""),
        ("render.ground.kinds={tree: 1}", "render.ground.kinds"),
        ("render.environment.folders=skies", "weights.folder"),
        ("render.mix_range_stop=[0, 1]", "did you mean 'mix_range_stops'?"),
        ("render.subjects=[]", "render.subjects"),
    ],
)
def test_mistakes_are_named(tmp_path, override, message):
    if not message:
        loaded(tmp_path, override)
        return
    with pytest.raises(ConfigError, match=re.escape(message)) as raised:
        loaded(tmp_path, override)
    assert len(str(raised.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["render.output=layer", "render.ground={kinds: {room: 1}}"], "a layer's ground only catches its shadow"),
        (["render.scene=studio", "render.lights={count_weights: {1: 1}}"], "brings its own"),
        (["render.scene=studio", "render.output=layer"], "is rendered whole"),
        (["render.drop.share=1", "render.ground.kinds={none: 1, plane: 1}"], "things need a ground to fall on"),
        (["render.output=layer", "backgrounds={photos: [p], hand_labels: keep}"], "use avoid"),
    ],
)
def test_what_does_not_go_together_is_named(tmp_path, overrides, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        loaded(tmp_path, *overrides)


def test_every_design_is_named_by_a_subject_whose_body_it_fits(tmp_path):
    ring = "{name: a, text: '[A-Z]{3}', body: {kind: band}}"
    with pytest.raises(ConfigError, match="no subject of render names design 'a'"):
        loaded(tmp_path, f"serials=[{ring}]")
    with pytest.raises(ConfigError, match="needs a design with body disc, and that of 'a' is a band"):
        loaded(tmp_path, f"serials=[{ring}]", "render.subjects=[{shape: implant, category: i, serial: a}]")


def test_meshes_without_render_mean_nothing(tmp_path):
    text = "name: a\nseed: 1\ncount: 1\ntags: [bank]\nmeshes: scans\n"
    with pytest.raises(ConfigError, match="only rendered scenes show them"):
        loaded(tmp_path, text=text)


def test_folders_of_meshes_may_be_paths_alone(tmp_path):
    recipe = loaded(tmp_path, "meshes=[one, {folder: two, longest_m: 0.12, halves: join}]")
    assert [(f.folder, f.longest_m, f.halves) for f in recipe.meshes] == [
        ("one", None, "separate"),
        ("two", 0.12, "join"),
    ]
    assert [f.folder for f in loaded(tmp_path, "meshes=scans").meshes] == ["scans"]


def test_presets_and_what_differs_from_them(tmp_path):
    assert engine_of(loaded(tmp_path).render) == PRESETS["fast"]
    changed = loaded(tmp_path, "render.preset=quality", "render.engine={samples: 64, device: gpu}")
    engine = engine_of(changed.render)
    assert (engine.samples, engine.device, engine.bounces) == (64, "gpu", PRESETS["quality"].bounces)
    assert engine_of(loaded(tmp_path, "render.preset=eevee").render).kind == "eevee"


def test_a_recipe_comes_back_from_its_own_json(tmp_path):
    for name in WORKED:
        recipe = load_recipe(RECIPES / f"{name}.yaml")
        assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_the_schema_covers_rendered_scenes():
    schema = Recipe.model_json_schema()
    assert {"Render", "Subject", "Views", "Lights", "Ground", "MeshFolder", "SeedPlace", "ImplantRanges"} <= set(
        schema["$defs"]
    )
    assert {"render", "meshes"} <= set(schema["properties"])


@pytest.mark.parametrize("name", WORKED)
def test_worked_recipes_draw_stages_of_every_split(name):
    recipe = load_recipe(RECIPES / f"{name}.yaml")
    meshes = tuple(
        mesh(f"{scan}/{half}", scan, half, (0.9, 2.4, 1.8))
        for scan in ("a_halloumi", "Liberte")
        for half in ("top", "bottom")
    )
    backgrounds = recipe.backgrounds.model_copy(update={"photos": ()})
    recipe = recipe.model_copy(update={"backgrounds": backgrounds})
    sampler = SceneSampler(recipe, catalogue(meshes, tuple(recipe.splits)))
    drawn = set()
    for index in range(40):
        with suppress(RejectedScene):
            drawn.add(sampler.sample(index).split)
    assert drawn == set(recipe.splits)


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_every_look_draws_within_its_own_ranges(look):
    rng = stream(1, 0, "surfaces")
    for _ in range(30):
        surface = sample_surface(rng, (Finish(look=look),))
        own = LOOKS[look]
        for name in ("roughness", "specular", "coat", "transmission", "subsurface", "bump"):
            low, high = getattr(own, f"{name}_range")
            assert low - 1e-4 <= getattr(surface, name) <= high + 1e-4
        assert surface.metallic == own.metallic


def test_given_ranges_win_over_the_look():
    rng = stream(1, 0, "surfaces")
    finish = Finish(look="steel", roughness_range=(0.9, 0.9), metallic=0.5, colours=((1, 2, 3),), jitter=0)
    surface = sample_surface(rng, (finish,))
    assert (surface.roughness, surface.metallic, surface.colour) == (0.9, 0.5, (1, 2, 3))


@pytest.mark.parametrize("kind", sorted(SLOTS))
def test_every_slot_of_a_body_has_a_surface(kind):
    surfaces = sample_surfaces(stream(1, 0, "s"), kind, {}, None)
    assert len(surfaces) == len(SLOTS[kind])
    if kind == "key":
        assert surfaces[0] == surfaces[1]
