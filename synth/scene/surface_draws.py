"""Surfaces: the named looks, and one surface drawn from a `Finish`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from synth.limits import Colour
from synth.scene.deck import Weighted, weighted
from synth.scene.finish_recipe import DrawnTexture, Finish, LookName
from synth.scene.stage import Surface, Texture
from synth.streams import sample_uniform

Pair = tuple[float, float]
NO_TEXTURE: Mapping[DrawnTexture, float] = {"none": 1.0}


@dataclass(frozen=True, slots=True)
class Look:
    """A whole `Finish`; fields as there. `brushed_share` of metals show brush marks."""

    colours: tuple[Colour, ...]
    jitter: float = 8.0
    roughness_range: Pair = (0.4, 0.7)
    specular_range: Pair = (0.4, 0.6)
    coat_range: Pair = (0.0, 0.0)
    transmission_range: Pair = (0.0, 0.0)
    subsurface_range: Pair = (0.0, 0.0)
    subsurface_range_mm: Pair = (1.0, 3.0)
    metallic: float = 0.0
    bump_range: Pair = (0.0, 0.0)
    bump_range_mm: Pair = (0.5, 1.5)
    textures: Mapping[DrawnTexture, float] = field(default_factory=lambda: NO_TEXTURE)
    contrast_range: Pair = (0.1, 0.4)
    texture_range_mm: Pair = (5.0, 40.0)
    ior: float = 1.45
    brushed_share: float = 0.0


BRIGHT: tuple[Colour, ...] = (
    (196, 52, 44), (226, 168, 46), (58, 122, 66), (46, 92, 160), (232, 230, 224), (44, 44, 48), (150, 96, 160),
    (120, 180, 190), (230, 120, 60),
)  # fmt: skip
LOOKS: dict[LookName, Look] = {
    "own": Look(((255, 255, 255),), 0.0, (0.35, 0.75), (0.3, 0.5)),
    "silicone": Look(
        ((226, 226, 220), (234, 228, 210), (222, 224, 222)), 5.0, (0.08, 0.28), (0.4, 0.6), (0.1, 0.6),
        transmission_range=(0.4, 0.8), subsurface_range=(0.2, 0.45), subsurface_range_mm=(4.0, 12.0),
        bump_range=(0.02, 0.1), ior=1.41,
    ),
    "steel": Look(
        ((196, 198, 200), (180, 182, 186)), 6.0, (0.15, 0.4), metallic=1.0, bump_range=(0.0, 0.08), brushed_share=0.5
    ),
    "brass": Look(
        ((214, 180, 108), (198, 160, 92), (184, 150, 96)), 6.0, (0.18, 0.42), metallic=1.0, bump_range=(0.0, 0.12),
        brushed_share=0.3,
    ),
    "nickel": Look(
        ((198, 192, 180), (206, 202, 194)), 5.0, (0.12, 0.35), metallic=1.0, bump_range=(0.0, 0.1), brushed_share=0.3
    ),
    "titanium": Look(
        ((152, 148, 142), (128, 126, 124), (112, 118, 134)), 6.0, (0.28, 0.5), metallic=1.0, bump_range=(0.02, 0.1)
    ),
    "plastic": Look(BRIGHT, 14.0, (0.2, 0.5), bump_range=(0.0, 0.1), bump_range_mm=(0.3, 1.0)),
    "rubber": Look(((40, 40, 42), (90, 88, 84), (150, 40, 36)), 8.0, (0.6, 0.9), (0.1, 0.3), bump_range=(0.0, 0.2)),
    "paint": Look(BRIGHT, 20.0, (0.25, 0.8), bump_range=(0.0, 0.15), bump_range_mm=(1.0, 4.0)),
    "paper": Look(
        ((236, 234, 228), (224, 214, 190), (200, 210, 216)), 8.0, (0.7, 0.95), (0.1, 0.3), bump_range=(0.0, 0.15),
        textures={"none": 2.0, "speckles": 1.0, "checker": 0.3, "bricks": 0.3}, texture_range_mm=(2.0, 60.0),
    ),
    "cardboard": Look(
        ((186, 150, 108), (170, 132, 92), (224, 220, 212)), 8.0, (0.7, 0.95), (0.1, 0.3), bump_range=(0.0, 0.2),
        textures={"none": 1.0, "noise": 1.0}, contrast_range=(0.03, 0.12),
    ),
    "cloth": Look(
        (*BRIGHT, (190, 184, 172), (96, 100, 112)), 14.0, (0.85, 1.0), (0.0, 0.2), bump_range=(0.2, 0.6),
        textures={"weave": 2.0, "none": 1.0, "checker": 0.4}, contrast_range=(0.1, 0.5), texture_range_mm=(2.0, 25.0),
    ),
    "drape": Look(
        ((58, 112, 138), (70, 132, 116), (92, 140, 178), (52, 92, 96)), 8.0, (0.8, 1.0), (0.0, 0.2),
        bump_range=(0.2, 0.6), bump_range_mm=(2.0, 9.0), textures={"weave": 1.0, "noise": 1.0, "none": 0.5},
        contrast_range=(0.05, 0.2), texture_range_mm=(1.0, 6.0),
    ),
    "wood": Look(
        ((172, 138, 102), (142, 106, 74), (208, 180, 142), (92, 68, 52), (220, 200, 170)), 8.0, (0.3, 0.65),
        coat_range=(0.0, 0.3), bump_range=(0.0, 0.15), textures={"wood": 1.0}, contrast_range=(0.1, 0.35),
        texture_range_mm=(20.0, 120.0),
    ),
    "stone": Look(
        ((150, 148, 144), (110, 106, 102), (196, 190, 180), (60, 60, 64)), 8.0, (0.2, 0.8), bump_range=(0.0, 0.3),
        textures={"marble": 1.0, "speckles": 1.0, "noise": 1.0}, contrast_range=(0.15, 0.5),
        texture_range_mm=(5.0, 150.0),
    ),
    "tiles": Look(
        ((224, 222, 216), (160, 150, 140), (120, 150, 160)), 10.0, (0.15, 0.5), coat_range=(0.0, 0.4),
        textures={"bricks": 1.0, "checker": 1.0}, contrast_range=(0.1, 0.5), texture_range_mm=(60.0, 250.0),
    ),
    "carpet": Look(
        ((172, 150, 124), (110, 104, 100), (90, 72, 66), (70, 84, 110)), 8.0, (0.95, 1.0), (0.0, 0.1),
        bump_range=(0.5, 1.0), bump_range_mm=(1.0, 4.0), textures={"speckles": 1.0, "noise": 0.5},
        contrast_range=(0.15, 0.45), texture_range_mm=(1.5, 8.0),
    ),
    "soil": Look(
        ((110, 88, 66), (82, 70, 54), (146, 124, 92), (96, 104, 66)), 10.0, (0.9, 1.0), (0.0, 0.1),
        bump_range=(0.5, 1.0), bump_range_mm=(2.0, 12.0), textures={"noise": 1.0, "speckles": 1.0},
        contrast_range=(0.2, 0.5), texture_range_mm=(1.0, 8.0),
    ),
    "bone": Look(
        ((226, 214, 188), (214, 198, 168)), 6.0, (0.45, 0.7), subsurface_range=(0.1, 0.3), bump_range=(0.05, 0.2),
        textures={"noise": 1.0}, contrast_range=(0.03, 0.12),
    ),
    "skin": Look(
        ((224, 178, 150), (198, 146, 116), (140, 92, 68), (92, 60, 46)), 6.0, (0.4, 0.6), subsurface_range=(0.2, 0.4),
        bump_range=(0.05, 0.2), textures={"noise": 1.0}, contrast_range=(0.03, 0.12),
    ),
    "scales": Look(
        ((60, 56, 54), (104, 92, 78), (152, 120, 84), (170, 78, 62)), 8.0, (0.4, 0.7), bump_range=(0.3, 0.7),
        bump_range_mm=(0.6, 2.0), textures={"speckles": 1.0, "noise": 1.0}, contrast_range=(0.1, 0.3),
        texture_range_mm=(1.0, 5.0),
    ),
}  # fmt: skip


def sample_finish(rng: np.random.Generator, finishes: Sequence[Finish]) -> Finish:
    """One of several, by their weights."""
    return Weighted.of(finishes, [finish.weight for finish in finishes]).sample_one(rng)


def sample_surface(rng: np.random.Generator, finishes: Sequence[Finish]) -> Surface:
    """A surface of one of the finishes; every one takes the same number of draws."""
    finish = sample_finish(rng, finishes)
    look = LOOKS[finish.look]

    def chosen(name: str) -> Pair:
        given: Pair | None = getattr(finish, name)
        own: Pair = getattr(look, name)
        return own if given is None else given

    def drawn(name: str) -> float:
        return round(sample_uniform(rng, chosen(name)), 4)

    colours = look.colours if finish.colours is None else finish.colours
    colour = jittered(
        rng, colours[int(rng.integers(len(colours)))], look.jitter if finish.jitter is None else finish.jitter
    )
    texture = weighted(look.textures if finish.textures is None else finish.textures).sample_one(rng)
    contrast, feature, seed = drawn("contrast_range"), drawn("texture_range_mm"), int(rng.integers(1 << 32))
    brushed, brush_deg = rng.random() < look.brushed_share, sample_uniform(rng, (0.0, 180.0))
    return Surface(
        colour=colour,
        texture=None if texture == "none" else Texture(texture, None, darker(colour, contrast), feature / 1000, seed),
        roughness=drawn("roughness_range"),
        metallic=look.metallic if finish.metallic is None else finish.metallic,
        specular=drawn("specular_range"),
        coat=drawn("coat_range"),
        transmission=drawn("transmission_range"),
        ior=look.ior,
        subsurface=drawn("subsurface_range"),
        subsurface_mm=drawn("subsurface_range_mm"),
        bump=drawn("bump_range"),
        bump_mm=drawn("bump_range_mm"),
        bump_seed=int(rng.integers(1 << 32)),
        brushed_deg=round(brush_deg, 1) if brushed else None,
    )


def jittered(rng: np.random.Generator, colour: Colour, jitter: float) -> Colour:
    """The colour, somewhat lighter or darker and of another hue."""
    shift = rng.normal() * jitter + rng.normal(size=3) * jitter / 2
    red, green, blue = np.clip(np.array(colour) + shift, 0, 255).astype(int).tolist()
    return red, green, blue


def darker(colour: Colour, contrast: float) -> Colour:
    """The colour with that share taken off, or put on where it is dark."""
    sign = -1 if sum(colour) > 240 else 1
    red, green, blue = (min(max(int(c + sign * contrast * (c + 30)), 0), 255) for c in colour)
    return red, green, blue
