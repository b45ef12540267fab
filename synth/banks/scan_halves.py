"""Scans in two halves: the same thing scanned twice, once standing on each end, as 3d-dl's are.

Each half lacks the end that it stood on: there is an open border, or a lid that the scanning program closed it with and
that no photo saw, so that its texture is black. That end is the bottom of the top half and the top of the bottom half;
so both get one up axis. Round it they are turned until their colours agree best.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synth.banks.mesh_cleaning import CleanMesh, face_areas, face_normals, selected
from synth.banks.mesh_standing import Hull, longest_side, named_direction, rotation_to_up, squared, upright
from synth.banks.optional import required
from synth.banks.raw_mesh import RawMesh, joined
from synth.banks.rims import open_ends
from synth.labels.pictures import read_picture

Half = Literal["", "top", "bottom"]
Floats = NDArray[np.float64]
_NAMES: dict[str, Half] = {"top": "top", "upper": "top", "bot": "bottom", "bottom": "bottom", "lower": "bottom"}
_PATTERN = re.compile(r"(?:(.*)[ _.-])?(top|upper|bot|bottom|lower)", re.IGNORECASE)
_WIDE, _DARK, _DARK_SHARE, _COHERENT = 0.3, 4, 0.02, 0.5
_NEAR = 0.03
_OVERLAP, _FEWEST, _STEPS = 0.02, 20, 30


def half_of(stem: str) -> tuple[str, Half]:
    """What a file's name says: the rest of the name, and which half it is."""
    match = _PATTERN.fullmatch(stem)
    return (match.group(1) or "", _NAMES[match.group(2).lower()]) if match else (stem, "")


@dataclass(frozen=True, eq=False)
class HalfScan:
    """One half: its mended mesh, its pictures' paths, and which one it is."""

    half: Half
    mesh: CleanMesh
    pictures: tuple[str, ...]


Turn = tuple[Floats, str, str]


def halves_turned(scans: list[HalfScan], up: str) -> list[Turn]:
    """How to set up the halves of one thing, as `upright` says it for a whole one."""
    turns = [_turn(scan, up) for scan in scans]
    if len(scans) == 2:
        turns[1] = _matched(scans, turns)
    return turns


def _turn(scan: HalfScan, up: str) -> Turn:
    raw = scan.mesh.raw
    missing, why = missing_end(scan)
    if up != "auto" or missing is None:
        rotation, axis, reason = upright(raw.vertices, up, raw.up)
    else:
        direction = missing if scan.half == "bottom" else -missing
        # the end that was seen is level; the other one is guesswork of the scanning program
        seen = Hull.of(raw.vertices).stands(missing)[1]
        rotation = rotation_to_up(seen if scan.half == "top" else -seen)
        axis, reason = named_direction(direction), f"away from {why}" if scan.half == "top" else why
    return np.asarray(squared(np.einsum("ij,kj->ki", rotation, raw.vertices)) @ rotation), axis, reason


def missing_end(scan: HalfScan) -> tuple[Floats | None, str]:
    """Outward direction of the end that a half lacks, and how it was found; None if nothing tells."""
    raw = scan.mesh.raw
    size = float(np.ptp(raw.vertices, axis=0).max())
    ends = open_ends(raw)
    if ends and float(np.ptp(raw.vertices[ends[0]], axis=0).max()) > _WIDE * size:
        rim = raw.vertices[ends[0]]
        normal = np.cross(rim - rim.mean(axis=0), np.roll(rim, -1, axis=0) - rim.mean(axis=0)).sum(axis=0)
        outward = float(normal @ (rim.mean(axis=0) - raw.vertices.mean(axis=0)))
        return normal / np.linalg.norm(normal) * (1.0 if outward >= 0 else -1.0), "its open end"
    colours = face_colours(scan)
    if colours is None:
        return None, ""
    areas = face_areas(raw.vertices, raw.faces)
    dark = colours.max(axis=1) <= _DARK
    total = (face_normals(raw.vertices, raw.faces) * (areas * dark)[:, None]).sum(axis=0)
    area = float(areas[dark].sum())
    if area < _DARK_SHARE * areas.sum() or np.linalg.norm(total) < _COHERENT * area:
        return None, ""
    return total / np.linalg.norm(total), "the end that no photo saw (black)"


def face_colours(scan: HalfScan) -> Floats | None:
    """(m, 3) colour of the texture in the middle of each face; None without a picture."""
    raw = scan.mesh.raw
    if raw.uv is None or not any(scan.pictures):
        return None
    colours = np.full((len(raw.faces), 3), 128.0)
    places = raw.uv.mean(axis=1)
    for slot, path in enumerate(scan.pictures):
        of_slot = (raw.slots == slot) & np.isfinite(places).all(axis=1)
        if path and of_slot.any():
            picture = read_picture(Path(path))
            height, width = picture.shape[:2]
            x, y = places[of_slot].T
            row, column = np.floor((1 - y) * height).astype(np.int64), np.floor(x * width).astype(np.int64)
            colours[of_slot] = picture[row % height, column % width]
    return colours


