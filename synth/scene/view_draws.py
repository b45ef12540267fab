"""The camera of a stage: its direction first, and its distance once the subject stands there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synth.geometry.camera import Intrinsics
from synth.geometry.pose import Matrix4, looking, pose_of
from synth.scene.camera_places import Direction, sample_direction, sample_distance, sample_seed_distance
from synth.scene.framing import Bounds, distance_for, shifted
from synth.scene.recipe import Canvas
from synth.scene.stage import Lens, Viewpoint
from synth.scene.view_recipe import SeedPlace, Views
from synth.streams import sample_uniform

USUAL_FILL = (0.35, 0.75)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A camera before its subject is known.

    Attributes:
        direction: (3,) from the subject to it.
        roll_deg: turn about the line of sight.
        lens: in px; focal_mm and f_stop are those of the lens.
        fill: share of the picture that the subject takes.
        distance: where that is not what decides; (recipe's range drawn) metres, or None.
        own_units: distance in cube roots of the volume of the subject's bounds, as 3d-dl has it, or None.
        off: (right, down) of the subject from the middle, in halves of the shorter side.
    """

    direction: Direction
    roll_deg: float
    lens: Intrinsics
    focal_mm: float
    sensor_mm: float
    f_stop: float | None
    fill: float
    distance: float | None
    own_units: float | None
    off: tuple[float, float]

    def at(self, bounds: Bounds) -> tuple[Matrix4, float]:
        """The camera's pose once it is known what it looks at, and how far that is."""
        distance = self.distance
        if self.own_units is not None:
            x, y, z = bounds.size_m
            distance = self.own_units * math.pow(x * y * z, 1 / 3)
        if distance is None:
            distance = distance_for(bounds, self.direction, self.roll_deg, self.lens, self.fill)
        pose = looking(bounds.middle + self.direction * distance, bounds.middle, self.roll_deg)
        half = min(self.lens.width, self.lens.height) / 2
        return shifted(pose, self.lens, self.off[0] * half, self.off[1] * half), distance

    def viewpoint(self, pose: Matrix4, focus_m: float) -> Viewpoint:
        """The camera as a stage has it, focused at that distance."""
        lens = Lens(self.focal_mm, self.sensor_mm, self.f_stop, round(max(focus_m, 0.001), 5))
        return Viewpoint(pose_of(pose), lens)


def sample_view(rng: np.random.Generator, views: Views, canvas: Canvas, *, grounded: bool) -> View:
    """A camera; every draw is used up whether or not it counts, the direction last.

    Args:
        rng: draws it.
        views: what may be drawn.
        canvas: size of the picture.
        grounded: whether there is a ground that it must stay above.
    """
    roll, focal = sample_uniform(rng, views.roll_range_deg), sample_log(rng, views.focal_range_mm)
    blurs, stop = rng.random() < views.focus_share, sample_log(rng, views.f_stop_range)
    fill = sample_uniform(rng, views.fill_range or USUAL_FILL)
    distance = sample_distance(rng, views.place, views.distance_range_m or (1.0, 1.0))
    own_units = sample_seed_distance(rng, (1.0, 1.0, 1.0))
    off, way = sample_uniform(rng, views.off_centre_range), sample_uniform(rng, (0.0, 2 * math.pi))
    direction = sample_direction(rng, views.place, views.lowest_deg if grounded else None)
    is_own = isinstance(views.place, SeedPlace) and views.distance_range_m is None and views.fill_range is None
    focal = round(focal, 3)
    return View(
        direction=direction,
        roll_deg=roll,
        lens=Intrinsics.of_lens(focal, views.sensor_mm, canvas.width_px, canvas.height_px),
        focal_mm=focal,
        sensor_mm=views.sensor_mm,
        f_stop=round(stop, 3) if blurs else None,
        fill=fill,
        distance=None if views.distance_range_m is None else distance,
        own_units=own_units if is_own else None,
        off=(off * math.cos(way), off * math.sin(way)),
    )


def sample_log(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """Log-uniform between two positive numbers."""
    low, high = bounds
    return math.exp(sample_uniform(rng, (math.log(low), math.log(high))))
