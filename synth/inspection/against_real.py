"""Pasted tags against the same bank's tags in their own photos: does pasting leave anything behind?

Every tag has an edge, so that a pasted tag is always told from an untouched place. What must not be told is a pasted
tag from one that a camera saw. Each paste gets a counterpart of its size (`synth.inspection.counterparts`); both are
measured in the zones round their outline only (`synth.inspection.seams`), and whoever tells them apart was trained on
neither the tags nor the photos that they were cut from.

The *control* tells one random half of the real tags from the other: it must stay near 0.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.inspection.counterparts import RealTag, RealTags, counterpart
from synth.inspection.detectability import BlendRow, ReadPicture, chosen_images
from synth.inspection.pastes import DrawnImage, Paste, TagAlpha, pastes_of
from synth.inspection.seams import EDGE_FEATURES, LIGHT_FEATURES, MARGIN_PX, SEAM_FEATURES, Outline
from synth.inspection.separation import Measurements, Separation, separate
from synth.labels.sample import Image, Mask
from synth.streams import stream

SUBJECT = "pasted against real tags"
MIN_TAGS = 8
SAME_SIZE = 1.2
"""Sizes up to this factor apart count as equal."""
FEATURES = (*SEAM_FEATURES, *LIGHT_FEATURES)
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AgainstReal:
    """The measurement.

    Attributes:
        rows: "all" first, then blend by blend; none if there are too few real tags.
        control: of one half of the real tags against the other.
        real_tags: tags of the banks that lie in a photo that is known.
        compared_tags: how many of them served as counterparts.
        shrunk: counterparts that had to be made smaller.
    """

    rows: tuple[BlendRow, ...]
    control: Separation | None
    real_tags: int
    compared_tags: int
    shrunk: int

    @property
    def headline(self) -> BlendRow | None:
        """All blends together."""
        return self.rows[0] if self.rows else None


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A paste that was measured, and who its counterpart is."""

    image: DrawnImage
    blend: str
    group: str
    pasted: Values
    real: RealTag
    factor: float


def against_real(
    images: Sequence[DrawnImage],
    read: ReadPicture,
    tag_alpha: TagAlpha,
    real: RealTags,
    read_photo: Callable[[Path], Image],
    *,
    seed: int,
    images_per_blend: int = 200,
) -> AgainstReal:
    """Measures how well pasted tags are told from real ones.

    Args:
        images: pictures with their specs.
        read: loads one picture, RGB uint8.
        tag_alpha: see `synth.inspection.pastes.pastes_of`.
        real: the banks' tags.
        read_photo: loads a photo.
        seed: of all choices.
        images_per_blend: at most so many pictures per blend are opened.
    """
    if len(real.tags) < MIN_TAGS:
        return AgainstReal((), None, len(real.tags), 0, 0)
    matcher = _Matcher(real, seed)
    pairs = [
        pair
        for image in chosen_images(images, seed, images_per_blend, ("tags",))
        for pair in _pairs_of(image, read, tag_alpha, real, matcher)
    ]
    measured = _measured_counterparts(pairs, real, read_photo)
    kept = [(pair, values) for pair, values in zip(pairs, measured, strict=True) if values is not None]
    compared = {pair.real.id for pair, _ in kept}
    shrunk = sum(pair.factor < 1.0 for pair, _ in kept)
    if len(compared) < MIN_TAGS:
        return AgainstReal((), None, len(real.tags), len(compared), shrunk)
    return AgainstReal(_rows(kept, seed), _control(kept, seed), len(real.tags), len(compared), shrunk)


def _pairs_of(
    image: DrawnImage, read: ReadPicture, tag_alpha: TagAlpha, real: RealTags, matcher: _Matcher
) -> list[_Pair]:
    pastes = pastes_of(image, tag_alpha)
    tags = [p for p in pastes.whole if p.kind == "tag" and p.is_alone and p.tag in real.groups] if pastes else []
    if not tags:
        return []
    pixels = read(image)
    pairs = []
    for paste in tags:
        values = _measured(pixels, paste.mask)
        match = matcher.match(paste) if values is not None else None
        if values is not None and match is not None:
            pairs.append(_Pair(image, paste.blend, real.groups[paste.tag], values, *match))
    return pairs


