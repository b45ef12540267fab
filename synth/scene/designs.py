"""What a recipe says about drawn tags: legal serials, type, layout, body, material, light and wear.

Lengths are millimetres on the tag; how large it is on the canvas is `size_range_px`. Turn and foreshortening are those
of the recipe's `placement`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synth.config import NonNegative, Positive, Section, Share, ShareRange, ordered
from synth.scene.legal import Legal, Strings, grammar_of
from synth.scene.ranges import Colour, Colours, MmRange, RadiusRange, Size, SizeRange, TurnRange, some_positive
from synth.serials.tag import MarkingKind, MaterialKind

_Stretch = Annotated[float, Field(ge=0.2, le=4)]
_Tracking = Annotated[float, Field(ge=-0.2, le=3)]
_Slant = Annotated[float, Field(ge=-30, le=30)]
_Boldness = Annotated[float, Field(ge=-0.06, le=0.15)]
_Outline = Annotated[float, Field(gt=0, le=0.3)]
_Tilt = Annotated[float, Field(ge=-60, le=60)]
_Count = Annotated[int, Field(ge=0, le=200)]
_Offset = Annotated[float, Field(ge=-0.5, le=0.5)]
_Fill = Annotated[float, Field(ge=0.05, le=1)]
StretchRange = Annotated[tuple[_Stretch, _Stretch], AfterValidator(ordered)]
TrackingRange = Annotated[tuple[_Tracking, _Tracking], AfterValidator(ordered)]
SlantRange = Annotated[tuple[_Slant, _Slant], AfterValidator(ordered)]
BoldnessRange = Annotated[tuple[_Boldness, _Boldness], AfterValidator(ordered)]
OutlineRange = Annotated[tuple[_Outline, _Outline], AfterValidator(ordered)]
TiltRange = Annotated[tuple[_Tilt, _Tilt], AfterValidator(ordered)]
CountRange = Annotated[tuple[_Count, _Count], AfterValidator(ordered)]
FillRange = Annotated[tuple[_Fill, _Fill], AfterValidator(ordered)]
OffsetRange = Annotated[tuple[_Offset, _Offset], AfterValidator(ordered)]
Weights = Annotated[dict[str, NonNegative], AfterValidator(some_positive)]
Turns = Annotated[dict[Annotated[float, Field(ge=-360, le=360)], NonNegative], AfterValidator(some_positive)]


class Lettering(Section):
    """The type that serials are set in.

    Attributes:
        faces: weights of built-in faces, shipped fonts (by name) or font files (by path).
        stretch_range: horizontal factor of the letters.
        tracking_range: added between letters, in cap heights.
        slant_range_deg: leaning to the right.
        boldness_range: outlines moved outwards, in cap heights.
        outline_share: of tags with hollow letters.
        outline_range: width of a hollow letter's line, in cap heights.
        kerning: use the fonts' own.
    """

    faces: Weights = {"roboto-condensed-bold": 1.0}
    stretch_range: StretchRange = (1.0, 1.0)
    tracking_range: TrackingRange = (0.0, 0.08)
    slant_range_deg: SlantRange = (0.0, 0.0)
    boldness_range: BoldnessRange = (0.0, 0.0)
    outline_share: Share = 0.0
    outline_range: OutlineRange = (0.05, 0.08)
    kerning: bool = True


class Setting(Section):
    """Where the serial stands on its body. What is too long is narrowed a little, then made smaller.

    Attributes:
        kind: "line", "vertical" (one character below the other) or "arc" (along a circle).
        lines: the serial is broken into so many lines, at its separators if it has enough of them.
        grouped: blanks between letters and digits, as on number plates.
        turn_weights: weights of the text's direction, degrees counter-clockwise (90: reads upwards).
        fill_range: share of the room's height that the lines take.
        offset_range: shift off the middle, as a share of the room, in both directions.
        copies: how often the serial is repeated round a band or a disc.
        radius_range: arc: radius of the text as a share of the body's.
        middle_range_deg: arc: where its middle stands, 0 = top.
        inside_share: arc: how often heads point to the centre.
    """

    kind: Literal["line", "vertical", "arc"] = "line"
    lines: Annotated[int, Field(ge=1, le=8)] = 1
    grouped: bool = False
    turn_weights: Turns = {0.0: 1.0}
    fill_range: FillRange = (0.5, 0.7)
    offset_range: OffsetRange = (-0.03, 0.03)
    copies: Annotated[int, Field(ge=1, le=16)] = 1
    radius_range: ShareRange = (0.7, 0.75)
    middle_range_deg: TurnRange = (0.0, 0.0)
    inside_share: Share = 0.0


class Words(Section):
    """Other writing on the body; its characters are labelled too, but it is no part of the serial.

    Attributes:
        texts: one of them is drawn.
        share: of tags that have it.
        at: place on the body, relative: (0, 0) the middle, (-0.5, -0.5) the top left corner.
        cap_height_range_mm: height of its capitals.
        ink: its colour; None: that of the serial.
        radius: set along a circle with this share of the body's radius, round the middle; 0: along a line at `at`.
        middle_deg: of that circle, 0 = top.
        inside: heads point to the centre.
        on_strip: stands on the plate's strip, and is drawn only where there is one.
    """

    texts: Annotated[Strings, Field(min_length=1)]
    share: Share = 1.0
    at: tuple[_Offset, _Offset] = (0.0, 0.0)
    cap_height_range_mm: SizeRange
    ink: Colour | None = None
    radius: Share = 0.0
    middle_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    inside: bool = False
    on_strip: bool = False


class Edge(Section):
    """A line along the body's edge; `colour` None: that of the ink."""

    share: Share = 0.5
    inset_range_mm: MmRange = (1.0, 2.0)
    width_range_mm: SizeRange = (0.5, 1.0)
    colour: Colour | None = None


