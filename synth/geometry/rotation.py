"""Angles: degrees counter-clockwise as seen on screen, 0 = upright, in [0, 360).

The image's y axis points down, so a counter-clockwise turn on screen by `a` maps (x, y) to
(x cos a + y sin a, -x sin a + y cos a). A centre is ((W-1)/2, (H-1)/2) for warps that address pixels by index and
(W/2, H/2) for boxes and for everything continuous.
"""

from __future__ import annotations

import math

from synth.geometry.homography import Matrix, jacobian_at


def wrap_deg(angle_deg: float) -> float:
    """The same angle in [0, 360)."""
    wrapped = math.fmod(angle_deg, 360.0)
    if wrapped < 0:
        wrapped += 360.0
    return 0.0 if wrapped >= 360.0 else wrapped + 0.0  # no negative zero


def upright_at(matrix: Matrix, angle_deg: float, x: float = 0.0, y: float = 0.0) -> float | None:
    """The direction of upright at a point, after a homography; None for a mirror image, which has none."""
    (a, b), (c, d) = jacobian_at(matrix, x, y).tolist()
    if a * d - b * c <= 0:
        return None
    turn = math.radians(angle_deg)
    sine, cosine = math.sin(turn), math.cos(turn)
    return wrap_deg(math.degrees(math.atan2(a * sine + b * cosine, c * sine + d * cosine)))
