"""Letters made bolder, thinner or hollow: outlines that are moved along their normals.

Each point moves along the bisector of its two edges, as in FreeType's FT_Outline_Embolden, up to a limit at sharp
corners. Where a hole closes up altogether, it is dropped; where opposite sides of a slot pass each other, the winding
number keeps what lies between them filled.
"""

from __future__ import annotations

import numpy as np

from synth.errors import AssetError
from synth.serials.glyphs import Contour, Glyph, glyph_of, signed_area

# A sharp corner moves by at most this many times the distance.
CORNER_LIMIT = 2.0
# A thinned letter must keep this share of its area.
SMALLEST_SHARE = 0.05


def emboldened(shape: Glyph, weight: float, owner: str) -> Glyph:
    """A glyph with its outlines moved outwards by `weight` cap heights (inwards, if negative).

    It takes 2 * weight more on its line and keeps its side bearings; its height grows by `weight` at either end.

    Raises:
        AssetError: thinning leaves next to nothing of it; `owner` says in the message whose letter it is.
    """
    if weight == 0 or not len(shape.ends):
        return shape
    contours = [moved for contour in shape.contours if (moved := _moved(contour, weight)) is not None]
    left = sum(signed_area(contour) for contour in contours)
    if left < SMALLEST_SHARE * sum(signed_area(contour) for contour in shape.contours):
        raise AssetError(f"{owner}: weight {weight:g} leaves next to nothing of it; choose a weight nearer 0")
    bearing = np.array([weight, 0.0])
    return glyph_of([contour + bearing for contour in contours], shape.advance + 2 * weight)


def hollow(shape: Glyph, line: float) -> Glyph:
    """A glyph as a line of width `line` (cap heights) along its outlines, half of it to either side."""
    if line == 0 or not len(shape.ends):
        return shape
    contours = [_moved(contour, line / 2) for contour in shape.contours]
    inner = [_moved(contour, -line / 2) for contour in shape.contours]
    contours += [contour[::-1] for contour in inner if contour is not None]
    return glyph_of([contour for contour in contours if contour is not None], shape.advance)


def _moved(contour: Contour, distance: float) -> Contour | None:
    """The contour moved to its right, which is outwards; None if it has closed up or turned inside out."""
    edges = np.roll(contour, -1, axis=0) - contour
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / lengths[:, None]
    before = np.roll(normals, 1, axis=0)
    bisector = normals + before
    opening = np.maximum(1 + (normals * before).sum(axis=1), 1e-9)
    reach = np.hypot(bisector[:, 0], bisector[:, 1]) / opening
    shift = bisector / opening[:, None] * np.minimum(1.0, CORNER_LIMIT / np.maximum(reach, 1e-9))[:, None]
    moved = contour + distance * shift
    after = np.roll(moved, -1, axis=0) - moved
    return moved if (after * edges / lengths[:, None]).sum() > 0 else None
