"""What a recipe says about the things in rendered scenes that carry no label: round the subjects and before them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config import NonNegative, Section, Share, ShareRange, ordered
from synth.scene.finish_recipe import Finishes, finishes
from synth.scene.ranges import Counts, MetresRange, Texts, some_positive
from synth.scene.shape_recipe import BlockRanges


class Clutter(Section):
    """What stands round the subjects without a label.

    Attributes:
        count_weights: weights of its number.
        meshes: patterns of names; meshes that a subject may be are never among it.
        longest_range_m: true length of a mesh's longest side; None: as its file says.
        block_share: of it that is plain bodies; all of it, where no mesh fits.
        blocks: their ranges.
        surfaces: of plain bodies.
        printed_share: of plain bodies that show a picture of `ground.textures` instead: packages, magazines.
    """

    count_weights: Counts = {0: 1.0}
    meshes: Texts = ("*",)
    longest_range_m: MetresRange | None = None
    block_share: Share = 0.5
    blocks: BlockRanges = BlockRanges(kind="block")
    surfaces: Finishes = finishes("plastic", "paint", "cardboard", "paper", "wood", "steel", "rubber")
    printed_share: Share = 0.0


class Screens(Section):
    """Strips between the camera and the first subject: a stem, a finger, a cable.

    Attributes:
        share: of scenes that have one.
        kinds: weights.
        cover_range: its width as a share of the subject's.
        nearness_range: where it is on the way from the camera to the subject.
        surfaces: of it.
    """

    share: Share = 0.0
    kinds: Annotated[dict[Literal["blade", "cylinder", "box"], NonNegative], AfterValidator(some_positive)] = {
        "blade": 1.0,
        "cylinder": 0.5,
        "box": 0.25,
    }
    cover_range: ShareRange = (0.05, 0.3)
    nearness_range: Annotated[
        tuple[Annotated[float, Field(ge=0.05, le=0.95)], Annotated[float, Field(ge=0.05, le=0.95)]],
        AfterValidator(ordered),
    ] = (0.5, 0.8)
    surfaces: Finishes = finishes("plastic", "cloth", "paint", "skin")
