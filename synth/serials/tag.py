"""A tag that is drawn: what is written on it, its body, its material, its wear. Plain records, part of a spec.

Frames. *Body* coordinates: millimetres as one sees the tag from the front, origin at its middle, x to the right, y
down. *Surface* coordinates (u, v): millimetres on the unrolled surface, origin at the body's middle. On a flat body
both are the same. On a cylinder of radius R, seen orthographically and tilted by t (t > 0: one looks into the upper
opening), with theta = u / R: x = R sin(theta), y = v cos(t) + R cos(theta) sin(t). Paths of text lie on the surface.
Angles: degrees counter-clockwise as seen on screen, 0 = upright (a direction: 0 = towards the top).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from synth import limits

MaterialKind = Literal["metal", "silicone", "plastic", "paper"]
MarkingKind = Literal["printed", "engraved", "embossed", "laser"]
Mm = Annotated[float, msgspec.Meta(ge=-10_000, le=10_000)]
Size = Annotated[float, msgspec.Meta(gt=0, le=10_000)]
Text = Annotated[str, msgspec.Meta(max_length=200)]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all parts: frozen, compared by value, strict when read."""


class LinePath(Record, frozen=True, tag="line"):
    """Text along a straight line on the surface, or one character below the other.

    Attributes:
        u_mm, v_mm: of the middle of the text: half its width, half the cap height.
        turn_deg: turns the text round that point.
        vertical: one character below the other, each upright.
    """

    u_mm: Mm = 0.0
    v_mm: Mm = 0.0
    turn_deg: limits.Degrees = 0.0
    vertical: bool = False


class ArcPath(Record, frozen=True, tag="arc"):
    """Text along a circle round (u_mm, v_mm).

    Attributes:
        u_mm, v_mm: centre.
        radius_mm: of the circle through the middle of the cap height.
        middle_deg: direction from the centre to the middle of the text; 0 = top, 90 = left.
        inside: heads point to the centre (text that reads left to right along the bottom), else feet.
    """

    radius_mm: Size
    u_mm: Mm = 0.0
    v_mm: Mm = 0.0
    middle_deg: limits.Degrees = 0.0
    inside: bool = False


class Inscription(Record, frozen=True):
    """One run of text.

    Attributes:
        text: what is written; a blank advances and draws nothing.
        face: a built-in face or a font, as `synth.serials.faces` names them.
        cap_height_mm: height of a capital.
        path: where it runs.
        ink: colour of what is written.
        stretch: horizontal factor of the letters.
        tracking: added after each letter, in cap heights.
        slant_deg: leans to the right.
        weight: outlines moved outwards by so many cap heights (inwards, if negative).
        outline: width of the line round each letter, in cap heights; 0 fills the letters.
        kerning: whether the font's own kerning is used.
        copy: number of the repetition of the serial that this belongs to; None for other words.
        start: position in the serial (not counting blanks) of its first character.
    """

    text: Text
    face: str
    cap_height_mm: Size
    path: LinePath | ArcPath
    ink: limits.Colour
    stretch: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 1.0
    tracking: Annotated[float, msgspec.Meta(ge=-1, le=10)] = 0.0
    slant_deg: Annotated[float, msgspec.Meta(ge=-45, le=45)] = 0.0
    weight: Annotated[float, msgspec.Meta(ge=-0.1, le=0.3)] = 0.0
    outline: Annotated[float, msgspec.Meta(ge=0, le=0.3)] = 0.0
    kerning: bool = True
    copy: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = 0
    start: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0


class Border(Record, frozen=True):
    """A line along the edge of a body: distance from the edge, width, colour."""

    inset_mm: limits.Length
    width_mm: Size
    colour: limits.Colour


class Field(Record, frozen=True):
    """A coloured rectangle on the surface (u0, v0, u1, v1), as the blue strip of a number plate."""

    box_mm: tuple[Mm, Mm, Mm, Mm]
    colour: limits.Colour


class Hole(Record, frozen=True):
    """A round hole through a body: what lies behind shows through it."""

    u_mm: Mm
    v_mm: Mm
    diameter_mm: Size


class Screw(Record, frozen=True):
    """A screw's head on a body: place, diameter, colour, direction of its slot; `cross` gives it a second slot."""

    u_mm: Mm
    v_mm: Mm
    diameter_mm: Size
    colour: limits.Colour
    slot_deg: limits.Degrees = 0.0
    cross: bool = False


class PlateBody(Record, frozen=True, tag="plate"):
    """A flat plate with rounded corners; `thickness_mm` shows as a bright and a dark bevel along its edge."""

    width_mm: Size
    height_mm: Size
    corner_mm: limits.Length = 0.0
    thickness_mm: limits.Length = 0.0
    borders: tuple[Border, ...] = ()
    fields: tuple[Field, ...] = ()
    holes: tuple[Hole, ...] = ()
    screws: tuple[Screw, ...] = ()


class LabelBody(Record, frozen=True, tag="label"):
    """A label, stuck on something flat or round.

    Attributes:
        width_mm, height_mm: of the label when it lies flat.
        corner_mm: radius of its corners.
        bend_radius_mm: of the upright cylinder that it is stuck to, at least width / 3; 0 = flat.
        tilt_deg: of that cylinder.
        raggedness: how uneven its edge is, in [0, 1]; `seed` decides where.
        borders, fields: as on a plate.
    """

    width_mm: Size
    height_mm: Size
    corner_mm: limits.Length = 0.0
    bend_radius_mm: limits.Length = 0.0
    tilt_deg: Annotated[float, msgspec.Meta(ge=-60, le=60)] = 0.0
    raggedness: limits.Share = 0.0
    seed: limits.Seed = 0
    borders: tuple[Border, ...] = ()
    fields: tuple[Field, ...] = ()


