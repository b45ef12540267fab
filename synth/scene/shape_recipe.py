"""What a recipe says about parametric bodies: ranges of the numbers in `synth.shapes.records`.

A body that carries a drawn serial takes the size of the place from the serial's design: an implant's chip from a disc,
a ring from a band, a plate from a plate.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from synth.config import NonNegative, Section, Share, ShareRange, ordered
from synth.scene.ranges import MmRange, SizeRange, TurnRange, some_positive

_Bend = Annotated[float, Field(ge=-90, le=90)]
_Tilt = Annotated[float, Field(ge=-30, le=30)]
_Way = Annotated[float, Field(ge=-1000, le=1000)]
_Depth = Annotated[int, Field(ge=0, le=20)]
BendRange = Annotated[tuple[_Bend, _Bend], AfterValidator(ordered)]
TiltRange = Annotated[tuple[_Tilt, _Tilt], AfterValidator(ordered)]
WayRange = Annotated[tuple[_Way, _Way], AfterValidator(ordered)]
DepthRange = Annotated[tuple[_Depth, _Depth], AfterValidator(ordered)]
PinRange = Annotated[tuple[Annotated[int, Field(ge=1, le=12)], Annotated[int, Field(ge=1, le=12)]],
                     AfterValidator(ordered)]  # fmt: skip
HoleRange = Annotated[tuple[Annotated[int, Field(ge=1, le=30)], Annotated[int, Field(ge=1, le=30)]],
                      AfterValidator(ordered)]  # fmt: skip
ImplantTexture = Literal["smooth", "microtextured", "macrotextured"]
Bow = Literal["round", "square", "clover"]
BlockKind = Literal["box", "ball", "cylinder", "torus", "blade"]


class ImplantRanges(Section):
    """A breast implant; `chip_range_mm` counts where no serial is named, `patch_range` is relative to the chip."""

    kind: Literal["implant"]
    width_range_mm: SizeRange = (95.0, 135.0)
    projection_range_mm: SizeRange = (28.0, 48.0)
    anatomical_share: Share = 0.3
    textures: Annotated[dict[ImplantTexture, NonNegative], AfterValidator(some_positive)] = {
        "smooth": 1.0,
        "microtextured": 0.5,
        "macrotextured": 0.25,
    }
    slump_range: ShareRange = (0.1, 0.5)
    folds_range: ShareRange = (0.0, 0.3)
    chip_range_mm: SizeRange = (24.0, 34.0)
    patch_range: Annotated[
        tuple[Annotated[float, Field(ge=1, le=4)], Annotated[float, Field(ge=1, le=4)]], AfterValidator(ordered)
    ] = (1.2, 1.6)
    chip_offset_range_mm: WayRange = (-1.5, 1.5)
    chip_turn_range_deg: TurnRange = (-180.0, 180.0)


class RingRanges(Section):
    """A ring on a leg; diameter, length and wall count where no serial is named."""

    kind: Literal["ring"]
    diameter_range_mm: SizeRange = (14.0, 18.0)
    length_range_mm: SizeRange = (24.0, 32.0)
    wall_range_mm: SizeRange = (1.0, 1.6)
    seam_share: Share = 0.5
    leg_range: ShareRange = (0.55, 0.8)
    leg_length_range_mm: SizeRange = (160.0, 240.0)
    leg_bend_range_deg: BendRange = (-12.0, 12.0)
    slide_range_mm: WayRange = (-15.0, 15.0)
    tilt_range_deg: TiltRange = (-6.0, 6.0)


class KeyRanges(Section):
    """A key: number of pins, their depths, sizes."""

    kind: Literal["key"]
    pins_range: PinRange = (5, 6)
    depths_range: DepthRange = (0, 8)
    spacing_range_mm: SizeRange = (3.6, 4.2)
    blade_range_mm: SizeRange = (8.0, 8.8)
    thickness_range_mm: SizeRange = (1.9, 2.5)
    bows: Annotated[dict[Bow, NonNegative], AfterValidator(some_positive)] = {
        "round": 1.0,
        "square": 1.0,
        "clover": 1.0,
    }
    bow_range_mm: SizeRange = (21.0, 28.0)
    hole_range_mm: SizeRange = (5.0, 9.0)
    grooves_range: Annotated[
        tuple[Annotated[int, Field(ge=0, le=6)], Annotated[int, Field(ge=0, le=6)]], AfterValidator(ordered)
    ] = (1, 3)


class BonePlateRanges(Section):
    """A bone plate with screws in `screw_share` of its holes."""

    kind: Literal["bone_plate"]
    holes_range: HoleRange = (4, 10)
    pitch_range_mm: SizeRange = (11.0, 16.0)
    width_range_mm: SizeRange = (9.0, 14.0)
    thickness_range_mm: SizeRange = (2.0, 4.5)
    screw_share: Share = 0.5
    screw_range_mm: SizeRange = (14.0, 40.0)
    bend_range_mm: WayRange = (0.0, 4.0)


class PlateRanges(Section):
    """A plate; width, height and corner count where no serial is named."""

    kind: Literal["plate"]
    width_range_mm: SizeRange = (100.0, 520.0)
    height_range_mm: SizeRange = (40.0, 112.0)
    corner_range_mm: MmRange = (2.0, 10.0)
    thickness_range_mm: SizeRange = (1.0, 2.0)
    bend_range_mm: WayRange = (-3.0, 3.0)


class BlockRanges(Section):
    """Plain bodies: weights of their kinds, and their sides."""

    kind: Literal["block"]
    kinds: Annotated[dict[BlockKind, NonNegative], AfterValidator(some_positive)] = {
        "box": 3.0,
        "ball": 0.5,
        "cylinder": 1.0,
        "torus": 0.3,
    }
    size_range_mm: SizeRange = (20.0, 150.0)
    bevel_range: ShareRange = (0.0, 0.3)


def _named(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


ShapeRanges = Annotated[
    Annotated[
        ImplantRanges | RingRanges | KeyRanges | BonePlateRanges | PlateRanges | BlockRanges,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_named),
]
SLOTS: dict[str, tuple[str, ...]] = {
    "implant": ("shell", "patch", "chip"),
    "ring": ("ring", "inside", "leg"),
    "key": ("blade", "bow"),
    "bone_plate": ("plate", "screw"),
    "plate": ("face", "edge"),
    "block": ("body",),
}
"""Slots of each kind of body, in the order of its mesh."""
CARRIED = {"implant": "disc", "ring": "band", "plate": "plate"}
"""Which kind of body a design must have for its serial to go onto a shape."""
