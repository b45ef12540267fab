"""What a recipe says about the light of rendered scenes: lamps, and light from all round."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from synth.config import NonNegative, Section, Share, ordered
from synth.scene.ranges import Counts, MetresRange, StopsRange, Texts, TurnRange, some_positive

_Kelvin = Annotated[float, Field(ge=1700, le=20_000)]
KelvinRange = Annotated[tuple[_Kelvin, _Kelvin], AfterValidator(ordered)]
_Strength = Annotated[float, Field(ge=0, le=1000)]
StrengthRange = Annotated[tuple[_Strength, _Strength], AfterValidator(ordered)]
_Elevation = Annotated[float, Field(ge=-90, le=90)]
ElevationRange = Annotated[tuple[_Elevation, _Elevation], AfterValidator(ordered)]
LampKind = Literal["point", "area", "sun", "spot"]
EnvironmentName = Literal[
    "city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset", "uniform", "folder"
]  # fmt: skip


class Lights(Section):
    """Lamps. The first is the key light; the others are weaker. What the picture is exposed to is `key_range`.

    Attributes:
        count_weights: weights of their number.
        kinds: weights.
        elevation_range_deg: above the horizon, uniform in solid angle.
        distance_range_m: of lamps.
        size_range_m: radius of a point or spot, side of an area.
        sun_range_deg: angle that a sun is seen under.
        spot_range_deg: opening of a spot.
        temperature_range_k: colour.
        weaker_range_stops: how much weaker the other lamps are.
        flash_share: of scenes in which a small lamp beside the camera comes first.
    """

    count_weights: Counts = {0: 0.2, 1: 0.4, 2: 0.3, 3: 0.1}
    kinds: Annotated[dict[LampKind, NonNegative], AfterValidator(some_positive)] = {
        "area": 3.0,
        "point": 1.0,
        "spot": 0.5,
        "sun": 0.5,
    }
    elevation_range_deg: ElevationRange = (20.0, 90.0)
    distance_range_m: MetresRange = (1.0, 3.0)
    size_range_m: MetresRange = (0.05, 0.8)
    sun_range_deg: Annotated[
        tuple[Annotated[float, Field(ge=0, le=90)], Annotated[float, Field(ge=0, le=90)]], AfterValidator(ordered)
    ] = (0.5, 5.0)
    spot_range_deg: Annotated[
        tuple[Annotated[float, Field(ge=1, le=180)], Annotated[float, Field(ge=1, le=180)]], AfterValidator(ordered)
    ] = (40.0, 90.0)
    temperature_range_k: KelvinRange = (3800.0, 7500.0)
    weaker_range_stops: StopsRange = (0.5, 3.0)
    flash_share: Share = 0.0


class Surroundings(Section):
    """Light from all round.

    Attributes:
        weights: of Blender's own pictures, of "uniform" light and of the pictures of `folders`.
        folders: of equirectangular pictures.
        strength_range: factor, drawn log-uniformly where it is above 0.
        turn_range_deg: about the vertical.
        temperature_range_k: colour of uniform light.
        seen_share: of scenes in which the camera sees it.
    """

    weights: Annotated[dict[EnvironmentName, NonNegative], AfterValidator(some_positive)] = {
        "city": 1.0, "courtyard": 1.0, "forest": 1.0, "interior": 1.0, "studio": 1.0, "sunrise": 0.5, "sunset": 0.5,
        "uniform": 1.0,
    }  # fmt: skip
    folders: Texts = ()
    strength_range: StrengthRange = (0.3, 1.2)
    turn_range_deg: TurnRange = (0.0, 360.0)
    temperature_range_k: KelvinRange = (4500.0, 7500.0)
    seen_share: Share = 1.0

    @model_validator(mode="after")
    def _has_folders(self) -> Surroundings:
        if (self.weights.get("folder", 0) > 0) != bool(self.folders):
            raise ValueError("weights.folder: goes together with folders; give both, or none of them")
        return self
