"""How a drawn tag looks: colours, material, marking, light and wear."""

from __future__ import annotations

import numpy as np

from synth.limits import Colour
from synth.scene.body_draws import mm
from synth.scene.deck import Weighted, weighted
from synth.scene.designs import Ageing, Design, Lamps, Look
from synth.scene.placement import luma
from synth.serials.tag import Light, Marking, Material, Wear
from synth.streams import sample_uniform

SHOWS = 70.0
"""Grey levels between ink and what it is printed on."""


def sample_paint(rng: np.random.Generator, look: Look, ground: float | None = None) -> tuple[Colour, Colour]:
    """Colours of body and ink; on a ground of known brightness, grey levels, an ink that shows, if there is one."""
    weights = [paint.weight for paint in look.paints]
    if ground is not None:
        weights = [
            weight if abs(luma(paint.ink) - ground) >= SHOWS else weight / 1000
            for weight, paint in zip(weights, look.paints, strict=True)
        ]
    paint = Weighted.of(look.paints, weights).sample_one(rng)
    shifts = rng.standard_normal(8).tolist()

    def jittered(colour: Colour, own: list[float], common: float) -> Colour:
        # light and dark batches differ more than hues do
        r, g, b = (
            min(max(round(c + look.jitter * (0.8 * common + 0.6 * s)), 0), 255)
            for c, s in zip(colour, own, strict=True)
        )
        return (r, g, b)

    return jittered(paint.body, shifts[:3], shifts[6]), jittered(paint.ink, shifts[3:6], shifts[7])


def sample_material(rng: np.random.Generator, look: Look, colour: Colour) -> Material:
    """What the body is made of."""
    kind = weighted(look.materials).sample_one(rng)
    gloss, texture, opacity = (
        round(sample_uniform(rng, r), 3) for r in (look.gloss_range, look.texture_range, look.opacity_range)
    )
    grain = round(90.0 * (rng.random() < 0.5) + float(rng.normal(0, 3)), 1)
    return Material(kind, colour, gloss, texture, grain, opacity, int(rng.integers(1 << 32)))


def sample_marking(rng: np.random.Generator, look: Look) -> Marking:
    """How the text was put on."""
    kind = weighted(look.markings).sample_one(rng)
    strength, relief, softness = (
        round(sample_uniform(rng, r), 4) for r in (look.strength_range, look.relief_range, look.softness_range_mm)
    )
    return Marking(kind, strength, relief, softness)


def sample_light(rng: np.random.Generator, lamps: Lamps, width: float, height: float) -> Light:
    """Light on a body of width x height mm."""
    from_deg, slope = sample_uniform(rng, (0, 360)), sample_uniform(rng, lamps.slope_range)
    glaring, glare = rng.random() < lamps.glare_share, sample_uniform(rng, lamps.glare_range)
    shaded, shadow = rng.random() < lamps.shadow_share, sample_uniform(rng, lamps.shadow_range)
    places = [sample_uniform(rng, (-0.4, 0.4)) * side for side in (width, height, width, height)]
    longer = max(width, height)
    size, soft = sample_uniform(rng, (0.1, 0.5)) * longer, sample_uniform(rng, (0.01, 0.15)) * longer
    towards = sample_uniform(rng, (0, 360))
    return Light(
        from_deg=round(float(from_deg), 1),
        slope=round(float(slope), 3),
        glare=round(float(glare), 3) if glaring else 0.0,
        glare_uv_mm=(mm(places[0]), mm(places[1])),
        glare_mm=mm(size),
        shadow=round(float(shadow), 3) if shaded else 0.0,
        shadow_uv_mm=(mm(places[2]), mm(places[3])),
        shadow_deg=round(float(towards), 1),
        shadow_soft_mm=mm(soft),
    )


def sample_wear(rng: np.random.Generator, ageing: Ageing, width: float, height: float) -> Wear:
    """Age of a body of width x height mm."""
    loss, dirt = sample_uniform(rng, ageing.ink_loss_range), sample_uniform(rng, ageing.dirt_range)
    low, high = ageing.scratches_range
    scratches, depth = int(rng.integers(low, high + 1)), sample_uniform(rng, ageing.scratch_depth_range)
    colour = ageing.dirt_colours[int(rng.integers(len(ageing.dirt_colours)))]
    return Wear(
        ink_loss=round(float(loss), 3),
        scratches=scratches,
        scratch_depth=round(float(depth), 3),
        dirt=round(float(dirt), 3),
        dirt_colour=colour,
        cell_mm=mm(max(sample_uniform(rng, (0.15, 0.5)) * min(width, height), 0.001)),
        seed=int(rng.integers(1 << 32)),
    )


def sample_look(
    rng: np.random.Generator, design: Design, colour: Colour, width: float, height: float
) -> tuple[Material, Marking, Light, Wear]:
    """All of it, for a body of width x height mm."""
    return (
        sample_material(rng, design.look, colour),
        sample_marking(rng, design.look),
        sample_light(rng, design.lamps, width, height),
        sample_wear(rng, design.ageing, width, height),
    )
