"""An implant and what is round it in the beam: bones in a limb, a breast before ribs.

They are put together in a frame of their own, with the bone along x through the origin, in the order in which one
displaces the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from synth.banks.records import CatalogueMesh
from synth.geometry.pose import Matrix4, moved, turned
from synth.scene.attenuation import attenuation
from synth.scene.deck import weighted
from synth.scene.ranges import SizeRange
from synth.scene.shape_draws import sample_shape
from synth.scene.spec import Substance
from synth.scene.stage import ScanSource, ShapeSource
from synth.scene.standing import UPRIGHT
from synth.scene.xray_recipe import USUAL, StemRanges, XraySubject
from synth.shapes.records import BlockShape, BonePlateShape, BoneShape, ImplantShape, StemShape
from synth.shapes.solids import solid_of
from synth.streams import sample_uniform


class Part(NamedTuple):
    """A body: its name, its mesh, the substances of its slots, and where it stands among the others."""

    name: str
    source: ShapeSource | ScanSource
    substances: tuple[Substance, ...]
    pose: Matrix4


def sample_assembly(
    rng: np.random.Generator, subject: XraySubject, meshes: Sequence[CatalogueMesh]
) -> tuple[Part, list[Part]]:
    """An implant, and what is round it.

    Args:
        rng: of this purpose.
        subject: kind of implant.
        meshes: those that its pattern names; none for a shape.
    """
    substance: Substance = weighted(subject.substances or USUAL[subject.kind]).sample_one(rng)
    ranges = subject.shape
    roll = turned((1.0, 0.0, 0.0), sample_uniform(rng, (0.0, 360.0)))
    if ranges is None:
        return _sample_scan(rng, meshes, substance, roll)
    shape = _sample_stem(rng, ranges) if isinstance(ranges, StemRanges) else sample_shape(rng, ranges, None)
    if isinstance(shape, BonePlateShape):
        bone = _sample_bone(rng, (300.0, 420.0))
        at, top = _shaft(bone, sample_uniform(rng, (-0.03, 0.03)))
        implant = Part("implant", ShapeSource(shape), (substance,), roll @ moved(0.0, 0.0, top - _underside(shape)))
        return implant, [
            _sample_limb(rng, bone.head_mm, roll),
            Part("bone", ShapeSource(bone), ("cortex", "marrow"), roll @ at),
        ]
    if isinstance(shape, StemShape):
        bone = _sample_bone(rng, (380.0, 460.0))
        x, y, z = solid_of(shape).keypoints["tip"]
        stem = roll @ turned((0.0, 1.0, 0.0), 90.0) @ moved(-x, -y, -z - shape.length_mm / 2000)
        at, _ = _shaft(bone, (bone.length_mm / 2 - 0.75 * shape.length_mm) / 1000)
        metal: Substance = "cobalt_chrome" if rng.random() < 0.5 else substance
        implant = Part("implant", ShapeSource(shape), (substance, metal), stem)
        return implant, [
            _sample_limb(rng, bone.head_mm, roll),
            Part("bone", ShapeSource(bone), ("cortex", "marrow"), roll @ at),
        ]
    assert isinstance(shape, ImplantShape)
    flat = turned((0.0, 1.0, 0.0), sample_uniform(rng, (-25.0, 25.0)))
    return Part("implant", ShapeSource(shape), (substance,), flat @ moved(0.0, 0.0, -0.02)), _sample_chest(rng, shape)


def _sample_scan(
    rng: np.random.Generator, meshes: Sequence[CatalogueMesh], substance: Substance, roll: Matrix4
) -> tuple[Part, list[Part]]:
    """A mesh in a limb, its longest side along it."""
    record = meshes[int(rng.integers(len(meshes)))].record
    x, y, z = record.size_m
    lying = UPRIGHT if x >= max(y, z) else turned((0.0, 0.0, 1.0) if y >= z else (0.0, 1.0, 0.0), 90.0)
    pose = roll @ lying @ moved(0.0, 0.0, -z / 2)
    limb = _sample_limb(rng, 1000 * sorted(record.size_m)[1], roll)
    return Part("implant", ScanSource(record.id), (substance,), pose), [limb]


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


def _sample_limb(rng: np.random.Generator, inner_mm: float, roll: Matrix4) -> Part:
    """Muscle and skin round something so thick; they fill the length of any picture."""
    across, deep = (inner_mm + sample_uniform(rng, (45.0, 90.0)) for _ in range(2))
    size = (round(across, 3), round(deep, 3), 1400.0)
    off = moved(0.0, sample_uniform(rng, (-0.012, 0.012)), sample_uniform(rng, (-0.012, 0.012)))
    lying = turned((0.0, 1.0, 0.0), 90.0) @ moved(0.0, 0.0, -0.7)
    return Part("limb", ShapeSource(BlockShape("cylinder", size, bevel=0.0)), ("tissue",), roll @ off @ lying)


def _sample_chest(rng: np.random.Generator, implant: ImplantShape) -> list[Part]:
    """A breast before a chest wall with a few ribs."""
    wide = max(implant.width_mm, implant.height_mm)
    x, y, z = (round(wide * sample_uniform(rng, bounds), 3) for bounds in ((1.3, 1.7), (1.3, 1.7), (0.7, 0.9)))
    breast = Part("breast", ShapeSource(BlockShape("ball", (x, y, z))), ("fat",), moved(0.0, 0.0, -z / 2000))
    wall = BlockShape("box", (900.0, 900.0, round(sample_uniform(rng, (15.0, 35.0)), 3)), bevel=0.0)
    parts = [Part("wall", ShapeSource(wall), ("tissue",), moved(0.0, 0.0, -0.062)), breast]
    first, gap, lean = sample_uniform(rng, (-0.09, -0.05)), sample_uniform(rng, (0.028, 0.038)), rng.normal(0.0, 12.0)
    for k in range(int(rng.integers(0, 6))):
        rib = BoneShape(420.0, 12.0, 13.0, 1.6, round(sample_uniform(rng, (20.0, 45.0)), 3), int(rng.integers(1 << 32)))
        pose = turned((0.0, 0.0, 1.0), float(lean)) @ moved(0.0, first + gap * k, -0.055)
        parts.append(Part(f"rib_{k + 1}", ShapeSource(rib), ("cortex", "marrow"), pose))
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


def density_of(implant: Part, anatomy: Sequence[Part], energy_kev: float) -> float:
    """Roughly the greatest optical density of a picture; metal, which is far denser, is left out."""
    soft, bone, gel = 0.0, 0.0, 0.0
    for part in (*anatomy, implant):
        shape = part.source.shape if isinstance(part.source, ShapeSource) else None
        here = attenuation(part.substances[0], energy_kev)
        if isinstance(shape, BlockShape):
            soft += here * min(shape.size_mm)
        elif isinstance(shape, BoneShape):
            # a ray along the wall of a shaft runs through about four times its thickness
            bone = max(bone, (here - attenuation("tissue", energy_kev)) * 4 * shape.cortex_mm)
        elif isinstance(shape, ImplantShape):
            gel = (here - attenuation("fat", energy_kev)) * shape.projection_mm
    return (soft + bone + gel) / 1000 / math.log(10)


def _drawn(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return round(sample_uniform(rng, bounds), 4)
