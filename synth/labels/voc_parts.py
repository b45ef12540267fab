"""The characters of an object in a VOC file: each a `<part>`, VOC's own element for a head, a hand or a foot.

A part has a name, which is the character's class, and a box. Angle, visibility and place follow in elements of our own,
which other readers pass over. Parts stand behind the object's own box, for readers that take the first one. Read are
parts whose name is one character: others are those of a body.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from synth.errors import LabelError
from synth.geometry.boxes import Box
from synth.geometry.rotation import wrap_deg
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.labels.voc_elements import bndbox_xml, box_in, number_of, share_of, text_in, xml_content


@dataclass(frozen=True, slots=True)
class VocPart:
    """One character of an object of a VOC file, in our conventions.

    Attributes:
        name: class name.
        box: xyxy px, half-open, as drawn.
        angle_deg: direction of upright.
        visibility: visible share.
        place: (copy of the text, position in it), see `synth.labels.sample.Annotation`.
    """

    name: str
    box: Box
    angle_deg: float | None = None
    visibility: float | None = None
    place: tuple[int, int] | None = None


def parts_xml(characters: tuple[Annotation, ...], categories: Categories, image: LabelledImage) -> str:
    """The parts of one object; LabelError for a class that is not among the categories, or a box outside the image."""
    return "".join(_part(one, categories, image) for one in characters)


def _part(character: Annotation, categories: Categories, image: LabelledImage) -> str:
    if character.category >= len(categories.characters):
        raise LabelError(
            f"a character's class must be one of {len(categories.characters)}, got {character.category}; "
            "add it to Categories.characters"
        )
    known: list[tuple[str, float | int | None]] = [
        ("angle_deg", character.angle_deg),
        ("visibility", character.visibility),
    ]
    if character.place is not None:
        known += zip(("copy", "position"), character.place, strict=True)
    facts = "".join(f"      <{tag}>{value!r}</{tag}>\n" for tag, value in known if value is not None)
    box = bndbox_xml(character.box, image.width, image.height, "      ")
    name = xml_content(categories.characters[character.category])
    return f"    <part>\n      <name>{name}</name>\n{box}{facts}    </part>\n"


def read_parts(element: etree._Element) -> tuple[VocPart, ...]:
    """The characters among an object's parts; LabelError says which one is wrong."""
    parts = []
    for number, part in enumerate(element.iterfind("part"), start=1):
        name = text_in(part, "name")
        if name is None or len(name) != 1:
            continue
        try:
            parts.append(_read_part(part, name))
        except LabelError as error:
            raise LabelError(f"part {number}: {error}") from None
    return tuple(parts)


def _read_part(part: etree._Element, name: str) -> VocPart:
    box = box_in(part)
    if box is None:
        raise LabelError(f"the character {name!r} has no <bndbox>; draw its box, or remove it")
    angle = text_in(part, "angle_deg")
    return VocPart(
        name=name,
        box=box,
        angle_deg=None if angle is None else wrap_deg(number_of(angle, "angle_deg")),
        visibility=share_of(text_in(part, "visibility"), "visibility"),
        place=_read_place(text_in(part, "copy"), text_in(part, "position")),
    )


def _read_place(copy: str | None, position: str | None) -> tuple[int, int] | None:
    if copy is None or position is None:
        return None
    if not (copy.isascii() and copy.isdigit() and position.isascii() and position.isdigit()):
        raise LabelError(f"<copy> and <position> must be whole numbers from 0, got {copy!r} and {position!r}")
    return int(copy), int(position)