class Strip(Section):
    """A coloured strip at the left end of a plate."""

    share: Share = 1.0
    width_mm: Size
    colour: Colour


def _countable(value: int) -> int:
    if value not in (0, 1, 2, 4):
        raise ValueError(f"must be 0, 1, 2 or 4, got {value}")
    return value


class Fastening(Section):
    """Holes, some with a screw in them: weights of their number (0, 1, 2 or 4), diameter, share with a screw."""

    count_weights: Annotated[
        dict[Annotated[int, AfterValidator(_countable)], NonNegative], AfterValidator(some_positive)
    ] = {0: 1.0}
    diameter_range_mm: SizeRange = (3.0, 5.0)
    screw_share: Share = 0.5
    screw_colours: Colours = ((150, 150, 150), (90, 90, 92), (190, 180, 150))


class PlateDesign(Section):
    """A flat plate with rounded corners."""

    kind: Literal["plate"]
    width_range_mm: SizeRange = (100.0, 100.0)
    height_range_mm: SizeRange = (30.0, 30.0)
    corner_range_mm: MmRange = (2.0, 4.0)
    thickness_range_mm: MmRange = (0.0, 1.0)
    edge: Edge = Edge()
    strip: Strip | None = None
    fastening: Fastening = Fastening()


class LabelDesign(Section):
    """A label, flat or stuck round something: `bent_share` of them on an upright cylinder."""

    kind: Literal["label"]
    width_range_mm: SizeRange = (60.0, 60.0)
    height_range_mm: SizeRange = (25.0, 25.0)
    corner_range_mm: MmRange = (0.0, 3.0)
    bent_share: Share = 0.3
    bend_radius_range_mm: SizeRange = (25.0, 80.0)
    tilt_range_deg: TiltRange = (-15.0, 15.0)
    raggedness_range: ShareRange = (0.0, 0.3)
    edge: Edge = Edge(share=0.2)


class DiscDesign(Section):
    """A disc, perhaps with a hole in its middle: share, and diameter as a share of the disc's."""

    kind: Literal["disc"]
    diameter_range_mm: SizeRange = (30.0, 30.0)
    thickness_range_mm: MmRange = (0.0, 0.6)
    edge: Edge = Edge()
    hole_share: Share = 0.0
    hole_range: ShareRange = (0.1, 0.2)


class BandDesign(Section):
    """A ring round a leg; `worn_share` of them show what they are worn on, the others their dark inside."""

    kind: Literal["band"]
    diameter_range_mm: SizeRange = (14.0, 18.0)
    length_range_mm: SizeRange = (24.0, 32.0)
    wall_range_mm: MmRange = (1.0, 1.6)
    tilt_range_deg: TiltRange = (-25.0, 25.0)
    worn_share: Share = 0.3
    seam_share: Share = 0.4
    edge: Edge = Edge(share=0.0)


class BareDesign(Section):
    """No body: printed onto what is there."""

    kind: Literal["bare"]


class CutoutDesign(Section):
    """Real cut-outs of the recipe's banks, cleaned, with new serials; colours of ink and body are their own."""

    kind: Literal["cutout"]


BodyDesign = Annotated[
    PlateDesign | LabelDesign | DiscDesign | BandDesign | BareDesign | CutoutDesign, Field(discriminator="kind")
]


class Paint(Section):
    """A pair of colours, and how often it is drawn."""

    body: Colour
    ink: Colour
    weight: Positive = 1.0


