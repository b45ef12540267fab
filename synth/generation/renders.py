"""How many renderings the images of a dataset were made from, and how they were rendered."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from synth.scene.stage import Engine

_RENDERED = b'"type":"render"'


@dataclass(slots=True)
class Renders:
    """What was counted.

    Attributes:
        images: with a rendered layer.
        stages: digests of the scenes that were rendered.
        engines: images by how they were rendered, as JSON.
    """

    images: int = 0
    stages: set[bytes] = field(default_factory=set)
    engines: Counter[bytes] = field(default_factory=Counter)

    def entry(self) -> dict[str, Any]:
        """As it stands in the card."""
        known = {engine: msgspec.structs.asdict(msgspec.json.decode(engine, type=Engine)) for engine in self.engines}
        engines = [{**known[engine], "images": self.engines[engine]} for engine in sorted(known)]
        return {"scenes": len(self.stages), "images": self.images, "engines": engines}


class _Stage(msgspec.Struct):
    engine: msgspec.Raw = msgspec.Raw(b"{}")


class _Layer(msgspec.Struct):
    stage: msgspec.Raw = msgspec.Raw(b"")


class _Spec(msgspec.Struct):
    layers: tuple[_Layer, ...] = ()


def renders_of(specs: Iterable[msgspec.Raw]) -> Renders:
    """Counts what specs have rendered, each as `ImageSpec.to_json` gives it."""
    found = Renders()
    for spec in specs:
        data = bytes(spec)
        if _RENDERED not in data:
            continue
        found.images += 1
        for layer in msgspec.json.decode(data, type=_Spec).layers:
            if stage := bytes(layer.stage):
                found.stages.add(hashlib.sha256(stage).digest())
                found.engines[bytes(msgspec.json.decode(stage, type=_Stage).engine)] += 1
    return found
