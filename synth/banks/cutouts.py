"""One labelled tag as a cut-out: pixels with context round it, a soft mask of the tag itself, and what is measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.banks.bank import MASK_UNCERTAIN, light_of, mask_box, png_bytes
from synth.banks.faces_of_tags import measure_face
from synth.banks.measurement import blur_and_grain, is_infrared, luma
from synth.banks.outlines import soft_mask, softened
from synth.banks.records import TagRecord
from synth.banks.segmentation import fit_outline
from synth.geometry.boxes import Box
from synth.labels.sample import Annotation

Image = NDArray[np.uint8]
Method = Literal["auto", "box"]
_LEAST_CONTEXT_PX = 24
_BORDER_PX = 1.0
_FALLBACK_INSET = 0.04
_LEAST_FITTED_PX = 2.0
_LONGEST_FITTED = 50.0


class CutOptions(msgspec.Struct, frozen=True):
    """How tags are cut and judged.

    Attributes:
        method: "auto" fits an outline in each box that has no polygon; "box" takes the whole box.
        min_side_px: a tag whose shorter side is less is "too small".
        max_blur: a tag whose blur (sigma) exceeds this share of its shorter side is "blurred".
    """

    method: Method = "auto"
    min_side_px: float = 12.0
    max_blur: float = 0.08


@dataclass(frozen=True)
class CutOut:
    """A record with the bytes of its two files."""

    record: TagRecord
    cutout_png: bytes
    mask_png: bytes


@dataclass(frozen=True)
class Source:
    """The photo that is cut.

    Attributes:
        name: file name.
        stem: that the files of its cut-outs begin with.
        sha256: of the file.
        picture: (h, w, 3).
    """

    name: str
    stem: str
    sha256: str
    picture: Image


def cut_out(
    source: Source, annotation: Annotation, number: int, bank: str, category: str, options: CutOptions
) -> CutOut:
    """Cuts one tag.

    Args:
        source: the photo.
        annotation: the label; a mask in it is believed, else an outline is fitted in its box.
        number: of the label in the photo, from 1.
        bank: name of the bank.
        category: class name.
        options: how to cut and judge.
    """
    height, width = source.picture.shape[:2]
    x0, y0, x1, y1 = _with_context(annotation.box, width, height)
    rgb = np.ascontiguousarray(source.picture[y0:y1, x0:x1])
    box = (annotation.box[0] - x0, annotation.box[1] - y0, annotation.box[2] - x0, annotation.box[3] - y0)
    mask, mask_from = _mask_of(rgb, box, annotation, (x0, y0), options.method)
    if not np.any(mask >= 128):
        mask, mask_from = _whole_pixels(box, rgb.shape[1], rgb.shape[0]), "box"
    uncertain = mask_from == "box" and options.method == "auto"
    blur, grain = _blur_and_grain_at(rgb, box)
    tight = mask_box(mask)
    light = light_of(rgb, mask)
    reasons = _reasons(annotation, (width, height), tight, blur, options, uncertain)
    cutout_png, mask_png = png_bytes(rgb), png_bytes(mask)
    quad = annotation.quad and tuple((x - x0, y - y0) for x, y in annotation.quad)
    face, faceless = measure_face(rgb, mask, quad=quad, angle_deg=annotation.angle_deg)
    stem = f"{source.stem}-{number}"
    record = TagRecord(
        id=f"{bank}/{stem}",
        file=f"cutouts/{stem}.png",
        mask_file=f"masks/{stem}.png",
        category=category,
        text=annotation.text,
        identity=annotation.identity,
        photo=source.name,
        photo_sha256=source.sha256,
        box=annotation.box,
        origin=(x0, y0),
        size=(x1 - x0, y1 - y0),
        mask_box=tight,
        mask_from=mask_from,
        quad=quad,
        angle_deg=annotation.angle_deg,
        infrared=is_infrared(source.picture),
        brightness=light.brightness,
        tag_brightness=light.tag_brightness,
        contrast=light.contrast,
        cast=light.cast,
        sharpness_px=round(blur, 3),
        noise=round(grain, 3),
        height_in_photo=round(((tight[1] + tight[3]) / 2 + y0) / height, 4),
        usable=not reasons,
        reasons=reasons,
        sha256=hashlib.sha256(cutout_png).hexdigest(),
        mask_sha256=hashlib.sha256(mask_png).hexdigest(),
        face=face,
        faceless=faceless,
    )
    return CutOut(record, cutout_png, mask_png)


def _with_context(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """The box with its margin, whole px, clipped at the photo."""
    x_margin = max(_LEAST_CONTEXT_PX, 0.25 * (box[2] - box[0]))
    y_margin = max(_LEAST_CONTEXT_PX, 0.25 * (box[3] - box[1]))
    return (
        max(0, int(np.floor(box[0] - x_margin))),
        max(0, int(np.floor(box[1] - y_margin))),
        min(width, int(np.ceil(box[2] + x_margin))),
        min(height, int(np.ceil(box[3] + y_margin))),
    )


def _mask_of(
    rgb: Image, box: Box, annotation: Annotation, origin: tuple[int, int], method: Method
) -> tuple[Image, str]:
    """The soft mask and where it is from."""
    height, width = rgb.shape[:2]
    if annotation.mask is not None:
        full = annotation.mask.to_full(origin[0] + width, origin[1] + height)[origin[1] :, origin[0] :]
        return softened(np.where(full, np.uint8(255), np.uint8(0))), "polygon"
    if method == "auto" and _can_be_fitted(box):
        fit = fit_outline(rgb, box)
        mask = soft_mask(fit.points, width, height)
        if fit.is_plausible and np.any(mask >= 128):
            return mask, "fitted"
    inset = (_FALLBACK_INSET if method == "auto" else 0.0) * min(box[2] - box[0], box[3] - box[1])
    x0, y0, x1, y1 = box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset
    return soft_mask(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), width, height), "box"


def _can_be_fitted(box: Box) -> bool:
    """Whether a box is so large, and so little elongated, that there is something to find in it."""
    short, long = sorted((box[2] - box[0], box[3] - box[1]))
    return short >= _LEAST_FITTED_PX and long <= _LONGEST_FITTED * short


def _whole_pixels(box: Box, width: int, height: int) -> Image:
    """The mask of a tag so small that no pixel is mostly covered: all pixels that its box touches, at least one."""
    mask = np.zeros((height, width), np.uint8)
    x0, y0 = min(max(0, int(box[0])), width - 1), min(max(0, int(box[1])), height - 1)
    mask[y0 : max(y0 + 1, int(np.ceil(box[3]))), x0 : max(x0 + 1, int(np.ceil(box[2])))] = 255
    return mask


def _blur_and_grain_at(rgb: Image, box: Box) -> tuple[float, float]:
    """Blur of the tag itself (its glyphs and rim), grain of the whole cut-out."""
    grey = luma(rgb)
    x0, y0, x1, y1 = (max(0, int(v)) for v in (box[0] - 2, box[1] - 2, box[2] + 3, box[3] + 3))
    blur, _ = blur_and_grain(np.ascontiguousarray(grey[y0:y1, x0:x1]))
    return blur, blur_and_grain(grey)[1]


def _reasons(
    annotation: Annotation, size: tuple[int, int], tight: Box, blur: float, options: CutOptions, uncertain: bool
) -> tuple[str, ...]:
    """Why a cut-out is of no use, in a fixed order."""
    side = min(tight[2] - tight[0], tight[3] - tight[1])
    x0, y0, x1, y1 = annotation.box
    at_border = x0 <= _BORDER_PX or y0 <= _BORDER_PX or x1 >= size[0] - _BORDER_PX or y1 >= size[1] - _BORDER_PX
    judged = {
        "too small": side < options.min_side_px,
        "truncated": bool(annotation.truncated) or at_border,
        "blurred": blur > options.max_blur * side,
        "difficult": annotation.difficult,
        MASK_UNCERTAIN: uncertain,
    }
    return tuple(reason for reason, holds in judged.items() if holds)
