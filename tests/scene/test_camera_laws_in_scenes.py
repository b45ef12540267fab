"""Where the cameras of accepted scenes stand: the laws that a recipe claims hold for what it gives, too.

What a scene must fulfil bends a law only where it asks about the very same number: far cameras are refused because they
show characters too small, directions are not.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from synth.errors import RejectedScene
from synth.generation.material import catalogue_of
from synth.geometry.pose import matrix_of_pose, transformed
from synth.scene.body_draws_in_space import tag_place
from synth.scene.colour_temperature import blackbody
from synth.scene.lamp_draws import FLASH_M
from synth.scene.recipe_files import load_recipe
from synth.scene.sampling import SceneSampler

COUNT = 300
LEVEL = 1e-3


@pytest.fixture(scope="module")
def stages(checkout: Path):
    recipe = load_recipe(checkout / "recipes" / "implant-serials.yaml")
    sampler = SceneSampler(recipe, catalogue_of(recipe))
    made = []
    for index in range(COUNT):
        for attempt in range(recipe.max_attempts):
            try:
                made.append(sampler.sample(index, attempt).layers[0].stage)
            except RejectedScene:
                continue
            break
    assert len(made) == COUNT
    return made, recipe.render.camera, recipe.render.lights


def test_focal_lengths_and_apertures_keep_their_laws(stages):
    made, views, _ = stages
    focal = [stage.camera.lens.focal_mm for stage in made]
    assert stats.kstest(focal, stats.loguniform(*views.focal_range_mm).cdf).pvalue > LEVEL
    stops = [stage.camera.lens.f_stop for stage in made if stage.camera.lens.f_stop is not None]
    assert stats.binomtest(len(stops), COUNT, views.focus_share).pvalue > LEVEL
    assert stats.kstest(stops, stats.loguniform(*views.f_stop_range).cdf).pvalue > LEVEL


def test_directions_are_uniform_in_the_cap_about_what_is_aimed_at(stages):
    made, views, _ = stages
    heights, turns = [], []
    for stage in made:
        subject = next(thing for thing in stage.things if thing.role == "subject")
        centre = np.array([tag_place(subject.source.shape)[0]])
        away = matrix_of_pose(stage.camera.pose)[:3, 3] - transformed(matrix_of_pose(subject.pose), centre)[0]
        heights.append(away[2] / np.linalg.norm(away))
        turns.append(math.degrees(math.atan2(away[1], away[0])) % 360)
    low = math.cos(math.radians(views.place.angle_deg))
    assert stats.kstest(heights, stats.uniform(low, 1 - low).cdf).pvalue > LEVEL
    assert stats.kstest(turns, stats.uniform(0, 360).cdf).pvalue > LEVEL


def test_lamps_keep_their_number_and_temperature(stages):
    made, lights = stages[0], stages[2]
    drawn = [[lamp for lamp in stage.lamps if lamp.size_m != FLASH_M] for stage in made]
    flashes = sum(len(stage.lamps) - len(lamps) for stage, lamps in zip(made, drawn, strict=True))
    assert stats.binomtest(flashes, COUNT, lights.flash_share).pvalue > LEVEL
    counts = [sum(len(lamps) == n for lamps in drawn) for n in lights.count_weights]
    expected = COUNT * np.array(list(lights.count_weights.values())) / sum(lights.count_weights.values())
    assert stats.chisquare(counts, expected).pvalue > LEVEL
    # blue over red rises with the temperature
    grid = [blackbody(kelvin) for kelvin in np.linspace(*lights.temperature_range_k, 2001)]
    law, seen = (
        [b / r for r, _, b in colours] for colours in (grid, [lamp.colour for lamps in drawn for lamp in lamps])
    )
    assert stats.kstest(np.interp(seen, law, np.linspace(0, 1, 2001)), "uniform").pvalue > LEVEL
