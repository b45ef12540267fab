"""Text as readers of text want it: PaddleOCR's recognition and detection lists, ICDAR 2015's file per picture.

PaddleOCR, recognition: `path<TAB>text`. Detection (`Label.txt`): `path<TAB>[{"transcription", "points"}, ...]` with one
entry for each line of text. ICDAR: `x1,y1,...,x4,y4,text` in whole px, one line for each word. All UTF-8 without a mark
at its beginning. What cannot be read is "###", which both leave out of training and scoring. Points go clockwise from
the top-left corner as one reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from synth.cropping.frames import box_corners
from synth.cropping.legibility import is_large
from synth.cropping.lines import Copy, Line, Quads
from synth.labels.sample import Annotation

ILLEGIBLE = "###"
Read = tuple[Annotation, Sequence[Copy]]
"""A tag and the copies of its serial."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A quad and what stands in it; `text` is None for what cannot be read."""

    quad: Quads
    text: str | None


def written_lines(tag: Annotation, copies: Sequence[Copy], min_visibility: float) -> list[Written]:
    """The lines of text on a tag."""
    if not copies:
        return [_whole(tag, min_visibility)]
    return [_written(line, line, min_visibility) for copy in copies for line in copy.lines]


def written_words(tag: Annotation, copies: Sequence[Copy], min_visibility: float) -> list[Written]:
    """The words on a tag."""
    if not copies:
        return [_whole(tag, min_visibility)]
    lines = [line for copy in copies for line in copy.lines]
    return [_written(word, line, min_visibility) for line in lines for word in line.words()]


def is_legible(tag: Annotation, min_visibility: float) -> bool:
    """Whether a tag without labelled characters, but with quad and text, can be read as a whole."""
    seen = tag.visibility is None or tag.visibility >= min_visibility
    return tag.quad is not None and bool(_tidy(tag.text)) and seen and not (tag.truncated or tag.difficult)


def _whole(tag: Annotation, min_visibility: float) -> Written:
    quad = box_corners(tag.box) if tag.quad is None else np.array(tag.quad)
    return Written(quad, _tidy(tag.text) if is_legible(tag, min_visibility) else None)


def _written(part: Line, line: Line, min_visibility: float) -> Written:
    """A line, or a word of it."""
    legible = part.visibility >= min_visibility and is_large(line)
    return Written(part.quad, part.text if legible else None)


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())


def detection_line(path: str, tags: Sequence[Read], size: tuple[int, int], min_visibility: float) -> str:
    """One picture's line of `Label.txt`."""
    entries = [
        {
            "transcription": written.text or ILLEGIBLE,
            "points": [[round(x, 1), round(y, 1)] for x, y in _within(written.quad, size).tolist()],
        }
        for tag, copies in tags
        for written in written_lines(tag, copies, min_visibility)
    ]
    return f"{path}\t{msgspec.json.encode(entries).decode()}"


def icdar_file(tags: Sequence[Read], size: tuple[int, int], min_visibility: float) -> bytes:
    """One picture's ICDAR file."""
    lines = []
    for tag, copies in tags:
        for word in written_words(tag, copies, min_visibility):
            numbers = np.rint(_within(word.quad, size)).astype(int).ravel().tolist()
            lines.append(",".join([*map(str, numbers), word.text or ILLEGIBLE]))
    return "".join(f"{line}\n" for line in lines).encode()


def _within(quad: Quads, size: tuple[int, int]) -> Quads:
    return np.clip(quad, 0, size)


def recognition_list(rows: Iterable[tuple[str, str]]) -> bytes:
    """`rec_gt_<split>.txt` from (path, text)."""
    return "".join(f"{path}\t{text}\n" for path, text in rows).encode()
