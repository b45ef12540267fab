"""What a recipe says about backgrounds: what lies under pasted tags and rendered layers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from synth.config import NonNegative, Section, Share
from synth.scene.ranges import Folder, listed, some_positive

EMBEDDED = "embedded"
"""Names the photos that ship with the package."""


def _area(value: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if value[0] >= value[2] or value[1] >= value[3]:
        raise ValueError("an empty area: left must be below right and top below bottom")
    return value


class Backgrounds(Section):
    """What lies under the tags: native-resolution crops of photos, or drawn textures.

    Attributes:
        photos: folders of photos (`embedded`: those of the package); hand labels in them are found and respected.
        hand_labels: "avoid": crops never touch a labelled object; "keep": such objects stay and keep their label.
        area: the part of every photo that may be used, relative (left, top, right, bottom): leaves out date stamps and
            logos.
        mirrored_share: how many crops are flipped left to right (never where hand labels are kept).
        procedural_share: how many backgrounds are drawn although there are photos; without photos all are.
        procedural_kinds: weights of the drawn textures.
    """

    photos: Annotated[tuple[Folder, ...], BeforeValidator(listed)] = ()
    hand_labels: Literal["avoid", "keep"] = "avoid"
    area: Annotated[tuple[Share, Share, Share, Share], AfterValidator(_area)] = (0.0, 0.0, 1.0, 1.0)
    mirrored_share: Share = 0.5
    procedural_share: Share = 0.0
    procedural_kinds: Annotated[
        dict[Literal["noise", "turbulence", "metaballs"], NonNegative], AfterValidator(some_positive)
    ] = {"noise": 1.0, "turbulence": 1.0, "metaballs": 1.0}


def background_folders(value: Any) -> Any:
    """Folders of photos alone, as a section."""
    return {"photos": listed(value)} if isinstance(value, str | list) else value
