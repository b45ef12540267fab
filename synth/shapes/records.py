"""What a parametric body is: frozen, JSON-typed records, part of a spec. Lengths in millimetres, angles in degrees.

`synth.shapes.solids.solid_of` makes the mesh of each, in metres, standing on z = 0 (grounds: their upper face at z = 0)
with its middle over the origin.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from synth import limits

Mm = Annotated[float, msgspec.Meta(gt=0, le=100_000)]
Thin = Annotated[float, msgspec.Meta(ge=0, le=10_000)]

GrooveDepth = Annotated[float, msgspec.Meta(ge=-100, le=100)]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all shapes: frozen, compared by value, strict when read."""


class ImplantShape(Record, frozen=True, tag="implant"):
    """A breast implant lying on its front, its back (with the patch) up.

    Slots: "shell", "patch", "chip". Keypoints: "centre" (of the chip), "apex", "twelve" (the top of the chip's text).

    Attributes:
        width_mm, height_mm: of the base; equal for a round one.
        projection_mm: height of the dome.
        profile: "round" (symmetric dome) or "anatomical" (drop: the fuller part below).
        texture: "smooth", "microtextured" or "macrotextured" shell.
        slump: how far it sags under its weight, in [0, 1].
        folds: strength of wrinkles, in [0, 1].
        patch_mm: diameter of the patch that closes the back.
        chip_mm: diameter of the disc on the patch that carries the serial.
        chip_thickness_mm: how far it stands out.
        chip_offset_mm: of its centre from the patch's.
        chip_turn_deg: direction of the serial's upright in the implant's own x-y plane, 0 = +y.
        seed: of sag, folds and texture.
    """

    width_mm: Mm = 115.0
    height_mm: Mm = 115.0
    projection_mm: Mm = 40.0
    profile: Literal["round", "anatomical"] = "round"
    texture: Literal["smooth", "microtextured", "macrotextured"] = "smooth"
    slump: limits.Share = 0.3
    folds: limits.Share = 0.1
    patch_mm: Mm = 42.0
    chip_mm: Mm = 30.0
    chip_thickness_mm: Thin = 0.4
    chip_offset_mm: tuple[float, float] = (0.0, 0.0)
    chip_turn_deg: limits.Degrees = 0.0
    seed: limits.Seed = 0


class RingShape(Record, frozen=True, tag="ring"):
    """A ring on a bird's leg, the leg upright along z.

    Slots: "ring", "inside" and, if there is one, "leg", whose foot is at the origin and which its label leaves out.
    Keypoints: "front" (u = 0 at mid-height), "top", "bottom" (middles of the openings).

    Attributes:
        diameter_mm, length_mm, wall_mm: of the ring; diameter is outer. It carries the tag all round: u = 0 faces -y.
        seam_deg: where it was closed, degrees round the axis from u = 0; None: no seam shows.
        leg_mm: diameter of the leg; 0: no leg.
        leg_length_mm: of the piece of leg, the ring at its middle.
        leg_bend_deg: bend at the joint above the ring, where the leg reaches so far; positive leans its upper part to
            +y.
        slide_mm: how far the ring is off the middle, upwards.
        tilt_deg: how far it hangs askew on the leg, at most so far as the leg leaves it room; positive lets one look
            into its upper opening from -y.
        seed: of the leg's scales and shape.
    """

    diameter_mm: Mm = 16.0
    length_mm: Mm = 28.0
    wall_mm: Mm = 1.2
    seam_deg: limits.Degrees | None = 170.0
    leg_mm: Thin = 9.0
    leg_length_mm: Mm = 160.0
    leg_bend_deg: Annotated[float, msgspec.Meta(ge=-90, le=90)] = 0.0
    slide_mm: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0
    tilt_deg: Annotated[float, msgspec.Meta(ge=-30, le=30)] = 0.0
    seed: limits.Seed = 0


class KeyShape(Record, frozen=True, tag="key"):
    """A cylinder-lock key lying flat, its blade along +x, cuts towards +y.

    Slots: "blade", "bow". Keypoints: "tip", "shoulder", and "cut_1" ... (the middle of each cut's floor). Measures:
    "cut_1" ... depth codes, "spacing_mm", "depth_step_mm".

    Attributes:
        cuts: depth code of each cut from the shoulder; a cut of code c is (c + 1/2) steps deep.
        spacing_mm: between cuts; first_mm: from the shoulder to the first one.
        depth_step_mm: between two codes; land_mm: width of a cut's floor; flank_deg: angle between a cut's flanks.
        blade_mm: height of the uncut blade; thickness_mm: of the key.
        bow: outline of the head; bow_mm: its size; hole_mm: of its hole.
        grooves: keyway grooves along the blade, each (place in [0, 1] of the height, width mm, depth mm); a depth > 0
            is cut into the upper face (+z), one < 0 into the lower.
        seed: of the cutting machine's small errors.
    """

    cuts: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=20)], ...], msgspec.Meta(min_length=1, max_length=12)]
    spacing_mm: Mm = 3.96
    first_mm: Mm = 5.0
    depth_step_mm: Mm = 0.38
    land_mm: Mm = 1.1
    flank_deg: Annotated[float, msgspec.Meta(ge=40, le=140)] = 100.0
    blade_mm: Mm = 8.4
    thickness_mm: Mm = 2.1
    bow: Literal["round", "square", "clover"] = "round"
    bow_mm: Mm = 25.0
    hole_mm: Mm = 7.0
    grooves: tuple[tuple[limits.Share, Mm, GrooveDepth], ...] = ((0.35, 1.2, 0.6), (0.6, 1.0, -0.5))
    seed: limits.Seed = 0


