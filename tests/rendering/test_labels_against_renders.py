"""Labels against what the renderer itself shows, and against rays: characters, masks, depth, keypoints."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import pytest
import trimesh
from decal_bodies import ball

from synth.banks.materials import Materials
from synth.generation.material import catalogue_of
from synth.generation.run import generate
from synth.geometry.camera import AHEAD
from synth.geometry.mesh import Mesh
from synth.geometry.pose import matrix_of_pose, moved, pose_of, transformed
from synth.scene.recipe_files import load_recipe
from synth.scene.spec import ImageSpec
from synth.scene.stage import ScanSource, Thing
from synth.scene.take import MeshArrays, PutMesh, Shoot
from synth.shapes.solids import solid_of

pytestmark = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs Blender's module")
SMALL = ("canvas={width_px: 320, height_px: 320}", "render.camera.focal_range_mm=[60, 80]")
CLOSE = ("render.camera.focal_range_mm=[150, 180]", "render.camera.off_centre_range=[0, 0]")
BUSY = (*SMALL, "render.occluders.share=1", "render.distractors.count_weights={2: 1}")


@pytest.fixture(scope="module")
def bench(checkout: Path) -> ModuleType:
    place = importlib.util.spec_from_file_location("rendered_labels", checkout / "benchmarks" / "rendered_labels.py")
    module = importlib.util.module_from_spec(place)
    sys.modules[place.name] = module
    place.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def studio(bench):
    with bench.Studio(threads=1) as made:
        yield made


@pytest.fixture(scope="module")
def busy(bench, checkout):
    return list(bench.scenes_of(checkout / "recipes" / "implant-serials.yaml", 3, BUSY))


def passes(bench, studio, shoot: Shoot, meshes):
    """The renderer's own index and depth at the middles of pixels."""
    asked = msgspec.structs.replace(bench.lit(shoot, {}, 1), passes=True)
    picture = studio.shoot(asked, lambda key: meshes[key], None)
    return picture.index.unpacked.astype(int), picture.depth.unpacked


def test_characters_are_where_the_render_shows_their_ink(bench, studio, checkout):
    path = checkout / "recipes" / "implant-serials.yaml"
    faces = bench.faces_of(Materials(catalogue_of(load_recipe(path)), cache_bytes=1 << 26))
    reports = [
        report
        for scene in bench.scenes_of(path, 1, (*SMALL, *CLOSE))
        for report in bench.reports_of(scene, studio, faces, 32)
    ]
    verdicts = [verdict for report in reports for verdict in report.verdicts]
    assert len(verdicts) > 6
    assert sum(report.stray + report.missed for report in reports) == 0
    assert np.mean([verdict.iou for verdict in verdicts]) > 0.95
    assert max(abs(ours - seen) for ours, seen in (verdict.visibility for verdict in verdicts)) < 0.04
    sides = np.abs([verdict.sides for verdict in verdicts])
    assert (sides == 0).mean() > 0.85
    assert sides.max() <= 2


def test_ids_and_depth_are_those_of_the_renderer(bench, studio, busy):
    for scene in busy:
        index, depth = passes(bench, studio, scene.shoot, scene.meshes)
        assert (index == scene.shot.ids).mean() > 0.9995
        for number in range(1, len(scene.stage.things) + 1):
            ours, theirs = scene.shot.ids == number, index == number
            if theirs.sum() > 400:
                assert (ours & theirs).sum() / (ours | theirs).sum() > 0.99
        same = (index == scene.shot.ids) & (index > 0)
        wrong = np.abs(scene.shot.depth[same] - depth[same])
        assert np.median(wrong) < 1e-5
        assert np.quantile(wrong, 0.999) < 1e-3


def parted(scene):
    """The shot with each subject in two: what its label encloses, under its own name, and the rest of it behind all."""
    things, meshes, names, rest = [], dict(scene.meshes), dict(scene.shoot.meshes), []
    for thing in scene.shoot.stage.things:
        things.append(thing)
        if thing.role != "subject":
            continue
        solid = solid_of(thing.source.shape)
        labelled = thing.labelled or solid.labelled
        if not labelled:
            continue
        inside = np.isin(solid.mesh.slots, [solid.slots.index(name) for name in labelled])
        for name, chosen in ((thing.name, inside), (f"rest of {thing.name}", ~inside)):
            part = Mesh(solid.mesh.vertices, solid.mesh.faces[chosen], solid.mesh.slots[chosen])
            names[name] = f"part {name} {scene.shoot.meshes[thing.name]}"
            meshes[names[name]] = PutMesh(names[name], MeshArrays.of(part))
        rest.append(msgspec.structs.replace(thing, name=f"rest of {thing.name}"))
    stage = msgspec.structs.replace(scene.shoot.stage, things=(*things, *rest))
    return msgspec.structs.replace(scene.shoot, stage=stage, meshes=names, decals={}), meshes


def test_visibility_is_the_share_that_the_renderer_shows_of_a_body_alone(bench, studio, busy):
    hidden = 0
    for scene in busy:
        shoot, meshes = parted(scene)
        index, _ = passes(bench, studio, shoot, meshes)
        subjects = [(k, thing) for k, thing in enumerate(scene.stage.things, 1) if thing.role == "subject"]
        for (number, thing), label in zip(subjects, scene.shot.annotations, strict=True):
            beyond = bench.overhang([label], scene.shot.intrinsics)
            alone, _ = passes(bench, studio, bench.widened(shoot, thing.name, beyond), meshes)
            modal, amodal = index == number, alone == 1
            rows, columns = (np.flatnonzero(amodal.any(axis=axis)) for axis in (1, 0))
            box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) - beyond
            assert np.abs(np.subtract(label.amodal_box, box)).max() <= 1
            assert abs(label.visibility - modal.sum() / amodal.sum()) < 2e-3
            ours = label.mask.to_full(index.shape[1], index.shape[0])
            assert (ours & modal).sum() / (ours | modal).sum() > 0.995
            hidden += label.visibility < 0.95
    assert hidden > 0