class DiscBody(Record, frozen=True, tag="disc"):
    """A disc, as on an implant: flat, with rings along its edge and perhaps a hole in its middle."""

    diameter_mm: Size
    thickness_mm: limits.Length = 0.0
    borders: tuple[Border, ...] = ()
    holes: tuple[Hole, ...] = ()
    screws: tuple[Screw, ...] = ()


class BandBody(Record, frozen=True, tag="band"):
    """A ring worn round something, its axis upright.

    Attributes:
        diameter_mm: outer.
        length_mm: along the axis.
        wall_mm: thickness of the wall, seen at the opening.
        tilt_deg: > 0: one looks into the upper opening.
        worn: the opening shows what the ring is worn on (a hole), else its dark inside.
        seam_deg: where the ring was closed, degrees round the axis from the viewer; None where it does not show.
        borders: lines round the ring at both ends.
    """

    diameter_mm: Size
    length_mm: Size
    wall_mm: limits.Length = 0.0
    tilt_deg: Annotated[float, msgspec.Meta(ge=-60, le=60)] = 0.0
    worn: bool = True
    seam_deg: limits.Degrees | None = None
    borders: tuple[Border, ...] = ()


class BareBody(Record, frozen=True, tag="bare"):
    """No body: written straight onto what is there. The tag's extent is the quad round its text."""


class CutoutBody(Record, frozen=True, tag="cutout"):
    """A real tag whose writing was painted over.

    Attributes:
        tag: id in the catalogue.
        frame: row-major 3x3 homography from body mm to px of the cut-out.
        width_mm, height_mm: of the face that text may take, round the body's origin.
        bend_radius_mm: of its surface, an upright cylinder in body coordinates; 0 = flat.
    """

    tag: str
    frame: limits.Matrix9
    width_mm: Size
    height_mm: Size
    bend_radius_mm: limits.Length = 0.0


Body = PlateBody | LabelBody | DiscBody | BandBody | BareBody | CutoutBody


class Material(Record, frozen=True):
    """What a body is made of.

    Attributes:
        kind: metal is brushed and reflects, silicone lets light and what lies behind through, plastic is smooth and
            glossy, paper is fibrous and dull.
        colour: of the body.
        gloss: strength of its highlight, in [0, 1].
        texture: strength of its grain (brush marks, fibres, mottling), in [0, 1].
        grain_deg: direction of brush marks.
        opacity: 1 hides what lies below; silicone has less.
        seed: of its grain.
    """

    kind: MaterialKind
    colour: limits.Colour
    gloss: limits.Share = 0.3
    texture: limits.Share = 0.3
    grain_deg: limits.Degrees = 0.0
    opacity: limits.Share = 1.0
    seed: limits.Seed = 0


class Marking(Record, frozen=True):
    """How the text was put on.

    Attributes:
        kind: printed lies on top; engraved is a groove (its walls catch light and shade) filled with ink; embossed
            stands out, its top inked; laser discolours with a soft, grainy edge and no relief.
        strength: how strongly the ink covers, in [0, 1]; 0 leaves relief alone (embossed or engraved without ink).
        relief: height or depth that light and shade show, in [0, 1].
        softness_mm: sigma of the ink's edge.
    """

    kind: MarkingKind
    strength: limits.Share = 1.0
    relief: limits.Share = 0.5
    softness_mm: limits.Length = 0.0


class Light(Record, frozen=True):
    """Light on the tag.

    Attributes:
        from_deg: direction that it comes from, in the body's plane; 0 = from the top.
        slope: difference of brightness from the lit to the far side, in [0, 1].
        glare: strength of a blot of reflected light, in [0, 1], round `glare_uv_mm` with radius `glare_mm`.
        shadow: depth, in [0, 1], of a cast shadow whose edge passes through `shadow_uv_mm`; it lies on the side that
            `shadow_deg` points to and is `shadow_soft_mm` soft.
    """

    from_deg: limits.Degrees = 0.0
    slope: limits.Share = 0.15
    glare: limits.Share = 0.0
    glare_uv_mm: tuple[Mm, Mm] = (0.0, 0.0)
    glare_mm: Size = 1.0
    shadow: limits.Share = 0.0
    shadow_uv_mm: tuple[Mm, Mm] = (0.0, 0.0)
    shadow_deg: limits.Degrees = 0.0
    shadow_soft_mm: limits.Length = 1.0


class Wear(Record, frozen=True):
    """Age, as patterns that lie on the surface and turn with it.

    Attributes:
        ink_loss: share of the ink that has come off, in [0, 1].
        scratches: their number.
        scratch_depth: how much they show, in [0, 1].
        dirt: how much of the surface is dirty, in [0, 1]; it gathers along edges and relief.
        dirt_colour: of it.
        cell_mm: size of the largest patches.
        seed: of all of it.
    """

    ink_loss: limits.Share = 0.0
    scratches: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    scratch_depth: limits.Share = 0.5
    dirt: limits.Share = 0.0
    dirt_colour: limits.Colour = (112, 96, 72)
    cell_mm: Size = 8.0
    seed: limits.Seed = 0


class SerialTag(Record, frozen=True):
    """A whole tag, before it is put anywhere.

    Attributes:
        text: the serial; "" for a blank tag.
        body: what carries it.
        inscriptions: in reading order; all visible characters of all of them are labelled.
        material, marking, light, wear: how it looks.
        upright_deg: direction of the serial's upright on the body, where its text faces the viewer.
    """

    text: Text
    body: Body
    inscriptions: Annotated[tuple[Inscription, ...], msgspec.Meta(max_length=100)]
    material: Material
    marking: Marking
    light: Light = Light()
    wear: Wear = Wear()
    upright_deg: limits.Degrees = 0.0
