"""The records that everybody exchanges: `Sample`, `Annotation`, `Mask`, `Categories`, `LabelledImage`.

Image: RGB uint8 (H, W, 3); BGR exists only inside a function that calls cv2 I/O; EXIF orientation is applied on
    reading.
Category id: position in `Categories.names`; a format that starts at 1 adds 1 in its own module. Characters have classes
    and ids of their own: the position in `Categories.characters`.
Visibility: visible pixels / pixels if nothing hid it (neither an occluder nor the image's border), in [0, 1]; of a
    character on a bent surface, times its area as seen / its area if it lay flat, which is next to nothing at a limb.
    `box` and `mask` are modal (what is visible); `amodal_box` is the extent if nothing hid it and may reach outside
    the image.
An annotation carries what is known and never a guess: a field that nobody knows is None.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.errors import LabelError
from synth.geometry.boxes import Box, Region
from synth.geometry.pose import Pose

Image = NDArray[np.uint8]
Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
CHARACTERS_38 = (*string.ascii_uppercase, *string.digits, "/", "-")


@dataclass(frozen=True, slots=True)
class Categories:
    """The class names of a dataset, in order.

    Attributes:
        names: of objects, distinct and non-empty; a category's id is its position.
        characters: of characters, likewise; their ids are counted apart, so that a name may stand in both.
    """

    names: tuple[str, ...]
    characters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, names in (("category", self.names), ("character", self.characters)):
            if any(not name or name != name.strip() for name in names):
                raise LabelError(f"{kind} names must be non-empty without outer blanks, got {names!r}")
            if len(set(names)) != len(names):
                raise LabelError(f"{kind} names must be distinct, got {names!r}")

    def id_of(self, name: str) -> int:
        """The id of an object's class; LabelError names the known ones."""
        return _position(name, self.names, "category")

    def character_id_of(self, name: str) -> int:
        """The id of a character's class; LabelError names the known ones."""
        return _position(name, self.characters, "class of characters")


