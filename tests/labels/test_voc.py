import dataclasses
import string
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from toy_datasets import keypoints, measures, spaces

from synth.errors import LabelError
from synth.labels.sample import Annotation, Categories, LabelledImage
from synth.labels.voc import VocFile, VocObject, read_voc, voc_xml
from synth.labels.voc_elements import box_to_voc, voc_to_box
from synth.labels.xml import MAX_FILE_BYTES

FUZZ = settings(max_examples=150, deadline=None, derandomize=True, database=None)
CATEGORIES = Categories(("tag", "number plate", "<&>", "Möwe"), ("A", "7", "/", "<", "Ö"))

names = st.sampled_from(CATEGORIES.names)
words = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from("<>&\"' "), min_size=1).map(str.strip)
texts = st.none() | words.filter(bool)


@st.composite
def whole_boxes(draw: st.DrawFn, width: int, height: int) -> tuple[int, int, int, int]:
    xmin, ymin = draw(st.integers(1, width)), draw(st.integers(1, height))
    return (xmin, ymin, draw(st.integers(xmin, width)), draw(st.integers(ymin, height)))


@st.composite
def characters(draw: st.DrawFn, width: int, height: int) -> Annotation:
    category = draw(st.integers(0, len(CATEGORIES.characters) - 1))
    return Annotation(
        category,
        voc_to_box(*draw(whole_boxes(width, height))),
        angle_deg=draw(st.none() | st.floats(0, 360, exclude_max=True)),
        text=CATEGORIES.characters[category],
        visibility=draw(st.none() | st.floats(0, 1)),
        place=draw(st.none() | st.tuples(st.integers(0, 9), st.integers(0, 99))),
    )


@st.composite
def labelled_images(draw: st.DrawFn) -> LabelledImage:
    width, height = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
    annotations = [
        Annotation(
            CATEGORIES.id_of(draw(names)),
            voc_to_box(*draw(whole_boxes(width, height))),
            text=draw(texts),
            identity=draw(texts),
            angle_deg=draw(st.none() | st.floats(0, 360, exclude_max=True)),
            visibility=draw(st.none() | st.floats(0, 1)),
            truncated=draw(st.booleans()),
            difficult=draw(st.booleans()),
            characters=tuple(draw(characters(width, height)) for _ in range(draw(st.integers(0, 2)))),
            keypoints=draw(keypoints()),
            space=draw(st.none() | spaces()),
            measures=draw(measures()),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    return LabelledImage("a&b.jpg", width, height, tuple(annotations))


def as_labelled_image(file: VocFile) -> LabelledImage:
    assert file.file_name is not None
    assert file.width is not None
    assert file.height is not None
    own = ("name", "polygon", "quad", "parts", "beyond")
    shared = [field.name for field in dataclasses.fields(VocObject) if field.name not in own]
    annotations = tuple(
        Annotation(
            CATEGORIES.id_of(thing.name),
            characters=tuple(
                Annotation(
                    CATEGORIES.character_id_of(part.name),
                    part.box,
                    angle_deg=part.angle_deg,
                    text=part.name,
                    visibility=part.visibility,
                    place=part.place,
                )
                for part in thing.parts
            ),
            **{name: getattr(thing, name) for name in shared},
            **{name: getattr(thing.beyond, name) for name in ("keypoints", "space", "measures")},
        )
        for thing in file.objects
    )
    return LabelledImage(file.file_name, file.width, file.height, annotations)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.xml"


def written(path: Path, objects: str = "", *, size: str = "100 80", head: str = "") -> Path:
    """A file by hand."""
    sides = dict(zip(("width", "height"), size.split(), strict=False))
    sized = "".join(f"<{side}>{value}</{side}>" for side, value in sides.items())
    path.write_text(f"{head}<annotation>\n<filename>a.jpg</filename><size>{sized}</size>\n{objects}\n</annotation>")
    return path


def thing(box: str = "11 21 30 40", inside: str = "", name: str = "tag") -> str:
    corners = zip(("xmin", "ymin", "xmax", "ymax"), box.split(), strict=False)
    frame = "".join(f"<{tag}>{value}</{tag}>" for tag, value in corners)
    return f"<object><name>{name}</name>{inside}<bndbox>{frame}</bndbox></object>\n"


def refusal(path: Path) -> str:
    with pytest.raises(LabelError) as error:
        read_voc(path)
    message = str(error.value)
    assert "\n" not in message
    assert str(path) in message
    return message


@FUZZ
@given(image=labelled_images())
def test_what_is_written_reads_back_exactly(image: LabelledImage, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.xml"
    data = voc_xml(image, CATEGORIES, folder="VOC2012")
    path.write_bytes(data)
    again = as_labelled_image(read_voc(path))
    assert again == image
    assert voc_xml(again, CATEGORIES, folder="VOC2012") == data


@FUZZ
@given(st.data())
def test_voc_to_box_to_voc_is_the_identity(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 9000)), data.draw(st.integers(1, 9000))
    corners = data.draw(whole_boxes(width, height))
    assert box_to_voc(voc_to_box(*corners), width, height) == corners
    assert box_to_voc((0, 0, width, height), width, height) == (1, 1, width, height)


@FUZZ
@given(st.data())
def test_a_box_of_any_numbers_grows_to_the_pixels_that_it_touches(data: st.DataObject) -> None:
    x0, x1 = sorted(data.draw(st.lists(st.floats(0, 640), min_size=2, max_size=2, unique=True)))
    xmin, ymin, xmax, ymax = box_to_voc((x0, 3.5, x1, 4.0), 640, 480)
    assert (ymin, ymax) == (4, 4)
    assert 1 <= xmin <= xmax <= 640
    assert xmin - 1 <= x0 < xmin
    assert xmax - 1 < x1 <= xmax


def test_a_box_beyond_the_image_is_clipped_and_one_outside_is_refused() -> None:
    assert box_to_voc((-5, -0.5, 200, 80.5), 100, 80) == (1, 1, 100, 80)
    image = LabelledImage("far.jpg", 100, 80, (Annotation(0, (1, 1, 5, 5)), Annotation(0, (100, 2, 120, 9))))
    with pytest.raises(LabelError, match=r"far\.jpg, object 2: .*\(0, 0, 100, 80\).*drop it"):
        voc_xml(image, CATEGORIES, folder="f")


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "\ud800", "\ufffe"])
def test_a_text_that_xml_cannot_hold_is_refused(text: str) -> None:
    image = LabelledImage("a.jpg", 9, 9, (Annotation(0, (1, 1, 5, 5), text=text),))
    with pytest.raises(LabelError, match=r"a\.jpg, object 1"):
        voc_xml(image, CATEGORIES, folder="f")


