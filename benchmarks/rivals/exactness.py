"""Labels of this package against characters drawn alone and another way (`rivals.independent`).

All ways of setting text, all surfaces, and for each a turn, a foreshortening and a place between pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rivals.boxes import Fit
from rivals.environment import ALPHABET
from rivals.independent import SAMPLES, character_contours, coverage, samples
from synth.geometry.homography import perspective, rotation_deg, scaling, translation
from synth.labels.sample import Mask
from synth.serials.faces import open_face
from synth.serials.lettering import DrawnCharacter, draw_lettering
from synth.serials.tag import (
    ArcPath,
    BandBody,
    BareBody,
    Body,
    DiscBody,
    Inscription,
    LabelBody,
    LinePath,
    Marking,
    Material,
    PlateBody,
    SerialTag,
)
from synth.streams import stream

SIDE = 420
CAP_MM = 6.0
FACES = ("roboto-condensed-bold", "liberation-sans-bold", "overpass-mono-bold", "dot-peen", "single-stroke")
PLASTIC = Material("plastic", (200, 200, 200))
PRINTED = Marking("printed")
Case = tuple[str, Body, LinePath | ArcPath]


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """One of each."""
    plate, disc = PlateBody(60.0, 60.0), DiscBody(40.0)
    low, high = sorted(rng.uniform(-40, 40, 2).tolist())
    yield "line", BareBody(), LinePath()
    yield "line, turned", plate, LinePath(1.0, -2.0, float(rng.uniform(0, 360)))
    yield "vertical", plate, LinePath(vertical=True, turn_deg=float(rng.uniform(-20, 20)))
    yield "arc, heads outwards", disc, ArcPath(15.0, middle_deg=float(rng.uniform(0, 360)))
    yield "arc, heads inwards", disc, ArcPath(15.0, middle_deg=float(rng.uniform(0, 360)), inside=True)
    yield "band, tilted", BandBody(26.0, 12.0, tilt_deg=low), LinePath(u_mm=float(rng.uniform(-8, 8)))
    yield (
        "band, upright text",
        BandBody(20.0, 40.0, tilt_deg=high),
        LinePath(u_mm=float(rng.uniform(-9, 9)), turn_deg=90),
    )
    yield "bent label", LabelBody(48.0, 20.0, bend_radius_mm=17.0, tilt_deg=low / 2), LinePath(v_mm=2.0)


def tag_of(body: Body, path: LinePath | ArcPath, rng: np.random.Generator) -> SerialTag:
    """A tag with a random serial."""
    text = "".join(rng.choice(list(ALPHABET), 5 if isinstance(path, ArcPath) else 4))
    inscription = Inscription(
        text,
        FACES[int(rng.integers(len(FACES)))],
        CAP_MM,
        path,
        (0, 0, 0),
        stretch=float(rng.uniform(0.7, 1.1)),
        tracking=float(rng.uniform(0.05, 0.2)),
        slant_deg=float(rng.uniform(-10, 15)),
    )
    return SerialTag(text, body, (inscription,), PLASTIC, PRINTED)


def view_of(rng: np.random.Generator) -> NDArray[np.float64]:
    """Body mm to canvas px: capitals 20 to 42 px high, turned, foreshortened, anywhere between pixels."""
    foreshortened = perspective(*rng.uniform(-8e-4, 8e-4, 2).tolist())
    scale = float(rng.uniform(20, 42)) / CAP_MM
    middle = translation(*(SIDE / 2 + rng.uniform(-2, 2, 2)).tolist())
    return np.asarray(middle @ foreshortened @ scaling(scale, scale) @ rotation_deg(float(rng.uniform(0, 360))))


def box_of(pixels: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Half-open box (x0, y0, x1, y1) of what is set."""
    ys, xs = np.nonzero(pixels)
    return np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], float) if len(xs) else None


def iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Of two boxes."""
    common = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
    return float(common / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common))


def mask_box(mask: Mask) -> NDArray[np.float64] | None:
    """Tight box of a mask, px of the canvas."""
    box = box_of(mask.pixels)
    return None if box is None else box + np.array([mask.x, mask.y, mask.x, mask.y])


class Tally:
    """What was found of one kind of box."""

    def __init__(self) -> None:
        self.ious: list[float] = []
        self.edges: list[NDArray[np.float64]] = []
        self.lost = 0

    def add(self, box: NDArray[np.float64] | None, truth: NDArray[np.float64]) -> None:
        """One box against the true one."""
        if box is None:
            self.lost += 1
            return
        self.ious.append(iou(box, truth))
        self.edges.append(np.abs(box - truth))

    def fit(self, name: str) -> Fit:
        """All of them."""
        return Fit(name, len(self.ious), np.array(self.ious), np.array(self.edges), self.lost)


def our_fits(characters: int) -> tuple[list[Fit], dict[str, Fit]]:
    """Fits of our two boxes over at least so many characters, then the labelled box's by transform."""
    tight, outline, fine = Tally(), Tally(), Tally()
    kinds: dict[str, Tally] = {}
    number = 0
    while len(tight.ious) < characters:
        rng = stream(5, number, "exactness")
        for kind, body, path in cases(rng):
            tag, matrix = tag_of(body, path, rng), view_of(rng)
            drawn = draw_lettering(tag, matrix, (0, 0, SIDE, SIDE), open_face).characters
            found = {c.place[1]: c for c in drawn if c.place is not None}
            for k in range(len(tag.text)):
                truth = _truth(tag, matrix, k)
                if truth is None:
                    continue
                pixels, extent = truth
                labelled = found.get(k)
                for tally in (tight, kinds.setdefault(kind, Tally())):
                    tally.add(None if labelled is None else mask_box(labelled.mask), pixels)
                outer = _outline_box(labelled)
                outline.add(outer, pixels)
                fine.add(outer, extent)
        number += 1
    names = ("box of the mask", "box of the outline", "box of the outline, against 1/16 px")
    fits = [tally.fit(f"ours: {name}") for tally, name in zip((tight, outline, fine), names, strict=True)]
    return fits, {kind: tally.fit(kind) for kind, tally in kinds.items()}


def _outline_box(character: DrawnCharacter | None) -> NDArray[np.float64] | None:
    return None if character is None else np.array(character.outline_box)


def _truth(
    tag: SerialTag, matrix: NDArray[np.float64], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Box of the pixels that a character alone covers to the half, and of its samples in px; None if it has none."""
    inscription = tag.inscriptions[0]
    contours = character_contours(inscription, open_face(inscription.face), k, tag.body, matrix)
    points = np.concatenate(contours)
    x0, y0 = (math.floor(v) - 1 for v in points.min(axis=0))
    width, height = (math.ceil(v) + 1 - o for v, o in zip(points.max(axis=0), (x0, y0), strict=True))
    if min(x0, y0) < 0 or x0 + width > SIDE or y0 + height > SIDE:
        raise ValueError("the canvas is too small for this tag")
    inside = samples(contours, x0, y0, width, height)
    pixels, extent = box_of(coverage(inside) >= 0.5), box_of(inside)
    if pixels is None or extent is None:
        return None
    origin = np.array([x0, y0, x0, y0])
    return pixels + origin, extent / SAMPLES + origin
