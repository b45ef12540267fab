"""Poisson's equation on an arbitrary set of pixels, by multigrid.

The unknowns are the pixels of a mask, the values of the pixels next to it are given, and beyond the array's border
there is nothing: a mask that reaches it is free there (the canvas cuts the paste). With u = unknown and N(p) = the
neighbours of p inside the array,

    sum over q in N(p) of (u(q) - u(p)) + force(p) = 0        for every pixel p of the mask.

Coarser grids keep every second pixel. Where the mask's rim lies between two coarse points, its true distance counts
(Shortley and Weller 1938), so that all grids solve for the same shape; a cycle with two Chebyshev steps before and
after each correction gains a factor of about ten. All grids lie one after the other in flat float32 arrays, each plane
with a border of zeros, so that the inner loops run over whole planes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.compositing.native import compiled

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

TOLERANCE = 0.5
"""Largest residual that is left, grey levels; the error of the solution is about as large."""
MOST_CYCLES = 20
_TWICE = 1
"""The grid that is visited twice in a cycle."""


def chebyshev_steps(low: float, high: float, count: int) -> Floats:
    """(count,) weights of the Jacobi steps whose product is least on the eigenvalues [low, high]."""
    angles = (2 * np.arange(1, count + 1) - 1) * np.pi / (2 * count)
    return np.asarray(1.0 / ((high + low) / 2 + (high - low) / 2 * np.cos(angles)), dtype=np.float32)


_SMOOTHING = chebyshev_steps(0.5, 2.0, 2)
"""[0.5, 2] is the part of the spectrum that the next coarser grid does not see."""
_COARSEST = np.tile(chebyshev_steps(0.1, 2.0, 4), 4)
_LEAST_SIDE = 3
_RIGHT, _LEFT, _DOWN, _UP = 0, 1, 2, 3
_COUPLED, _FREE = 0.0, -1.0


@compiled
def _finest_sums(mask: Bools, total: Floats, inverse: Floats) -> None:
    """Fills in the number of each unknown's neighbours inside the array and its inverse."""
    height, width = mask.shape
    for i in range(height):
        at = (i + 1) * (width + 2) + 1
        here, sums, scale = mask[i], total[at : at + width], inverse[at : at + width]
        inner = 4 - (i == 0) - (i + 1 == height)
        weight = np.float32(1.0) / np.float32(inner)
        for j in range(width):
            sums[j] = inner if here[j] else 0
            scale[j] = weight if here[j] else np.float32(0.0)
        for j in (0, width - 1):
            sums[j] -= np.float32(1.0) if here[j] else np.float32(0.0)
            scale[j] = np.float32(1.0) / sums[j] if sums[j] > 0 else np.float32(0.0)


