"""What a recipe says about surfaces: a named look, and what differs from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from synth.config import NonNegative, Positive, Section, Share, ShareRange
from synth.scene.ranges import Colours, SizeRange, some_positive

LookName = Literal[
    "own", "silicone", "steel", "brass", "nickel", "titanium", "plastic", "rubber", "paint", "paper", "cardboard",
    "cloth", "drape", "wood", "stone", "tiles", "carpet", "soil", "bone", "skin", "scales",
]  # fmt: skip
DrawnTexture = Literal["none", "noise", "marble", "wood", "bricks", "checker", "weave", "speckles"]
_Jitter = Annotated[float, Field(ge=0, le=128)]


class Finish(Section):
    """A surface to draw. What is not given is that of the named look; see `synth.scene.surface_draws.LOOKS`.

    Attributes:
        look: the name; "own" keeps a scan's texture.
        weight: how often it is drawn relative to the others.
        colours: one of them is drawn.
        jitter: standard deviation of each channel, grey levels.
        roughness_range, specular_range, coat_range, transmission_range, subsurface_range: of Blender's Principled BSDF.
        subsurface_range_mm: reach of the light below the surface.
        metallic: 1 for metals.
        bump_range: strength of fine relief; bump_range_mm: size of its features.
        textures: weights of drawn textures; "none" leaves one colour.
        contrast_range: how much darker a texture's other colour is.
        texture_range_mm: size of a texture's features.
    """

    look: LookName = "plastic"
    weight: Positive = 1.0
    colours: Colours | None = None
    jitter: _Jitter | None = None
    roughness_range: ShareRange | None = None
    specular_range: ShareRange | None = None
    coat_range: ShareRange | None = None
    transmission_range: ShareRange | None = None
    subsurface_range: ShareRange | None = None
    subsurface_range_mm: SizeRange | None = None
    metallic: Share | None = None
    bump_range: ShareRange | None = None
    bump_range_mm: SizeRange | None = None
    textures: Annotated[dict[DrawnTexture, NonNegative], AfterValidator(some_positive)] | None = None
    contrast_range: ShareRange | None = None
    texture_range_mm: SizeRange | None = None


def _finishes(value: Any) -> Any:
    """A name alone is a look, and one finish alone a list of one."""
    parts = value if isinstance(value, list | tuple) else [value]
    return [{"look": part} if isinstance(part, str) else part for part in parts]


Finishes = Annotated[tuple[Finish, ...], Field(min_length=1), BeforeValidator(_finishes)]


def finishes(*looks: LookName) -> tuple[Finish, ...]:
    """Named looks, all as often."""
    return tuple(Finish(look=look) for look in looks)