EXAMPLE = LabelledImage(
    "000001.jpg",
    64,
    48,
    (
        Annotation(0, (0, 0, 64, 48), text="Æ<1>", identity="AB12", angle_deg=12.5, visibility=0.75, truncated=True),
        Annotation(3, (9.2, 9.9, 10.1, 20.0), difficult=True),
    ),
)


@FUZZ
@given(image=labelled_images())
def test_an_xml_library_would_write_the_same_bytes(image: LabelledImage) -> None:
    data = voc_xml(image, CATEGORIES, folder="VOC2012")
    root = etree.fromstring(data)
    for element in root.iter():
        if len(element):
            element.text = None
        element.tail = None
    etree.indent(root, "  ")
    assert etree.tostring(root) + b"\n" == data


@pytest.mark.parametrize("text", ["", " ", "a\tb", "a\nb", "a\r\nb", "a\x85b\u2028", "\U0001f426", "]]>", "&amp;"])
def test_odd_text_survives(text: str) -> None:
    data = voc_xml(LabelledImage("a.jpg", 9, 9, (Annotation(0, (0, 0, 9, 9), text=text),)), CATEGORIES, folder="x")
    assert etree.fromstring(data).findtext("object/attributes/attribute/value") == text


def test_the_file_is_what_the_readers_in_use_demand() -> None:
    data = voc_xml(EXAMPLE, CATEGORIES, folder="VOC2012")
    assert data.isascii()
    assert not data.startswith(b"<?xml")
    root = ElementTree.fromstring(data)
    assert [child.tag for child in root] == ["folder", "filename", "source", "size", "segmented", "object", "object"]
    assert [root.findtext(tag) for tag in ("folder", "filename", "segmented")] == ["VOC2012", "000001.jpg", "0"]
    assert [root.findtext(f"size/{tag}") for tag in ("width", "height", "depth")] == ["64", "48", "3"]
    first, second = root.findall("object")
    heads = ["name", "pose", "truncated", "difficult"]
    assert [[one.findtext(tag) for tag in heads] for one in (first, second)] == [
        ["tag", "Unspecified", "1", "0"],
        ["Möwe", "Unspecified", "0", "1"],
    ]
    assert [child.tag for child in second] == [*heads, "bndbox"]
    boxes = [[(corner.tag, corner.text) for corner in one.iterfind("bndbox/*")] for one in (first, second)]
    assert boxes == [
        [("xmin", "1"), ("ymin", "1"), ("xmax", "64"), ("ymax", "48")],
        [("xmin", "10"), ("ymin", "10"), ("xmax", "11"), ("ymax", "20")],
    ]
    attributes = {one.findtext("name"): one.findtext("value") for one in first.iterfind("attributes/attribute")}
    assert attributes == {"text": "Æ<1>", "identity": "AB12", "angle_deg": "12.5", "visibility": "0.75"}


