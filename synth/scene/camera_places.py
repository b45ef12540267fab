"""Where a camera stands: directions from what it looks at, and distances. Each function states its law.

Elevation e and azimuth are those of the direction from the subject to the camera; +z is up.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.scene.view_recipe import (
    CapPlace,
    DistanceRange,
    Place,
    RingPlace,
    RingsPlace,
    SeedPlace,
    ShellPlace,
    SpherePlace,
)
from synth.streams import sample_uniform

Direction = NDArray[np.float64]
TRIES = 1000
SEED_DISTANCE = (3.0, 0.9)
"""Mean and standard deviation of 3d-dl's distances, in cube roots of the volume of the subject's bounds: 6 and 1.8 of
its units, for subjects scaled to a bounding volume of 8.
"""
SEED_SPHERE_DEG = 30.0
"""Standard deviation of the polar angle of its "uniform" shell."""


def sample_direction(rng: np.random.Generator, place: Place, lowest_deg: float | None) -> Direction:
    """(3,) unit vector from the subject to the camera.

    Args:
        rng: draws it.
        place: the law.
        lowest_deg: only the part of it above this elevation counts (draws below are drawn again); None: all of it.

    Raises:
        RejectedScene: it is hardly ever above.
    """
    least = -1.0 if lowest_deg is None else math.sin(math.radians(lowest_deg)) - 1e-9
    for _ in range(TRIES):
        direction = _sample_any(rng, place)
        if direction[2] >= least:
            return direction
    raise RejectedScene("camera below the ground")


def sample_distance(rng: np.random.Generator, place: Place, bounds_m: DistanceRange) -> float:
    """Metres: uniform; for a shell with a density that grows with the square, so that it is uniform in volume."""
    low, high = bounds_m
    if isinstance(place, ShellPlace):
        cube: float = low**3 + (high**3 - low**3) * rng.random()
        return math.pow(cube, 1 / 3)
    return sample_uniform(rng, bounds_m)


def sample_seed_distance(rng: np.random.Generator, size_m: tuple[float, float, float]) -> float:
    """Metres, as 3d-dl draws them: normal above 0, relative to the size of the subject's bounds."""
    mean, sigma = SEED_DISTANCE
    return sample_cut_normal(rng, mean, sigma, 0.0, math.inf) * math.pow(size_m[0] * size_m[1] * size_m[2], 1 / 3)


def sample_cut_normal(rng: np.random.Generator, mean: float, sigma: float, low: float, high: float) -> float:
    """A normal number between two bounds, by its inverse distribution: one draw, whatever the bounds."""
    u = rng.random()
    if sigma == 0:
        return mean
    normal = NormalDist(mean, sigma)
    bottom, top = normal.cdf(low), normal.cdf(high)
    return normal.inv_cdf(min(max(bottom + (top - bottom) * u, 1e-15), 1 - 1e-15))


def _sample_any(rng: np.random.Generator, place: Place) -> Direction:
    if isinstance(place, SeedPlace):
        return _sample_seed(rng, place)
    azimuth = sample_uniform(rng, (0.0, 360.0))
    if isinstance(place, SpherePlace | ShellPlace):
        low, high = (math.sin(math.radians(e)) for e in place.elevation_range_deg)
        return _direction(azimuth, _elevation(sample_uniform(rng, (low, high))))
    if isinstance(place, CapPlace):
        return _direction(azimuth, _elevation(sample_uniform(rng, (math.cos(math.radians(place.angle_deg)), 1.0))))
    elevation = place.elevation_deg if isinstance(place, RingPlace) else _sample_ring(rng, place)
    off = sample_uniform(rng, (-place.spread_deg, place.spread_deg))
    return _direction(azimuth, min(max(elevation + off, -90.0), 90.0))


def _sample_ring(rng: np.random.Generator, place: RingsPlace) -> float:
    return place.elevations_deg[int(rng.integers(len(place.elevations_deg)))]


def _elevation(height: float) -> float:
    return math.degrees(math.asin(min(max(height, -1.0), 1.0)))


def _direction(azimuth_deg: float, elevation_deg: float) -> Direction:
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])


def _sample_seed(rng: np.random.Generator, place: SeedPlace) -> Direction:
    normal = place.normals[int(rng.integers(len(place.normals)))] if place.law == "CompositeShellRing" else "Z"
    theta = math.radians(sample_uniform(rng, (0.0, 360.0)))
    if place.law == "random_shell_coords":
        polar = math.radians(sample_uniform(rng, (0.0, 360.0)))
    else:
        sigma = place.phi_sigma_deg if place.law == "CompositeShellRing" else SEED_SPHERE_DEG
        polar = math.radians(sample_cut_normal(rng, 90.0, sigma, 0.0, 180.0))
    x, y, z = math.cos(theta) * math.sin(polar), math.sin(theta) * math.sin(polar), math.cos(polar)
    return np.array({"X": (-z, y, x), "Y": (x, z, -y), "Z": (x, y, z)}[normal])
