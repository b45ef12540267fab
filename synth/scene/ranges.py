"""Types of a recipe's values: weights, lists, and ranges within what a spec can hold (`synth.limits`), so that every
image of a recipe can be replayed.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from synth.config import NonNegative, ordered


def some_positive(weights: dict[Any, float]) -> dict[Any, float]:
    """The same weights; ValueError if none is greater than 0."""
    if not weights or sum(weights.values()) <= 0:
        raise ValueError("at least one weight must be greater than 0")
    return weights


def listed(value: Any) -> Any:
    """A text alone, as a list of one."""
    return [value] if isinstance(value, str) else value


def some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same values; ValueError if there are none."""
    if not value:
        raise ValueError("at least one is needed")
    return value


Factor = Annotated[float, Field(ge=0.001, le=1000)]
Level = Annotated[float, Field(ge=0, le=1000)]
Radius = Annotated[float, Field(ge=0, le=256)]
Stops = Annotated[float, Field(ge=-9.9, le=9.9)]
Motion = Annotated[float, Field(ge=0, le=512)]
Streaks = Annotated[float, Field(ge=0, le=600)]
Length = Annotated[float, Field(gt=0, le=4096)]
Turn = Annotated[float, Field(ge=-3600, le=3600)]
Shrink = Annotated[float, Field(ge=1, le=64)]
Tint = Annotated[float, Field(ge=0, le=0.1)]
FactorRange = Annotated[tuple[Factor, Factor], AfterValidator(ordered)]
LevelRange = Annotated[tuple[Level, Level], AfterValidator(ordered)]
RadiusRange = Annotated[tuple[Radius, Radius], AfterValidator(ordered)]
StopsRange = Annotated[tuple[Stops, Stops], AfterValidator(ordered)]
MotionRange = Annotated[tuple[Motion, Motion], AfterValidator(ordered)]
StreakRange = Annotated[tuple[Streaks, Streaks], AfterValidator(ordered)]
LengthRange = Annotated[tuple[Length, Length], AfterValidator(ordered)]
TurnRange = Annotated[tuple[Turn, Turn], AfterValidator(ordered)]
ShrinkRange = Annotated[tuple[Shrink, Shrink], AfterValidator(ordered)]
TintRange = Annotated[tuple[Tint, Tint], AfterValidator(ordered)]
Byte = Annotated[int, Field(ge=0, le=255)]
Colour = tuple[Byte, Byte, Byte]
Colours = Annotated[tuple[Colour, ...], Field(min_length=1)]
Size = Annotated[float, Field(ge=0.1, le=4096)]
SizeRange = Annotated[tuple[Size, Size], AfterValidator(ordered)]
Mm = Annotated[float, Field(ge=0, le=4096)]
MmRange = Annotated[tuple[Mm, Mm], AfterValidator(ordered)]
Metres = Annotated[float, Field(ge=0.001, le=1000)]
MetresRange = Annotated[tuple[Metres, Metres], AfterValidator(ordered)]
Key = Annotated[float, Field(gt=0.001, le=1)]
KeyRange = Annotated[tuple[Key, Key], AfterValidator(ordered)]
Counts = Annotated[dict[Annotated[int, Field(ge=0, le=50)], NonNegative], AfterValidator(some_positive)]
Folder = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(listed)]
