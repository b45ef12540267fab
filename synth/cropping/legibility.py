"""Whether a line of text can be read at all: large enough in its picture, and not seen too much from one side.

Sizes are those of its characters' quads before anything is scaled. Where a body turns away from the camera, letters
become a few px narrow though nothing hides them; so every one of them is asked, not their mean.
"""

from __future__ import annotations

import numpy as np

from synth.cropping.lines import Line

MIN_WIDTH_PX = 4.0
MIN_HEIGHT_PX = 5.0
THIN = 0.7
"""Of the way from a letter to its neighbour, what a letter that is not thin would take."""
MAX_ASPECT = 1.25
"""Where most letters are wider than this many heights, they are seen too much from above or below to be read."""


def least_letter_px(line: Line) -> tuple[float, float]:
    """(width, height) of the smallest character.

    A thin one (I, 1, a hyphen) is no smaller than its neighbours: along the line it counts with its share of the way to
    the nearer of them, and across the line all count with their median.
    """
    sides = np.linalg.norm(np.roll(line.quads, -1, axis=1) - line.quads, axis=2)
    sizes = (sides[:, :2] + sides[:, 2:]) / 2
    along, across = (1, 0) if line.column else (0, 1)
    own = sizes[:, along]
    if len(own) > 1:
        way = np.linalg.norm(np.diff(line.quads.mean(axis=1), axis=0), axis=1)
        own = np.maximum(own, np.minimum(np.append(way, np.inf), np.insert(way, 0, np.inf)) * THIN)
    least = float(own.min()), float(np.median(sizes[:, across]))
    return (least[1], least[0]) if line.column else least


def is_large(line: Line) -> bool:
    """Whether no character is too small to be told from others."""
    width, height = least_letter_px(line)
    return width >= MIN_WIDTH_PX and height >= MIN_HEIGHT_PX


def is_aslant(line: Line) -> bool:
    """Whether the line is seen too much from above or below; nobody knows of one or two letters, which may be wide."""
    sides = np.linalg.norm(np.diff(line.quads, axis=1), axis=2)
    return len(line.quads) > 2 and float(np.median(sides[:, 0] / np.maximum(sides[:, 1], 1e-9))) > MAX_ASPECT
