"""The outline of what a round pen or cutter leaves along a skeleton: one clean contour, without overlaps.

The distance to the skeleton is exact on a grid; marching squares (Lorensen and Cline 1987, in the plane) follow the
line where it is half the thickness. The line is placed by linear interpolation, off by less than CELL**2 / (8 r) at a
round end of radius r.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.serials.glyphs import Contour

CELL = 0.02
Edge = tuple[int, int, int]  # of the grid: column and row of its lower left end, and 0 = along x, 1 = along y
# Corners 1, 2, 4, 8 of a cell (lower left, lower right, upper right, upper left) that are inside -> (from side, to
# side) of the line, what is inside to its left; sides: 0 below, 1 right, 2 above, 3 left. Saddles (5, 10) are cut.
CROSSINGS: tuple[tuple[tuple[int, int], ...], ...] = (
    (),
    ((0, 3),),
    ((1, 0),),
    ((1, 3),),
    ((2, 1),),
    ((0, 3), (2, 1)),
    ((2, 0),),
    ((2, 3),),
    ((3, 2),),
    ((0, 2),),
    ((1, 0), (3, 2)),
    ((1, 2),),
    ((3, 1),),
    ((0, 1),),
    ((3, 0),),
    (),
)
SIDES: tuple[Edge, ...] = ((0, 0, 0), (1, 0, 1), (0, 1, 0), (0, 0, 1))


def stroked(lines: Sequence[Contour], thickness: float) -> tuple[Contour, ...]:
    """Outlines of polylines, each (n, 2), drawn with a round pen of that thickness; outer ones counter-clockwise."""
    points = np.concatenate(list(lines))
    low = points.min(axis=0) - thickness / 2 - 2.5 * CELL
    columns, rows = np.ceil((points.max(axis=0) + thickness / 2 + 2.5 * CELL - low) / CELL).astype(int) + 1
    x, y = low[0] + CELL * np.arange(columns), low[1] + CELL * np.arange(rows)
    inside = thickness / 2 - _distance(lines, x[None, :], y[:, None])
    return tuple(low + CELL * contour for contour in _followed(inside))


def _distance(lines: Sequence[Contour], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from each grid point to the nearest point of the polylines."""
    nearest = np.full((y.shape[0], x.shape[1]), np.inf)
    for line in lines:
        starts = line[:-1] if len(line) > 1 else line
        for start, step in zip(starts, line[1:] - starts if len(line) > 1 else np.zeros((1, 2)), strict=True):
            squared = float(step @ step)
            along = ((x - start[0]) * step[0] + (y - start[1]) * step[1]) / squared if squared > 0 else 0 * (x + y)
            along = np.clip(along, 0, 1)
            nearest = np.minimum(nearest, np.hypot(x - start[0] - along * step[0], y - start[1] - along * step[1]))
    return nearest


def _followed(field: NDArray[np.float64]) -> list[Contour]:
    """Closed lines along which a field that is negative at its border is 0, in cells; positive values to their left."""
    filled = (field > 0).astype(np.int64)
    case = filled[:-1, :-1] + 2 * filled[:-1, 1:] + 4 * filled[1:, 1:] + 8 * filled[1:, :-1]
    following: dict[Edge, Edge] = {}
    for row, column in np.argwhere((case > 0) & (case < 15)).tolist():
        for first, last in CROSSINGS[case[row, column]]:
            following[_edge(column, row, first)] = _edge(column, row, last)
    contours = []
    while following:
        start = edge = next(iter(following))
        contour: list[tuple[float, float]] = []
        while not contour or edge != start:
            contour.append(_crossing(field, edge))
            edge = following.pop(edge)
        contours.append(np.asarray(contour))
    return contours


def _edge(column: int, row: int, side: int) -> Edge:
    x, y, axis = SIDES[side]
    return column + x, row + y, axis


def _crossing(field: NDArray[np.float64], edge: Edge) -> tuple[float, float]:
    column, row, axis = edge
    here, there = field[row, column], field[row + axis, column + 1 - axis]
    share = float(here / (here - there))
    return (column + share, float(row)) if axis == 0 else (float(column), row + share)
