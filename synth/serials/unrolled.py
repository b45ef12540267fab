"""The face of a tag laid flat, as a texture for a body in space: its colours in even light, its relief, its letters.

Texels lie on the surface coordinates (u, v) of `synth.serials.tag`. A band is unrolled all round, from u = -pi R to
pi R, and its patterns and letters run on across the two ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.errors import ConfigError
from synth.geometry.boxes import Box, Region
from synth.geometry.homography import apply
from synth.labels.sample import Quad
from synth.serials.finish import Finish, Marks, Patterns, depth_of, patterns_on, scratches_on, unlit
from synth.serials.layout import Faces, least_cap_mm
from synth.serials.lettering import DrawnCharacter, Lettering, letters_of
from synth.serials.raster import polygon_area_coverage
from synth.serials.regions import cut, grown
from synth.serials.relief import LEAST_SIGMA_PX, Depth, Plane, blurred, steepness
from synth.serials.sheet import Sheet, lettering_on, sheet_of
from synth.serials.surfaces import outline
from synth.serials.tag import BareBody, Body, CutoutBody, LabelBody, SerialTag
from synth.serials.tracing import Shape, Sites, Trace, shape_of, trace

STRIP_PX = 1 << 17
"""Texels that are coloured at a time."""
RELIEF, RELIEF_WALL = 0.04, 0.02
"""Height of marks of relief 1 and sigma of their walls, in cap heights."""
JOINT = 0.1
"""Share of a band's girth over which its patterns pass into those of the other end."""
LEVELS = 127


@dataclass(frozen=True, slots=True, eq=False)
class UnrolledCharacter:
    """One character on the surface.

    Attributes:
        character: what it is.
        place: (copy, position in the serial without blanks); None for words that are no serial.
        quad_mm: corners of its cell as one reads it, (u, v); on a band they may lie beyond u = +-pi R.
        box_mm: extent of its outline; likewise.
        upright_deg: direction of its upright on the surface.
    """

    character: str
    place: tuple[int, int] | None
    quad_mm: Quad
    box_mm: Box
    upright_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Unrolled:
    """The face of a tag laid flat; its arrays are read-only.

    Attributes:
        rgba: (h, w, 4) uint8, sRGB colour without light; alpha: how much of what lies below the face hides,
            the less the clearer its material. Without a body that is the ink alone.
        relief: (h, w) uint8 height, 128 = the surface; None if its marks are flat.
        relief_mm: height of 127 levels.
        box_mm: (u0, v0, u1, v1) of the texture's edges.
        px_per_mm: that were used.
        letters: (h, w) int16, 1 + index of the character that covers the texel by half or more, 0 for none.
        ink: (h, w) uint8 coverage by characters, as if nothing were worn off.
        characters: in reading order.
    """

    rgba: Plane
    relief: Plane | None
    relief_mm: float
    box_mm: Box
    px_per_mm: float
    letters: NDArray[np.int16]
    ink: Plane
    characters: tuple[UnrolledCharacter, ...]

    def __post_init__(self) -> None:
        for array in (self.rgba, self.relief, self.letters, self.ink):
            if array is not None:
                array.setflags(write=False)