def test_the_object_detection_api_and_torchvision_parse_it() -> None:
    def nested(element: Any) -> dict[str, Any]:  # the recursion that both of them use
        if not len(element):
            return {element.tag: element.text}
        inside: dict[str, Any] = {}
        for child in element:
            value = nested(child)[child.tag]
            inside.setdefault(child.tag, []).append(value) if child.tag == "object" else inside.update(
                {child.tag: value}
            )
        return {element.tag: inside}

    parsed = nested(ElementTree.fromstring(voc_xml(EXAMPLE, CATEGORIES, folder="VOC2012").decode()))["annotation"]
    width, height = int(parsed["size"]["width"]), int(parsed["size"]["height"])
    for one in parsed["object"]:
        assert {int(one["difficult"]), int(one["truncated"])} <= {0, 1}
        assert one["pose"].encode() == b"Unspecified"
        box = {key: int(value) for key, value in one["bndbox"].items()}
        assert 1 <= box["xmin"] <= box["xmax"] <= width
        assert 1 <= box["ymin"] <= box["ymax"] <= height


def test_writing_is_fast_enough_to_run_inside_generation() -> None:
    image = LabelledImage("000001.jpg", 640, 640, (EXAMPLE.annotations[0],) * 2)
    best = 1.0
    for _ in range(50):
        start = time.perf_counter()
        voc_xml(image, CATEGORIES, folder="VOC2012")
        best = min(best, time.perf_counter() - start)
    assert best < 1e-3  # about 80 us on an idle core


LABELIMG = """<annotation>
\t<folder>photos</folder>
\t<filename>IMG_1.jpg</filename>
\t<path>C:\\photos\\IMG_1.jpg</path>
\t<source>
\t\t<database>Unknown</database>
\t</source>
\t<size>
\t\t<width>640</width>
\t\t<height>480</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>
\t<object>
\t\t<name>tag</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>1</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>1</xmin>
\t\t\t<ymin>10</ymin>
\t\t\t<xmax>100</xmax>
\t\t\t<ymax>480</ymax>
\t\t</bndbox>
\t</object>
\t<object>
\t\t<name>ring</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>1</difficult>
\t\t<bndbox>
\t\t\t<xmin>5</xmin>
\t\t\t<ymin>6</ymin>
\t\t\t<xmax>5</xmax>
\t\t\t<ymax>6</ymax>
\t\t</bndbox>
\t</object>
</annotation>
"""


def test_labelimg(path: Path) -> None:
    path.write_text(LABELIMG)
    assert read_voc(path) == VocFile(
        "IMG_1.jpg",
        640,
        480,
        (
            VocObject("tag", (0, 9, 100, 480), truncated=True),
            VocObject("ring", (4, 5, 5, 6), difficult=True, truncated=False),
        ),
    )


def cvat(**attributes: object) -> str:
    inside = "".join(
        f"<attribute><name>{name}</name><value>{value}</value></attribute>" for name, value in attributes.items()
    )
    return f"<truncated>0</truncated><difficult>0</difficult><occluded>0</occluded><attributes>{inside}</attributes>"


def test_cvat_attributes_and_fractions(path: Path) -> None:
    written(path, thing("11.5 21.25 30.75 40", cvat(rotation="0.0", text="AB12", identity="k7")))
    assert read_voc(path).objects == (
        VocObject("tag", (10.5, 20.25, 30.75, 40), text="AB12", identity="k7", truncated=False),
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<text> AB12\n</text>",
        cvat(text="AB12"),
        cvat(serial="AB12"),
        cvat(Serial="AB12"),
        cvat(transcription="AB12"),
        "<text></text>" + cvat(text="AB12"),
        "<text>AB12</text>" + cvat(serial="other"),
    ],
)
def test_text_is_found_where_people_put_it(inside: str, path: Path) -> None:
    assert read_voc(written(path, thing(inside=inside))).objects[0].text == "AB12"


