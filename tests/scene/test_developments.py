"""How pictures of a stage are developed."""

from __future__ import annotations

import pytest

from synth.geometry.pose import looking, pose_of
from synth.scene.mix_draws import sample_development
from synth.scene.render_recipe import Render
from synth.scene.stage import ShapeSource, Stage, Thing, Viewpoint
from synth.serials.tag import BareBody, Marking, Material, SerialTag
from synth.shapes.records import RingShape
from synth.streams import stream

RENDER = Render(subjects=[{"shape": "ring", "category": "ring"}], toe_range=(0.02, 0.05))
STILL = pose_of(looking((0, -1, 0), (0, 0, 0)))


def developed(colour: tuple[int, int, int] | None, index: int = 0):
    tag = None if colour is None else SerialTag("A", BareBody(), (), Material("plastic", colour), Marking("laser"))
    ring = Thing("ring", ShapeSource(RingShape()), STILL, category="ring", serial=tag)
    return sample_development(stream(1, index, "mix"), RENDER, RENDER.key_range, Stage(Viewpoint(STILL), (ring,)), None)


def test_a_tag_is_exposed_by_the_light_and_not_by_its_colour() -> None:
    """Twice the reflectance is twice the brightness, within limits; without a tag the key is the drawn one."""
    plain = developed(None)["key"]
    assert RENDER.key_range[0] <= plain <= RENDER.key_range[1]
    grey, lighter = 128, 128 * 2 ** (1 / 2.2)
    one, two = (developed((round(c),) * 3)["key"] for c in (grey, lighter))
    assert two / one == pytest.approx(2.0, rel=0.02)
    assert developed((0, 0, 0))["key"] < developed((60, 60, 60))["key"] < plain < developed((240, 240, 240))["key"]


def test_no_tag_is_exposed_beyond_what_a_spec_can_say() -> None:
    bright = RENDER.model_copy(update={"key_range": (0.5, 0.95)})
    tag = SerialTag("A", BareBody(), (), Material("plastic", (255, 255, 255)), Marking("laser"))
    ring = Thing("ring", ShapeSource(RingShape()), STILL, category="ring", serial=tag)
    stage = Stage(Viewpoint(STILL), (ring,))
    keys = [sample_development(stream(1, k, "mix"), bright, bright.key_range, stage, None)["key"] for k in range(50)]
    assert max(keys) <= 0.95
    assert min(keys) >= 0.7


def test_toes_stay_within_their_range() -> None:
    toes = [developed(None, index)["toe"] for index in range(50)]
    assert min(toes) >= 0.02
    assert max(toes) <= 0.05
    assert len(set(toes)) > 40