def unrolled(tag: SerialTag, px_per_mm: float, faces: Faces) -> Unrolled:
    """Lays the face of a tag flat.

    Args:
        tag: whose body is its own, not a cut-out.
        px_per_mm: resolution; lowered where the texture would be too large, and on a band raised to whole texels.
        faces: how a face is found by its name.

    Raises:
        ConfigError: the body is a cut-out, or the resolution is no positive number.
        AssetError: a face lacks a character.
    """
    if isinstance(tag.body, CutoutBody):
        raise ConfigError("a cut-out has pixels of its own; only bodies that are drawn can be laid flat")
    if not 0 < px_per_mm < math.inf:
        raise ConfigError(f"px_per_mm must be a positive number, got {px_per_mm}")
    tag = _laid_flat(tag)
    letters, owners = letters_of(tag, faces)
    sheet = sheet_of(tag, letters, px_per_mm)
    depth, cap = depth_of(tag, sheet.matrix[:2, :2]), _serial_cap_mm(tag)
    sigma = max(RELIEF_WALL * cap * sheet.px_per_mm, LEAST_SIGMA_PX)
    wide = grown(sheet.region, max(depth.reach_px, math.ceil(3 * sigma)) + 1)
    lettering = lettering_on(tag, letters, owners, sheet, wide)
    rgba = np.zeros((sheet.height, sheet.width, 4), np.uint8)
    rgba[:, :, 3] = _silhouette(tag.body, sheet)
    _colour(tag, sheet, lettering, wide, depth, rgba)
    relief = None
    if depth.wall_px > 0:
        risen = cut(blurred(lettering.ink, sigma), wide, sheet.region)
        relief = np.rint(128 + depth.sign * LEVELS / 255 * risen).astype(np.uint8)
    return Unrolled(
        rgba=rgba,
        relief=relief,
        relief_mm=RELIEF * cap * tag.marking.relief if relief is not None else 0.0,
        box_mm=sheet.box_mm,
        px_per_mm=sheet.px_per_mm,
        letters=_letter_map(lettering.characters, sheet),
        ink=np.ascontiguousarray(cut(lettering.ink, wide, sheet.region)),
        characters=tuple(_on_surface(character, sheet) for character in lettering.characters),
    )


def _serial_cap_mm(tag: SerialTag) -> float:
    """Height of the smallest capitals of its serial; without a serial, of all."""
    return min((i.cap_height_mm for i in tag.inscriptions if i.copy is not None), default=least_cap_mm(tag))


def _laid_flat(tag: SerialTag) -> SerialTag:
    """The tag with its label flat."""
    if isinstance(tag.body, LabelBody):
        flat = msgspec.structs.replace(tag.body, bend_radius_mm=0.0, tilt_deg=0.0)
        return msgspec.structs.replace(tag, body=flat)
    return tag


def _silhouette(body: Body, sheet: Sheet) -> Plane | int:
    """Coverage of the body's face; nothing yet without a body."""
    if isinstance(body, BareBody):
        return 0
    if sheet.girth:
        return 255
    polygons = outline(body)
    corners = apply(sheet.matrix, np.concatenate(polygons))
    return polygon_area_coverage(corners, np.cumsum([len(polygon) for polygon in polygons]), sheet.region)


