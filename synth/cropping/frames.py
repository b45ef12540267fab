"""Where a tag is and how it is turned: the frame in which it stands upright.

Circle, quad, mask and box are asked in this order; the angle is the label's, else that of the quad. A tag with neither
has no frame, because nobody knows where its top is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import bounding_box
from synth.geometry.homography import apply, rotation_deg
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Mask

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A tag's extent, px of its picture.

    Attributes:
        centre: (x, y).
        angle_deg: direction of its upright.
        width: of the upright rectangle round the tag.
        height: of it.
        radius: of the circle round its centre that holds the tag.
    """

    centre: tuple[float, float]
    angle_deg: float
    width: float
    height: float
    radius: float


def upright_deg(annotation: Annotation) -> float | None:
    """Direction of upright: as labelled, else from the bottom of the quad to its top."""
    if annotation.angle_deg is not None or annotation.quad is None:
        return annotation.angle_deg
    quad = np.array(annotation.quad)
    x, y = quad[:2].mean(axis=0) - quad[2:].mean(axis=0)
    return wrap_deg(math.degrees(math.atan2(-x, -y)))


def frame_of(tag: Annotation) -> Frame | None:
    """The frame of a tag; None if its angle is not known."""
    angle_deg = upright_deg(tag)
    if angle_deg is None:
        return None
    if tag.circle is not None:
        x, y, radius = tag.circle
        return Frame((x, y), angle_deg, 2 * radius, 2 * radius, radius)
    outline = outline_of(tag)
    x0, y0, x1, y1 = bounding_box(apply(rotation_deg(-angle_deg), outline).tolist())
    centre = apply(rotation_deg(angle_deg), [((x0 + x1) / 2, (y0 + y1) / 2)])[0]
    radius = float(np.hypot(*(outline - centre).T).max())
    return Frame((float(centre[0]), float(centre[1])), angle_deg, x1 - x0, y1 - y0, radius)


def outline_of(annotation: Annotation) -> Points:
    """(n, 2) corners of a convex shape that holds the object."""
    if annotation.quad is not None:
        return np.array(annotation.quad)
    if annotation.mask is not None and annotation.mask.area:
        return mask_hull(annotation.mask)
    return box_corners(annotation.box)


def mask_hull(mask: Mask) -> Points:
    """(n, 2) convex hull of the pixels set, each a square."""
    rows, columns = np.nonzero(mask.pixels)
    corners = [np.stack([columns + dx, rows + dy], axis=1) for dx in (0, 1) for dy in (0, 1)]
    hull = cv2.convexHull(np.concatenate(corners).astype(np.int32))[:, 0]
    return np.asarray(hull + np.array([mask.x, mask.y]), dtype=np.float64)


def box_corners(box: Sequence[float]) -> Points:
    """(4, 2) corners of a box: top-left, top-right, bottom-right, bottom-left."""
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
