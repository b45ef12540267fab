"""What a recipe says about pasted tags: how many, where, how they are fitted and joined, what is pasted beside and over
them, and when a paste is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from synth.config import NonNegative, Positive, PositiveRange, Range, Section, Share, ShareRange, ordered
from synth.scene.ranges import Level, RadiusRange, TintRange, some_positive
from synth.scene.spec import BlendKind

Polygon = Annotated[tuple[tuple[Share, Share], ...], Field(min_length=3)]


class Where(Section):
    """Where tags may go.

    Attributes:
        kind: "uniform"; "region": only inside `polygons` or the white part of `mask`; "context": places whose light and
            height in the frame resemble those that the tag was cut from.
        polygons: corners relative to the photo, (0, 0) top left to (1, 1) bottom right.
        mask: a black-and-white picture that covers the photo; read once, when the recipe is loaded.
        light_sigma: context: tolerated difference in brightness, grey levels.
        height_sigma: context: tolerated difference in height, as a share of the photo's height.
    """

    kind: Literal["uniform", "region", "context"] = "uniform"
    polygons: tuple[Polygon, ...] = ()
    mask: str | None = None
    light_sigma: Positive = 35.0
    height_sigma: Positive = 0.3

    @model_validator(mode="after")
    def _region_is_given(self) -> Where:
        if (self.kind == "region") != bool(self.polygons or self.mask):
            raise ValueError("kind: region needs polygons or a mask, and only kind: region takes them")
        return self


class Truncation(Section):
    """Tags cut by the image's border: how many, and how much of the tag's box stays inside."""

    share: Share = 0.05
    visible_range: ShareRange = (0.45, 0.9)


class Placement(Section):
    """How many tags, where, how large, how turned.

    Attributes:
        count_weights: weights of the number of tags on an image; 0 makes images without any.
        where: see `Where`.
        scale_range: enlargement relative to the cut-out's native size, drawn log-uniformly.
        min_side_px: the shorter side of a tag on the canvas is at least this.
        rotation_range_deg: turn, counter-clockwise.
        perspective_range: relative foreshortening across the tag; the direction is drawn.
        flip: "never" (writing stays readable), "horizontal", or "both".
        max_overlap: how much of the smaller of two tags' boxes the other may cover.
        truncation: see `Truncation`.
        min_visibility: a scene in which a labelled tag is less visible than this is drawn again.
    """

    count_weights: Annotated[dict[Annotated[int, Field(ge=0, le=50)], NonNegative], AfterValidator(some_positive)] = {
        0: 0.35,
        1: 0.5,
        2: 0.15,
    }
    where: Where = Where()
    scale_range: PositiveRange = (0.5, 1.1)
    min_side_px: Positive = 12.0
    rotation_range_deg: Range = (-15.0, 15.0)
    perspective_range: ShareRange = (0.0, 0.1)
    flip: Literal["never", "horizontal", "both"] = "never"
    max_overlap: Share = 0.0
    truncation: Truncation = Truncation()
    min_visibility: Share = 0.35


class Fit(Section):
    """How far a tag is fitted to its new place; 0 leaves it, 1 fits it wholly.

    Attributes:
        light_range: brightness, towards that of the site relative to where the tag was cut from.
        cast_range: colour cast, towards that of the site relative to where the tag was cut from.
        tint_range: standard deviation of a random colour cast (relative).
        sharpness: blur a tag that is sharper than the photo.
        noise: add grain to a tag that has less than the photo.
    """

    light_range: ShareRange = (0.3, 0.9)
    cast_range: ShareRange = (0.0, 0.4)
    tint_range: TintRange = (0.0, 0.03)
    sharpness: bool = True
    noise: bool = True


class Blends(Section):
    """How pastes are joined. One blend serves all pastes of an image.

    Attributes:
        weights: of the blends.
        same_scene: draw every scene once in each blend of positive weight, as consecutive images, so that only the seam
            differs (Dwibedi et al. 2017).
        context_range_px: how much of a tag's surroundings the seamless blends bring along, px of the cut-out, up to 24.
            A plate's holder and shadow make it sit; a ring's leg and nest do not belong to another bird.
        feather_range_px: width of the soft edge of "feather".
        gaussian_range_px: sigma of "gaussian".
    """

    weights: Annotated[dict[BlendKind, NonNegative], AfterValidator(some_positive)] = {
        "feather": 1.0,
        "gaussian": 1.0,
        "seamless_normal": 1.0,
        "hard": 0.25,
        "seamless_mixed": 0.25,
        "seamless_monochrome": 0.1,
    }
    same_scene: bool = False
    context_range_px: Annotated[
        tuple[Annotated[float, Field(ge=0, le=24)], Annotated[float, Field(ge=0, le=24)]], AfterValidator(ordered)
    ] = (0.0, 0.0)
    feather_range_px: RadiusRange = (1.5, 4.0)
    gaussian_range_px: RadiusRange = (0.6, 1.6)


class Negatives(Section):
    """Pastes that are no tag and get no label, joined with the same blends, so that a seam is never evidence.

    Attributes:
        count_weights: weights of their number on an image.
        kinds: weights: "blank" (a tag with its glyphs painted over), "patch" (a piece of another photo), "distractor"
            (from the recipe's distractor banks, else a drawn shape).
    """

    count_weights: Annotated[dict[Annotated[int, Field(ge=0, le=50)], NonNegative], AfterValidator(some_positive)] = {
        0: 0.5,
        1: 0.35,
        2: 0.15,
    }
    kinds: Annotated[dict[Literal["blank", "patch", "distractor"], NonNegative], AfterValidator(some_positive)] = {
        "blank": 0.25,
        "patch": 1.0,
        "distractor": 0.5,
    }


class Occluders(Section):
    """What stands in front of tags, and as often in front of nothing.

    Attributes:
        share: of tags that get one.
        decoy_share: of images that get one somewhere else.
        kinds: weights: "grass" and "feather" are drawn, "cutting" is a strip of the same photo.
        cover_range: share of the tag's box that the occluder aims to cover.
    """

    share: Share = 0.25
    decoy_share: Share = 0.15
    kinds: Annotated[dict[Literal["grass", "feather", "cutting"], NonNegative], AfterValidator(some_positive)] = {
        "grass": 1.0,
        "feather": 0.2,
        "cutting": 0.5,
    }
    cover_range: ShareRange = (0.05, 0.35)


class Refusal(Section):
    """When a paste is refused because its writing is lost; see `synth.scene.spec.GlyphLimits`."""

    min_contrast: Share = 0.5
    max_clipped: Share = 0.15
    min_levels: Level = 20.0