def test_a_quarter_turn_in_cvat_is_clockwise(path: Path) -> None:
    """An upright box 20 wide and 10 high, turned clockwise: its top left corner comes to the top right."""
    one = read_voc(written(path, thing("11 21 30 30", cvat(rotation="90.0")))).objects[0]
    assert one.angle_deg == 270.0
    assert one.box == pytest.approx((15, 15, 25, 35))
    assert one.quad is not None
    assert one.quad[0] == pytest.approx((25, 15))
    assert one.quad[1] == pytest.approx((25, 35))


def test_our_angle_does_not_turn_the_box(path: Path) -> None:
    assert read_voc(written(path, thing(inside=cvat(angle_deg="-90")))).objects == (
        VocObject("tag", (10, 20, 30, 40), angle_deg=270.0, truncated=False),
    )


@pytest.mark.parametrize(
    "outline",
    [
        "<x1>12</x1><y1>22.5</y1><x2>28</x2><y2>25</y2><x3>20</x3><y3>40</y3>",
        "<pt><x>12</x><y>22.5</y></pt><pt><x>28</x><y>25</y></pt><pt><x>20</x><y>40</y></pt>",
    ],
)
def test_polygons(outline: str, path: Path) -> None:
    points = ((12, 22.5), (28, 25), (20, 40))
    one = read_voc(written(path, thing(inside=f"<polygon>{outline}</polygon>"))).objects[0]
    assert (one.polygon, one.box) == (points, (10, 20, 30, 40))
    alone = f"<object><name>tag</name><polygon>{outline}</polygon></object>"
    one = read_voc(written(path, alone)).objects[0]
    assert (one.polygon, one.box) == (points, (12, 22.5, 28, 40))


def test_missing_and_zero_sizes_and_no_objects(path: Path) -> None:
    assert read_voc(written(path, size="0 0")) == VocFile("a.jpg", None, None, ())
    assert read_voc(written(path, size="")) == VocFile("a.jpg", None, None, ())
    path.write_text("<annotation/>")
    assert read_voc(path) == VocFile(None, None, None, ())
    path.write_text("<annotation><filename>C:\\photos\\b.jpg</filename></annotation>")
    assert read_voc(path).file_name == "b.jpg"


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ("30 21 11 40", "reversed or empty"),
        ("11 41 30 40", "reversed or empty"),
        ("nan 21 30 40", "xmin must be a number"),
        ("11 inf 30 40", "ymin must be a number"),
        ("11 21 3,5 40", "xmax must be a number"),
        ("11 21 30 1e99", "ymax must be a number"),
        ("11 21 30", "ymax must be a number"),
    ],
)
def test_a_senseless_box_names_file_line_and_object(box: str, words: str, path: Path) -> None:
    message = refusal(written(path, thing() + thing(box)))
    assert f"{path}:4: object 2: " in message
    assert words in message
    assert "draw" in message


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ("<object><bndbox/></object>", "object 1: has no <name>"),
        ("<object><name>tag</name></object>", "neither <bndbox> nor <polygon>"),
        (thing(inside="<difficult>maybe</difficult>"), "<difficult> must be 0 or 1"),
        (thing(inside="<polygon><x1>1</x1><y1>2</y1></polygon>"), "at least 3 points"),
        (thing(inside=cvat(visibility="7")), "visibility must be in [0, 1]"),
    ],
)
def test_other_senseless_objects(objects: str, words: str, path: Path) -> None:
    assert words in refusal(written(path, objects))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"\xff\xfe\xff", "broken XML"),
        (b"<annotation>\n<object>\n</annotation>", ":3: broken XML"),
        (b"<annotations><image/></annotations>", "expected <annotation>, found <annotations>"),
        (b"<annotation><size><width>many</width></size></annotation>", "<width> must be whole pixels"),
        (b"<annotation><size><width>-3</width></size></annotation>", "<width> must be whole pixels"),
        (b"<a>" * 5000, "broken XML"),
        (b'<?xml version="1.0" encoding="no-such"?><annotation/>', "broken XML"),
    ],
)
def test_what_is_no_voc_file_is_one_clear_line(content: bytes, words: str, path: Path) -> None:
    path.write_bytes(content)
    assert words in refusal(path)


