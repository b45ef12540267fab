"""From a layer of a spec to a paste: pixels, coverage and place, before it is joined to what lies below."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from synth.compositing.blends import Coverage, is_soft, reach_px
from synth.compositing.caches import derived_from
from synth.compositing.grain import add_grain
from synth.compositing.material import Material
from synth.compositing.polygons import polygon_coverage, whole_region
from synth.compositing.warp import Asset, Placed, matrix_of, place
from synth.geometry.boxes import Region
from synth.geometry.homography import translation
from synth.labels.sample import Image
from synth.native import compiled
from synth.scene.spec import BlobLayer, PatchLayer, TagLayer

PATCH_CONTEXT_PX = 8
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Paste:
    """A layer on the canvas.

    Attributes:
        placed: its final pixels, and the coverage that says which pixels are its own.
        edge: (h, w) coverage that its blend uses: as soft as its pixels are.
        unlit: (h, w, 3), a tag's pixels before light and grain were fitted to the place.
        opacity: (h, w), 255 where it lets nothing through that lies below; None if that is everywhere.
        bare: ink without a body: mixed by its coverage, whatever the blend.
    """

    placed: Placed
    edge: Coverage
    unlit: Image
    opacity: Coverage | None = None
    bare: bool = False


def paste_tag(layer: TagLayer, material: Material, width: int, height: int) -> Paste | None:
    """A cut-out, in the light of its new place; None if it misses the canvas."""
    soft = is_soft(layer.blend)
    asset = derived_from(material).asset(material, layer.tag, blank=layer.blank, spread=soft)
    context = 0 if soft or layer.blend.kind == "hard" else round(layer.context_px)
    margin = reach_px(layer.blend) + (math.ceil(3 * layer.blur_px) if soft else context)
    placed = place(asset, matrix_of(layer.matrix), width, height, margin)
    if placed is None:
        return None
    unlit, edge = placed.rgb, placed.coverage
    if layer.grey:
        unlit = in_grey(unlit)
    if layer.blur_px > 0:
        unlit = _rgb(cv2.GaussianBlur(unlit, (0, 0), layer.blur_px, borderType=cv2.BORDER_REPLICATE))
        if soft:
            edge = _rgb(cv2.GaussianBlur(edge, (0, 0), layer.blur_px, borderType=cv2.BORDER_REPLICATE))
    if context:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * context + 1, 2 * context + 1))
        edge = _rgb(cv2.dilate(edge, disc))
    rgb = lit(unlit, layer.gain, layer.offset)
    if layer.noise > 0:
        rgb = rgb.copy() if rgb is unlit else rgb
        add_grain(rgb, layer.noise_seed, read=layer.noise, grey=layer.grey)
    return Paste(replace(placed, rgb=rgb), edge, unlit)


def in_grey(rgb: Image) -> Image:
    """The same picture without its colour, still three channels."""
    return _rgb(cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def lit(rgb: Image, gain: Triple, offset: Triple = (0.0, 0.0, 0.0)) -> Image:
    """Each channel times its gain plus its offset, rounded and clipped; the same array if that changes nothing."""
    if gain == (1.0, 1.0, 1.0) and offset == (0.0, 0.0, 0.0):
        return rgb
    return _rgb(cv2.LUT(rgb, _light_table(gain, offset)))


@compiled
def _light_table(gain: Triple, offset: Triple) -> Image:
    """(1, 256, 3) what becomes of each value of each channel."""
    out = np.zeros((1, 256, 3), np.uint8)
    for value in range(256):
        for channel in range(3):
            level = np.rint(value * gain[channel] + offset[channel])
            out[0, value, channel] = np.uint8(min(max(level, 0.0), 255.0))
    return out


def paste_patch(layer: PatchLayer, material: Material, width: int, height: int) -> Paste | None:
    """A piece of a photo; None if it misses the canvas or the photo."""
    photo = material.photo(layer.photo)
    x0, y0, x1, y1 = whole_region(layer.outline, PATCH_CONTEXT_PX)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, photo.shape[1]), min(y1, photo.shape[0])
    if x0 >= x1 or y0 >= y1:
        return None
    asset = Asset.of(photo[y0:y1, x0:x1], polygon_coverage(layer.outline, (x0, y0, x1, y1)))
    if asset.region[0] >= asset.region[2]:
        return None
    matrix = matrix_of(layer.matrix) @ translation(x0, y0)
    placed = place(asset, matrix, width, height, reach_px(layer.blend))
    if placed is None:
        return None
    unlit = in_grey(placed.rgb) if layer.grey else placed.rgb
    return Paste(replace(placed, rgb=lit(unlit, layer.gain)), placed.coverage, unlit)


def paste_blob(layer: BlobLayer, width: int, height: int) -> Paste | None:
    """A plain, shaded shape; None if it misses the canvas."""
    full = whole_region(layer.outline, reach_px(layer.blend) + 1)
    region = (max(full[0], 0), max(full[1], 0), min(full[2], width), min(full[3], height))
    if region[0] >= region[2] or region[1] >= region[3]:
        return None
    coverage = polygon_coverage(layer.outline, region)
    rgb = _shaded(layer, region)
    if layer.noise > 0:
        add_grain(rgb, layer.noise_seed, read=layer.noise, grey=len(set(layer.colour)) == 1)
    box = (float(full[0]), float(full[1]), float(full[2]), float(full[3]))
    placed = Placed(region[0], region[1], rgb, coverage, int(np.count_nonzero(coverage)), box)
    return Paste(placed, coverage, rgb)


def _shaded(layer: BlobLayer, region: Region) -> Image:
    """(h, w, 3) the blob's colour with its gradient of brightness, on all of a region."""
    x0, y0, x1, y1 = region
    angle = math.radians(layer.shading_deg)
    direction = np.array([math.cos(angle), -math.sin(angle)])
    along = np.asarray(layer.outline, dtype=np.float64) @ direction
    low, high = float(along.min()), float(along.max())
    x, y = np.arange(x0, x1) + 0.5, np.arange(y0, y1)[:, None] + 0.5
    share = np.clip((x * direction[0] + y * direction[1] - low) / max(high - low, 1e-9), 0.0, 1.0)
    light = layer.shading[0] + (layer.shading[1] - layer.shading[0]) * share
    return np.asarray(np.clip(np.rint(light[:, :, None] * np.asarray(layer.colour)), 0, 255), dtype=np.uint8)


def _rgb(array: object) -> Image:
    return np.asarray(array, dtype=np.uint8)
