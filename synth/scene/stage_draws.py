"""Whole stages, drawn: who stands where, seen from where, in which light. One stream per purpose, addressed by the
scene, so that adding a light does not move the camera. Only records of meshes are looked at, never their arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from synth.banks.records import Catalogue
from synth.errors import ConfigError, RejectedScene
from synth.geometry.pose import looking
from synth.scene.body_draws_in_space import Call, Figure, sample_distractor, sample_subject, sample_tumble
from synth.scene.crowd_draws import Crowd, sample_occluder
from synth.scene.deck import Weighted, weighted
from synth.scene.engines import engine_of
from synth.scene.ground_draws import pictured, sample_ground, shadow_catcher
from synth.scene.ground_recipe import GroundKind
from synth.scene.lamp_draws import sample_environment, sample_lamps
from synth.scene.ranges import KeyRange
from synth.scene.recipe import Recipe
from synth.scene.render_recipe import Render
from synth.scene.serial_draws import DesignSampler
from synth.scene.stage import BlendScene, Drop, Environment, Lamp, ShapeSource, Stage, Thing
from synth.scene.standing import facing_deg
from synth.scene.supporting_cast import cast_of
from synth.scene.view_draws import View, sample_view
from synth.streams import sample_uniform, stream

SUBJECT_MARGIN, CLUTTER_MARGIN = 0.15, -0.15
BLEND_DRAWS = 64
STACK_M = 0.04
"""Things that would start inside others are raised in such steps before they fall."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided first, whatever the attempt: how many subjects and distractors, on which ground."""

    subjects: int
    distractors: int
    ground: GroundKind
    catcher: bool
    falls: bool

    @property
    def grounded(self) -> bool:
        """Whether there is something to stand on."""
        return self.catcher or self.ground != "none"


