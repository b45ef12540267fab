"""Triangles, sample by sample: the compiled part of `synth.rendering.raster`.

1 / z is a plane over the screen, so the nearest face is found in exact perspective. Of two neighbours just one owns a
sample on their common edge: edge functions are evaluated from the same end, and one that is exactly zero counts as if
the sample lay a hair further down. Faces that cross the near plane are clipped.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Region
from synth.native import compiled

Points = NDArray[np.float64]
Indices = NDArray[np.int32]


@compiled
def in_frame(points: Points, matrix: Points) -> Points:
    """(n, 3) points in the frame that a (4, 4) matrix leads to, summed in the same order everywhere."""
    out = np.zeros((len(points), 3))
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for k in range(3):
            out[i, k] = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
    return out


@compiled
def on_screen(points: Points, focal: float, cx: float, cy: float, near: float) -> Points:
    """(n, 2) samples; those of points behind the near plane mean nothing."""
    out = np.zeros((len(points), 2))
    for i in range(len(points)):
        if points[i, 2] >= near:
            per = focal / points[i, 2]
            out[i, 0] = points[i, 0] * per + cx
            out[i, 1] = points[i, 1] * per + cy
    return out


@compiled
def draw(
    points: Points, screen: Points, faces: Indices, number: int, focal: float, cx: float, cy: float,
    near: float, far: float, ids: Indices, which: Indices, nearness: Points,
) -> Region:  # fmt: skip
    """Draws a body; returns the samples that its faces lie in."""
    rows, columns = ids.shape
    left, top, right, bottom = columns, rows, 0, 0
    corners = np.zeros((4, 2))
    for face in range(len(faces)):
        i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
        least = min(points[i, 2], points[j, 2], points[k, 2])
        if least > far:
            continue
        if least >= near:
            ax, ay, bx, by = screen[i, 0], screen[i, 1], screen[j, 0], screen[j, 1]
            dx, dy = screen[k, 0], screen[k, 1]
            low_x, high_x, low_y, high_y = min(ax, bx, dx), max(ax, bx, dx), min(ay, by, dy), max(ay, by, dy)
            count = 3
        else:
            count = _clipped(points, screen, faces[face], focal, cx, cy, near, corners)
            if count == 0:
                continue
            ax, ay, bx, by = corners[0, 0], corners[0, 1], corners[1, 0], corners[1, 1]
            dx, dy = corners[2, 0], corners[2, 1]
            low_x, high_x = corners[:count, 0].min(), corners[:count, 0].max()
            low_y, high_y = corners[:count, 1].min(), corners[:count, 1].max()
        # samples between the extremes; one that lies on an extreme is left to the edge functions
        x0, x1 = math.ceil(max(low_x, 0.5) - 0.5), math.floor(min(high_x, columns - 0.5) + 0.5)
        y0, y1 = math.ceil(max(low_y, 0.5) - 0.5), math.floor(min(high_y, rows - 0.5) + 0.5)
        if x0 >= x1 or y0 >= y1:
            continue
        plane = _plane_of(points, i, j, k, focal, cx, cy)
        if plane[3] == 0.0:
            continue
        last, close = 1.0 / max(points[i, 2], points[j, 2], points[k, 2]), 1.0 / max(least, near)
        left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
        _fill(
            ax, ay, bx, by, dx, dy, plane[0], plane[1], plane[2], last, close, number, face,
            x0, y0, x1, y1, ids, which, nearness,
        )  # fmt: skip
        if count == 4:
            _fill(
                ax, ay, dx, dy, corners[3, 0], corners[3, 1], plane[0], plane[1], plane[2], last, close, number, face,
                x0, y0, x1, y1, ids, which, nearness,
            )  # fmt: skip
    return left, top, max(left, right), max(top, bottom)


@compiled
def _clipped(
    points: Points, screen: Points, face: Indices, focal: float, cx: float, cy: float, near: float, corners: Points
) -> int:
    """The part of a face beyond the near plane on the screen: 0, 3 or 4 corners.

    Where an edge crosses the plane is reckoned from its far end, so that neighbours agree on it.
    """
    count = 0
    for k in range(3):
        i, j = face[k], face[(k + 1) % 3]
        here, there = points[i, 2] >= near, points[j, 2] >= near
        if here:
            corners[count, 0], corners[count, 1] = screen[i, 0], screen[i, 1]
            count += 1
        if here != there:
            far, close = (i, j) if here else (j, i)
            share = (points[far, 2] - near) / (points[far, 2] - points[close, 2])
            for axis in range(2):
                at = points[far, axis] + share * (points[close, axis] - points[far, axis])
                corners[count, axis] = at * (focal / near) + (cx if axis == 0 else cy)
            count += 1
    return count


@compiled
def _plane_of(
    points: Points, i: int, j: int, k: int, focal: float, cx: float, cy: float
) -> tuple[float, float, float, float]:  # fmt: skip
    """1 / z of a face over the screen: its slopes and its value at (0, 0); the last is 0 where it is seen edge-on."""
    x, y, z = points[i, 0], points[i, 1], points[i, 2]
    ux, uy, uz = points[j, 0] - x, points[j, 1] - y, points[j, 2] - z
    vx, vy, vz = points[k, 0] - x, points[k, 1] - y, points[k, 2] - z
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    distance = nx * x + ny * y + nz * z
    if distance == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    per = 1.0 / distance
    along, down = nx * per / focal, ny * per / focal
    return along, down, nz * per - along * cx - down * cy, distance


@compiled
def _edge(ax: float, ay: float, bx: float, by: float, side: float) -> tuple[float, float, float, float, float]:
    """An edge from its end with the lesser x (then y): that end, its direction, and the least value that is inside.

    `side` is 1 if the face lies to the left of a -> b with y down, else -1.
    """
    if bx < ax or (bx == ax and by < ay):
        ax, ay, bx, by, side = bx, by, ax, ay, -side
    return ax, ay, side * (bx - ax), side * (by - ay), 0.0 if side > 0.0 else 1e-290


@compiled
def _fill(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float,
    along: float, down: float, at_zero: float, far: float, close: float, number: int, face: int,
    x0: int, y0: int, x1: int, y1: int, ids: Indices, which: Indices, nearness: Points,
) -> None:  # fmt: skip
    """Draws a triangle, whose 1 / z is a plane between `far` and `close`, within a region of samples."""
    turn = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if turn == 0.0:
        return
    side = 1.0 if turn > 0.0 else -1.0
    ox, oy, odx, ody, oleast = _edge(ax, ay, bx, by, side)
    px, py, pdx, pdy, pleast = _edge(bx, by, cx, cy, side)
    qx, qy, qdx, qdy, qleast = _edge(cx, cy, ax, ay, side)
    for row in range(y0, y1):
        y = row + 0.5
        o, p, q = odx * (y - oy), pdx * (y - py), qdx * (y - qy)
        begin, end = x0, x1
        if x1 - x0 > 8:
            low, high = float(x0), float(x1)
            low, high = _narrowed(ox, o, ody, low, high)
            low, high = _narrowed(px, p, pdy, low, high)
            low, high = _narrowed(qx, q, qdy, low, high)
            if not low < high:
                continue
            begin, end = int(low), min(x1, int(high) + 1)
        level = down * y + at_zero
        for column in range(begin, end):
            x = column + 0.5
            if o - ody * (x - ox) < oleast or p - pdy * (x - px) < pleast or q - qdy * (x - qx) < qleast:
                continue
            near = min(max(along * x + level, far), close)
            if near > nearness[row, column]:
                nearness[row, column] = near
                ids[row, column] = number
                which[row, column] = face


@compiled
def _narrowed(at: float, value: float, slope: float, low: float, high: float) -> tuple[float, float]:
    """The columns of a row that can lie inside an edge, with one to spare at either end."""
    if slope > 0.0:
        high = min(high, at + value / slope + 1.0)
    elif slope < 0.0:
        low = max(low, at + value / slope - 2.0)
    return low, high


@compiled
def resolve(
    points: Points, faces: Indices, number: int, focal: float, cx: float, cy: float, region: Region,
    ids: Indices, which: Indices, depth: NDArray[np.float32], normals: NDArray[np.float32],
    barycentric: NDArray[np.float32],
) -> None:  # fmt: skip
    """Writes depth, normal and weights of corners of the samples of a region that show a body."""
    x0, y0, x1, y1 = region
    last = -1
    ax = ay = az = ux = uy = uz = vx = vy = vz = nx = ny = nz = size = distance = least = most = 0.0
    for row in range(y0, y1):
        for column in range(x0, x1):
            if ids[row, column] != number:
                continue
            face = which[row, column]
            if face != last:
                last = face
                i, j, k = faces[face, 0], faces[face, 1], faces[face, 2]
                ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
                ux, uy, uz = points[j, 0] - ax, points[j, 1] - ay, points[j, 2] - az
                vx, vy, vz = points[k, 0] - ax, points[k, 1] - ay, points[k, 2] - az
                nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
                size = math.sqrt(nx * nx + ny * ny + nz * nz)
                distance = nx * ax + ny * ay + nz * az
                least, most = min(az, points[j, 2], points[k, 2]), max(az, points[j, 2], points[k, 2])
            rx, ry = (column + 0.5 - cx) / focal, (row + 0.5 - cy) / focal
            slope = nx * rx + ny * ry + nz
            z = min(max(distance / slope if slope != 0.0 else least, least), most)
            sign = (-1.0 if slope > 0.0 else 1.0) / size
            wx, wy, wz = (rx * z - ax) / size, (ry * z - ay) / size, (z - az) / size
            second = (nx * (wy * vz - wz * vy) + ny * (wz * vx - wx * vz) + nz * (wx * vy - wy * vx)) / size
            third = (nx * (uy * wz - uz * wy) + ny * (uz * wx - ux * wz) + nz * (ux * wy - uy * wx)) / size
            second = min(max(second, 0.0), 1.0)
            depth[row, column] = z
            normals[row, column, 0] = nx * sign
            normals[row, column, 1] = ny * sign
            normals[row, column, 2] = nz * sign
            barycentric[row, column, 0] = second
            barycentric[row, column, 1] = min(max(third, 0.0), 1.0 - second)
