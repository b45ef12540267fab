"""What a recipe says about the ground of rendered scenes, and about falling on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from synth.config import NonNegative, Section, Share, ShareRange
from synth.scene.finish_recipe import Finishes, finishes
from synth.scene.ranges import MetresRange, Texts, some_positive

GroundKind = Literal["plane", "sweep", "room", "none"]


class Ground(Section):
    """What things stand on; see `synth.shapes.records.GroundShape`.

    Attributes:
        kinds: weights.
        size_range_m: side of the floor.
        surfaces: of floor and walls.
        textures: folders of pictures to lay on the floor (`embedded`: the photos of the package).
        texture_share: of floors that show one, if there are any.
        tile_range_m: over which a picture repeats.
    """

    kinds: Annotated[dict[GroundKind, NonNegative], AfterValidator(some_positive)] = {"plane": 1.0}
    size_range_m: MetresRange = (3.0, 6.0)
    surfaces: Finishes = finishes("wood", "cloth", "stone", "paint", "plastic", "paper", "carpet", "tiles")
    textures: Texts = ()
    texture_share: Share = 0.3
    tile_range_m: MetresRange = (0.3, 1.2)

    @property
    def is_sure(self) -> bool:
        """Whether there always is one."""
        return self.kinds.get("none", 0) == 0


class Fall(Section):
    """Things fall and settle before the picture is taken: share of scenes, height above the ground, friction."""

    share: Share = 0.0
    height_range_m: MetresRange = (0.05, 0.2)
    friction_range: ShareRange = (0.4, 0.8)
    bounce_range: ShareRange = (0.0, 0.2)
