"""Skeletons of letters as a round cutter or a dot-marking pin follows them.

A letter is a tuple of strokes, a stroke a tuple of points (x, y) and elliptic arcs (centre x, centre y, radius x,
radius y, first angle, last angle; degrees counter-clockwise from the right, the way round given by their order). What
follows in a stroke is joined by straight lines. Unit: height of the skeleton; the baseline is y = 0, y points up.
The zero is narrow and struck through, so that it is no O.
"""

from __future__ import annotations

import math

import numpy as np

from synth.serials.glyphs import Contour

Part = tuple[float, float] | tuple[float, float, float, float, float, float]
Strokes = tuple[tuple[Part, ...], ...]
BOWL: tuple[Part, ...] = ((0, 0), (0, 1), (0.29, 1), (0.29, 0.74, 0.27, 0.26, 90, -90), (0, 0.48))
ROUND: tuple[Part, ...] = ((0.34, 0.66, 0.34, 0.34, 0, 180), (0.34, 0.34, 0.34, 0.34, 180, 360), (0.68, 0.66))

SKELETONS: dict[str, Strokes] = {
    "A": (((0, 0), (0.32, 1), (0.64, 0)), ((0.109, 0.34), (0.531, 0.34))),
    "B": (
        ((0, 0), (0, 1), (0.3, 1), (0.3, 0.765, 0.235, 0.235, 90, -90), (0, 0.53)),
        ((0.3, 0.53), (0.305, 0.265, 0.275, 0.265, 90, -90), (0, 0)),
    ),
    "C": (((0.32, 0.67, 0.32, 0.33, 38, 180), (0.32, 0.33, 0.32, 0.33, 180, 322)),),
    "D": (((0, 0), (0, 1), (0.26, 1), (0.26, 0.64, 0.36, 0.36, 90, 0), (0.26, 0.36, 0.36, 0.36, 0, -90), (0, 0)),),
    "E": (((0.52, 1), (0, 1), (0, 0), (0.52, 0)), ((0, 0.52), (0.42, 0.52))),
    "F": (((0.52, 1), (0, 1), (0, 0)), ((0, 0.5), (0.42, 0.5))),
    "G": (((0.33, 0.67, 0.33, 0.33, 38, 180), (0.33, 0.33, 0.33, 0.33, 180, 360), (0.66, 0.46), (0.38, 0.46)),),
    "H": (((0, 0), (0, 1)), ((0.6, 0), (0.6, 1)), ((0, 0.52), (0.6, 0.52))),
    "I": (((0, 0), (0, 1)),),
    "J": (((0.46, 1), (0.46, 0.26), (0.23, 0.26, 0.23, 0.26, 0, -170)),),
    "K": (((0, 0), (0, 1)), ((0.56, 1), (0, 0.36)), ((0.197, 0.585), (0.58, 0))),
    "L": (((0, 1), (0, 0), (0.5, 0)),),
    "M": (((0, 0), (0, 1), (0.37, 0.28), (0.74, 1), (0.74, 0)),),
    "N": (((0, 0), (0, 1), (0.6, 0), (0.6, 1)),),
    "O": (ROUND,),
    "P": (BOWL,),
    "Q": (ROUND, ((0.36, 0.32), (0.7, -0.04))),
    "R": (BOWL, ((0.27, 0.48), (0.58, 0))),
    "S": (((0.29, 0.75, 0.27, 0.25, 35, 270), (0.29, 0.25, 0.29, 0.25, 90, -148)),),
    "T": (((0, 1), (0.6, 1)), ((0.3, 1), (0.3, 0))),
    "U": (((0, 1), (0, 0.3), (0.3, 0.3, 0.3, 0.3, 180, 360), (0.6, 1)),),
    "V": (((0, 1), (0.31, 0), (0.62, 1)),),
    "W": (((0, 1), (0.2, 0), (0.42, 0.8), (0.64, 0), (0.84, 1)),),
    "X": (((0, 0), (0.6, 1)), ((0, 1), (0.6, 0))),
    "Y": (((0, 1), (0.31, 0.47), (0.62, 1)), ((0.31, 0.47), (0.31, 0))),
    "Z": (((0, 1), (0.56, 1), (0, 0), (0.58, 0)),),
    "0": (
        ((0.25, 0.72, 0.25, 0.28, 0, 180), (0.25, 0.28, 0.25, 0.28, 180, 360), (0.5, 0.72)),
        ((0.11, 0.32), (0.39, 0.68)),
    ),
    "1": (((0, 0.76), (0.22, 1), (0.22, 0)),),
    "2": (((0.27, 0.73, 0.27, 0.27, 165, -38), (0, 0), (0.55, 0)),),
    "3": (((0.26, 0.755, 0.24, 0.245, 150, -90), (0.17, 0.51), (0.26, 0.255, 0.28, 0.255, 90, -150)),),
    "4": (((0.43, 0), (0.43, 1), (0, 0.28), (0.58, 0.28)),),
    "5": (((0.5, 1), (0.07, 1), (0.04, 0.53), (0.26, 0.32, 0.29, 0.32, 139, -148)),),
    "6": (((0.5, 0.3, 0.5, 0.7, 97, 180), (0.28, 0.3, 0.28, 0.3, 180, 540)),),
    "7": (((0, 1), (0.54, 1), (0.17, 0)),),
    "8": (((0.28, 0.76, 0.23, 0.24, -90, 270),), ((0.28, 0.26, 0.28, 0.26, 90, 450),)),
    "9": (((0.06, 0.7, 0.5, 0.7, 277, 360), (0.28, 0.7, 0.28, 0.3, 0, 360)),),
    "/": (((0, 0), (0.42, 1)),),
    "-": (((0, 0.46), (0.34, 0.46)),),
    ".": (((0, 0),),),
}


def polyline(stroke: tuple[Part, ...], degrees: float = 6.0) -> Contour:
    """A stroke's points, (n, 2); its arcs in steps of at most `degrees`."""
    points: list[tuple[float, float]] = []
    for part in stroke:
        if len(part) == 2:
            points.append(part)
            continue
        x, y, radius_x, radius_y, first, last = part
        for angle in np.linspace(first, last, math.ceil(abs(last - first) / degrees) + 1):
            turn = math.radians(float(angle))
            points.append((x + radius_x * math.cos(turn), y + radius_y * math.sin(turn)))
    return np.asarray(points, np.float64)


def skeleton(character: str, thickness: float) -> tuple[Contour, ...]:
    """Polylines of a letter, shrunk so that strokes of that thickness reach from y = 0 to 1 and start at x = 0."""
    scale, margin = 1 - thickness, thickness / 2
    return tuple(polyline(stroke) * scale + margin for stroke in SKELETONS[character])
