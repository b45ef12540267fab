"""The cell of a character on the screen: its corners, and which way up it stands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.geometry.homography import Matrix, jacobian_at
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Quad
from synth.rendering.decals import Decal
from synth.serials.unrolled import UnrolledCharacter

LIMB_STEPS = 16
"""Steps across a cell in which the limb is looked for."""


def cell_of(character: UnrolledCharacter, decal: Decal) -> tuple[Quad | None, float | None]:
    """The corners of its cell on the screen, cut where the surface turns away, and the direction of its upright."""
    corners = np.array(character.quad_mm, np.float64)
    points, faces_it = decal.seen(corners)
    if not faces_it.all():
        corners = _cut_at_limb(corners, decal)
        points, faces_it = decal.seen(corners)
    u, v = corners.mean(axis=0).tolist()
    matrix = decal.map_at(u, v)
    u, v = decal.wrapped(corners.mean(axis=0))[0].tolist()
    angle_deg = None if matrix is None else _upright_deg(matrix, character.upright_deg, u, v)
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d), angle_deg


def _cut_at_limb(corners: NDArray[np.float64], decal: Decal) -> NDArray[np.float64]:
    """The part of a cell that looks at the camera; all of it if none does."""
    steps = np.linspace(0.0, 1.0, LIMB_STEPS + 1)
    across, down = (axis.ravel() for axis in np.meshgrid(steps, steps))
    _, faces_it = decal.seen(_inside(corners, across, down))
    if not faces_it.any():
        return corners
    x0, x1, y0, y1 = (float(end) for way in (across[faces_it], down[faces_it]) for end in (way.min(), way.max()))
    return _inside(corners, np.array([x0, x1, x1, x0]), np.array([y0, y0, y1, y1]))


def _inside(
    corners: NDArray[np.float64], across: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.float64]:  # fmt: skip
    """(n, 2) points of a cell, by shares of its width and height."""
    x, y = across[:, None], down[:, None]
    top = corners[0] + x * (corners[1] - corners[0])
    bottom = corners[3] + x * (corners[2] - corners[3])
    return np.asarray(top + y * (bottom - top), np.float64)


def _upright_deg(matrix: Matrix, upright_deg: float, u: float, v: float) -> float:
    """The direction of upright that foreshortening leaves: of the derivative only the orthogonal factor counts.

    As for text that is drawn on a picture (`synth.serials.mapping`).
    """
    (a, b), (c, d) = jacobian_at(matrix, u, v).tolist()
    turn = math.radians(upright_deg)
    sine, cosine = math.sin(turn), math.cos(turn)
    left = (a + d) * sine + (b - c) * cosine
    return wrap_deg(math.degrees(math.atan2(left, (c - b) * sine + (a + d) * cosine)))
