"""Drawn tags of a recipe's designs: the legal serial of a number, its body, its type, its look."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from synth.banks.records import TagRecord
from synth.errors import ConfigError, RejectedScene
from synth.geometry.boxes import Box
from synth.limits import Colour
from synth.scene.body_draws import Room, sample_body
from synth.scene.deck import Weighted
from synth.scene.designs import BareDesign, CutoutDesign, Design
from synth.scene.legal import grammar_key, grammar_of
from synth.scene.look_draws import sample_look, sample_paint
from synth.scene.text_draws import Style, inscriptions_on, sample_inscriptions, sample_style, sample_words
from synth.serials.dealer import Dealer
from synth.serials.layout import Faces, extent_mm, require_fits
from synth.serials.surfaces import body_extent
from synth.serials.tag import (
    BareBody,
    Body,
    CutoutBody,
    Inscription,
    Light,
    Marking,
    Material,
    PlateBody,
    SerialTag,
    Wear,
)
from synth.streams import stream

TRIALS = 60
"""What is refused so often would use up the attempts of its image as well."""


@dataclass(frozen=True, slots=True)
class DrawnDesign:
    """A tag that was drawn from a design, before it has a place.

    Attributes:
        serial: the tag.
        extent: its box, body mm.
        cap_mm: the smallest capitals of its serial; infinite for a blank tag.
    """

    serial: SerialTag
    extent: Box
    cap_mm: float


class DesignSampler:
    """Draws tags of one design."""

    def __init__(self, design: Design, dealer: Dealer, faces: Faces) -> None:
        """Prepares.

        Args:
            design: says what may be drawn.
            dealer: of its legal serials.
            faces: finds a face by its name.
        """
        self.design = design
        self.dealer = dealer
        self._faces = faces
        weights = design.lettering.faces
        self._face_weights = Weighted.of(tuple(face_name(f) for f in weights), tuple(weights.values()))

    @property
    def is_cutout(self) -> bool:
        """Whether its bodies are real cut-outs."""
        return isinstance(self.design.body, CutoutDesign)

    def sample(
        self, rng: np.random.Generator, split: str, number: int, cutout: TagRecord | None = None,
        *, light: float | None = None, blank: bool = False,
    ) -> DrawnDesign:  # fmt: skip
        """One tag.

        Args:
            rng: draws all of it but the serial.
            split: whose serials are dealt.
            number: of the serial among those of its split.
            cutout: the real tag that it is written on, for a design of cut-outs.
            light: mean luma of what it will lie on, where that is known.
            blank: leave the writing away.

        Raises:
            RejectedScene: its writing does not fit on the body.
        """
        return self._drawn(rng, "" if blank else self.dealer.serial(split, number), cutout, light)

    def require_possible(self) -> None:
        """ConfigError if long serials of the design never fit on its bodies; those of cut-outs are not looked at."""
        grammar = self.dealer.grammar
        for text in dict.fromkeys(grammar.serial(grammar.count - 1 - grammar.count * k // 9) for k in range(5)):
            refused: RejectedScene | None = None
            for trial in range(0 if self.is_cutout else TRIALS):
                refused = None
                try:
                    self._drawn(stream(0, trial, "trial"), text, None, None)
                except RejectedScene as rejected:
                    refused = rejected
                else:
                    break
            if refused is not None:
                raise ConfigError(str(refused.__cause__ or refused)) from None

    def _drawn(self, rng: np.random.Generator, text: str, cutout: TagRecord | None, light: float | None) -> DrawnDesign:
        design, blank = self.design, not text
        colour, ink = sample_paint(rng, design.look, light if isinstance(design.body, BareDesign) else None)
        style = sample_style(rng, design, self._face_weights)
        body, room, colour, ink = self._body(rng, colour, ink, cutout)
        made: tuple[Inscription, ...] = ()
        upright = 0.0
        if not blank:
            shown = self.dealer.grammar.grouped(text) if design.setting.grouped else text
            if cutout is not None and cutout.face is not None:
                made, upright = inscriptions_on(cutout.face, design, shown, style, self._faces)
            else:
                least = design.min_cap_px * _longer_side(body) / design.size_range_px[1]
                made, upright = sample_inscriptions(rng, design, shown, style, room, ink, self._faces, least)
        extent = self._extent(body, made)
        width, height = extent[2] - extent[0], extent[3] - extent[1]
        if cutout is not None and cutout.face is not None:
            material, marking = Material("plastic", colour), Marking("printed", softness_mm=cutout.face.softness_px)
            lamps, wear = Light(), Wear()
        else:
            material, marking, lamps, wear = sample_look(rng, design, colour, width, height)
        cap = min((i.cap_height_mm for i in made), default=math.inf)
        if not blank:
            made += self._words(rng, style, body, (width, height), ink, made)
        tag = SerialTag(text, body, made, material, marking, lamps, wear, upright)
        if cutout is None:
            self._require_on_body(tag)
        return DrawnDesign(tag, extent, cap)

    def _require_on_body(self, tag: SerialTag) -> None:
        """Nothing is written beyond a body or into itself; a real cut-out's old lines may be half hidden."""
        try:
            require_fits(tag, self._faces)
        except ConfigError as error:
            raise RejectedScene("writing reaches beyond its body") from ConfigError(
                f"design {self.design.name!r}: {error}"
            )

    def _body(
        self,
        rng: np.random.Generator,
        colour: Colour,
        ink: Colour,
        cutout: TagRecord | None,
    ) -> tuple[Body, Room, Colour, Colour]:
        if cutout is None:
            return *sample_body(rng, self.design, ink), colour, ink
        face = cutout.face
        assert face is not None
        body = CutoutBody(cutout.id, face.frame, face.width_mm, face.height_mm, face.bend_radius_mm)
        return body, Room(face.width_mm, face.height_mm), face.paper, face.ink

    def _extent(self, body: Body, made: tuple[Inscription, ...]) -> Box:
        if not isinstance(body, BareBody):
            return body_extent(body)
        sizes = [extent_mm(inscription, self._faces) for inscription in made] or [(40.0, 10.0)]
        width, height = max(w for w, _ in sizes), sum(h for _, h in sizes)
        return (-width / 2, -height / 2, width / 2, height / 2)

    def _words(
        self,
        rng: np.random.Generator,
        style: Style,
        body: Body,
        size: tuple[float, float],
        ink: Colour,
        serial: tuple[Inscription, ...],
    ) -> tuple[Inscription, ...]:
        has_strip = isinstance(body, PlateBody) and bool(body.fields)
        drawn: list[Inscription] = []
        for words in self.design.words:
            inscription = sample_words(rng, words, style, size, ink, serial, self._faces)
            if inscription is not None and (has_strip or not words.on_strip):
                drawn.append(inscription)
        return tuple(drawn)


