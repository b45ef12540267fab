"""Rendered, labelled pictures: what one costs beside Cycles alone and beside BlenderProc, and how good it is.

    python benchmarks/rendering.py [--blenderproc DIR] [--pictures N] [--rounds N] [--samples N ...] [--workers]

All get the same mesh (51,200 faces, textured), the same lamps and the same poses. Seconds are CPU time of all
processes on one core; what is paid once (start, scene, first picture) is not counted. (a) is Cycles in a loop
that labels and writes nothing (`rivals/inside/bare_cycles.py`), with its own denoiser in its fast setting. (b) is the
worker of `synth generate`: truth, rendering, development, JPEG, VOC, COCO and YOLO. (c) is BlenderProc with colour,
instance masks, depth and COCO labels, at its default and at 50 samples; DIR is an environment (python -m venv) with
bpy 4.2.0, numpy 1, gitpython, h5py, imageio, matplotlib, opencv-python-headless 4.10, pypng, pyrender, pytz,
requests, rich, scikit-image, scikit-learn, scipy and trimesh, and the folder `package` with BlenderProc 2.8.0's
`blenderproc` in it. Quality is SSIM (Wang et al. 2004) against (a) with many samples and the accurate denoiser, all
in the same plain sRGB.
"""

# ruff: noqa: E402, T201
from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import math
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.generation.images import Assignment, ImageMaker
from synth.generation.material import catalogue_of
from synth.geometry.pose import looking, moved, pose_of
from synth.scene.recipe import Recipe
from synth.scene.sampling import SceneSampler
from synth.scene.spec import CameraEffects, GlyphLimits, ImageSpec, PlainBackground, RenderLayer
from synth.scene.stage import Engine, Environment, Lamp, Lens, ScanSource, Stage, Thing, Viewpoint
from synth.streams import stream

INSIDE = Path(__file__).parent / "rivals" / "inside"
GRID = 160
LAMPS = (((2.5, -2.5, 3.0), 250.0, 1.5), ((-3.0, -1.0, 2.0), 120.0, 2.0), ((0.0, 3.0, 1.0), 100.0, 1.0))
WORLD = 0.3
FOCAL_MM, SENSOR_MM, AWAY_M = 50.0, 36.0, 4.0
TICK = os.sysconf("SC_CLK_TCK")

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Line:
    """One row of the table: CPU seconds per picture and SSIM; None where it was not looked at."""

    name: str
    seconds: float
    ssim: float | None = None


