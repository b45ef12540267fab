"""EXIF orientation: how a stored picture is turned, or mirrored, to be shown; the same for its labels.

The value is the position of the stored picture's first row and first column (EXIF 2.32, tag 0x0112): 1 = as it is,
2 = mirrored left-right, 3 = turned by 180 degrees, 4 = mirrored top-bottom, 5 = transposed, 6 = turned clockwise,
7 = transposed over the other diagonal, 8 = turned counter-clockwise. From 5 on, width and height change places.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Box, bounding_box
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Keypoint, Mask, Point, Quad

UPRIGHT = 1
# x and y shown, each as factors of (stored x, stored y, stored width, stored height)
_SHOWN = {
    1: ((1, 0, 0, 0), (0, 1, 0, 0)),
    2: ((-1, 0, 1, 0), (0, 1, 0, 0)),
    3: ((-1, 0, 1, 0), (0, -1, 0, 1)),
    4: ((1, 0, 0, 0), (0, -1, 0, 1)),
    5: ((0, 1, 0, 0), (1, 0, 0, 0)),
    6: ((0, -1, 0, 1), (1, 0, 0, 0)),
    7: ((0, -1, 0, 1), (-1, 0, 1, 0)),
    8: ((0, 1, 0, 0), (-1, 0, 1, 0)),
}


def swaps_sides(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation >= 5


def turn_pixels(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A stored (H, W) or (H, W, C) array as it is shown."""
    if swaps_sides(orientation):
        pixels = cv2.transpose(pixels).astype(np.uint8, copy=False)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else cv2.flip(pixels, flip).astype(np.uint8, copy=False)


def turn_point(point: Sequence[float], width: int, height: int, orientation: int) -> Point:
    """A point of a stored width x height picture, in the picture as it is shown."""
    terms = (point[0], point[1], width, height)
    x, y = (sum(factor * term for factor, term in zip(row, terms, strict=True)) for row in _SHOWN[orientation])
    return (float(x), float(y))


def turn_box(box: Box, width: int, height: int, orientation: int) -> Box:
    """A box of a stored width x height picture, in the picture as it is shown."""
    return bounding_box([turn_point(corner, width, height, orientation) for corner in (box[:2], box[2:])])


def turn_angle_deg(angle_deg: float, orientation: int) -> float:
    """The direction of upright in the picture as it is shown."""
    up = (-math.sin(math.radians(angle_deg)), -math.cos(math.radians(angle_deg)))
    x, y = turn_point(up, 0, 0, orientation)
    return wrap_deg(round(math.degrees(math.atan2(-x, -y)), 9))


def turn_mask(mask: Mask, width: int, height: int, orientation: int) -> Mask:
    """A mask of a stored width x height picture, in the picture as it is shown."""
    h, w = mask.pixels.shape
    box = turn_box((mask.x, mask.y, mask.x + w, mask.y + h), width, height, orientation)
    pixels = np.zeros((0, 0), np.bool_)
    if mask.pixels.size:
        pixels = turn_pixels(mask.pixels.astype(np.uint8), orientation).astype(np.bool_)
    return Mask(int(box[0]), int(box[1]), pixels)


def turn_annotation(annotation: Annotation, width: int, height: int, orientation: int) -> Annotation:
    """Everything that an annotation says about a stored width x height picture, in the picture as it is shown."""
    if orientation == UPRIGHT:
        return annotation
    a = annotation
    quad: Quad | None = None
    if a.quad is not None:
        p, q, r, s = (turn_point(corner, width, height, orientation) for corner in a.quad)
        quad = (p, q, r, s)
    return dataclasses.replace(
        a,
        box=turn_box(a.box, width, height, orientation),
        mask=None if a.mask is None else turn_mask(a.mask, width, height, orientation),
        amodal_box=None if a.amodal_box is None else turn_box(a.amodal_box, width, height, orientation),
        circle=None if a.circle is None else (*turn_point(a.circle, width, height, orientation), a.circle[2]),
        quad=quad,
        angle_deg=None if a.angle_deg is None else turn_angle_deg(a.angle_deg, orientation),
        characters=tuple(turn_annotation(c, width, height, orientation) for c in a.characters),
        keypoints=tuple(_turned(point, width, height, orientation) for point in a.keypoints),
        space=None,  # of the camera as it was held
    )


def _turned(point: Keypoint, width: int, height: int, orientation: int) -> Keypoint:
    x, y = turn_point((point.x, point.y), width, height, orientation)
    return dataclasses.replace(point, x=x, y=y)
