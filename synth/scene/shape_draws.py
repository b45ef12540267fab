"""Parametric bodies drawn from their ranges, and what is known of their size before their mesh is made."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from synth.scene.deck import weighted
from synth.scene.ranges import SizeRange
from synth.scene.shape_recipe import (
    BlockRanges,
    BonePlateRanges,
    ImplantRanges,
    KeyRanges,
    PlateRanges,
    RingRanges,
    ShapeRanges,
)
from synth.serials.tag import BandBody, DiscBody, PlateBody, SerialTag
from synth.shapes.key import deepest_code, most_difference
from synth.shapes.records import (
    BlockShape,
    BonePlateShape,
    ImplantShape,
    KeyShape,
    PlateShape,
    RingShape,
    Shape,
)
from synth.streams import sample_uniform

Size = tuple[float, float, float]
CHIP_MM = 0.4
THIN_MM = 0.5
SPARE_MM = 1.0
"""Between a ring and its leg."""


def sample_shape(rng: np.random.Generator, ranges: ShapeRanges, serial: SerialTag | None) -> Shape:
    """A body; where it carries a serial, the place for it has the size of the tag's body."""
    if isinstance(ranges, ImplantRanges):
        return _sample_implant(rng, ranges, serial)
    if isinstance(ranges, RingRanges):
        return _sample_ring(rng, ranges, serial)
    if isinstance(ranges, KeyRanges):
        return _sample_key(rng, ranges)
    if isinstance(ranges, BonePlateRanges):
        return _sample_bone_plate(rng, ranges)
    if isinstance(ranges, PlateRanges):
        return _sample_plate(rng, ranges, serial)
    return sample_block(rng, ranges)


def size_of(shape: Shape) -> Size:
    """Extent along x, y and z, metres; of an implant and a leg to within their sag and bend."""
    x, y, z = _size_mm(shape)
    return x / 1000, y / 1000, z / 1000


def is_round(shape: Shape) -> bool:
    """Whether it fills an ellipsoid rather than a box."""
    return isinstance(shape, ImplantShape) or (isinstance(shape, BlockShape) and shape.kind == "ball")


def tag_place(shape: Shape) -> tuple[Size, Size]:
    """Middle and extent of the part that carries a serial, in the body's frame, metres; else of all of it."""
    size = size_of(shape)
    if isinstance(shape, ImplantShape):
        x, y = shape.chip_offset_mm
        chip = shape.chip_mm / 1000
        return (x / 1000, y / 1000, size[2]), (chip, chip, THIN_MM / 1000)
    if isinstance(shape, RingShape):
        across = shape.diameter_mm / 1000
        return (0.0, 0.0, size[2] / 2 + shape.slide_mm / 1000), (across, across, shape.length_mm / 1000)
    return (0.0, 0.0, size[2] / 2), size


def sample_block(rng: np.random.Generator, ranges: BlockRanges) -> BlockShape:
    """A plain body; balls and rings of equal sides."""
    kind = weighted(ranges.kinds).sample_one(rng)
    x, y, z = (_drawn(rng, ranges.size_range_mm) for _ in range(3))
    if kind == "ball":
        y = z = x
    if kind in ("cylinder", "torus"):
        y = x
    if kind == "torus":
        z = round(0.3 * x, 3)
    return BlockShape(kind, (x, y, z), _drawn(rng, ranges.bevel_range), _seed(rng))


def _size_mm(shape: Shape) -> Size:
    if isinstance(shape, ImplantShape):
        return shape.width_mm, shape.height_mm, shape.projection_mm
    if isinstance(shape, RingShape):
        across = max(shape.diameter_mm, shape.leg_mm)
        return across, across, shape.leg_length_mm if shape.leg_mm else shape.length_mm
    if isinstance(shape, KeyShape):
        blade = shape.first_mm + shape.spacing_mm * len(shape.cuts)
        return blade + shape.bow_mm, max(shape.bow_mm, shape.blade_mm), shape.thickness_mm
    if isinstance(shape, BonePlateShape):
        below = max(shape.screw_length_mm, default=0.0)
        return shape.length_mm, shape.width_mm, shape.thickness_mm + abs(shape.bend_mm) + below
    if isinstance(shape, PlateShape):
        return shape.width_mm, shape.thickness_mm + abs(shape.bend_mm), shape.height_mm
    if isinstance(shape, BlockShape):
        return shape.size_mm
    raise AssertionError(f"no subject is a {type(shape).__name__}")


def _sample_implant(rng: np.random.Generator, ranges: ImplantRanges, serial: SerialTag | None) -> ImplantShape:
    width, projection = _drawn(rng, ranges.width_range_mm), _drawn(rng, ranges.projection_range_mm)
    is_anatomical, tall = rng.random() < ranges.anatomical_share, sample_uniform(rng, (1.0, 1.15))
    texture = weighted(ranges.textures).sample_one(rng)
    slump, folds = _drawn(rng, ranges.slump_range), _drawn(rng, ranges.folds_range)
    chip, patch = _drawn(rng, ranges.chip_range_mm), sample_uniform(rng, ranges.patch_range)
    offset = (_drawn(rng, ranges.chip_offset_range_mm), _drawn(rng, ranges.chip_offset_range_mm))
    turn = _drawn(rng, ranges.chip_turn_range_deg)
    thickness = CHIP_MM
    if serial is not None:
        assert isinstance(serial.body, DiscBody)
        chip, thickness = serial.body.diameter_mm, max(serial.body.thickness_mm, 0.1)
    return ImplantShape(
        width_mm=width,
        height_mm=round(width * tall, 3) if is_anatomical else width,
        projection_mm=projection,
        profile="anatomical" if is_anatomical else "round",
        texture=texture,
        slump=slump,
        folds=folds,
        patch_mm=round(chip * patch, 3),
        chip_mm=chip,
        chip_thickness_mm=thickness,
        chip_offset_mm=offset,
        chip_turn_deg=turn,
        seed=_seed(rng),
    )


