"""Poisson's equation on an arbitrary set of pixels, by multigrid.

The unknowns are the pixels of a mask, the values of the pixels next to it are given, and beyond the array's border
there is nothing: a mask that reaches it is free there (the canvas cuts the paste). With u = unknown and N(p) = the
neighbours of p inside the array,

    sum over q in N(p) of (u(q) - u(p)) + force(p) = 0        for every pixel p of the mask.

A cycle over the grids of `synth.compositing.grids`, with two Chebyshev steps before and after each correction, gains
a factor of about ten. All grids lie one after the other in flat float32 arrays, each plane with a border of zeros, so
that the inner loops run over whole planes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.compositing.grids import nested_grids
from synth.native import compiled

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
def _restrict(
    fine: Floats, width: int, coarse: Floats, coarse_width: int, inverse: Floats, row: Floats, free: tuple[bool, bool]
) -> None:
    """Gathers residuals on the coarser grid with weights 1, 1/2, 1/4: the transpose of bilinear interpolation.

    A last fine column or row beyond the last coarse one belongs to that alone where the array's border is free.
    """
    size, coarse_size = fine.size // 3, inverse.size
    rows, columns = coarse_size // coarse_width - 2, coarse_width - 2
    half = np.float32(0.5)
    for c in range(3):
        plane = fine[c * size : (c + 1) * size]
        for i in range(rows):
            start = (2 * i + 1) * width
            above, here = plane[start - width : start], plane[start : start + width]
            below = plane[start + width : start + 2 * width]
            last = np.float32(1.0) if free[1] and i == rows - 1 else half
            for j in range(width):
                row[j] = half * above[j] + here[j] + last * below[j]
            row[2 * columns] += row[2 * columns] if free[0] else np.float32(0.0)
            begin = (i + 1) * coarse_width + 1
            target, scale = coarse[c * coarse_size + begin :], inverse[begin:]
            for j in range(columns):
                gathered = half * row[2 * j] + row[2 * j + 1] + half * row[2 * j + 2]
                target[j] = gathered if scale[j] > 0.0 else np.float32(0.0)


@compiled
def _prolong(
    coarse: Floats, coarse_width: int, fine: Floats, width: int, inverse: Floats, row: Floats, free: tuple[bool, bool]
) -> None:
    """Adds the coarser grid's correction, interpolated bilinearly, to the unknowns.

    Beyond its last column and row it goes on as it is where the array's border is free, and is 0 elsewhere.
    """
    size, coarse_size = inverse.size, coarse.size // 3
    height, rows, columns = size // width, coarse_size // coarse_width - 2, coarse_width - 2
    half = np.float32(0.5)
    between, apart = row[: columns + 1], row[columns + 1 : 3 * columns + 1]
    for c in range(3):
        for i in range(1, height - 1):
            near = (i + 1) // 2
            far = near if i % 2 == 1 or (free[1] and near == rows) else near + 1
            begin = c * coarse_size + 1
            a, b = coarse[begin + near * coarse_width :], coarse[begin + far * coarse_width :]
            for j in range(columns):
                between[j] = half * (a[j] + b[j])
            between[columns] = between[columns - 1] if free[0] else np.float32(0.0)
            for j in range(columns):
                apart[2 * j] = between[j]
                apart[2 * j + 1] = half * (between[j] + between[j + 1])
            at = i * width + 1
            target, scale = fine[c * size + at :], inverse[at:]
            for j in range(width - 2):
                target[j] += apart[j] if scale[j] > 0.0 else np.float32(0.0)


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
    smoothing: Floats, coarsest: Floats, first: bool, free: tuple[bool, bool],
) -> None:  # fmt: skip
    """One cycle over all grids; `us` and `fs` hold three planes of each, the finest first.

    In the first cycle the finest grid has nothing to smooth yet: its guess is constant.
    """
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
            if level > 0 or not first:
                _step(u, s, f, t, v, width, smoothing[0])
                _step(s, u, f, t, v, width, smoothing[1])
            _residual(u, f, t, v, width, s)
            level += 1
            c = starts[level + 1]
            _restrict(s, width, fs[3 * b : 3 * c], widths[level], inverse[b:c], row, free)
            us[3 * b : 3 * c] = 0.0
            due[level] = 2 if level == _TWICE else 1
            continue
        else:
            _prolong(us[3 * b : 3 * starts[level + 2]], widths[level + 1], u, width, v, row, free)
            _step(u, s, f, t, v, width, smoothing[1])
            _step(s, u, f, t, v, width, smoothing[0])
            due[level] -= 1
        descending = due[level] > 0
        if not descending:
            level -= 1


@compiled
def _solve(
    starts: Ints, widths: Ints, total: Floats, inverse: Floats, values: Floats, force: Floats, free: tuple[bool, bool],
    tolerance: np.float32, smoothing: Floats, coarsest: Floats,
) -> Floats:  # fmt: skip
    """See `solve`, on flat arrays and the grids of a mask; `free`: whether it reaches the right and lower border."""
    size = starts[-1]
    finest = starts[1]
    us, fs = np.zeros(3 * size, np.float32), np.zeros(3 * size, np.float32)
    us[: 3 * finest] = values
    fs[: 3 * finest] = force
    spare = np.zeros(3 * finest, np.float32)
    row = np.zeros(3 * widths[0] + 8, np.float32)
    for cycle in range(MOST_CYCLES):
        _cycle(starts, widths, total, inverse, us, fs, spare, row, smoothing, coarsest, cycle == 0, free)
        if cycle == 0:
            continue
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
    free = (bool(mask[:, -1].any()), bool(mask[-1].any()))
    flat, forces, limit = values.reshape(-1), force.reshape(-1), np.float32(tolerance)
    solved = _solve(*nested_grids(mask), flat, forces, free, limit, _SMOOTHING, _COARSEST)
    return solved.reshape(values.shape)