class StageSampler:
    """Draws the stages of one recipe over one catalogue.

    Raises:
        ConfigError: when made, if a mesh, picture or .blend file that the recipe names is not in the catalogue.
    """

    def __init__(self, recipe: Recipe, catalogue: Catalogue, designs: Sequence[DesignSampler]) -> None:
        assert recipe.render is not None
        self.recipe = recipe
        self.render: Render = recipe.render
        self._catalogue = catalogue
        self._cast = cast_of(self.render, catalogue)
        self._designs = {design.design.name: design for design in designs}
        subjects = self.render.subjects
        self._subjects = Weighted.of(range(len(subjects)), [subject.weight for subject in subjects])
        self._blend = _blend_record(self.render, catalogue)
        if self.render.environment.folders and not catalogue.environments:
            raise ConfigError("render.environment.folders: there is no picture in them; add equirectangular ones")

    def sample(self, scene: int, split: str, number: int, attempt: int) -> tuple[Stage, KeyRange]:
        """A stage, and the range of brightness that its first subject is exposed to.

        Args:
            scene: number of the scene.
            split: whose serials are drawn.
            number: of the first subject's serial among those of the split.
            attempt: how many draws of the scene were rejected.

        Raises:
            RejectedScene: there is no room for a subject, or the serial does not fit on its body.
        """
        render = self.render

        def drawn(purpose: str) -> np.random.Generator:
            return stream(self.recipe.seed, scene, f"stage {purpose}", attempt)

        plan = self._sample_plan(stream(self.recipe.seed, scene, "stage plan"))
        view = sample_view(drawn("camera"), render.camera, self.recipe.canvas, grounded=plan.grounded)
        chosen = [self._subjects.sample_one(rng) for rng in (drawn("subjects"),) for _ in range(plan.subjects)]
        figures = [
            self._subject(Call(self.recipe.seed, scene, attempt, slot, split, number + slot), which, view)
            for slot, which in enumerate(chosen)
        ]
        pose, distance = view.at(figures[0].aimed)
        crowd = Crowd(pose, view.lens, distance, plan.grounded, [figures[0]])
        self._place(drawn("places"), crowd, figures[1:])
        if plan.distractors:
            self._sample_distractors(drawn("distractors"), crowd, plan.distractors)
        drop = None
        standing = crowd.figures
        if plan.falls:
            drop, standing = _sample_drop(drawn("drop"), render, standing)
        things = [figure.placed() for figure in standing]
        if render.occluders.share:
            strip = sample_occluder(
                drawn("occluders"), render.occluders, figures[0].aimed, pose, view.lens, "occluder-1"
            )
            things += [strip] if strip is not None else []
        ground = self._sample_ground(drawn("ground"), plan, view, distance)
        lamps, environment = self._sample_light(drawn("lights"), drawn("environment"), crowd)
        stage = Stage(
            camera=view.viewpoint(pose, distance),
            things=(*things, *ground),
            lamps=lamps,
            environment=environment,
            engine=engine_of(render),
            film_transparent=render.output == "layer",
            drop=drop,
            blend=self._sample_blend(drawn("blend")),
            seed=int(drawn("noise").integers(1 << 32)),
        )
        return stage, render.subjects[chosen[0]].key_range or render.key_range

    def _sample_plan(self, rng: np.random.Generator) -> Plan:
        render = self.render
        subjects = weighted(render.count_weights).sample_one(rng)
        distractors = weighted(render.distractors.count_weights).sample_one(rng)
        ground = weighted(render.ground.kinds).sample_one(rng)
        catcher, falls = rng.random() < render.shadow_share, rng.random() < render.drop.share
        if self._blend is not None:
            ground = "plane"
        if render.output == "layer":
            ground = "none"
        return Plan(subjects, distractors, ground, catcher and render.output == "layer", falls)

    def _subject(self, call: Call, which: int, view: View) -> Figure:
        facing = facing_deg(looking(view.direction, (0.0, 0.0, 0.0)), np.zeros(3))
        scans = self._cast.subjects[which]
        return sample_subject(call, self.render.subjects[which], scans, self._designs, facing, view.direction)

    def _place(self, rng: np.random.Generator, crowd: Crowd, others: Sequence[Figure]) -> None:
        for figure in others:
            placed = crowd.sample_place(rng, figure, SUBJECT_MARGIN)
            if placed is None:
                raise RejectedScene("no room for a subject")
            crowd.figures.append(placed)

    def _sample_distractors(self, rng: np.random.Generator, crowd: Crowd, count: int) -> None:
        """As many as find room."""
        scans = self._cast.distractors
        for number in range(count):
            figure = sample_distractor(rng, self.render.distractors, scans, f"distractor-{number + 1}")
            figure = self._sample_printed(rng, figure)
            placed = crowd.sample_place(rng, figure, CLUTTER_MARGIN)
            if placed is not None:
                crowd.figures.append(placed)

    def _sample_printed(self, rng: np.random.Generator, figure: Figure) -> Figure:
        """The distractor; of a plain one, a share shows a picture."""
        printed, which = rng.random() < self.render.distractors.printed_share, rng.random()
        pictures = self._catalogue.textures
        if not printed or not pictures or not isinstance(figure.thing.source, ShapeSource):
            return figure
        surface = pictured(figure.thing.surfaces[0], pictures[int(which * len(pictures))].id, 1.0)
        return replace(figure, thing=msgspec.structs.replace(figure.thing, surfaces=(surface,)))

    def _sample_ground(self, rng: np.random.Generator, plan: Plan, view: View, distance: float) -> tuple[Thing, ...]:
        if plan.catcher:
            return (shadow_catcher(),)
        if self._blend is not None:
            return ()
        facing = facing_deg(looking(view.direction, (0.0, 0.0, 0.0)), np.zeros(3))
        ground = sample_ground(rng, self.render.ground, plan.ground, self._catalogue.textures, facing, distance)
        return () if ground is None else (ground,)

    def _sample_light(
        self, lamps: np.random.Generator, environment: np.random.Generator, crowd: Crowd
    ) -> tuple[tuple[Lamp, ...], Environment]:
        render = self.render
        if self._blend is not None:
            return (), Environment()
        grouped = render.images_per_render > 1
        target = crowd.figures[0].aimed.pose
        return (
            sample_lamps(lamps, render.lights, target, crowd.camera, grouped=grouped),
            sample_environment(environment, render.environment, self._catalogue.environments, grouped=grouped),
        )

    def _sample_blend(self, rng: np.random.Generator) -> BlendScene | None:
        if self._blend is None:
            return None
        file, sha256 = self._blend
        return BlendScene(file, sha256, tuple(round(float(u), 6) for u in rng.random(BLEND_DRAWS)))


def _sample_drop(rng: np.random.Generator, render: Render, figures: Sequence[Figure]) -> tuple[Drop, list[Figure]]:
    friction = round(sample_uniform(rng, render.drop.friction_range), 3)
    bounce = round(sample_uniform(rng, render.drop.bounce_range), 3)
    falling: list[Figure] = []
    for figure in figures:
        height, side = sample_uniform(rng, render.drop.height_range_m), sample_tumble(rng)
        raised = figure.falling(side, height)
        while any(_touch(raised, other) for other in falling):
            height += STACK_M
            raised = figure.falling(side, height)
        falling.append(raised)
    return Drop(friction=friction, bounce=bounce), falling


def _touch(one: Figure, other: Figure) -> bool:
    """Whether the balls round two bodies meet, so that they might start inside each other."""
    mine, its = one.stance.bounds, other.stance.bounds
    return float(np.linalg.norm(mine.middle - its.middle)) < mine.radius + its.radius


def _blend_record(render: Render, catalogue: Catalogue) -> tuple[str, str] | None:
    """Id and digest of the .blend file that the recipe names: of the package by its name, a user's by its file name."""
    if render.scene is None:
        return None
    names = (render.scene, Path(render.scene).name, Path(render.scene).stem)
    for record in catalogue.scenes:
        if record.id in names:
            return record.id, record.sha256
    there = ", ".join(record.id for record in catalogue.scenes) or "none"
    raise ConfigError(f"render.scene: there is no scene {render.scene!r} in the material; it has {there}")
