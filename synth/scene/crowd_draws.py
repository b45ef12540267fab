"""Places for what stands round the first subject, nothing in anything else; and strips in front of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synth.geometry.camera import Intrinsics, in_camera
from synth.geometry.pose import Matrix4, moved, pose_of, turned
from synth.scene.body_draws_in_space import Figure
from synth.scene.crowd_recipe import Screens
from synth.scene.deck import weighted
from synth.scene.framing import Bounds
from synth.scene.stage import ShapeSource, Thing
from synth.scene.standing import are_apart, on_ground
from synth.scene.surface_draws import sample_surface
from synth.shapes.records import BlockShape
from synth.streams import sample_uniform

TRIES = 40
NEAREST, FARTHEST = 0.45, 2.5
"""Places between so many distances of the camera from the subject."""
CLEAR_M = 0.03
STRIP_LENGTHS = 3.0
"""A strip is so many widths of the picture long, so that its ends are outside."""
THIN = 0.08


@dataclass(slots=True, eq=False)
class Crowd:
    """Who stands where, seen from a camera.

    Attributes:
        camera, lens: of the picture.
        distance: from the camera to the first subject.
        grounded: all stand on z = 0, else they float.
        figures: so far.
    """

    camera: Matrix4
    lens: Intrinsics
    distance: float
    grounded: bool
    figures: list[Figure] = field(default_factory=list)

    def sample_place(self, rng: np.random.Generator, figure: Figure, margin: float) -> Figure | None:
        """The figure at a free place that is seen in the picture; None if there was none in `TRIES`.

        Args:
            rng: draws it.
            figure: to be placed.
            margin: share of the picture's sides that its middle stays away from the border; below 0 it may be outside.
        """
        for _ in range(TRIES):
            x, y = (margin + (1 - 2 * margin) * u for u in rng.random(2).tolist())
            depth = self.distance * sample_uniform(rng, (0.8, 1.4))
            placed = self._at(figure, x * self.lens.width, y * self.lens.height, depth)
            if placed is not None and self._is_free(placed):
                return placed
        return None

    def _at(self, figure: Figure, x_px: float, y_px: float, depth: float) -> Figure | None:
        if self.grounded:
            place = on_ground(self.camera, self.lens, x_px, y_px)
            return None if place is None else figure.at(*place)
        focal = self.lens.focal_px
        way = np.array([(x_px - self.lens.cx) / focal, -(y_px - self.lens.cy) / focal, -1.0, 0.0]) * depth
        x, y, z = (self.camera[:3, 3] + (self.camera @ way)[:3]).tolist()
        return figure.at(x, y, z - figure.stance.lying_m[2] / 2)

    def _is_free(self, figure: Figure) -> bool:
        bounds = figure.stance.bounds
        away = float(np.linalg.norm(bounds.middle - self.camera[:3, 3]))
        if not NEAREST * self.distance <= away <= FARTHEST * self.distance or away < bounds.radius + CLEAR_M:
            return False
        if self.grounded:
            mine = figure.stance.footprint
            return all(are_apart(mine, other.stance.footprint) for other in self.figures)
        others = [other.stance.bounds for other in self.figures]
        return all(float(np.linalg.norm(bounds.middle - o.middle)) > bounds.radius + o.radius for o in others)


def sample_occluder(
    rng: np.random.Generator, screens: Screens, subject: Bounds, camera: Matrix4, lens: Intrinsics, name: str
) -> Thing | None:
    """A strip across the picture between the camera and a subject, or None.

    Its width is a share (`cover_range`) of the subject's diameter as seen from the camera, and it stays within it.
    """
    there, kind = rng.random() < screens.share, weighted(screens.kinds).sample_one(rng)
    cover, nearness = sample_uniform(rng, screens.cover_range), sample_uniform(rng, screens.nearness_range)
    turn, off = sample_uniform(rng, (0.0, 180.0)), sample_uniform(rng, (-1.0, 1.0))
    surface, seed = sample_surface(rng, screens.surfaces), int(rng.integers(1 << 32))
    if not there or cover <= 0:
        return None
    x, y, depth = in_camera(camera, subject.middle[None])[0].tolist()
    away = nearness * depth
    width = max(2 * subject.radius * cover * nearness, 1e-4)
    length = STRIP_LENGTHS * away * max(lens.width, lens.height) / lens.focal_px
    aside = off * (subject.radius * nearness - width / 2)
    # x of the strip lies across it, y away from the camera, z along it
    upright = turned((0.0, 0.0, 1.0), turn) @ turned((1.0, 0.0, 0.0), -90.0)
    centre = moved(x * nearness, -y * nearness, -away)
    shape_mm = (1000 * width, 1000 * width * (THIN if kind == "blade" else 1.0), 1000 * length)
    pose = camera @ centre @ upright @ moved(aside, 0.0, -length / 2)
    shape = BlockShape(kind, (round(shape_mm[0], 3), round(shape_mm[1], 3), round(shape_mm[2], 3)), 0.3, seed)
    return Thing(name, ShapeSource(shape), pose_of(pose), role="occluder", surfaces=(surface,))
