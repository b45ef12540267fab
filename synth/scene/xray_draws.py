"""X-ray layers drawn from a recipe: an implant, the anatomy round it where no X-ray photo lies below, the apparatus.

World: the detector is the plane z = 0, the source above it on the z axis. An implant and its anatomy are turned and
moved as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from synth.banks.records import Catalogue, CatalogueMesh
from synth.errors import ConfigError
from synth.geometry.pose import Matrix4, looking, moved, pose_of, turned
from synth.scene.deck import weighted
from synth.scene.spec import ProceduralBackground, XrayLayer, XrayThing
from synth.scene.stage import Lens, Role, Thing, Viewpoint
from synth.scene.supporting_cast import meshes_named
from synth.scene.xray_anatomy import Part, density_of, sample_assembly
from synth.scene.xray_recipe import SOFT_KEV, Xray, XraySubject
from synth.streams import sample_uniform

OPEN_BEAM_GREY = 34
"""Brightest grey of the uneven beam where nothing is in it."""
Field = tuple[float, float, float, float]


def xray_meshes(recipe: Xray, catalogue: Catalogue) -> tuple[tuple[CatalogueMesh, ...], ...]:
    """The meshes of each subject; none for a shape.

    Raises:
        ConfigError: no mesh has a subject's name, or one is open.
    """
    found: list[tuple[CatalogueMesh, ...]] = []
    for number, subject in enumerate(recipe.subjects):
        meshes = () if subject.mesh is None else meshes_named(f"xray.subjects.{number}", subject.mesh, catalogue)
        for mesh in meshes:
            if not mesh.record.watertight:
                raise ConfigError(
                    f"xray.subjects.{number}: mesh {mesh.record.id!r} is open, and rays have a length only in closed "
                    "bodies; close it (synth meshes tells its open ends), or name others"
                )
        found.append(meshes)
    return tuple(found)


def sample_xray_background(rng: np.random.Generator) -> ProceduralBackground:
    """The slightly uneven beam that reaches the detector where there is no patient."""
    dark, bright = int(rng.integers(0, 10)), int(rng.integers(14, OPEN_BEAM_GREY))
    return ProceduralBackground(
        kind="noise",
        seed=int(rng.integers(1 << 32)),
        scale_px=round(sample_uniform(rng, (160.0, 320.0)), 2),
        octaves=4,
        colours=((dark, dark, dark), (bright, bright, bright)),
    )


def sample_xray(
    rng: np.random.Generator,
    recipe: Xray,
    meshes: Sequence[Sequence[CatalogueMesh]],
    width: int,
    height: int,
    *,
    on_photo: bool,
) -> XrayLayer:
    """A layer.

    Args:
        rng: of this purpose.
        recipe: its section.
        meshes: of each subject, see `xray_meshes`.
        width: of the canvas, px.
        height: likewise.
        on_photo: whether an X-ray photo lies below: then no anatomy is drawn.
    """
    subject = weighted({k: one.weight for k, one in enumerate(recipe.subjects)}).sample_one(rng)
    chosen = recipe.subjects[subject]
    implant, anatomy = sample_assembly(rng, chosen, meshes[subject])
    empty = rng.random() < recipe.empty_share
    pixel, distance = _drawn(rng, recipe.pixel_range_mm), _drawn(rng, recipe.distance_range_m)
    placed = _sample_place(rng, recipe, pixel * min(width, height) / 2000)
    things = [] if on_photo else [_thing(part, placed) for part in anatomy]
    if not empty or not things:
        things.append(_thing(implant, placed, "distractor" if empty else "subject", chosen.category))
    energy = _drawn(rng, _energies(recipe, chosen))
    density = _drawn(rng, recipe.density_range)
    white = _drawn(rng, recipe.white_range) * density_of(implant, anatomy, energy)
    field = _sample_field(rng, recipe, width, height)
    return XrayLayer(
        view=Viewpoint(
            pose_of(looking((0.0, 0.0, distance), (0.0, 0.0, 0.0))),
            Lens(focal_mm=distance * 1000, sensor_mm=round(pixel * max(width, height), 6)),
        ),
        things=tuple(things),
        energy_kev=energy,
        quanta=round(math.exp(sample_uniform(rng, _logs(recipe.quanta_range))), 1),
        scatter=_drawn(rng, recipe.scatter_range),
        blur_px=_drawn(rng, recipe.blur_range_px),
        noise_seed=int(rng.integers(1 << 32)),
        displaced="tissue" if on_photo else "air",
        below_range=(0.0, density if on_photo else round(white, 4)),
        below_is_exposed=on_photo,
        field_px=None if on_photo else field,
    )


def _sample_field(rng: np.random.Generator, recipe: Xray, width: int, height: int) -> Field | None:
    """The collimator's opening: each of its sides lies a little within the picture, or does not show."""
    collimated = rng.random() < recipe.collimated_share
    left, top, right, bottom = (max(0.0, sample_uniform(rng, (-0.05, 0.12))) for _ in range(4))
    sides = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return (round(sides[0], 2), round(sides[1], 2), round(sides[2], 2), round(sides[3], 2)) if collimated else None


def _sample_place(rng: np.random.Generator, recipe: Xray, half_m: float) -> Matrix4:
    """Where the assembly is: turned in the plane, a little off it, off the middle, above the detector."""
    off, way = _drawn(rng, recipe.off_centre_range) * half_m, sample_uniform(rng, (0.0, 2 * math.pi))
    x, y, z = off * math.cos(way), off * math.sin(way), sample_uniform(rng, (0.07, 0.14))
    turn = turned((0.0, 0.0, 1.0), sample_uniform(rng, (0.0, 360.0)))
    return moved(x, y, z) @ turn @ turned((0.0, 1.0, 0.0), sample_uniform(rng, (-12.0, 12.0)))


def _energies(recipe: Xray, subject: XraySubject) -> tuple[float, float]:
    if subject.energy_range_kev is not None:
        return subject.energy_range_kev
    return SOFT_KEV if subject.kind == "implant" else recipe.energy_range_kev


def _thing(part: Part, placed: Matrix4, role: Role = "distractor", category: str | None = None) -> XrayThing:
    labelled = category if role == "subject" else None
    thing = Thing(part.name, part.source, pose_of(placed @ part.pose), role=role, category=labelled)
    return XrayThing(thing, part.substances)


def _drawn(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return round(sample_uniform(rng, bounds), 4)


def _logs(bounds: Sequence[float]) -> tuple[float, float]:
    return math.log(bounds[0]), math.log(bounds[1])
