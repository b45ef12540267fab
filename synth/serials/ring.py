"""A coded leg ring: a plastic cylinder on which the same code is engraved several times, read along the leg.

Frame: the cylinder's radius is 1, its axis upright on screen; a point of the surface is (angle to the viewer, height).
Projection is orthographic, as through the long lens that such rings are read with. The letters are outlines that are
bent onto the cylinder, not pictures that are stretched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.assets import asset_file
from synth.errors import ConfigError
from synth.labels.sample import Image, Quad
from synth.serials.faces import open_face
from synth.serials.glyphs import line_of_text
from synth.streams import stream

ALPHABET = "ABCDFHJLNPSTVXYZ123569"
FONT = "RobotoCondensed-Bold.ttf"
COPIES = 4
SUPERSAMPLING = 4
WALL = 0.09
CAP_HEIGHT = 1.02
DIRT = (112.0, 96.0, 72.0)
Colour = tuple[int, int, int]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ring:
    """What a ring looks like and how it is seen.

    Attributes:
        text: the code.
        seed: of dirt, scratches and the place of the seam.
        diameter_px: outer diameter.
        length: along the leg, in diameters.
        tilt_deg: the camera looks into the upper opening (> 0) or the lower one (< 0), within +-60.
        turn_deg: turns the ring round the leg; at 0 one copy of the code faces the viewer.
        upward: whether the code reads from bottom to top, else from top to bottom.
        plastic: colour of the ring.
        ink: colour of the letters.
        light_deg: where the light comes from: 0 = behind the viewer, 90 = from the right.
        wear: dirt, scratches and lost ink, in [0, 1].
    """

    text: str
    seed: int
    diameter_px: float
    length: float = 1.75
    tilt_deg: float = 15.0
    turn_deg: float = 0.0
    upward: bool = True
    plastic: Colour = (236, 236, 230)
    ink: Colour = (44, 44, 48)
    light_deg: float = -30.0
    wear: float = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTag:
    """A drawn tag, upright.

    Attributes:
        rgb: (h, w, 3) uint8.
        alpha: (h, w) uint8, 255 where the tag is.
        front: (h, w) uint8, the part of `alpha` that is nearer than whatever the tag is worn on.
        quad: outline's corners in reading order, px.
        angle_deg: direction of upright.
    """

    rgb: Image
    alpha: NDArray[np.uint8]
    front: NDArray[np.uint8]
    quad: Quad
    angle_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """Where each supersampled pixel hits the ring: angle (rad) and height, and which part it is."""

    angle: Plane
    height: Plane
    outside: NDArray[np.bool_]
    rim: NDArray[np.bool_]
    near_rim: NDArray[np.bool_]
    inside: NDArray[np.bool_]


def draw_ring(ring: Ring) -> DrawnTag:
    """Draws a ring; the same values give the same bytes.

    Raises:
        ConfigError: the code has no characters or more than fit, the tilt or the size cannot be drawn.
        AssetError: the font lacks a character.
    """
    if not 1 <= len(ring.text) <= 8 or not ring.text.strip():
        raise ConfigError(f"a ring's code must have 1 to 8 characters, got {ring.text!r}")
    if not -60 <= ring.tilt_deg <= 60 or not 8 <= ring.diameter_px <= 2000:
        raise ConfigError(
            f"a ring needs tilt_deg in -60..60 and diameter_px in 8..2000, got {ring.tilt_deg} and {ring.diameter_px}"
        )
    scale = ring.diameter_px / 2 * SUPERSAMPLING
    tilt = math.radians(ring.tilt_deg)
    half_height = ring.length * math.cos(tilt) + abs(math.sin(tilt))
    shape = (_padded(half_height * 1.03 * scale), _padded(1.03 * scale))
    surface = _trace(ring, shape, scale)
    ink = _ink(ring, shape, scale)
    colour = _coloured(ring, surface, ink)
    covered = surface.outside | surface.rim | surface.inside
    alpha = _reduced(covered.astype(np.float32))
    weighted = _reduced(colour * covered[:, :, None])
    rgb = weighted / np.maximum(alpha, 1e-6)[:, :, None]
    return DrawnTag(
        rgb=np.clip(np.rint(rgb), 0, 255).astype(np.uint8),
        alpha=_to_bytes(alpha),
        front=_to_bytes(_reduced((surface.outside | surface.near_rim).astype(np.float32))),
        quad=_quad(ring, shape),
        angle_deg=90.0 if ring.upward else 270.0,
    )


def _padded(half: float) -> int:
    """Twice `half`, rounded up to whole reduced pixels with one to spare on both sides."""
    return 2 * SUPERSAMPLING * (math.ceil(half / SUPERSAMPLING) + 1)


def _reduced(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = plane.shape[:2]
    blocks = plane.reshape(height // SUPERSAMPLING, SUPERSAMPLING, width // SUPERSAMPLING, SUPERSAMPLING, -1)
    means = np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64), np.float32)
    return means[:, :, 0] if plane.ndim == 2 else means


def _to_bytes(plane: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(plane * 255), np.uint8)


def _trace(ring: Ring, shape: tuple[int, int], scale: float) -> _Surface:
    """Casts one ray through the middle of each supersampled pixel."""
    height, width = shape
    sine, cosine = math.sin(math.radians(abs(ring.tilt_deg))), math.cos(math.radians(ring.tilt_deg))
    facing = 1.0 if ring.tilt_deg >= 0 else -1.0
    x = ((np.arange(width, dtype=np.float32) + 0.5 - width / 2) / scale)[None, :]
    y = ((np.arange(height, dtype=np.float32) + 0.5 - height / 2) / scale)[:, None] * facing
    depth = np.sqrt(np.clip(1 - x * x, 0, 1))
    angle = np.broadcast_to(np.arcsin(np.clip(x, -1, 1)), shape)
    z = (depth * sine - y) / cosine
    end = ring.length * _ragged(ring, angle)
    outside = (np.abs(x) <= 1) & (np.abs(z) <= end)
    rim_depth = (y + ring.length * cosine) / max(sine, 1e-6)
    radius = np.hypot(x, rim_depth)
    rim = (radius <= 1) & (radius >= 1 - WALL) & ~outside
    inside = (radius < 1 - WALL) & ~outside
    return _Surface(angle, z * facing, outside, rim, rim & (rim_depth > 0), inside)


def _ragged(ring: Ring, angle: Plane) -> Plane:
    """Relative half length along the circumference: a worn edge is not quite straight."""
    rng = stream(ring.seed, 0, "ring edge")
    waves = sum(float(rng.normal()) / k * np.sin(k * angle + float(rng.uniform(0, 2 * math.pi))) for k in (2, 5, 11))
    return np.asarray(1 + 0.006 * ring.wear * waves, np.float32)


def _ink(ring: Ring, shape: tuple[int, int], scale: float) -> Plane:
    """Share of each supersampled pixel that is engraved, in [0, 1]."""
    font = open_face(asset_file("fonts", FONT).path)
    tilt = math.radians(ring.tilt_deg)
    lines = line_of_text(font, ring.text, width_factor=0.95, spacing=0.16)
    extent = max(float(np.abs(contour[:, 0]).max()) for contour in lines)
    size = min(CAP_HEIGHT, 0.86 * ring.length / extent)
    direction = 1.0 if ring.upward else -1.0
    canvas = np.zeros(shape, np.uint8)
    for copy in range(COPIES):
        middle = math.radians(ring.turn_deg) + copy * 2 * math.pi / COPIES
        middle = math.remainder(middle, 2 * math.pi)
        polygons = []
        for contour in lines:
            angle = np.clip(middle - direction * (contour[:, 1] - 0.5) * size, -math.pi / 2, math.pi / 2)
            z = direction * contour[:, 0] * size
            x = np.sin(angle) * scale + shape[1] / 2
            y = (np.cos(angle) * math.sin(tilt) - z * math.cos(tilt)) * scale + shape[0] / 2
            polygons.append(np.rint((np.stack([x, y], axis=1) - 0.5) * 16).astype(np.int32))
        cv2.fillPoly(canvas, polygons, (255,), lineType=cv2.LINE_8, shift=4)
    return canvas.astype(np.float32) / 255


def _coloured(ring: Ring, surface: _Surface, ink: Plane) -> NDArray[np.float32]:
    """Colour of every supersampled pixel, (h, w, 3) float32 in [0, 255]."""
    shade = _shade(ring, surface.angle)
    plastic = np.asarray(ring.plastic, np.float32)
    dirt, loss = _worn(ring, surface)
    wall = plastic * (1 - dirt[:, :, None]) + np.asarray(DIRT, np.float32) * dirt[:, :, None]
    sigma = max(0.022 * ring.diameter_px * SUPERSAMPLING / 2, 0.5)
    groove = cv2.GaussianBlur(ink, (0, 0), sigma)
    # the bottom of a groove that is wider than deep is paler than its sides
    strength = ink * (1 - loss) * np.clip(1.18 - 0.42 * groove, 0, 1)
    wall = wall * (1 - strength[:, :, None]) + np.asarray(ring.ink, np.float32) * strength[:, :, None]
    wall = wall * (1 - 0.25 * np.clip(groove - ink, 0, 1))[:, :, None]
    colour = wall * shade[:, :, None]
    edge = np.clip((np.abs(surface.height) / ring.length - 0.965) / 0.035, 0, 1)
    colour *= (1 - 0.22 * edge)[:, :, None]
    colour[surface.inside] = plastic * 0.30
    colour[surface.rim] = plastic * 0.86
    return np.clip(colour, 0, 255)


def _shade(ring: Ring, angle: Plane) -> Plane:
    """Light on the outside of the cylinder, 1 where it is brightest: sky from everywhere, and a softer sun."""
    light = math.radians(ring.light_deg)
    sun = np.clip(np.cos(angle - light), 0, 1)
    limb = 0.80 + 0.20 * np.sqrt(np.clip(np.cos(angle), 0, 1))
    shine = 0.05 * np.clip(np.cos(angle - light / 2), 0, 1) ** 24
    return np.asarray((0.60 + 0.40 * sun) * limb + shine, np.float32)


def _worn(ring: Ring, surface: _Surface) -> tuple[Plane, Plane]:
    """(dirt, lost ink), each in [0, 1], as patterns that lie on the surface and turn with it."""
    rng = stream(ring.seed, 0, "ring wear")
    columns = (surface.angle / math.pi + 0.5).astype(np.float32)
    rows = (surface.height / (2 * ring.length) + 0.5).astype(np.float32)
    stains = sum(_noise(rng, columns, rows, cells) / k for k, cells in ((1, 3), (2, 9), (4, 27)))
    ends = np.clip((np.abs(rows - 0.5) - 0.36) / 0.14, 0, 1)
    dirt = np.clip(0.55 * (np.asarray(stains) - 0.55) + 0.30 * ends, 0, 0.75) * ring.wear
    for _ in range(int(rng.integers(2, 6))):
        dirt = np.maximum(dirt, 0.35 * ring.wear * _scratch(rng, columns, rows))
    loss = np.clip(1.4 * (_noise(rng, columns, rows, 14) - 0.45), 0, 0.8) * ring.wear
    return dirt.astype(np.float32), loss.astype(np.float32)


def _noise(rng: np.random.Generator, columns: Plane, rows: Plane, cells: int) -> Plane:
    """Smooth noise in about [0, 1] with `cells` cells across the visible half."""
    grid = rng.uniform(0, 1, (2 * cells + 2, cells + 2)).astype(np.float32)
    pattern = cv2.remap(grid, columns * cells, rows * 2 * cells, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(pattern, np.float32)


def _scratch(rng: np.random.Generator, columns: Plane, rows: Plane) -> Plane:
    """A short, thin line, 1 in its middle."""
    x, y, slope = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(-0.4, 0.4)
    across = np.abs(columns - x - slope * (rows - y)) / 0.008
    along = np.abs(rows - y) / rng.uniform(0.05, 0.2)
    return np.asarray(np.clip(1 - across, 0, 1) * (along < 1), np.float32)


def _quad(ring: Ring, shape: tuple[int, int]) -> Quad:
    """Corners of the outline, starting at the corner that is top left when one turns the code upright."""
    cx, cy = shape[1] / 2 / SUPERSAMPLING, shape[0] / 2 / SUPERSAMPLING
    dx, dy = ring.diameter_px / 2, ring.diameter_px / 2 * ring.length * math.cos(math.radians(ring.tilt_deg))
    s = 1.0 if ring.upward else -1.0
    return (
        (cx - s * dx, cy + s * dy),
        (cx - s * dx, cy - s * dy),
        (cx + s * dx, cy - s * dy),
        (cx + s * dx, cy + s * dy),
    )
