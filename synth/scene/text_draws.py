"""Serials set in type on a body: which face, how large, along which path."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from synth.banks.tag_face import TagFace
from synth.errors import ConfigError, RejectedScene
from synth.limits import Colour
from synth.scene.body_draws import MARGIN, Room, mm
from synth.scene.deck import Weighted, weighted
from synth.scene.designs import Design, Words
from synth.serials.layout import Faces, extent_mm
from synth.serials.tag import ArcPath, Inscription, LinePath
from synth.streams import sample_uniform

NARROWEST = 0.75
"""A text that is too long is narrowed down to this before it is made smaller."""
SMALLEST = 0.35
"""And then down to this, or further, as long as it is `min_cap_px` high where the tag is seen at its largest."""
LINE_GAP = 0.45
COPY_GAP = 1.15
FACE_SHARE = 0.93
UNLIKE = 1.6


@dataclass(frozen=True, slots=True)
class Style:
    """Type of one tag, apart from its size; fields as of an `Inscription`."""

    face: str
    stretch: float
    tracking: float
    slant_deg: float
    weight: float
    outline: float
    kerning: bool


def sample_style(rng: np.random.Generator, design: Design, faces: Weighted[str]) -> Style:
    """Face and its variation."""
    lettering = design.lettering
    face = faces.sample_one(rng)
    stretch, tracking, slant, weight, outline = (
        round(sample_uniform(rng, r), 4)
        for r in (
            lettering.stretch_range,
            lettering.tracking_range,
            lettering.slant_range_deg,
            lettering.boldness_range,
            lettering.outline_range,
        )
    )
    hollow = rng.random() < lettering.outline_share
    return Style(face, stretch, tracking, slant, weight, outline if hollow else 0.0, lettering.kerning)


def broken(text: str, lines: int) -> tuple[str, ...]:
    """A serial as so many lines: at its separators, which end a line, if the lines come out alike; else evenly."""
    if lines == 1:
        return (text,)
    step = math.ceil(len(text) / lines)
    parts = [part for part in re.split(r"(?<=[-/ .])", text) if part.strip()]
    if len(parts) >= lines:
        groups = np.array_split(np.arange(len(parts)), lines)
        joined = tuple("".join(parts[k] for k in group).strip() for group in groups)
        if max(map(len, joined)) <= UNLIKE * step:
            return joined
    return tuple(text[k : k + step] for k in range(0, len(text), step))


def sample_inscriptions(
    rng: np.random.Generator,
    design: Design,
    text: str,
    style: Style,
    room: Room,
    ink: Colour,
    faces: Faces,
    least_mm: float,
) -> tuple[tuple[Inscription, ...], float]:
    """The serial on its body, all copies of it, and the direction of its upright.

    Args:
        rng: draws its place and size.
        design: says how.
        text: the serial, perhaps with blanks.
        style: of its type.
        room: of the body.
        ink: its colour.
        faces: finds a face by its name.
        least_mm: capitals of this height are large enough, however small that is for the body.

    Raises:
        RejectedScene: it is far too long for the body.
    """
    setting = design.setting
    turn = weighted(setting.turn_weights).sample_one(rng)
    fill = sample_uniform(rng, setting.fill_range)
    du, dv = sample_uniform(rng, setting.offset_range), sample_uniform(rng, setting.offset_range)
    if design.body.kind == "bare":
        du = dv = 0.0
    lines = broken(text, setting.lines)
    if setting.kind == "arc":
        return _sample_arcs(rng, design, lines, style, room, ink, faces, fill, least_mm)
    first = float(rng.random())
    along, across = _room_of_text(room, turn, setting.copies)
    vertical = setting.kind == "vertical"
    if vertical:
        along, across = across, along
    cap = fill * across / (len(lines) + LINE_GAP * (len(lines) - 1))
    run = tuple(_inscription(line, style, cap, ink, turn, vertical) for line in lines)
    run = _fitted(run, along, design, faces, least_mm)
    cap = run[0].cap_height_mm
    step = cap * (1 + LINE_GAP)
    radians = math.radians(turn)
    made: list[Inscription] = []
    for copy in range(setting.copies):
        u0 = room.u + du * min(room.width, along)
        if room.span:
            u0 = math.remainder((copy + first) * room.span / setting.copies, room.span)
        start = 0
        for number, inscription in enumerate(run):
            below = (number - (len(run) - 1) / 2) * step
            # down the page in the text's own frame; turned by `turn` counter-clockwise on screen
            offset = (below * math.sin(radians), below * math.cos(radians))
            if vertical:
                offset = (below, 0.0)
            path = LinePath(mm(u0 + offset[0]), mm(room.v + dv * room.height + offset[1]), turn, vertical)
            made.append(msgspec.structs.replace(inscription, path=path, copy=copy, start=start))
            start += len(inscription.text.replace(" ", ""))
    return tuple(made), turn


def inscriptions_on(
    face: TagFace, design: Design, text: str, style: Style, faces: Faces
) -> tuple[tuple[Inscription, ...], float]:
    """The serial where the old one stood on a real cut-out, as often as it stood there, and as large.

    Raises:
        RejectedScene: it is far too long.
    """
    whole = face.lines[0]
    along = max(face.width_mm if face.turn_deg == 0 else face.height_mm, whole.length_mm) * FACE_SHARE
    plain = _inscription(text, style, face.cap_height_mm, face.ink, face.turn_deg, vertical=False)
    (fitted,) = _fitted((plain,), along, design, faces, math.inf)
    paths = (LinePath(mm(line.u_mm), mm(line.v_mm), face.turn_deg) for line in face.lines)
    made = (msgspec.structs.replace(fitted, path=path, copy=copy) for copy, path in enumerate(paths))
    return tuple(made), face.turn_deg


def _room_of_text(room: Room, turn: float, copies: int) -> tuple[float, float]:
    """Length and height of the room as the text sees it: of a band only what faces the viewer counts."""
    width = MARGIN * min(room.span / copies, room.radius * math.pi * 0.75) if room.span else room.width
    return (room.height, width) if abs(math.sin(math.radians(turn))) > 0.5 else (width, room.height)


def _inscription(text: str, style: Style, cap: float, ink: Colour, turn: float, vertical: bool) -> Inscription:
    return Inscription(
        text=text,
        face=style.face,
        cap_height_mm=mm(cap),
        path=LinePath(turn_deg=turn, vertical=vertical),
        ink=ink,
        stretch=style.stretch,
        tracking=style.tracking,
        slant_deg=style.slant_deg,
        weight=style.weight,
        outline=style.outline,
        kerning=style.kerning,
    )


def _fitted(
    run: Sequence[Inscription], along: float, design: Design, faces: Faces, least_mm: float
) -> tuple[Inscription, ...]:
    """The lines narrowed and then made smaller, all alike, until the longest fits."""
    longest = max(extent_mm(inscription, faces)[0] for inscription in run)
    if longest <= along:
        return tuple(run)
    narrowed = max(NARROWEST, along / longest)
    run = [msgspec.structs.replace(i, stretch=round(i.stretch * narrowed, 4)) for i in run]
    longest = max(extent_mm(inscription, faces)[0] for inscription in run)
    smaller = min(1.0, along / longest)
    if smaller < min(SMALLEST, least_mm / run[0].cap_height_mm):
        text = "".join(i.text for i in run)
        raise RejectedScene("a serial is too long for its body") from ConfigError(
            f"design {design.name!r}: {text!r} is too long for its {design.body.kind}: {longest:.1f} mm of text, "
            f"{along:.1f} mm of room; make the body larger, lower setting.fill_range or min_cap_px, or use more "
            "setting.lines"
        )
    return tuple(msgspec.structs.replace(i, cap_height_mm=mm(i.cap_height_mm * smaller)) for i in run)


def _sample_arcs(
    rng: np.random.Generator, design: Design, lines: Sequence[str], style: Style, room: Room, ink: Colour, faces: Faces,
    fill: float, least_mm: float,
) -> tuple[tuple[Inscription, ...], float]:  # fmt: skip
    """Copies of the serial along a circle; several lines lie on circles inside one another."""
    setting = design.setting
    radius = sample_uniform(rng, setting.radius_range) * room.radius
    middle = sample_uniform(rng, setting.middle_range_deg)
    inside = rng.random() < setting.inside_share
    band = 2 * min(room.radius - radius, radius) if room.radius > radius else radius
    cap = fill * max(band, 0.1 * room.radius)
    made: list[Inscription] = []
    start = 0
    for number, line in enumerate(lines):
        order = number if not inside else len(lines) - 1 - number
        at = radius - order * cap * (1 + LINE_GAP)
        if at <= cap:
            raise RejectedScene("the lines of a serial do not fit on arcs") from ConfigError(
                f"design {design.name!r}: {len(lines)} lines do not fit on arcs of its {design.body.kind}; use fewer "
                "setting.lines, or lower setting.fill_range"
            )
        bare = _inscription(line, style, cap, ink, 0.0, vertical=False)
        reach = 2 * math.pi * (at - (cap / 2 if inside else 0.0)) / (setting.copies * COPY_GAP)
        (fitted,) = _fitted((bare,), reach, design, faces, least_mm)
        for copy in range(setting.copies):
            direction = round(float((middle + 360 * copy / setting.copies) % 360), 3)
            path = ArcPath(mm(at), mm(room.u), mm(room.v), direction, inside)
            made.append(msgspec.structs.replace(fitted, path=path, copy=copy, start=start))
        start += len(line.replace(" ", ""))
    upright = (middle + (180 if inside else 0)) % 360
    return tuple(sorted(made, key=lambda i: (i.copy or 0, i.start))), round(float(upright), 3)


def sample_words(
    rng: np.random.Generator, words: Words, style: Style, size: tuple[float, float], ink: Colour,
    serial: Sequence[Inscription], faces: Faces,
) -> Inscription | None:  # fmt: skip
    """Other writing on a body of `size` mm; None if this tag has none. Inside a serial on an arc it is made to fit."""
    there, which = rng.random() < words.share, int(rng.integers(len(words.texts)))
    cap = mm(sample_uniform(rng, words.cap_height_range_mm))
    if not there:
        return None
    width, height = size
    plain = _inscription(words.texts[which], style, cap, words.ink or ink, 0.0, vertical=False)
    if words.radius:
        path = ArcPath(mm(words.radius * min(width, height) / 2), 0.0, 0.0, words.middle_deg, words.inside)
        return msgspec.structs.replace(plain, path=path, copy=None)
    at = LinePath(mm(words.at[0] * width), mm(words.at[1] * height))
    inner = [i.path.radius_mm - i.cap_height_mm for i in serial if isinstance(i.path, ArcPath)]
    length, high = extent_mm(plain, faces)
    if inner:
        # the corners of its rectangle stay inside the serial's circle
        corner = math.hypot(abs(at.u_mm) + length / 2, abs(at.v_mm) + high / 2)
        cap = mm(cap * min(1.0, min(inner) / corner))
    return msgspec.structs.replace(plain, path=at, copy=None, cap_height_mm=cap)
