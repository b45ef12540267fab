"""Bone screws: a countersunk head with a socket, and a shaft with a thread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.shapes.grids import Floats, Part
from synth.shapes.shells import radii, tube

AROUND = 24
CORE = 0.66
"""Radius of the shaft between the threads, in that at their crests."""
PITCH = 0.55
"""Of the thread, in radii of the shaft."""
RINGS_PER_TURN = 5


@dataclass(frozen=True, slots=True)
class Screw:
    """A screw in numbers.

    Attributes:
        head_mm: radius of its head.
        neck_mm: radius of its shaft.
        sunk_mm: height of the cone below its head.
        length_mm: below the head's upper face.
        crossed: its socket is a cross, else a hexagon.
        turn_deg: of the socket and the thread.
    """

    head_mm: float
    neck_mm: float
    sunk_mm: float
    length_mm: float
    crossed: bool
    turn_deg: float


def screw_part(screw: Screw, faces: int, *, slot: int) -> Part:
    """A screw along -z, the middle of its head's upper face at the origin; about so many faces at most."""
    angles = np.arange(AROUND) * (2 * math.pi / AROUND)
    turn = math.radians(screw.turn_deg)
    around = np.stack([np.cos(angles + turn), np.sin(angles + turn)], axis=1)
    rings = [*_head(screw, angles, around), *_shaft(screw, angles, around, faces)]
    return tube(np.stack(rings), slot=slot, smooth=False)


def _ring(around: Floats, radius: Floats | float, z: float) -> Floats:
    return np.column_stack([np.broadcast_to(radius, len(around))[:, None] * around, np.full(len(around), z)])


def _head(screw: Screw, angles: Floats, around: Floats) -> list[Floats]:
    """From the middle of the socket's floor to the neck."""
    socket, deep = _socket(screw, angles), 0.55 * screw.sunk_mm + 0.25 * screw.neck_mm
    rim = 0.1 * screw.sunk_mm
    return [
        _ring(around, 0.35 * socket, -deep),
        _ring(around, socket, -deep),
        _ring(around, socket, 0.0),
        _ring(around, screw.head_mm - rim, 0.0),
        _ring(around, screw.head_mm, -rim),
        _ring(around, screw.neck_mm, -screw.sunk_mm * 1.05),
    ]


def _socket(screw: Screw, angles: Floats) -> Floats:
    reach = 0.52 * screw.head_mm

    def inside(x: Floats, y: Floats) -> NDArray[np.bool_]:
        if screw.crossed:
            arm = 0.34 * reach
            near, far = np.minimum(np.abs(x), np.abs(y)), np.maximum(np.abs(x), np.abs(y))
            return np.asarray((near < arm) & (far < reach))
        flat = reach * math.cos(math.pi / 6)
        ways = [(math.cos(a), math.sin(a)) for a in (math.pi / 6, math.pi / 2, 5 * math.pi / 6)]
        return np.asarray(np.all([np.abs(x * c + y * s) < flat for c, s in ways], axis=0))

    return radii(inside, angles, 2 * screw.head_mm)


def _shaft(screw: Screw, angles: Floats, around: Floats, faces: int) -> list[Floats]:
    """From below the head to the tip, the thread winding down it."""
    crest, start = screw.neck_mm * 0.97, -1.15 * screw.sunk_mm
    length = max(screw.length_mm + start, 0.2 * screw.length_mm)
    pitch = PITCH * screw.neck_mm * 2
    most = max(faces // (2 * AROUND) - 10, 12)
    count = max(min(math.ceil(RINGS_PER_TURN * length / pitch), most), 12)
    pitch = max(pitch, RINGS_PER_TURN * length / count)
    rings = []
    for share in np.linspace(0.0, 1.0, count + 1).tolist():
        down = share * length
        phase = (down / pitch - angles / (2 * math.pi)) % 1.0
        # a thread is steep on one side
        ridge = np.where(phase < 0.7, phase / 0.7, (1 - phase) / 0.3)
        taper = min(1.0, (length - down) / (1.2 * screw.neck_mm) + 0.25)
        fade = min(1.0, down / pitch)
        depth = 1 - (1 - CORE) * fade * (1 - ridge)
        rings.append(_ring(around, crest * taper * depth, start - down))
    return rings