def _longer_side(body: Body) -> float:
    """Of a body as it is seen; infinite of none, whose size is that of its text."""
    if isinstance(body, BareBody):
        return math.inf
    x0, y0, x1, y1 = body_extent(body)
    return max(x1 - x0, y1 - y0)


def face_name(face: str) -> str:
    """How a spec names a face: a built-in face or shipped font as it is, a font file by its base name."""
    return face.rsplit("/", 1)[-1]


def with_named_faces(design: Design) -> Design:
    """The design with its faces by the names that specs use, instead of paths."""
    faces = {face_name(face): weight for face, weight in design.lettering.faces.items()}
    return design.model_copy(update={"lettering": design.lettering.model_copy(update={"faces": faces})})


def dealers_of(
    designs: tuple[Design, ...], splits: Mapping[str, float], seed: int, taken: Collection[str]
) -> tuple[Dealer, ...]:
    """A dealer for each design. No serial can be in two splits, whichever designs it comes from.

    Raises:
        ConfigError: too few serials for the splits, or two designs that differ and yet share serials.
    """
    grammars = [grammar_of(design.text) for design in designs]
    for k, one in enumerate(designs):
        for n, other in enumerate(designs[:k]):
            same = grammar_key(one.text) == grammar_key(other.text)
            may_repeat = len(splits) == 1 and not (one.text.unique and other.text.unique)
            shared = None if same or may_repeat else grammars[k].common_with(grammars[n])
            if shared is not None:
                raise ConfigError(
                    f"designs {other.name!r} and {one.name!r} both allow {shared!r}, which could then come twice, and "
                    "in two splits; give both the same text, or texts that exclude one another"
                )
    # the same plate may be noted with blanks and drawn without, or the other way round
    bare = sorted({text.replace(" ", "") for text in taken})
    return tuple(Dealer(grammar, splits, seed, {*taken, *bare, *map(grammar.grouped, bare)}) for grammar in grammars)
