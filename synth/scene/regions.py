"""Regions of a photo in which tags may lie: polygons, relative to the photo, (0, 0) top left, (1, 1) bottom right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from synth.errors import ConfigError
from synth.labels.pictures import read_picture

Polygon = tuple[tuple[float, float], ...]


def trace_mask(path: Path) -> tuple[Polygon, ...]:
    """The outlines of the white parts of a black-and-white picture.

    Raises:
        ConfigError: nothing in the picture is brighter than mid-grey.
        AssetError: the picture cannot be read.
    """
    grey = read_picture(path).max(axis=2)
    height, width = grey.shape
    outlines, _ = cv2.findContours((grey > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    polygons = []
    for outline in outlines:
        simple = cv2.approxPolyDP(outline, 0.003 * max(width, height), True)[:, 0]
        if len(simple) >= 3:
            polygons.append(tuple(((x + 0.5) / width, (y + 0.5) / height) for x, y in simple.tolist()))
    if not polygons:
        raise ConfigError(f"{path}: no part of this placement mask is white; paint white where tags may lie")
    return tuple(sorted(polygons))


def inside_any(polygons: Sequence[Polygon], x: float, y: float) -> bool:
    """Whether a point lies in at least one polygon (even-odd rule)."""
    return any(_inside(polygon, x, y) for polygon in polygons)


def _inside(polygon: Polygon, x: float, y: float) -> bool:
    inside = False
    x0, y0 = polygon[-1]
    for x1, y1 in polygon:
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
        x0, y0 = x1, y1
    return inside
