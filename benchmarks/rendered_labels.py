"""Labels of characters on rendered bodies against the renderer: what the picture itself shows of each of them.

    python benchmarks/rendered_labels.py --images 300

The scenes of a recipe are rendered again, with the same camera, bodies and filter, and in place of the tag one of our
own, as fine as the tag (or `--finer`): blue all over, redder by the ink of some characters, greener by that of others,
and that only a little, since a renderer interpolates texels before it knows how bright they are. A lamp of no size sits
in the lens: what is seen is lit, nothing casts a shadow, no sample has noise. Every other body is black.
How much redder a pixel is than one without ink, relative to the blue of a full one, is the share that the red
characters cover. Characters of one colour lie so far apart that a pixel can only belong to one of them; ink that lies
anywhere else is counted as stray.

What a character would be if nothing hid it is rendered without the other bodies, and without those faces of its own
body that carry no tag or look away, on a canvas that goes on beyond the picture's borders.

Masks follow the convention of labels: pixels that a character covers by half or more. Depth of field is left out, as it
is in labels.
"""

# ruff: noqa: E402, T201
from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.banks.materials import Materials
from synth.compositing.caches import derived_from
from synth.errors import RejectedScene
from synth.generation.material import catalogue_of
from synth.geometry.boxes import Box
from synth.geometry.camera import Intrinsics
from synth.geometry.mesh import Mesh
from synth.geometry.pose import matrix_of_pose
from synth.labels.sample import Annotation, Categories
from synth.rendering.cells import cell_of
from synth.rendering.decals import Decal, decal_of
from synth.rendering.raster import posed
from synth.rendering.renderer import Renderer
from synth.rendering.studio import Studio
from synth.rendering.tags import girth_of
from synth.scene.recipe_files import load_recipe
from synth.scene.sampling import SceneSampler
from synth.scene.shot import Shot
from synth.scene.spec import RenderLayer
from synth.scene.stage import Engine, Environment, Lamp, Stage, Surface, Thing
from synth.scene.take import Array, MeshArrays, Picture, PutDecal, PutMesh, Shoot
from synth.serials.layout import Faces
from synth.serials.unrolled import Unrolled, unrolled

RECIPE = Path(__file__).parent.parent / "recipes" / "implant-serials.yaml"
BLACK = Surface(colour=(0, 0, 0), roughness=1.0, specular=0.0)
BARE = 0.5
"""Light of a face without ink, of one that is full of it 1."""
BESIDE_PX = 3
POWER = 100.0

Plane = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """A scene of a recipe and its labels.

    Attributes:
        shoot: what the renderer is asked for.
        meshes: by their keys.
        stage: with its serials.
        shot: labels.
        px_per_mm: of each tag that the labels were made with, by the name of its thing.
    """

    shoot: Shoot
    meshes: dict[str, PutMesh]
    stage: Stage
    shot: Shot
    px_per_mm: dict[str, float]


class Eavesdropper(Studio):
    """Takes no picture, and remembers what it was asked for."""

    def shoot(self, shoot, mesh_of, decal_of):  # type: ignore[no-untyped-def]
        """A black picture."""
        self.asked = shoot
        self.meshes = {key: mesh_of(key) for key in set(shoot.meshes.values())}
        self.decals = {name: decal_of(key) for name, key in shoot.decals.items()}
        black = Array.of(np.zeros((shoot.height, shoot.width, 3), np.float32))
        return Picture(black, None, None, {thing.name: thing.pose for thing in shoot.stage.things})


@dataclass(frozen=True)
class Verdict:
    """A character's label against the render.

    Attributes:
        label: of it.
        mask: (h, w) of the render.
        iou: of the masks.
        sides: (4,) label's box - box of the rendered mask, px.
        visibility: of the label, and of the renders.
    """

    label: Annotation
    mask: Bools
    iou: float
    sides: tuple[float, ...]
    visibility: tuple[float, float]


@dataclass(frozen=True)
class Report:
    """A tag's characters; `stray` px of ink where no label looks for it, `missed` px of characters without a label."""

    verdicts: tuple[Verdict, ...]
    stray: int
    missed: int


