from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.errors import LabelError
from synth.labels.captions import MAX_FILE_BYTES, Caption, add_captions, read_captions
from synth.labels.sample import Annotation

HEADER = "file,xmin,ymin,xmax,ymax,text,readable,identity\n"
LEFT = Annotation(0, (0, 0, 10, 10))
RIGHT = Annotation(0, (20, 0, 30, 10))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.csv"


def told(
    path: Path, content: str, *annotations: Annotation
) -> tuple[list[tuple[str | None, str | None, bool]], list[str]]:
    """(text, identity, difficult) of the annotations of a.jpg, and the problems."""
    path.write_text(content)
    captions = read_captions(path)
    annotations, problems = add_captions(annotations, captions.get("a.jpg", ()), path)
    assert all("\n" not in line and str(path) in line for line in problems)
    return [(one.text, one.identity, one.difficult) for one in annotations], problems


def test_a_line_goes_to_the_box_that_it_overlaps(path: Path) -> None:
    content = HEADER + "a.jpg,21,1,29,10,RIGHT,1,r\na.jpg,1,1,10,9,LEFT,1,l\nb.jpg,1,1,10,10,OTHER,1,o\n"
    assert told(path, content, LEFT, RIGHT) == ([("LEFT", "l", False), ("RIGHT", "r", False)], [])


def test_each_box_takes_one_line_and_the_better_one(path: Path) -> None:
    content = HEADER + "a.jpg,1,1,9,9,WORSE,1,w\na.jpg,1,1,10,10,BETTER,1,b\n"
    facts, problems = told(path, content, LEFT)
    assert facts == [("BETTER", "b", False)]
    assert len(problems) == 1
    assert f"{path}:2: 'a.jpg': no labelled box there" in problems[0]


def test_a_box_that_no_line_speaks_of_keeps_what_it_has(path: Path) -> None:
    named = Annotation(0, (0, 0, 10, 10), text="AB", identity="k")
    unnamed = Annotation(0, (20, 0, 30, 10), text="CD")
    assert told(path, HEADER, named, unnamed, LEFT)[0] == [("AB", "k", False), ("CD", "CD", False), (None, None, False)]


def test_identity_is_the_text_unless_the_file_says_otherwise(path: Path) -> None:
    line = "a.jpg,1,1,10,10,AB,1"
    assert told(path, HEADER + line + ",k\n", LEFT)[0] == [("AB", "k", False)]
    assert told(path, HEADER + line + ",\n", LEFT)[0] == [("AB", None, False)]
    assert told(path, HEADER + line + "\n", LEFT)[0] == [("AB", None, False)]
    without = HEADER.replace(",identity", "")
    assert told(path, without + line + "\n", LEFT)[0] == [("AB", "AB", False)]


def test_a_guessed_text_makes_a_box_difficult_and_no_text_does_not(path: Path) -> None:
    assert told(path, HEADER + "a.jpg,1,1,10,10,AB,0,k\n", LEFT)[0] == [("AB", "k", True)]
    assert told(path, HEADER + "a.jpg,1,1,10,10,,0,\n", LEFT)[0] == [(None, None, False)]


def test_one_box_needs_no_corners_and_two_do(path: Path) -> None:
    assert told(path, "file,text\na.jpg,AB\n", LEFT) == ([("AB", "AB", False)], [])
    facts, problems = told(path, "file,text\na.jpg,AB\n", LEFT, RIGHT)
    assert facts == [(None, None, False)] * 2
    assert len(problems) == 1


def test_a_contradiction_is_reported(path: Path) -> None:
    facts, problems = told(path, HEADER + "a.jpg,1,1,10,10,AB,1,k\n", Annotation(0, (0, 0, 10, 10), text="AC"))
    assert facts == [("AB", "k", False)]
    assert "'AB' here, 'AC' in the label file" in problems[0]


@pytest.mark.parametrize(
    "content",
    [
        "file,text\nphotos/a.jpg,Ü1\n",
        "\ufeffFile ,Text\r\nC:\\photos\\a.jpg, Ü1 \r\n",
        'filename;text\n"a.jpg";"Ü1"\n',
        "more,image,text\n1,a.jpg,Ü1,2,3\n",
    ],
)
def test_spellings_of_spreadsheets(content: str, path: Path) -> None:
    path.write_bytes(content.encode())
    (caption,) = read_captions(path)["a.jpg"]
    assert caption == Caption(2, "a.jpg", None, "Ü1", None, False, False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ":1: expected columns"),
        (b"a,b\n1,2\n", "got 'a, b'"),
        (b"file,scene\na.jpg,2\n", "expected columns file and text or identity"),
        (b"file,text\n,AB\n", ":2: names no photo"),
        (HEADER.encode() + b"a.jpg,1,1,x,10,AB,1,k\n", ":2: xmin, ymin, xmax, ymax must be numbers"),
        (HEADER.encode() + b"a.jpg,1,1,,10,AB,1,k\n", "must be numbers"),
        (HEADER.encode() + b"a.jpg,1,1,nan,10,AB,1,k\n", "must be numbers"),
        (b"file,text\na.jpg,\xff\xfe\n", "save it as CSV with UTF-8"),
        (b"file,text\na.jpg," + b"x" * 200_000, "not CSV"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(content: bytes, words: str, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(LabelError) as error:
        read_captions(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_and_huge_files_are_one_clear_line(path: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        read_captions(path)
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(LabelError, match="larger than"):
        read_captions(path)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(content=st.binary(max_size=200) | st.text('file,text;"\n\r\0ab.1').map(str.encode), headed=st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, headed: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(HEADER.encode() + content if headed else content)
    try:
        message = ""
        for lines in read_captions(path).values():
            message += "".join(add_captions((LEFT,), lines, path)[1])
    except LabelError as error:
        message = str(error)
    assert "\n" not in message
