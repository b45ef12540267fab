"""Bodies of drawn tags, and the room that they leave for text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synth.errors import ConfigError, RejectedScene
from synth.limits import Colour
from synth.scene.deck import weighted
from synth.scene.designs import BandDesign, Design, DiscDesign, Edge, Fastening, LabelDesign, PlateDesign, Setting
from synth.serials.tag import (
    BandBody,
    BareBody,
    Body,
    Border,
    DiscBody,
    Field,
    Hole,
    LabelBody,
    PlateBody,
    Screw,
)
from synth.streams import sample_uniform

MARGIN = 0.9
"""Share of a body's side that text may take."""
CLEAR = 1.8
"""Text stays so many diameters of a hole off the edge that the hole lies at."""
BARE_HEIGHT_MM = 10.0
BARE_WIDTH_MM = 5000.0


@dataclass(frozen=True, slots=True)
class Room:
    """Where text may stand on the surface, mm.

    Attributes:
        width, height: of the rectangle, along u and v.
        u, v: its middle.
        radius: of a round body.
        span: along the circumference of a band, else 0.
    """

    width: float
    height: float
    u: float = 0.0
    v: float = 0.0
    radius: float = 0.0
    span: float = 0.0


def sample_body(rng: np.random.Generator, design: Design, ink: Colour) -> tuple[Body, Room]:
    """A body of the design's kind; not for cut-outs, which are not drawn.

    Raises:
        RejectedScene: its edge and fastening leave no room for text.
    """
    body, room = _sample_shape(rng, design, ink)
    if min(room.width, room.height, room.radius) <= 0:
        raise RejectedScene("no room for text on a body") from ConfigError(
            f"design {design.name!r}: there is no room for text on its {design.body.kind}: its edge (body.edge) and "
            "fastening take all of it; make the body larger or these smaller"
        )
    return body, room


def _sample_shape(rng: np.random.Generator, design: Design, ink: Colour) -> tuple[Body, Room]:
    body = design.body
    if isinstance(body, PlateDesign):
        return _sample_plate(rng, body, design.setting, ink)
    if isinstance(body, LabelDesign):
        return _sample_label(rng, body, ink)
    if isinstance(body, DiscDesign):
        return _sample_disc(rng, body, ink)
    if isinstance(body, BandDesign):
        return _sample_band(rng, body, ink)
    return BareBody(), Room(BARE_WIDTH_MM, BARE_HEIGHT_MM / MARGIN, radius=3 * BARE_HEIGHT_MM)


def mm(value: float) -> float:
    """Rounded to a tenth of a micrometre: shorter in the manifest, and far below what shows."""
    return round(float(value), 4)


def _sample_plate(rng: np.random.Generator, plate: PlateDesign, setting: Setting, ink: Colour) -> tuple[Body, Room]:
    width, height = (mm(sample_uniform(rng, r)) for r in (plate.width_range_mm, plate.height_range_mm))
    corner = mm(min(sample_uniform(rng, plate.corner_range_mm), min(width, height) / 2))
    thickness = mm(sample_uniform(rng, plate.thickness_range_mm))
    borders, inset = _sample_edge(rng, plate.edge, ink)
    fields: tuple[Field, ...] = ()
    left = 0.0
    if plate.strip is not None and rng.random() < plate.strip.share:
        left = min(plate.strip.width_mm, width / 2)
        edges = (-width / 2 + inset, -height / 2 + inset, -width / 2 + left, height / 2 - inset)
        fields = (Field((mm(edges[0]), mm(edges[1]), mm(edges[2]), mm(edges[3])), plate.strip.colour),)
    free = Room(MARGIN * (width - left - 2 * inset), MARGIN * (height - 2 * inset), u=left / 2, radius=height / 2)
    holes, screws, room = _sample_fastening(rng, plate.fastening, setting, width, height, free)
    return PlateBody(width, height, corner, thickness, borders, fields, holes, screws), room


def _sample_label(rng: np.random.Generator, label: LabelDesign, ink: Colour) -> tuple[Body, Room]:
    width, height = (mm(sample_uniform(rng, r)) for r in (label.width_range_mm, label.height_range_mm))
    corner = mm(min(sample_uniform(rng, label.corner_range_mm), min(width, height) / 2))
    bent, radius = rng.random() < label.bent_share, sample_uniform(rng, label.bend_radius_range_mm)
    tilt = sample_uniform(rng, label.tilt_range_deg)
    borders, inset = _sample_edge(rng, label.edge, ink)
    body = LabelBody(
        width_mm=width,
        height_mm=height,
        corner_mm=corner,
        bend_radius_mm=mm(max(radius, width / 3)) if bent else 0.0,
        tilt_deg=round(float(tilt), 2) if bent else 0.0,
        raggedness=round(sample_uniform(rng, label.raggedness_range), 3),
        seed=int(rng.integers(1 << 32)),
        borders=borders,
    )
    return body, Room(MARGIN * (width - 2 * inset), MARGIN * (height - 2 * inset), radius=height / 2)


