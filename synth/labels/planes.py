"""Depth and normals as files beside the pictures.

Depth: a 16-bit PNG of the distance along the optical axis at pixel centres, in levels of `depth_unit_mm`, which the
image's camera states (see `synth.labels.space`); 0 where nothing is. Normals: an 8-bit PNG, RGB = x, y, z in OpenCV's
camera axes (x right, y down, z ahead), -1 to 1 as 1 to 255; black where nothing is.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.errors import LabelError

_LEVELS = 65535
_UNITS_MM = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
Plane = NDArray[np.float32]


def encode_depth(depth: Plane) -> tuple[bytes, float]:
    """A depth picture and the unit of its levels, mm: the finest that holds the farthest point.

    Args:
        depth: (h, w) metres; not finite where nothing is.
    """
    seen = np.isfinite(depth)
    millimetres = np.where(seen, depth, 0.0).astype(np.float64) * 1000.0
    farthest = float(millimetres.max(initial=0.0))
    unit = next((unit for unit in _UNITS_MM if farthest / unit <= _LEVELS), None)
    if unit is None:
        raise LabelError(f"depth must be at most {_LEVELS * _UNITS_MM[-1] / 1000:g} m, got {farthest / 1000:g} m")
    levels = np.maximum(np.rint(millimetres / unit), seen)  # what is seen is never 0
    return _png(levels.astype(np.uint16)), unit


def decode_depth(data: bytes, unit_mm: float) -> Plane:
    """(h, w) metres of a depth picture; inf where nothing is."""
    levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.ndim != 2 or levels.dtype != np.uint16:
        raise LabelError("a depth picture must be a PNG of one 16-bit channel; render the dataset again")
    metres = levels.astype(np.float64) * (unit_mm / 1000.0)
    return np.where(levels == 0, np.inf, metres).astype(np.float32)


def encode_normals(normals: Plane) -> bytes:
    """A picture of (h, w, 3) unit normals."""
    levels = np.rint(np.clip(normals.astype(np.float64), -1.0, 1.0) * 127.0 + 128.0).astype(np.uint8)
    levels[~normals.any(axis=2)] = 0
    return _png(np.ascontiguousarray(levels[..., ::-1]))


def decode_normals(data: bytes) -> Plane:
    """(h, w, 3) unit normals of a picture; zeros where nothing is."""
    levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if levels is None:
        raise LabelError("a picture of normals must be a PNG; render the dataset again")
    normals = (levels[..., ::-1].astype(np.float64) - 128.0) / 127.0
    normals[~levels.any(axis=2)] = 0.0
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    unit: Plane = (normals / np.maximum(length, 1e-9)).astype(np.float32)
    return unit


def _png(levels: NDArray[Any]) -> bytes:
    done, data = cv2.imencode(".png", levels)
    if not done:
        raise LabelError(f"a picture of {levels.shape[1]} x {levels.shape[0]} px could not be written as PNG")
    return data.tobytes()
