"""What a recipe says about the camera: where it stands, how near, how it is held, and its lens.

Every distribution's law is stated where it is drawn, in `synth.scene.camera_places`. Where there is a ground, only the
part of it counts that lies above `lowest_deg`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synth.config import Section, Share, ordered
from synth.scene.ranges import TurnRange

_Elevation = Annotated[float, Field(ge=-90, le=90)]
ElevationRange = Annotated[tuple[_Elevation, _Elevation], AfterValidator(ordered)]
_Distance = Annotated[float, Field(ge=0.005, le=1000)]
DistanceRange = Annotated[tuple[_Distance, _Distance], AfterValidator(ordered)]
_Fill = Annotated[float, Field(ge=0.005, le=20)]
FillRange = Annotated[tuple[_Fill, _Fill], AfterValidator(ordered)]
_Focal = Annotated[float, Field(ge=1, le=2000)]
FocalRange = Annotated[tuple[_Focal, _Focal], AfterValidator(ordered)]
_Stop = Annotated[float, Field(ge=0.1, le=128)]
StopRange = Annotated[tuple[_Stop, _Stop], AfterValidator(ordered)]
_Off = Annotated[float, Field(ge=0, le=0.9)]
OffRange = Annotated[tuple[_Off, _Off], AfterValidator(ordered)]


class SpherePlace(Section):
    """All directions between two elevations, uniform in solid angle."""

    kind: Literal["sphere"]
    elevation_range_deg: ElevationRange = (-90.0, 90.0)


class CapPlace(Section):
    """Directions within an angle from straight above, uniform in solid angle."""

    kind: Literal["cap"]
    angle_deg: Annotated[float, Field(gt=0, le=180)] = 60.0


class RingPlace(Section):
    """Once round at one elevation, give or take `spread_deg` (uniform)."""

    kind: Literal["ring"]
    elevation_deg: _Elevation = 30.0
    spread_deg: Annotated[float, Field(ge=0, le=90)] = 0.0


class RingsPlace(Section):
    """As "ring", one of several elevations, all as often."""

    kind: Literal["rings"]
    elevations_deg: Annotated[tuple[_Elevation, ...], Field(min_length=1)] = (15.0, 45.0, 75.0)
    spread_deg: Annotated[float, Field(ge=0, le=90)] = 0.0


class ShellPlace(Section):
    """Between two distances (`distance_range_m`) and elevations, uniform in volume."""

    kind: Literal["shell"]
    elevation_range_deg: ElevationRange = (-90.0, 90.0)


class SeedPlace(Section):
    """The distributions of 3d-dl (github.com/921kiyo/3d-dl, `random_render.py`), as they are there.

    Attributes:
        law: "CompositeShellRing" (rings round the axes in `normals`, the polar angle normal about 90 degrees with
            `phi_sigma_deg`, cut at 0 and 180), "UniformShellCoordinate" (one such ring about z with 30 degrees; not
            uniform), "random_shell_coords" (both angles uniform in 360 degrees; not uniform either).
        normals: of CompositeShellRing.
        phi_sigma_deg: of CompositeShellRing.
    """

    kind: Literal["3d-dl"]
    law: Literal["CompositeShellRing", "UniformShellCoordinate", "random_shell_coords"] = "CompositeShellRing"
    normals: Literal["X", "Y", "Z", "XY", "XZ", "YZ", "XYZ"] = "YZ"
    phi_sigma_deg: Annotated[float, Field(ge=0, le=1000)] = 10.0


def _named(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


Place = Annotated[
    Annotated[SpherePlace | CapPlace | RingPlace | RingsPlace | ShellPlace | SeedPlace, Field(discriminator="kind")],
    BeforeValidator(_named),
]


class Views(Section):
    """The camera.

    Attributes:
        place: where it is seen from; a name alone, or with its numbers.
        lowest_deg: elevation that it never goes below where there is a ground.
        distance_range_m: from the middle of what it looks at, uniform (with "shell": uniform in volume).
        fill_range: instead of a distance: the larger of the shares of the picture's width and height that the first
            subject's bounds take when they are in the middle of the picture. Without either, "3d-dl" draws its own
            distance (normal, 3 +- 0.9 times the cube root of the bounds' volume), and the others fill 0.35 to 0.75.
        roll_range_deg: turn about the line of sight, uniform; 0 keeps the horizon level.
        focal_range_mm: of the lens, log-uniform, on a sensor whose longer side is `sensor_mm`.
        sensor_mm: 36 makes focal lengths those of a small-picture camera.
        off_centre_range: how far what it looks at is off the middle, as a share of half the picture's shorter side.
        focus_share: of scenes with a depth of field, focused on the subject.
        f_stop_range: their f-number, log-uniform.
    """

    place: Place = SpherePlace(kind="sphere")
    lowest_deg: Annotated[float, Field(ge=0.5, le=89)] = 8.0
    distance_range_m: DistanceRange | None = None
    fill_range: FillRange | None = None
    roll_range_deg: TurnRange = (-10.0, 10.0)
    focal_range_mm: FocalRange = (28.0, 60.0)
    sensor_mm: Annotated[float, Field(ge=1, le=1000)] = 36.0
    off_centre_range: OffRange = (0.0, 0.25)
    focus_share: Share = 0.3
    f_stop_range: StopRange = (2.0, 11.0)

    @model_validator(mode="after")
    def _has_one_distance(self) -> Views:
        if self.distance_range_m is not None and self.fill_range is not None:
            raise ValueError("fill_range: distance_range_m is given too, and either decides the other; leave one away")
        if self.place.kind == "shell" and self.distance_range_m is None:
            raise ValueError("distance_range_m: a shell lies between two distances; give them")
        return self

    @property
    def top_deg(self) -> float:
        """The highest elevation that every part of its place reaches."""
        place = self.place
        if isinstance(place, SpherePlace | ShellPlace):
            return place.elevation_range_deg[1]
        if isinstance(place, RingPlace):
            return place.elevation_deg + place.spread_deg
        if isinstance(place, RingsPlace):
            return min(place.elevations_deg) + place.spread_deg
        return 90.0
