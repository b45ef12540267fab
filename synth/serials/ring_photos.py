"""Stand-ins for a first handful of real photos: drawn legs with drawn rings before embedded photographs.

They are there to try the whole path on, from `synth cut` to a finished dataset, without material of one's own; they are
no evidence of how well anything works on real photos. Every photo shows the left or the right half of one background,
so that no two of them share a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.assets import asset_file
from synth.geometry import homography
from synth.geometry.boxes import Box
from synth.labels.pictures import read_picture
from synth.labels.sample import Image, Quad
from synth.serials.bird_legs import ENLARGEMENT, DrawnLeg, Leg, draw_leg
from synth.serials.ground import paint_grass, paint_toes, shade_ground
from synth.serials.ring import ALPHABET, Ring
from synth.streams import stream

WIDTH, HEIGHT = 800, 1200
# background, half, shown in infrared, with a ringed bird
PLAN = (
    ("meadow", 0, False, True),
    ("meadow", 1, False, True),
    ("stream", 0, False, True),
    ("stream", 1, False, True),
    ("mountain-path", 0, False, True),
    ("mountain-path", 1, True, True),
    ("sunset", 1, False, True),
    ("dandelions", 1, False, True),
    ("sunset", 0, False, False),
    ("dandelions", 0, False, False),
    ("dogs", 0, False, False),
    ("dogs", 1, True, False),
    ("fig", 0, False, False),
    ("drum", 1, False, False),
)
PLASTICS = ((236, 236, 230), (236, 236, 230), (236, 236, 230), (238, 200, 50), (150, 190, 60))


@dataclass(frozen=True, slots=True)
class Bird:
    """Two legs, the nearer one with a ring, and how they stand.

    Attributes:
        near: the ringed leg.
        far: the other one.
        foot: where the near leg stands, px of the photo.
        far_foot: likewise.
        lean_deg: how the near leg leans, counter-clockwise.
        far_lean_deg: likewise.
    """

    near: Leg
    far: Leg
    foot: tuple[float, float]
    far_foot: tuple[float, float]
    lean_deg: float
    far_lean_deg: float


@dataclass(frozen=True, slots=True)
class RingPhoto:
    """One photo, decided.

    Attributes:
        file_name: its base name.
        background: embedded background.
        half: 0 = left, 1 = right half of it.
        infrared: taken with an infrared flash.
        bird: None for an empty photo.
        seed: of grain and grass.
    """

    file_name: str
    background: str
    half: int
    infrared: bool
    bird: Bird | None
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPhoto:
    """The pixels, and the ring's visible box and corners if there is one."""

    image: Image
    box: Box | None
    quad: Quad | None


def sample_ring_photo(rng: np.random.Generator, index: int) -> RingPhoto:
    """Decides photo `index` of `PLAN`."""
    background, half, infrared, ringed = PLAN[index]
    return RingPhoto(
        file_name=f"IMAG{index + 1:04d}.jpg",
        background=background,
        half=half,
        infrared=infrared,
        bird=_sample_bird(rng) if ringed else None,
        seed=int(rng.integers(2**32)),
    )


def _sample_bird(rng: np.random.Generator) -> Bird:
    diameter = float(rng.uniform(66, 88))
    foot = (float(rng.uniform(0.32, 0.68)) * WIDTH, float(rng.uniform(0.88, 0.97)) * HEIGHT)
    ring = Ring(
        text="".join(ALPHABET[int(k)] for k in rng.integers(len(ALPHABET), size=4)),
        seed=int(rng.integers(2**32)),
        diameter_px=diameter,
        length=float(rng.uniform(1.65, 1.85)),
        tilt_deg=float(rng.uniform(4, 20)),
        turn_deg=float(rng.uniform(-24, 24)),
        plastic=PLASTICS[int(rng.integers(len(PLASTICS)))],
        light_deg=float(rng.uniform(-50, 50)),
        wear=float(rng.uniform(0.2, 0.8)),
    )
    shade = float(rng.uniform(0.8, 1.25))
    colour = (round(84 * shade), round(78 * shade), round(74 * shade))
    thickness = float(rng.uniform(0.5, 0.62))
    height = float(rng.uniform(4.2, 6.5)) * diameter
    lean = float(rng.uniform(-9, 9))
    side = 1.0 if rng.random() < 0.5 else -1.0
    # the legs meet far above the picture: the farther one leans towards the nearer one
    far_lean = lean + side * float(rng.uniform(0, 4))
    apart = side * float(rng.uniform(1.5, 2.6)) * diameter
    return Bird(
        near=Leg(1.15 * HEIGHT, thickness, int(rng.integers(2**32)), colour, ring, height, diameter),
        far=Leg(1.15 * HEIGHT, thickness * 0.95, int(rng.integers(2**32)), colour, None, height, diameter),
        foot=foot,
        far_foot=(foot[0] + apart, foot[1] - float(rng.uniform(0.2, 0.6)) * diameter),
        lean_deg=lean,
        far_lean_deg=far_lean,
    )


