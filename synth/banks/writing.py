"""Where the writing of a cut-out is: found in the flat picture of the tag, apart from its frame and coloured strips.

Paper surrounds the writing: whether the ink is darker or brighter than the paper is told by which of the two reaches
the paper's edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.flattening import LEAST_SIDE_PX, Flat, flat_of, shortest_side, sides_of
from synth.banks.measurement import luma

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Image = NDArray[np.uint8]
Span = tuple[int, int]

SURE = 250
"""Coverage from which a pixel shows nothing but the tag."""
_PAPER_QUANTILE = 0.86
_PAPER_SHARE = 0.42
"""How far from the ink's to the paper's brightness a column reaches whose brightest pixels are paper."""
_WIDEST_STROKE = 0.3
"""Of the tag's height: so much may lie between two columns that show paper."""
_GLYPH_SHARE = 0.35
"""How far from the paper's to the ink's brightness a pixel of the writing lies."""
_FAINTEST = 12.0
"""Grey levels; what differs less from its surroundings is no writing."""
_RARER = 0.2
_FRAME_SHARE = 0.4
LONG = 2.5
_STRIP = 0.5
_LEAST_PX = 16


@dataclass(frozen=True, eq=False)
class Writing:
    """The writing of a cut-out.

    Attributes:
        flat: how the tag lies in its cut-out.
        columns, rows: of the flat picture that are paper, half-open; frame and coloured strips lie outside.
        glyphs: (h, w) of the flat picture, what is written.
        clearance: how far each pixel of the flat picture is from the paper (0) to the ink (1).
        light_on_dark: whether the ink is brighter than the paper.
        contrast: between ink and paper, grey levels.
    """

    flat: Flat
    columns: Span
    rows: Span
    glyphs: Bools
    clearance: Floats
    light_on_dark: bool
    contrast: float


def find_writing(rgb: Image, alpha: Image, first: int | None = None, corners: Floats | None = None) -> Writing | None:
    """Finds the writing of a tag; None if nothing stands out against its paper.

    Args:
        rgb: (h, w, 3) cut-out.
        alpha: (h, w) its mask, 255 = tag.
        first: corner where reading begins; by default the side that is longer and reads most upright.
        corners: (4, 2) of the tag, clockwise; by default found from the mask.
    """
    if not np.any(alpha >= 128):
        return None
    found = sides_of(alpha) if corners is None else corners
    if shortest_side(found) < LEAST_SIDE_PX:
        return None
    flat = flat_of(found, upright_corner(found) if first is None else first)
    inside, grey = flat.picture(alpha) >= SURE, luma(flat.picture(rgb))
    found_both = [_written(flat, grey, inside, light_on_dark) for light_on_dark in (False, True)]
    candidates = [candidate for candidate in found_both if candidate is not None]
    return min(candidates, key=_unlikeliness) if candidates else None


def _written(flat: Flat, grey: Floats, inside: Bools, light_on_dark: bool) -> Writing | None:
    """What is written if the ink is brighter, or darker, than the paper."""
    bright = 255.0 - grey if light_on_dark else grey
    long = flat.width >= LONG * flat.height
    # what is about as high as wide is worn or round: no frame, no strip, and paper that darkens towards its edges
    columns, rows = _paper_rectangle(bright, inside) if long else ((0, flat.width), (0, flat.height))
    for last in (False, True):
        area = np.zeros_like(inside)
        area[rows[0] : rows[1], columns[0] : columns[1]] = True
        area &= inside
        if np.count_nonzero(area) < _LEAST_PX:
            return None
        paper = _paper_brightness(bright, area)
        contrast = float(np.percentile((paper - bright)[area], 97))
        if contrast < _FAINTEST:
            return None
        clearance = np.where(area, (paper - bright) / contrast, 0.0)
        glyphs = _without_specks((clearance > _GLYPH_SHARE) & area, flat.height)
        if long and not last:
            columns, rows = _trimmed(glyphs | ~inside, columns, rows)
    return Writing(flat, columns, rows, glyphs, clearance, light_on_dark, contrast) if glyphs.any() else None


def _unlikeliness(writing: Writing) -> float:
    """Grows with the share of the paper's edge that is written on and of the tag that is not paper."""
    (x0, x1), (y0, y1) = writing.columns, writing.rows
    part = writing.glyphs[y0:y1, x0:x1]
    edge = np.concatenate([part[:2].ravel(), part[-2:].ravel(), part[:, :2].ravel(), part[:, -2:].ravel()])
    lost = 1.0 - part.size / writing.glyphs.size
    _, _, stats, _ = cv2.connectedComponentsWithStats(part.astype(np.uint8), connectivity=4)
    longest = float(stats[1:, cv2.CC_STAT_WIDTH].max(initial=0)) / max(1, x1 - x0)
    crowded = max(0.0, float(part.mean()) - 0.4) + max(0.0, longest - 0.5)
    return float(edge.mean()) + lost + crowded + _RARER * writing.light_on_dark


