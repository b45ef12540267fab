from __future__ import annotations

import pytest
from solid_laws import same_bytes

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
from synth.shapes.solids import solid_of

SHAPES: tuple[Shape, ...] = (
    ImplantShape(),
    RingShape(),
    KeyShape(cuts=(1, 4, 2, 5, 3)),
    BonePlateShape(),
    PlateShape(),
    BoneShape(),
    StemShape(),
    GroundShape(),
    BlockShape(),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_every_record_has_a_body_that_is_kept_and_made_the_same_again(shape: Shape) -> None:
    first = solid_of(shape)
    assert solid_of(shape) is first
    assert len(first.slots) == first.mesh.slots.max() + 1
    solid_of.cache_clear()
    assert same_bytes(solid_of(shape), first)