def _position(name: str, names: tuple[str, ...], kind: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise LabelError(f"unknown {kind} {name!r}; known: {', '.join(names) or 'none'}") from None


def _has_any(line: NDArray[np.bool_]) -> bool:
    """Whether a pixel of a short line is set: numpy's `any` takes five times as long to begin."""
    return any(line.tobytes())


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A binary mask, stored as the pixels of the region that holds it.

    Attributes:
        x: column of the region's left edge in the image.
        y: row of the region's top edge in the image.
        pixels: (h, w) bool, read-only.
    """

    x: int
    y: int
    pixels: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.bool_:
            raise LabelError(f"mask pixels must be (h, w) bool, got {self.pixels.shape} {self.pixels.dtype}")
        self.pixels.setflags(write=False)

    @classmethod
    def from_full(cls, full: NDArray[Any]) -> Mask:
        """The mask of the non-zero pixels of an (H, W) array, trimmed to its bounding region."""
        return cls(0, 0, np.ascontiguousarray(full != 0)).trimmed()

    @property
    def area(self) -> int:
        """Number of pixels set."""
        return int(np.count_nonzero(self.pixels))

    @property
    def box(self) -> Box:
        """Tight box of the pixels set; LabelError if there are none."""
        m = self.trimmed()
        if m.pixels.size == 0:
            raise LabelError("an empty mask has no box")
        h, w = m.pixels.shape
        return (float(m.x), float(m.y), float(m.x + w), float(m.y + h))

    def trimmed(self) -> Mask:
        """The same mask with the smallest region; a (0, 0) region if no pixel is set."""
        pixels = self.pixels
        if pixels.size and all(_has_any(side) for side in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])):
            return self
        rows = np.flatnonzero(self.pixels.any(axis=1))
        if rows.size == 0:
            return Mask(self.x, self.y, np.zeros((0, 0), np.bool_))
        cols = np.flatnonzero(self.pixels.any(axis=0))
        r0, r1, c0, c1 = int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
        return Mask(self.x + c0, self.y + r0, np.ascontiguousarray(self.pixels[r0:r1, c0:c1]))

    def within(self, region: Region) -> Mask:
        """The part of the mask that lies in a region, trimmed; the same mask if all of it does."""
        rows, columns = self.pixels.shape
        x0, y0 = max(self.x, region[0]), max(self.y, region[1])
        x1, y1 = min(self.x + columns, region[2]), min(self.y + rows, region[3])
        if (x0, y0, x1, y1) == (self.x, self.y, self.x + columns, self.y + rows):
            return self
        if x0 >= x1 or y0 >= y1:
            return Mask(0, 0, np.zeros((0, 0), np.bool_))
        part = self.pixels[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x]
        return Mask(x0, y0, np.ascontiguousarray(part)).trimmed()

    def to_full(self, width: int, height: int) -> NDArray[np.bool_]:
        """The mask as a (height, width) bool array; the part outside the image is dropped."""
        full = np.zeros((height, width), np.bool_)
        h, w = self.pixels.shape
        x0, y0, x1, y1 = max(self.x, 0), max(self.y, 0), min(self.x + w, width), min(self.y + h, height)
        if x0 < x1 and y0 < y1:
            full[y0:y1, x0:x1] = self.pixels[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x]
        return full

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        a, b = self.trimmed(), other.trimmed()
        return (a.pixels.size == 0 and b.pixels.size == 0) or (
            (a.x, a.y) == (b.x, b.y) and np.array_equal(a.pixels, b.pixels)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Keypoint:
    """A named point of an object: where it is on the image, px (it may lie outside), and whether it is seen."""

    name: str
    x: float
    y: float
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Space:
    """Where an object is in space.

    Attributes:
        pose: its frame to the camera's (OpenCV's axes: x right, y down, z ahead), metres; see `synth.geometry.pose`.
        bounds: (least x, y, z, greatest x, y, z) of it in its own frame, metres.
    """

    pose: Pose
    bounds: tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One labelled object, or one character on it.

    Attributes:
        category: position in `Categories.names`; of a character, in `Categories.characters`.
        box: visible extent, xyxy px, half-open.
        mask: visible pixels.
        amodal_box: extent if nothing hid it; may reach outside the image.
        circle: (centre x, centre y, radius) px, continuous coordinates.
        quad: corners top-left, top-right, bottom-right, bottom-left **as one reads the object upright**.
        angle_deg: direction of upright, see `synth.geometry.rotation`.
        text: the string that is written on it.
        characters: its visible characters in reading order, each an annotation of its own.
        visibility: see the module's docstring.
        identity: what must not straddle a split.
        truncated: whether the image's border cuts it.
        difficult: VOC's flag: left out of scoring.
        place: of a character: (number of the copy of the tag's text, position in the text without blanks), both from 0;
            None where it belongs to other words on the tag.
        keypoints: named points of it, in the order of its kind.
        space: where it is in space.
        measures: named numbers that are labels of it (the depths of a key's cuts).
    """

    category: int
    box: Box
    mask: Mask | None = None
    amodal_box: Box | None = None
    circle: tuple[float, float, float] | None = None
    quad: Quad | None = None
    angle_deg: float | None = None
    text: str | None = None
    characters: tuple[Annotation, ...] = ()
    visibility: float | None = None
    identity: str | None = None
    truncated: bool | None = None
    difficult: bool = False
    place: tuple[int, int] | None = None
    keypoints: tuple[Keypoint, ...] = ()
    space: Space | None = None
    measures: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if self.category < 0:
            raise LabelError(f"category must be >= 0, got {self.category}")
        if len(self.box) != 4 or not all(math.isfinite(v) for v in self.box):
            raise LabelError(f"box must be four finite numbers, got {self.box!r}")
        if self.box[0] >= self.box[2] or self.box[1] >= self.box[3]:
            raise LabelError(f"box must have x_min < x_max and y_min < y_max, got {self.box!r}")
        if self.visibility is not None and not 0.0 <= self.visibility <= 1.0:
            raise LabelError(f"visibility must be in [0, 1], got {self.visibility}")
        if self.angle_deg is not None and not 0.0 <= self.angle_deg < 360.0:
            raise LabelError(f"angle_deg must be in [0, 360), got {self.angle_deg}")
        if self.place is not None and (len(self.place) != 2 or min(self.place) < 0):
            raise LabelError(f"place must be two numbers >= 0 (copy, position), got {self.place!r}")
        if self.keypoints:
            _check_named("keypoint", [(p.name, p.x, p.y) for p in self.keypoints])
        if self.measures:
            _check_named("measure", self.measures)


def _check_named(kind: str, entries: Sequence[tuple[str, *tuple[float, ...]]]) -> None:
    names = [entry[0] for entry in entries]
    if len(set(names)) != len(names) or not all(names):
        raise LabelError(f"names of {kind}s must be distinct and not empty, got {names!r}")
    for name, *numbers in entries:
        if not all(math.isfinite(number) for number in numbers):
            raise LabelError(f"{kind} {name!r} must be finite, got {numbers!r}")


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """What is known about one image file, without its pixels. Writers and readers of label formats speak this.

    Attributes:
        file_name: base name with extension, unique in its dataset regardless of the extension.
        width: px.
        height: px.
        annotations: the objects; empty for an image without any.
        split: name of the split it belongs to, e.g. "train"; "" where there is none.
        extra: JSON values that formats may carry along (index, seed, digest).
    """

    file_name: str
    width: int
    height: int
    annotations: tuple[Annotation, ...] = ()
    split: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """An image with its labels.

    Attributes:
        image: RGB uint8 (H, W, 3), read-only.
        annotations: every annotation's box lies inside the image.
        provenance: JSON values that say where it came from.
    """

    image: Image
    annotations: tuple[Annotation, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise LabelError(f"image must be (H, W, 3) uint8, got {self.image.shape} {self.image.dtype}")
        height, width = self.image.shape[:2]
        for annotation in self.annotations:
            x0, y0, x1, y1 = annotation.box
            if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
                raise LabelError(f"box must lie inside (0, 0, {width}, {height}), got {annotation.box!r}")
        self.image.setflags(write=False)
