"""Where each character of an inscription stands on the surface, and whether a text fits its body.

The pen moves by each character's advance (times `stretch`), its kerning and the tracking. The length of a text is the
pen's way without the tracking after its last character; the middle of it lies on the path's point. Along an arc each
letter stays straight and stands on the circle with the middle of its advance. Vertical text has one character per
`PITCH` cap heights, centred by its advance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from synth.errors import ConfigError
from synth.serials.faces import styled_glyph
from synth.serials.glyphs import Face, Glyph
from synth.serials.mapping import Placing
from synth.serials.tag import ArcPath, BandBody, BareBody, Body, DiscBody, Inscription, LinePath, SerialTag

Faces = Callable[[str], Face]
"""How a face is found by the name in an inscription."""
PITCH = 1.25
OVERLAP = 0.25
"""Cap heights by which boxes of letters on an arc may overlap at their narrow ends: few letters fill their corners."""


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """One character that is drawn.

    Attributes:
        character: what it is.
        number: its position in the text, not counting blanks.
        glyph: its outline.
        place: where it stands.
    """

    character: str
    number: int
    glyph: Glyph
    place: Placing


@dataclass(frozen=True, slots=True, eq=False)
class _Pen:
    """Glyph of every character and the middle of its advance along the text, cap heights from the text's middle."""

    glyphs: tuple[Glyph, ...]
    middles: tuple[float, ...]
    length: float


def lay_out(inscription: Inscription, faces: Faces) -> list[Letter]:
    """The characters of an inscription in reading order, without blanks.

    Raises:
        AssetError: the face lacks one.
    """
    pen = _pen_of(inscription, faces)
    shear = math.tan(math.radians(inscription.slant_deg))
    cap, stretch = inscription.cap_height_mm, inscription.stretch
    letters: list[Letter] = []
    for character, glyph, middle in zip(inscription.text, pen.glyphs, pen.middles, strict=True):
        if character.isspace() or not len(glyph.ends):
            continue
        u, v, turn = _stand(inscription.path, middle * cap)
        place = Placing(u, v, math.cos(turn), math.sin(turn), cap, stretch, shear, glyph.advance / 2)
        letters.append(Letter(character, len(letters), glyph, place))
    return letters


def extent_mm(inscription: Inscription, faces: Faces) -> tuple[float, float]:
    """(length along its path, height across it) of a text, mm: the pen's way and the cap height.

    Of vertical text: from the head of the first to the foot of the last character, and its widest advance.
    """
    pen = _pen_of(inscription, faces)
    cap = inscription.cap_height_mm
    if _is_vertical(inscription):
        return pen.length * cap, cap * inscription.stretch * max((glyph.advance for glyph in pen.glyphs), default=1.0)
    return pen.length * cap, cap


def least_cap_mm(tag: SerialTag) -> float:
    """Height of its smallest capitals, mm; 1 without any."""
    return min((inscription.cap_height_mm for inscription in tag.inscriptions), default=1.0)


def text_reach(tag: SerialTag, faces: Faces) -> list[tuple[float, float]]:
    """Points of the surface that all text lies between, mm, with room for tails and accents."""
    points: list[tuple[float, float]] = []
    for inscription in tag.inscriptions:
        along, across = extent_mm(inscription, faces)
        path = inscription.path
        room = max(across, inscription.cap_height_mm)
        if isinstance(path, ArcPath):
            x = y = path.radius_mm + 1.2 * room
        elif path.vertical:
            x = y = max(along, across) / 2 + room
        else:
            turn = math.radians(path.turn_deg)
            c, s = abs(math.cos(turn)), abs(math.sin(turn))
            along = along / 2 + 0.6 * room
            x, y = along * c + 1.1 * room * s, along * s + 1.1 * room * c
        points += [(path.u_mm + dx, path.v_mm + dy) for dx in (-x, x) for dy in (-y, y)]
    return points