@compiled
def _second_distances(mask: Bools) -> tuple[Bools, Floats]:
    """Mask and distances of the grid of every second pixel.

    Distances are (h, w, 4): to the rim by direction, 0 if the next point is unknown too, -1 if the array ends first.
    """
    height, width = mask.shape
    coarse = np.zeros(((height + 1) // 2, (width + 1) // 2), np.bool_)
    distances = np.zeros((coarse.shape[0], coarse.shape[1], 4), np.float32)
    for i in range(0, height, 2):
        inner_row = 2 <= i < height - 2
        for j in range(0, width, 2):
            if not mask[i, j]:
                continue
            coarse[i // 2, j // 2] = True
            if (
                inner_row
                and 2 <= j < width - 2
                and (mask[i, j - 2] and mask[i, j - 1] and mask[i, j + 1] and mask[i, j + 2])
                and (mask[i - 2, j] and mask[i - 1, j] and mask[i + 1, j] and mask[i + 2, j])
            ):
                continue
            to = distances[i // 2, j // 2]
            for k in range(1, 3):
                for d in range(4):
                    row = i + (k if d == _DOWN else -k if d == _UP else 0)
                    column = j + (k if d == _RIGHT else -k if d == _LEFT else 0)
                    if to[d] != _COUPLED:
                        continue
                    if row < 0 or row >= height or column < 0 or column >= width:
                        to[d] = _FREE
                    elif not mask[row, column]:
                        to[d] = k
    return coarse, distances


@compiled
def _coarser_distances(mask: Bools, distances: Floats, spacing: float) -> tuple[Bools, Floats]:
    """Mask and distances of the grid of every second point."""
    height, width = (mask.shape[0] + 1) // 2, (mask.shape[1] + 1) // 2
    coarse_mask = np.zeros((height, width), np.bool_)
    coarse = np.zeros((height, width, 4), np.float32)
    for i in range(height):
        for j in range(width):
            if not mask[2 * i, 2 * j]:
                continue
            coarse_mask[i, j] = True
            for k in range(4):
                near = distances[2 * i, 2 * j, k]
                if near != _COUPLED:
                    coarse[i, j, k] = near
                    continue
                row = 2 * i + (1 if k == _DOWN else -1 if k == _UP else 0)
                column = 2 * j + (1 if k == _RIGHT else -1 if k == _LEFT else 0)
                far = distances[row, column, k]
                coarse[i, j, k] = far if far <= 0.0 else np.float32(spacing) + far
    return coarse_mask, coarse


@compiled
def _sums(mask: Bools, distances: Floats, spacing: float, total: Floats, inverse: Floats) -> None:
    """Fills in the sum of each point's couplings and its inverse; both stay 0 where nothing is unknown."""
    height, width = mask.shape
    for i in range(height):
        for j in range(width):
            if mask[i, j]:
                summed = np.float32(0.0)
                for k in range(4):
                    distance = distances[i, j, k]
                    if distance == _COUPLED:
                        summed += np.float32(1.0)
                    elif distance > 0.0:
                        summed += np.float32(spacing) / distance
                at = (i + 1) * (width + 2) + j + 1
                total[at] = summed
                inverse[at] = np.float32(1.0) / summed if summed > 0.0 else np.float32(0.0)


@compiled
def _step(u: Floats, out: Floats, f: Floats, total: Floats, inverse: Floats, width: int, omega: np.float32) -> None:
    """One weighted Jacobi step on each of three planes; points that are not unknown keep their values.

    A neighbour that is not unknown lies in `u` as given (finest grid) or as 0 (corrections on coarser ones).
    """
    size = total.size
    count = size - 2 * width
    sums, scale = total[width : width + count], inverse[width : width + count]
    for c in range(3):
        plane, target = u[c * size : (c + 1) * size], out[c * size + width : c * size + width + count]
        above, below, here = plane[:count], plane[2 * width :], plane[width : width + count]
        west, east = plane[width - 1 : width - 1 + count], plane[width + 1 : width + 1 + count]
        force = f[c * size + width : c * size + width + count]
        for j in range(count):
            residual = above[j] + below[j] + west[j] + east[j] + force[j] - sums[j] * here[j]
            target[j] = here[j] + omega * scale[j] * residual


@compiled
def _residual(u: Floats, f: Floats, total: Floats, inverse: Floats, width: int, out: Floats) -> None:
    """What is missing in the equations of three planes, 0 where nothing is unknown."""
    size = total.size
    count = size - 2 * width
    sums, scale = total[width : width + count], inverse[width : width + count]
    for c in range(3):
        plane, target = u[c * size : (c + 1) * size], out[c * size + width : c * size + width + count]
        above, below, here = plane[:count], plane[2 * width :], plane[width : width + count]
        west, east = plane[width - 1 : width - 1 + count], plane[width + 1 : width + 1 + count]
        force = f[c * size + width : c * size + width + count]
        for j in range(count):
            residual = above[j] + below[j] + west[j] + east[j] + force[j] - sums[j] * here[j]
            target[j] = residual if scale[j] > 0.0 else np.float32(0.0)


@compiled
def _restrict(fine: Floats, width: int, coarse: Floats, coarse_width: int, inverse: Floats, row: Floats) -> None:
    """Gathers residuals on the coarser grid with weights 1, 1/2, 1/4: the transpose of bilinear interpolation."""
    size, coarse_size = fine.size // 3, inverse.size
    rows, columns = coarse_size // coarse_width - 2, coarse_width - 2
    half = np.float32(0.5)
    for c in range(3):
        plane = fine[c * size : (c + 1) * size]
        for i in range(rows):
            start = (2 * i + 1) * width
            above, here = plane[start - width : start], plane[start : start + width]
            below = plane[start + width : start + 2 * width]
            for j in range(width):
                row[j] = half * above[j] + here[j] + half * below[j]
            begin = (i + 1) * coarse_width + 1
            target, scale = coarse[c * coarse_size + begin :], inverse[begin:]
            for j in range(columns):
                gathered = half * row[2 * j] + row[2 * j + 1] + half * row[2 * j + 2]
                target[j] = gathered if scale[j] > 0.0 else np.float32(0.0)


@compiled
def _prolong(coarse: Floats, coarse_width: int, fine: Floats, width: int, inverse: Floats, row: Floats) -> None:
    """Adds the coarser grid's correction, interpolated bilinearly, to the unknowns."""
    size, coarse_size = inverse.size, coarse.size // 3
    height, rows, columns = size // width, coarse_size // coarse_width - 2, coarse_width - 2
    half = np.float32(0.5)
    between, apart = row[: columns + 1], row[columns + 1 : 3 * columns + 1]
    for c in range(3):
        for i in range(1, height - 1):
            near = (i + 1) // 2
            far = near if i % 2 == 1 else min(near + 1, rows)
            begin = c * coarse_size + 1
            a, b = coarse[begin + near * coarse_width :], coarse[begin + far * coarse_width :]
            for j in range(columns):
                between[j] = half * (a[j] + b[j])
            between[columns] = between[columns - 1]
            for j in range(columns):
                apart[2 * j] = between[j]
                apart[2 * j + 1] = half * (between[j] + between[j + 1])
            at = i * width + 1
            target, scale = fine[c * size + at :], inverse[at:]
            for j in range(width - 2):
                target[j] += apart[j] if scale[j] > 0.0 else np.float32(0.0)


@compiled
def _grids(mask: Bools) -> tuple[Ints, Ints, Floats, Floats]:
    """Start (in planes) and width of each grid, and the sums of couplings of all grids with their inverses."""
    count, height, width, size = 1, mask.shape[0], mask.shape[1], 0
    while True:
        size += (height + 2) * (width + 2)
        if min(height, width) <= _LEAST_SIDE:
            break
        height, width, count = (height + 1) // 2, (width + 1) // 2, count + 1
    starts, widths = np.zeros(count + 1, np.int64), np.zeros(count, np.int64)
    total, inverse = np.zeros(size, np.float32), np.zeros(size, np.float32)
    widths[0] = mask.shape[1] + 2
    starts[1] = (mask.shape[0] + 2) * widths[0]
    _finest_sums(mask, total, inverse)
    mask, distances = _second_distances(mask)
    spacing = 2.0
    for level in range(1, count):
        widths[level] = mask.shape[1] + 2
        starts[level + 1] = starts[level] + (mask.shape[0] + 2) * widths[level]
        _sums(mask, distances, spacing, total[starts[level] :], inverse[starts[level] :])
        if level + 1 < count:
            mask, distances = _coarser_distances(mask, distances, spacing)
            spacing *= 2.0
    return starts, widths, total, inverse


@compiled
def _clear_border(planes: Floats, width: int) -> None:
    """Sets the first and last row of three planes to 0."""
    size = planes.size // 3
    for c in range(3):
        planes[c * size : c * size + width] = 0.0
        planes[(c + 1) * size - width : (c + 1) * size] = 0.0


@compiled
def _exceeds(residual: Floats, tolerance: np.float32) -> bool:
    """Whether any residual is larger than the tolerance."""
    count = 0
    for j in range(residual.size):
        count += 1 if abs(residual[j]) > tolerance else 0
    return count > 0


@compiled
def _cycle(
    starts: Ints, widths: Ints, total: Floats, inverse: Floats, us: Floats, fs: Floats, spare: Floats, row: Floats,
    smoothing: Floats, coarsest: Floats,
) -> None:  # fmt: skip
    """One cycle over all grids; `us` and `fs` hold three planes of each, the finest first."""
    last = widths.size - 1
    due = np.zeros(last + 1, np.int64)
    level, due[0], descending = 0, 1, True
    while level >= 0:
        a, b, width = starts[level], starts[level + 1], widths[level]
        u, f, t, v, s = us[3 * a : 3 * b], fs[3 * a : 3 * b], total[a:b], inverse[a:b], spare[: 3 * (b - a)]
        _clear_border(s, width)
        if level == last:
            for k in range(0, coarsest.size, 2):
                _step(u, s, f, t, v, width, coarsest[k])
                _step(s, u, f, t, v, width, coarsest[k + 1])
            due[level] = 0
        elif descending:
            _step(u, s, f, t, v, width, smoothing[0])
            _step(s, u, f, t, v, width, smoothing[1])
            _residual(u, f, t, v, width, s)
            level += 1
            c = starts[level + 1]
            _restrict(s, width, fs[3 * b : 3 * c], widths[level], inverse[b:c], row)
            us[3 * b : 3 * c] = 0.0
            due[level] = 2 if level == _TWICE else 1
            continue
        else:
            _prolong(us[3 * b : 3 * starts[level + 2]], widths[level + 1], u, width, v, row)
            _step(u, s, f, t, v, width, smoothing[1])
            _step(s, u, f, t, v, width, smoothing[0])
            due[level] -= 1
        descending = due[level] > 0
        if not descending:
            level -= 1


@compiled
def _solve(
    mask: Bools, values: Floats, force: Floats, tolerance: np.float32, smoothing: Floats, coarsest: Floats
) -> Floats:
    """See `solve`, on flat arrays."""
    starts, widths, total, inverse = _grids(mask)
    size = starts[-1]
    finest = starts[1]
    us, fs = np.zeros(3 * size, np.float32), np.zeros(3 * size, np.float32)
    us[: 3 * finest] = values
    fs[: 3 * finest] = force
    spare = np.zeros(3 * finest, np.float32)
    row = np.zeros(3 * widths[0] + 8, np.float32)
    for _ in range(MOST_CYCLES):
        _cycle(starts, widths, total, inverse, us, fs, spare, row, smoothing, coarsest)
        _residual(us[: 3 * finest], fs[: 3 * finest], total[:finest], inverse[:finest], widths[0], spare)
        if not _exceeds(spare, tolerance):
            break
    return us[: 3 * finest]


def solve(mask: Bools, values: Floats, force: Floats, tolerance: float = TOLERANCE) -> Floats:
    """Solves for the pixels of a mask.

    Args:
        mask: (h, w), the unknowns.
        values: (3, h + 2, w + 2) float32 with the known values next to the mask and a first guess on it.
        force: the same shape, see the module's docstring; 0 off the mask.
        tolerance: largest residual that may be left.

    Returns:
        (3, h + 2, w + 2) float32: `values` with the solution on the mask.
    """
    solved = _solve(mask, values.reshape(-1), force.reshape(-1), np.float32(tolerance), _SMOOTHING, _COARSEST)
    return solved.reshape(values.shape)
