"""What a recipe says about the subjects of rendered scenes: the things that are labelled."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from synth.config import NonNegative, Positive, Section, Share
from synth.scene.finish_recipe import Finishes
from synth.scene.ranges import KeyRange, MetresRange, TurnRange, some
from synth.scene.shape_recipe import CARRIED, SLOTS, ShapeRanges


class Subject(Section):
    """One kind of thing that is labelled: a mesh or a parametric body.

    Attributes:
        mesh: pattern of names of meshes (`*halloumi*`), whatever their case; one is drawn.
        shape: a parametric body; its kind alone, or with ranges.
        category: class name.
        weight: how often it is drawn relative to the other subjects.
        longest_range_m: true length of a mesh's longest side; None: as its file says.
        serial: name of the design whose serial it carries.
        aim: what the camera looks at and `fill_range` measures: the body, or the part that carries the serial.
        labelled: which of a shape's slots the label encloses, as [chip] of an implant; None: all, of a ring without
            its leg.
        surfaces: of the body's slots by their names ("scan": all of a mesh); others have those usual for the shape.
        turn_range_deg: about the vertical; at 0 its front (-y) faces the camera.
        tumble_share: lie on another side than the one that they stand on.
        min_cap_px: a scene is drawn again in which a letter of its serial that is seen is less high.
        key_range: brightness that it is exposed to, where it differs from the others'.
    """

    mesh: Annotated[str, Field(min_length=1)] | None = None
    shape: ShapeRanges | None = None
    category: Annotated[str, Field(min_length=1)]
    weight: Positive = 1.0
    longest_range_m: MetresRange | None = None
    serial: str | None = None
    aim: Literal["body", "serial"] = "body"
    labelled: Annotated[tuple[str, ...], AfterValidator(some)] | None = None
    surfaces: dict[str, Finishes] = {}
    turn_range_deg: TurnRange = (0.0, 360.0)
    tumble_share: Share = 0.0
    min_cap_px: NonNegative = 0.0
    key_range: KeyRange | None = None

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of its surfaces."""
        return ("scan",) if self.shape is None else SLOTS[self.shape.kind]

    @model_validator(mode="after")
    def _is_one_thing(self) -> Subject:
        if self.min_cap_px and self.serial is None:
            raise ValueError("min_cap_px: there is no writing on a subject without a serial; leave it away")
        if (self.mesh is None) == (self.shape is None):
            raise ValueError("a subject is either a mesh (a pattern of names) or a shape; give one of them")
        if self.shape is not None and self.longest_range_m is not None:
            raise ValueError("longest_range_m: only a mesh takes it; a shape has ranges of its own")
        if self.serial is not None and (self.shape is None or self.shape.kind not in CARRIED):
            raise ValueError(f"serial: only {', '.join(CARRIED)} have a place for one")
        if self.aim == "serial" and (self.shape is None or self.shape.kind not in CARRIED):
            raise ValueError(f"aim: only {', '.join(CARRIED)} have a place for a serial")
        if self.labelled is not None and self.shape is None:
            raise ValueError("labelled: only the parts of a shape have names; leave it away, a mesh is labelled whole")
        for key, names in (("surfaces", self.surfaces), ("labelled", self.labelled or ())):
            unknown = [name for name in names if name not in self.slots]
            if unknown:
                raise ValueError(f"{key}: there is no {unknown[0]!r}; its surfaces are {', '.join(self.slots)}")
        return self