def require_fits(tag: SerialTag, faces: Faces) -> None:
    """Holds the texts of a tag to the room on its body; tails of letters may reach beyond.

    Raises:
        ConfigError: a text is too long for its body or its arc; names the text, its length, the room, and a remedy.
    """
    for inscription in tag.inscriptions:
        length, height = extent_mm(inscription, faces)
        if isinstance(inscription.path, ArcPath):
            _require_arc(inscription, inscription.path, length, height, faces)
            _require_arc_on_body(inscription, inscription.path, tag.body, length, height)
        else:
            _require_line(inscription, inscription.path, tag.body, length, height)


def _is_vertical(inscription: Inscription) -> bool:
    return isinstance(inscription.path, LinePath) and inscription.path.vertical


def _pen_of(inscription: Inscription, faces: Faces) -> _Pen:
    """The pen's way; the same one wherever a text stands and however large it is."""
    face, text = faces(inscription.face), inscription.text
    look = (inscription.weight, inscription.outline)
    if _is_vertical(inscription):
        return _pen_down(face, text, look, inscription.tracking)
    return _pen(face, text, look, inscription.tracking, inscription.stretch, inscription.kerning)


def _glyphs(face: Face, text: str, look: tuple[float, float]) -> tuple[Glyph, ...]:
    """Of every character; `look` is the weight and the outline of an inscription."""
    if not any(look):
        return tuple(map(face.glyph, text))
    return tuple(
        face.glyph(character) if character.isspace() else styled_glyph(face, character, weight=look[0], outline=look[1])
        for character in text
    )


@lru_cache(maxsize=64)
def _pen_down(face: Face, text: str, look: tuple[float, float], tracking: float) -> _Pen:
    glyphs = _glyphs(face, text, look)
    middles = [0.5 + k * (PITCH + tracking) for k in range(len(glyphs))]
    length = middles[-1] + 0.5 if middles else 0.0
    return _Pen(glyphs, tuple(middle - length / 2 for middle in middles), length)


@lru_cache(maxsize=64)
def _pen(
    face: Face, text: str, look: tuple[float, float], tracking: float, stretch: float, kerning: bool
) -> _Pen:  # fmt: skip
    glyphs = _glyphs(face, text, look)
    middles: list[float] = []
    way = 0.0
    for k, glyph in enumerate(glyphs):
        if k and kerning:
            way += stretch * face.kerning(text[k - 1], text[k])
        middles.append(way + stretch * glyph.advance / 2)
        way += stretch * glyph.advance + tracking
    length = max(way - tracking, 0.0) if glyphs else 0.0
    return _Pen(glyphs, tuple(middle - length / 2 for middle in middles), length)


def _stand(path: LinePath | ArcPath, along: float) -> tuple[float, float, float]:
    """(u, v, turn in rad) of a character whose middle lies `along` mm from the middle of the text."""
    if isinstance(path, LinePath):
        turn = math.radians(path.turn_deg)
        if path.vertical:
            return path.u_mm + along * math.sin(turn), path.v_mm + along * math.cos(turn), turn
        return path.u_mm + along * math.cos(turn), path.v_mm - along * math.sin(turn), turn
    direction = math.radians(path.middle_deg) + (along if path.inside else -along) / path.radius_mm
    u = path.u_mm - path.radius_mm * math.sin(direction)
    v = path.v_mm - path.radius_mm * math.cos(direction)
    return u, v, direction + math.pi if path.inside else direction


def _require(text: str, what: str, needed: float, room: float) -> None:
    if needed > room * 1.002 + 1e-3:
        raise ConfigError(
            f"text {text!r} is too long for its {what}: it needs {needed:.2f} mm, there is room for "
            f"{max(room, 0):.2f} mm; make the body larger, or lower cap_height_mm, stretch or tracking"
        )


def _room_on(body: Body) -> tuple[str, float, float]:
    """(name, width, height) of the surface that text may take."""
    if isinstance(body, BandBody):
        return "band", math.pi * body.diameter_mm, body.length_mm
    if isinstance(body, DiscBody):
        return "disc", body.diameter_mm, body.diameter_mm
    if isinstance(body, BareBody):
        return "ground", math.inf, math.inf
    return type(body).__name__.removesuffix("Body").lower(), body.width_mm, body.height_mm


