"""Contact sheets of a bank: each cut-out with its mask's outline, and what the mask cuts out, on a checkerboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.bank import TagBank, mask_box, png_bytes, read_mask
from synth.banks.records import TagRecord
from synth.files import write_atomically
from synth.labels.pictures import read_picture

Image = NDArray[np.uint8]
_VIEW = (250, 130)
_CAPTION_PX = 34
_GAP_PX = 6
_COLUMNS = 4
_ROWS = 15
_PAPER, _INK, _FAULT, _OUTLINE = (245, 245, 245), (30, 30, 30), (190, 30, 30), (0, 220, 0)


def write_sheets(bank: TagBank) -> tuple[Path, ...]:
    """Writes `sheet.png`, `sheet-2.png`, ... into the bank and removes pages of before that are no longer needed."""
    per_page = _COLUMNS * _ROWS
    pages = [bank.tags[i : i + per_page] for i in range(0, len(bank.tags), per_page)]
    paths = tuple(bank.path / ("sheet.png" if i == 0 else f"sheet-{i + 1}.png") for i in range(len(pages)))
    for path, tags in zip(paths, pages, strict=True):
        write_atomically(path, png_bytes(_page(bank.path, tags)))
    for old in sorted(set(bank.path.glob("sheet*.png")) - set(paths)):
        old.unlink()
    return paths


def _page(folder: Path, tags: Sequence[TagRecord]) -> Image:
    cells = [_cell(folder, tag) for tag in tags]
    columns = min(_COLUMNS, len(cells))
    cells += [np.full_like(cells[0], _PAPER)] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])


def _cell(folder: Path, tag: TagRecord) -> Image:
    rgb, mask = read_picture(folder / tag.file), read_mask(folder / tag.mask_file)
    size = (2 * _VIEW[0] + 3 * _GAP_PX, _VIEW[1] + _CAPTION_PX + _GAP_PX)
    cell = np.full((size[1], size[0], 3), _PAPER, np.uint8)
    rgb, mask = _close_up(rgb, mask)
    large, outline = _enlarged(rgb, mask)
    shown = large.copy()
    cv2.drawContours(shown, outline, -1, _OUTLINE, 1, cv2.LINE_AA)
    for i, view in enumerate((shown, _on_checkerboard(large, mask))):
        x = _GAP_PX + i * (_VIEW[0] + _GAP_PX)
        cell[_CAPTION_PX : _CAPTION_PX + view.shape[0], x : x + view.shape[1]] = view
    size_px = f"{tag.mask_box[2] - tag.mask_box[0]:.0f}x{tag.mask_box[3] - tag.mask_box[1]:.0f}"
    _write(cell, 13, f"{tag.id}  {tag.text or '-'}  {size_px}  {tag.mask_from}", _INK)
    if tag.reasons:
        _write(cell, 28, ", ".join(tag.reasons), _FAULT)
    return cell


def _close_up(rgb: Image, mask: Image) -> tuple[Image, Image]:
    """The part with the tag and some of its surroundings."""
    x0, y0, x1, y1 = (int(v) for v in mask_box(mask))
    margin = max(6, (x1 - x0) // 8, (y1 - y0) // 8)
    part = (slice(max(0, y0 - margin), y1 + margin), slice(max(0, x0 - margin), x1 + margin))
    return np.ascontiguousarray(rgb[part]), np.ascontiguousarray(mask[part])


def _enlarged(rgb: Image, mask: Image) -> tuple[Image, Sequence[NDArray[np.int32]]]:
    """The cut-out scaled to the view, and the outlines of its mask in it."""
    height, width = rgb.shape[:2]
    scale = min(_VIEW[0] / width, _VIEW[1] / height)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    large = np.asarray(cv2.resize(rgb, size, interpolation=way), np.uint8)
    inside = (cv2.resize(mask, size, interpolation=way) >= 128).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return large, [np.asarray(c, np.int32) for c in contours]


def _on_checkerboard(large: Image, mask: Image) -> Image:
    height, width = large.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width] // 8
    board = np.where((rows + columns) % 2 == 0, 255, 200)[..., None]
    alpha = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)[..., None] / 255.0
    return np.asarray(np.rint(large * alpha + board * (1.0 - alpha)), np.uint8)


def _write(cell: Image, y: int, text: str, colour: tuple[int, int, int]) -> None:
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(cell, plain, (_GAP_PX, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
