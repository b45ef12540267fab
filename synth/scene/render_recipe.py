"""What a recipe says about rendered scenes: subjects, what stands round them, camera, light, ground and renderer.

Lengths are metres (millimetres for parts of small bodies). The camera and all else is relative to the first subject,
which stands on the ground over the origin. What belongs to one picture of several from one rendering is named `mix_...`
and `key_range`; everything else decides the rendering.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from synth.config import NonNegative, Section, Share, ShareRange
from synth.scene.crowd_recipe import Clutter, Screens
from synth.scene.ground_recipe import Fall, Ground
from synth.scene.light_recipe import Lights, Surroundings
from synth.scene.ranges import KeyRange, StopsRange, some, some_positive
from synth.scene.subject_recipe import Subject
from synth.scene.view_recipe import Views

Preset = Literal["draft", "fast", "quality", "eevee"]


class Rendering(Section):
    """What differs from the preset's renderer; see `synth.scene.stage.Engine`."""

    samples: Annotated[int, Field(ge=1, le=65536)] | None = None
    noise: Share | None = None
    denoise: bool | None = None
    bounces: Annotated[int, Field(ge=0, le=64)] | None = None
    device: Literal["cpu", "gpu"] = "cpu"


class Render(Section):
    """Rendered scenes.

    Attributes:
        subjects: what is labelled.
        count_weights: weights of the number of subjects in a scene.
        distractors, occluders, camera, lights, environment, ground, drop: see their classes.
        scene: a .blend file that brings ground and light: "studio", "tabletop", "field", or a path.
        output: "whole" scenes, or a "layer" over the recipe's backgrounds, where grounds only catch shadows.
        shadow_share: of layers that cast a shadow on what lies below.
        photo_fit_range: how far a layer takes over light, colour and blur of the photo below.
        preset: "draft" (one sample), "fast" (4, denoised), "quality" (32, denoised), "eevee".
        engine: what differs from it.
        images_per_render: so many consecutive images show one scene, each with its own mix of the lamps' light (not of
            those of a .blend file), background, exposure and camera effects.
        mix_range_stops: how far each lamp's light is turned up or down in such an image.
        mix_tint_range: how far its colour moves between blue and orange.
        key_range: brightness of the subject's middle tones in the picture, linear; 0.18 is a mid-grey. Of a tag it is
            that of a light grey one; others come out as much darker or brighter.
        toe_range: linear light below which tones sink into black, as in a phone's contrasty pictures.
    """

    subjects: Annotated[tuple[Subject, ...], AfterValidator(some)]
    count_weights: Annotated[dict[Annotated[int, Field(ge=1, le=50)], NonNegative], AfterValidator(some_positive)] = {
        1: 1.0
    }
    distractors: Clutter = Clutter()
    occluders: Screens = Screens()
    camera: Views = Views()
    lights: Lights = Lights()
    environment: Surroundings = Surroundings()
    ground: Ground = Ground()
    drop: Fall = Fall()
    scene: str | None = None
    output: Literal["whole", "layer"] = "whole"
    shadow_share: Share = 0.5
    photo_fit_range: ShareRange = (0.3, 0.9)
    preset: Preset = "fast"
    engine: Rendering = Rendering()
    images_per_render: Annotated[int, Field(ge=1, le=64)] = 1
    mix_range_stops: StopsRange = (-1.0, 1.0)
    mix_tint_range: ShareRange = (0.0, 0.15)
    key_range: KeyRange = (0.12, 0.3)
    toe_range: ShareRange = (0.0, 0.03)

    @property
    def most_subjects(self) -> int:
        """In one scene."""
        return max(count for count, weight in self.count_weights.items() if weight > 0)

    @property
    def has_ground(self) -> bool:
        """Whether there may be something that the camera cannot look through from below."""
        if self.output == "layer":
            return self.shadow_share > 0
        return self.scene is not None or any(w > 0 for kind, w in self.ground.kinds.items() if kind != "none")

    @model_validator(mode="after")
    def _goes_together(self) -> Render:
        if self.scene is not None:
            own = ("lights", "environment", "ground", "mix_range_stops", "mix_tint_range")
            given = [key for key in own if getattr(self, key) != type(self).model_fields[key].default]
            if given:
                raise ValueError(
                    f"{', '.join(given)}: the .blend file of scene brings its own light and ground; leave scene or "
                    "these keys out of the recipe"
                )
            if self.output == "layer":
                raise ValueError("output: a .blend file is rendered whole; leave scene away to make layers")
        if self.distractors.printed_share and not self.ground.textures:
            raise ValueError("distractors.printed_share: the pictures are those of ground.textures; give their folders")
        if self.output == "layer" and self.ground != Ground():
            raise ValueError("ground: a layer's ground only catches its shadow (shadow_share); leave it away")
        if self.has_ground and self.camera.top_deg < self.camera.lowest_deg:
            raise ValueError(
                f"camera.place: where there is a ground the camera stays above {self.camera.lowest_deg:g} degrees "
                f"(lowest_deg), and it never gets higher than {self.camera.top_deg:g}; raise it, or use no ground"
            )
        if self.drop.share and self.output == "layer" and self.shadow_share < 1:
            raise ValueError("drop: a layer has a ground to fall on only where it has a shadow; set shadow_share: 1")
        if self.drop.share and self.scene is None and not self.ground.is_sure:
            raise ValueError("drop: things need a ground to fall on; leave `none` out of ground.kinds")
        return self
