"""Drawn tags, and real cut-outs with another serial on them, as pastes."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from synth.compositing.blends import Coverage, is_soft, reach_px
from synth.compositing.caches import derived_from
from synth.compositing.grain import add_grain
from synth.compositing.layers import Paste, in_grey, lit, paste_tag
from synth.compositing.material import Material
from synth.compositing.relettering import letter_over
from synth.compositing.truth import About, quad_on_canvas
from synth.compositing.warp import Placed, matrix_of
from synth.errors import ConfigError
from synth.geometry.homography import inverse, jacobian_at
from synth.geometry.rotation import upright_at
from synth.labels.sample import Image
from synth.scene.placement import as_matrix9
from synth.scene.spec import SerialLayer, TagLayer
from synth.serials.drawing import draw_serial
from synth.serials.lettering import draw_lettering
from synth.serials.tag import BareBody, CutoutBody


def paste_serial(layer: SerialLayer, material: Material, width: int, height: int) -> tuple[Paste, About] | None:
    """A drawn tag in the light of its new place, and what is known about it; None if it misses the canvas.

    Raises:
        ConfigError: its text is not what is written on it.
        RejectedScene: its homography cannot be drawn.
    """
    if layer.labelled:
        _require_same_text(layer)
    if isinstance(layer.serial.body, CutoutBody):
        return _relettered(layer, layer.serial.body, material, width, height)
    soft, bare = is_soft(layer.blend), isinstance(layer.serial.body, BareBody)
    margin = reach_px(layer.blend) + math.ceil(3 * layer.blur_px)
    faces = derived_from(material).faces(material)
    drawn = draw_serial(layer.serial, matrix_of(layer.matrix), width, height, margin, faces)
    if drawn is None:
        return None
    unlit, edge = in_grey(drawn.rgb) if layer.grey else drawn.rgb, drawn.coverage
    opacity = None if bare else _opacity(drawn.coverage, drawn.alpha)
    if layer.blur_px > 0:
        unlit = _blurred(unlit, layer.blur_px)
        edge = _blurred(edge, layer.blur_px) if soft or bare else edge
        opacity = None if opacity is None else _blurred(opacity, layer.blur_px)
    placed = Placed(drawn.x, drawn.y, _in_light(layer, unlit), drawn.coverage, drawn.full_area, drawn.full_box)
    about = About(
        category=layer.category,
        text=layer.serial.text,
        identity=layer.serial.text,
        quad=drawn.quad,
        angle_deg=drawn.angle_deg,
        circle=drawn.circle,
        characters=drawn.characters,
        bare=bare,
    )
    return Paste(placed, edge, unlit, opacity, bare), about


def _require_same_text(layer: SerialLayer) -> None:
    """What a label says is what stands there: each copy of a serial holds its text."""
    copies: dict[int, str] = {}
    for inscription in layer.serial.inscriptions:
        if inscription.copy is not None:
            copies[inscription.copy] = copies.get(inscription.copy, "") + inscription.text
    text = layer.serial.text.replace(" ", "")
    wrong = next((written for written in copies.values() if written.replace(" ", "") != text), None)
    if wrong is not None or bool(text) != bool(copies):
        raise ConfigError(
            f"a serial layer's text is {layer.serial.text!r} and its inscriptions say {wrong or ''!r}; change "
            "serial.text and the text of every serial.inscriptions alike"
        )


def _opacity(coverage: Coverage, alpha: Coverage) -> Coverage | None:
    """How opaque the body is where it is, (h, w); None for one that is opaque everywhere."""
    if np.array_equal(coverage, alpha):
        return None
    wide = alpha.astype(np.int32) * 255 // np.maximum(coverage, 1)
    wide[coverage == 0] = 255
    return np.asarray(np.minimum(wide, 255), dtype=np.uint8)


def _blurred(plane: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _in_light(layer: SerialLayer, unlit: Image) -> Image:
    rgb = lit(unlit, layer.gain, layer.offset)
    if layer.noise > 0:
        rgb = rgb.copy() if rgb is unlit else rgb
        add_grain(rgb, layer.noise_seed, read=layer.noise, grey=layer.grey)
    return rgb


def _relettered(
    layer: SerialLayer, body: CutoutBody, material: Material, width: int, height: int
) -> tuple[Paste, About] | None:
    """A real cut-out with its writing painted over and the serial written on it at the canvas's resolution."""
    frame, matrix = matrix_of(body.frame), matrix_of(layer.matrix)
    asset_matrix = matrix @ inverse(frame)
    plain = TagLayer(
        tag=body.tag,
        matrix=as_matrix9(asset_matrix),
        blend=layer.blend,
        grey=layer.grey,
        blur_px=layer.blur_px,
        context_px=layer.context_px,
        blank=True,
    )
    paste = paste_tag(plain, material, width, height)
    if paste is None:
        return None
    placed, record = paste.placed, material.tag(body.tag).record
    rows, columns = placed.coverage.shape
    region = (placed.x, placed.y, placed.x + columns, placed.y + rows)
    lettering = draw_lettering(layer.serial, matrix, region, derived_from(material).faces(material))
    (a, b), (c, d) = jacobian_at(asset_matrix, *_middle(record.mask_box)).tolist()
    scale = math.sqrt(abs(a * d - b * c))
    softness = math.hypot(layer.serial.marking.softness_mm * scale, layer.blur_px)
    paper = layer.serial.material.colour
    ink = layer.serial.inscriptions[0].ink if layer.serial.inscriptions else paper
    written = letter_over(paste.unlit, lettering.ink, ink, paper, softness)
    unlit = in_grey(written) if layer.grey else written
    about = About(
        category=layer.category,
        text=layer.serial.text,
        identity=layer.serial.text,
        quad=quad_on_canvas(record, asset_matrix),
        angle_deg=upright_at(matrix, layer.serial.upright_deg),
        characters=lettering.characters,
    )
    return Paste(replace(placed, rgb=_in_light(layer, unlit)), paste.edge, unlit), about


def _middle(box: tuple[float, float, float, float]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
