"""Pascal VOC: one XML file an image, boxes as 1-based inclusive integers.

How boxes are rounded: `synth.labels.voc_elements`; how characters are written: `synth.labels.voc_parts`;
keypoints, place in space and measures: `synth.labels.voc_space`.

Text, identity, angle and visibility are written as `<attributes>`, which CVAT and Datumaro read and the others pass
over. No XML declaration and nothing beyond ASCII, because some readers parse the file as a decoded string.

CVAT's `rotation` (degrees clockwise, of a box that is written unturned) becomes the quad, its box, and the angle; a
rotation of 0, which CVAT gives to every box, says nothing. Polygon points are taken as continuous coordinates.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import numpy as np
from lxml import etree

from synth.errors import LabelError
from synth.geometry.boxes import Box, bounding_box
from synth.geometry.homography import apply, rotation_deg, translation
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Categories, LabelledImage, Point, Quad
from synth.labels.voc_elements import bndbox_xml, box_in, number_of, require_extent, share_of, text_in, xml_content
from synth.labels.voc_parts import VocPart, parts_xml, read_parts
from synth.labels.voc_space import NOTHING_BEYOND, VocSpace, read_voc_space, space_xml
from synth.labels.xml import read_xml

TEXT_NAMES = ("text", "serial", "transcription")
_YES_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class VocObject:
    """One object of a VOC file, in our conventions.

    Attributes:
        name: class name.
        box: xyxy px, half-open, as drawn: it may reach outside the image.
        text: what is written on it.
        identity: what must not straddle a split.
        angle_deg: direction of upright.
        visibility: visible share.
        difficult: left out of scoring.
        truncated: whether the image's border cuts it; None if the file does not say.
        polygon: its outline.
        quad: the corners of a turned box, from its unturned top left on.
        parts: its characters.
        beyond: its keypoints, place in space and measures.
    """

    name: str
    box: Box
    text: str | None = None
    identity: str | None = None
    angle_deg: float | None = None
    visibility: float | None = None
    difficult: bool = False
    truncated: bool | None = None
    polygon: tuple[Point, ...] | None = None
    quad: Quad | None = None
    parts: tuple[VocPart, ...] = ()
    beyond: VocSpace = NOTHING_BEYOND


@dataclass(frozen=True, slots=True)
class VocFile:
    """A VOC file.

    Attributes:
        file_name: base name of the image as the file states it; None if it does not.
        width: px; None if the file does not say, or says 0.
        height: likewise.
        objects: in the file's order.
    """

    file_name: str | None
    width: int | None
    height: int | None
    objects: tuple[VocObject, ...]


def voc_xml(image: LabelledImage, categories: Categories, *, folder: str) -> bytes:
    """The VOC file of one image.

    Args:
        image: boxes are clipped to it.
        categories: of the dataset.
        folder: what stands in `<folder>`: the year's folder ("VOC2012") for the Object Detection API.

    Raises:
        LabelError: a box outside the image, or a text with characters that XML cannot hold.
    """
    objects: list[str] = []
    at = image.file_name
    try:
        name = xml_content(image.file_name)
        for number, annotation in enumerate(image.annotations, start=1):
            at = f"{image.file_name}, object {number}"
            objects.append(_object(annotation, categories, image))
    except (ValueError, LabelError) as error:
        raise LabelError(f"{at}: cannot be written as VOC: {error}") from None
    size = f"    <width>{image.width}</width>\n    <height>{image.height}</height>\n    <depth>3</depth>\n"
    text = (
        f"<annotation>\n  <folder>{xml_content(folder)}</folder>\n  <filename>{name}</filename>\n"
        f"  <source>\n    <database>Unknown</database>\n  </source>\n  <size>\n{size}  </size>\n"
        f"  <segmented>0</segmented>\n{''.join(objects)}</annotation>\n"
    )
    return text.encode("ascii")


def _object(annotation: Annotation, categories: Categories, image: LabelledImage) -> str:
    name = xml_content(categories.names[annotation.category])
    box = bndbox_xml(annotation.box, image.width, image.height, "    ")
    known = (
        ("text", annotation.text),
        ("identity", annotation.identity),
        ("angle_deg", annotation.angle_deg),
        ("visibility", annotation.visibility),
    )
    attributes = "".join(_attribute(key, fact) for key, fact in known if fact is not None)
    if attributes:
        attributes = f"    <attributes>\n{attributes}    </attributes>\n"
    return (
        f"  <object>\n    <name>{name}</name>\n    <pose>Unspecified</pose>\n"
        f"    <truncated>{1 if annotation.truncated else 0}</truncated>\n"
        f"    <difficult>{1 if annotation.difficult else 0}</difficult>\n"
        f"{box}{attributes}{parts_xml(annotation.characters, categories, image)}{space_xml(annotation)}  </object>\n"
    )


def _attribute(key: str, fact: str | float) -> str:
    value = xml_content(fact) if isinstance(fact, str) else repr(float(fact))
    return f"      <attribute>\n        <name>{key}</name>\n        <value>{value}</value>\n      </attribute>\n"


def read_voc(path: Path) -> VocFile:
    """Reads a VOC file as labelImg, CVAT and others write it.

    Raises:
        LabelError: broken XML, another kind of XML, or an object without name or with a reversed, empty or non-numeric
            box: file, line, object, and what to do.
    """
    root = read_xml(path)
    if root.tag != "annotation":
        raise LabelError(
            f"{path}:{root.sourceline}: expected <annotation>, found <{root.tag}>: not Pascal VOC; "
            "export the labels as Pascal VOC, COCO or YOLO"
        )
    file_name = PureWindowsPath(text_in(root, "filename") or "").name or None
    width, height = (_side(root, side, path) for side in ("width", "height"))
    objects = []
    for number, element in enumerate(root.iterfind("object"), start=1):
        try:
            objects.append(_read_object(element))
        except LabelError as error:
            raise LabelError(f"{path}:{element.sourceline}: object {number}: {error}") from None
    return VocFile(file_name, width, height, tuple(objects))


def _side(root: etree._Element, side: str, path: Path) -> int | None:
    text = text_in(root, f"size/{side}")
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1 << 31 or value != int(value):
        raise LabelError(f"{path}: <{side}> must be whole pixels, got {text!r}; correct or remove <size>")
    return int(value) or None


def _flag(element: etree._Element, tag: str) -> bool | None:
    text = text_in(element, tag)
    if text is None:
        return None
    if text.lower() not in _YES_NO:
        raise LabelError(f"<{tag}> must be 0 or 1, got {text!r}; correct it")
    return _YES_NO[text.lower()]


def _read_object(element: etree._Element) -> VocObject:
    name = text_in(element, "name")
    if name is None:
        raise LabelError("has no <name>; name its class")
    facts = {tag: text for tag in (*TEXT_NAMES, "identity") if (text := text_in(element, tag)) is not None}
    for attribute in element.iterfind("attributes/attribute"):
        key, value = text_in(attribute, "name"), text_in(attribute, "value")
        if key is not None and value is not None:
            facts.setdefault(key.lower(), value)
    polygon = _read_polygon(element)
    box = _read_box(element, polygon)
    angle = number_of(facts["angle_deg"], "angle_deg") if "angle_deg" in facts else None
    rotation = number_of(facts.get("rotation", "0"), "rotation")
    quad = _turned(box, -rotation) if rotation % 360 else None
    return VocObject(
        name=name,
        box=box if quad is None else bounding_box(quad),
        text=next((facts[key] for key in TEXT_NAMES if key in facts), None),
        identity=facts.get("identity"),
        angle_deg=wrap_deg(angle) if angle is not None else None if quad is None else wrap_deg(-rotation),
        visibility=share_of(facts.get("visibility"), "visibility"),
        difficult=_flag(element, "difficult") or False,
        truncated=_flag(element, "truncated"),
        polygon=polygon,
        quad=quad,
        parts=read_parts(element),
        beyond=read_voc_space(element),
    )


def _read_box(element: etree._Element, polygon: tuple[Point, ...] | None) -> Box:
    box = box_in(element)
    if box is not None:
        return box
    if polygon is None:
        raise LabelError("has neither <bndbox> nor <polygon>; draw its box")
    box = bounding_box(polygon)
    require_extent(box)
    return box


def _read_polygon(element: etree._Element) -> tuple[Point, ...] | None:
    """The outline, written as <x1> <y1> <x2> ... or as <pt><x><y></pt> ...; None if there is none."""
    outline = element.find("polygon")
    if outline is None:
        return None
    pairs = [(text_in(point, "x"), text_in(point, "y")) for point in outline.iterfind("pt")]
    if not pairs:
        numbers = itertools.takewhile(lambda n: outline.find(f"x{n}") is not None, itertools.count(1))
        pairs = [(text_in(outline, f"x{n}"), text_in(outline, f"y{n}")) for n in numbers]
    if not pairs:
        return None
    points = tuple((number_of(x, "polygon x"), number_of(y, "polygon y")) for x, y in pairs)
    if len(points) < 3:
        raise LabelError(f"a polygon needs at least 3 points, got {len(points)}; draw it again")
    return points


def _turned(box: Box, angle_deg: float) -> Quad:
    """The corners of a box turned about its centre, from the unturned top left on, clockwise."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    corners = np.array([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])])
    turned = apply(translation(x, y) @ rotation_deg(angle_deg) @ translation(-x, -y), corners)
    p, q, r, s = ((float(px), float(py)) for px, py in turned)
    return (p, q, r, s)
