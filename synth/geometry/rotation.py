"""Angles: degrees counter-clockwise as seen on screen, 0 = upright, in [0, 360).

The image's y axis points down, so a counter-clockwise turn on screen by `a` maps (x, y) to
(x cos a + y sin a, -x sin a + y cos a). A centre is ((W-1)/2, (H-1)/2) for warps that address pixels by index and
(W/2, H/2) for boxes and for everything continuous.
"""

from __future__ import annotations

import math


def wrap_deg(angle_deg: float) -> float:
    """The same angle in [0, 360)."""
    wrapped = math.fmod(angle_deg, 360.0)
    if wrapped < 0:
        wrapped += 360.0
    return 0.0 if wrapped >= 360.0 else wrapped + 0.0  # no negative zero
