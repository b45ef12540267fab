"""Annotations through a map: what a crop's labels are."""

from __future__ import annotations

import dataclasses

from synth.cropping.frames import box_corners, upright_deg
from synth.cropping.warping import local_scale, warp_mask
from synth.geometry.boxes import Box, bounding_box, box_area, intersect
from synth.geometry.homography import Matrix, apply
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Keypoint, Mask, Quad

MIN_SIDE_PX = 2.0
MIN_LEFT = 0.25
"""Less than this share of what was visible, and the crop's border has cut an object off."""
MAX_BOX_TURN_DEG = 5.0


def can_turn(annotation: Annotation, turn_deg: float) -> bool:
    """Whether an object's extent is known after a turn: a box alone grows with it."""
    off = abs((turn_deg + 45) % 90 - 45)
    return annotation.mask is not None or annotation.quad is not None or off <= MAX_BOX_TURN_DEG


def moved(annotation: Annotation, matrix: Matrix, turn_deg: float, width: int, height: int) -> Annotation | None:
    """The object on a crop, without its characters; None if the crop's border leaves too little of it.

    Args:
        annotation: in the picture.
        matrix: similarity from the picture to the crop.
        turn_deg: of it, counter-clockwise.
        width: of the crop, px.
        height: of the crop, px.
    """
    seen = _seen(annotation, matrix, width, height)
    if seen is None:
        return None
    box, mask, left = seen
    angle_deg = upright_deg(annotation)
    visibility = annotation.visibility
    return dataclasses.replace(
        annotation,
        box=box,
        mask=mask,
        amodal_box=None,
        circle=None if annotation.circle is None else moved_circle(annotation.circle, matrix),
        quad=None if annotation.quad is None else moved_quad(annotation.quad, matrix),
        angle_deg=None if angle_deg is None else wrap_deg(angle_deg + turn_deg),
        characters=(),
        visibility=None if visibility is None else visibility * left,
        truncated=True if left < 1 else annotation.truncated,
        keypoints=tuple(_moved_keypoint(point, matrix, width, height) for point in annotation.keypoints),
        space=None,  # a crop has another camera
    )


def _moved_keypoint(point: Keypoint, matrix: Matrix, width: int, height: int) -> Keypoint:
    x, y = (float(v) for v in apply(matrix, [(point.x, point.y)])[0])
    inside = 0 <= x <= width and 0 <= y <= height
    return dataclasses.replace(point, x=x, y=y, is_visible=point.is_visible and inside)


def moved_quad(quad: Quad, matrix: Matrix) -> Quad:
    """The corners behind a homography."""
    a, b, c, d = ((float(x), float(y)) for x, y in apply(matrix, quad))
    return (a, b, c, d)


def moved_circle(circle: tuple[float, float, float], matrix: Matrix) -> tuple[float, float, float]:
    """A circle behind a similarity."""
    x, y, radius = circle
    centre = apply(matrix, [(x, y)])[0]
    return float(centre[0]), float(centre[1]), radius * local_scale(matrix, x, y)


def _seen(annotation: Annotation, matrix: Matrix, width: int, height: int) -> tuple[Box, Mask | None, float] | None:
    """Box, mask, and the share of what was visible in the picture that is on the crop."""
    corners = box_corners(annotation.box) if annotation.quad is None else annotation.quad
    if annotation.mask is None:
        whole = bounding_box(apply(matrix, corners).tolist())
        box = intersect(whole, (0.0, 0.0, float(width), float(height)))
        mask, left = None, box_area(box) / box_area(whole) if box_area(whole) else 0.0
    else:
        uncut = warp_mask(annotation.mask, matrix)
        mask = uncut.within((0, 0, width, height))
        if mask.area == 0:
            return None
        box, left = mask.box, mask.area / uncut.area
    if left < MIN_LEFT or min(box[2] - box[0], box[3] - box[1]) < MIN_SIDE_PX:
        return None
    return box, mask, left
