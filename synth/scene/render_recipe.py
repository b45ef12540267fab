"""What a recipe says about rendered scenes: subjects, what stands round them, camera, light, ground and renderer.

Lengths are metres (millimetres for parts of small bodies). The camera and all else is relative to the first subject,
which stands on the ground over the origin. What belongs to one picture of several from one rendering is named `mix_...`
and `key_range`; everything else decides the rendering.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synth.config import NonNegative, Positive, Section, Share, ShareRange, ordered
from synth.scene.finish_recipe import Finishes, finishes
from synth.scene.ranges import StopsRange, TurnRange, some_positive
from synth.scene.shape_recipe import CARRIED, SLOTS, BlockRanges, ShapeRanges
from synth.scene.view_recipe import Views

_M = Annotated[float, Field(ge=0.001, le=1000)]
MetresRange = Annotated[tuple[_M, _M], AfterValidator(ordered)]
_Kelvin = Annotated[float, Field(ge=1700, le=20_000)]
KelvinRange = Annotated[tuple[_Kelvin, _Kelvin], AfterValidator(ordered)]
_Key = Annotated[float, Field(gt=0.001, le=1)]
KeyRange = Annotated[tuple[_Key, _Key], AfterValidator(ordered)]
_Strength = Annotated[float, Field(ge=0, le=1000)]
StrengthRange = Annotated[tuple[_Strength, _Strength], AfterValidator(ordered)]
_Elevation = Annotated[float, Field(ge=-90, le=90)]
ElevationRange = Annotated[tuple[_Elevation, _Elevation], AfterValidator(ordered)]
Counts = Annotated[dict[Annotated[int, Field(ge=0, le=50)], NonNegative], AfterValidator(some_positive)]
LampKind = Literal["point", "area", "sun", "spot"]
EnvironmentName = Literal[
    "city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset", "uniform", "folder"
]  # fmt: skip
GroundKind = Literal["plane", "sweep", "room", "none"]
Preset = Literal["draft", "fast", "quality", "eevee"]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise ValueError("at least one is needed")
    return value


Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed)]


class MeshFolder(Section):
    """A folder of meshes; see `synth.banks.meshes` for what its options mean.

    Attributes:
        folder: searched with all below it.
        unit: of the files' numbers; "auto" guesses.
        up: axis of the files that points up; "auto" guesses.
        longest_m: true length of the longest side of everything in it, where the files' numbers mean nothing.
        halves: of scans in two halves: show the one that the camera sees, or join them.
        most_faces: finer meshes are made coarser.
    """

    folder: Annotated[str, Field(min_length=1)]
    unit: Literal["auto", "m", "cm", "mm", "in"] = "auto"
    up: Literal["auto", "x", "y", "z", "-x", "-y", "-z"] = "auto"
    longest_m: _M | None = None
    halves: Literal["separate", "join"] = "separate"
    most_faces: Annotated[int, Field(ge=100, le=10_000_000)] = 200_000


class Subject(Section):
    """One kind of thing that is labelled: a mesh or a parametric body.

    Attributes:
        mesh: pattern of names of meshes (`*halloumi*`), whatever their case; one is drawn.
        shape: a parametric body; its kind alone, or with ranges.
        category: class name.
        weight: how often it is drawn relative to the other subjects.
        longest_range_m: true length of a mesh's longest side; None: as its file says.
        serial: name of the design whose serial it carries.
        aim: what the camera looks at and `fill_range` measures: the body, or the part that carries the serial.
        labelled: which of a shape's slots the label encloses, as [chip] of an implant; None: all, of a ring without
            its leg.
        surfaces: of the body's slots by their names ("scan": all of a mesh); others have those usual for the shape.
        turn_range_deg: about the vertical; at 0 its front (-y) faces the camera.
        tumble_share: lie on another side than the one that they stand on.
        key_range: brightness that it is exposed to, where it differs from the others'.
    """

    mesh: Annotated[str, Field(min_length=1)] | None = None
    shape: ShapeRanges | None = None
    category: Annotated[str, Field(min_length=1)]
    weight: Positive = 1.0
    longest_range_m: MetresRange | None = None
    serial: str | None = None
    aim: Literal["body", "serial"] = "body"
    labelled: Annotated[tuple[str, ...], AfterValidator(_some)] | None = None
    surfaces: dict[str, Finishes] = {}
    turn_range_deg: TurnRange = (0.0, 360.0)
    tumble_share: Share = 0.0
    key_range: KeyRange | None = None

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of its surfaces."""
        return ("scan",) if self.shape is None else SLOTS[self.shape.kind]

    @model_validator(mode="after")
    def _is_one_thing(self) -> Subject:
        if (self.mesh is None) == (self.shape is None):
            raise ValueError("a subject is either a mesh (a pattern of names) or a shape; give one of them")
        if self.shape is not None and self.longest_range_m is not None:
            raise ValueError("longest_range_m: only a mesh takes it; a shape has ranges of its own")
        if self.serial is not None and (self.shape is None or self.shape.kind not in CARRIED):
            raise ValueError(f"serial: only {', '.join(CARRIED)} have a place for one")
        if self.aim == "serial" and (self.shape is None or self.shape.kind not in CARRIED):
            raise ValueError(f"aim: only {', '.join(CARRIED)} have a place for a serial")
        if self.labelled is not None and self.shape is None:
            raise ValueError("labelled: only the parts of a shape have names; leave it away, a mesh is labelled whole")
        for key, names in (("surfaces", self.surfaces), ("labelled", self.labelled or ())):
            unknown = [name for name in names if name not in self.slots]
            if unknown:
                raise ValueError(f"{key}: there is no {unknown[0]!r}; its surfaces are {', '.join(self.slots)}")
        return self


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


