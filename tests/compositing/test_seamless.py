"""Cloning against an exact sparse solve of the same equations, and the laws that any solver must keep."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray
from painted_material import drawn_photo

from synth.compositing.poisson import solve
from synth.compositing.seamless import clone
from synth.streams import stream

Bools = NDArray[np.bool_]
STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def exact_clone(source: NDArray[np.uint8], below: NDArray[np.uint8], mask: Bools, mixed: bool) -> NDArray[np.float64]:
    """Pérez et al., equations (7), (11) and (12), by a direct sparse solve; rounding and clipping are left out."""
    f, g = below.astype(np.float64), source.astype(np.float64)
    rows, columns = np.nonzero(mask)
    number = np.full(mask.shape, -1)
    number[rows, columns] = np.arange(rows.size)
    entries: list[tuple[int, int, float]] = []
    right = np.zeros((rows.size, 3))
    for n, (i, j) in enumerate(zip(rows, columns, strict=True)):
        for di, dj in STEPS:
            p, q = i + di, j + dj
            if not (0 <= p < mask.shape[0] and 0 <= q < mask.shape[1]):
                continue
            entries.append((n, n, 1.0))
            guidance = g[i, j] - g[p, q]
            if mixed and ((f[i, j] - f[p, q]) ** 2).sum() > (guidance**2).sum():
                guidance = f[i, j] - f[p, q]
            right[n] += guidance
            if mask[p, q]:
                entries.append((n, int(number[p, q]), -1.0))
            else:
                right[n] += f[p, q]
    a, b, v = zip(*entries, strict=True)
    matrix = scipy.sparse.csc_matrix((v, (a, b)), shape=(rows.size, rows.size))
    out = f.copy()
    out[rows, columns] = scipy.sparse.linalg.spsolve(matrix, right)
    return out


def shapes() -> Iterator[tuple[str, Bools]]:
    def blank(height: int = 90, width: int = 64) -> NDArray[np.uint8]:
        return np.zeros((height, width), np.uint8)

    inner = blank()
    inner[1:-1, 1:-1] = 1
    yield "rectangle", inner > 0
    yield "ellipse", cv2.ellipse(blank(), (32, 45), (28, 41), 0, 0, 360, 1, -1) > 0
    corners = cv2.boxPoints(((32, 45), (34, 66), -12)).astype(np.int32)
    yield "slanted", cv2.fillConvexPoly(blank(), corners, 1) > 0
    yield "cut by the canvas", cv2.ellipse(blank(), (3, 45), (40, 38), 0, 0, 360, 1, -1) > 0
    yield "cut in a corner", cv2.circle(blank(), (60, 4), 40, 1, -1) > 0
    for height, width in ((60, 80), (61, 80), (60, 81), (61, 81)):
        corner = cv2.ellipse(blank(height, width), (width - 4, height - 9), (50, 40), 0, 0, 360, 1, -1)
        yield f"cut below on the right, {width}x{height}", corner > 0
    wild = cv2.GaussianBlur(stream(3, 0, "blobs").standard_normal((70, 83)), (0, 0), 3) > 0
    wild[[0, -1]] = wild[:, [0, -1]] = False
    yield "many pieces and holes", wild
    thin = blank(9, 60)
    thin[4, 2:58] = 1
    yield "a line", thin > 0
    dot = blank(3, 3)
    dot[1, 1] = 1
    yield "one pixel", dot > 0
    angles, radii = np.linspace(0, 2 * np.pi, 31)[:-1], np.where(np.arange(30) % 2, 40, 11)
    star = np.stack([60 + 1.4 * radii * np.cos(angles), 45 + radii * np.sin(angles)], 1).astype(np.int32)
    yield "a star", cv2.fillPoly(blank(90, 120), [star], 1) > 0


@pytest.mark.parametrize("mixed", [False, True], ids=["normal", "mixed"])
@pytest.mark.parametrize(("name", "mask"), list(shapes()), ids=lambda v: v if isinstance(v, str) else "")
def test_agrees_with_an_exact_solve(name: str, mask: Bools, mixed: bool) -> None:
    height, width = mask.shape
    source, below = drawn_photo(width, height, seed=1), drawn_photo(width, height, seed=2)
    expected = np.clip(np.rint(exact_clone(source, below, mask, mixed)), 0, 255)
    off = np.abs(clone(source, below, mask, mixed=mixed).astype(int) - expected)[mask]
    assert off.max() <= 1
    assert off.mean() < 0.2


def test_a_long_plate_agrees_too() -> None:
    mask = np.zeros((60, 300), bool)
    mask[4:-5, 3:-6] = True
    source, below = drawn_photo(300, 60, seed=5), drawn_photo(300, 60, seed=6)
    expected = np.clip(np.rint(exact_clone(source, below, mask, False)), 0, 255)
    assert np.abs(clone(source, below, mask, mixed=False) - expected)[mask].max() <= 1


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(("name", "mask"), list(shapes()), ids=lambda v: v if isinstance(v, str) else "")
def test_a_piece_cloned_onto_itself_stays_as_it_is(name: str, mask: Bools, mixed: bool) -> None:
    photo = drawn_photo(mask.shape[1], mask.shape[0], seed=4)
    np.testing.assert_array_equal(clone(photo, photo, mask, mixed=mixed), photo)


def test_only_differences_of_the_source_count() -> None:
    below = drawn_photo(64, 90, seed=2)
    source = (drawn_photo(64, 90, seed=1) // 2 + 20).astype(np.uint8)
    mask = dict(shapes())["slanted"]
    brighter = (source + 77).astype(np.uint8)
    np.testing.assert_allclose(
        clone(source, below, mask, mixed=False).astype(int), clone(brighter, below, mask, mixed=False), atol=1
    )


def test_diagonal_texture_survives_mixing() -> None:
    """OpenCV's MIXED_CLONE compares gx - gy and loses it all."""
    ramp = np.add.outer(np.arange(80), np.arange(80)) % 8 * 12
    source = np.repeat(np.clip(100 + ramp, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    below = np.full((80, 80, 3), 120, np.uint8)
    mask = np.zeros((80, 80), bool)
    mask[4:-4, 4:-4] = True
    plain, mixed = clone(source, below, mask, mixed=False), clone(source, below, mask, mixed=True)
    assert mixed[10:-10, 10:-10].std() > 0.95 * plain[10:-10, 10:-10].std() > 15


def test_with_nothing_round_it_the_source_is_taken_as_it_is() -> None:
    source, below = drawn_photo(40, 30, seed=1), drawn_photo(40, 30, seed=2)
    np.testing.assert_array_equal(clone(source, below, np.ones((30, 40), bool), mixed=False), source)


def test_the_solver_leaves_its_arguments_and_the_known_values_alone() -> None:
    mask = dict(shapes())["ellipse"]
    values = stream(1, 0, "values").standard_normal((3, 92, 66)).astype(np.float32)
    kept, force = values.copy(), np.zeros_like(values)
    solved = solve(mask, values, force)
    np.testing.assert_array_equal(values, kept)
    np.testing.assert_array_equal(solved[:, 1:-1, 1:-1][:, ~mask], kept[:, 1:-1, 1:-1][:, ~mask])


def test_the_maximum_principle_holds() -> None:
    """A harmonic membrane has its extremes on the rim."""
    mask = dict(shapes())["many pieces and holes"]
    values = stream(2, 0, "values").uniform(-50, 50, (3, mask.shape[0] + 2, mask.shape[1] + 2)).astype(np.float32)
    values[:, 1:-1, 1:-1][:, mask] = 0
    solved = solve(mask, values, np.zeros_like(values), tolerance=1e-3)[:, 1:-1, 1:-1]
    assert np.abs(solved[:, mask]).max() <= 50.01
