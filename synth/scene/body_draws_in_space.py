"""Bodies of a stage before they have a place: their mesh or shape, surfaces, size and stance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.geometry.pose import Matrix4, pose_of, turned
from synth.scene.crowd_recipe import Clutter
from synth.scene.framing import Bounds
from synth.scene.looks_of_bodies import sample_surfaces
from synth.scene.ranges import MetresRange
from synth.scene.serial_draws import DesignSampler
from synth.scene.shape_draws import is_round, sample_block, sample_shape, size_of, tag_place
from synth.scene.stage import ScanSource, ShapeSource, Surface, Thing
from synth.scene.standing import SIDES, UPRIGHT, Size, Stance
from synth.scene.subject_recipe import Subject
from synth.scene.supporting_cast import Scan
from synth.scene.surface_draws import sample_surface
from synth.streams import sample_uniform, stream


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A body and how it stands.

    Attributes:
        thing: it, not yet at its place.
        stance: its place.
        aim: middle and extent of what the camera looks at, in the body's frame; None: all of it.
    """

    thing: Thing
    stance: Stance
    aim: tuple[Size, Size] | None = None

    @property
    def aimed(self) -> Bounds:
        """What the camera looks at."""
        return self.stance.bounds if self.aim is None else self.stance.part(*self.aim)

    def at(self, x: float, y: float, z: float = 0.0) -> Figure:
        """The same body elsewhere."""
        return replace(self, stance=replace(self.stance, x=x, y=y, z=z))

    def falling(self, side: Matrix4, height_m: float) -> Figure:
        """The same body above its place, turned anyhow, about to fall."""
        thing = msgspec.structs.replace(self.thing, falls=True)
        return replace(self, thing=thing, stance=replace(self.stance, side=side, z=height_m))

    def placed(self) -> Thing:
        """The thing at its place."""
        return msgspec.structs.replace(self.thing, pose=pose_of(self.stance.pose))


@dataclass(frozen=True, slots=True)
class Call:
    """What asks for a subject: the scene's numbers, from which its streams follow.

    Attributes:
        seed, scene, attempt: of the streams.
        slot: which of the scene's subjects it is.
        split: whose serials are dealt.
        number: of its serial among those of the split.
    """

    seed: int
    scene: int
    attempt: int
    slot: int
    split: str
    number: int

    def stream(self, purpose: str) -> np.random.Generator:
        """The generator for one purpose."""
        return stream(self.seed, self.scene, f"stage {purpose} {self.slot}", self.attempt)


def sample_subject(
    call: Call,
    subject: Subject,
    scans: tuple[Scan, ...],
    designs: Mapping[str, DesignSampler],
    facing_deg: float,
    direction: NDArray[np.float64],
) -> Figure:
    """A subject over the origin.

    Args:
        call: gives its streams.
        subject: what may be drawn.
        scans: meshes that its pattern names.
        designs: of serials, by name.
        facing_deg: the turn with which its front faces the camera.
        direction: (3,) to the camera; of a scan in halves, the half that faces it is taken.
    """
    rng = call.stream("subject")
    turn = facing_deg + sample_uniform(rng, subject.turn_range_deg)
    tumbles, which = rng.random() < subject.tumble_share, int(rng.integers(len(SIDES)))
    side = SIDES[which] if tumbles else UPRIGHT
    name, looks = f"subject-{call.slot + 1}", call.stream("surfaces")
    if subject.shape is None:
        body = turned((0.0, 0.0, 1.0), turn) @ side
        height = float((body[:3, :3].T @ direction)[2])
        return _scanned(rng, looks, scans, subject, name, Stance((1.0, 1.0, 1.0), 1.0, side, turn), height)
    serial = None
    if subject.serial is not None:
        design = designs[subject.serial]
        serial = design.sample(call.stream("serial"), call.split, call.number).serial
    shape = sample_shape(rng, subject.shape, serial)
    thing = Thing(
        name,
        ShapeSource(shape),
        pose_of(UPRIGHT),
        surfaces=sample_surfaces(looks, subject.shape.kind, subject.surfaces, serial),
        category=subject.category,
        identity=None if serial is None else serial.text,
        serial=serial,
        labelled=subject.labelled or (),
        min_cap_px=subject.min_cap_px,
    )
    stance = Stance(size_of(shape), 1.0, side, turn, is_round=is_round(shape))
    return Figure(thing, stance, tag_place(shape) if subject.aim == "serial" else None)


def _scanned(
    rng: np.random.Generator,
    looks: np.random.Generator,
    scans: tuple[Scan, ...],
    subject: Subject,
    name: str,
    stance: Stance,
    height: float,
) -> Figure:
    scan = scans[int(rng.integers(len(scans)))]
    entry = scan.seen_from(height)
    surfaces = sample_surfaces(looks, "scan", subject.surfaces, None, max(len(entry.pictures), 1))
    thing = Thing(
        name,
        ScanSource(entry.record.id),
        pose_of(UPRIGHT),
        surfaces=surfaces,
        category=subject.category,
    )
    size = entry.record.size_m
    return Figure(thing, replace(stance, size_m=size, scale=_sample_scale(rng, size, subject.longest_range_m)))


def sample_distractor(rng: np.random.Generator, clutter: Clutter, scans: tuple[Scan, ...], name: str) -> Figure:
    """A distractor over the origin; every one takes the same number of draws."""
    is_block, which, turn = rng.random() < clutter.block_share, rng.random(), sample_uniform(rng, (0.0, 360.0))
    tumbles, side = rng.random() < 0.5, SIDES[int(rng.integers(len(SIDES)))]
    block, surface = sample_block(rng, clutter.blocks), sample_surface(rng, clutter.surfaces)
    scale = rng.random()
    stance = Stance(size_of(block), 1.0, side if tumbles else UPRIGHT, turn, is_round=is_round(block))
    if is_block or not scans:
        return Figure(_distractor(name, ShapeSource(block), (surface,)), stance)
    entry = scans[int(which * len(scans))].seen_from(-1.0 if tumbles and stance.side[2, 2] < 0 else 1.0)
    size = entry.record.size_m
    longest = clutter.longest_range_m
    if longest is not None:
        scale = (longest[0] + (longest[1] - longest[0]) * scale) / max(size)
    stance = replace(stance, size_m=size, scale=scale if longest is not None else 1.0, is_round=False)
    return Figure(_distractor(name, ScanSource(entry.record.id), ()), stance)


def _distractor(name: str, source: ScanSource | ShapeSource, surfaces: tuple[Surface, ...]) -> Thing:
    return Thing(name, source, pose_of(UPRIGHT), role="distractor", surfaces=surfaces)


def _sample_scale(rng: np.random.Generator, size: Size, longest_m: MetresRange | None) -> float:
    drawn = sample_uniform(rng, longest_m or (1.0, 1.0))
    return 1.0 if longest_m is None else drawn / max(size)


def sample_tumble(rng: np.random.Generator) -> Matrix4:
    """A rotation uniform among all (Shoemake 1992, from three uniform numbers)."""
    u, v, w = rng.random(3).tolist()
    a, b = math.sqrt(1 - u), math.sqrt(u)
    x, y = a * math.sin(2 * math.pi * v), a * math.cos(2 * math.pi * v)
    z, s = b * math.sin(2 * math.pi * w), b * math.cos(2 * math.pi * w)
    turn = math.degrees(2 * math.atan2(math.sqrt(x * x + y * y + z * z), s))
    return turned((x, y, z), turn)
