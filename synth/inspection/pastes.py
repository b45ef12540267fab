"""Where things were pasted on a picture, told from its spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry.boxes import Box, bounding_box
from synth.geometry.homography import apply, inverse, to_pixel_index
from synth.labels.sample import Annotation, LabelledImage, Mask
from synth.scene.spec import (
    BlendKind,
    BlobLayer,
    ImageSpec,
    Layer,
    PatchLayer,
    PhotoBackground,
    RenderLayer,
    SerialLayer,
    StrokeLayer,
    TagLayer,
    XrayLayer,
)
from synth.serials.surfaces import outline
from synth.serials.tag import BareBody, CutoutBody

PasteKind = Literal["tag", "blank", "distractor", "patch", "blob"]
NEAR_PX = 12
TagAlpha = Callable[[str], NDArray[np.uint8] | None]


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """A picture of a dataset with what is known about it.

    Attributes:
        path: of the picture.
        labels: what it is labelled with.
        spec: what was drawn.
    """

    path: Path
    labels: LabelledImage
    spec: ImageSpec

    @property
    def background(self) -> str:
        """The photo under it, or the picture's own name where the background was drawn."""
        under = self.spec.background
        return under.photo if isinstance(under, PhotoBackground) else self.spec.file_name


@dataclass(frozen=True, slots=True, eq=False)
class Paste:
    """One layer that was joined to the picture.

    Attributes:
        kind: what it is; only a "tag" is labelled.
        blend: how it was joined.
        mask: its pixels on the canvas, cut at the canvas's border.
        tag: the cut-out's id; "" for what is none.
        is_alone: whether nothing else was put within `NEAR_PX` of it.
    """

    kind: PasteKind
    blend: BlendKind
    mask: Mask
    tag: str = ""
    is_alone: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Pastes:
    """Everything that was put on one picture.

    Attributes:
        whole: pastes that nothing hides.
        touched: (H, W) bool, every pixel near anything that was put there, occluders included.
    """

    whole: tuple[Paste, ...]
    touched: NDArray[np.bool_]


