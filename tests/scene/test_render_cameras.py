"""Where cameras stand: every claimed law against its exact distribution function (Kolmogorov-Smirnov)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.pose import looking, moved, transformed, turned
from synth.scene.camera_places import (
    sample_cut_normal,
    sample_direction,
    sample_distance,
    sample_seed_distance,
)
from synth.scene.framing import Bounds, distance_for, shifted
from synth.scene.recipe import Canvas
from synth.scene.view_draws import sample_view
from synth.scene.view_recipe import CapPlace, RingPlace, RingsPlace, SeedPlace, ShellPlace, SpherePlace, Views
from synth.streams import stream

COUNT = 4000
LEVEL = 1e-3


def directions(place, lowest=None, count=COUNT):
    rng = stream(1, 0, "cameras")
    return np.array([sample_direction(rng, place, lowest) for _ in range(count)])


def heights_are_uniform(z, low, high):
    return stats.kstest(z, stats.uniform(low, high - low).cdf).pvalue > LEVEL


def turns_are_uniform(xyz):
    turns = np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])) % 360
    return stats.kstest(turns, stats.uniform(0, 360).cdf).pvalue > LEVEL


@pytest.mark.parametrize(
    ("place", "lowest", "low", "high"),
    [
        (SpherePlace(kind="sphere"), None, -1.0, 1.0),
        (SpherePlace(kind="sphere"), 10.0, math.sin(math.radians(10)), 1.0),
        (SpherePlace(kind="sphere", elevation_range_deg=(-20, 50)), None, -math.sin(math.radians(20)),
         math.sin(math.radians(50))),
        (CapPlace(kind="cap", angle_deg=40), None, math.cos(math.radians(40)), 1.0),
        (ShellPlace(kind="shell"), None, -1.0, 1.0),
    ],
)  # fmt: skip
def test_sphere_cap_and_shell_are_uniform_in_solid_angle(place, lowest, low, high):
    xyz = directions(place, lowest)
    assert np.allclose(np.linalg.norm(xyz, axis=1), 1)
    assert heights_are_uniform(xyz[:, 2], low, high)
    assert turns_are_uniform(xyz)
    if high - low == 2.0:  # any axis of a whole sphere
        assert heights_are_uniform(xyz[:, 0], -1, 1)
        assert heights_are_uniform(xyz @ np.array([0.6, 0.0, 0.8]), -1, 1)


def test_a_ring_is_at_its_elevation_and_uniform_round_it():
    xyz = directions(RingPlace(kind="ring", elevation_deg=30))
    assert np.allclose(xyz[:, 2], 0.5)
    assert turns_are_uniform(xyz)
    spread = np.degrees(np.arcsin(directions(RingPlace(kind="ring", elevation_deg=30, spread_deg=10))[:, 2]))
    assert stats.kstest(spread, stats.uniform(20, 20).cdf).pvalue > LEVEL


def test_rings_are_drawn_equally_often():
    xyz = directions(RingsPlace(kind="rings", elevations_deg=(0, 30, 60)))
    elevations = np.round(np.degrees(np.arcsin(xyz[:, 2]))).astype(int)
    counts = [int((elevations == e).sum()) for e in (0, 30, 60)]
    assert sum(counts) == COUNT
    assert stats.chisquare(counts).pvalue > LEVEL


def test_a_shell_is_uniform_in_volume_and_other_distances_are_uniform():
    rng = stream(1, 0, "distances")
    shell = np.array([sample_distance(rng, ShellPlace(kind="shell"), (0.5, 2.0)) for _ in range(COUNT)])
    assert stats.kstest(shell**3, stats.uniform(0.125, 8 - 0.125).cdf).pvalue > LEVEL
    plain = [sample_distance(rng, SpherePlace(kind="sphere"), (0.5, 2.0)) for _ in range(COUNT)]
    assert stats.kstest(plain, stats.uniform(0.5, 1.5).cdf).pvalue > LEVEL


def test_3d_dls_rings_are_cut_normal_about_their_axes():
    # normal Y is (x, z, -y) of a ring about z, so the polar angle is that from the y axis
    for normal, axis, sign in (("X", 0, -1), ("Y", 1, 1), ("Z", 2, 1)):
        place = SeedPlace(kind="3d-dl", normals=normal, phi_sigma_deg=25)
        polar = np.degrees(np.arccos(sign * directions(place)[:, axis]))
        law = stats.truncnorm(-90 / 25, 90 / 25, loc=90, scale=25)
        assert stats.kstest(polar, law.cdf).pvalue > LEVEL


def test_3d_dls_composite_ring_takes_each_axis_as_often():
    xyz = directions(SeedPlace(kind="3d-dl", normals="YZ", phi_sigma_deg=0))
    about_y, about_z = np.isclose(xyz[:, 1], 0), np.isclose(xyz[:, 2], 0)
    assert (about_y | about_z).all()
    assert stats.binomtest(int(about_z.sum()), COUNT).pvalue > LEVEL


def test_3d_dls_uniform_laws_are_theirs_and_not_uniform():
    shell = directions(SeedPlace(kind="3d-dl", law="UniformShellCoordinate"))
    polar = np.degrees(np.arccos(shell[:, 2]))
    assert stats.kstest(polar, stats.truncnorm(-3, 3, loc=90, scale=30).cdf).pvalue > LEVEL
    both = directions(SeedPlace(kind="3d-dl", law="random_shell_coords"))
    # z = cos of a uniform angle: the arcsine law, whose mean of |z| is 2 / pi
    assert stats.kstest(both[:, 2], stats.arcsine(-1, 2).cdf).pvalue > LEVEL
    assert abs(np.abs(both[:, 2]).mean() - 2 / math.pi) < 0.02
    assert not heights_are_uniform(shell[:, 2], -1, 1)
    assert not heights_are_uniform(both[:, 2], -1, 1)


def test_3d_dls_distances_are_relative_to_the_subjects_volume():
    rng = stream(1, 0, "distances")
    drawn = np.array([sample_seed_distance(rng, (0.1, 0.2, 0.4)) for _ in range(COUNT)])
    law = stats.truncnorm(-3 / 0.9, math.inf, loc=3, scale=0.9)
    assert stats.kstest(drawn / 0.2, law.cdf).pvalue > LEVEL


def test_a_cut_normal_keeps_its_bounds_far_from_its_mean():
    rng = stream(1, 0, "normals")
    drawn = np.array([sample_cut_normal(rng, 0.0, 1.0, 1.0, 1.5) for _ in range(COUNT)])
    assert drawn.min() >= 1.0
    assert drawn.max() <= 1.5
    assert stats.kstest(drawn, stats.truncnorm(1.0, 1.5).cdf).pvalue > LEVEL


def test_roll_focal_length_and_f_number_have_their_laws():
    views = Views(roll_range_deg=(-40, 80), focal_range_mm=(20, 80), focus_share=0.5, f_stop_range=(1, 16))
    drawn = [sample_view(stream(3, n, "camera"), views, Canvas(), grounded=True) for n in range(COUNT)]
    assert stats.kstest([v.roll_deg for v in drawn], stats.uniform(-40, 120).cdf).pvalue > LEVEL
    assert stats.kstest([v.focal_mm for v in drawn], stats.loguniform(20, 80).cdf).pvalue > LEVEL
    stops = [v.f_stop for v in drawn if v.f_stop is not None]
    assert stats.binomtest(len(stops), COUNT).pvalue > LEVEL
    assert stats.kstest(stops, stats.loguniform(1, 16).cdf).pvalue > LEVEL


@pytest.mark.parametrize("size", [(640, 640), (800, 450), (300, 700)])
@pytest.mark.parametrize("fill", [0.05, 0.4, 0.95, 1.8])
def test_a_ball_fills_exactly_what_was_asked_for(size, fill):
    lens = Intrinsics.of_lens(35, 36, *size)
    ball = Bounds(moved(0.3, -0.2, 0.5), (0.2, 0.2, 0.2), is_round=True)
    direction = np.array([0.48, 0.6, 0.64])
    distance = distance_for(ball, direction, 25.0, lens, fill)
    # a ball of radius r at distance d covers the angles up to asin(r / d) about the optical axis
    covered = 2 * lens.focal_px * math.tan(math.asin(0.1 / distance)) / min(size)
    assert covered == pytest.approx(fill, abs=1e-7)


def test_a_boxs_fill_is_that_of_its_corners_and_an_ellipsoids_that_of_its_points():
    lens = Intrinsics.of_lens(50, 36, 640, 480)
    pose = moved(0.1, 0.2, 0.3) @ turned((1.0, 2.0, 3.0), 70.0)
    size, direction = (0.3, 0.1, 0.05), np.array([0.0, -0.8, 0.6])
    rng = stream(5, 0, "points")
    ball = rng.normal(size=(200_000, 3))
    ball /= np.linalg.norm(ball, axis=1)[:, None]
    cube = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    for points, is_round, slack in ((cube, False, 1e-7), (ball, True, 2e-3)):
        bounds = Bounds(pose, size, is_round)
        distance = distance_for(bounds, direction, 10.0, lens, 0.5)
        camera = looking(bounds.middle + direction * distance, bounds.middle, 10.0)
        px = lens.projected(transformed(camera_from_world(camera) @ pose, points * np.array(size) / 2))
        x, y = px.max(axis=0) - px.min(axis=0)
        assert max(x / 640, y / 480) == pytest.approx(0.5, abs=slack)


def test_a_shifted_camera_sees_its_target_that_far_off_the_middle():
    lens = Intrinsics.of_lens(35, 36, 640, 480)
    target = np.array([[0.1, 0.2, 0.3]])
    camera = looking((1.0, -2.0, 1.5), target[0], 33.0)
    for x, y in ((0.0, 0.0), (100.0, -50.0), (-300.0, 200.0)):
        moved_camera = shifted(camera, lens, x, y)
        seen = lens.projected(transformed(camera_from_world(moved_camera), target))[0]
        assert seen == pytest.approx((320 + x, 240 + y), abs=1e-6)
        assert np.allclose(moved_camera[:3, :3] @ moved_camera[:3, :3].T, np.eye(3))
        assert np.allclose(moved_camera[:3, 3], camera[:3, 3])