def scenes_of(recipe_path: Path, count: int, changes: Sequence[str] = ()) -> Iterator[Scene]:
    """The scenes of a recipe's images as they would be made, without their pictures."""
    recipe = load_recipe(recipe_path, list(changes))
    catalogue = catalogue_of(recipe)
    sampler, materials = SceneSampler(recipe, catalogue), Materials(catalogue, cache_bytes=1 << 27)
    studio = Eavesdropper()
    categories = Categories(catalogue.categories, catalogue.characters)
    renderer = Renderer(catalogue, materials, categories, faces_of(materials), studio)
    for index in range(count):
        for attempt in range(recipe.max_attempts):
            try:
                spec = sampler.sample(index, attempt)
                layer = next(layer for layer in spec.layers if isinstance(layer, RenderLayer))
                shot = renderer(layer, spec.width_px, spec.height_px, spec.min_visibility)
            except RejectedScene:
                continue
            sharpness = {
                name: decal.rgba.shape[1] / (decal.box_mm[2] - decal.box_mm[0]) for name, decal in studio.decals.items()
            }
            yield Scene(studio.asked, studio.meshes, layer.stage, shot, sharpness)
            break


def faces_of(materials: Materials) -> Faces:
    """Finds the faces that serials are set in."""
    return derived_from(materials).faces(materials)


def reports_of(scene: Scene, studio: Studio, faces: Faces, samples: int, finer: float = 1.0) -> Iterator[Report]:
    """Checks all tags of a scene."""
    labels = iter(scene.shot.annotations)
    for thing in scene.stage.things:
        label = next(labels) if thing.role == "subject" else None
        if label is not None and thing.serial is not None:
            yield report_of(scene, thing, label, studio, faces, samples, finer)


def report_of(
    scene: Scene, thing: Thing, label: Annotation, studio: Studio, faces: Faces, samples: int, finer: float = 1.0
) -> Report:
    """Checks the characters of a tag."""
    assert thing.serial is not None
    mesh = scene.meshes[scene.shoot.meshes[thing.name]].mesh.unpacked
    body = posed(mesh, matrix_of_pose(thing.pose), scene.shot.camera)
    decal = decal_of(mesh, body, scene.shot.intrinsics, girth_of(thing.serial))
    if decal is None:
        return Report((), 0, 0)
    face = unrolled(thing.serial, finer * scene.px_per_mm[thing.name], faces)
    numbers = numbers_of(label.characters, face, decal)
    colours = colours_of(label.characters)
    groups = np.zeros(len(face.characters) + 1, np.int64)
    groups[1:] = max(colours, default=-1) + 2  # characters without a label have a colour of their own
    for number, colour in zip(numbers, colours, strict=True):
        groups[number + 1] = colour + 1
    beyond = overhang(label.characters, scene.shot.intrinsics)
    seen = coverages(scene.shoot, scene.meshes, thing, face, groups, studio, samples)
    alone, only = by_itself(scene, thing, mesh, decal, beyond)
    whole = coverages(alone, only, thing, face, groups, studio, samples)
    return compared(label.characters, colours, seen, whole, beyond)


def numbers_of(labels: Sequence[Annotation], face: Unrolled, decal: Decal) -> list[int]:
    """Which characters of a face the labels are of, by their cells."""
    cells = [cell_of(character, decal)[0] for character in face.characters]

    def away(cell, quad):  # type: ignore[no-untyped-def]
        return math.inf if cell is None else float(np.abs(np.subtract(cell, quad)).max())

    return [min(range(len(cells)), key=lambda k: away(cells[k], label.quad)) for label in labels]


def window(box: Box) -> tuple[int, int, int, int]:
    """Where the ink of a label may lie."""
    return (
        math.floor(box[0]) - BESIDE_PX, math.floor(box[1]) - BESIDE_PX,
        math.ceil(box[2]) + BESIDE_PX, math.ceil(box[3]) + BESIDE_PX,
    )  # fmt: skip


def colours_of(labels: Sequence[Annotation]) -> list[int]:
    """Colours, so that the windows of labels of one colour do not meet."""
    windows = [window(label.amodal_box or label.box) for label in labels]
    colours: list[int] = []
    for k, (x0, y0, x1, y1) in enumerate(windows):
        near = {
            colours[j]
            for j in range(k)
            if windows[j][0] < x1 and windows[j][2] > x0 and windows[j][1] < y1 and windows[j][3] > y0
        }
        colours.append(next(colour for colour in range(k + 1) if colour not in near))
    return colours


def overhang(labels: Sequence[Annotation], intrinsics: Intrinsics) -> int:
    """How far the tag's ink goes beyond the picture's borders, px."""
    boxes = [label.amodal_box or label.box for label in labels] or [(0.0, 0.0, 0.0, 0.0)]
    out = max(max(-b[0], -b[1], b[2] - intrinsics.width, b[3] - intrinsics.height) for b in boxes)
    return 0 if out <= 0 else math.ceil(out) + 2 * BESIDE_PX