def _sample_ring(rng: np.random.Generator, ranges: RingRanges, serial: SerialTag | None) -> RingShape:
    diameter, length, wall = (
        _drawn(rng, r) for r in (ranges.diameter_range_mm, ranges.length_range_mm, ranges.wall_range_mm)
    )
    has_seam, seam = rng.random() < ranges.seam_share, _drawn(rng, (0.0, 360.0))
    seam_deg = seam if has_seam else None
    if serial is not None:
        assert isinstance(serial.body, BandBody)
        diameter, length, seam_deg = serial.body.diameter_mm, serial.body.length_mm, serial.body.seam_deg
        wall = serial.body.wall_mm or wall
    leg = sample_uniform(rng, ranges.leg_range) * diameter
    return RingShape(
        diameter_mm=diameter,
        length_mm=length,
        wall_mm=wall,
        seam_deg=seam_deg,
        leg_mm=round(max(min(leg, diameter - 2 * wall - SPARE_MM), 0.0), 3),
        leg_length_mm=max(_drawn(rng, ranges.leg_length_range_mm), 2 * length),
        leg_bend_deg=_drawn(rng, ranges.leg_bend_range_deg),
        slide_mm=_drawn(rng, ranges.slide_range_mm),
        tilt_deg=_drawn(rng, ranges.tilt_range_deg),
        seed=_seed(rng),
    )


def _sample_key(rng: np.random.Generator, ranges: KeyRanges) -> KeyShape:
    pins = int(rng.integers(ranges.pins_range[0], ranges.pins_range[1] + 1))
    low, high = ranges.depths_range
    drawn = rng.random(pins).tolist()
    blade = _drawn(rng, ranges.blade_range_mm)
    grooves = int(rng.integers(ranges.grooves_range[0], ranges.grooves_range[1] + 1))
    places = sorted(rng.random(grooves).tolist())
    widths, depths = rng.uniform(0.7, 1.5, grooves).tolist(), rng.uniform(0.3, 0.7, grooves).tolist()
    spacing = _drawn(rng, ranges.spacing_range_mm)
    key = KeyShape(
        cuts=(low,),
        spacing_mm=spacing,
        depth_step_mm=round(0.5 * blade / max(high, 1) * sample_uniform(rng, (0.7, 0.9)), 3),
        land_mm=round(0.28 * spacing, 3),
        blade_mm=blade,
        thickness_mm=_drawn(rng, ranges.thickness_range_mm),
        bow=weighted(ranges.bows).sample_one(rng),
        bow_mm=_drawn(rng, ranges.bow_range_mm),
        hole_mm=_drawn(rng, ranges.hole_range_mm),
        grooves=tuple(
            (round(0.15 + 0.3 * place, 3), round(width, 3), round(depth, 3))
            for place, width, depth in zip(places, widths, depths, strict=True)
        ),
        seed=_seed(rng),
    )
    return msgspec.structs.replace(key, cuts=_cuts(drawn, low, min(high, deepest_code(key)), most_difference(key)))


def _cuts(drawn: Sequence[float], low: int, high: int, most: int) -> tuple[int, ...]:
    """Depth codes of numbers in [0, 1), each uniform among those that its neighbour before it allows."""
    cuts: list[int] = []
    for u in drawn:
        least, deepest = (low, high) if not cuts else (max(low, cuts[-1] - most), min(high, cuts[-1] + most))
        cuts.append(least + int(u * (deepest - least + 1)) if deepest >= least else low)
    return tuple(cuts)


def _sample_bone_plate(rng: np.random.Generator, ranges: BonePlateRanges) -> BonePlateShape:
    holes = int(rng.integers(ranges.holes_range[0], ranges.holes_range[1] + 1))
    width = _drawn(rng, ranges.width_range_mm)
    filled, lengths = rng.random(holes) < ranges.screw_share, rng.uniform(*ranges.screw_range_mm, holes).round(1)
    screws = tuple(int(k) for k in np.flatnonzero(filled))
    return BonePlateShape(
        length_mm=round(holes * _drawn(rng, ranges.pitch_range_mm), 3),
        width_mm=width,
        thickness_mm=_drawn(rng, ranges.thickness_range_mm),
        holes=holes,
        hole_mm=round(width * sample_uniform(rng, (0.35, 0.5)), 3),
        screws=screws,
        screw_length_mm=tuple(float(lengths[k]) for k in screws),
        bend_mm=_drawn(rng, ranges.bend_range_mm),
        seed=_seed(rng),
    )


def _sample_plate(rng: np.random.Generator, ranges: PlateRanges, serial: SerialTag | None) -> PlateShape:
    width, height = _drawn(rng, ranges.width_range_mm), _drawn(rng, ranges.height_range_mm)
    corner = _drawn(rng, ranges.corner_range_mm)
    if serial is not None:
        assert isinstance(serial.body, PlateBody)
        width, height, corner = serial.body.width_mm, serial.body.height_mm, serial.body.corner_mm
    return PlateShape(
        width_mm=width,
        height_mm=height,
        corner_mm=min(corner, width / 2, height / 2),
        thickness_mm=_drawn(rng, ranges.thickness_range_mm),
        bend_mm=_drawn(rng, ranges.bend_range_mm),
    )


def _drawn(rng: np.random.Generator, bounds: SizeRange) -> float:
    return round(sample_uniform(rng, bounds), 3)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 32))
