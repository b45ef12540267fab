"""Where a paste lies: its homography, the box that it takes, and the choice of a place for it.

Boxes here are those of the tag's mask box carried through the homography: an upper bound of the mask, exact enough to
keep pastes apart; labels come from pixels.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth.banks.records import PhotoRecord, TagRecord
from synth.geometry.boxes import Box, bounding_box, box_area, intersect
from synth.geometry.homography import Matrix, translation
from synth.scene.paste_recipe import Placement, Where
from synth.scene.regions import inside_any
from synth.scene.spec import Matrix9, PhotoBackground
from synth.streams import sample_uniform

CANDIDATES = 24


def light_in(photo: PhotoRecord, u: float, v: float) -> float:
    """Mean luma of the cell of a photo that holds a relative point, grey levels."""
    return float(photo.light[_cell(photo, u, v)])


def _cell(photo: PhotoRecord, u: float, v: float) -> int:
    columns, rows = photo.light_size
    column = min(max(int(u * columns), 0), columns - 1)
    row = min(max(int(v * rows), 0), rows - 1)
    return row * columns + column


def luma(colour: Sequence[float]) -> float:
    """Brightness of an RGB colour (Rec. 601), grey levels."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


@dataclass(frozen=True, slots=True)
class Site:
    """The canvas with what lies under it.

    Attributes:
        width, height: of the canvas, px.
        photo: the background's record; None for a drawn background.
        crop: where the canvas lies in the photo.
        area: the part of any photo that may be used, relative.
    """

    width: int
    height: int
    photo: PhotoRecord | None = None
    crop: PhotoBackground | None = None
    area: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @property
    def is_infrared(self) -> bool:
        """Whether it is a grey photo."""
        return self.photo is not None and self.photo.infrared

    def in_photo(self, x: float, y: float) -> tuple[float, float]:
        """A canvas point in the photo, relative: (0, 0) top left to (1, 1) bottom right."""
        if self.photo is None or self.crop is None:
            return x / self.width, y / self.height
        across = self.width - x if self.crop.mirrored else x
        return (self.crop.x + across) / self.photo.width, (self.crop.y + y) / self.photo.height

    def light_at(self, x: float, y: float) -> float | None:
        """Mean luma round a canvas point, grey levels; None where it is not known."""
        return None if self.photo is None else light_in(self.photo, *self.in_photo(x, y))

    def cast_at(self, x: float, y: float) -> tuple[float, float] | None:
        """Mean red minus luma and blue minus luma round a canvas point, grey levels; None where it is not known."""
        if self.photo is None or not self.photo.cast:
            return None
        red, blue = self.photo.cast[_cell(self.photo, *self.in_photo(x, y))]
        return float(red), float(blue)


@dataclass(frozen=True, slots=True)
class Posture:
    """A paste's shape before it has a place: the map from its asset to offsets from its centre, and their box."""

    matrix: Matrix
    box: Box

    @property
    def width(self) -> float:
        """Px on the canvas."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Px on the canvas."""
        return self.box[3] - self.box[1]

    def at(self, x: float, y: float) -> tuple[Matrix, Box]:
        """The homography and the box once the centre lies at (x, y)."""
        placed = translation(x, y) @ self.matrix
        x0, y0, x1, y1 = self.box
        return placed, (x0 + x, y0 + y, x1 + x, y1 + y)


def as_matrix9(matrix: Matrix) -> Matrix9:
    """Row-major, scaled so that the last element is 1, rounded far below a pixel: the last bits are the machine's."""
    values = matrix.ravel().tolist()
    a, b, c, d, e, f, g, h, _ = (round(value / values[8], 9) for value in values)
    return (a, b, c, d, e, f, g, h, 1.0)


def sample_posture(rng: np.random.Generator, placement: Placement, box: Box, scale: float) -> Posture:
    """Turn, mirror image and foreshortening of an asset whose extent is `box`, enlarged by `scale`."""
    longer = max(box[2] - box[0], box[3] - box[1])
    angle = math.radians(sample_uniform(rng, placement.rotation_range_deg))
    tilt, towards = sample_uniform(rng, placement.perspective_range) / longer, sample_uniform(rng, (0.0, 2.0 * math.pi))
    mirror_x = placement.flip != "never" and rng.random() < 0.5
    mirror_y = placement.flip == "both" and rng.random() < 0.5
    scale_x, scale_y = -scale if mirror_x else scale, -scale if mirror_y else scale
    return _posture(angle, scale_x, scale_y, (tilt * math.cos(towards), tilt * math.sin(towards)), box)