class BonePlateShape(Record, frozen=True, tag="bone_plate"):
    """An osteosynthesis plate with screws, lying flat along x, screws downwards.

    Slots: "plate", "screw". Keypoints: "hole_1" ... (from -x, level with the upper face). Measures: "holes", "screws".

    Attributes:
        length_mm, width_mm, thickness_mm: of the plate.
        holes: their number, evenly spaced.
        hole_mm: diameter.
        screws: which holes hold a screw, by number from 0.
        screw_length_mm: of each of `screws`, in order.
        bend_mm: how far its middle is bowed up.
        seed: of the screws' turns.
    """

    length_mm: Mm = 110.0
    width_mm: Mm = 12.0
    thickness_mm: Mm = 3.2
    holes: Annotated[int, msgspec.Meta(ge=1, le=30)] = 8
    hole_mm: Mm = 4.8
    screws: tuple[limits.Number, ...] = (0, 1, 6, 7)
    screw_length_mm: tuple[Mm, ...] = (28.0, 30.0, 30.0, 28.0)
    bend_mm: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0
    seed: limits.Seed = 0


class PlateShape(Record, frozen=True, tag="plate"):
    """A thin plate with rounded corners upright in the x-z plane, its face to -y: a number plate, a name plate.

    Slots: "face", "edge" (with the back). Keypoints: the four corners, "top_left" ..., where its sides would meet if
    they were not rounded.

    Attributes:
        width_mm, height_mm, thickness_mm: of the plate, the width along its face.
        corner_mm: radius of the corners, at most half the smaller side.
        bend_mm: how far its middle bows towards -y, at most three tenths of the width.
    """

    width_mm: Mm = 520.0
    height_mm: Mm = 112.0
    corner_mm: Thin = 10.0
    thickness_mm: Mm = 1.2
    bend_mm: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0


class BoneShape(Record, frozen=True, tag="bone"):
    """A long bone along x: shaft with a cortex of constant thickness, condyles at -x and a ball at +x.

    Slots: "cortex" (the wall: its outer surface and, turned round, that of the cavity), "marrow" (what fills the
    cavity); a ray's way through a slot is its way through that substance. Keypoints: "condyles", "ball" (both ends).
    Measures: "cortex_mm".
    """

    length_mm: Mm = 320.0
    shaft_mm: Mm = 26.0
    head_mm: Mm = 55.0
    cortex_mm: Mm = 5.0
    bow_mm: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 8.0
    seed: limits.Seed = 0


class StemShape(Record, frozen=True, tag="stem"):
    """A hip stem with its ball head, the stem along -z, the neck towards +x.

    Slots: "stem", "head", which do not overlap. Keypoints: "tip", "bend" (where the axes of stem and neck meet), "head"
    (middle of the ball). Measures: "neck_deg", "head_mm".

    Attributes:
        length_mm: from the tip to the bend; neck_mm: from there to the middle of the ball.
        width_mm: of the stem at mid-height, about.
        neck_deg: between the stem and the neck.
        head_mm: diameter of the ball.
    """

    length_mm: Mm = 140.0
    width_mm: Mm = 14.0
    neck_deg: Annotated[float, msgspec.Meta(ge=90, le=170)] = 130.0
    neck_mm: Mm = 38.0
    head_mm: Mm = 32.0


class GroundShape(Record, frozen=True, tag="ground"):
    """What things lie on. Slots: "floor" and, but for a plane, "wall". Texture coordinates count tiles.

    Attributes:
        kind: "plane"; "sweep" (a studio's backdrop, rounded up behind at +y); "room" (floor and four walls, without a
            ceiling, so that light comes in).
        size_mm: side of the floor; height_mm: of walls or sweep.
        tile_mm: over which the texture repeats.
    """

    kind: Literal["plane", "sweep", "room"] = "plane"
    size_mm: Mm = 3000.0
    height_mm: Mm = 1500.0
    tile_mm: Mm = 1000.0


class BlockShape(Record, frozen=True, tag="block"):
    """A plain distractor or occluder. Slots: "body".

    Attributes:
        kind: a box with rounded edges, a ball, a cylinder, a torus, or a blade (a thin, bent strip: grass, a finger).
        size_mm: along x, y and z: of the box that it fills; a blade is as wide as x and bends over by y.
        bevel: rounding, as a share of half the smallest side, in [0, 1]; of a blade its thickness, from a leaf's to a
            finger's.
        seed: of a blade's bend.
    """

    kind: Literal["box", "ball", "cylinder", "torus", "blade"] = "box"
    size_mm: tuple[Mm, Mm, Mm] = (50.0, 50.0, 50.0)
    bevel: limits.Share = 0.1
    seed: limits.Seed = 0


Shape = (
    ImplantShape | RingShape | KeyShape | BonePlateShape | PlateShape | BoneShape | StemShape | GroundShape | BlockShape
)