def test_depth_is_that_of_rays(busy):
    scene = busy[0]
    lens, side = scene.shot.intrinsics, scene.shot.ids.shape[0]
    bodies = []
    for thing in scene.shoot.stage.things:
        mesh = scene.meshes[scene.shoot.meshes[thing.name]].mesh.unpacked
        points = transformed(matrix_of_pose(thing.pose), mesh.vertices)
        bodies.append(trimesh.Trimesh(points, mesh.faces, process=False))
    whole = trimesh.util.concatenate(bodies)
    owners = np.repeat(np.arange(1, len(bodies) + 1), [len(body.faces) for body in bodies])
    columns, rows = (grid.ravel() for grid in np.meshgrid(np.arange(0, side, 2), np.arange(0, side, 2)))
    x, y = (columns + 0.5 - lens.cx) / lens.focal_px, (rows + 0.5 - lens.cy) / lens.focal_px
    rays = np.stack([x, y, np.ones_like(x)], axis=1) @ AHEAD[:3, :3].T @ scene.shot.camera[:3, :3].T
    eyes = np.broadcast_to(scene.shot.camera[:3, 3], rays.shape)
    places, which, faces = whole.ray.intersects_location(eyes, rays, multiple_hits=False)
    depth = ((places - eyes[which]) * rays[which]).sum(axis=1) / (rays[which] ** 2).sum(axis=1)
    ours = scene.shot.depth[rows[which], columns[which]]
    assert len(which) > 0.99 * len(rays)
    assert np.median(np.abs(ours - depth)) < 1e-5
    same = scene.shot.ids[rows[which], columns[which]] == owners[faces]
    assert same.mean() > 0.999
    assert np.quantile(np.abs(ours - depth)[same], 0.99) < 1e-3


@pytest.fixture(scope="module")
def keys(checkout, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("keys") / "set"
    small = ["count=2", "canvas={width_px: 160, height_px: 160}", "render.preset=draft", "splits={train: 1}"]
    assert generate(load_recipe(checkout / "recipes" / "keys.yaml", small), root, workers=1).made == 2
    return root


def test_pose_and_camera_of_the_coco_file_lead_to_the_keypoints_and_so_does_the_renderer(bench, studio, keys):
    document = json.loads((keys / "annotations" / "instances_train.json").read_bytes())
    names = {category["id"]: category["keypoints"] for category in document["categories"] if "keypoints" in category}
    checked = found = 0
    for image in document["images"]:
        labels = [label for label in document["annotations"] if label["image_id"] == image["id"]]
        spec = spec_of(keys, image["file_name"])
        stage, lens = spec.layers[0].stage, image["extra"]["camera"]
        subjects = [thing for thing in stage.things if thing.role == "subject"]
        for thing, label in zip(subjects, labels, strict=True):
            places = solid_of(thing.source.shape).keypoints
            pose = np.array(label["space"]["pose"]).reshape(3, 4)
            written = np.array(label["keypoints"], float).reshape(-1, 3)
            lit = {}
            for name, (x, y, flag) in zip(names[label["category_id"]], written, strict=True):
                if not flag:
                    continue
                seen = pose @ (*places[name], 1.0)
                px = seen[:2] / seen[2] * lens["focal_px"] + (lens["cx"], lens["cy"])
                assert np.abs(px - (x, y)).max() < 0.5
                checked += 1
                lit[name] = (x, y)
            for name, px in spheres_seen(bench, studio, stage, thing, places, image).items():
                if name in lit:
                    assert np.abs(np.subtract(px, lit[name])).max() < 0.5
                    found += 1
    assert checked >= 6
    assert found >= 4


def spec_of(root: Path, file_name: str) -> ImageSpec:
    lines = (json.loads(line) for line in (root / "manifest.jsonl").read_bytes().splitlines())
    told = next(line["spec"] for line in lines if line["spec"]["file_name"] == Path(file_name).name)
    return msgspec.convert(told, ImageSpec)


def spheres_seen(bench, studio, stage, thing: Thing, places, image):
    """Where the renderer shows a tiny ball at each point of a body, nothing else being there; px."""
    pose = matrix_of_pose(thing.pose)
    eye = matrix_of_pose(stage.camera.pose)[:3, 3]
    centres = transformed(pose, np.array(list(places.values())))
    away = float(np.linalg.norm(centres - eye, axis=1).mean())
    radius = 2.5 * away / image["extra"]["camera"]["focal_px"]
    things = tuple(
        Thing(name, ScanSource("ball"), pose_of(moved(*centre)), role="distractor")
        for name, centre in zip(places, centres.tolist(), strict=True)
    )
    bare = msgspec.structs.replace(stage, things=things, drop=None, blend=None)
    shoot = Shoot(bare, image["width"], image["height"], dict.fromkeys(places, f"ball {radius}"))
    index, _ = passes(
        bench, studio, shoot, {f"ball {radius}": PutMesh(f"ball {radius}", MeshArrays.of(ball(radius, 12, 24)))}
    )
    found = {}
    for number, name in enumerate(places, 1):
        rows, columns = np.nonzero(index == number)
        if len(rows) > 0.9 * math.pi * 2.5**2:
            found[name] = (columns.mean() + 0.5, rows.mean() + 0.5)
    return found
