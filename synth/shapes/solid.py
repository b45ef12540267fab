"""A parametric body that was made: its mesh, the names of its parts, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from synth.geometry.mesh import Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A body.

    Attributes:
        mesh: in its own frame, metres; `mesh.decal` says where it carries its tag.
        slots: name of each material slot, in the order of `mesh.slots`.
        keypoints: named points in its own frame, metres.
        measures: named numbers that are labels of the body (a key's cut depths).
        depth_m: how deep below the body's surface its keypoints may lie: so much of the body itself hides none of them.
        labelled: names of the slots that its label encloses, where others only hold it (a ring's leg); empty: all.
    """

    mesh: Mesh
    slots: tuple[str, ...]
    keypoints: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    depth_m: float = 0.0
    labelled: tuple[str, ...] = ()
