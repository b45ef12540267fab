"""How well an outline fits a tag in its box: colour, edges, and what is usual.

* region: evidence of colour (`synth.banks.evidence`) summed over the outline's area, as a line integral (Green's
  theorem);
* edge: change of colour across its line, saturating, so that many weak edges count more than one strong one; a line
  beyond which the tag's colour goes on (a glyph's stroke) counts less;
* shape: what is usual: the tag fills the box and sits in its middle, opposite sides are alike, corners are square,
  sides are straight, or all bow alike as a disc's do.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.evidence import tag_evidence
from synth.banks.outlines import ROUND, corners_of, outline_points
from synth.geometry.boxes import Box

Floats = NDArray[np.float64]
_WORKING_SIDE_PX = 110.0
_ODDITY_WEIGHT = 0.1
_FEWEST_PIXELS = 50


class OutlineScore:
    """A cut-out at working scale with its box, and the score of outlines in it.

    Attributes:
        lab: (h, w, 3) picture, slightly smoothed.
        box: (4,) working px.
        scale: (x, y) working px per px of the cut-out.
    """

    def __init__(self, rgb: NDArray[np.uint8], box: Box) -> None:
        side = np.sqrt((box[2] - box[0]) * (box[3] - box[1]))
        scale = float(np.clip(_WORKING_SIDE_PX / side, 0.02, 4.0))
        height, width = rgb.shape[:2]
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        sized = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        smooth = cv2.GaussianBlur(sized.astype(np.float32), (0, 0), 0.7 * max(1.0, scale))
        self.lab = cv2.cvtColor(smooth / 255, cv2.COLOR_RGB2Lab).astype(np.float64)
        self.scale = np.array([size[0] / width, size[1] / height])
        self.box = np.array(box) * np.tile(self.scale, 2)
        self.size = self.box[2:] - self.box[:2]
        self.area = float(self.size.prod())
        self.reach = max(1.5, 0.02 * float(np.sqrt(self.area)))
        self.half_contrast = self._half_contrast()
        self.evidence = np.zeros(self.lab.shape[:2])
        self.integral = np.zeros((self.lab.shape[0], self.lab.shape[1] + 1))

    def _half_contrast(self) -> float:
        x0, y0, x1, y1 = np.rint(self.box).astype(int)
        colours = self.lab[y0 : y1 + 1, x0 : x1 + 1].reshape(-1, 3)
        spread = np.percentile(colours, 85, axis=0) - np.percentile(colours, 15, axis=0)
        return max(4.0, 0.35 * float(np.linalg.norm(spread)))

    def first_guess(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Pixels that are surely tag (the box's middle) and surely not (close round the box)."""
        rows, columns = np.mgrid[0 : self.lab.shape[0], 0 : self.lab.shape[1]] + 0.5
        centre, half = (self.box[:2] + self.box[2:]) / 2, self.size / 2
        dx, dy = np.abs(columns - centre[0]), np.abs(rows - centre[1])
        inside = (dx < 0.55 * half[0]) & (dy < 0.55 * half[1])
        outside = (dx > half[0]) | (dy > half[1])
        near = 0.6 * self.size.min()
        close = outside & (dx < half[0] + near) & (dy < half[1] + near)
        if np.count_nonzero(close) < _FEWEST_PIXELS:
            close = (dx > 0.9 * half[0]) | (dy > 0.9 * half[1])
        return inside, close

    def guess_from(self, outline: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Pixels well inside and well outside an outline; the first guess where it leaves too few of either."""
        mask = np.zeros(self.lab.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(outline_points(outline[None])[0] * 16 - 8).astype(np.int32)], (1,), shift=4)
        margin = np.ones((2 * max(1, int(2 * self.reach)) + 1,) * 2, np.uint8)
        inside = cv2.erode(mask, margin) > 0
        outside = cv2.dilate(mask, margin) == 0
        if min(np.count_nonzero(inside), np.count_nonzero(outside)) < _FEWEST_PIXELS:
            return self.first_guess()
        return inside, outside

    def learn(self, inside: NDArray[np.bool_], outside: NDArray[np.bool_]) -> None:
        """Takes new evidence of colour from these pixels."""
        self.evidence = tag_evidence(self.lab, inside, outside)
        self.integral[:, 1:] = np.cumsum(self.evidence, axis=1)

    def _at(self, picture: Floats, points: Floats) -> Floats:
        x = np.clip(points[..., 0].astype(np.int64), 0, self.lab.shape[1] - 1)
        y = np.clip(points[..., 1].astype(np.int64), 0, self.lab.shape[0] - 1)
        return np.asarray(picture[y, x])

    def region(self, points: Floats) -> Floats:
        """(k,) evidence summed over the areas inside, per px of the box."""
        step = np.roll(points, -1, axis=1) - points
        middle = points + step / 2
        x = np.clip(np.rint(middle[..., 0]).astype(np.int64), 0, self.lab.shape[1])
        y = np.clip(middle[..., 1].astype(np.int64), 0, self.lab.shape[0] - 1)
        return np.asarray((self.integral[y, x] * step[..., 1]).sum(axis=1) / self.area)

    def edges(self, points: Floats) -> Floats:
        """(k, 4) mean strength of the edge along each side, [0, 1]."""
        step = np.roll(points, -1, axis=1) - points
        length = np.linalg.norm(step, axis=-1) + 1e-9
        outwards = np.stack([step[..., 1], -step[..., 0]], axis=-1) / length[..., None] * self.reach
        inner, outer = points + step / 2 - outwards, points + step / 2 + outwards
        change = np.sqrt((self._at(self.lab, inner) - self._at(self.lab, outer)) ** 2 @ np.ones(3))
        beyond = self._at(self.evidence, points + step / 2 + 3.0 * outwards)
        outside = np.maximum(self._at(self.evidence, outer), beyond)
        towards = np.clip(self._at(self.evidence, inner) - outside, -1.0, 1.0)
        strength = change / (change + self.half_contrast) * (2.0 + towards) / 3.0
        sides = (len(points), 4, -1)
        return np.asarray((strength * length).reshape(sides).sum(-1) / length.reshape(sides).sum(-1))

    def oddity(self, outlines: Floats, points: Floats) -> Floats:
        """(k,) how unusual the shapes are: 0 = a rectangle that fills the box; infinite where corners fold."""
        low = (points.min(axis=1) - self.box[:2]) / self.size
        high = (self.box[2:] - points.max(axis=1)) / self.size
        tolerance = 2.0 * self.scale / self.size
        beyond = np.maximum(-low - tolerance, 0).sum(axis=1) + np.maximum(-high - tolerance, 0).sum(axis=1)
        off_centre = (((low - high) / (0.08, 0.10)) ** 2).sum(axis=1)
        loose = ((np.maximum(low, 0) ** 2 + np.maximum(high, 0) ** 2) / 0.18**2).sum(axis=1)
        along = np.roll(corners_of(outlines), -1, axis=1) - corners_of(outlines)
        length = np.linalg.norm(along, axis=-1) + 1e-9
        following = np.roll(along, -1, axis=1)
        product = length * np.roll(length, -1, axis=1)
        cosine = (along * following).sum(axis=-1) / product
        sine = (along[..., 0] * following[..., 1] - along[..., 1] * following[..., 0]) / product
        unequal = (np.log(length[:, :2] / length[:, 2:]) ** 2).sum(axis=1) / 0.2**2
        bows = outlines[:, 8:]
        straight = np.abs(bows).sum(axis=1) / 0.08 + np.maximum(-bows, 0).sum(axis=1) / 0.02
        bowed = np.minimum(straight, 1.0 + np.abs(bows - ROUND).sum(axis=1) / 0.08)
        skewed = (cosine**2).mean(axis=1) / 0.15**2
        total = 0.5 * (off_centre + loose + skewed + bowed) + unequal + beyond / 0.02
        return np.where((sine < 0.5).any(axis=1), np.inf, total)

    def score(self, outlines: Floats) -> Floats:
        """(k,) scores of (k, 12) outlines; larger is better."""
        points = outline_points(outlines)
        length = np.linalg.norm(np.roll(corners_of(outlines), -1, axis=1) - corners_of(outlines), axis=-1) + 1e-9
        sides = self.edges(points)
        edge = 0.5 * sides.mean(axis=1) + 0.5 * (sides * length).sum(axis=1) / length.sum(axis=1)
        return np.asarray(self.region(points) + edge - _ODDITY_WEIGHT * self.oddity(outlines, points))