def draw_ring_photo(photo: RingPhoto) -> DrawnPhoto:
    """Draws a photo; the same values give the same pixels."""
    whole = read_picture(asset_file("backgrounds", f"{photo.background}.jpg").path)
    canvas = whole[:, photo.half * WIDTH : (photo.half + 1) * WIDTH].astype(np.float32)
    box, quad = None, None
    if photo.bird is not None:
        box, quad = _paint_bird(canvas, photo.bird, photo.seed)
    return DrawnPhoto(_taken(canvas, photo), box, quad)


def _paint_bird(canvas: NDArray[np.float32], bird: Bird, seed: int) -> tuple[Box, Quad]:
    """Paints both legs into the canvas; returns the ring's box and corners."""
    light = _local_light(canvas, bird)
    ground = canvas.copy()
    for foot in (bird.far_foot, bird.foot):
        shade_ground(canvas, foot, bird.near.diameter_px)
    matrix = _placement(bird.far, bird.far_foot, bird.far_lean_deg)
    _paint(canvas, draw_leg(bird.far).layer * np.append(light * 0.85, 1).astype(np.float32), matrix)
    drawn = draw_leg(bird.near)
    matrix = _placement(bird.near, bird.foot, bird.lean_deg)
    _paint(canvas, drawn.layer * np.append(light, 1).astype(np.float32), matrix)
    for k, foot in enumerate((bird.far_foot, bird.foot)):
        paint_toes(canvas, foot, bird.near, light)
        paint_grass(canvas, ground, foot, bird.near.diameter_px, stream(seed, k, "grass"))
    return _ring_outline(drawn, matrix)


def _ring_outline(drawn: DrawnLeg, matrix: homography.Matrix) -> tuple[Box, Quad]:
    index_map = homography.to_pixel_index(matrix)
    seen = cv2.warpPerspective(drawn.ring_alpha, index_map, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    rows, columns = np.nonzero(np.asarray(seen) >= 0.5)
    box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    a, b, c, d = ((float(x), float(y)) for x, y in homography.apply(matrix, drawn.ring_quad))
    return box, (a, b, c, d)


def _placement(leg: Leg, foot: tuple[float, float], lean_deg: float) -> homography.Matrix:
    """From the drawn leg's frame to the photo's."""
    height, width = round(leg.length_px * ENLARGEMENT), 2 * round(1.1 * leg.diameter_px * ENLARGEMENT)
    return (
        homography.translation(*foot)
        @ homography.rotation_deg(lean_deg)
        @ homography.scaling(1 / ENLARGEMENT, 1 / ENLARGEMENT)
        @ homography.translation(-width / 2, -height)
    )


def _paint(canvas: NDArray[np.float32], layer: NDArray[np.float32], matrix: homography.Matrix) -> None:
    """Paints a premultiplied RGBA layer, as soft as a lens would draw it."""
    soft = cv2.GaussianBlur(layer, (0, 0), 0.75 * ENLARGEMENT)
    size = (canvas.shape[1], canvas.shape[0])
    warped = np.asarray(cv2.warpPerspective(soft, homography.to_pixel_index(matrix), size, flags=cv2.INTER_LINEAR))
    canvas *= 1 - warped[:, :, 3:]
    canvas += warped[:, :, :3]


def _local_light(canvas: NDArray[np.float32], bird: Bird) -> NDArray[np.float64]:
    """Gain per channel that puts something drawn in full light into this place's light."""
    x, y = bird.foot[0], bird.foot[1] - bird.near.ring_height_px
    reach = 2 * bird.near.diameter_px
    rows = slice(max(0, int(y - reach)), int(y + reach))
    columns = slice(max(0, int(x - reach)), int(x + reach))
    mean = canvas[rows, columns].reshape(-1, 3).mean(axis=0, dtype=np.float64)
    gain = float(np.clip(mean.mean() * 2.1 / 236, 0.6, 1.04))
    cast = mean / mean.mean()
    return np.asarray(gain * (0.85 + 0.15 * cast), np.float64)


def _taken(canvas: NDArray[np.float32], photo: RingPhoto) -> Image:
    """What the camera makes of it: infrared flash or daylight, and grain."""
    rng = stream(photo.seed, 0, "grain")
    noise = rng.normal(0, 1, canvas.shape).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6)) / 0.45
    if photo.infrared:
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        flash = np.exp(-(((columns / WIDTH - 0.5) / 0.62) ** 2 + ((rows / HEIGHT - 0.6) / 0.55) ** 2))
        grey = (0.35 * canvas[:, :, 0] + 0.5 * canvas[:, :, 1] + 0.15 * canvas[:, :, 2]) * (0.25 + 0.85 * flash)
        taken = np.repeat((grey + 5.0 * noise[:, :, 0])[:, :, None], 3, axis=2)
    else:
        taken = canvas + 2.2 * noise
    return np.asarray(np.clip(np.rint(taken), 0, 255), np.uint8)
