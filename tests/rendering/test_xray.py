from __future__ import annotations

import numpy as np
import pytest
import trimesh

from synth.banks.mesh_cleaning import cleaned
from synth.banks.raw_mesh import RawMesh
from synth.errors import RejectedScene
from synth.geometry.camera import Intrinsics
from synth.geometry.mesh import Mesh
from synth.geometry.pose import Matrix4, enlarged, looking, moved, turned
from synth.rendering.xray import Absorber, passage
from synth.scene.attenuation import attenuation
from synth.scene.spec import Substance
from synth.shapes.records import BonePlateShape, BoneShape, ImplantShape, Shape, StemShape
from synth.shapes.solids import solid_of

WIDTH, HEIGHT = 96, 72
INTRINSICS = Intrinsics(210.0, 48.0, 36.0, WIDTH, HEIGHT)
CAMERA = looking((0.1, -0.8, 0.3), (0.0, 0.0, 0.0))


def of_trimesh(shape: trimesh.Trimesh) -> Mesh:
    faces = np.array(shape.faces, np.int32)
    return Mesh(np.array(shape.vertices, np.float64), faces, np.zeros(len(faces), np.int32))


BOX = of_trimesh(trimesh.creation.box((0.2, 0.1, 0.06)))
BALL = of_trimesh(trimesh.creation.icosphere(5, 0.05))


def rays(camera: Matrix4) -> np.ndarray:
    columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    axes = [(columns - 48.0) / 210.0, -(rows - 36.0) / 210.0, np.full_like(rows, -1.0)]
    directions = np.stack(axes, axis=-1) @ camera[:3, :3].T
    return directions / np.linalg.norm(directions, axis=-1, keepdims=True)


def path(mesh: Mesh, pose: Matrix4, camera: Matrix4 = CAMERA) -> np.ndarray:
    return passage([Absorber(mesh, pose, 1.0)], camera, INTRINSICS, rays=1).paths_m[0]


