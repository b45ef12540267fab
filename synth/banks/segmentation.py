"""Finding the tag inside its hand-drawn box.

A tag is a compact, rigid body, so what is fitted is an outline of few numbers (`synth.banks.outlines`), not a free
region: glyphs in the colour of the surroundings leave no holes, glare and a leg of similar colour grow no bulges. Many
turned rectangles are scored (`synth.banks.outline_score`), the best climb by pattern search, the evidence of colour is
learnt anew from the winner, and so on. Nothing is random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.banks.outline_score import OutlineScore
from synth.banks.outlines import ROUND, corners_of, outline_points, rectangle
from synth.geometry.boxes import Box

Floats = NDArray[np.float64]
_STARTS = 4
_ROUNDS = 3
_STEPS_PX = (6.0, 3.0, 1.5, 0.75, 0.4)


@dataclass(frozen=True)
class Fit:
    """A fitted outline.

    Attributes:
        corners: (4, 2) px, clockwise on screen, from the one nearest to the top left.
        points: (n, 2) px along the outline.
        region: mean evidence, [-1, 1].
        edge: mean strength of the edge along the outline, [0, 1].
        weakest_side: the same for the weakest of the four sides.
        straight: whether no side bows.
    """

    corners: Floats
    points: Floats
    region: float
    edge: float
    weakest_side: float
    straight: bool

    @property
    def is_plausible(self) -> bool:
        """Whether colour and edges agree that there is a tag with this outline."""
        return self.region > 0.05 and self.edge > 0.3 and self.weakest_side > 0.15


def _rectangles(scene: OutlineScore) -> Floats:
    """(k, 12) outlines to start from: turned rectangles that fill the box more or less, and an oval."""
    centre = (scene.box[:2] + scene.box[2:]) / 2
    found = []
    for angle in range(-40, 41, 8):
        c, s = abs(np.cos(np.deg2rad(angle))), abs(np.sin(np.deg2rad(angle)))
        for fill in (1.0, 0.85, 0.7):
            w, h = scene.size * fill
            width, height = (w * c - h * s) / (c * c - s * s), (h * c - w * s) / (c * c - s * s)
            if min(width, height) > 0.25 * scene.size.min():
                found.append(rectangle(centre, width, height, angle))
    width, height = scene.size / np.sqrt(2)
    found += [rectangle(centre, width * fill, height * fill, 0.0, ROUND) for fill in (1.0, 0.85, 0.7)]
    return np.array(found)


def _moves() -> Floats:
    """(k, 12) directions of the pattern search: corners, sides, bows, shift, growth, turn, shear; each both ways."""
    single = np.eye(12) * np.r_[np.ones(8), np.full(4, 0.04)]
    sides = [np.eye(12)[2 * i + k] + np.eye(12)[2 * ((i + 1) % 4) + k] for i in range(4) for k in (1 - i % 2,)]
    whole = [
        [1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0],
        [0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0],
        [-1, -1, 1, -1, 1, 1, -1, 1, 0, 0, 0, 0],
        [0, 1, 0, -1, 0, -1, 0, 1, 0, 0, 0, 0],
        [1, 0, 1, 0, -1, 0, -1, 0, 0, 0, 0, 0],
    ]
    forward = np.concatenate([single, np.array(sides), np.array(whole, np.float64)])
    return np.concatenate([forward, -forward])


_MOVES = _moves()


def _promising(scene: OutlineScore, starts: Floats, count: int) -> Floats:
    """The best few starts, and the best oval whatever its rank: sides that bow must not be missed."""
    order = np.argsort(-scene.score(starts), kind="stable")
    oval = next(i for i in order if starts[i, 8:].min() > ROUND / 2)
    return starts[[*(i for i in order[:count] if i != oval), oval]]


def _climb(scene: OutlineScore, outline: Floats) -> tuple[float, Floats]:
    best = float(scene.score(outline[None])[0])
    for step in _STEPS_PX:
        moves = _MOVES * np.r_[np.full(8, step), np.full(4, min(1.0, step / 2))]
        for _ in range(100):
            scores = scene.score(outline + moves)
            first = int(scores.argmax())
            if scores[first] <= best + 1e-6:
                break
            best, outline = float(scores[first]), outline + moves[first]
    return best, outline


def fit_outline(rgb: NDArray[np.uint8], box: Box) -> Fit:
    """Fits a tag's outline.

    Args:
        rgb: (h, w, 3) cut-out with context round the box.
        box: the hand-drawn box in it, inside the picture.
    """
    scene = OutlineScore(rgb, box)
    inside, outside = scene.first_guess()
    starts = _rectangles(scene)
    best = starts[0]
    for turn in range(_ROUNDS):
        scene.learn(inside, outside)
        climbs = [_climb(scene, start) for start in _promising(scene, starts, _STARTS - turn)]
        best = max(climbs, key=lambda climb: climb[0])[1]
        starts = np.concatenate([best[None], starts])
        inside, outside = scene.guess_from(best)
    points = outline_points(best[None])
    edges = scene.edges(points)[0]
    return Fit(
        corners=corners_of(best[None])[0] / scene.scale,
        points=points[0] / scene.scale,
        region=float(scene.region(points)[0]),
        edge=float(edges.mean()),
        weakest_side=float(edges.min()),
        straight=bool(np.abs(best[8:]).max() < 0.02),
    )
