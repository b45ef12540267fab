"""Keypoints, place in space and measures of an object in a VOC file, in elements of our own that others pass over.

`<keypoint>` has `<name>`, `<x>`, `<y>` (continuous px, like a polygon's points) and `<visible>`, 1 or 0; `<space>` has
`<matrix>` (twelve numbers, see `synth.labels.sample.Space`) and `<bounds>` (six); `<measure>` has `<name>` and
`<value>`. They stand behind the object's box and parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from synth.errors import LabelError
from synth.labels.sample import Annotation, Keypoint, Space
from synth.labels.space import read_space
from synth.labels.voc_elements import number_of, text_in, xml_content


@dataclass(frozen=True, slots=True)
class VocSpace:
    """What a VOC object says beyond its picture; fields as of `Annotation`."""

    keypoints: tuple[Keypoint, ...] = ()
    space: Space | None = None
    measures: tuple[tuple[str, float], ...] = ()


NOTHING_BEYOND = VocSpace()


def space_xml(annotation: Annotation) -> str:
    """The elements of one object; ValueError for a name that XML cannot hold."""
    parts = [_keypoint(point) for point in annotation.keypoints]
    if annotation.space is not None:
        matrix, bounds = _row(annotation.space.pose), _row(annotation.space.bounds)
        lines = f"      <matrix>{matrix}</matrix>\n      <bounds>{bounds}</bounds>\n"
        parts.append(f"    <space>\n{lines}    </space>\n")
    for name, value in annotation.measures:
        lines = f"      <name>{xml_content(name)}</name>\n      <value>{float(value)!r}</value>\n"
        parts.append(f"    <measure>\n{lines}    </measure>\n")
    return "".join(parts)


def _keypoint(point: Keypoint) -> str:
    facts = (
        ("name", xml_content(point.name)),
        ("x", repr(float(point.x))),
        ("y", repr(float(point.y))),
        ("visible", str(int(point.is_visible))),
    )
    lines = "".join(f"      <{tag}>{value}</{tag}>\n" for tag, value in facts)
    return f"    <keypoint>\n{lines}    </keypoint>\n"


def _row(numbers: tuple[float, ...]) -> str:
    return " ".join(repr(float(number)) for number in numbers)


def read_voc_space(element: etree._Element) -> VocSpace:
    """What an object says; LabelError says which element is wrong."""
    return VocSpace(
        tuple(_read_keypoint(point) for point in element.iterfind("keypoint")),
        _read_space(element.find("space")),
        tuple(_read_measure(measure) for measure in element.iterfind("measure")),
    )


def _read_keypoint(element: etree._Element) -> Keypoint:
    name, visible = text_in(element, "name"), text_in(element, "visible")
    if name is None or visible not in ("0", "1"):
        raise LabelError(f"a <keypoint> needs a <name> and <visible> 0 or 1, got {name!r} and {visible!r}; correct it")
    x, y = (number_of(text_in(element, tag), f"{tag} of keypoint {name!r}") for tag in ("x", "y"))
    return Keypoint(name, x, y, visible == "1")


def _read_space(element: etree._Element | None) -> Space | None:
    if element is None:
        return None
    numbers = {
        key: [number_of(text, f"<{tag}>") for text in (text_in(element, tag) or "").split()]
        for key, tag in (("pose", "matrix"), ("bounds", "bounds"))
    }
    return read_space(numbers)


def _read_measure(element: etree._Element) -> tuple[str, float]:
    name = text_in(element, "name")
    if name is None:
        raise LabelError("a <measure> has no <name>; name it or remove it")
    return name, number_of(text_in(element, "value"), f"measure {name!r}")
