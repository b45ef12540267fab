"""How a tag lies on a canvas: direction of upright, corners as one reads it, the circle of a disc."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.homography import Matrix, apply
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Quad
from synth.serials.surfaces import project
from synth.serials.tag import BandBody, Body, DiscBody
from synth.serials.tracing import Shape, towards

Points = NDArray[np.float64]
ROUND_ENOUGH = 0.9
"""Least ratio of a disc's axes on the canvas for which a circle stands for it."""


def derivative(matrix: Matrix, x: float = 0.0, y: float = 0.0) -> Matrix:
    """(2, 2) derivative of body mm to canvas px at a point of the body."""
    u, v, w = (matrix @ np.array([x, y, 1.0])).tolist()
    (a, b, _), (c, d, _), (e, f, _) = matrix.tolist()
    u, v = u / w, v / w
    return np.array([[(a - u * e) / w, (b - u * f) / w], [(c - v * e) / w, (d - v * f) / w]])


def inverse_of(matrix: Matrix) -> Matrix:
    """(3, 3) canvas px to body mm, up to a factor, which a homography does not have.

    Raises:
        RejectedScene: the body is seen edge-on.
    """
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    first, second, third = e * i - f * h, f * g - d * i, d * h - e * g
    whole = a * first + b * second + c * third
    if whole == 0:
        raise RejectedScene("a tag is seen edge-on")
    rows = (
        (first, c * h - b * i, b * f - c * e),
        (second, a * i - c * g, c * d - a * f),
        (third, b * g - a * h, a * e - b * d),
    )
    return np.asarray(np.array(rows) / whole, np.float64)


def require_in_front(matrix: Matrix, points: Points) -> None:
    """RejectedScene where (n, 2) points of the body do not lie before the camera."""
    if float((points @ matrix[2, :2]).min() + matrix[2, 2]) <= 1e-6 * abs(float(matrix[2, 2])):
        raise RejectedScene("a tag is turned inside out by its perspective")


def upright_on_canvas(matrix: Matrix, upright_deg: float) -> float:
    """Direction of upright on the canvas, degrees counter-clockwise, in [0, 360)."""
    x, y = (derivative(matrix) @ np.array(towards(upright_deg))).tolist()
    return wrap_deg(math.degrees(math.atan2(-x, -y)))


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
    (a, b, c), (d, e, f), (g, h, i) = inverse.tolist()
    x, y = towards(upright_deg)
    along, against = [], []
    for quad in quads:
        for px, py in quad:
            per = 1 / (g * px + h * py + i)
            u, v = (a * px + b * py + c) * per, (d * px + e * py + f) * per
            along.append(v * x - u * y)
            against.append(-u * x - v * y)
    return turned_quad(matrix, upright_deg, (min(along), min(against), max(along), max(against)))


def turned_quad(matrix: Matrix, upright_deg: float, box: tuple[float, float, float, float]) -> Quad:
    """A rectangle (x right of upright, y against upright, mm) as a quad of the canvas."""
    x, y = towards(upright_deg)
    x0, y0, x1, y1 = box
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return _quad(apply(matrix, [(-y * right - x * down, x * right - y * down) for right, down in corners]).tolist())


def _quad(points: list[list[float]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d)


def disc_circle(radius: float, matrix: Matrix) -> tuple[float, float, float] | None:
    """(centre x, centre y, mean of the semi-axes) of the ellipse that a disc is on the canvas; None if it is oblong.

    The image of a conic C is H^-T C H^-1 (Hartley & Zisserman, Multiple View Geometry, 2.3).
    """
    inverse = inverse_of(matrix)
    conic = inverse.T @ np.diag([1.0, 1.0, -radius * radius]) @ inverse
    centre = -np.linalg.solve(conic[:2, :2], conic[:2, 2])
    level = conic[2, 2] + conic[2, :2] @ centre
    axes = np.sqrt(-level / np.linalg.eigvalsh(conic[:2, :2]))
    if float(axes.min() / axes.max()) < ROUND_ENOUGH:
        return None
    return (float(centre[0]), float(centre[1]), float(axes.mean()))