def write_mesh(folder: Path) -> Path:
    """A lumpy, textured body like a scan: OBJ, MTL and PNG."""
    folder.mkdir(parents=True)
    rng = stream(0, 0, "texture")
    layers = [
        cv2.resize(rng.random((s, s, 3)).astype(np.float32), (2048, 2048), interpolation=cv2.INTER_LINEAR)
        for s in (4, 16, 64, 256)
    ]
    texture = sum(layer * 2.0**-k for k, layer in enumerate(layers))
    cv2.imwrite(str(folder / "texture.png"), cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8))
    u, v = np.meshgrid(np.linspace(-math.pi, math.pi, GRID + 1), np.linspace(-math.pi / 2, math.pi / 2, GRID + 1))

    def bulged(wave: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sign(wave) * np.abs(wave) ** 0.6

    lumps = 1 + 0.03 * sum(np.sin(k * u + k) * np.sin((k + 3) * v) / (1 + k) for k in range(1, 13))
    points = np.stack(
        [0.7 * bulged(np.cos(v)) * bulged(np.cos(u)), 0.5 * bulged(np.cos(v)) * bulged(np.sin(u)), bulged(np.sin(v))],
        -1,
    )
    points = (points * lumps[..., None]).reshape(-1, 3)
    uv = np.stack([(u + math.pi) / (2 * math.pi), (v + math.pi / 2) / math.pi], -1).reshape(-1, 2)
    lines = [
        "mtllib body.mtl",
        *(f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in points),
        *(f"vt {a:.6f} {b:.6f}" for a, b in uv),
        "usemtl body",
    ]
    for row in range(GRID):
        for column in range(GRID):
            a = row * (GRID + 1) + column + 1
            b, c, d = a + 1, a + GRID + 2, a + GRID + 1
            lines += [f"f {a}/{a} {b}/{b} {c}/{c}", f"f {a}/{a} {c}/{c} {d}/{d}"]
    (folder / "body.obj").write_text("\n".join(lines) + "\n")
    (folder / "body.mtl").write_text("newmtl body\nKd 1 1 1\nmap_Kd texture.png\n")
    return folder / "body.obj"


def bounds_of(mesh: Path) -> list[tuple[float, float]]:
    """Least and greatest x, y and z of an OBJ's numbers."""
    points = np.array([line.split()[1:] for line in mesh.read_text().splitlines() if line.startswith("v ")], float)
    return list(zip(points.min(axis=0), points.max(axis=0), strict=True))


def poses_of(count: int) -> list[list[list[float]]]:
    """Cameras all round, (4, 4) each; the first is that of the picture that is not counted."""
    rng = stream(1, 0, "poses")
    made = []
    for _ in range(count):
        turn, height = rng.uniform(0, 2 * math.pi), rng.uniform(-0.6, 0.9)
        across = AWAY_M * math.sqrt(1 - height**2)
        made.append(looking((across * math.cos(turn), across * math.sin(turn), AWAY_M * height), (0, 0, 0)).tolist())
    return made


def bare(scene: Path, out: Path, samples: int, kind: str) -> tuple[float, list[Picture]]:
    """Seconds per picture of Cycles alone, and the pictures, linear."""
    command = [sys.executable, str(INSIDE / "bare_cycles.py"), str(scene), str(out), str(samples), kind]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    seconds = json.loads(done.stdout.splitlines()[-1])
    with np.load(out) as stored:
        return statistics.mean(seconds[1:]), [stored[name] for name in stored.files]


class Given(SceneSampler):
    """Hands out specs that are given."""

    def __init__(self, specs: Sequence[ImageSpec], recipe: Recipe) -> None:
        self.recipe = recipe
        self.specs = specs

    def scene_of(self, index: int) -> range:
        """Alone."""
        return range(index, index + 1)

    def sample(self, index: int, attempt: int = 0) -> ImageSpec:
        """The spec with that index."""
        return self.specs[index]


def specs_of(
    poses: Sequence[list[list[float]]], mesh: str, place: Sequence[float], side: int, engine: Engine, shared: int
) -> list[ImageSpec]:
    """Our specs of the same pictures, each stage in `shared` of them with another mix of its light."""
    lamps = tuple(
        Lamp("area", pose_of(looking(at, (0, 0, 0))), power, size_m=size, group=k)
        for k, (at, power, size) in enumerate(LAMPS)
    )
    body = Thing("body", ScanSource(mesh), pose_of(moved(*place)), category="body")
    specs = []
    for number, pose in enumerate(poses):
        stage = Stage(
            Viewpoint(pose_of(np.array(pose)), Lens(FOCAL_MM, SENSOR_MM)), (body,), lamps,
            Environment(strength=WORLD, group=3), engine,
        )  # fmt: skip
        for variant in range(shared):
            index = number * shared + variant
            stops = stream(2, index, "mix").uniform(-1, 1, 4).tolist() if shared > 1 else []
            gains = tuple((2.0**stop, 2.0**stop, 2.0**stop) for stop in stops)
            specs.append(
                ImageSpec(
                    index=index,
                    attempt=0,
                    seed=0,
                    split="train",
                    file_name=f"body_{index:06d}.jpg",
                    width_px=side,
                    height_px=side,
                    background=PlainBackground(),
                    kept_annotations=False,
                    layers=(RenderLayer(stage, gains),),
                    min_visibility=0.0,
                    glyph_limits=GlyphLimits(),
                    camera=CameraEffects(),
                    jpeg_quality=92,
                )
            )
    return specs


def cpu_of(process: int) -> float:
    """User and system time of a process and its children that ended, seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[k]) for k in (11, 12, 13, 14)) / TICK


def ours(maker: ImageMaker, specs: Sequence[ImageSpec], shared: int) -> tuple[float, list[Picture]]:
    """Seconds per image of the worker, and the pictures of the first of each stage, linear, as they were rendered."""
    maker.sampler = Given(specs, maker.assignment.recipe)
    for index in range(shared):
        maker.make(index)
    child = maker.shots._renderer.studio.pid  # type: ignore[union-attr]
    begun = time.process_time() + cpu_of(child)
    for index in range(shared, len(specs)):
        maker.make(index)
    seconds = (time.process_time() + cpu_of(child) - begun) / (len(specs) - shared)
    shots = [
        maker.shots(specs[k].layers[0], specs[k].width_px, specs[k].height_px, 0.0)
        for k in range(0, len(specs), shared)
    ]  # type: ignore[arg-type]
    return seconds, [shot.rgb for shot in shots]


def blenderproc(folder: Path, scene: Path, samples: int, count: int, out: Path) -> float:
    """Seconds per picture: those of `count` pictures less those of one, without the start."""

    def total(pictures: int) -> float:
        told = json.loads(scene.read_text())
        told["poses"] = told["poses"][:pictures]
        part = out / f"{samples}-{pictures}"
        part.mkdir(parents=True)
        (part / "scene.json").write_text(json.dumps(told))
        script = [
            folder / "bin" / "python",
            INSIDE / "blenderproc_scene.py",
            folder / "package",
            part / "scene.json",
            part,
            samples,
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(word) for word in script], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    return (total(count) - total(1)) / (count - 1)


def srgb(linear: Picture) -> NDArray[np.float64]:
    """Values in [0, 255]."""
    clipped = np.clip(linear.astype(np.float64), 0, 1)
    return np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055) * 255


def ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Structural similarity: Gaussian window of sigma 1.5, mean over colours and pixels."""

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ma, mb = mean(a), mean(b)
    va, vb, both = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    return float(((2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean())


def likeness(pictures: Sequence[Picture], truth: Sequence[Picture]) -> float:
    """Mean SSIM."""
    return statistics.mean(ssim(srgb(a), srgb(b)) for a, b in zip(pictures, truth, strict=False))


def rates_of_workers(assignment: Assignment, specs: Sequence[ImageSpec]) -> dict[str, float]:
    """Images per hour of wall time: one worker of one thread, two of one, one of two."""
    rates = {}
    for workers, threads in ((1, 1), (2, 1), (1, 2)):
        makers = [with_threads(assignment, threads)() for _ in range(workers)]
        for maker in makers:
            maker.sampler = Given(specs, assignment.recipe)
            maker.make(0)
        begun = time.monotonic()
        with ThreadPoolExecutor(workers) as pool:
            for k, maker in enumerate(makers):
                pool.map(maker.make, range(1 + k, len(specs), workers))
        rates[f"{workers} x {threads}"] = (len(specs) - 1) / (time.monotonic() - begun) * 3600
        for maker in makers:
            maker.close()
    return rates


def with_threads(assignment: Assignment, threads: int) -> Assignment:
    """The assignment with another number of threads."""
    a = assignment
    return Assignment(a.recipe, a.catalogue, a.root, a.formats, a.cache_bytes, threads)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blenderproc", type=Path, help="environment with its packages")
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3, help="in which (a) and (b) take turns")
    parser.add_argument("--samples", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--reference", type=int, default=256, help="samples of the reference")
    parser.add_argument("--workers", action="store_true", help="also measure two workers against one")
    asked = parser.parse_args()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # with a second one, Cycles' idle threads would spin on it and be counted
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked, cores)


def compared(
    folder: Path,
    scene: Path,
    assignment: Assignment,
    asked: argparse.Namespace,
    body: tuple[str, Sequence[float]],
    views: tuple[Sequence[list[list[float]]], Sequence[Picture]],
    samples: int,
) -> list[Line]:
    """(a), (b), and (b) with four images of each rendering, in turns; medians of the rounds."""
    (mesh, place), (poses, truth), engine = body, views, Engine(samples=samples)
    maker = assignment()
    single = specs_of(poses, mesh, place, asked.side, engine, 1)
    shared = specs_of(poses, mesh, place, asked.side, engine, 4)
    seconds: list[tuple[float, float, float]] = []
    for _ in range(asked.rounds):
        alone, theirs = bare(scene, folder / "bare.npz", samples, "fast")
        labelled, pictures = ours(maker, single, 1)
        several, _ = ours(maker, shared, 4)
        seconds.append((alone, labelled, several))
    maker.close()
    a, b, four = (statistics.median(column) for column in zip(*seconds, strict=True))
    ratio = statistics.median(labelled / alone for alone, labelled, _ in seconds)
    return [
        Line(f"(a) Cycles alone, {samples} samples", a, likeness(theirs, truth)),
        Line(f"(b) ours, {samples} samples, all labels ({ratio:.2f} times)", b, likeness(pictures, truth)),
        Line(f"(b) ours, {samples} samples, 4 images of each rendering", four),
    ]


def measure(folder: Path, asked: argparse.Namespace, cores: set[int]) -> None:
    """The whole table."""
    mesh, poses = write_mesh(folder / "meshes" / "body"), poses_of(asked.pictures + 1)
    lamps = [{"pose": looking(at, (0, 0, 0)).tolist(), "power": power, "size_m": size} for at, power, size in LAMPS]
    told = {
        "lamps": lamps,
        "world": [WORLD] * 3,
        "side_px": asked.side,
        "focal_mm": FOCAL_MM,
        "sensor_mm": SENSOR_MM,
        "mesh": str(mesh),
    }
    scene, few = folder / "scene.json", folder / "few.json"
    scene.write_text(json.dumps(told | {"poses": poses}))
    few.write_text(json.dumps(told | {"poses": poses[:3]}))
    recipe = Recipe.model_validate(
        {
            "name": "bench", "seed": 0, "count": 1, "splits": {"train": 1},
            "meshes": [{"folder": str(folder / "meshes"), "unit": "m", "up": "y"}],
            "render": {"subjects": [{"mesh": "*", "category": "body"}]},
        }
    )  # fmt: skip
    catalogue = catalogue_of(recipe)
    entry = catalogue.meshes[0].record
    assignment = Assignment(recipe, catalogue, folder / "ours", ("voc", "coco", "yolo"), 1 << 28)
    # the importer of the others turns y up; ours also puts the middle over the origin, standing on z = 0
    low, high = (np.array(ends) for ends in zip(*bounds_of(mesh), strict=True))
    place = ((low[0] + high[0]) / 2, -(low[2] + high[2]) / 2, low[1])
    lines: list[Line] = []
    _, truth = bare(few, folder / "truth.npz", asked.reference, "reference")
    for samples in asked.samples:
        lines += compared(folder, scene, assignment, asked, (entry.id, place), (poses, truth), samples)
    if asked.blenderproc:
        for samples, count in ((50, 3), (0, 2)):
            seconds = blenderproc(asked.blenderproc, scene, samples, count, folder / "blenderproc")
            lines.append(Line(f"(c) BlenderProc, {samples or 'its default'} samples", seconds))
    print(f"{platform.machine()}, {os.cpu_count()} cores, {asked.side} px, {asked.pictures} pictures")
    for line in lines:
        quality = "" if line.ssim is None else f"SSIM {line.ssim:.4f}"
        print(f"{line.name:52} {line.seconds:7.2f} CPU s  {1 / line.seconds * 3600:6.0f} images/h and core  {quality}")
    if asked.workers:
        os.sched_setaffinity(0, cores)
        specs = specs_of(poses * 2, entry.id, place, asked.side, Engine(samples=4), 1)
        for name, rate in rates_of_workers(assignment, specs).items():
            print(f"{name} threads: {rate:6.0f} images/h")


if __name__ == "__main__":
    main()
