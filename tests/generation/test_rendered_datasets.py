"""Rendered datasets: the same bytes whoever renders them, and files beside the pictures that are what they claim."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from synth.errors import ConfigError, RejectedScene, RenderError, SynthError
from synth.generation import images as images_module
from synth.generation.images import Assignment, ImageMaker
from synth.generation.material import catalogue_of, portable
from synth.generation.parts import read_parts
from synth.generation.replay import replay_image
from synth.generation.run import generate
from synth.inspection.check import check_dataset
from synth.labels.dataset import read_dataset
from synth.labels.layout import depth_path, normals_path
from synth.labels.planes import decode_depth, decode_normals
from synth.labels.space import camera_of
from synth.scene.recipe_files import load_recipe

needs_blender = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs Blender's module")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
RECIPE = """\
name: tiny
seed: 5
count: 12
canvas: {width_px: 64, height_px: 64}
splits: {train: 0.6, validation: 0.4}
serials: [{name: code, text: "[A-F]{3}", body: {kind: band}}]
render:
  subjects:
    - {shape: key, category: key}
    - {shape: ring, category: ring, serial: code}
  lights: {count_weights: {2: 1}}
  environment: {weights: {uniform: 1}}
  preset: draft
  images_per_render: 4
output: {depth: true, normals: true}
"""


@pytest.fixture(scope="module")
def recipe_path(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(RECIPE)
    return path


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(root).parts
    }


@pytest.fixture(scope="module")
def whole(recipe_path, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("rendered") / "set"
    outcome = generate(load_recipe(recipe_path), root, workers=1)
    assert (outcome.made, outcome.set_aside) == (12, {})
    return root


@needs_blender
def test_every_promise_is_kept_and_the_card_counts_renderings(whole):
    assert check_dataset(whole) == []
    card = json.loads((whole / "card.json").read_bytes())
    assert card["renders"] == {
        "scenes": 3,
        "images": 12,
        "engines": [
            {"kind": "cycles", "samples": 1, "noise": 0.0, "denoise": True, "bounces": 2, "device": "cpu", "images": 12}
        ],
    }
    assert "bpy" in card["versions"]
    assert all("second" not in key for key in card)


@needs_blender
def test_images_of_a_scene_differ_in_light_and_agree_in_labels(whole):
    images = read_dataset(whole).images
    by_scene = [[image for image in images if image.extra["index"] // 4 == scene] for scene in range(3)]
    for together in by_scene:
        assert len({(whole / "images" / i.split / i.file_name).read_bytes() for i in together}) == 4
        assert len({i.split for i in together}) == 1
        for image in together[1:]:
            assert [(a.box, a.category, a.space) for a in image.annotations] == [
                (a.box, a.category, a.space) for a in together[0].annotations
            ]


@needs_blender
def test_the_mix_alone_changes_the_light(whole):
    known = replay_image(whole, 0)
    assert known.is_same
    tinted = replay_image(whole, 0, changes=["layers.0.mix=[[3.0, 0.2, 0.2]]"])
    assert tinted.jpeg != known.jpeg
    assert [a.box for a in tinted.annotations] == [a.box for a in known.annotations]


@needs_blender
def test_depth_and_normals_agree_with_masks_and_camera(whole):
    for image in read_dataset(whole).images:
        camera = camera_of(image)
        depth = decode_depth(depth_path(whole, image.split, image.file_name).read_bytes(), camera.depth_unit_mm)
        normals = decode_normals(normals_path(whole, image.split, image.file_name).read_bytes())
        assert (np.isfinite(depth) == normals.any(axis=2)).all()
        for annotation in image.annotations:
            mask = annotation.mask.to_full(64, 64)
            assert np.isfinite(depth[mask]).all()
            assert (normals[mask][:, 2] < 0.2).all(), "what is seen faces the camera"
            rows, columns = np.nonzero(mask)
            x = (columns + 0.5 - camera.intrinsics.cx) / camera.intrinsics.focal_px * depth[mask]
            y = (rows + 0.5 - camera.intrinsics.cy) / camera.intrinsics.focal_px * depth[mask]
            seen = np.stack([x, y, depth[mask]], axis=1)
            pose = np.array(annotation.space.pose).reshape(3, 4)
            scale = np.cbrt(np.linalg.det(pose[:, :3]))
            own = (seen - pose[:, 3]) @ pose[:, :3] / scale**2
            low, high = np.array(annotation.space.bounds).reshape(2, 3)
            assert (own > low - 0.002).all()
            assert (own < high + 0.002).all()


@needs_blender
def test_two_workers_give_the_same_bytes(whole, recipe_path, tmp_path):
    generate(load_recipe(recipe_path), tmp_path / "set", workers=2)
    assert digests(tmp_path / "set") == digests(whole)


def family(pid: int) -> tuple[list[int], list[int]]:
    """Workers of a run, and their Blender processes."""

    def children(of: int, word: str) -> list[int]:
        lists = [path.read_text() for path in Path(f"/proc/{of}/task").glob("*/children")]
        born = [int(number) for text in lists for number in text.split()]
        return [child for child in born if word in Path(f"/proc/{child}/cmdline").read_text()]

    workers = children(pid, "spawn_main")
    return workers, [child for worker in workers for child in children(worker, "synth.blender")]


def started(recipe_path: Path, root: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "synth", "generate", str(recipe_path), "--out", str(root), *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def wait_for_pictures(root: Path, number: int, run: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 100
    while len(list(root.glob("images/*/*.jpg"))) < number and run.poll() is None and time.monotonic() < end:
        time.sleep(0.02)


@needs_blender
@needs_proc
def test_killed_renderers_and_workers_leave_no_trace(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    run = started(recipe_path, root, "--workers", "2")
    killed = []
    for kind, number in ((1, 1), (0, 2), (1, 5)):
        wait_for_pictures(root, number, run)
        end = time.monotonic() + 60
        while not family(run.pid)[kind] and time.monotonic() < end:
            time.sleep(0.02)
        killed.append(family(run.pid)[kind][0])
        os.kill(killed[-1], signal.SIGKILL)
    assert run.wait() == 0, run.stdout.read()
    run.stdout.close()
    assert len(set(killed)) == 3
    assert digests(root) == digests(whole)
    assert check_dataset(root) == []


@needs_blender
@needs_proc
def test_ctrl_c_ends_a_run_with_its_renderers_and_it_goes_on_to_the_same_bytes(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    run = started(recipe_path, root, "--workers", "2")
    wait_for_pictures(root, 1, run)
    born = [pid for pids in family(run.pid) for pid in pids]
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=30)[0]
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert "the same command goes on" in said
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in born) and time.monotonic() < end:
        time.sleep(0.02)
    assert not [pid for pid in born if Path(f"/proc/{pid}").exists()]
    generate(load_recipe(recipe_path), root, workers=1)
    assert digests(root) == digests(whole)


@needs_blender
@needs_proc
def test_the_log_says_what_rendering_took_and_progress_is_told_by_the_image(recipe_path, tmp_path):
    seen = []
    root = tmp_path / "set"
    generate(load_recipe(recipe_path), root, on_progress=lambda progress: seen.append(progress.done))
    lines = [json.loads(line) for line in (root / ".work" / "log.jsonl").read_bytes().splitlines()]
    assert [line["chunk"] for line in lines] == [[0, 8], [8, 12]]
    assert all(line["rendering_cpu_s"] > 0 for line in lines)
    assert set(seen) - {0, 8, 12}, "between chunks too"
    assert seen == sorted(seen)
    assert seen[-1] == 12


@needs_blender
def test_a_killed_run_goes_on_to_the_same_bytes(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    command = [sys.executable, "-m", "synth", "generate", str(recipe_path), "--out", str(root), "--workers", "1"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 100
    while not list(root.glob(".work/parts/*.jsonl")) and run.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not (root / "card.json").exists()
    assert generate(load_recipe(recipe_path), root, workers=1).made == 4
    assert digests(root) == digests(whole)


@needs_blender
def test_a_lost_depth_file_is_made_again_and_a_changed_one_is_found(whole, recipe_path, tmp_path):
    root = tmp_path / "set"
    shutil.copytree(whole, root)
    path = sorted(root.glob("depth/*/*.png"))[1]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    stray = path.with_name("other.png")
    stray.write_bytes(b"")
    assert {finding.code for finding in check_dataset(root)} >= {"plane.digest", "plane.stray"}
    stray.unlink()
    path.unlink()
    assert [finding.code for finding in check_dataset(root)] == ["plane.missing"]
    assert generate(load_recipe(recipe_path), root).made == 1
    assert digests(root) == digests(whole)


@needs_blender
def test_an_image_is_replayed_and_varied(whole):
    same = replay_image(whole, 5)
    assert (same.is_same, same.remarks) == (True, ())
    variant = replay_image(whole, 5, changes=["layers.0.key=0.6"])
    assert variant.is_variant
    assert not variant.is_same
    assert variant.annotations == same.annotations


class Failing:
    """Shots that always fail."""

    radiograph = None
    cpu_s = 0.0

    def __init__(self):
        self.asked = []

    def __call__(self, layer, width, height, min_visibility):
        self.asked.append(layer.stage.seed)
        raise RenderError("Blender's process was killed by signal 11")


@pytest.fixture
def maker(recipe_path, tmp_path):
    recipe = load_recipe(recipe_path, ["count=100", "max_attempts=3"])
    return ImageMaker(Assignment(recipe, catalogue_of(recipe), tmp_path / "set", ("coco",), 1 << 27))


def ignore(index: int) -> None:
    pass


def test_a_scene_that_cannot_be_rendered_is_tried_once_and_set_aside_with_its_specs(maker):
    maker.shots = Failing()
    report = maker(range(4), ignore)
    assert [aside.index for aside in report.set_aside] == [0, 1, 2, 3]
    assert [aside.spec["index"] for aside in report.set_aside] == [0, 1, 2, 3]
    assert {aside.error for aside in report.set_aside} == {"Blender's process was killed by signal 11"}
    assert len(maker.shots.asked) == 1
    with pytest.raises(SynthError, match="5 renderings in a row failed; the last: Blender"):
        maker(range(4, 40), ignore)
    assert len(maker.shots.asked) == 5


def test_a_refused_scene_is_drawn_again_for_all_its_images(maker, monkeypatch):
    refused = []

    def composed(spec, materials, *shots):
        if spec.attempt < 2 and spec.index % 4 == 2:
            refused.append(spec.attempt)
            raise RejectedScene("a subject is hardly seen")
        return images_module.Composed(b"jpeg", ())

    monkeypatch.setattr(images_module, "composed", composed)
    maker(range(4), ignore)
    lines = list(read_parts(maker.assignment.root / ".work" / "parts"))
    assert [json.loads(bytes(line.spec))["attempt"] for line in lines] == [2, 2, 2, 2]
    assert len({json.dumps(json.loads(bytes(line.spec))["layers"][0]["stage"]) for line in lines}) == 1
    assert [line.rejections for line in lines] == [("a subject is hardly seen",) * 2] * 4
    assert refused == [0, 1]


def test_a_portable_recipe_names_no_place(recipe_path, tmp_path):
    for name in ("scans", "floors", "skies"):
        (tmp_path / name).mkdir()
    recipe = load_recipe(
        recipe_path,
        [
            f"meshes={tmp_path}/scans",
            f"render.ground.textures={tmp_path}/floors",
            f"render.environment={{weights: {{folder: 1}}, folders: {tmp_path}/skies}}",
        ],
    )
    text = portable(recipe).model_dump_json()
    assert str(tmp_path) not in text
    assert all(f'"{name}"' in text for name in ("scans", "floors", "skies"))


def test_pictures_for_rendering_are_in_the_catalogue(recipe_path, tmp_path):
    from synth.banks.picture_files import TEXTURES, picture_records

    for name in ("floors/oak/a.PNG", "floors/b.jpg", "floors/readme.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    recipe = load_recipe(recipe_path, [f"render.ground.textures={tmp_path}/floors", "render.ground.texture_share=1"])
    records = catalogue_of(recipe).textures
    assert [record.id for record in records] == ["floors/b.jpg", "floors/oak/a.PNG"]
    assert [record.sha256 for record in records] == [
        hashlib.sha256(Path(record.path).read_bytes()).hexdigest() for record in records
    ]
    shutil.copytree(tmp_path / "floors", tmp_path / "again" / "floors")
    with pytest.raises(ConfigError, match=r"two pictures are called 'floors/b\.jpg'"):
        picture_records([tmp_path / "floors", tmp_path / "again" / "floors"], TEXTURES, "render.ground.textures")
