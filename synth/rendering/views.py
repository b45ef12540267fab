"""The picture's plane: which part of it a body takes, in the picture and beyond its borders."""

from __future__ import annotations

import math

import numpy as np

from synth.geometry.boxes import Box, Region, intersect
from synth.geometry.camera import Intrinsics
from synth.rendering.raster import NEAR_M, Posed

BEYOND_PX = 1024


def leaves(box: Box, intrinsics: Intrinsics) -> bool:
    """Whether a box reaches out of the picture."""
    return box[0] < 0 or box[1] < 0 or box[2] > intrinsics.width or box[3] > intrinsics.height


def within(region: Region, intrinsics: Intrinsics) -> Region:
    """The part of a region in the picture; x0 >= x1 or y0 >= y1 if there is none."""
    x0, y0, x1, y1 = region
    return max(x0, 0), max(y0, 0), min(x1, intrinsics.width), min(y1, intrinsics.height)


def extent_of(body: Posed, intrinsics: Intrinsics) -> Box | None:
    """The box of a body's corners on the picture's plane; None if all of it lies behind the camera.

    What lies partly behind it has no end: its box is that of `canvas_of`.
    """
    used = np.zeros(len(body.points), np.bool_)
    used[body.faces.ravel()] = True
    points = body.points[used]
    ahead = points[:, 2] >= NEAR_M
    if not ahead.any():
        return None
    if not ahead.all():
        x0, y0, x1, y1 = canvas_of(intrinsics)
        return (float(x0), float(y0), float(x1), float(y1))
    screen = intrinsics.projected(points)
    (left, top), (right, bottom) = screen.min(axis=0).tolist(), screen.max(axis=0).tolist()
    return (left, top, right, bottom)


def canvas_of(intrinsics: Intrinsics) -> Region:
    """As far as bodies are followed: the picture's width and height beyond each border, at most `BEYOND_PX`."""
    width, height = intrinsics.width, intrinsics.height
    x, y = min(width, BEYOND_PX), min(height, BEYOND_PX)
    return (-x, -y, width + x, height + y)


def region_of(body: Posed, intrinsics: Intrinsics) -> Region | None:
    """The pixels that a body may take on the canvas; None if there are none."""
    extent = extent_of(body, intrinsics)
    if extent is None:
        return None
    x0, y0, x1, y1 = intersect(extent, canvas_of(intrinsics))
    if x0 >= x1 or y0 >= y1:
        return None
    return math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)
