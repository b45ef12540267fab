"""How a tag lies on a canvas: its box, corners as one reads it, the circle of a disc."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.boxes import Box
from synth.geometry.homography import Matrix, apply, inverse
from synth.labels.sample import Quad
from synth.native import compiled
from synth.serials.surfaces import project
from synth.serials.tag import BandBody, Body, DiscBody
from synth.serials.tracing import Shape, towards

Points = NDArray[np.float64]
ROUND_ENOUGH = 0.9
"""Least ratio of a disc's axes on the canvas for which a circle stands for it."""


def inverse_of(matrix: Matrix) -> Matrix:
    """(3, 3) canvas px to body mm; RejectedScene if the body is seen edge-on."""
    try:
        return inverse(matrix)
    except ZeroDivisionError:
        raise RejectedScene("a tag is seen edge-on") from None


def box_on_canvas(matrix: Matrix, points: Points) -> Box:
    """The box on the canvas that holds (n, 2) points of the body.

    Raises:
        RejectedScene: not all of them lie before the camera.
    """
    *box, least = _box_of(np.ascontiguousarray(matrix), points)
    if least <= 1e-6 * abs(float(matrix[2, 2])):
        raise RejectedScene("a tag is turned inside out by its perspective")
    return (box[0], box[1], box[2], box[3])


@compiled
def _box_of(matrix: Matrix, points: Points) -> tuple[float, float, float, float, float]:
    """Box of the points on the canvas, and the least of their denominators."""
    least, left, top, right, bottom = math.inf, math.inf, math.inf, -math.inf, -math.inf
    for k in range(len(points)):
        u, v = points[k, 0], points[k, 1]
        below = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2]
        least = min(least, below)
        if below > 0.0:
            x = (matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]) / below
            y = (matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]) / below
            left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
    return left, top, right, bottom, least


def body_quad(body: Body, shape: Shape, matrix: Matrix, upright_deg: float) -> Quad:
    """Corners of a body, from the one that is top left when one reads its text upright.

    A band's are those of its front wall, a disc's those of the square round it.
    """
    if isinstance(body, DiscBody):
        return turned_quad(matrix, upright_deg, (-shape.half_u, -shape.half_u, shape.half_u, shape.half_u))
    u, v = shape.half_u, shape.half_v
    corners = np.array([(-u, -v), (u, -v), (u, v), (-u, v)])
    if isinstance(body, BandBody):
        corners = corners * (shape.radius / u, math.cos(shape.tilt))
    elif shape.radius > 0:
        corners = project(body, corners)[0]
    on_canvas = apply(matrix, np.roll(corners, round(upright_deg / 90), axis=0)).tolist()
    return _quad(on_canvas)


def text_quad(quads: Sequence[Quad], inverse: Matrix, matrix: Matrix, upright_deg: float) -> Quad:
    """The rectangle on the body, upright, round the cells of characters on the canvas, as a quad of the canvas."""
    points = np.array(quads, np.float64).reshape(-1, 2)
    box = _box_along(points, np.ascontiguousarray(inverse), towards(upright_deg))
    return turned_quad(matrix, upright_deg, box)


@compiled
def _box_along(
    points: Points, inverse: Matrix, upright: tuple[float, float]
) -> tuple[float, float, float, float]:  # fmt: skip
    """Extent on the body of (n, 2) points of the canvas: right of upright, and against it."""
    x, y = upright
    left, top, right, bottom = math.inf, math.inf, -math.inf, -math.inf
    for k in range(len(points)):
        px, py = points[k, 0], points[k, 1]
        per = 1.0 / (inverse[2, 0] * px + inverse[2, 1] * py + inverse[2, 2])
        u = (inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]) * per
        v = (inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]) * per
        along, against = v * x - u * y, -u * x - v * y
        left, right = min(left, along), max(right, along)
        top, bottom = min(top, against), max(bottom, against)
    return left, top, right, bottom


def turned_quad(matrix: Matrix, upright_deg: float, box: tuple[float, float, float, float]) -> Quad:
    """A rectangle (x right of upright, y against upright, mm) as a quad of the canvas."""
    x, y = towards(upright_deg)
    x0, y0, x1, y1 = box
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    on_canvas = []
    for right, down in ((x0, y0), (x1, y0), (x1, y1), (x0, y1)):
        u, v = -y * right - x * down, x * right - y * down
        below = g * u + h * v + i
        on_canvas.append([(a * u + b * v + c) / below, (d * u + e * v + f) / below])
    return _quad(on_canvas)


def _quad(points: list[list[float]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d)


def disc_circle(radius: float, matrix: Matrix) -> tuple[float, float, float] | None:
    """(centre x, centre y, mean of the semi-axes) of the ellipse that a disc is on the canvas; None if it is oblong.

    The image of a conic C is H^-T C H^-1 (Hartley & Zisserman, Multiple View Geometry, 2.3).
    """
    back = inverse_of(matrix)
    conic = back.T @ np.diag([1.0, 1.0, -radius * radius]) @ back
    centre = -np.linalg.solve(conic[:2, :2], conic[:2, 2])
    level = conic[2, 2] + conic[2, :2] @ centre
    axes = np.sqrt(-level / np.linalg.eigvalsh(conic[:2, :2]))
    if float(axes.min() / axes.max()) < ROUND_ENOUGH:
        return None
    return (float(centre[0]), float(centre[1]), float(axes.mean()))