def test_a_missing_file_is_one_clear_line(path: Path) -> None:
    assert "cannot be read" in refusal(path)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMBS = {
    "in a text": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><annotation><filename>&l11;</filename></annotation>',
    "in an attribute": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><annotation b="&l11;"/>',
    "quadratic": f'<!DOCTYPE a [<!ENTITY l "{"x" * 100_000}">]><annotation>{"&l;" * 100_000}</annotation>',
    "parameter": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><annotation/>',
    "remote": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><annotation/>',
}


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_at_once(kind: str, encoding: str, path: Path) -> None:
    path.write_bytes(BOMBS[kind].encode(encoding))
    start = time.process_time()
    refusal(path)
    assert time.process_time() - start < 1.0


def test_an_external_entity_never_reaches_a_label(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("sesame")
    entity = f'<!DOCTYPE a [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    path.write_text(f"{entity}<annotation><filename>&s;</filename></annotation>")
    assert "sesame" not in refusal(path)


def test_a_huge_file_is_refused_unread(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert "larger than" in refusal(path)


def test_a_deep_file_is_refused(path: Path) -> None:
    path.write_text("<annotation>" + "<object>" * 300 + "</object>" * 300 + "</annotation>")
    assert "broken XML" in refusal(path)


SPLICES = st.sampled_from(
    [b"<", b">", b"</object>", b"&amp;", b"&x;", b"<!DOCTYPE a>", b"nan", b"-1", b"1e400", b"<!--"]
)


@settings(FUZZ, max_examples=500)
@given(
    first=st.booleans(),
    edits=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 12),
            SPLICES | st.binary(max_size=4) | st.text(string.printable, max_size=6).map(str.encode),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_a_spoilt_file_is_read_or_refused(
    first: bool, edits: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = voc_xml(EXAMPLE, CATEGORIES, folder="f") if first else LABELIMG.encode()
    for place, dropped, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + dropped :]
    check_read_or_refused(data, tmp_path_factory.getbasetemp() / "spoilt.xml")


@FUZZ
@given(data=st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    check_read_or_refused(data, tmp_path_factory.getbasetemp() / "random.xml")


def check_read_or_refused(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    try:
        file = read_voc(path)
    except LabelError as error:
        message = str(error)
    else:
        message = str(path)
        for one in file.objects:
            Annotation(0, one.box, angle_deg=one.angle_deg, visibility=one.visibility)  # validates itself
    assert "\n" not in message
    assert str(path) in message


def test_parts_stand_behind_the_object_and_have_a_class_of_characters() -> None:
    character = Annotation(1, (2.5, 3, 9.25, 14), text="7", angle_deg=12.5, visibility=0.5, place=(1, 3))
    image = LabelledImage("a.jpg", 40, 30, (Annotation(0, (0, 0, 20, 20), characters=(character,)),))
    root = etree.fromstring(voc_xml(image, CATEGORIES, folder="f"))
    thing = root.find("object")
    assert [child.tag for child in thing][-2:] == ["bndbox", "part"]
    assert [float(one.findtext("xmin")) for one in root.iter("bndbox")] == [1, 3]
    assert [(one.tag, one.text.strip()) for one in thing.find("part") if len(one) == 0] == [
        ("name", "7"),
        ("angle_deg", "12.5"),
        ("visibility", "0.5"),
        ("copy", "1"),
        ("position", "3"),
    ]
    with pytest.raises(LabelError, match=r"a.jpg, object 1.*class must be one of 1, got 1"):
        voc_xml(image, Categories(("tag",), ("A",)), folder="f")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("<part><name>A</name></part>", "object 1: part 1: the character 'A' has no <bndbox>"),
        ("<part><name>A</name>{box}<copy>0</copy><position>-1</position></part>", "whole numbers from 0"),
        ("<part><name>A</name>{box}<visibility>2</visibility></part>", r"visibility must be in \[0, 1\], got 2.0"),
        ("<part><name>A</name>{back}</part>", "reversed or empty box"),
    ],
)
def test_a_wrong_character_is_told(tmp_path: Path, part: str, words: str) -> None:
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    back = box.replace("<xmax>5", "<xmax>-5")
    text = f"<annotation><object><name>tag</name>{box}{part.format(box=box, back=back)}</object></annotation>"
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(LabelError, match=words):
        read_voc(tmp_path / "a.xml")


def test_parts_of_a_body_are_passed_over(tmp_path: Path) -> None:
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    parts = f"<part><name>head</name>{box}</part><part><name>B</name>{box}</part><part/>"
    (tmp_path / "a.xml").write_text(f"<annotation><object><name>person</name>{box}{parts}</object></annotation>")
    assert [part.name for part in read_voc(tmp_path / "a.xml").objects[0].parts] == ["B"]
