"""Measuring the face of a cut-out (`synth.banks.tag_face`)."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth import limits
from synth.banks.flattening import Flat, bows, sides_of
from synth.banks.tag_face import TagFace, TextLine
from synth.banks.writing import LONG, Writing, find_writing, paper_area, upright_corner
from synth.geometry.homography import Matrix

Floats = NDArray[np.float64]
Image = NDArray[np.uint8]
_LEAST_CAP_PX = 7.0
_LEAST_CONTRAST = 25.0
_LEAST_QUALITY = 0.5
_STEEP = 0.8
_WRAPPED = 3.0
_BOWED = 0.04
_LINE_SHARE = 0.3
_HALF = 0.5
_LETTER_SHARE = 0.5
_WIDEST_STRIP = 0.13
_WIDEST_FRAME = 0.07
_LEAST_TEXT = 0.4
_STROKE = 0.15
"""Width of a stroke, cap heights."""
_FILTER_PX = 0.65
"""Sigma that the central difference and the pixels themselves add to an edge."""


def measure_face(
    rgb: Image,
    alpha: Image,
    *,
    quad: tuple[tuple[float, float], ...] | None = None,
    angle_deg: float | None = None,
) -> tuple[TagFace | None, str]:
    """Measures the face of a cut-out.

    Args:
        rgb: (h, w, 3).
        alpha: (h, w), 255 = tag.
        quad: the tag's corners in reading order, where they are known.
        angle_deg: direction of upright, where it is known.

    Returns:
        The face and ""; or None and why no other text can be written on it.
    """
    if not np.any(alpha >= 128):
        return None, "its mask is empty"
    corners = sides_of(alpha) if quad is None else np.array(quad, dtype=np.float64)
    first = 0 if quad is not None else _first(corners, angle_deg)
    found = find_writing(rgb, alpha, first, corners)
    if found is None:
        return None, "no writing found"
    spans = _line_spans(found)
    if not spans:
        return None, "no line of text found"
    reading = np.roll(corners, -first, axis=0)[1] - np.roll(corners, -first, axis=0)[0]
    steep = abs(float(reading[1])) > _STEEP * float(np.linalg.norm(reading))
    turn = 0.0 if not steep else 90.0 if reading[1] < 0 else 270.0
    wrapped = _is_wrapped(alpha, corners, first, found.flat, steep)
    face = _face(rgb, found, spans, turn, wrapped)
    reasons = _doubts(found, face)
    return (None, "; ".join(reasons)) if reasons or face.quality < _LEAST_QUALITY else (face, "")


def _first(corners: Floats, angle_deg: float | None) -> int:
    """The corner where reading begins: the side along which text of that upright runs."""
    if angle_deg is None:
        return upright_corner(corners)
    sides = np.roll(corners, -1, axis=0) - corners
    along = np.array([math.cos(math.radians(angle_deg)), -math.sin(math.radians(angle_deg))])
    return int(np.argmax(sides @ along / np.maximum(np.linalg.norm(sides, axis=1), 1e-9)))


def _is_wrapped(alpha: Image, corners: Floats, first: int, flat: Flat, steep: bool) -> bool:
    """Whether a tag is bent round an upright axis: its upper and lower side bow the same way, or it reads along it."""
    if max(flat.width, flat.height) > _WRAPPED * min(flat.width, flat.height):
        return False
    found = np.roll(bows(alpha, corners), -first)
    upper, lower = (found[1], found[3]) if steep else (found[0], found[2])
    return steep or bool(min(abs(upper), abs(lower)) > _BOWED and upper * lower < 0)


def _line_spans(found: Writing) -> list[tuple[float, float, float, float]]:
    """(first column, last, first row, last) of each line of text in the flat picture, half-open, to a part of a px."""
    x0, x1 = found.columns
    strength = np.where(found.glyphs, np.clip(found.clearance, 0.0, 1.0), 0.0)[:, x0:x1]
    rows = strength.mean(axis=1)
    limit = _LINE_SHARE * float(np.percentile(rows, 90))
    held = np.flatnonzero(np.diff(np.concatenate([[0], (rows > limit).astype(np.int8), [0]])))
    spans = []
    for top, bottom in zip(held[::2], held[1::2], strict=True):
        if bottom - top < 0.12 * found.flat.height:
            continue
        places = np.flatnonzero(found.glyphs[top:bottom].mean(axis=0) > 0.15)
        if places.size:
            first, last = _letter_rows(found, int(top), int(bottom))
            spans.append((float(places[0]), float(places[-1] + 1), first, last))
    return sorted(spans, key=lambda s: (s[2] <= 1 or s[3] >= found.flat.height - 1, -(s[1] - s[0]) * (s[3] - s[2])))


def _letter_rows(found: Writing, top: int, bottom: int) -> tuple[float, float]:
    """Upper and lower end of most letters of a line; those that dirt or shade has grown on do not count."""
    part = (found.clearance[top:bottom] > _HALF) & found.glyphs[top:bottom]
    _, _, stats, _ = cv2.connectedComponentsWithStats(part.astype(np.uint8), connectivity=4)
    letters = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] > _LETTER_SHARE * (bottom - top)]
    if not len(letters):
        return float(top), float(bottom)
    tops, heights = letters[:, cv2.CC_STAT_TOP], letters[:, cv2.CC_STAT_HEIGHT]
    return top + float(np.median(tops)), top + float(np.median(tops + heights))


def _face(
    rgb: Image, found: Writing, spans: list[tuple[float, float, float, float]], turn: float, wrapped: bool
) -> TagFace:
    """The record; see `TagFace`."""
    (x0, x1), (y0, y1) = found.columns, found.rows
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    body_to_flat = _body_to_flat(turn, middle)
    frame = found.flat.to_cutout @ body_to_flat
    along, across = float(x1 - x0), float(y1 - y0)
    width, height = (across, along) if turn else (along, across)
    radius = width / 2 if wrapped else 0.0
    lines = tuple(_line(span, body_to_flat, turn, radius, found) for span in spans)
    cap = lines[0].cap_height_mm
    softness = _softness(found)
    ink, paper = _colours(rgb, found, softness, cap)
    return TagFace(
        frame=_rounded(frame / frame[2, 2]),
        width_mm=round(width, 2),
        height_mm=round(height, 2),
        bend_radius_mm=round(radius, 2),
        turn_deg=turn,
        cap_height_mm=cap,
        lines=lines,
        ink=ink,
        paper=paper,
        softness_px=round(softness, 2),
        quality=round(_quality(found, lines), 3),
    )


def _body_to_flat(turn: float, middle: tuple[float, float]) -> Matrix:
    """Homography from body mm to flat px: the body stands upright on screen, the flat picture reads to the right."""
    u, v = middle
    if turn == 0.0:
        return np.array([[1.0, 0.0, u], [0.0, 1.0, v], [0.0, 0.0, 1.0]])
    sign = 1.0 if turn == 90.0 else -1.0
    return np.array([[0.0, -sign, u], [sign, 0.0, v], [0.0, 0.0, 1.0]])


def _line(
    span: tuple[float, float, float, float], body_to_flat: Matrix, turn: float, radius: float, found: Writing
) -> TextLine:
    """A line of the flat picture on the unrolled surface."""
    left, right, top, bottom = span
    inverse = np.linalg.inv(body_to_flat)
    ends = [inverse @ (left, top, 1.0), inverse @ (right, bottom, 1.0)]
    (xa, xb), (ya, yb) = sorted(float(p[0]) for p in ends), sorted(float(p[1]) for p in ends)
    if radius:
        xa, xb = (radius * math.asin(max(-1.0, min(1.0, x / radius))) for x in (xa, xb))
    whole = top > 1 and bottom < found.flat.height - 1
    width, height = xb - xa, yb - ya
    length, cap = (height, width) if turn else (width, height)
    return TextLine(round((xa + xb) / 2, 2), round((ya + yb) / 2, 2), round(length, 2), round(cap, 2), whole)


def _softness(found: Writing) -> float:
    """Sigma of the glyphs' edges, px: the slope of a blurred step of height 1 is 1 / (sigma sqrt(2 pi))."""
    dy, dx = np.gradient(found.clearance)
    slope = np.hypot(dx, dy)[cv2.dilate(found.glyphs.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0]
    steepest = float(np.percentile(slope, 92))
    sigma = 1.0 / (max(steepest, 1e-3) * math.sqrt(2 * math.pi))
    return min(8.0, math.sqrt(max(0.0, sigma * sigma - _FILTER_PX**2)))


def _colours(rgb: Image, found: Writing, softness: float, cap: float) -> tuple[limits.Colour, limits.Colour]:
    """Ink and paper; what the blur took from the ink's contrast is given back."""
    flat = found.flat.picture(rgb).astype(np.float64)
    bare = paper_area(found) & (cv2.dilate(found.glyphs.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    paper = np.median(flat[bare], axis=0) if bare.any() else np.percentile(flat.reshape(-1, 3), 80, axis=0)
    deep = found.glyphs & (found.clearance >= np.percentile(found.clearance[found.glyphs], 70))
    observed = np.median(flat[deep], axis=0)
    reached = math.erf(_STROKE * cap / (2 * math.sqrt(2) * max(softness, 1e-3)))
    ink = np.clip(paper + (observed - paper) / max(reached, 0.5), 0, 255)
    return _colour(ink), _colour(paper)


def _colour(values: Floats) -> limits.Colour:
    red, green, blue = (int(v) for v in np.rint(values))
    return red, green, blue


def _quality(found: Writing, lines: tuple[TextLine, ...]) -> float:
    """How far it can be trusted: contrast, size of the letters, how much of the paper is written on."""
    written = float(found.glyphs[paper_area(found)].mean())
    crowded = max(0.0, written - 0.5)
    contrast, size = found.contrast / (2 * _LEAST_CONTRAST), lines[0].cap_height_mm / (2 * _LEAST_CAP_PX)
    return min(1.0, contrast) * min(1.0, size) * max(0.0, 1.0 - 4 * crowded)


def _doubts(found: Writing, face: TagFace) -> list[str]:
    """Why the face is not used."""
    small = face.cap_height_mm < _LEAST_CAP_PX
    doubts = [f"letters of {face.cap_height_mm:.0f} px are too small"] if small else []
    if found.contrast < _LEAST_CONTRAST:
        doubts.append(f"writing too faint ({found.contrast:.0f} grey levels)")
    softest = 0.25 * face.cap_height_mm
    if face.softness_px > softest:
        doubts.append(f"letters too blurred (sigma {face.softness_px} px)")
    if found.flat.width >= LONG * found.flat.height and not _is_whole(found, face):
        doubts.append("its writing could not be told from its frame")
    if not doubts and face.quality < _LEAST_QUALITY:
        doubts.append(f"measured with quality {face.quality}")
    return doubts


def _is_whole(found: Writing, face: TagFace) -> bool:
    """Whether all that was cut off a long tag may be strip and frame, and its lines of text lie apart."""
    left, right = found.columns[0], found.flat.width - found.columns[1]
    if left > _WIDEST_STRIP * found.flat.width or right > _WIDEST_FRAME * found.flat.width:
        return False
    caps = [line.cap_height_mm for line in face.lines]
    return min(caps) > 0.6 * max(caps) and sum(caps) > _LEAST_TEXT * found.flat.height


def _rounded(matrix: Matrix) -> limits.Matrix9:
    a, b, c, d, e, f, g, h, i = (float(f"{v:.10g}") for v in matrix.ravel())
    return a, b, c, d, e, f, g, h, i
