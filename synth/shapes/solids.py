"""From a record to its body; the same few records are asked for again and again, so their bodies are kept."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from synth.shapes.block import block_solid
from synth.shapes.bone import bone_solid
from synth.shapes.bone_plate import bone_plate_solid
from synth.shapes.ground import ground_solid
from synth.shapes.implant import implant_solid
from synth.shapes.key import key_solid
from synth.shapes.plate import plate_solid
from synth.shapes.records import (
    BlockShape,
    BonePlateShape,
    BoneShape,
    GroundShape,
    ImplantShape,
    KeyShape,
    PlateShape,
    RingShape,
    Shape,
    StemShape,
)
from synth.shapes.ring import ring_solid
from synth.shapes.solid import Solid
from synth.shapes.stem import stem_solid


@lru_cache(maxsize=32)
def solid_of(shape: Shape) -> Solid:
    """The body of a record: equal records give equal meshes, byte for byte.

    Raises:
        RejectedScene: its sizes contradict each other.
    """
    match shape:
        case ImplantShape():
            return implant_solid(shape)
        case RingShape():
            return ring_solid(shape)
        case KeyShape():
            return key_solid(shape)
        case BonePlateShape():
            return bone_plate_solid(shape)
        case PlateShape():
            return plate_solid(shape)
        case BoneShape():
            return bone_solid(shape)
        case StemShape():
            return stem_solid(shape)
        case GroundShape():
            return ground_solid(shape)
        case BlockShape():
            return block_solid(shape)
        case _:
            assert_never(shape)
