"""Mending: dirt put on purpose is found, told, and gone; what is clean stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from drawn_meshes import bumpy_ball

from synth.banks.mesh_cleaning import cleaned, face_areas
from synth.banks.raw_mesh import RawMesh, joined
from synth.errors import AssetError


def raw_of(mesh: trimesh.Trimesh) -> RawMesh:
    faces = np.asarray(mesh.faces, np.int64)
    vertices = np.asarray(mesh.vertices, np.float64)
    uv = np.stack([vertices[:, 0], vertices[:, 1]], axis=1).astype(np.float32)[faces]
    return RawMesh(vertices, faces, np.zeros(len(faces), np.int32), uv=uv)


def volume(raw: RawMesh) -> float:
    return float(trimesh.Trimesh(raw.vertices, raw.faces, process=False).volume)


def uv_agrees(raw: RawMesh, atol: float) -> bool:
    """Whether the texture still is the (x, y) of its vertices."""
    assert raw.uv is not None
    return bool(np.allclose(raw.uv, raw.vertices[raw.faces][..., :2], atol=atol))


@pytest.fixture(scope="module")
def ball() -> trimesh.Trimesh:
    return bumpy_ball(4)


def test_a_clean_mesh_stays_as_it_is(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    clean = cleaned(raw, 10**6)
    assert clean.raw.notes == ()
    assert clean.watertight
    assert clean.openings == 0
    np.testing.assert_array_equal(clean.raw.vertices[clean.raw.faces], raw.vertices[raw.faces])
    np.testing.assert_array_equal(clean.raw.uv, raw.uv)
    assert clean.smooth.all()


def test_split_vertices_become_one_and_seams_stay(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    soup = replace(
        raw, vertices=raw.vertices[raw.faces].reshape(-1, 3), faces=np.arange(3 * len(raw.faces)).reshape(-1, 3)
    )
    clean = cleaned(soup, 10**6)
    assert len(clean.raw.vertices) == len(ball.vertices)
    assert clean.watertight
    np.testing.assert_array_equal(clean.raw.uv, raw.uv)


def test_an_inside_out_mesh_is_turned_with_its_texture(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    assert raw.uv is not None
    turned = cleaned(replace(raw, faces=raw.faces[:, ::-1], uv=raw.uv[:, ::-1]), 10**6)
    assert volume(turned.raw) == pytest.approx(ball.volume)
    assert uv_agrees(turned.raw, 0)
    assert any("inside out" in note for note in turned.raw.notes)


def test_faces_that_disagree_are_turned(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    assert raw.uv is not None
    chosen = np.random.Generator(np.random.PCG64(3)).choice(len(raw.faces), 300, replace=False)
    faces, uv = raw.faces.copy(), raw.uv.copy()
    faces[chosen], uv[chosen] = faces[chosen][:, ::-1], uv[chosen][:, ::-1]
    clean = cleaned(replace(raw, faces=faces, uv=uv), 10**6)
    assert volume(clean.raw) == pytest.approx(ball.volume)
    assert uv_agrees(clean.raw, 0)
    assert any(note.startswith("300 faces turned") for note in clean.raw.notes)


def shells(*signs_and_radii: float) -> RawMesh:
    """Balls in one another; a negative radius faces inwards."""
    parts = []
    for radius in signs_and_radii:
        raw = raw_of(trimesh.creation.icosphere(3, abs(radius)))
        parts.append(raw if radius > 0 else replace(raw, faces=raw.faces[:, ::-1]))
    return joined(parts)


@pytest.mark.parametrize(
    ("radii", "expected"),
    [
        ((1.0, -0.8), (1, -1)),  # a hollow ball
        ((-1.0, 0.8), (1, -1)),  # inside out
        ((1.0, 0.8), (1, 1)),  # a body in another
        ((-1.0, -0.8), (1, 1)),
        ((1.0, -0.8, 0.5), (1, -1, 1)),  # a body in the hollow
        ((1.0, -0.8, 0.5, -0.3), (1, -1, 1, -1)),
        ((1.0, -0.8, -0.5), (1, -1, 1)),
    ],
)
def test_walls_of_cavities_stay(radii: tuple[float, ...], expected: tuple[int, ...]) -> None:
    balls = [abs(trimesh.creation.icosphere(3, abs(radius)).volume) for radius in radii]
    clean = cleaned(shells(*radii), 10**6)
    assert volume(clean.raw) == pytest.approx(sum(sign * ball for sign, ball in zip(expected, balls, strict=True)))


def test_a_cavity_whose_faces_disagree_stays_one(ball: trimesh.Trimesh) -> None:
    raw = shells(1.0, -0.8)
    chosen = np.random.Generator(np.random.PCG64(5)).choice(len(raw.faces), len(raw.faces) // 4, replace=False)
    faces = raw.faces.copy()
    faces[chosen] = faces[chosen][:, ::-1]
    assert volume(cleaned(replace(raw, faces=faces), 10**6).raw) == pytest.approx(volume(raw))


def test_a_part_beside_another_faces_outwards() -> None:
    raw = shells(1.0, -0.8)
    apart = replace(raw, vertices=raw.vertices + np.where(np.arange(len(raw.vertices)) < 642, 0.0, 1.85)[:, None])
    balls = [trimesh.creation.icosphere(3, radius).volume for radius in (1.0, 0.8)]
    assert volume(cleaned(apart, 10**6).raw) == pytest.approx(sum(balls))


def test_what_cannot_be_drawn_goes(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    assert raw.uv is not None
    n = len(raw.vertices)
    bad = np.array([[np.nan, 0, 0], [0, np.inf, 0], [0, 0, 1e300]])
    faces = np.array([[0, 1, n], [0, n + 1, 2], [1, n + 2, 3], [0, 1, n + 9], [0, -1, 2], [5, 5, 6]])
    dirty = replace(
        raw,
        vertices=np.concatenate([raw.vertices, bad]),
        faces=np.concatenate([raw.faces, faces, raw.faces[:4], raw.faces[4:6, [1, 2, 0]]]),
        slots=np.zeros(len(raw.faces) + 12, np.int32),
        uv=np.concatenate([raw.uv, np.zeros((12, 3, 2), np.float32)]),
    )
    clean = cleaned(dirty, 10**6)
    np.testing.assert_array_equal(clean.raw.vertices[clean.raw.faces], raw.vertices[raw.faces])
    text = " ".join(clean.raw.notes)
    assert "5 faces dropped whose vertices" in text
    assert "1 faces without area" in text
    assert "6 double faces" in text


def test_crumbs_go_and_buttons_stay(ball: trimesh.Trimesh) -> None:
    small = trimesh.creation.icosphere(subdivisions=1, radius=0.05)
    crumb = raw_of(small.copy().apply_translation([3, 0, 0]))
    button = raw_of(small.copy().apply_translation([0, 0, 1.05]))
    clean = cleaned(joined([raw_of(ball), crumb, button]), 10**6)
    assert clean.raw.vertices[:, 0].max() < 2
    assert len(clean.raw.faces) == len(ball.faces) + len(small.faces)
    assert any(note.startswith("1 loose crumbs") for note in clean.raw.notes)


def test_small_holes_close_and_large_ends_stay(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    middles = raw.vertices[raw.faces].mean(axis=1)
    hole = np.linalg.norm(middles - middles[100], axis=1) < 0.08
    end = middles[:, 2] < -0.6
    assert raw.uv is not None

    def without(gone: np.ndarray) -> RawMesh:
        assert raw.uv is not None
        return replace(raw, faces=raw.faces[~gone], slots=raw.slots[~gone], uv=raw.uv[~gone])

    closed = cleaned(without(hole), 10**6)
    assert closed.watertight
    assert any("1 small hole closed" in note for note in closed.raw.notes)
    assert volume(closed.raw) == pytest.approx(ball.volume, rel=1e-3)
    left = cleaned(without(end), 10**6)
    assert left.openings == 1
    assert not left.watertight
    assert any("1 open end left" in note for note in left.raw.notes)


def test_teeth_of_a_rim_are_trimmed(ball: trimesh.Trimesh) -> None:
    raw = raw_of(ball)
    assert raw.uv is not None
    middles = raw.vertices[raw.faces].mean(axis=1)
    rng = np.random.Generator(np.random.PCG64(5))
    kept = middles[:, 2] > -0.6 + 0.06 * rng.random(len(middles))
    ragged = replace(raw, faces=raw.faces[kept], slots=raw.slots[kept], uv=raw.uv[kept])
    clean = cleaned(ragged, 10**6)
    border = trimesh.Trimesh(clean.raw.vertices, clean.raw.faces, process=False)
    _, counts = np.unique(np.sort(border.edges, axis=1), axis=0, return_counts=True)
    before = trimesh.Trimesh(ragged.vertices, ragged.faces, process=False)
    _, earlier = np.unique(np.sort(before.edges, axis=1), axis=0, return_counts=True)
    assert (counts == 1).sum() < 0.9 * (earlier == 1).sum()
    assert face_areas(clean.raw.vertices, clean.raw.faces).sum() > 0.98 * before.area
    assert any("ragged rims" in note for note in clean.raw.notes)


def test_decimation_keeps_shape_and_texture(ball: trimesh.Trimesh) -> None:
    clean = cleaned(raw_of(ball), 1500)
    assert 1400 <= len(clean.raw.faces) <= 1500
    assert clean.watertight
    assert volume(clean.raw) == pytest.approx(ball.volume, rel=0.01)
    assert uv_agrees(clean.raw, 0.03)
    assert any("decimated" in note for note in clean.raw.notes)


def test_decimation_does_not_stretch_over_seams() -> None:
    """A cylinder whose u runs once round: nowhere may a face cover more than a little of the texture."""
    turn, height = np.meshgrid(np.arange(200), np.arange(60))
    points = np.stack([np.cos(turn / 200 * 2 * np.pi), np.sin(turn / 200 * 2 * np.pi), height / 20], axis=-1)
    index = (height * 200 + turn)[:-1]
    right = height[:-1] * 200 + (turn[:-1] + 1) % 200
    quads = np.stack([index, right, right + 200, index + 200], axis=-1).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    u0, v0 = turn[:-1].ravel() / 200, height[:-1].ravel() / 60
    square = np.stack([np.stack([u0 + a / 200, v0 + b / 60], -1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))], 1)
    uv = np.concatenate([square[:, [0, 1, 2]], square[:, [0, 2, 3]]]).astype(np.float32)
    raw = RawMesh(points.reshape(-1, 3), faces, np.zeros(len(faces), np.int32), uv=uv)
    clean = cleaned(raw, 3000)
    assert clean.raw.uv is not None
    corners = clean.raw.vertices[clean.raw.faces]
    angle = (np.degrees(np.arctan2(corners[..., 1], corners[..., 0])) / 360) % 1
    off = np.abs((clean.raw.uv[..., 0] - angle + 0.5) % 1 - 0.5)
    assert np.percentile(off, 99) < 0.01
    assert np.ptp(clean.raw.uv[..., 0], axis=1).max() < 0.25


@pytest.mark.parametrize(
    ("vertices", "faces"),
    [
        (np.full((3, 3), np.nan), [[0, 1, 2]]),
        (np.zeros((3, 3)), [[0, 1, 2]]),
        (np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), [[0, 1, 2]]),
        (np.eye(3), [[0, 1, 7]]),
    ],
)
def test_nothing_left_is_told(vertices: np.ndarray, faces: list[list[int]]) -> None:
    raw = RawMesh(vertices, np.array(faces, np.int64), np.zeros(len(faces), np.int32))
    with pytest.raises(AssetError, match="export it again"):
        cleaned(raw, 10**6)