def _sample_disc(rng: np.random.Generator, disc: DiscDesign, ink: Colour) -> tuple[Body, Room]:
    diameter = mm(sample_uniform(rng, disc.diameter_range_mm))
    thickness = mm(sample_uniform(rng, disc.thickness_range_mm))
    borders, inset = _sample_edge(rng, disc.edge, ink)
    hole, share = rng.random() < disc.hole_share, sample_uniform(rng, disc.hole_range)
    holes = (Hole(0.0, 0.0, mm(share * diameter)),) if hole and share > 0 else ()
    inner = diameter - 2 * inset
    # the widest rectangle of text stands where the disc is 0.8 of its diameter wide
    room = Room(MARGIN * 0.8 * inner, MARGIN * 0.6 * inner, radius=diameter / 2 - inset)
    return DiscBody(diameter, thickness, borders, holes), room


def _sample_band(rng: np.random.Generator, band: BandDesign, ink: Colour) -> tuple[Body, Room]:
    diameter, length = (mm(sample_uniform(rng, r)) for r in (band.diameter_range_mm, band.length_range_mm))
    wall, tilt = sample_uniform(rng, band.wall_range_mm), sample_uniform(rng, band.tilt_range_deg)
    worn, seam, seam_deg = rng.random() < band.worn_share, rng.random() < band.seam_share, sample_uniform(rng, (0, 360))
    borders, inset = _sample_edge(rng, band.edge, ink)
    body = BandBody(
        diameter_mm=diameter,
        length_mm=length,
        wall_mm=mm(min(wall, diameter / 4)),
        tilt_deg=round(float(tilt), 2),
        worn=worn,
        seam_deg=round(float(seam_deg), 1) if seam else None,
        borders=borders,
    )
    span = math.pi * diameter
    return body, Room(span, MARGIN * (length - 2 * inset), radius=diameter / 2, span=span)


def _sample_edge(rng: np.random.Generator, edge: Edge, ink: Colour) -> tuple[tuple[Border, ...], float]:
    """The border, if there is one, and what it takes from the room on each side, mm."""
    there, inset, width = (
        rng.random() < edge.share,
        sample_uniform(rng, edge.inset_range_mm),
        sample_uniform(rng, edge.width_range_mm),
    )
    if not there:
        return (), 0.0
    return (Border(mm(inset), mm(width), edge.colour or ink),), float(inset + width)


def _sample_fastening(
    rng: np.random.Generator, fastening: Fastening, setting: Setting, width: float, height: float, room: Room
) -> tuple[tuple[Hole, ...], tuple[Screw, ...], Room]:
    """Holes and screws, and what they leave of the room."""
    count = weighted(fastening.count_weights).sample_one(rng)
    diameter = min(sample_uniform(rng, fastening.diameter_range_mm), min(width, height) / 4)
    screwed, colour = rng.random() < fastening.screw_share, int(rng.integers(len(fastening.screw_colours)))
    slots, crossed = [sample_uniform(rng, (0.0, 180.0)) for _ in range(4)], rng.random() < 0.5
    if count == 0:
        return (), (), room
    u, v = width / 2 - 1.3 * diameter, height / 2 - 1.1 * diameter
    pair = [(-u, 0.0), (u, 0.0)] if width >= height else [(0.0, -v), (0.0, v)]
    places = {1: [(0.0, -v)], 2: pair, 4: [(-u, -v), (u, -v), (-u, v), (u, v)]}[count]
    room = _beside(room, places, diameter, height, setting)
    if not screwed:
        return tuple(Hole(mm(x), mm(y), mm(diameter)) for x, y in places), (), room
    screws = (
        Screw(mm(x), mm(y), mm(diameter), fastening.screw_colours[colour], round(float(slots[k]), 1), crossed)
        for k, (x, y) in enumerate(places)
    )
    return (), tuple(screws), room


def _beside(
    room: Room, places: Sequence[tuple[float, float]], diameter: float, height: float, setting: Setting
) -> Room:
    """The room without what holes at these places take; arcs run where their radius says."""
    is_clear = bool(places[0][1]) and _half_height(room, setting) <= height / 2 - CLEAR * diameter
    if setting.kind == "arc" or is_clear:
        return room
    narrower = replace(room, width=room.width - 4 * diameter)
    shorter = _shorter(room, height / 2 - CLEAR * diameter, setting, both=len(places) > 1)
    if not places[0][1]:
        return narrower
    if not places[0][0]:
        return shorter
    return max(narrower, shorter, key=lambda left: min(left.width, left.height, left.width * left.height))


def _shorter(room: Room, reach: float, setting: Setting, *, both: bool) -> Room:
    """The room no farther than `reach` from the plate's middle, upwards or in both directions, even if shifted."""
    top, bottom = min(reach, room.height / 2), min(reach, room.height / 2) if both else room.height / 2
    shifted = 1 + 2 * max(abs(offset) for offset in setting.offset_range)
    return replace(room, height=min(room.height, (top + bottom) / shifted), v=(bottom - top) / 2)


def _half_height(room: Room, setting: Setting) -> float:
    """The farthest that lines of text reach from the middle of a plate towards its top."""
    upright = any(abs(math.sin(math.radians(turn))) > 0.5 for turn, weight in setting.turn_weights.items() if weight)
    share = 1.0 if upright or setting.kind != "line" else setting.fill_range[1]
    return room.height * (share / 2 + max(abs(offset) for offset in setting.offset_range))
