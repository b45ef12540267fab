"""What a run would make, from a few images that are made and thrown away."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from synth.banks.materials import Materials
from synth.banks.records import Catalogue
from synth.compositing.composite import composed
from synth.errors import RejectedScene
from synth.generation.material import catalogue_of, material_notes
from synth.generation.shooting import LazyShots, require_renderer
from synth.scene.recipe import Recipe
from synth.scene.sampling import SceneSampler

PROBES = 12
COUNTED = 100_000


@dataclass(frozen=True)
class Plan:
    """What a run would make.

    Attributes:
        catalogue: what there is to draw from.
        notes: what is to be said about it.
        images: per split; to within one scene if there are more than `COUNTED` images.
        refused: share of the probes' draws that were refused.
        bytes_per_image: of a picture; None if every probe was refused.
        seconds_per_image: on one core, once the material is decoded; likewise.
    """

    catalogue: Catalogue
    notes: tuple[str, ...]
    images: dict[str, int]
    refused: float
    bytes_per_image: float | None
    seconds_per_image: float | None


def plan_run(recipe: Recipe) -> Plan:
    """Looks through the material and makes a few images; writes nothing."""
    require_renderer(recipe)
    catalogue = catalogue_of(recipe)
    sampler, materials = SceneSampler(recipe, catalogue), Materials(catalogue)
    images = _images(sampler)
    sizes: list[int] = []
    seconds: list[float] = []
    with LazyShots(materials) as shots:
        for attempt in range(PROBES):
            with suppress(RejectedScene):
                spec = sampler.sample(attempt % recipe.count, attempt)
                begun = time.perf_counter()
                jpeg = composed(spec, materials, shots, shots.radiograph).jpeg  # decodes the material
                if recipe.render is None:
                    begun = time.perf_counter()
                    jpeg = composed(spec, materials, shots, shots.radiograph).jpeg
                seconds.append(time.perf_counter() - begun)
                sizes.append(len(jpeg))
    return Plan(
        catalogue=catalogue,
        notes=material_notes(recipe, catalogue),
        images={split: images.get(split, 0) for split in catalogue.splits},
        refused=1 - len(sizes) / PROBES,
        bytes_per_image=sum(sizes) / len(sizes) if sizes else None,
        seconds_per_image=sum(seconds) / len(seconds) if seconds else None,
    )


def _images(sampler: SceneSampler) -> dict[str, int]:
    recipe = sampler.recipe
    if recipe.count <= COUNTED:
        return Counter(sampler.split_of(index // sampler.images_per_scene) for index in range(recipe.count))
    splits = sampler.deck.splits
    tops = [round(recipe.count * float(top) / float(splits.cumulative[-1])) for top in splits.cumulative]
    return {split: top - below for split, top, below in zip(splits.items, tops, [0, *tops], strict=False)}