class Look(Section):
    """Colours, material and marking.

    Attributes:
        paints: pairs of colours for body and ink.
        jitter: standard deviation of each channel, grey levels.
        materials: weights.
        gloss_range, texture_range, opacity_range: see `synth.serials.tag.Material`.
        markings: weights.
        strength_range, relief_range, softness_range_mm: see `synth.serials.tag.Marking`.
    """

    paints: Annotated[tuple[Paint, ...], Field(min_length=1)] = (Paint(body=(232, 232, 228), ink=(30, 30, 34)),)
    jitter: Annotated[float, Field(ge=0, le=64)] = 6.0
    materials: Annotated[dict[MaterialKind, NonNegative], AfterValidator(some_positive)] = {"plastic": 1.0}
    gloss_range: ShareRange = (0.1, 0.5)
    texture_range: ShareRange = (0.2, 0.6)
    opacity_range: ShareRange = (1.0, 1.0)
    markings: Annotated[dict[MarkingKind, NonNegative], AfterValidator(some_positive)] = {"printed": 1.0}
    strength_range: ShareRange = (0.85, 1.0)
    relief_range: ShareRange = (0.3, 0.7)
    softness_range_mm: RadiusRange = (0.0, 0.0)


class Lamps(Section):
    """Light on the tag: slope of brightness, a blot of glare, the edge of a shadow; see `synth.serials.tag.Light`."""

    slope_range: ShareRange = (0.05, 0.3)
    glare_share: Share = 0.2
    glare_range: ShareRange = (0.2, 0.7)
    shadow_share: Share = 0.15
    shadow_range: ShareRange = (0.2, 0.5)


class Ageing(Section):
    """Wear: lost ink, scratches and dirt; see `synth.serials.tag.Wear`."""

    ink_loss_range: ShareRange = (0.0, 0.06)
    scratches_range: CountRange = (0, 6)
    scratch_depth_range: ShareRange = (0.2, 0.6)
    dirt_range: ShareRange = (0.0, 0.3)
    dirt_colours: Colours = ((112, 96, 72), (84, 78, 66), (60, 58, 54))


def _pattern(value: Any) -> Any:
    return {"pattern": value} if isinstance(value, str) else value


class Design(Section):
    """One kind of drawn tag.

    Attributes:
        name: of the design.
        category: class name of its tags.
        weight: how often it is drawn relative to the other designs and banks.
        text: legal serials; a text alone is a pattern.
        body, lettering, setting, words, look, lamps, ageing: see their classes.
        size_range_px: longer side of the body on the canvas, drawn log-uniformly; of bare writing, its length; for
            cut-outs `placement.scale_range` counts instead.
        min_cap_px: capitals on the canvas are at least this high. On a rendered body both only say how small its
            capitals may be beside it; the camera decides the rest (`min_cap_px` of the subject).
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    category: Annotated[str, Field(min_length=1)] = "tag"
    weight: Positive = 1.0
    text: Annotated[Legal, BeforeValidator(_pattern)]
    body: BodyDesign
    lettering: Lettering = Lettering()
    setting: Setting = Setting()
    words: tuple[Words, ...] = ()
    look: Look = Look()
    lamps: Lamps = Lamps()
    ageing: Ageing = Ageing()
    size_range_px: SizeRange = (40.0, 160.0)
    min_cap_px: Positive = 6.0

    @model_validator(mode="after")
    def _fits_its_body(self) -> Design:
        kind = self.body.kind
        if self.setting.kind == "arc" and kind not in ("disc", "bare", "plate"):
            raise ValueError(f"setting.kind: arc needs a disc, a plate or no body, and the body is a {kind}")
        if self.setting.copies > 1 and kind != "band" and not (kind == "disc" and self.setting.kind == "arc"):
            raise ValueError("setting.copies: only a band, or an arc on a disc, repeats its serial")
        if self.words and kind in ("cutout", "bare"):
            raise ValueError(f"words: a {kind} has no room for them")
        has_strip = isinstance(self.body, PlateDesign) and self.body.strip is not None
        if any(words.on_strip for words in self.words) and not has_strip:
            raise ValueError("words: on_strip needs a plate with a strip")
        if kind == "bare" and self.setting.offset_range != Setting.model_fields["offset_range"].default:
            raise ValueError("setting.offset_range: bare writing has no body that it could be off the middle of")
        return self

    @model_validator(mode="after")
    def _leaves_cutouts_alone(self) -> Design:
        if self.body.kind != "cutout":
            return self
        if self.setting.model_copy(update={"grouped": False}) != Setting():
            raise ValueError("setting: on a cutout the serial stands where the old one stood; only grouped can be set")
        for key in ("look", "lamps", "ageing", "size_range_px"):
            if getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(f"{key}: a cutout keeps its own (its size is placement.scale_range); leave it away")
        return self


def characters_of(design: Design) -> str:
    """All characters that a design may set."""
    written = "".join(text for words in design.words for text in words.texts)
    return "".join(sorted({*grammar_of(design.text).alphabet, *written} - {" "}))
