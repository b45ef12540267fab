"""What rays from a point source meet: path lengths through closed bodies, and the share of them that comes through.

Each ray is followed from body to body; where several overlap, the one that is listed last displaces the others (a screw
in a bone, the marrow in its cortex). Faces are projected like those of a picture, with the common rule for edges, so
that a ray between two faces of a closed body crosses exactly one of them, and the depth of a crossing is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.errors import RejectedScene
from synth.geometry.camera import Intrinsics, in_camera
from synth.geometry.mesh import Mesh
from synth.geometry.pose import Matrix4, transformed
from synth.native import compiled

NEAR_M = 1e-3
_BAND_ROWS = 32
Doubles = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Absorber:
    """A closed surface of one substance.

    Attributes:
        mesh: in its own frame; its faces point outwards.
        pose: world from its own frame.
        attenuation: of what fills it, 1/m.
    """

    mesh: Mesh
    pose: Matrix4
    attenuation: float


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """What rays meet on their way to the pixels.

    Attributes:
        paths_m: (n, h, w) float32, length through each absorber where no later one displaces it, mean over a pixel.
        transmission: (h, w) float64, share of the rays that comes through, mean over a pixel.
    """

    paths_m: NDArray[np.float32]
    transmission: Doubles


def passage(
    absorbers: Sequence[Absorber],
    camera: Matrix4,
    intrinsics: Intrinsics,
    *,
    displaced: float = 0.0,
    rays: int = 2,
) -> Passage:
    """Follows rays x rays rays to each pixel.

    Args:
        absorbers: the later one displaces the earlier one.
        camera: pose of the source (world from Blender's camera axes).
        intrinsics: of the detector.
        displaced: attenuation, 1/m, of what was there before the absorbers.
        rays: per pixel, in each direction.

    Raises:
        RejectedScene: an absorber reaches behind the source.
    """
    corners, owners = _seen(absorbers, camera, intrinsics, rays)
    height, width = intrinsics.height, intrinsics.width
    excess = np.array([a.attenuation - displaced for a in absorbers], np.float64)
    paths = np.zeros((len(absorbers), height, width), np.float32)
    transmission = np.ones((height, width), np.float64)
    lens = np.array([intrinsics.focal_px, intrinsics.cx, intrinsics.cy], np.float64) * rays
    reach = _rows_of(corners)
    for first in range(0, height, _BAND_ROWS):
        rows = min(_BAND_ROWS, height - first)
        chosen = np.flatnonzero((reach[:, 1] >= first * rays) & (reach[:, 0] <= (first + rows) * rays))
        if chosen.size:
            band = paths[:, first : first + rows], transmission[first : first + rows]
            _follow(corners[chosen], owners[chosen], lens, excess, first * rays, rays, *band)
    return Passage(paths, transmission)


def _seen(absorbers: Sequence[Absorber], camera: Matrix4, intrinsics: Intrinsics, rays: int) -> tuple[Doubles, Numbers]:
    """(n, 3, 3) x, y (samples) and 1/z of the corners of all faces, and whose faces they are."""
    parts, owners = [np.zeros((0, 3, 3))], [np.zeros(0, np.int64)]
    for number, absorber in enumerate(absorbers):
        points = in_camera(camera, transformed(absorber.pose, absorber.mesh.vertices))
        if points[:, 2].min() < NEAR_M:
            raise RejectedScene("a body reaches behind the X-ray source")
        projected = np.column_stack([intrinsics.projected(points) * rays, 1.0 / points[:, 2]])
        parts.append(projected[absorber.mesh.faces])
        owners.append(np.full(len(absorber.mesh.faces), number, np.int64))
    return np.concatenate(parts), np.concatenate(owners)


def _rows_of(corners: Doubles) -> Doubles:
    return np.stack([corners[:, :, 1].min(axis=1), corners[:, :, 1].max(axis=1)], axis=1)


@compiled
def _edge(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> float:
    """Twice the signed area of a, b and a point; the same number, negated, for b and a."""
    if ax < bx or (ax == bx and ay < by):
        return (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return -((ax - bx) * (y - by) - (ay - by) * (x - bx))


@compiled
def _owns_zero(ax: float, ay: float, bx: float, by: float) -> bool:
    """Whether a point on this edge belongs to the face on its positive side; exactly one of a, b and b, a does."""
    return by > ay or (by == ay and bx < ax)


@compiled
def _crossing(corner: Doubles, x: float, y: float) -> tuple[int, float]:
    """Whether a ray crosses a face (+1 on its way in, -1 on its way out, 0 not at all), and 1/z there."""
    ax, ay, bx, by, cx, cy = corner[0, 0], corner[0, 1], corner[1, 0], corner[1, 1], corner[2, 0], corner[2, 1]
    u, v, w = _edge(bx, by, cx, cy, x, y), _edge(cx, cy, ax, ay, x, y), _edge(ax, ay, bx, by, x, y)
    u_in = u > 0 or (u == 0 and _owns_zero(bx, by, cx, cy))
    v_in = v > 0 or (v == 0 and _owns_zero(cx, cy, ax, ay))
    w_in = w > 0 or (w == 0 and _owns_zero(ax, ay, bx, by))
    total = u + v + w
    if u_in != v_in or v_in != w_in or total == 0:
        return 0, 0.0
    near = (u * corner[0, 2] + v * corner[1, 2] + w * corner[2, 2]) / total
    # y points down: a face that is seen from outside runs clockwise on the picture's numbers, its area is negative
    return (-1 if u_in else 1), near


@compiled
def _rows(corner: Doubles, first_row: int, rows: int) -> tuple[int, int]:
    """Rows of the band that a face may meet, the last one exclusive."""
    y0 = min(corner[0, 1], corner[1, 1], corner[2, 1]) - first_row
    y1 = max(corner[0, 1], corner[1, 1], corner[2, 1]) - first_row
    return int(min(max(np.floor(y0 - 0.5), 0), rows)), int(max(min(np.floor(y1 + 0.5) + 1, rows), 0))


@compiled
def _columns(corner: Doubles, y: float, columns: int) -> tuple[int, int]:
    """Columns that a face may meet in the row at `y`, the last one exclusive; a sample too many on either side."""
    low, high = np.inf, -np.inf
    for k in range(3):
        ax, ay, bx, by = corner[k, 0], corner[k, 1], corner[(k + 1) % 3, 0], corner[(k + 1) % 3, 1]
        if min(ay, by) <= y <= max(ay, by):
            x = ax if ay == by else ax + (bx - ax) * ((y - ay) / (by - ay))
            other = bx if ay == by else x
            low, high = min(low, x, other), max(high, x, other)
    if low > high:
        return 0, 0
    return int(min(max(np.floor(low - 1.5), 0), columns)), int(max(min(np.floor(high + 1.5), columns), 0))


@compiled
def _follow(
    corners: Doubles, owners: Numbers, lens: Doubles, excess: Doubles, first_row: int, rays: int,
    paths: NDArray[np.float32], transmission: Doubles,
) -> None:  # fmt: skip
    """Fills a band of pixels. `corners`, `lens` and `first_row` are in samples, `paths` and `transmission` pixels."""
    count, height, width = paths.shape
    rows, columns = height * rays, width * rays
    starts = np.zeros(rows * columns + 1, np.int64)
    for k in range(len(corners)):
        top, bottom = _rows(corners[k], first_row, rows)
        for i in range(top, bottom):
            left, right = _columns(corners[k], first_row + i + 0.5, columns)
            for j in range(left, right):
                if _crossing(corners[k], j + 0.5, first_row + i + 0.5)[0] != 0:
                    starts[i * columns + j + 1] += 1
    for k in range(rows * columns):
        starts[k + 1] += starts[k]
    depths, whose = np.zeros(starts[-1], np.float64), np.zeros(starts[-1], np.int64)
    filled = starts[:-1].copy()
    for k in range(len(corners)):
        top, bottom = _rows(corners[k], first_row, rows)
        for i in range(top, bottom):
            left, right = _columns(corners[k], first_row + i + 0.5, columns)
            for j in range(left, right):
                way, near = _crossing(corners[k], j + 0.5, first_row + i + 0.5)
                if way != 0:
                    at = filled[i * columns + j]
                    filled[i * columns + j] = at + 1
                    depths[at], whose[at] = 1.0 / near, way * (owners[k] + 1)
    share = 1.0 / (rays * rays)
    inside, lengths = np.zeros(count, np.int64), np.zeros(count, np.float64)
    for i in range(rows):
        for j in range(columns):
            begin, end = starts[i * columns + j], starts[i * columns + j + 1]
            if begin == end:
                continue
            _sort(depths, whose, begin, end)
            x, y = (j + 0.5 - lens[1]) / lens[0], (first_row + i + 0.5 - lens[2]) / lens[0]
            _walk(depths, whose, begin, end, inside, lengths)
            along, exponent = np.sqrt(1.0 + x * x + y * y), 0.0
            for n in range(count):
                exponent += excess[n] * lengths[n] * along
                paths[n, i // rays, j // rays] += np.float32(lengths[n] * along * share)
            transmission[i // rays, j // rays] += (np.exp(-exponent) - 1.0) * share


@compiled
def _sort(depths: Doubles, whose: Numbers, begin: int, end: int) -> None:
    """Sorts the crossings of a ray by depth, in place; there are few."""
    for k in range(begin + 1, end):
        depth, who, place = depths[k], whose[k], k
        while place > begin and (depths[place - 1] > depth or (depths[place - 1] == depth and whose[place - 1] < who)):
            depths[place], whose[place] = depths[place - 1], whose[place - 1]
            place -= 1
        depths[place], whose[place] = depth, who


@compiled
def _walk(depths: Doubles, whose: Numbers, begin: int, end: int, inside: Numbers, lengths: Doubles) -> None:
    """The length of a ray, in units of z, through each absorber where no later one displaces it."""
    inside[:] = 0
    lengths[:] = 0.0
    for k in range(begin, end):
        if k > begin:
            for n in range(len(inside) - 1, -1, -1):
                if inside[n] > 0:
                    lengths[n] += depths[k] - depths[k - 1]
                    break
        who = whose[k]
        inside[abs(who) - 1] += 1 if who > 0 else -1
