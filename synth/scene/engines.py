"""The presets of the renderer, and what a recipe changes in them."""

from __future__ import annotations

import msgspec

from synth.scene.render_recipe import Preset, Render
from synth.scene.stage import Engine

PRESETS: dict[Preset, Engine] = {
    "draft": Engine(samples=1, denoise=True, bounces=2),
    "fast": Engine(samples=4, denoise=True, bounces=4),
    "quality": Engine(samples=32, noise=0.01, denoise=True, bounces=12),
    "eevee": Engine(kind="eevee", samples=16, denoise=False, bounces=2),
}


def engine_of(render: Render) -> Engine:
    """The renderer of a recipe."""
    changes = {name: value for name, value in render.engine.model_dump().items() if value is not None}
    return msgspec.structs.replace(PRESETS[render.preset], **changes)
