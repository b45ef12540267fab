from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solid_laws import assert_sound, body_of, outside_in, same_bytes

from synth.shapes.block import block_solid
from synth.shapes.records import BlockShape

KINDS = ("box", "ball", "cylinder", "torus", "blade")
SIDE = st.floats(2, 400)
BLOCKS = st.builds(
    BlockShape,
    kind=st.sampled_from(KINDS),
    size_mm=st.tuples(SIDE, SIDE, SIDE),
    bevel=st.floats(0.01, 1) | st.sampled_from([0.0, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)


@given(BLOCKS)
def test_laws(shape: BlockShape) -> None:
    solid = block_solid(shape)
    assert solid.slots == ("body",)
    assert_sound(solid)
    low, high = solid.mesh.bounds * 1000
    assert np.allclose(high - low, shape.size_mm, atol=1e-5)
    assert np.allclose((low + high)[:2], 0, atol=1e-5)
    assert solid.mesh.decal is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bevel", [0.0, 0.4, 1.0])
def test_it_is_seen_from_outside_and_made_the_same_again(kind: str, bevel: float) -> None:
    shape = BlockShape(kind=kind, size_mm=(60.0, 45.0, 30.0), bevel=bevel, seed=5)  # type: ignore[arg-type]
    assert outside_in(block_solid(shape), 300).all()
    assert same_bytes(block_solid(shape), block_solid(shape))


@pytest.mark.parametrize(
    ("kind", "bevel", "volume"),
    [
        ("box", 0.0, 60 * 45 * 30),
        ("ball", 0.5, math.pi / 6 * 60 * 45 * 30),
        ("cylinder", 0.0, math.pi / 4 * 60 * 45 * 30),
    ],
)
def test_volumes_are_those_of_the_solids(kind: str, bevel: float, volume: float) -> None:
    solid = block_solid(BlockShape(kind=kind, size_mm=(60.0, 45.0, 30.0), bevel=bevel))  # type: ignore[arg-type]
    assert body_of(solid).volume * 1e9 == pytest.approx(volume, rel=0.015)


def test_a_rounded_box_holds_what_steiner_says() -> None:
    radius, (a, b, c) = 0.5 * 15, (60.0 - 15, 45.0 - 15, 30.0 - 15)
    volume = a * b * c + 2 * radius * (a * b + b * c + c * a) + math.pi * radius**2 * (a + b + c)
    volume += 4 / 3 * math.pi * radius**3
    solid = block_solid(BlockShape(kind="box", size_mm=(60.0, 45.0, 30.0), bevel=0.5))
    assert body_of(solid).volume * 1e9 == pytest.approx(volume, rel=0.003)


def test_seeds_bend_blades() -> None:
    first, second = (block_solid(BlockShape(kind="blade", seed=seed)) for seed in (1, 2))
    assert not same_bytes(first, second)