def within_box(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each ray enters and leaves a box; the same where it misses."""
    ends = np.sort(np.stack([(low - CAMERA[:3, 3]) / rays(CAMERA), (high - CAMERA[:3, 3]) / rays(CAMERA)]), axis=0)
    enter, leave = ends[0].max(axis=-1), ends[1].min(axis=-1)
    return enter, np.maximum(leave, enter)


def test_a_boxs_paths_are_its_closed_form() -> None:
    half = np.array([0.1, 0.05, 0.03])
    enter, leave = within_box(-half, half)
    np.testing.assert_allclose(path(BOX, np.eye(4)), leave - enter, atol=1e-7)


def test_a_balls_paths_are_its_closed_form() -> None:
    centre = np.array([0.02, 0.01, 0.03])
    offset = CAMERA[:3, 3] - centre
    along = rays(CAMERA) @ offset
    chord = 2 * np.sqrt(np.maximum(along**2 - offset @ offset + 0.05**2, 0.0))
    found = path(BALL, moved(*centre))
    inner = chord > 0.03  # nearer to the limb a chord's length says much of a ball with flat faces
    np.testing.assert_allclose(found[inner], chord[inner], atol=1e-3)
    assert found[chord == 0].max() == 0


def test_what_is_listed_last_displaces_the_others() -> None:
    absorbers = [Absorber(BOX, np.eye(4), 30.0), Absorber(BALL, moved(0.0, 0.0, 0.02), 100.0)]
    both = passage(absorbers, CAMERA, INTRINSICS, rays=1, displaced=5.0)
    box, ball = path(BOX, np.eye(4)), path(BALL, moved(0.0, 0.0, 0.02))
    np.testing.assert_array_equal(both.paths_m[1], ball)
    assert (both.paths_m[0] <= box + 1e-7).all()
    assert (both.paths_m[0][ball == 0] == box[ball == 0]).all()
    swapped = passage(absorbers[::-1], CAMERA, INTRINSICS, rays=1)
    np.testing.assert_allclose(both.paths_m.sum(axis=0), swapped.paths_m.sum(axis=0), atol=1e-6)
    exponent = 25.0 * both.paths_m[0].astype(np.float64) + 95.0 * both.paths_m[1]
    np.testing.assert_allclose(both.transmission, np.exp(-exponent), rtol=1e-5)


@pytest.mark.parametrize(
    "shape", [ImplantShape(), StemShape(), BoneShape(), BonePlateShape()], ids=lambda shape: type(shape).__name__
)
def test_paths_agree_with_ray_casting(shape: Shape) -> None:
    mesh = solid_of(shape).mesh
    slot = mesh.slots == 0 if isinstance(shape, BoneShape | StemShape) else np.ones(len(mesh.faces), np.bool_)
    faces = mesh.faces[slot]
    part = Mesh(mesh.vertices, faces, np.zeros(len(faces), np.int32))
    pose = moved(-0.01, 0.02, -0.02) @ turned((1.0, 2.0, 3.0), 33.0) @ enlarged(0.6)
    found = path(part, pose)
    corners = (part.vertices @ pose[:3, :3].T + pose[:3, 3])[faces]
    chosen = np.argwhere(found > 0)[:: max(1, np.count_nonzero(found) // 60)]
    directions = rays(CAMERA)[chosen[:, 0], chosen[:, 1]]
    expected = [union_along(CAMERA[:3, 3], direction, corners) for direction in directions]
    close = np.abs(found[chosen[:, 0], chosen[:, 1]] - expected) < 1e-6
    assert close.mean() >= 0.98  # a ray through a vertex may miss in either way of counting


def union_along(origin: np.ndarray, direction: np.ndarray, corners: np.ndarray) -> float:
    """Length inside closed surfaces, by Moeller and Trumbore's intersections and winding numbers."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    cross = np.cross(direction, two)
    determinant = (one * cross).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = ((origin - corners[:, 0]) * cross).sum(axis=1) / determinant
        other = np.cross(origin - corners[:, 0], one)
        v, depth = other @ direction / determinant, (other * two).sum(axis=1) / determinant
        hit = (u >= 0) & (v >= 0) & (u + v <= 1)
    order = np.argsort(depth[hit])
    depths, winding = depth[hit][order], np.cumsum(np.sign(determinant[hit][order]))
    return float((np.diff(depths) * (winding[:-1] > 0)).sum())


@pytest.mark.parametrize("shape", [ImplantShape(), BonePlateShape()], ids=lambda shape: type(shape).__name__)
def test_paths_agree_with_embree(shape: Shape) -> None:
    mesh = solid_of(shape).mesh
    pose = moved(0.01, 0.02, -0.01) @ turned((2.0, 1.0, 3.0), 71.0) @ enlarged(2.5)
    found = path(mesh, pose)
    whole = trimesh.Trimesh(mesh.vertices @ pose[:3, :3].T + pose[:3, 3], mesh.faces, process=False)
    assert "pyembree" in type(whole.ray).__module__
    directions = rays(CAMERA).reshape(-1, 3)
    origins = np.broadcast_to(CAMERA[:3, 3], directions.shape)
    points, which, faces = whole.ray.intersects_location(origins, directions)
    depths = np.einsum("ij,ij->i", points - CAMERA[:3, 3], directions[which])
    entering = np.where(np.einsum("ij,ij->i", whole.face_normals[faces], directions[which]) < 0, 1, -1)
    expected = np.zeros(len(directions))
    for ray in np.unique(which):
        mine = which == ray
        order = np.argsort(depths[mine])
        winding = np.cumsum(entering[mine][order])
        expected[ray] = (np.diff(depths[mine][order]) * (winding[:-1] > 0)).sum()
    hit = (expected > 0) | (found.ravel() > 0)
    assert hit.sum() > 100
    off = np.abs(found.ravel() - expected)[hit]
    assert np.median(off) < 1e-6
    assert (off < 1e-4).mean() > 0.98  # embree has single precision, and may miss a face at its edge


def test_the_hollow_of_a_mended_mesh_is_empty() -> None:
    outer, inner = trimesh.creation.icosphere(5, 0.05), trimesh.creation.icosphere(5, 0.04)
    inner.invert()
    both = trimesh.util.concatenate([outer, inner])
    raw = RawMesh(
        np.asarray(both.vertices, np.float64), np.asarray(both.faces, np.int64), np.zeros(len(both.faces), np.int32)
    )
    hollow = cleaned(raw, 10**6).raw
    mesh = Mesh(hollow.vertices, hollow.faces.astype(np.int32), hollow.slots)
    whole, hole = path(of_trimesh(outer), np.eye(4)), path(of_trimesh(trimesh.creation.icosphere(5, 0.04)), np.eye(4))
    np.testing.assert_allclose(path(mesh, np.eye(4)), whole - hole, atol=1e-7)


def test_more_rays_soften_edges_and_keep_the_mean() -> None:
    absorbers = [Absorber(BALL, np.eye(4), 10.0)]
    one, four = (passage(absorbers, CAMERA, INTRINSICS, rays=k) for k in (1, 4))
    assert one.paths_m.mean() == pytest.approx(four.paths_m.mean(), rel=0.01)
    assert np.count_nonzero(four.paths_m) > np.count_nonzero(one.paths_m)


def test_a_closed_body_leaves_nothing_beyond_its_silhouette() -> None:
    for angle in range(0, 360, 30):
        inverted = passage([Absorber(BALL, turned((0, 1, 1), angle), 10.0)], CAMERA, INTRINSICS)
        assert inverted.paths_m.max() < 0.1 + 1e-6
        assert inverted.transmission.min() > np.exp(-1.0) - 1e-6


def test_a_body_behind_the_source_is_refused() -> None:
    with pytest.raises(RejectedScene, match="behind the X-ray source"):
        path(BOX, moved(0.1, -0.8, 0.3))


ELAM_KEV = (30.0, 45.0, 70.0, 90.0, 130.0, 150.0)
# g/cm3, and cm2/g by xraydb 4.5.8 (mu_elam, kind "total") of the compositions of ICRU-44, ISO 5832 and PDMS
ELAM: dict[Substance, tuple[float, tuple[float, ...]]] = {
    "titanium": (4.506, (4.972, 1.605, 0.5361, 0.3247, 0.191, 0.1649)),
    "steel": (7.95, (8.642, 2.774, 0.8639, 0.4833, 0.2465, 0.202)),
    "cobalt_chrome": (8.3, (9.403, 3.032, 0.9382, 0.5188, 0.2577, 0.2088)),
    "cortex": (1.92, (1.331, 0.5189, 0.257, 0.2008, 0.1587, 0.148)),
    "tissue": (1.06, (0.379, 0.2435, 0.1916, 0.1752, 0.156, 0.1492)),
    "fat": (0.95, (0.3064, 0.2235, 0.1875, 0.174, 0.1565, 0.15)),
    "silicone": (0.97, (0.7378, 0.3461, 0.2164, 0.1854, 0.1577, 0.1495)),
    "plastic": (1.19, (0.3032, 0.2188, 0.1825, 0.1692, 0.152, 0.1456)),
}


@pytest.mark.parametrize("substance", ELAM)
def test_coefficients_agree_with_another_table(substance: Substance) -> None:
    density, expected = ELAM[substance]
    found = [attenuation(substance, energy) / density / 100 for energy in ELAM_KEV]
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_coefficients_are_those_of_the_tables() -> None:
    assert attenuation("titanium", 60.0) == pytest.approx(4.506 * 76.61)
    assert attenuation("cortex", 60.0) == pytest.approx(1.92 * 31.48)
    assert attenuation("silicone", 60.0) == pytest.approx(24.0, rel=0.02)
    assert attenuation("tissue", 70.0) == pytest.approx(106 * 0.193, rel=0.01)  # between 0.2048 and 0.1823
    order = ("air", "fat", "tissue", "cortex", "titanium", "steel", "cobalt_chrome")
    values = [attenuation(substance, 60.0) for substance in order]
    assert values == sorted(values)
    energies = np.linspace(20, 150, 40)
    for substance in (*order, "silicone", "plastic", "marrow"):
        assert (np.diff([attenuation(substance, energy) for energy in energies]) < 0).all()