class Ground(Section):
    """What things stand on; see `synth.shapes.records.GroundShape`.

    Attributes:
        kinds: weights.
        size_range_m: side of the floor.
        surfaces: of floor and walls.
        textures: folders of pictures to lay on the floor (`embedded`: the photos of the package).
        texture_share: of floors that show one, if there are any.
        tile_range_m: over which a picture repeats.
    """

    kinds: Annotated[dict[GroundKind, NonNegative], AfterValidator(some_positive)] = {"plane": 1.0}
    size_range_m: MetresRange = (3.0, 6.0)
    surfaces: Finishes = finishes("wood", "cloth", "stone", "paint", "plastic", "paper", "carpet", "tiles")
    textures: Texts = ()
    texture_share: Share = 0.3
    tile_range_m: MetresRange = (0.3, 1.2)

    @property
    def is_sure(self) -> bool:
        """Whether there always is one."""
        return self.kinds.get("none", 0) == 0


class Fall(Section):
    """Things fall and settle before the picture is taken: share of scenes, height above the ground, friction."""

    share: Share = 0.0
    height_range_m: MetresRange = (0.05, 0.2)
    friction_range: ShareRange = (0.4, 0.8)
    bounce_range: ShareRange = (0.0, 0.2)


class Rendering(Section):
    """What differs from the preset's renderer; see `synth.scene.stage.Engine`."""

    samples: Annotated[int, Field(ge=1, le=65536)] | None = None
    noise: Share | None = None
    denoise: bool | None = None
    bounces: Annotated[int, Field(ge=0, le=64)] | None = None
    device: Literal["cpu", "gpu"] = "cpu"


class Render(Section):
    """Rendered scenes.

    Attributes:
        subjects: what is labelled.
        count_weights: weights of the number of subjects in a scene.
        distractors, occluders, camera, lights, environment, ground, drop: see their classes.
        scene: a .blend file that brings ground and light: "studio", "tabletop", "field", or a path.
        output: "whole" scenes, or a "layer" over the recipe's backgrounds, where grounds only catch shadows.
        shadow_share: of layers that cast a shadow on what lies below.
        photo_fit_range: how far a layer takes over light, colour and blur of the photo below.
        preset: "draft" (one sample), "fast" (4, denoised), "quality" (32, denoised), "eevee".
        engine: what differs from it.
        images_per_render: so many consecutive images show one scene, each with its own mix of the lamps' light,
            background, exposure and camera effects.
        mix_range_stops: how far each lamp's light is turned up or down in such an image.
        mix_tint_range: how far its colour moves between blue and orange.
        key_range: brightness of the subject's middle tones in the picture, linear; 0.18 is a mid-grey. Of a tag it is
            that of a light grey one; others come out as much darker or brighter.
        toe_range: linear light below which tones sink into black, as in a phone's contrasty pictures.
    """

    subjects: Annotated[tuple[Subject, ...], AfterValidator(_some)]
    count_weights: Annotated[dict[Annotated[int, Field(ge=1, le=50)], NonNegative], AfterValidator(some_positive)] = {
        1: 1.0
    }
    distractors: Clutter = Clutter()
    occluders: Screens = Screens()
    camera: Views = Views()
    lights: Lights = Lights()
    environment: Surroundings = Surroundings()
    ground: Ground = Ground()
    drop: Fall = Fall()
    scene: str | None = None
    output: Literal["whole", "layer"] = "whole"
    shadow_share: Share = 0.5
    photo_fit_range: ShareRange = (0.3, 0.9)
    preset: Preset = "fast"
    engine: Rendering = Rendering()
    images_per_render: Annotated[int, Field(ge=1, le=64)] = 1
    mix_range_stops: StopsRange = (-1.0, 1.0)
    mix_tint_range: ShareRange = (0.0, 0.15)
    key_range: KeyRange = (0.12, 0.3)
    toe_range: ShareRange = (0.0, 0.03)

    @property
    def most_subjects(self) -> int:
        """In one scene."""
        return max(count for count, weight in self.count_weights.items() if weight > 0)

    @property
    def has_ground(self) -> bool:
        """Whether there may be something that the camera cannot look through from below."""
        if self.output == "layer":
            return self.shadow_share > 0
        return self.scene is not None or any(w > 0 for kind, w in self.ground.kinds.items() if kind != "none")

    @model_validator(mode="after")
    def _goes_together(self) -> Render:
        if self.scene is not None:
            for key in ("lights", "environment", "ground"):
                if getattr(self, key) != type(self).model_fields[key].default:
                    raise ValueError(f"{key}: the .blend file of scene brings its own; leave one of the two away")
            if self.output == "layer":
                raise ValueError("output: a .blend file is rendered whole; leave scene away to make layers")
        if self.distractors.printed_share and not self.ground.textures:
            raise ValueError("distractors.printed_share: the pictures are those of ground.textures; give their folders")
        if self.output == "layer" and self.ground != Ground():
            raise ValueError("ground: a layer's ground only catches its shadow (shadow_share); leave it away")
        if self.has_ground and self.camera.top_deg < self.camera.lowest_deg:
            raise ValueError(
                f"camera.place: where there is a ground the camera stays above {self.camera.lowest_deg:g} degrees "
                f"(lowest_deg), and it never gets higher than {self.camera.top_deg:g}; raise it, or use no ground"
            )
        if self.drop.share and self.scene is None and not self.ground.is_sure:
            raise ValueError("drop: things need a ground to fall on; leave `none` out of ground.kinds")
        return self
