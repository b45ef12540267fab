"""Which pictures are shown: some at random, and those in which something is most likely to be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from synth.geometry.boxes import box_area
from synth.labels.sample import Annotation, LabelledImage
from synth.scene.spec import BlobLayer, ImageSpec, Layer, PatchLayer, TagLayer
from synth.streams import stream


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a dataset.

    Attributes:
        path: of the file.
        labels: what it is labelled with.
        spec: what was drawn; None if the dataset has no manifest.
    """

    path: Path
    labels: LabelledImage
    spec: ImageSpec | None = None

    @property
    def blend(self) -> str:
        """How its pastes are joined; "" if nothing was pasted or nobody knows."""
        layers = self.spec.layers if self.spec else ()
        kinds = {layer.blend.kind for layer in layers if is_paste(layer)}
        return " + ".join(sorted(kinds))


@dataclass(frozen=True, slots=True)
class Pick:
    """A picture that is shown, and why."""

    picture: Picture
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    """Pictures that are shown for one reason."""

    title: str
    picks: tuple[Pick, ...]


def is_paste(layer: Layer) -> TypeGuard[TagLayer | PatchLayer | BlobLayer]:
    """Whether a layer was joined to the picture with a blend, rather than put in front of it."""
    return isinstance(layer, TagLayer | BlobLayer) or (isinstance(layer, PatchLayer) and not layer.occludes)


def choose(pictures: Sequence[Picture], count: int, seed: int) -> tuple[Section, ...]:
    """Picks about `count` pictures, each at most once.

    Args:
        pictures: of one dataset.
        count: how many in all; a quarter of them at random, the rest by what is special about them.
        seed: of the order in which equals are taken.
    """
    order = stream(seed, 0, "pictures to look at").permutation(len(pictures))
    free = [pictures[k] for k in order]
    total = sum(weight for _, weight, _, _ in _REASONS)
    sections: list[Section] = []
    for title, weight, found, note in _REASONS:
        chosen = found(free)[: max(1, round(count * weight / total))]
        if chosen:
            sections.append(Section(title, tuple(Pick(picture, note(picture)) for picture in chosen)))
            taken = {picture.labels.file_name for picture in chosen}
            free = [picture for picture in free if picture.labels.file_name not in taken]
    return tuple(sections)


def _labelled(pictures: Iterable[Picture]) -> list[Picture]:
    return [picture for picture in pictures if picture.labels.annotations]


def _empty(pictures: Iterable[Picture]) -> list[Picture]:
    return [picture for picture in pictures if not picture.labels.annotations]


def _in_turn(pictures: Iterable[Picture], kind: Callable[[Picture], str]) -> list[Picture]:
    """The pictures so that every kind comes once before any comes twice; those without a kind are left out."""
    rank: dict[str, int] = {}
    ranked: list[tuple[int, str, Picture]] = []
    for picture in pictures:
        name = kind(picture)
        if name:
            rank[name] = rank.get(name, 0) + 1
            ranked.append((rank[name], name, picture))
    return [picture for _, _, picture in sorted(ranked, key=lambda entry: entry[:2])]


def _areas(picture: Picture) -> list[float]:
    return [box_area(a.box) for a in picture.labels.annotations]


def _smallest(picture: Picture) -> float:
    return min(_areas(picture))


def _largest(picture: Picture) -> float:
    return max(_areas(picture))


def _most_hidden(picture: Picture) -> float:
    return min(_visibility(a) for a in picture.labels.annotations)


def _visibility(annotation: Annotation) -> float:
    return 1.0 if annotation.visibility is None else annotation.visibility


def _no_note(_picture: Picture) -> str:
    return ""


def _negatives_note(picture: Picture) -> str:
    if picture.spec is None:
        return ""
    count = sum(is_paste(layer) for layer in picture.spec.layers)
    return f"{count} negative paste{'s' if count != 1 else ''}" if count else "nothing pasted"


_Order = Callable[[Sequence[Picture]], list[Picture]]
# title, share of the pictures, which of those that are left in which order, what is written below
_REASONS: tuple[tuple[str, int, _Order, Callable[[Picture], str]], ...] = (
    ("At random", 2, list, _no_note),
    ("Smallest", 1, lambda free: sorted(_labelled(free), key=_smallest), lambda p: f"{_smallest(p) ** 0.5:.0f} px"),
    (
        "Largest",
        1,
        lambda free: sorted(_labelled(free), key=_largest, reverse=True),
        lambda p: f"{_largest(p) ** 0.5:.0f} px",
    ),
    (
        "Most hidden",
        1,
        lambda free: sorted((p for p in _labelled(free) if _most_hidden(p) < 1.0), key=_most_hidden),
        lambda p: f"{_most_hidden(p) * 100:.0f} % visible",
    ),
    ("Every split", 1, lambda free: _in_turn(free, lambda p: p.labels.split), lambda p: p.labels.split),
    ("Every blend", 1, lambda free: _in_turn(_labelled(free), lambda p: p.blend), _no_note),
    ("Without a tag", 1, lambda free: _in_turn(_empty(free), lambda p: str(bool(p.blend))), _negatives_note),
)