def pastes_of(image: DrawnImage, tag_alpha: TagAlpha, *, margin_px: int = 0) -> Pastes | None:
    """Finds the pastes of a picture.

    Args:
        image: with its spec.
        tag_alpha: a cut-out's mask (h, w) uint8 by its id; None where its bank is not at hand or changed: the masks of
            labelled tags are then taken from the labels.
        margin_px: how far round each paste pixels count as touched.

    Returns:
        None if the outline of a paste can't be known: of a rendered layer, or of an unlabelled cut-out whose bank is
        not at hand.
    """
    width, height = image.spec.width_px, image.spec.height_px
    labelled = _labelled_masks(image)
    found: list[tuple[Paste | None, NDArray[np.bool_]]] = []
    for number, layer in enumerate(image.spec.layers):
        mask = layer_mask(layer, width, height, tag_alpha) or labelled.get(number)
        if mask is None:
            return None
        found.append((_paste(layer, mask), mask.to_full(width, height)))
    touched = np.zeros((height, width), np.bool_)
    whole: list[Paste] = []
    for paste, covered in reversed(found):
        if paste is not None and covered.any() and not (covered & touched).any():
            whole.insert(0, paste)
        touched |= covered
    covers = [covered for _, covered in found]
    whole = [replace(paste, is_alone=_is_alone(paste.mask, covers)) for paste in whole]
    for annotation in image.labels.annotations:
        touched |= _box_mask(annotation).to_full(width, height)
    if margin_px:
        size = 2 * margin_px + 1
        touched = cv2.dilate(touched.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    return Pastes(tuple(whole), touched)


def _is_alone(mask: Mask, covers: Sequence[NDArray[np.bool_]]) -> bool:
    """Whether at most one of the layers, the paste itself, has pixels in the paste's box and `NEAR_PX` round it."""
    height, width = covers[0].shape
    x0, y0, x1, y1 = mask.box
    near = _span(y0 - NEAR_PX, y1 + NEAR_PX, height), _span(x0 - NEAR_PX, x1 + NEAR_PX, width)
    return sum(bool(covered[near].any()) for covered in covers) <= 1


def layer_mask(layer: Layer, width: int, height: int, tag_alpha: TagAlpha) -> Mask | None:
    """The canvas pixels of one layer; None for a cut-out whose mask is not at hand, and for what is rendered: no spec
    tells its outline. Strokes count with their boxes.
    """
    if isinstance(layer, TagLayer):
        alpha = tag_alpha(layer.tag)
        return None if alpha is None else _warped(np.array(layer.matrix).reshape(3, 3), alpha, width, height)
    if isinstance(layer, SerialLayer):
        return _serial_mask(layer, width, height, tag_alpha)
    if isinstance(layer, PatchLayer):
        points = apply(np.array(layer.matrix).reshape(3, 3), layer.outline)
        return _polygon(points, width, height)
    if isinstance(layer, BlobLayer):
        return _polygon(np.array(layer.outline), width, height)
    if isinstance(layer, RenderLayer | XrayLayer):
        return None
    full = np.zeros((height, width), np.bool_)
    for stroke in layer.strokes:
        reach = stroke.width_px / 2 + 1 + stroke.barbs
        x0, y0, x1, y1 = bounding_box([stroke.start, stroke.control, stroke.end])
        full[_span(y0 - reach, y1 + reach, height), _span(x0 - reach, x1 + reach, width)] = True
    return Mask.from_full(full)


def _paste(layer: Layer, mask: Mask) -> Paste | None:
    if isinstance(layer, StrokeLayer | RenderLayer | XrayLayer) or (isinstance(layer, PatchLayer) and layer.occludes):
        return None
    if isinstance(layer, PatchLayer):
        return Paste("patch", layer.blend.kind, mask)
    if isinstance(layer, BlobLayer):
        return Paste("blob", layer.blend.kind, mask)
    if isinstance(layer, SerialLayer):
        return Paste("tag" if layer.labelled else "blank", layer.blend.kind, mask)
    kind: PasteKind = "tag" if layer.labelled else "blank" if layer.blank else "distractor"
    return Paste(kind, layer.blend.kind, mask, layer.tag)


def _serial_mask(layer: SerialLayer, width: int, height: int, tag_alpha: TagAlpha) -> Mask | None:
    """The outline of a drawn body; writing without a body is known from its label alone."""
    body, matrix = layer.serial.body, np.array(layer.matrix, dtype=np.float64).reshape(3, 3)
    if isinstance(body, BareBody):
        return None
    if isinstance(body, CutoutBody):
        alpha = tag_alpha(body.tag)
        frame = np.array(body.frame, dtype=np.float64).reshape(3, 3)
        return None if alpha is None else _warped(matrix @ inverse(frame), alpha, width, height)
    full = np.zeros((height, width), np.uint8)
    polygons = [np.round((apply(matrix, part) - 0.5) * 16).astype(np.int32) for part in outline(body)]
    cv2.fillPoly(full, polygons, (1,), shift=4)
    return Mask.from_full(full)


def _labelled_masks(image: DrawnImage) -> dict[int, Mask]:
    """Masks of the labelled cut-outs by layer number; labels that were carried over from a photo have no mask."""
    masks = [a.mask for a in image.labels.annotations if a.mask is not None]
    layers = [
        k for k, layer in enumerate(image.spec.layers) if isinstance(layer, TagLayer | SerialLayer) and layer.labelled
    ]
    return dict(zip(layers, masks, strict=True)) if len(masks) == len(layers) else {}


def _box_mask(annotation: Annotation) -> Mask:
    x0, y0, x1, y1 = _rounded(annotation.box)
    return Mask(x0, y0, np.ones((max(y1 - y0, 1), max(x1 - x0, 1)), np.bool_))


def _rounded(box: Box) -> tuple[int, int, int, int]:
    return int(np.floor(box[0])), int(np.floor(box[1])), int(np.ceil(box[2])), int(np.ceil(box[3]))


def _span(low: float, high: float, size: int) -> slice:
    return slice(max(int(np.floor(low)), 0), max(min(int(np.ceil(high)), size), 0))


def _warped(matrix: NDArray[np.float64], alpha: NDArray[np.uint8], width: int, height: int) -> Mask:
    full = cv2.warpPerspective(alpha, to_pixel_index(matrix), (width, height), flags=cv2.INTER_LINEAR)
    return Mask.from_full(full >= 128)


def _polygon(points: NDArray[np.float64], width: int, height: int) -> Mask:
    full = np.zeros((height, width), np.uint8)
    fixed = np.round((points - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(full, [fixed], (1,), shift=4)
    return Mask.from_full(full)
