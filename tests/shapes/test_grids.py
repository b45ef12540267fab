from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth.shapes import grids

COUNTS = st.lists(st.integers(3, 40), min_size=2, max_size=8)


def cylinder(counts: list[int]) -> tuple[np.ndarray, grids.Loops]:
    loops = grids.strung(counts)
    angle = 2 * np.pi * loops.turns
    return np.stack([np.cos(angle), np.sin(angle), -loops.rows.astype(float)], axis=1), loops


@given(COUNTS)
def test_every_loop_edge_has_one_triangle_on_each_side(counts: list[int]) -> None:
    _, loops = cylinder(counts)
    assert len(loops.faces) == sum(a + b for a, b in itertools.pairwise(counts))
    edges = np.concatenate([loops.faces[:, [0, 1]], loops.faces[:, [1, 2]], loops.faces[:, [2, 0]]])
    directed, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 1).all()
    backwards = {tuple(edge) for edge in directed[:, ::-1].tolist()}
    open_edges = [edge for edge in map(tuple, directed.tolist()) if edge not in backwards]
    assert len(open_edges) == counts[0] + counts[-1]


@given(COUNTS)
def test_loops_that_go_down_are_seen_from_outside(counts: list[int]) -> None:
    points, loops = cylinder(counts)
    a, b, c = np.moveaxis(points[loops.faces], 1, 0)
    normals, middles = np.cross(b - a, c - a), (a + b + c) / 3
    # a chord between few vertices may pass the axis: those of many cannot
    if min(counts) >= 8:
        assert ((normals[:, :2] * middles[:, :2]).sum(axis=1) > 0).all()


@given(COUNTS, st.booleans())
def test_corners_know_where_they_are(counts: list[int], closed: bool) -> None:
    loops = grids.strung(counts, closed=closed)
    assert np.array_equal(loops.corner_rows % len(counts), loops.rows[loops.faces])
    assert np.allclose(loops.corner_turns % 1.0, loops.turns[loops.faces])
    assert (np.ptp(loops.corner_turns, axis=1) <= 1 / min(counts) + 1e-9).all()
    assert (np.ptp(loops.corner_rows, axis=1) == 1).all()


def test_poles_close_a_body() -> None:
    loops = grids.strung([1, 6, 12, 6, 1])
    edges = np.sort(np.concatenate([loops.faces[:, [0, 1]], loops.faces[:, [1, 2]], loops.faces[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert np.allclose(loops.corner_turns[:6, 0], (np.arange(6) + 0.5) / 6)


@given(st.integers(2, 9), st.integers(2, 9))
def test_a_sheet_covers_its_square_once_and_faces_up(across: int, along: int) -> None:
    faces = grids.sheet(across, along)
    place = np.stack(np.divmod(np.arange(across * along), along), axis=1).astype(float)
    a, b, c = np.moveaxis(place[faces], 1, 0)
    twice = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (twice == 1).all()
    assert twice.sum() / 2 == (across - 1) * (along - 1)


def test_parts_become_metres_and_nan_where_no_tag_is() -> None:
    points = np.array([[0.0, 0, 0], [1000, 0, 0], [0, 1000, 0]])
    plain = grids.part_of(points, np.array([[0, 1, 2]]), points[:, :2])
    tagged = grids.Part(points, plain.faces, plain.slots, plain.uv, points[plain.faces][..., :2], plain.smooth)
    mesh = grids.mesh_of([plain, tagged])
    assert mesh.vertices.max() == 1.0
    assert mesh.faces.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert mesh.decal is not None
    assert np.isnan(mesh.decal[0]).all()
    assert np.isfinite(mesh.decal[1]).all()
    assert grids.mesh_of([plain]).decal is None