def _posture(angle: float, scale_x: float, scale_y: float, tilt: tuple[float, float], box: Box) -> Posture:
    """`rotation_deg @ scaling @ perspective @ translation` of the box's middle to (0, 0), in plain numbers."""
    x0, y0, x1, y1 = box
    cosine, sine = math.cos(angle), math.sin(angle)
    a, b, c, d = cosine * scale_x, sine * scale_y, -sine * scale_x, cosine * scale_y
    g, h = tilt
    u, v = (x0 + x1) / 2, (y0 + y1) / 2
    matrix = np.array([[a, b, -(a * u + b * v)], [c, d, -(c * u + d * v)], [g, h, 1.0 - g * u - h * v]])
    corners = []
    for x, y in ((x0 - u, y0 - v), (x1 - u, y0 - v), (x1 - u, y1 - v), (x0 - u, y1 - v)):
        below = 1.0 + g * x + h * y
        corners.append(((a * x + b * y) / below, (c * x + d * y) / below))
    return Posture(matrix, bounding_box(corners))


def sample_centre(
    rng: np.random.Generator, where: Where, site: Site, posture: Posture, tag: TagRecord | None
) -> tuple[float, float] | None:
    """A centre that keeps the paste inside the canvas and follows `where`; None if no candidate does.

    Context placement draws candidates and keeps one with probability proportional to its likeness to where the tag was
    cut from, in light and in height within the frame.
    """
    free_x, free_y = site.width - posture.width, site.height - posture.height
    if free_x < 0 or free_y < 0:
        return None
    count = 1 if where.kind == "uniform" or tag is None else CANDIDATES
    candidates = [
        (u * free_x - posture.box[0], v * free_y - posture.box[1]) for u, v in rng.random((count, 2)).tolist()
    ]
    if where.kind == "region":
        candidates = [c for c in candidates if inside_any(where.polygons, *site.in_photo(*c))]
        return candidates[0] if candidates else None
    if where.kind == "uniform" or tag is None:
        return candidates[0]
    likeness = [_likeness(where, site, tag, *c) for c in candidates]
    cumulative = list(itertools.accumulate(likeness))
    chosen = bisect.bisect_right(cumulative, rng.random() * cumulative[-1])
    return candidates[min(chosen, len(candidates) - 1)]


def _likeness(where: Where, site: Site, tag: TagRecord, x: float, y: float) -> float:
    light = site.light_at(x, y)
    if light is None:
        return 1.0
    by_light = ((light - tag.brightness) / where.light_sigma) ** 2
    by_height = ((site.in_photo(x, y)[1] - tag.height_in_photo) / where.height_sigma) ** 2
    return math.exp(-0.5 * min(by_light + by_height, 200.0))


def sample_cut_centre(
    rng: np.random.Generator, site: Site, posture: Posture, visible_range: tuple[float, float]
) -> tuple[float, float] | None:
    """A centre that puts a share of the paste's box outside one of the canvas's four borders."""
    if posture.width > site.width or posture.height > site.height:
        return None
    hidden = 1.0 - sample_uniform(rng, visible_range)
    x = sample_uniform(rng, (0, site.width - posture.width)) - posture.box[0]
    y = sample_uniform(rng, (0, site.height - posture.height)) - posture.box[1]
    side = int(rng.integers(4))
    if side == 0:
        x = -hidden * posture.width - posture.box[0]
    elif side == 1:
        x = site.width - (1 - hidden) * posture.width - posture.box[0]
    elif side == 2:
        y = -hidden * posture.height - posture.box[1]
    else:
        y = site.height - (1 - hidden) * posture.height - posture.box[1]
    return x, y


def fits(box: Box, taken: Sequence[Box], max_overlap: float) -> bool:
    """Whether a box covers at most `max_overlap` of, and is covered at most that much by, every box taken."""
    for other in taken:
        smaller = min(box_area(box), box_area(other))
        if box_area(intersect(box, other)) > max_overlap * smaller:
            return False
    return True
