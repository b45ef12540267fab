"""X-ray layers drawn from a recipe: an implant, the anatomy round it where no X-ray photo lies below, the apparatus.

World: the detector is the plane z = 0, the source above it on the z axis. An implant and its anatomy are put together
in a frame of their own, with the bone along x through the origin, then turned and moved as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from synth.geometry.pose import Matrix4, looking, moved, pose_of, turned
from synth.scene.deck import weighted
from synth.scene.ranges import SizeRange
from synth.scene.shape_draws import sample_shape
from synth.scene.spec import ProceduralBackground, Substance, XrayLayer, XrayThing
from synth.scene.stage import Lens, Role, ShapeSource, Thing, Viewpoint
from synth.scene.xray_recipe import SOFT_KEV, USUAL, StemRanges, Xray, XraySubject
from synth.shapes.records import BlockShape, BonePlateShape, BoneShape, ImplantShape, Shape, StemShape
from synth.shapes.solids import solid_of
from synth.streams import sample_uniform

OPEN_BEAM_GREY = 34
"""Brightest grey of the uneven beam where nothing is in it."""
Part = tuple[str, Shape, tuple[Substance, ...], Matrix4]


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


def sample_xray(rng: np.random.Generator, recipe: Xray, width: int, height: int, *, on_photo: bool) -> XrayLayer:
    """A layer.

    Args:
        rng: of this purpose.
        recipe: its section.
        width: of the canvas, px.
        height: likewise.
        on_photo: whether an X-ray photo lies below: then no anatomy is drawn.
    """
    subject = weighted({k: one.weight for k, one in enumerate(recipe.subjects)}).sample_one(rng)
    chosen = recipe.subjects[subject]
    implant, anatomy = _sample_assembly(rng, chosen)
    empty = rng.random() < recipe.empty_share
    pixel, distance = _drawn(rng, recipe.pixel_range_mm), _drawn(rng, recipe.distance_range_m)
    placed = _sample_place(rng, recipe, pixel * min(width, height) / 2000)
    things = [] if on_photo else [_thing(part, placed) for part in anatomy]
    if not empty or not things:
        things.append(_thing(implant, placed, "distractor" if empty else "subject", chosen.category))
    return XrayLayer(
        view=Viewpoint(
            pose_of(looking((0.0, 0.0, distance), (0.0, 0.0, 0.0))),
            Lens(focal_mm=distance * 1000, sensor_mm=round(pixel * max(width, height), 6)),
        ),
        source_to_detector_m=distance,
        things=tuple(things),
        energy_kev=_drawn(rng, _energies(recipe, chosen)),
        quanta=round(math.exp(sample_uniform(rng, _logs(recipe.quanta_range))), 1),
        scatter=_drawn(rng, recipe.scatter_range),
        blur_px=_drawn(rng, recipe.blur_range_px),
        noise_seed=int(rng.integers(1 << 32)),
        displaced="tissue" if on_photo else "air",
        below_range=(0.0, _drawn(rng, recipe.density_range)),
    )


def _sample_place(rng: np.random.Generator, recipe: Xray, half_m: float) -> Matrix4:
    """Where the assembly is: turned in the plane, a little off it, off the middle, above the detector."""
    off, way = _drawn(rng, recipe.off_centre_range) * half_m, sample_uniform(rng, (0.0, 2 * math.pi))
    x, y, z = off * math.cos(way), off * math.sin(way), sample_uniform(rng, (0.07, 0.14))
    turn = turned((0.0, 0.0, 1.0), sample_uniform(rng, (0.0, 360.0)))
    return moved(x, y, z) @ turn @ turned((0.0, 1.0, 0.0), sample_uniform(rng, (-12.0, 12.0)))


def _sample_assembly(rng: np.random.Generator, subject: XraySubject) -> tuple[Part, list[Part]]:
    """An implant, and what is round it, in the order in which one displaces the other."""
    substance: Substance = weighted(subject.substances or USUAL[subject.shape.kind]).sample_one(rng)
    ranges = subject.shape
    shape = _sample_stem(rng, ranges) if isinstance(ranges, StemRanges) else sample_shape(rng, ranges, None)
    roll = turned((1.0, 0.0, 0.0), sample_uniform(rng, (0.0, 360.0)))
    if isinstance(shape, BonePlateShape):
        bone = _sample_bone(rng, (300.0, 420.0))
        at, top = _shaft(bone, sample_uniform(rng, (-0.03, 0.03)))
        implant: Part = ("implant", shape, (substance,), roll @ moved(0.0, 0.0, top - _underside(shape)))
        return implant, [_limb(rng, bone, roll), ("bone", bone, ("cortex", "marrow"), roll @ at)]
    if isinstance(shape, StemShape):
        bone = _sample_bone(rng, (380.0, 460.0))
        x, y, z = solid_of(shape).keypoints["tip"]
        stem = roll @ turned((0.0, 1.0, 0.0), 90.0) @ moved(-x, -y, -z - shape.length_mm / 2000)
        at, _ = _shaft(bone, (bone.length_mm / 2 - 0.75 * shape.length_mm) / 1000)
        metal: Substance = "cobalt_chrome" if rng.random() < 0.5 else substance
        implant = ("implant", shape, (substance, metal), stem)
        return implant, [_limb(rng, bone, roll), ("bone", bone, ("cortex", "marrow"), roll @ at)]
    assert isinstance(shape, ImplantShape)
    flat = turned((0.0, 1.0, 0.0), sample_uniform(rng, (-25.0, 25.0)))
    return ("implant", shape, (substance,), flat @ moved(0.0, 0.0, -0.02)), _sample_chest(rng, shape)


def _sample_stem(rng: np.random.Generator, ranges: StemRanges) -> StemShape:
    return StemShape(
        length_mm=_drawn(rng, ranges.length_range_mm),
        width_mm=_drawn(rng, ranges.width_range_mm),
        neck_deg=_drawn(rng, ranges.neck_range_deg),
        neck_mm=_drawn(rng, ranges.neck_range_mm),
        head_mm=_drawn(rng, ranges.head_range_mm),
    )


def _sample_bone(rng: np.random.Generator, lengths: SizeRange) -> BoneShape:
    shaft = _drawn(rng, (22.0, 30.0))
    return BoneShape(
        length_mm=_drawn(rng, lengths),
        shaft_mm=shaft,
        head_mm=round(shaft * sample_uniform(rng, (1.8, 2.2)), 3),
        cortex_mm=_drawn(rng, (3.5, 6.5)),
        bow_mm=_drawn(rng, (0.0, 8.0)),
        seed=int(rng.integers(1 << 32)),
    )


def _limb(rng: np.random.Generator, bone: BoneShape, roll: Matrix4) -> Part:
    """Muscle and skin round a bone that fill the length of any picture."""
    across, deep = (bone.head_mm + sample_uniform(rng, (45.0, 90.0)) for _ in range(2))
    size = (round(across, 3), round(deep, 3), 1400.0)
    off = moved(0.0, sample_uniform(rng, (-0.012, 0.012)), sample_uniform(rng, (-0.012, 0.012)))
    lying = turned((0.0, 1.0, 0.0), 90.0) @ moved(0.0, 0.0, -0.7)
    return "limb", BlockShape("cylinder", size, bevel=0.0), ("tissue",), roll @ off @ lying


def _sample_chest(rng: np.random.Generator, implant: ImplantShape) -> list[Part]:
    """A breast before a chest wall with a few ribs."""
    wide = max(implant.width_mm, implant.height_mm)
    size = tuple(round(wide * sample_uniform(rng, bounds), 3) for bounds in ((1.3, 1.7), (1.3, 1.7), (0.7, 0.9)))
    breast: Part = ("breast", BlockShape("ball", size), ("fat",), moved(0.0, 0.0, -size[2] / 2000))  # type: ignore[arg-type]
    wall = (900.0, 900.0, round(sample_uniform(rng, (15.0, 35.0)), 3))
    parts: list[Part] = [("wall", BlockShape("box", wall, bevel=0.0), ("tissue",), moved(0.0, 0.0, -0.062)), breast]
    first, gap, lean = sample_uniform(rng, (-0.09, -0.05)), sample_uniform(rng, (0.028, 0.038)), rng.normal(0.0, 12.0)
    for k in range(int(rng.integers(0, 6))):
        rib = BoneShape(420.0, 12.0, 13.0, 1.6, round(sample_uniform(rng, (20.0, 45.0)), 3), int(rng.integers(1 << 32)))
        pose = turned((0.0, 0.0, 1.0), float(lean)) @ moved(0.0, first + gap * k, -0.055)
        parts.append((f"rib_{k + 1}", rib, ("cortex", "marrow"), pose))
    return parts


def _shaft(bone: BoneShape, along_m: float) -> tuple[Matrix4, float]:
    """What moves the middle of a bone's shaft at a place of its length to the origin, and how far it reaches up."""
    points = solid_of(bone).mesh.vertices
    near = points[np.abs(points[:, 0] - along_m) < bone.length_mm / 40_000]
    middle = (near.min(axis=0) + near.max(axis=0)) / 2
    return moved(-along_m, -float(middle[1]), -float(middle[2])), float(near[:, 2].max() - middle[2])


def _underside(plate: BonePlateShape) -> float:
    """Height of the lowest part of a plate without its screws, metres."""
    mesh = solid_of(plate).mesh
    return float(mesh.vertices[mesh.faces[mesh.slots == 0].ravel(), 2].min())


def _energies(recipe: Xray, subject: XraySubject) -> tuple[float, float]:
    if subject.energy_range_kev is not None:
        return subject.energy_range_kev
    return SOFT_KEV if subject.shape.kind == "implant" else recipe.energy_range_kev


def _thing(part: Part, placed: Matrix4, role: Role = "distractor", category: str | None = None) -> XrayThing:
    name, shape, substances, pose = part
    labelled = category if role == "subject" else None
    thing = Thing(name, ShapeSource(shape), pose_of(placed @ pose), role=role, category=labelled)
    return XrayThing(thing, substances)


def _drawn(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return round(sample_uniform(rng, bounds), 4)


def _logs(bounds: Sequence[float]) -> tuple[float, float]:
    return math.log(bounds[0]), math.log(bounds[1])
