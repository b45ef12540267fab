"""The same characters drawn another way: own layout and own maps in plain numpy, 16x16 samples in each pixel.

Shares with the package the glyphs' outlines and the records of a tag, and no code that sets, bends, projects or fills.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synth.serials.glyphs import Face
from synth.serials.tag import BandBody, Body, Inscription, LabelBody, LinePath

Points = NDArray[np.float64]
SAMPLES = 16
PIECES = 8
LINE_PITCH = 1.25


def pen_stops(inscription: Inscription, face: Face) -> list[float]:
    """Where the middle of each character's advance lies along the text, cap heights from the text's middle."""
    text = inscription.text
    if isinstance(inscription.path, LinePath) and inscription.path.vertical:
        steps = np.arange(len(text)) * (LINE_PITCH + inscription.tracking)
        return list(steps - steps.mean())
    widths = np.array([face.glyph(c).advance for c in text]) * inscription.stretch
    pairs = [face.kerning(a, b) for a, b in pairwise(text)] if inscription.kerning else 0.0
    gaps = inscription.tracking + np.asarray(pairs) * inscription.stretch * np.ones(len(text) - 1)
    starts = np.concatenate([[0.0], np.cumsum(widths[:-1] + gaps)])
    return list(starts + widths / 2 - (starts[-1] + widths[-1]) / 2)


def on_surface(points: Points, middle: float, stop: float, inscription: Inscription) -> Points:
    """Points of a glyph (cap heights, y up) on the surface, mm: complex numbers with the imaginary axis upwards."""
    z = inscription.stretch * (points[:, 0] - middle) + 1j * (points[:, 1] - 0.5)
    z = (z + math.tan(math.radians(inscription.slant_deg)) * z.imag) * inscription.cap_height_mm
    along, path = stop * inscription.cap_height_mm, inscription.path
    origin = complex(path.u_mm, -path.v_mm)
    if isinstance(path, LinePath):
        w = origin + (z + (-1j * along if path.vertical else along)) * np.exp(1j * math.radians(path.turn_deg))
    else:
        inwards = -1 if path.inside else 1
        way = np.exp(1j * (math.radians(path.middle_deg) - inwards * along / path.radius_mm))
        w = origin + way * (1j * path.radius_mm + inwards * z)
    return np.column_stack([w.real, -w.imag])


def on_body(uv: Points, body: Body) -> Points:
    """From the surface to the body, mm; what lies behind a limb is drawn in to it."""
    if isinstance(body, BandBody):
        radius = body.diameter_mm / 2
    elif isinstance(body, LabelBody) and body.bend_radius_mm:
        radius = body.bend_radius_mm
    else:
        return uv
    tilt = math.radians(body.tilt_deg)
    around = np.clip(uv[:, 0] / radius, -math.pi / 2, math.pi / 2)
    side, front = radius * np.sin(around), radius * np.cos(around)
    return np.column_stack([side, uv[:, 1] * math.cos(tilt) + front * math.sin(tilt)])


def on_canvas(xy: Points, matrix: Points) -> Points:
    """From the body to the canvas, px."""
    p = np.column_stack([xy, np.ones(len(xy))]) @ matrix.T
    return np.asarray(p[:, :2] / p[:, 2:])


def character_contours(inscription: Inscription, face: Face, number: int, body: Body, matrix: Points) -> list[Points]:
    """Contours of one character on the canvas, px, each edge cut into `PIECES`."""
    glyph = face.glyph(inscription.text[number])
    stop = pen_stops(inscription, face)[number]
    share = np.arange(PIECES)[:, None] / PIECES
    contours = []
    for contour in glyph.contours:
        after = np.roll(contour, -1, axis=0)
        fine = np.asarray((contour[:, None] * (1 - share) + after[:, None] * share).reshape(-1, 2), np.float64)
        surface = on_surface(fine, glyph.advance / 2, stop, inscription)
        contours.append(on_canvas(on_body(surface, body), matrix))
    return contours


def samples(contours: list[Points], x0: int, y0: int, width: int, height: int) -> NDArray[np.bool_]:
    """Which of the 16x16 samples in each pixel lie inside: winding numbers, row by row. (16 h, 16 w)."""
    turns = np.zeros((height * SAMPLES, width * SAMPLES + 1), np.int64)
    begin = (np.concatenate(contours) - (x0, y0)) * SAMPLES - 0.5
    end = (np.concatenate([np.roll(c, -1, axis=0) for c in contours]) - (x0, y0)) * SAMPLES - 0.5
    first = np.ceil(np.minimum(begin[:, 1], end[:, 1])).astype(int)
    count = np.ceil(np.maximum(begin[:, 1], end[:, 1])).astype(int) - first
    edge = np.repeat(np.arange(len(begin)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    (bx, by), (ex, ey) = begin[edge].T, end[edge].T
    column = np.ceil(bx + (row - by) * (ex - bx) / (ey - by)).astype(int)
    inside = (row >= 0) & (row < len(turns))
    column = np.clip(column, 0, width * SAMPLES)
    np.add.at(turns, (row[inside], column[inside]), np.sign(ey - by).astype(int)[inside])
    return np.asarray(turns.cumsum(axis=1)[:, :-1] != 0)


def coverage(inside: NDArray[np.bool_]) -> Points:
    """Share of each pixel's samples that lie inside."""
    height, width = (side // SAMPLES for side in inside.shape)
    return np.asarray(inside.reshape(height, SAMPLES, width, SAMPLES).mean(axis=(1, 3)))
