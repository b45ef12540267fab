"""Whether a line of text can be read at all: large enough in its picture, and not seen too much from one side.

Sizes are those of its characters' quads before anything is scaled. Where a body turns away from the camera, letters
become a few px narrow though nothing hides them; so every one of them is asked, not their mean.
"""

from __future__ import annotations

import numpy as np

from synth.cropping.lines import Line

MIN_WIDTH_PX = 3.5
MIN_HEIGHT_PX = 5.0
THIN = frozenset("I1il|!.,:;'-")
WIDE = 0.7
"""Of the way from a letter to its neighbour, what a letter that is not thin would take."""
MIN_ASPECT, MAX_ASPECT = 0.2, 1.25
"""Where a letter is narrower than this many heights, or most are wider than that many, none can be told from others."""


def least_letter_px(line: Line) -> tuple[float, float]:
    """(width, height) of the smallest character, each square to its other side.

    A thin one (I, 1, a hyphen) is no smaller than its neighbours: along the line it counts with its share of the way to
    the nearer of them, and across the line all count with their median. Where nobody knows the text, each may be thin.
    """
    a, b, c, d = np.moveaxis(line.quads, 1, 0)
    right, down = (b + c - a - d) / 2, (c + d - a - b) / 2
    area = np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0])
    sizes = np.stack([area / np.maximum(np.linalg.norm(side, axis=1), 1e-9) for side in (down, right)], axis=1)
    along, across = (1, 0) if line.column else (0, 1)
    own = sizes[:, along]
    if len(own) > 1:
        way = np.linalg.norm(np.diff(line.quads.mean(axis=1), axis=0), axis=1)
        letters = "".join(("I" * len(own) if line.text is None else line.text).split())
        room = WIDE * np.minimum(np.append(way, np.inf), np.insert(way, 0, np.inf))
        own = np.where([letter in THIN for letter in letters], np.maximum(own, room), own)
    least = float(own.min()), float(np.median(sizes[:, across]))
    return (least[1], least[0]) if line.column else least


def is_large(line: Line) -> bool:
    """Whether no character is too small to be told from others."""
    width, height = least_letter_px(line)
    return width >= MIN_WIDTH_PX and height >= MIN_HEIGHT_PX


def is_aslant(line: Line) -> bool:
    """Whether the line is seen too much from above, from below or from one side.

    Wide letters tell nothing where there are only one or two of them.
    """
    width, height = least_letter_px(line)
    sides = np.linalg.norm(np.diff(line.quads, axis=1), axis=2)
    wide = float(np.median(sides[:, 0] / np.maximum(sides[:, 1], 1e-9))) > MAX_ASPECT
    return (wide and len(line.quads) > 2) or width < MIN_ASPECT * height
