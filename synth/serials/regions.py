"""Parts of a canvas in whole px: x0, y0, x1, y1, half-open; they may reach beyond it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Region

Plane = NDArray[np.uint8]


def grown(region: Region, margin: int) -> Region:
    """The region with a margin on all sides."""
    return (region[0] - margin, region[1] - margin, region[2] + margin, region[3] + margin)


def cut(plane: Plane, at: Region, region: Region) -> Plane:
    """The part of a plane that lies `at` a region which another region shows, 0 beyond it."""
    if at[0] <= region[0] and at[1] <= region[1] and region[2] <= at[2] and region[3] <= at[3]:
        inner = plane[region[1] - at[1] : region[3] - at[1], region[0] - at[0] : region[2] - at[0]]
        return np.ascontiguousarray(inner)
    out = np.zeros((region[3] - region[1], region[2] - region[0], *plane.shape[2:]), np.uint8)
    x0, y0, x1, y1 = (
        max(at[0], region[0]), max(at[1], region[1]), min(at[2], region[2]), min(at[3], region[3])
    )  # fmt: skip
    if x0 < x1 and y0 < y1:
        part = plane[y0 - at[1] : y1 - at[1], x0 - at[0] : x1 - at[0]]
        out[y0 - region[1] : y1 - region[1], x0 - region[0] : x1 - region[0]] = part
    return out


def inner_index(region: Region, wide: Region) -> NDArray[np.int64]:
    """Flat index in the wide region of all pixels of the region."""
    rows = np.arange(region[1] - wide[1], region[3] - wide[1]) * (wide[2] - wide[0])
    return (rows[:, None] + np.arange(region[0] - wide[0], region[2] - wide[0])).ravel()
