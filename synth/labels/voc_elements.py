"""What VOC's objects and their parts have in common: names as XML, boxes, numbers.

Boxes: `xmin = floor(x_min) + 1` and `xmax = ceil(x_max)`: the low corner moves, the high one does not. Pixels 0 to 9
are written 1 to 10, so 1 <= xmin <= xmax <= width, and reading is the exact inverse, also of numbers with a fraction.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from lxml import etree

from synth.errors import LabelError
from synth.geometry.boxes import Box

_FAR = 1e9
_PLAIN = re.compile(r"[\w .:/+()#-]+", re.ASCII).fullmatch
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def box_to_voc(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """(xmin, ymin, xmax, ymax), 1-based inclusive, of what lies in the image; LabelError if nothing does."""
    low = (max(math.floor(box[0]), 0) + 1, max(math.floor(box[1]), 0) + 1)
    high = (min(math.ceil(box[2]), width), min(math.ceil(box[3]), height))
    if low[0] > high[0] or low[1] > high[1]:
        raise LabelError(f"box must meet the image (0, 0, {width}, {height}), got {box!r}; drop it or move it")
    return (*low, *high)


def voc_to_box(xmin: float, ymin: float, xmax: float, ymax: float) -> Box:
    """The box, xyxy px, half-open, of 1-based inclusive numbers."""
    return (xmin - 1.0, ymin - 1.0, float(xmax), float(ymax))


def xml_content(text: str) -> str:
    """Text as it stands between two tags; ValueError if XML cannot hold it."""
    return text if _PLAIN(text) else _escaped(text)


@lru_cache(maxsize=1 << 12)
def _escaped(text: str) -> str:
    element = etree.Element("t")
    element.text = text
    return etree.tostring(element).decode("ascii").removeprefix("<t>").removesuffix("</t>")


def bndbox_xml(box: Box, width: int, height: int, indent: str) -> str:
    """`<bndbox>` of what lies in the image; LabelError if nothing does."""
    corners = zip(_CORNERS, box_to_voc(box, width, height), strict=True)
    lines = "".join(f"{indent}  <{tag}>{value}</{tag}>\n" for tag, value in corners)
    return f"{indent}<bndbox>\n{lines}{indent}</bndbox>\n"


def text_in(element: etree._Element, where: str) -> str | None:
    """The text of a child, without outer blanks; None where there is none."""
    return (element.findtext(where) or "").strip() or None


def number_of(text: str | None, what: str) -> float:
    """A finite number of pixels or degrees; LabelError calls it `what`."""
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not abs(value) < _FAR:  # NaN too
        raise LabelError(f"{what} must be a number of pixels or degrees, got {text!r}; draw the box again")
    return value


def box_in(element: etree._Element) -> Box | None:
    """The box of an object or a part; None where it has none; LabelError for a reversed, empty or non-numeric one."""
    frame = element.find("bndbox")
    if frame is None:
        return None
    box = voc_to_box(*(number_of(text_in(frame, tag), tag) for tag in _CORNERS))
    require_extent(box)
    return box


def require_extent(box: Box) -> None:
    """LabelError for a reversed or empty box."""
    if box[0] >= box[2] or box[1] >= box[3]:
        raise LabelError(f"xmin must be <= xmax and ymin <= ymax, got a reversed or empty box {box}; draw it again")


def share_of(text: str | None, what: str) -> float | None:
    """A number in [0, 1]; None where there is none."""
    share = None if text is None else number_of(text, what)
    if share is not None and not 0 <= share <= 1:
        raise LabelError(f"{what} must be in [0, 1], got {share}; correct it")
    return share