def _boxed(scan: HalfScan, rotation: Floats) -> Floats:
    """(m, 3) middles of the faces of a half that was turned, its box made the unit cube."""
    raw = scan.mesh.raw
    points = np.einsum("ij,kj->ki", rotation, raw.vertices)
    low = points.min(axis=0)
    return np.asarray((points[raw.faces].mean(axis=1) - low) / (points.max(axis=0) - low))


def _matched(scans: list[HalfScan], turns: list[Turn]) -> Turn:
    """The second half's turn, with the half or quarter turn about +z that brings the colours nearest to the first's."""
    colours = [face_colours(scan) for scan in scans]
    rotation, axis, why = turns[1]
    first, second = colours
    if first is None or second is None:
        return turns[1]
    points = np.einsum("ij,kj->ki", rotation, scans[1].mesh.raw.vertices)
    sides = np.ptp(points[:, :2], axis=0)
    tree = required("scipy.spatial").cKDTree(_boxed(scans[0], turns[0][0]))
    best, chosen = np.inf, rotation
    for quarters in (0, 1, 2, 3) if sides.min() > 0.87 * sides.max() else (0, 2):
        turned = np.linalg.matrix_power(_QUARTER, quarters) @ rotation
        middles = _boxed(scans[1], turned)
        sides_only = (middles[:, 2] > 0.15) & (middles[:, 2] < 0.85)
        if not sides_only.any():
            return turns[1]
        near = np.asarray(tree.query(middles[sides_only])[1], np.int64)
        difference = float(np.abs(_even(second)[sides_only] - _even(first)[near]).mean())
        if difference < best:
            best, chosen = difference, turned
    return np.asarray(chosen), axis, why


_QUARTER = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def _even(colours: Floats) -> Floats:
    """Colours without the light that one scan had more of than the other."""
    return np.asarray((colours - colours.mean(axis=0)) / np.maximum(colours.std(axis=0), 1.0))


def joined_halves(scans: list[HalfScan], vertices: list[Floats]) -> tuple[RawMesh, NDArray[np.bool_]] | str:
    """The upper part of the top half on the lower part of the bottom half; or why they cannot be joined.

    Args:
        scans: top and bottom.
        vertices: of each, set up in metres.

    Returns:
        The mesh in metres with the slots of both, and which of its faces are smooth.
    """
    spatial = required("scipy.spatial")
    heights = [float(points[:, 2].max()) for points in vertices]
    top = vertices[0] + [0.0, 0.0, max(0.0, heights[1] - heights[0])]
    size, middle = longest_side(top), max(heights) / 2
    reach = 0.25 * max(heights)
    if min(int(_in_band(points, middle, reach).sum()) for points in (top, vertices[1])) < _FEWEST:
        return "too little of them overlaps"
    tree = spatial.cKDTree(top)
    bottom = _fitted(vertices[1], _in_band(vertices[1], middle, reach), top, tree)
    distance = np.asarray(tree.query(bottom[_in_band(bottom, middle, reach)])[0])
    apart = float(np.percentile(distance, 90)) / size
    if apart > _NEAR:
        return f"where they overlap they are {apart:.1%} of the size apart, at most {_NEAR:.0%} can be joined"
    overlap = _OVERLAP * max(heights)
    parts, smooth = [], []
    for scan, points, sign in ((scans[0], top, 1.0), (scans[1], bottom, -1.0)):
        raw = replace(scan.mesh.raw, vertices=points)
        kept = sign * (points[raw.faces].mean(axis=1)[:, 2] - middle) > -overlap
        parts.append(selected(raw, kept))
        smooth.append(scan.mesh.smooth[kept])
    return joined(parts), np.concatenate(smooth)


def _in_band(points: Floats, middle: float, reach: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(points[:, 2] - middle) < reach)


def _fitted(points: Floats, chosen: NDArray[np.bool_], target: Floats, tree: Any) -> Floats:
    """Points moved, turned and scaled until the chosen ones lie nearest to the target's.

    Iterated closest points, the farthest quarter left out (Chetverikov et al. 2002); each step by Umeyama 1991. The
    height stays: along a prism nothing holds it.
    """
    for _ in range(_STEPS):
        distance, near = tree.query(points[chosen])
        used = distance <= np.percentile(distance, 75)
        source, goal = points[chosen][used], target[near][used]
        from_middle, to_middle = source.mean(axis=0), goal.mean(axis=0)
        spread = source - from_middle
        u, strength, vt = np.linalg.svd((goal - to_middle).T @ spread)
        signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
        scale = float((strength * signs).sum() / (spread**2).sum())
        moved = scale * np.einsum("ij,kj->ki", u @ np.diag(signs) @ vt, points - from_middle) + to_middle
        points = np.column_stack([moved[:, :2], moved[:, 2] - moved[:, 2].min()])
    return points
