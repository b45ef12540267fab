from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from solid_laws import assert_sound, body_of, edge_lengths, same_bytes

from synth.shapes.ground import ground_solid
from synth.shapes.records import GroundShape

GROUNDS = st.builds(
    GroundShape,
    kind=st.sampled_from(["plane", "sweep", "room"]),
    size_mm=st.floats(10, 100_000),
    height_mm=st.floats(10, 100_000),
    tile_mm=st.floats(10, 10_000),
)


@given(GROUNDS)
def test_laws(shape: GroundShape) -> None:
    solid = ground_solid(shape)
    assert solid.slots == (("floor",) if shape.kind == "plane" else ("floor", "wall"))
    assert_sound(solid, closed=False)
    mesh = solid.mesh
    normals, middles = body_of(solid).face_normals, mesh.vertices[mesh.faces].mean(axis=1)
    assert np.allclose(normals[mesh.slots == 0], [0, 0, 1])
    assert (mesh.vertices[mesh.faces[mesh.slots == 0]][..., 2] == 0).all()
    # walls face what stands in the middle
    inwards = np.array([0.0, 0.0, 1.1 * shape.height_mm / 1000]) - middles
    assert ((normals * inwards).sum(axis=1) > 0).all()
    lengths = edge_lengths(mesh.vertices[mesh.faces]) * 1000
    # float32 keeps a thousandth of a tile over thousands of them
    assert np.allclose(
        edge_lengths(mesh.uv.astype(float)) * shape.tile_mm, lengths, rtol=2e-3, atol=2e-3 * shape.tile_mm
    )


def test_a_sweep_runs_on_without_a_step() -> None:
    mesh = ground_solid(GroundShape(kind="sweep")).mesh
    floor, wall = (mesh.vertices[np.unique(mesh.faces[mesh.slots == slot])] for slot in (0, 1))
    assert floor[:, 1].max() == wall[:, 1].min()
    first = wall[np.argsort(wall[:, 2], kind="stable")]
    assert first[0, 2] == 0.0
    normals = body_of(ground_solid(GroundShape(kind="sweep"))).face_normals[mesh.slots == 1]
    assert normals[:, 2].max() > 0.999
    assert np.ptp(mesh.bounds[:, 2]) == 1.5


def test_a_room_has_four_walls_and_no_ceiling() -> None:
    solid = ground_solid(GroundShape(kind="room"))
    normals = np.unique(np.round(body_of(solid).face_normals, 6) + 0.0, axis=0)
    assert normals.tolist() == [[-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]


@given(GROUNDS)
def test_equal_records_give_equal_bytes(shape: GroundShape) -> None:
    assert same_bytes(ground_solid(shape), ground_solid(shape))