def _require_line(inscription: Inscription, path: LinePath, body: Body, length: float, height: float) -> None:
    what, width, tall = _room_on(body)
    turn = math.radians(path.turn_deg)
    along, across = (height, length) if path.vertical else (length, height)
    if isinstance(body, DiscBody):
        right = abs(path.u_mm * math.cos(turn) - path.v_mm * math.sin(turn))
        down = abs(path.u_mm * math.sin(turn) + path.v_mm * math.cos(turn))
        half = body.diameter_mm / 2
        _require(inscription.text, what, 2 * right + along, 2 * math.sqrt(max(half**2 - (down + across / 2) ** 2, 0.0)))
        return
    cosine, sine = abs(math.cos(turn)), abs(math.sin(turn))
    aside = 0.0 if isinstance(body, BandBody) else 2 * abs(path.u_mm)
    _require(inscription.text, what, along * cosine + across * sine, width - aside)
    _require(inscription.text, what, along * sine + across * cosine, tall - 2 * abs(path.v_mm))


def _require_arc(inscription: Inscription, path: ArcPath, length: float, height: float, faces: Faces) -> None:
    """The text stays within one turn, and its cells do not run into each other at their ends nearer to the centre."""
    _require(inscription.text, "arc", length, 2 * math.pi * path.radius_mm)
    narrow = path.radius_mm - height / 2
    if narrow <= 0:
        _require(inscription.text, "arc", height, 2 * path.radius_mm)
    pen = _pen_of(inscription, faces)
    cap, stretch = inscription.cap_height_mm, inscription.stretch
    sides = [_ink_sides(glyph, cap * stretch) for glyph in pen.glyphs]
    for k in range(1, len(sides)):
        right, left = sides[k - 1][1], sides[k][0]
        gap = (pen.middles[k] - pen.middles[k - 1]) * cap
        spread = math.atan2(right, narrow) + math.atan2(left, narrow)
        corners = math.hypot((right + left) / 2, narrow)
        if (spread - gap / path.radius_mm) * corners > max(right + left - gap, 0.0) + OVERLAP * cap:
            raise ConfigError(
                f"text {inscription.text!r} runs into itself on its arc: {length:.2f} mm along a circle of radius "
                f"{path.radius_mm:.2f} mm leave {narrow:.2f} mm at the letters' narrow ends, where "
                f"{inscription.text[k - 1 : k + 1]!r} overlap; give the arc a larger radius, lower cap_height_mm, or "
                "raise tracking"
            )


def _ink_sides(glyph: Glyph, scale: float) -> tuple[float, float]:
    """How far the ink reaches to the left and to the right of the middle of the advance, mm."""
    if not len(glyph.ends):
        return 0.0, 0.0
    x, middle = glyph.vertices[:, 0], glyph.advance / 2
    return scale * (middle - float(x.min())), scale * (float(x.max()) - middle)


def _require_arc_on_body(inscription: Inscription, path: ArcPath, body: Body, length: float, height: float) -> None:
    """The part of the ring that the text takes lies on the body."""
    what, width, tall = _room_on(body)
    outer = path.radius_mm + height / 2
    if isinstance(body, DiscBody):
        _require(inscription.text, what, 2 * (math.hypot(path.u_mm, path.v_mm) + outer), width)
        return
    half = length / (2 * path.radius_mm)
    turns = [math.radians(path.middle_deg) + half * k / 32 for k in range(-32, 33)]
    reach_u = max(abs(path.u_mm - outer * math.sin(turn)) for turn in turns)
    reach_v = max(abs(path.v_mm - outer * math.cos(turn)) for turn in turns)
    if not isinstance(body, BandBody):
        _require(inscription.text, what, 2 * reach_u, width)
    _require(inscription.text, what, 2 * reach_v, tall)