class _Matcher:
    """Chooses a real tag for each paste: one of its size, the least used first; else a larger one."""

    def __init__(self, real: RealTags, seed: int) -> None:
        self._rng = stream(seed, 0, "counterparts")
        self._tags = real.tags
        self._sizes = np.array([tag.size_px for tag in real.tags])
        self._used = np.zeros(len(real.tags))

    def match(self, paste: Paste) -> tuple[RealTag, float] | None:
        """The tag and the factor that makes it as small as the paste; None if the paste is larger than every tag."""
        factors = np.sqrt(paste.mask.area) / self._sizes
        fits = np.abs(np.log(factors)) <= np.log(SAME_SIZE)
        larger = factors < 1.0
        if not fits.any() and not larger.any():
            return None
        candidates = np.flatnonzero(fits if fits.any() else larger & (factors >= 0.8 * factors[larger].max()))
        dice = self._rng.random(len(candidates))
        k = int(candidates[np.lexsort((dice, self._used[candidates]))[0]])
        self._used[k] += 1
        return self._tags[k], 1.0 if fits[k] else float(factors[k])


def _measured_counterparts(
    pairs: Sequence[_Pair], real: RealTags, read_photo: Callable[[Path], Image]
) -> list[Values | None]:
    """The features of each pair's real tag; each photo is read once."""
    values: list[Values | None] = [None] * len(pairs)
    by_photo: dict[Path, list[int]] = {}
    for number, pair in enumerate(pairs):
        by_photo.setdefault(pair.real.photo, []).append(number)
    for path, numbers in by_photo.items():
        photo = read_photo(path)
        for number in numbers:
            pair = pairs[number]
            found = counterpart(pair.real, photo, pair.factor, pair.image.spec)
            if found is not None:
                values[number] = _measured(real.photograph_as(found[0], pair.image.spec), found[1])
    return values


def _measured(image: Image, mask: Mask) -> Values | None:
    """One number per name in `FEATURES`; None if the tag is too small or too near to the border."""
    mask = mask.trimmed()
    outline = Outline.of(mask)
    x, y = mask.x - MARGIN_PX, mask.y - MARGIN_PX
    if outline is None or min(x, y) < 0 or x + outline.width > image.shape[1] or y + outline.height > image.shape[0]:
        return None
    return np.concatenate([outline.measure(image, x, y), outline.light(image, x, y)])


Kept = Sequence[tuple[_Pair, Values]]


def _rows(kept: Kept, seed: int) -> tuple[BlendRow, ...]:
    rows = []
    for blend in ["all", *sorted({pair.blend for pair, _ in kept})]:
        some = [(pair, values) for pair, values in kept if blend in ("all", pair.blend)]
        whole, edge = (_separation(some, names, seed) for names in (FEATURES, EDGE_FEATURES))
        images = len({pair.image.spec.file_name for pair, _ in some})
        rows.append(BlendRow(SUBJECT, blend, whole, edge, len(some), images))
    return tuple(rows)


def _separation(kept: Kept, names: Sequence[str], seed: int) -> Separation | None:
    real = _set([values for _, values in kept], [pair.real.group for pair, _ in kept], names)
    pasted = _set([pair.pasted for pair, _ in kept], [pair.group for pair, _ in kept], names)
    return separate(real, pasted, names, seed=seed)


def _control(kept: Kept, seed: int) -> Separation | None:
    order = stream(seed, 0, "halves of the real tags").permutation(len(kept))
    halves = [[kept[k] for k in order[start::2]] for start in (0, 1)]
    first, second = (_set([v for _, v in half], [pair.real.group for pair, _ in half], FEATURES) for half in halves)
    return separate(first, second, FEATURES, seed=seed)


def _set(values: Sequence[Values], groups: Sequence[str], names: Sequence[str]) -> Measurements:
    columns = [FEATURES.index(name) for name in names]
    table = np.array(values).reshape(len(values), len(FEATURES))[:, columns]
    return Measurements(table, tuple(groups), tuple(groups))
