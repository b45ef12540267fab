"""The rasteriser against ray casting, exact areas, closed forms, and its own laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from decal_bodies import ball, mesh_of, soup

from synth.geometry.camera import Intrinsics, in_camera
from synth.geometry.pose import looking, moved, turned
from synth.rendering.raster import Posed, hits, posed, rasterised, windowed
from synth.serials.raster import polygon_area_coverage
from synth.streams import stream

SQUARE = Intrinsics.of_lens(35, 36, 160, 160)
EYE = np.eye(4)


def flat(points, depth=1.0) -> Posed:
    """A convex polygon, px at focal length 1 px and principal point 0, as a fan before the camera."""
    points = np.asarray(points, np.float64)
    faces = np.array([(0, k, k + 1) for k in range(1, len(points) - 1)], np.int32)
    return Posed(np.column_stack([points, np.ones(len(points))]) * depth, faces)


def plain(width: int, height: int) -> Intrinsics:
    return Intrinsics(1.0, 0.0, 0.0, width, height)


def brute_force(bodies, intrinsics, near: float):
    """Id, face and depth along each pixel's ray by Moeller and Trumbore's test of all faces."""
    columns, rows = np.meshgrid(np.arange(intrinsics.width) + 0.5, np.arange(intrinsics.height) + 0.5)
    x, y = (columns - intrinsics.cx) / intrinsics.focal_px, (rows - intrinsics.cy) / intrinsics.focal_px
    rays = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3)
    depth, ids, faces = np.full(len(rays), np.inf), np.zeros(len(rays), int), np.full(len(rays), -1)
    for number, body in enumerate(bodies, 1):
        for face, corners in enumerate(body.points[body.faces]):
            first, second = corners[1] - corners[0], corners[2] - corners[0]
            p = np.cross(rays, second)
            with np.errstate(all="ignore"):
                per = 1 / (p @ first)
                u = (p @ -corners[0]) * per
                q = np.cross(-corners[0], first)
                v, t = (rays @ q) * per, (second @ q) * per
                hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t >= near) & (t < depth)
            depth[hit], ids[hit], faces[hit] = t[hit], number, face
    return (array.reshape(rows.shape) for array in (ids, faces, depth))


@pytest.mark.parametrize("seed", range(4))
def test_a_soup_that_the_camera_stands_in_is_what_rays_hit(seed: int) -> None:
    meshes, near = [soup(seed, 60), soup(seed + 100, 60)], 0.05
    poses = [EYE, turned((1, 2, 3), 40)]
    camera = looking((0.2, -0.4, 0.1), (0, 0, 0.1), 20)
    intrinsics = Intrinsics(70.0, 61.3, 52.8, 120, 100)
    seen = rasterised(meshes, poses, camera, intrinsics, near_m=near)
    bodies = [posed(mesh, pose, camera) for mesh, pose in zip(meshes, poses, strict=True)]
    ids, faces, depth = brute_force(bodies, intrinsics, near)
    same = (seen.ids == ids) & (seen.faces == faces)
    assert same.mean() > 0.9999
    hit = same & (ids > 0)
    assert hit.mean() > 0.3
    np.testing.assert_allclose(seen.depth[hit], depth[hit], rtol=3e-6)


def test_depth_normals_and_weights_belong_to_the_face_that_is_seen() -> None:
    mesh, camera = soup(7, 200), looking((0, -4, 1), (0, 0, 0))
    seen = rasterised([mesh], [EYE], camera, SQUARE)
    rows, columns = np.nonzero(seen.ids)
    corners = in_camera(camera, mesh.vertices)[mesh.faces[seen.faces[rows, columns]]]
    weights = seen.barycentric[rows, columns].astype(float)
    weights = np.column_stack([1 - weights.sum(axis=1), weights])
    points = np.einsum("nk,nkd->nd", weights, corners)
    np.testing.assert_allclose(points[:, 2], seen.depth[rows, columns], rtol=1e-5)
    np.testing.assert_allclose(SQUARE.projected(points), np.column_stack([columns, rows]) + 0.5, atol=2e-3)
    normals = seen.normals[rows, columns].astype(float)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
    assert np.all((normals * points).sum(axis=1) <= 1e-6)
    assert np.abs(np.einsum("nd,nd->n", normals, corners[:, 1] - corners[:, 0])).max() < 1e-6
    assert np.all(seen.depth[seen.ids == 0] == np.inf)
    assert np.all(seen.faces[seen.ids == 0] == -1)


def test_a_ball_is_its_closed_form() -> None:
    radius, distance = 0.5, 2.0
    mesh, camera = ball(radius, 400, 800), looking((0, -distance, 0), (0, 0, 0))
    intrinsics = Intrinsics(300.0, 100.0, 100.0, 200, 200)
    seen = rasterised([mesh], [EYE], camera, intrinsics)
    x, y = np.meshgrid(np.arange(200) + 0.5, np.arange(200) + 0.5)
    x, y = (x - 100) / 300, (y - 100) / 300
    length = x**2 + y**2 + 1
    root = distance**2 - length * (distance**2 - radius**2)
    depth = (distance - np.sqrt(np.maximum(root, 0))) / length
    inside = root > 0
    assert np.count_nonzero(inside != (seen.ids > 0)) <= 4  # the facets lie within the sphere
    clear = root > 0.05
    assert np.abs(seen.depth - depth)[clear].max() < 1e-4
    point = np.stack([x * depth, y * depth, depth - distance], axis=-1) / radius
    assert (1 - (point * seen.normals).sum(axis=-1))[clear].max() < 1e-4


@pytest.mark.parametrize("seed", range(30))
def test_neighbours_share_every_sample_of_their_edges_exactly_once(seed: int) -> None:
    rng = stream(seed, 0, "fan")
    grid = rng.choice([1, 2, 4])
    corners = np.concatenate([[(8.5, 8.5)], 8.5 + 7 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])])
    inner = np.round(rng.uniform(2, 15, (12, 2)) * grid) / grid
    points = np.unique(np.concatenate([corners, inner]), axis=0)
    faces = np.concatenate([_split(points)])
    counts = np.zeros((17, 17), int)
    for face in faces:
        counts += hits([Posed(np.column_stack([points, np.ones(len(points))]), face[None])], plain(17, 17)).ids
    assert counts[2:15, 2:15].min() == 1
    assert counts.max() == 1
    # the square spans 1.5 to 15.5: of samples on its border those on two sides are inside
    assert counts.sum() == 14 * 14


def _split(points) -> np.ndarray:
    """Triangles over the hull of points, each point inserted into the one that holds it."""
    hull = [
        int(np.flatnonzero((points == corner).all(axis=1))[0])
        for corner in ((1.5, 1.5), (15.5, 1.5), (15.5, 15.5), (1.5, 15.5))
    ]
    faces = [(hull[0], hull[1], hull[2]), (hull[0], hull[2], hull[3])]

    def side(a, b, p) -> float:
        return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

    for k, p in enumerate(points):
        if k in hull:
            continue
        new = []
        for face in faces:
            values = [side(points[face[i]], points[face[(i + 1) % 3]], p) for i in range(3)]
            if min(values) < 0:
                new.append(face)
            else:
                new += [(face[i], face[(i + 1) % 3], k) for i in range(3) if values[i] > 0]
        faces = new
    return np.array(faces, np.int32)


def test_parts_of_pixels_add_up_to_exact_areas() -> None:
    rng = stream(3, 0, "polygons")
    fold = 16
    for _ in range(20):
        angles = np.sort(rng.uniform(0, 2 * math.pi, 7))
        if np.diff(np.append(angles, angles[0] + 2 * math.pi)).max() > 2.5:
            continue
        points = np.array([15.3, 14.2]) + 11 * np.column_stack([np.cos(angles), np.sin(angles)])
        parts = hits([flat(points, 2.0)], windowed(plain(32, 32), (0, 0, 32, 32), fold)).ids
        share = parts.reshape(32, fold, 32, fold).mean(axis=(1, 3))
        exact = polygon_area_coverage(points, np.array([7]), (0, 0, 32, 32)) / 255
        assert np.abs(share - exact).max() < 0.06
        assert abs(share.sum() - exact.sum()) < 0.6


def test_a_window_is_a_part_of_the_picture_and_reaches_beyond_it() -> None:
    mesh, camera = soup(5, 300), looking((0, -3, 0.5), (0, 0, 0))
    body = posed(mesh, EYE, camera)
    wide = hits([body], windowed(SQUARE, (-160, -160, 320, 320)))
    whole = hits([body], SQUARE)
    part = hits([body], windowed(SQUARE, (30, -20, 170, 90)))
    assert np.array_equal(wide.faces[160:320, 160:320], whole.faces)
    assert np.array_equal(wide.faces[140:250, 190:330], part.faces)
    fine = hits([body], windowed(SQUARE, (0, 0, 160, 160), 3))
    assert np.array_equal(fine.faces[1::3, 1::3], whole.faces)  # the middle part's middle is the pixel's


def test_what_crosses_the_near_plane_is_cut_there() -> None:
    floor = mesh_of([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], [(0, 1, 2), (0, 2, 3)])
    camera = looking((0, 0, 1), (0, 1, 0.8))
    seen = rasterised([floor], [EYE], camera, SQUARE, near_m=0.3)
    y = (np.arange(160) + 0.5 - 80) / SQUARE.focal_px
    tilt = math.atan2(0.2, 1)
    sink = y * math.cos(tilt) + math.sin(tilt)
    depth = np.where(sink > 0, 1 / np.where(sink > 0, sink, 1), np.inf)
    reach = depth * (math.cos(tilt) - y * math.sin(tilt))
    middle = seen.depth[:, 80].astype(float)
    shown = (depth >= 0.3) & (reach < 9)
    np.testing.assert_allclose(middle[shown], depth[shown], rtol=1e-5)
    assert np.all(seen.ids[~shown, 80] == 0)
    behind = rasterised([floor], [moved(0, -20, 0)], camera, SQUARE)
    assert not behind.ids.any()


def test_faces_that_are_further_than_asked_for_are_left_out_and_no_others() -> None:
    body = posed(soup(9, 200), EYE, looking((0, -3, 0.5), (0, 0, 0)))
    whole, near = hits([body], SQUARE), hits([body], SQUARE, far_m=2.8)
    closest = body.points[body.faces][:, :, 2].min(axis=1)
    kept = np.append(closest <= 2.8, False)[whole.faces]
    assert 0.1 < kept.mean() < 0.9
    assert np.array_equal(near.faces[kept], whole.faces[kept])
    assert set(near.faces[~kept]) <= {-1} | set(np.flatnonzero(closest <= 2.8))


def test_the_earlier_of_two_equal_bodies_is_seen_and_both_sides_of_a_face() -> None:
    mesh, camera = soup(2, 100), looking((0, -3, 0.5), (0, 0, 0))
    twice = rasterised([mesh, mesh], [EYE, EYE], camera, SQUARE)
    assert set(np.unique(twice.ids)) == {0, 1}
    flipped = mesh_of(mesh.vertices, mesh.faces[:, ::-1])
    other = rasterised([flipped], [EYE], camera, SQUARE)
    assert np.array_equal(other.faces, twice.faces)
    np.testing.assert_array_equal(other.normals, twice.normals)


@pytest.mark.parametrize("seed", [0, 1])
def test_it_agrees_with_embree(seed: int) -> None:
    trimesh = pytest.importorskip("trimesh")
    pytest.importorskip("embreex")
    from trimesh.ray.ray_pyembree import RayMeshIntersector

    mesh, camera = (ball(0.9, 120, 240), soup(11, 4000, 0.1))[seed], looking((0.5, -3.5, 0.8), (0, 0, 0))
    intrinsics = Intrinsics.of_lens(50, 36, 320, 320)
    seen = rasterised([mesh], [EYE], camera, intrinsics)
    body = posed(mesh, EYE, camera)
    x, y = np.meshgrid(np.arange(320) + 0.5, np.arange(320) + 0.5)
    rays = np.stack([(x - 160) / intrinsics.focal_px, (y - 160) / intrinsics.focal_px, np.ones_like(x)], axis=-1)
    caster = RayMeshIntersector(trimesh.Trimesh(body.points, body.faces, process=False))
    places, ray, face = caster.intersects_location(np.zeros((rays.size // 3, 3)), rays.reshape(-1, 3), False)[0:3]
    depth, faces = np.full(320 * 320, np.inf), np.full(320 * 320, -1)
    depth[ray], faces[ray] = places[:, 2], face
    depth, faces = depth.reshape(320, 320), faces.reshape(320, 320)
    # away from edges: the four neighbours show the same face
    calm = np.zeros((320, 320), bool)
    middle = seen.faces[1:-1, 1:-1]
    sides = (seen.faces[:-2, 1:-1], seen.faces[2:, 1:-1], seen.faces[1:-1, :-2], seen.faces[1:-1, 2:])
    calm[1:-1, 1:-1] = np.logical_and.reduce([middle == side for side in sides])
    assert calm.mean() > 0.3
    assert (seen.faces == faces)[calm].mean() >= 0.9999
    both = (seen.ids > 0) & np.isfinite(depth)
    assert both.mean() > 0.1
    assert np.median(np.abs(seen.depth[both] - depth[both])) < 1e-5
    assert ((seen.ids > 0) == np.isfinite(depth)).mean() > 0.999
