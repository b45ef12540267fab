"""Lines of text made straight: by the homography of their quad, or, where they bend, character by character.

A bent line is a strip between two polylines, one along the tops of its characters and one along their feet, with a knot
between each two neighbours; within a character, places are interpolated. Columns become horizontal strips: followed
along their axis and turned a quarter counter-clockwise, so that they read from left to right with characters that lie
on their backs, tops to the left; PaddleOCR's own reader turns tall quads likewise (`get_rotate_crop_image`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.cropping.jitter import Jitter
from synth.cropping.lines import Line, Quads
from synth.cropping.warping import remap_picture, warp_picture
from synth.geometry.homography import Matrix, apply, rotation_deg, scaling, translation
from synth.labels.sample import Image

MAX_ASPECT = 40


@dataclass(frozen=True, slots=True)
class Strip:
    """Sizes of a text crop.

    Attributes:
        height: px of the whole crop.
        margin: above, below, before and after the characters, as a share of their height.
        jitter: of the text on the crop, shift in heights of the characters.
    """

    height: int
    margin: float
    jitter: Jitter

    @property
    def letter_px(self) -> float:
        """Height of the characters on the crop."""
        return self.height / (1 + 2 * self.margin)

    def sizes(self, length: float) -> tuple[float, int]:
        """Length of the text of a line that is `length` times as long as high, and width of its crop; both px."""
        long = min(length, MAX_ASPECT) * self.letter_px
        room = max(1.0, self.jitter.scale)  # a long line must not lose its ends
        return long, max(1, round(long * room + 2 * self.margin * self.letter_px))

    def shake(self, width: int) -> Matrix:
        """The jitter on a crop of that width."""
        x, y = width / 2, self.height / 2
        factor = self.jitter.scale
        turn_deg = self.jitter.turn_deg * min(1.0, 2 * self.height / width)  # nor leave the crop at its corners
        turned = rotation_deg(turn_deg) @ scaling(factor, factor) @ translation(-x, -y)
        return translation(x + self.letter_px * self.jitter.x, y + self.letter_px * self.jitter.y) @ turned


def rectified_line(picture: Image, line: Line, strip: Strip) -> Image:
    """The crop of a line."""
    if line.column:
        return rectified_quad(picture, np.roll(line.quad, -1, axis=0), strip)
    return rectified_quad(picture, _stretched(line), strip) if line.straight else _unrolled(picture, line, strip)


def letter_height_px(line: Line) -> float:
    """Height of the line (width of a column) in the picture."""
    a, b, _, d = line.quad
    return float(np.linalg.norm(b - a if line.column else d - a))


def _stretched(line: Line) -> Quads:
    """The quad of a straight line, made longer so that it holds what is seen of its first and last character."""
    quad = line.quad
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    flat = np.asarray(cv2.getPerspectiveTransform(quad.astype(np.float32), unit), np.float64)
    before = min(0.0, float(apply(flat, line.hulls[0])[:, 0].min()))
    after = max(1.0, float(apply(flat, line.hulls[1])[:, 0].max()))
    return apply(np.linalg.inv(flat), [(before, 0), (after, 0), (after, 1), (before, 1)])


def rectified_quad(picture: Image, quad: Quads, strip: Strip) -> Image:
    """The crop of what lies in a quad (top-left, top-right, bottom-right, bottom-left as one reads)."""
    a, b, c, d = quad
    high = np.linalg.norm(d - a) + np.linalg.norm(c - b)
    long, width = strip.sizes(float((np.linalg.norm(b - a) + np.linalg.norm(c - d)) / high))
    x0, y0 = (width - long) / 2, (strip.height - strip.letter_px) / 2
    x1, y1 = width - x0, strip.height - y0
    target = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
    flat = np.asarray(cv2.getPerspectiveTransform(quad.astype(np.float32), target), np.float64)
    return warp_picture(picture, strip.shake(width) @ flat, width, strip.height)


def _unrolled(picture: Image, line: Line, strip: Strip) -> Image:
    tops, feet = _knots(line.quads)
    middle = (np.linalg.norm(np.diff(tops, axis=0), axis=1) + np.linalg.norm(np.diff(feet, axis=0), axis=1)) / 2
    high = float(np.linalg.norm(feet - tops, axis=1).mean())
    long, width = strip.sizes(float(middle.sum()) / high)
    along = np.concatenate([[0.0], np.cumsum(middle)]) / middle.sum() * long
    rows, columns = np.mgrid[: strip.height, :width] + 0.5
    back = np.linalg.inv(strip.shake(width))
    x = back[0, 0] * columns + back[0, 1] * rows + back[0, 2] - (width - long) / 2
    y = (back[1, 0] * columns + back[1, 1] * rows + back[1, 2] - strip.height / 2) / strip.letter_px + 0.5
    both = _along(np.concatenate([tops, feet], axis=1), along, x)
    top, foot = both[..., :2], both[..., 2:]
    return remap_picture(picture, top + (foot - top) * y[..., None], high / strip.letter_px)


def _knots(quads: Quads) -> tuple[Quads, Quads]:
    """Points between each two neighbours and at both ends, along the tops and along the feet."""
    left, right = quads[:, [0, 3]], quads[:, [1, 2]]
    knots = np.concatenate([left[:1], (right[:-1] + left[1:]) / 2, right[-1:]])
    return knots[:, 0], knots[:, 1]


def _along(points: Quads, at: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places at `x` on a polyline in any number of dimensions whose points are `at`; its ends go on straight."""
    k = np.clip(np.searchsorted(at, x) - 1, 0, len(at) - 2)
    share = (x - at[k]) / (at[k + 1] - at[k])
    place: NDArray[np.float64] = points[k] + (points[k + 1] - points[k]) * share[..., None]
    return place
