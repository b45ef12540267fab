"""Letters on a display of seven segments: a on top, then clockwise b to f round the outside, g in the middle.

Letters that such a display shows like another character (I, O, Q, S, Z, G) or not at all (K, M, V, W, X) are left out;
b, d, n, r and t stand for their capitals. Every segment is a hexagon with bevelled ends and a gap to its neighbours.
"""

from __future__ import annotations

from synth.serials.glyphs import Contour, densified

WIDTH, THICKNESS, GAP = 0.56, 0.13, 0.018

SEGMENTS: dict[str, str] = {
    "0": "abcdef",
    "1": "bc",
    "2": "abdeg",
    "3": "abcdg",
    "4": "bcfg",
    "5": "acdfg",
    "6": "acdefg",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
    "A": "abcefg",
    "B": "cdefg",
    "C": "adef",
    "D": "bcdeg",
    "E": "adefg",
    "F": "aefg",
    "H": "bcefg",
    "J": "bcde",
    "L": "def",
    "N": "ceg",
    "P": "abefg",
    "R": "eg",
    "T": "defg",
    "U": "bcdef",
    "Y": "bcdfg",
    "-": "g",
}


def segment(name: str) -> Contour:
    """One segment as a dense polygon, counter-clockwise, in cap heights from the display's lower left corner."""
    half = THICKNESS / 2
    left, right = half, WIDTH - half
    bottom, middle, top = half, 0.5, 1 - half
    if name in "adg":
        y = {"a": top, "d": bottom, "g": middle}[name]
        first, last = left + GAP, right - GAP
        corners = [(first, y), (first + half, y - half), (last - half, y - half), (last, y)]
        return densified([*corners, (last - half, y + half), (first + half, y + half)])
    x = left if name in "ef" else right
    first, last = (bottom + GAP, middle - GAP) if name in "ce" else (middle + GAP, top - GAP)
    corners = [(x, first), (x + half, first + half), (x + half, last - half), (x, last)]
    return densified([*corners, (x - half, last - half), (x - half, first + half)])
