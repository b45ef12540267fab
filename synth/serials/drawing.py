"""A tag on a canvas: its pixels, what it covers, and what is true of it. The way from a record to a paste.

Only a tag's edge and text are drawn from outlines; all else is looked up per pixel on its surface, so that a part of a
tag is the same whether the rest is drawn or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synth.errors import ConfigError
from synth.geometry.boxes import Box, Region
from synth.geometry.homography import Matrix, apply, jacobian_at
from synth.geometry.rotation import upright_at
from synth.labels.sample import Image, Quad
from synth.serials.extents import Extent, extent_on, region_round
from synth.serials.finish import Finish, depth_of, finished, marks_at
from synth.serials.layout import Faces, least_cap_mm, text_reach
from synth.serials.lettering import DrawnCharacter, Lettering, draw_lettering
from synth.serials.pose import (
    body_quad,
    box_on_canvas,
    disc_circle,
    inverse_of,
    text_quad,
)
from synth.serials.printing import is_plain_print, printed
from synth.serials.raster import polygon_area_coverage
from synth.serials.regions import cut, grown, inner_index
from synth.serials.relief import Depth, blurred
from synth.serials.surfaces import outline
from synth.serials.tag import BareBody, CutoutBody, DiscBody, SerialTag
from synth.serials.tracing import shape_of, trace

Coverage = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSerial:
    """A tag on a canvas.

    Attributes:
        x, y: of the region's top left pixel.
        rgb: (h, w, 3) uint8; colours go on beyond the tag's edge.
        coverage: (h, w) uint8, 255 where a pixel is the tag's.
        alpha: (h, w) uint8, how much of the tag is seen there: less than `coverage` where it lets light through or
            ink has come off.
        full_area: pixels that it covers at least half, on a canvas without end.
        full_box: their box.
        quad: corners as one reads it upright.
        circle: (centre x, centre y, radius) of a disc that is seen nearly round.
        angle_deg: direction of upright; None if it is mirrored.
        characters: on it, in reading order; their masks end at the canvas.
    """

    x: int
    y: int
    rgb: Image
    coverage: Coverage
    alpha: Coverage
    full_area: int
    full_box: Box
    quad: Quad
    circle: tuple[float, float, float] | None
    angle_deg: float | None
    characters: tuple[DrawnCharacter, ...]


def draw_serial(
    tag: SerialTag, matrix: Matrix, width: int, height: int, margin: int, faces: Faces
) -> DrawnSerial | None:
    """Draws a tag onto a canvas of width x height px.

    Args:
        tag: what is drawn; its body is its own, not a cut-out.
        matrix: (3, 3) body mm to canvas px.
        width: of the canvas, px.
        height: of the canvas, px.
        margin: px round the tag whose colours the paste needs as well.
        faces: how faces are found.

    Returns:
        The tag, cut at the canvas; None if it misses the canvas or is smaller than a pixel.

    Raises:
        RejectedScene: the homography turns it inside out or makes it absurdly large.
        AssetError: a face lacks a character.
    """
    if isinstance(tag.body, CutoutBody):
        raise ConfigError(
            "a cut-out has pixels of its own, which are pasted and written on; `draw_serial` has none of them"
        )
    if isinstance(tag.body, BareBody):
        return _draw_bare(tag, matrix, (width, height), margin, faces)
    outlines = outline(tag.body)
    points = np.concatenate(outlines)
    whole = region_round(box_on_canvas(matrix, points), 1)
    corners = apply(matrix, points)
    silhouette = polygon_area_coverage(corners, np.cumsum([len(polygon) for polygon in outlines]), whole)
    extent = extent_on(silhouette, whole, margin, (width, height))
    if extent is None:
        return None
    finish, lettering = _finish(tag, matrix, extent.region, faces)
    shape = extent.coverage.shape
    alpha, opacity = extent.coverage, tag.material.opacity
    if opacity < 1:
        alpha = np.rint(alpha * (opacity + (1 - opacity) * finish.veil.reshape(shape))).astype(np.uint8)
    numbers = shape_of(tag.body)
    return DrawnSerial(
        x=extent.region[0],
        y=extent.region[1],
        rgb=finish.rgb.reshape(*shape, 3),
        coverage=extent.coverage,
        alpha=alpha,
        full_area=extent.full_area,
        full_box=extent.full_box,
        quad=body_quad(tag.body, numbers, matrix, tag.upright_deg),
        circle=disc_circle(numbers.half_u, matrix) if isinstance(tag.body, DiscBody) else None,
        angle_deg=upright_at(matrix, tag.upright_deg),
        characters=_within((0, 0, width, height), lettering.characters),
    )


def _finish(tag: SerialTag, matrix: Matrix, region: Region, faces: Faces) -> tuple[Finish, Lettering]:
    depth = depth_of(tag, jacobian_at(matrix))
    wide = grown(region, depth.reach_px)
    lettering = draw_lettering(tag, matrix, wide, faces)
    index = inner_index(region, wide)
    shape = shape_of(tag.body, least_cap_mm(tag))
    at = trace(inverse_of(matrix), shape, wide, index, tag.light)
    return finished(tag, shape, at, marks_at(lettering.ink, lettering.which, depth, index)), lettering


def _draw_bare(tag: SerialTag, matrix: Matrix, size: tuple[int, int], margin: int, faces: Faces) -> DrawnSerial | None:
    """Text without a body: it covers what its ink covers."""
    depth = depth_of(tag, jacobian_at(matrix))
    points = np.array(text_reach(tag, faces)).reshape(-1, 2)
    if len(points) == 0:
        return None
    whole = region_round(box_on_canvas(matrix, points), depth.reach_px + 1)
    lettering = draw_lettering(tag, matrix, whole, faces)
    extent = extent_on(blurred(lettering.ink, depth.ink_px), whole, margin, size)
    if extent is None:
        return None
    inverse = inverse_of(matrix)
    rgb, alpha = _inked(tag, inverse, extent, whole, depth, lettering)
    quads = [character.quad for character in lettering.characters]
    return DrawnSerial(
        x=extent.region[0],
        y=extent.region[1],
        rgb=rgb,
        coverage=extent.coverage,
        alpha=alpha,
        full_area=extent.full_area,
        full_box=extent.full_box,
        quad=text_quad(quads, inverse, matrix, tag.upright_deg),
        circle=None,
        angle_deg=upright_at(matrix, tag.upright_deg),
        characters=_within((0, 0, *size), lettering.characters),
    )


def _inked(
    tag: SerialTag, inverse: Matrix, extent: Extent, whole: Region, depth: Depth, lettering: Lettering
) -> tuple[Image, Coverage]:
    """Colours and opacity of text without a body, whose ink was drawn in the region `whole`."""
    cap = least_cap_mm(tag)
    if is_plain_print(tag):
        which = cut(lettering.which, whole, extent.region)
        return printed(tag, inverse, extent.region[:2], cap, extent.coverage, which)
    wide, shape = grown(extent.region, depth.reach_px), shape_of(tag.body, cap)
    ink, which = cut(lettering.ink, whole, wide), cut(lettering.which, whole, wide)
    index = np.flatnonzero(cut(extent.coverage, extent.region, wide))
    at = trace(inverse, shape, wide, index, tag.light)
    finish = finished(tag, shape, at, marks_at(ink, which, depth, index))
    rgb = np.full((*ink.shape, 3), tag.inscriptions[0].ink, np.uint8)
    rgb.reshape(-1, 3)[index] = finish.rgb
    alpha = np.zeros(ink.shape, np.uint8)
    alpha.reshape(-1)[index] = np.rint(255 * finish.ink)
    return cut(rgb, wide, extent.region), cut(alpha, wide, extent.region)


def _within(region: Region, characters: tuple[DrawnCharacter, ...]) -> tuple[DrawnCharacter, ...]:
    """The characters with masks that end at a region; text is drawn further out, as far as relief looks."""
    kept = []
    for character in characters:
        mask = character.mask.within(region)
        kept.append(character if mask is character.mask else replace(character, mask=mask))
    return tuple(kept)