def _trimmed(glyphs: Bools, columns: Span, rows: Span) -> tuple[Span, Span]:
    """The paper without strips along its ends and frames along its sides: there, "writing" reaches the edge."""
    height = rows[1] - rows[0]
    part = glyphs[rows[0] : rows[1], columns[0] : columns[1]]
    across = part.mean(axis=1) > _FRAME_SHARE
    top, bottom = _edge_run(across, 0.22 * height), _edge_run(across[::-1], 0.22 * height)
    rows = (rows[0] + top, rows[1] - bottom)
    part = glyphs[rows[0] : rows[1], columns[0] : columns[1]]
    band = max(1, round(0.12 * part.shape[0]))
    edges = ((part[:band].mean(axis=0) + part[-band:].mean(axis=0)) / 2 >= _FRAME_SHARE) & (part.mean(axis=0) > 0.45)
    left, right = _edge_run(edges, _STRIP * height), _edge_run(edges[::-1], _STRIP * height)
    return (columns[0] + left, columns[1] - right), rows


def _edge_run(holds: Bools, most: float) -> int:
    """How many from the start on belong to a run that holds, over single exceptions; 0 if that is too many."""
    end = 0
    for place in range(holds.size):
        if holds[place]:
            end = place + 1
        elif place - end >= 2:
            break
    return end if end <= most else 0


def paper_area(writing: Writing) -> Bools:
    """(h, w) of the flat picture: the paper, written on or not."""
    area = np.zeros_like(writing.glyphs)
    area[writing.rows[0] : writing.rows[1], writing.columns[0] : writing.columns[1]] = True
    return area


def upright_corner(corners: Floats) -> int:
    """Corner where reading begins if nothing else is known: along the longer sides, upright, else upwards.

    A tag that is about as high as wide reads along its most level side.
    """
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    along = lengths + np.roll(lengths, -2)
    candidates = [k for k in range(4) if along[k] >= 0.8 * along.max()]
    if along.max() > 1.25 * along.min():
        candidates = [k for k in candidates if along[k] >= 0.99 * along.max()]
    # turned a little, so that of the two ways along an upright side upwards comes first
    return max(candidates, key=lambda k: float(sides[k] @ (1.0, -0.35)) / max(float(lengths[k]), 1e-9))


def _paper_rectangle(bright: Floats, inside: Bools) -> tuple[Span, Span]:
    """(columns, rows) of the flat picture where the brightest pixels are paper."""
    height, width = bright.shape
    rows = (round(0.08 * height), max(round(0.92 * height), round(0.08 * height) + 1))
    columns = (0, width)
    for _ in range(2):
        part, valid = bright[rows[0] : rows[1]], inside[rows[0] : rows[1]]
        columns = _longest_run(_profile(part, valid, 0), _WIDEST_STROKE * height)
        part, valid = bright[:, columns[0] : columns[1]], inside[:, columns[0] : columns[1]]
        rows = _longest_run(_profile(part, valid, 1), 0.1 * height)
    return columns, rows


def _profile(bright: Floats, valid: Bools, axis: int) -> Bools:
    """For each column (axis 0) or row (axis 1): whether its brightest pixels are paper."""
    values = bright[valid]
    if values.size < 8:
        return np.ones(bright.shape[1 - axis], np.bool_)
    ink, paper = np.percentile(values, (4, 85))
    masked = np.where(valid, bright, -1.0)
    ordered = np.sort(masked, axis=axis)
    count = ordered.shape[axis]
    high = np.take(ordered, min(count - 1, int(_PAPER_QUANTILE * count)), axis=axis)
    return np.asarray(high > ink + _PAPER_SHARE * (paper - ink))


def _longest_run(holds: Bools, bridged: float) -> Span:
    """The longest stretch that holds, over gaps of at most `bridged`; all of it if nothing holds."""
    places = np.flatnonzero(holds)
    if places.size == 0:
        return 0, holds.size
    runs: list[Span] = []
    start = last = int(places[0])
    for place in (int(p) for p in places[1:]):
        if place - last - 1 > bridged:
            runs.append((start, last + 1))
            start = place
        last = place
    runs.append((start, last + 1))
    return max(runs, key=lambda run: run[1] - run[0])


def _paper_brightness(bright: Floats, area: Bools) -> Floats:
    """The paper's brightness under and round the writing: a surface of low order through the brightest pixels."""
    height, width = bright.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = 2 * x / max(1, width - 1) - 1, 2 * y / max(1, height - 1) - 1
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y], axis=-1)
    own, values = terms[area], bright[area]
    weight = np.ones(values.size)
    surface = np.zeros_like(bright)
    for _ in range(5):
        normal = (own * weight[:, None]).T @ own + 1e-3 * values.size * np.diag([0, 0, 0, 1, 1, 1, 1, 1, 1])
        solution = np.linalg.solve(normal + 1e-9 * np.eye(9), (own * weight[:, None]).T @ values)
        off = values - own @ solution
        scale = max(2.0, 1.5 * float(np.median(np.abs(off[off > -np.median(np.abs(off))]))))
        weight = np.where(off > 0, 1.0, 1.0 / (1.0 + (off / scale) ** 4))
        surface = terms @ solution
    return np.asarray(surface)


def _without_specks(glyphs: Bools, height: int) -> Bools:
    """Without pieces too small for a letter's part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(glyphs.astype(np.uint8), connectivity=8)
    least = max(3.0, 0.004 * height * height)
    kept = np.array([False] + [stats[k, cv2.CC_STAT_AREA] >= least for k in range(1, count)])
    return np.asarray(kept[labels])
