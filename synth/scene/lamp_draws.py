"""Lamps and light from all round, drawn from a recipe's `lights` and `environment`.

Powers are chosen by the light that arrives: the key light gives `KEY_IRRADIANCE` at the subject whatever its kind and
distance; the picture's exposure is decided later, by `key`. Light groups: 0 the key light, 1 the second lamp, 2 all
others, 3 what comes from all round.
"""

from __future__ import annotations

import math

import numpy as np

from synth.banks.records import PictureRecord
from synth.geometry.pose import Matrix4, looking, moved, pose_of
from synth.scene.camera_places import sample_direction
from synth.scene.colour_temperature import blackbody
from synth.scene.deck import weighted
from synth.scene.light_recipe import LampKind, Lights, Surroundings
from synth.scene.stage import Environment, Lamp
from synth.scene.view_recipe import SpherePlace
from synth.streams import sample_uniform

KEY_IRRADIANCE = 3.0
"""W/m2: a white, dull surface under it has a radiance of about 1."""
LAST_GROUP = 2
ALL_ROUND = 3
FLASH_M = 0.005


def sample_lamps(
    rng: np.random.Generator, lights: Lights, target: Matrix4, camera: Matrix4, *, grouped: bool
) -> tuple[Lamp, ...]:
    """Lamps that shine at a point; every lamp takes the same number of draws.

    Args:
        rng: draws them.
        lights: their ranges.
        target: a pose whose origin they shine at.
        camera: a flash is beside it.
        grouped: into groups whose light can be changed later, else all into group 0.
    """
    count = weighted(lights.count_weights).sample_one(rng)
    flash, flash_k = rng.random() < lights.flash_share, sample_uniform(rng, (5000.0, 6500.0))
    middle = target[:3, 3]
    drawn: list[Lamp] = []
    if flash:
        pose = camera @ moved(0.02, 0.01, 0.0)
        distance = float(np.linalg.norm(pose[:3, 3] - middle))
        drawn.append(Lamp("point", pose_of(pose), _power("point", distance, 1.0), blackbody(flash_k), FLASH_M))
    for _ in range(count):
        drawn.append(_sample_lamp(rng, lights, middle, is_key=not drawn))
    groups = (min(k, LAST_GROUP) if grouped else 0 for k in range(len(drawn)))
    return tuple(_in_group(lamp, group) for lamp, group in zip(drawn, groups, strict=True))


def sample_environment(
    rng: np.random.Generator, surroundings: Surroundings, pictures: tuple[PictureRecord, ...], *, grouped: bool
) -> Environment:
    """Light from all round.

    Args:
        rng: draws it.
        surroundings: what may be drawn.
        pictures: those of the user's folders.
        grouped: as of `sample_lamps`.
    """
    name = weighted(surroundings.weights).sample_one(rng)
    picture, turn = rng.random(), sample_uniform(rng, surroundings.turn_range_deg)
    low, high = surroundings.strength_range
    strength = sample_uniform(rng, (math.log(max(low, 1e-6)), math.log(max(high, 1e-6))))
    temperature = sample_uniform(rng, surroundings.temperature_range_k)
    seen = rng.random() < surroundings.seen_share
    image = None if name == "uniform" else f"blender/{name}"
    if name == "folder":
        image = pictures[int(picture * len(pictures))].id
    return Environment(
        image=image,
        colour=blackbody(temperature) if image is None else (1.0, 1.0, 1.0),
        strength=round(math.exp(strength), 4) if high > 0 else 0.0,
        turn_deg=round(turn, 2),
        group=ALL_ROUND if grouped else 0,
        seen=seen,
    )


def _sample_lamp(rng: np.random.Generator, lights: Lights, middle: Matrix4, *, is_key: bool) -> Lamp:
    kind = weighted(lights.kinds).sample_one(rng)
    place = SpherePlace(kind="sphere", elevation_range_deg=lights.elevation_range_deg)
    direction = sample_direction(rng, place, None)
    distance, size = (sample_uniform(rng, r) for r in (lights.distance_range_m, lights.size_range_m))
    sun, spot = (sample_uniform(rng, r) for r in (lights.sun_range_deg, lights.spot_range_deg))
    colour = blackbody(sample_uniform(rng, lights.temperature_range_k))
    weaker = sample_uniform(rng, lights.weaker_range_stops)
    pose = looking(middle + direction * distance, middle)
    return Lamp(
        kind=kind,
        pose=pose_of(pose),
        power=_power(kind, distance, 1.0 if is_key else 2.0**-weaker),
        colour=colour,
        size_m=round(sun if kind == "sun" else min(size, distance / 2), 4),
        spot_deg=round(spot, 2),
    )


def _power(kind: LampKind, distance_m: float, factor: float) -> float:
    """What gives `factor` times the key light's irradiance at that distance, W (a sun: W/m2)."""
    wanted = KEY_IRRADIANCE * factor
    if kind == "sun":
        return round(wanted, 4)
    solid = math.pi if kind == "area" else 4 * math.pi
    return round(wanted * solid * distance_m**2, 4)


def _in_group(lamp: Lamp, group: int) -> Lamp:
    return Lamp(lamp.kind, lamp.pose, lamp.power, lamp.colour, lamp.size_m, group, lamp.spot_deg)
