"""The form of a breast implant that lies on its dome: outline, back, dome, sag, folds. Millimetres, the rim at z = 0.

Back and dome are superellipses in section over one outline, so that they meet in a soft rim: that of a filled bag, not
of a lens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synth.shapes.grids import Floats, smoothstep
from synth.shapes.records import ImplantShape
from synth.streams import stream

BACK_POWER = 2.4
# Shares of the smallest radius: the most that the back rises, how far its middle can sink, and its unevenness. They
# keep it so level that a flat print lies on it without being stretched.
RISE, DIP, UNEVEN = 0.13, 0.035, 0.006
OUTLINE_STEPS = 720


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The form, evaluated at polar angles (radians, 0 = +x, counter-clockwise from above).

    Attributes:
        angles, radii: of the outline.
        back_mm, dome_mm: heights above and below the rim.
        apex: (2,) where the dome is deepest.
        powers: of the dome's section, at the lower and at the upper pole.
        contact: share of the dome's depth that the ground presses flat.
        dip_mm: how far the middle of the back sinks.
        waves: (k, 4) unevenness of the back: waves per radius along x and y, phase, height in mm.
        creases: (k, 4) of the rim: angle, width, slant (radians), depth in mm.
    """

    angles: Floats
    radii: Floats
    back_mm: float
    dome_mm: float
    apex: Floats
    powers: tuple[float, float]
    contact: float
    dip_mm: float
    waves: Floats
    creases: Floats

    @classmethod
    def of(cls, shape: ImplantShape) -> Form:
        """The form that a record describes; sag, folds and unevenness come from its seed."""
        angles, radii = _outline(shape)
        least, slump, drop = float(radii.min()), shape.slump, shape.profile == "anatomical"
        back = min(0.2 * shape.projection_mm, RISE * least)
        # what it loses in height it gains in roundness: the volume stays about the same
        power = 2.0 + 0.7 * slump
        rng = stream(shape.seed, 0, "sag")
        waves = np.stack(
            [rng.uniform(-3, 3, 5), rng.uniform(-3, 3, 5), rng.uniform(0, 2 * np.pi, 5), rng.uniform(0.2, 1.0, 5)],
            axis=1,
        )
        waves[:, 3] *= UNEVEN * least * (0.3 + 0.7 * slump)
        return cls(
            angles=angles,
            radii=radii,
            back_mm=back,
            dome_mm=shape.projection_mm - back,
            apex=np.array([0.0, -0.17 * shape.height_mm if drop else 0.0]),
            powers=(power + 0.1, power - 0.35) if drop else (power, power),
            contact=0.04 + 0.2 * slump,
            dip_mm=DIP * least * slump * rng.uniform(0.4, 1.0),
            waves=waves,
            creases=_creases(shape, least),
        )

    def radius(self, angle: Floats) -> Floats:
        """Of the outline."""
        return np.interp(angle, self.angles, self.radii, period=2 * np.pi)

    def back(self, points: Floats) -> Floats:
        """Height of the back over (n, 2) points, without folds."""
        radius = self.radius(np.arctan2(points[:, 1], points[:, 0]))
        share = np.minimum(np.hypot(points[:, 0], points[:, 1]) / radius, 1.0)
        height = self.back_mm * (1 - share**BACK_POWER) ** (1 / BACK_POWER)
        inwards = (1 - share**2) ** 2
        x, y = (points / self.radii.min()).T
        uneven = sum(high * np.sin(along * x + up * y + phase) for along, up, phase, high in self.waves)
        return np.asarray(height - self.dip_mm * inwards + uneven * inwards)

    def dome(self, angle: Floats, section: Floats) -> Floats:
        """(n, 3) points of the dome; section runs from 0 at the rim to pi / 2 at the apex."""
        power = self.power(angle)
        share = np.cos(section) ** (2 / power)
        across = share * self.radius(angle)
        flat = np.stack([across * np.cos(angle), across * np.sin(angle)], axis=1) + (1 - share**2)[:, None] * self.apex
        return np.concatenate([flat, self._pressed(-self.dome_mm * np.sin(section) ** (2 / power))[:, None]], axis=1)

    def power(self, angle: Floats) -> Floats:
        """Of the dome's section: less towards the upper pole of a drop, which slopes more evenly."""
        lower, upper = self.powers
        return np.asarray(lower + (upper - lower) * (0.5 + 0.5 * np.sin(angle)))

    def _pressed(self, height: Floats) -> Floats:
        """Heights below the rim, with the lowest part pressed flat by the ground in a smooth transition."""
        ground, soft = -self.dome_mm * (1 - self.contact), 0.12 * self.dome_mm * self.contact
        lifted = ground + soft * np.logaddexp(0.0, (height - ground) / soft)
        # the rim itself stays where it is
        return np.asarray(lifted - (ground + soft * np.logaddexp(0.0, -ground / soft)))

    def folded(self, points: Floats, angle: Floats, stage: Floats) -> Floats:
        """Points with the folds of the rim.

        Args:
            points: (n, 3).
            angle: (n,).
            stage: (n,) where each point is on its way out: 0 at the patch, 1 at the rim, 2 at the apex.
        """
        depth = np.zeros(len(points))
        for at, width, slant, deep in self.creases:
            off = (angle - at - slant * (stage - 1) + np.pi) % (2 * np.pi) - np.pi
            # a crease between two low shoulders
            near = (off / width) ** 2
            depth += deep * (1 - 0.45 * near) * np.exp(-near / 2)
        down = depth * smoothstep(0.25, 0.8, stage) * (1 - smoothstep(0.95, 1.4, stage))
        inwards = depth * smoothstep(0.75, 1.0, stage) * (1 - smoothstep(1.0, 1.35, stage))
        inwards = np.minimum(np.maximum(inwards, 0.0) / self.radius(angle), 0.1)
        return np.concatenate([points[:, :2] * (1 - inwards)[:, None], (points[:, 2] - down)[:, None]], axis=1)


def _outline(shape: ImplantShape) -> tuple[Floats, Floats]:
    """Polar angles and radii of the base: an ellipse, or an egg that is wider below."""
    turn = np.linspace(-np.pi, np.pi, OUTLINE_STEPS, endpoint=False)
    x, y = np.cos(turn), np.sin(turn)
    if shape.profile == "anatomical":
        x = x * (1 - 0.1 * y)
        x = x / x.max()
    x, y = shape.width_mm / 2 * x, shape.height_mm / 2 * y
    angles = np.arctan2(y, x)
    order = np.argsort(angles, kind="stable")
    return angles[order], np.hypot(x, y)[order]


def _creases(shape: ImplantShape, least: float) -> Floats:
    rng = stream(shape.seed, 0, "folds")
    count = 4 + round(10 * shape.folds)
    width = rng.uniform(0.05, 0.13, count)
    deep = shape.folds * 0.45 * least * width * rng.uniform(0.3, 1.0, count)
    return np.stack([rng.uniform(-np.pi, np.pi, count), width, rng.uniform(-0.25, 0.25, count), deep], axis=1)