def widened(shoot: Shoot, name: str, beyond: int) -> Shoot:
    """The shot of one thing alone, with so many px more on each side."""
    stage, replaced = shoot.stage, msgspec.structs.replace
    width, height = shoot.width + 2 * beyond, shoot.height + 2 * beyond
    wider = max(width, height) / max(shoot.width, shoot.height)
    lens = replaced(stage.camera.lens, sensor_mm=stage.camera.lens.sensor_mm * wider)
    alone = replaced(
        stage,
        camera=replaced(stage.camera, lens=lens),
        things=tuple(thing for thing in stage.things if thing.name == name),
    )
    meshes = {name: shoot.meshes[name]}
    return replaced(shoot, stage=alone, width=width, height=height, meshes=meshes, decals={}, pictures={})


def by_itself(scene: Scene, thing: Thing, mesh: Mesh, decal: Decal, beyond: int) -> tuple[Shoot, dict[str, PutMesh]]:
    """The faces of a tag that look at the camera, and nothing else."""
    faces = decal.faces[decal.frontal > 0]
    assert mesh.decal is not None
    kept = Mesh(mesh.vertices, mesh.faces[faces], mesh.slots[faces], decal=mesh.decal[faces])
    shoot = widened(scene.shoot, thing.name, beyond)
    key = f"front of {shoot.meshes[thing.name]} from {shoot.stage.camera.pose}"
    return msgspec.structs.replace(shoot, meshes={thing.name: key}), {key: PutMesh(key, MeshArrays.of(kept))}


def coverages(
    shoot: Shoot, meshes: dict[str, PutMesh], thing: Thing, face: Unrolled, groups: NDArray[np.int64], studio: Studio,
    samples: int,
) -> list[Plane]:  # fmt: skip
    """(h, w) share of each pixel that shows the ink of the groups 1, 2, ..."""
    planes: list[Plane] = []
    edges = cv2.dilate(face.letters, np.ones((3, 3), np.uint8))
    group = groups[np.where(face.letters > 0, face.letters, edges)]
    for first in range(1, int(groups.max()) + 1, 2):
        rgba = np.full((*face.letters.shape, 4), 255, np.uint8)
        for channel in range(2):
            rgba[:, :, channel] = encoded(np.where(group == first + channel, face.ink, 0))
        key = f"check {thing.name} {id(face)} {first}"
        light = studio.shoot(
            lit(shoot, {thing.name: key}, samples),
            lambda name: meshes[name],
            lambda name, rgba=rgba: PutDecal(name, Array.of(rgba), face.box_mm),
        ).rgb.unpacked
        planes += shares(light)
    return planes[: int(groups.max())]


def lit(shoot: Shoot, decals: dict[str, str], samples: int) -> Shoot:
    """The shot with black bodies, its only lamp in the lens, and everything sharp."""
    stage, replaced = shoot.stage, msgspec.structs.replace
    lens = replaced(stage.camera.lens, f_stop=None)
    bare = replaced(
        stage,
        camera=replaced(stage.camera, lens=lens),
        things=tuple(replaced(t, surfaces=(BLACK,), falls=False, catches_shadow=False) for t in stage.things),
        lamps=(Lamp("point", stage.camera.pose, POWER, size_m=0.0),),
        environment=Environment(colour=(0.0, 0.0, 0.0), strength=0.0),
        engine=Engine(samples=samples, denoise=False, bounces=0),
        film_transparent=False,
    )
    return replaced(shoot, stage=bare, decals=decals, pictures={}, mix=())


