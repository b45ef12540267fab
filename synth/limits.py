"""Limits of the values of a spec. They hold when one is read, so that a mistyped value ends in a message and not in a
machine without memory; no recipe in its right mind comes near them.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
# a gain or an exponent
Factor = Annotated[float, msgspec.Meta(ge=0.001, le=1000)]
Level = Annotated[float, msgspec.Meta(ge=0, le=1000)]
Offset = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]
Degrees = Annotated[float, msgspec.Meta(ge=-3600, le=3600)]
Place = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Radius = Annotated[float, msgspec.Meta(ge=0, le=256)]
Length = Annotated[float, msgspec.Meta(ge=0, le=4096)]
Side = Annotated[int, msgspec.Meta(ge=1, le=16384)]
Edge = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Number = Annotated[int, msgspec.Meta(ge=0)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]
Element = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
Matrix9 = tuple[Element, Element, Element, Element, Element, Element, Element, Element, Element]
XY = tuple[Place, Place]
Outline = Annotated[tuple[XY, ...], msgspec.Meta(min_length=3, max_length=100_000)]
Colour = tuple[Byte, Byte, Byte]
Gain = tuple[Factor, Factor, Factor]
