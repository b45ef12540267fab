"""What is true of the tag on a body as a whole: its corners, the circle of a disc, the direction of upright."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from synth.geometry.homography import jacobian_at
from synth.geometry.rotation import upright_at
from synth.labels.sample import Quad
from synth.rendering.decals import Decal
from synth.serials.pose import ROUND_ENOUGH, body_quad, disc_circle, text_quad
from synth.serials.tag import BandBody, BareBody, DiscBody, LabelBody, SerialTag
from synth.serials.tracing import shape_of
from synth.serials.unrolled import Unrolled


def girth_of(tag: SerialTag) -> float:
    """Way once round a tag that goes all round, mm; 0 for others."""
    return math.pi * tag.body.diameter_mm if isinstance(tag.body, BandBody) else 0.0


def quad_of(tag: SerialTag, face: Unrolled, decal: Decal) -> Quad | None:
    """Corners of the tag's face as one reads it; None where one of them looks away, and for what goes all round."""
    flat = np.eye(3)
    if isinstance(tag.body, BandBody):
        return None
    if isinstance(tag.body, BareBody):
        if not face.characters:
            return None
        corners = text_quad([character.quad_mm for character in face.characters], flat, flat, tag.upright_deg)
    else:
        body = tag.body
        if isinstance(body, LabelBody):
            body = msgspec.structs.replace(body, bend_radius_mm=0.0, tilt_deg=0.0)
        corners = body_quad(body, shape_of(body), flat, tag.upright_deg)
    points, faces_it = decal.seen(np.array(corners))
    if not faces_it.all():
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d)


def circle_of(tag: SerialTag, decal: Decal) -> tuple[float, float, float] | None:
    """The rim of a disc that is seen nearly round."""
    matrix = decal.map_at(0.0, 0.0)
    if not isinstance(tag.body, DiscBody) or matrix is None:
        return None
    squeezed = np.linalg.svd(jacobian_at(matrix), compute_uv=False)
    if squeezed[1] < (ROUND_ENOUGH - 0.1) * squeezed[0]:
        return None
    return disc_circle(tag.body.diameter_mm / 2, matrix)


def angle_of(tag: SerialTag, decal: Decal) -> float | None:
    """Direction of upright at the face's middle; on a band, at the part of it that looks at the camera most."""
    u, v = decal.most_frontal if isinstance(tag.body, BandBody) else (0.0, 0.0)
    matrix = decal.map_at(u, v)
    return None if matrix is None else upright_at(matrix, tag.upright_deg, u, v)
