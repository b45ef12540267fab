"""What is pasted: cut-outs of the banks and drawn tags, in proportion to their weights."""

from __future__ import annotations

import numpy as np

from synth.banks.records import Catalogue, TagRecord
from synth.errors import ConfigError
from synth.scene.candidates import Candidate, CutoutCandidate, SerialCandidate
from synth.scene.deck import Hand, Weighted
from synth.scene.designs import Design
from synth.scene.placement import Site
from synth.scene.recipe import Recipe
from synth.scene.serial_draws import DesignSampler, DrawnDesign, dealers_of
from synth.serials.type_case import TypeCase

BANKS = -1


class Stock:
    """Draws candidates of one recipe over one catalogue."""

    def __init__(self, recipe: Recipe, catalogue: Catalogue) -> None:
        self.recipe = recipe
        taken = {tag.record.text or tag.record.identity for tag in (*catalogue.tags, *catalogue.distractors)}
        taken |= {label.text for photo in catalogue.photos for label in photo.record.annotations}
        splits = {name: recipe.splits[name] for name in catalogue.splits if recipe.splits.get(name, 0) > 0}
        dealers = dealers_of(recipe.serials, splits, recipe.seed, {text for text in taken if text})
        faces = TypeCase(catalogue.fonts)
        self.designs = tuple(
            DesignSampler(design, dealer, faces) for design, dealer in zip(recipe.serials, dealers, strict=True)
        )
        weights = {BANKS: sum(bank.weight for bank in recipe.tags)}
        weights |= {k: design.weight for k, design in enumerate(recipe.serials)}
        self._sources = Weighted.of(tuple(weights), tuple(weights.values()))

    def sample(
        self, rng: np.random.Generator, hand: Hand, split: str, site: Site, number: int, *, blank: bool = False
    ) -> Candidate:
        """One candidate; a blank one is a negative and gets no label.

        Args:
            rng: draws it.
            hand: material of the split.
            split: whose serials are dealt.
            site: where it will go.
            number: of its serial among those of the split.
            blank: without its writing.

        Raises:
            ConfigError: there is nothing to draw from.
        """
        source = self._sources.sample_one(rng) if self.designs else BANKS
        tags = hand.tags_for(infrared=site.is_infrared)
        if source == BANKS and (tags or not self.designs):
            return self._cutout(tags.sample_one(rng), blank=blank)
        design = self.designs[max(source, 0)]
        real: TagRecord | None = None
        if design.is_cutout:
            faces = hand.faces_for(infrared=site.is_infrared)
            if not faces:
                raise ConfigError(
                    f"design {design.design.name!r}: split {split!r} has no cut-out whose writing can be replaced; cut "
                    "the bank again, look at its sheet, or give the split a share of 0"
                )
            real = faces.sample_one(rng)
        drawn = design.sample(
            rng, split, number, real, light=site.light_at(site.width / 2, site.height / 2), blank=blank
        )
        return self._serial(design.design, drawn, real, blank=blank)

    def _cutout(self, record: TagRecord, *, blank: bool) -> CutoutCandidate:
        placement = self.recipe.placement
        return CutoutCandidate(record, placement.scale_range, self._least(record), blank=blank, labelled=not blank)

    def distractor(self, record: TagRecord) -> CutoutCandidate:
        """A cut-out that is no tag."""
        return CutoutCandidate(record, self.recipe.placement.scale_range, self._least(record), labelled=False)

    def _least(self, record: TagRecord) -> float:
        x0, y0, x1, y1 = record.mask_box
        return self.recipe.placement.min_side_px / min(x1 - x0, y1 - y0)

    def _serial(self, design: Design, drawn: DrawnDesign, real: TagRecord | None, *, blank: bool) -> SerialCandidate:
        least = design.min_cap_px / drawn.cap_mm
        if real is not None:
            scales, least = self.recipe.placement.scale_range, max(least, self._least(real))
        else:
            x0, y0, x1, y1 = drawn.extent
            low, high = design.size_range_px
            longer = max(x1 - x0, y1 - y0)
            scales = (low / longer, high / longer)
        return SerialCandidate(design.name, design.category, drawn, scales, least, real, labelled=not blank)
