"""How a tag lies on a canvas: direction of upright, corners as one reads it, the circle of a disc."""

from __future__ import annotations

import math

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


def text_quad(quads: Points, matrix: Matrix, upright_deg: float) -> Quad:
    """The rectangle on the body, upright, round (n, 2) corners of characters on the canvas, as a quad of the canvas."""
    on_body = apply(np.linalg.inv(matrix), quads)
    up = np.array(towards(upright_deg))
    right = np.array([-up[1], up[0]])
    x, y = on_body @ right, -(on_body @ up)
    return turned_quad(matrix, upright_deg, (float(x.min()), float(y.min()), float(x.max()), float(y.max())))


def turned_quad(matrix: Matrix, upright_deg: float, box: tuple[float, float, float, float]) -> Quad:
    """A rectangle (x right of upright, y against upright, mm) as a quad of the canvas."""
    up = np.array(towards(upright_deg))
    right = np.array([-up[1], up[0]])
    x0, y0, x1, y1 = box
    corners = [x * right - y * up for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    return _quad(apply(matrix, np.array(corners)).tolist())


def _quad(points: list[list[float]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d)


def disc_circle(radius: float, matrix: Matrix) -> tuple[float, float, float] | None:
    """(centre x, centre y, mean of the semi-axes) of the ellipse that a disc is on the canvas; None if it is oblong.

    The image of a conic C is H^-T C H^-1 (Hartley & Zisserman, Multiple View Geometry, 2.3).
    """
    inverse = np.linalg.inv(matrix)
    conic = inverse.T @ np.diag([1.0, 1.0, -radius * radius]) @ inverse
    centre = -np.linalg.solve(conic[:2, :2], conic[:2, 2])
    level = conic[2, 2] + conic[2, :2] @ centre
    axes = np.sqrt(-level / np.linalg.eigvalsh(conic[:2, :2]))
    if float(axes.min() / axes.max()) < ROUND_ENOUGH:
        return None
    return (float(centre[0]), float(centre[1]), float(axes.mean()))