def encoded(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Levels (sRGB) of ink of which a renderer's light is a linear function."""
    light = BARE + (1 - BARE) * ink / 255
    return np.rint(255 * (1.055 * light ** (1 / 2.4) - 0.055)).astype(np.uint8)


def shares(light: Plane) -> list[Plane]:
    """What the two groups of a rendering cover; the light of a full pixel is that of the brightest one beside it."""
    blue = light[:, :, 2]
    full = np.maximum(cv2.dilate(blue, np.ones((3, 3), np.uint8)) * (1 - BARE), 1e-12)
    return [(light[:, :, channel] - BARE * blue) / full for channel in range(2)]


def compared(
    labels: Sequence[Annotation], colours: Sequence[int], seen: Sequence[Plane], whole: Sequence[Plane], beyond: int
) -> Report:
    """Labels against what the renders show."""
    height, width = seen[0].shape if seen else (0, 0)
    unclaimed = [plane >= 0.5 for plane in seen]
    verdicts = []
    for label, colour in zip(labels, colours, strict=True):
        x0, y0, x1, y1 = window(label.amodal_box or label.box)
        inside = np.s_[max(y0, 0) : y1, max(x0, 0) : x1]
        around = np.s_[max(y0 + beyond, 0) : y1 + beyond, max(x0 + beyond, 0) : x1 + beyond]
        full = whole[colour][around]
        least = min(0.5, 0.5 * float(full.max(initial=0.0)))
        mask = np.zeros((height, width), np.bool_)
        mask[inside] = seen[colour][inside] >= max(least, 1e-6)
        unclaimed[colour][inside] = False
        verdicts.append(verdict_of(label, mask, int((full >= least).sum()) if least else 0))
    known = max(colours, default=-1) + 1
    return Report(
        tuple(verdicts),
        sum(int(plane.sum()) for plane in unclaimed[:known]),
        sum(int(plane.sum()) for plane in unclaimed[known:]),
    )


def verdict_of(label: Annotation, mask: Bools, whole: int) -> Verdict:
    """A label against a mask, and the number of pixels of it if nothing hid it."""
    assert label.mask is not None
    ours = label.mask.to_full(mask.shape[1], mask.shape[0])
    iou = float((ours & mask).sum() / max((ours | mask).sum(), 1))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if rows.size else (math.nan,) * 4
    sides = tuple(float(side) for side in np.subtract(label.box, box))
    return Verdict(label, mask, iou, sides, (label.visibility or 0.0, int(mask.sum()) / max(whole, 1)))


def table(reports: Sequence[Report]) -> str:
    """What was found, as Markdown."""
    verdicts = [verdict for report in reports for verdict in report.verdicts]
    ious = sorted(v.iou for v in verdicts)
    sides = np.array([v.sides for v in verdicts])
    errors = np.abs([v.visibility[0] - v.visibility[1] for v in verdicts])
    hidden = [abs(a - b) for a, b in (v.visibility for v in verdicts) if b < 0.98]
    worst = np.nanmax(np.abs(sides))
    lines = [
        ("tags", f"{len(reports)}"),
        ("labelled characters", f"{len(verdicts)}"),
        ("mask IoU: mean, median", f"{statistics.mean(ious):.4f}, {statistics.median(ious):.4f}"),
        ("mask IoU: 5th percentile, least", f"{ious[len(ious) // 20]:.3f}, {ious[0]:.3f}"),
        ("visibility error: mean, greatest", f"{errors.mean():.4f}, {errors.max():.3f}"),
        ("of partly hidden ones: number, mean error", f"{len(hidden)}, {statistics.mean(hidden or [0.0]):.4f}"),
        ("sides of boxes equal to the pixel", f"{np.mean(sides == 0):.2%}"),
        ("sides of boxes within one pixel", f"{np.mean(np.abs(sides) <= 1):.2%}"),
        ("greatest deviation of a side, px", f"{worst:g}"),
        ("px of ink where no label looks for it", f"{sum(r.stray for r in reports)}"),
        ("px of ink of characters without a label", f"{sum(r.missed for r in reports)}"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in lines)])


def outlines(light: NDArray[np.uint8], verdicts: Sequence[Verdict], zoom: int = 4) -> NDArray[np.uint8]:
    """A picture enlarged, round each character its mask's outline: ours green, the render's red."""
    large = cv2.resize(light, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST)
    for verdict in verdicts:
        assert verdict.label.mask is not None
        ours = verdict.label.mask.to_full(light.shape[1], light.shape[0])
        for mask, colour in ((verdict.mask, (255, 40, 40)), (ours, (40, 255, 40))):
            grown = cv2.resize(mask.astype(np.uint8), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST)
            rings, _ = cv2.findContours(grown, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(large, rings, -1, colour, 1)
    return large


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--finer", type=float, default=1.0, help="texels for each of the tag's")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    recipe = load_recipe(asked.recipe, asked.set)
    faces = faces_of(Materials(catalogue_of(recipe), cache_bytes=1 << 27))
    reports: list[Report] = []
    with Studio(threads=asked.threads) as studio:
        for number, scene in enumerate(scenes_of(asked.recipe, asked.images, asked.set), 1):
            reports += reports_of(scene, studio, faces, asked.samples, asked.finer)
            if number % 20 == 0:
                print(f"after {number} images\n{table(reports)}\n", flush=True)
    print(table(reports))


if __name__ == "__main__":
    main()
