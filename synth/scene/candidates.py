"""What may be pasted, before it has a place: a cut-out of a bank or a drawn tag. Placement treats both alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synth.banks.records import TagRecord
from synth.geometry.boxes import Box
from synth.geometry.homography import Matrix
from synth.scene.fitting import FitValues, Source
from synth.scene.placement import as_matrix9, luma
from synth.scene.serial_draws import DrawnDesign
from synth.scene.spec import Blend, SerialLayer, TagLayer
from synth.streams import sample_uniform

NOMINAL_LIGHT = 128.0
"""Mean luma of the surroundings in which a drawn tag has the colours of its recipe, grey levels."""
DRAWN_EDGE_PX = 0.6
DRAWN_SHARPNESS_PX = 0.35
"""Sigma of the blur that area sampling alone makes."""


class Candidate(Protocol):
    """Something that may be pasted."""

    @property
    def extent(self) -> Box:
        """Its box in the frame that its posture maps to the canvas."""

    @property
    def scale_range(self) -> tuple[float, float]:
        """Enlargement on the canvas, drawn log-uniformly."""

    @property
    def least_scale(self) -> float:
        """It is enlarged at least so much."""

    @property
    def cut_from(self) -> TagRecord | None:
        """The cut-out whose surroundings tell where it may go; None if nothing does."""

    def source(self, scale: float, /) -> Source:
        """What its light, sharpness and grain are when it is enlarged so much."""

    def layer(
        self, matrix: Matrix, blend: Blend, fit: FitValues, *, grey: bool, context_px: float
    ) -> TagLayer | SerialLayer:
        """The layer, once its extent is mapped to the canvas."""


@dataclass(frozen=True, slots=True)
class CutoutCandidate:
    """A cut-out of a bank; `blank` with its writing painted over, as a negative."""

    record: TagRecord
    scale_range: tuple[float, float]
    least_scale: float
    blank: bool = False
    labelled: bool = True

    @property
    def extent(self) -> Box:
        """Box of its mask, px of the cut-out."""
        return self.record.mask_box

    @property
    def cut_from(self) -> TagRecord:
        """Itself."""
        return self.record

    def source(self, _scale: float, /) -> Source:
        """As it was measured when it was cut."""
        return self.record

    def layer(self, matrix: Matrix, blend: Blend, fit: FitValues, *, grey: bool, context_px: float) -> TagLayer:
        """The layer."""
        return TagLayer(
            tag=self.record.id,
            matrix=as_matrix9(matrix),
            blend=blend,
            grey=grey,
            context_px=context_px,
            blank=self.blank,
            labelled=self.labelled,
            **fit,
        )


@dataclass(frozen=True, slots=True)
class _DrawnSource:
    brightness: float
    tag_brightness: float
    contrast: float
    sharpness_px: float
    noise: float
    cast: tuple[float, float]


@dataclass(frozen=True, slots=True)
class SerialCandidate:
    """A drawn tag, or a cut-out with a new serial on it.

    Attributes:
        design: name of its design.
        category: class name.
        drawn: the tag.
        scale_range, least_scale: of body mm or of cut-out px.
        cutout: the real tag that it is written on.
        labelled: False for a blank one, as a negative.
    """

    design: str
    category: str
    drawn: DrawnDesign
    scale_range: tuple[float, float]
    least_scale: float
    cutout: TagRecord | None = None
    labelled: bool = True

    @property
    def extent(self) -> Box:
        """Box of the body, mm; of a real cut-out its mask's, px."""
        return self.drawn.extent if self.cutout is None else self.cutout.mask_box

    @property
    def cut_from(self) -> TagRecord | None:
        """The real tag, if there is one."""
        return self.cutout

    def source(self, scale: float, /) -> Source:
        """As measured, or as it is drawn."""
        if self.cutout is not None:
            return self.cutout
        material, inscriptions = self.drawn.serial.material, self.drawn.serial.inscriptions
        own = luma(material.colour)
        ink = luma(inscriptions[0].ink) if inscriptions else own
        return _DrawnSource(NOMINAL_LIGHT, own, abs(own - ink), DRAWN_SHARPNESS_PX / scale, 0.0, (0.0, 0.0))

    def layer(self, matrix: Matrix, blend: Blend, fit: FitValues, *, grey: bool, context_px: float) -> SerialLayer:
        """The layer. A drawn tag has no surroundings that a seamless blend could bring along: it gets a soft edge."""
        if self.cutout is not None and self.cutout.face is not None:
            matrix = matrix @ np.array(self.cutout.face.frame).reshape(3, 3)
        elif blend.kind.startswith("seamless"):
            blend = Blend("gaussian", DRAWN_EDGE_PX)
        return SerialLayer(
            design=self.design,
            category=self.category,
            serial=self.drawn.serial,
            matrix=as_matrix9(matrix),
            blend=blend,
            grey=grey,
            context_px=context_px if self.cutout is not None else 0.0,
            labelled=self.labelled,
            **fit,
        )


def sample_scale(rng: np.random.Generator, candidate: Candidate) -> float:
    """Enlargement of a candidate on the canvas."""
    low, high = candidate.scale_range
    return max(math.exp(sample_uniform(rng, (math.log(low), math.log(high)))), candidate.least_scale)
