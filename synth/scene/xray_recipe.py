"""What a recipe says about X-ray pictures: implants, the anatomy or X-ray photos that they are in, and the apparatus.

The source looks straight down on the detector. With `backgrounds.photos` the implants go into those pictures and
displace soft tissue; without photos the patient is drawn: tissue and bones round each implant.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synth.config import NonNegative, Positive, Section, Share, ShareRange, ordered
from synth.scene.ranges import SizeRange, some_positive
from synth.scene.shape_recipe import BonePlateRanges, ImplantRanges

ImplantSubstance = Literal["titanium", "steel", "cobalt_chrome", "silicone", "plastic"]
_Kev = Annotated[float, Field(ge=20, le=150)]
KevRange = Annotated[tuple[_Kev, _Kev], AfterValidator(ordered)]
_Distance = Annotated[float, Field(ge=0.3, le=9)]
DistanceRange = Annotated[tuple[_Distance, _Distance], AfterValidator(ordered)]
_Pixel = Annotated[float, Field(ge=0.02, le=1)]
PixelRange = Annotated[tuple[_Pixel, _Pixel], AfterValidator(ordered)]
_Quanta = Annotated[float, Field(ge=100, le=1e6)]
QuantaRange = Annotated[tuple[_Quanta, _Quanta], AfterValidator(ordered)]
_Blur = Annotated[float, Field(ge=0, le=5)]
BlurRange = Annotated[tuple[_Blur, _Blur], AfterValidator(ordered)]
_Density = Annotated[float, Field(ge=0.2, le=5)]
DensityRange = Annotated[tuple[_Density, _Density], AfterValidator(ordered)]
_Neck = Annotated[float, Field(ge=100, le=160)]
NeckRange = Annotated[tuple[_Neck, _Neck], AfterValidator(ordered)]


class StemRanges(Section):
    """A hip stem with its ball."""

    kind: Literal["stem"]
    length_range_mm: SizeRange = (110.0, 160.0)
    width_range_mm: SizeRange = (11.0, 17.0)
    neck_range_deg: NeckRange = (125.0, 140.0)
    neck_range_mm: SizeRange = (34.0, 44.0)
    head_range_mm: SizeRange = (26.0, 36.0)


def _named(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


XrayRanges = Annotated[
    Annotated[BonePlateRanges | StemRanges | ImplantRanges, Field(discriminator="kind")], BeforeValidator(_named)
]
USUAL: dict[str, dict[ImplantSubstance, float]] = {
    "bone_plate": {"titanium": 2.0, "steel": 1.0},
    "stem": {"titanium": 1.0, "cobalt_chrome": 1.0},
    "implant": {"silicone": 1.0},
    "mesh": {"titanium": 1.0},
}
SOFT_KEV = (34.0, 46.0)


class XraySubject(Section):
    """One kind of implant that is labelled.

    Attributes:
        shape: a bone plate, a hip stem or a breast implant; its kind alone, or with ranges.
        mesh: instead of a shape, pattern of names of closed meshes, whatever their case; one is drawn.
        category: class name.
        weight: how often it is drawn relative to the others.
        substances: weights; without them those usual for the shape, titanium for a mesh.
        energy_range_kev: of pictures of it; without it that of all, for a breast implant a softer one.
    """

    shape: XrayRanges | None = None
    mesh: Annotated[str, Field(min_length=1)] | None = None
    category: Annotated[str, Field(min_length=1)]
    weight: Positive = 1.0
    substances: Annotated[dict[ImplantSubstance, NonNegative], AfterValidator(some_positive)] | None = None
    energy_range_kev: KevRange | None = None

    @property
    def kind(self) -> str:
        """Of its shape, or "mesh"."""
        return "mesh" if self.shape is None else self.shape.kind

    @model_validator(mode="after")
    def _is_one_thing(self) -> XraySubject:
        if (self.mesh is None) == (self.shape is None):
            raise ValueError("a subject is either a mesh (a pattern of names) or a shape; give one of them")
        return self


class Xray(Section):
    """X-ray pictures.

    Attributes:
        subjects: implants; one a picture.
        empty_share: of pictures of anatomy without an implant.
        energy_range_kev: effective energy of the beam.
        distance_range_m: from the source to the detector.
        pixel_range_mm: of the detector: with the canvas it says how much is in the picture.
        quanta_range: of a pixel in the open beam, log-uniform; fewer are noisier.
        scatter_range: share of scattered rays.
        blur_range_px: sigma of focal spot and detector.
        density_range: optical density that white stands for in X-ray photos.
        white_range: the same where the patient is drawn, relative to the densest of the anatomy.
        collimated_share: of drawn patients that show the black border of the collimator.
        off_centre_range: how far the implant is off the middle, as a share of half the picture's shorter side.
    """

    subjects: Annotated[tuple[XraySubject, ...], Field(min_length=1)]
    empty_share: Share = 0.0
    energy_range_kev: KevRange = (52.0, 75.0)
    distance_range_m: DistanceRange = (1.0, 1.2)
    pixel_range_mm: PixelRange = (0.24, 0.4)
    quanta_range: QuantaRange = (2500.0, 20_000.0)
    scatter_range: ShareRange = (0.02, 0.12)
    blur_range_px: BlurRange = (0.5, 1.0)
    density_range: DensityRange = (1.6, 2.6)
    white_range: DensityRange = (1.1, 1.6)
    collimated_share: Share = 0.3
    off_centre_range: Annotated[tuple[Share, Share], AfterValidator(ordered)] = (0.0, 0.4)

    @model_validator(mode="after")
    def _has_subjects_in_view(self) -> Xray:
        if self.off_centre_range[1] > 0.9:
            raise ValueError(f"off_centre_range: must end at 0.9 at most, got {self.off_centre_range[1]:g}")
        return self