def _colour(tag: SerialTag, sheet: Sheet, lettering: Lettering, wide: Region, depth: Depth, rgba: Plane) -> None:
    """Writes the colours, some rows at a time; without a body the alpha as well, and no more than the ink."""
    soft, height = blurred(lettering.ink, depth.ink_px), blurred(lettering.ink, depth.wall_px)
    bare, shape = isinstance(tag.body, BareBody), shape_of(tag.body, least_cap_mm(tag))
    shape = shape._replace(radius=0.0, tilt=0.0, bevel=0.0)
    if bare:
        rgba[:, :, :3] = tag.inscriptions[0].ink if tag.inscriptions else 0
    opacity = tag.material.opacity
    rows, margin = max(STRIP_PX // sheet.width, 1), -wide[0]
    for top in range(0, sheet.height, rows):
        strip = rgba[top : top + rows]
        window = (slice(top + margin, top + margin + len(strip)), slice(margin, margin + sheet.width))
        index = np.flatnonzero(soft[window]) if bare else np.arange(len(strip) * sheet.width)
        at = trace(sheet.inverse, shape, (0, top, sheet.width, top + len(strip)), index, tag.light)
        marks = _marks(soft, height, lettering.which, window, depth, tag.wear.dirt > 0)
        finish = _finish(tag, shape, at, _chosen(marks, index) if bare else marks, sheet.girth)
        if bare:
            flat = strip.reshape(-1, 4)
            flat[index, :3] = finish.rgb
            flat[index, 3] = np.rint(255 * finish.ink)
        else:
            strip[:, :, :3] = finish.rgb.reshape(*strip.shape[:2], 3)
            if opacity < 1:
                hidden = opacity + (1 - opacity) * finish.veil.reshape(strip.shape[:2])
                strip[:, :, 3] = np.rint(strip[:, :, 3] * hidden)


def _marks(soft: Plane, height: Plane, which: Plane, window: tuple[slice, slice], depth: Depth, dirty: bool) -> Marks:
    """Ink in a window of the wide planes; walls are as steep as they are, lit from nowhere."""
    share, owners = (soft[window] * np.float32(1 / 255)).ravel(), which[window].ravel()
    if depth.wall_px <= 0:
        return Marks(share, share, np.zeros_like(share), owners)
    steep = np.zeros_like(share)
    if dirty:
        rows, columns = window
        around = height[rows.start - 1 : rows.stop + 1, columns.start - 1 : columns.stop + 1]
        steep = depth.strength * steepness(around, depth.wall_px).ravel()
    return Marks(share, (height[window] * np.float32(1 / 255)).ravel(), steep, owners)


def _chosen(marks: Marks, index: NDArray[np.int64]) -> Marks:
    return Marks(marks.ink[index], marks.groove[index], marks.walls[index], marks.which[index])


def _finish(tag: SerialTag, shape: Shape, at: Trace, marks: Marks, girth: float) -> Finish:
    patterns, scratch = patterns_on(tag, shape, at, marks), scratches_on(tag, shape, at)
    if girth:
        patterns = _joined(tag, shape, at, marks, girth, patterns)
        if tag.wear.scratches:
            worn = msgspec.structs.replace(tag.wear, seed=tag.wear.seed + 31)
            behind = _shifted(at, np.where(at.u < 0, at.u + girth / 2, at.u - girth / 2).astype(np.float32))
            scratch = np.maximum(scratch, scratches_on(msgspec.structs.replace(tag, wear=worn), shape, behind))
    return unlit(tag, shape, at, marks, patterns, scratch)


def _joined(tag: SerialTag, shape: Shape, at: Trace, marks: Marks, girth: float, patterns: Patterns) -> Patterns:
    """Patterns that pass, before the band's one end, into those before its other end."""
    chosen = np.flatnonzero(at.u > (0.5 - JOINT) * girth)
    share = np.clip((at.u[chosen] / np.float32(girth) - np.float32(0.5 - JOINT)) / np.float32(JOINT), 0, 1)
    part = Trace(at.index[chosen], at.rows[:, chosen], *at.rows[:, chosen])
    there = _shifted(part, part.u - np.float32(girth))
    before = patterns_on(tag, shape, there, _chosen(marks, chosen))
    # noise keeps its strength between the two
    near, far = np.sqrt(1 - share), np.sqrt(share)
    tone, ink, dirt = patterns.tone.copy(), patterns.ink.copy(), patterns.dirt.copy()
    tone[chosen] = near * tone[chosen] + far * before.tone
    ink[chosen] += share * (before.ink - ink[chosen])
    dirt[chosen] += share * (before.dirt - dirt[chosen])
    return Patterns(tone, ink, dirt)


def _shifted(at: Trace, u: Sites) -> Trace:
    """What lies elsewhere round a band."""
    rows = at.rows.copy()
    rows[0] = u
    return Trace(at.index, rows, *rows)


def _letter_map(characters: Sequence[DrawnCharacter], sheet: Sheet) -> NDArray[np.int16]:
    letters = np.zeros((sheet.height, sheet.width), np.int16)
    for number, character in enumerate(characters, 1):
        mask = character.mask if sheet.girth else character.mask.within(sheet.region)
        rows, columns = np.nonzero(mask.pixels)
        rows = rows + mask.y
        seen = (rows >= 0) & (rows < sheet.height)
        letters[rows[seen], (columns[seen] + mask.x) % sheet.width] = number
    return letters


def _on_surface(character: DrawnCharacter, sheet: Sheet) -> UnrolledCharacter:
    a, b, c, d = ((float(u), float(v)) for u, v in apply(sheet.inverse, character.quad))
    x0, y0, x1, y1 = character.outline_box
    (u0, v0), (u1, v1) = apply(sheet.inverse, [(x0, y0), (x1, y1)]).tolist()
    return UnrolledCharacter(character.character, character.place, (a, b, c, d), (u0, v0, u1, v1), character.angle_deg)
