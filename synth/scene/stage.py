"""A scene in space, decided: what stands where, what it is made of, the light and the camera. Part of a spec.

World: metres, right-handed, +z up; a camera or a lamp looks along its own -z, +y is its top (Blender's axes).
Colours are sRGB in [0, 255] for surfaces, linear factors for light.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from synth import limits
from synth.geometry.pose import Pose
from synth.serials.tag import SerialTag
from synth.shapes.records import Shape

Linear = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
LinearColour = tuple[Linear, Linear, Linear]
Metres = Annotated[float, msgspec.Meta(gt=0, le=10_000)]
Group = Annotated[int, msgspec.Meta(ge=0, le=7)]
Role = Literal["subject", "distractor", "occluder", "ground"]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all parts: frozen, compared by value, strict when read."""


class Lens(Record, frozen=True):
    """Focal length and width of the sensor's longer side, mm; f-number and focus distance blur what is not in focus
    (None: all is sharp).
    """

    focal_mm: Annotated[float, msgspec.Meta(ge=1, le=10_000)] = 50.0
    sensor_mm: Annotated[float, msgspec.Meta(ge=1, le=1000)] = 36.0
    f_stop: Annotated[float, msgspec.Meta(ge=0.01, le=1000)] | None = None
    focus_m: Metres = 1.0


class Viewpoint(Record, frozen=True):
    """The camera: pose (world from camera, Blender's axes) and lens."""

    pose: Pose
    lens: Lens = Lens()


class Lamp(Record, frozen=True):
    """A light.

    Attributes:
        kind: "point", "area" (a square) , "spot", or "sun" (its place does not matter).
        pose: of it; it shines along its own -z.
        power: W, of a sun W/m2.
        colour: linear.
        size_m: radius of a point or spot, side of an area; of a sun its angle in degrees.
        group: number of the light group, whose light can be changed after rendering.
        spot_deg: opening of a spot.
    """

    kind: Literal["point", "area", "spot", "sun"]
    pose: Pose
    power: Linear
    colour: LinearColour = (1.0, 1.0, 1.0)
    size_m: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.1
    group: Group = 0
    spot_deg: Annotated[float, msgspec.Meta(ge=1, le=180)] = 45.0


class Environment(Record, frozen=True):
    """Light from all round.

    Attributes:
        image: id of an equirectangular picture in the catalogue ("blender/city" for one that Blender brings); None: a
            uniform colour.
        colour: linear; of an image a factor.
        strength: factor.
        turn_deg: about +z.
        group: of its light.
        seen: whether the camera sees it, else black or, with a transparent film, nothing.
    """

    image: str | None = None
    colour: LinearColour = (1.0, 1.0, 1.0)
    strength: Linear = 1.0
    turn_deg: limits.Degrees = 0.0
    group: Group = 0
    seen: bool = True


class Texture(Record, frozen=True):
    """Colour that varies over a surface.

    Attributes:
        kind: "image" (by the mesh's texture coordinates), or drawn in space: "noise", "marble", "wood", "bricks",
            "checker", "weave", "speckles".
        image: id of an "image" in the catalogue.
        second: the other colour of a drawn one.
        scale_m: size of its features.
        seed: of a drawn one.
    """

    kind: Literal["image", "noise", "marble", "wood", "bricks", "checker", "weave", "speckles"]
    image: str | None = None
    second: limits.Colour = (128, 128, 128)
    scale_m: Metres = 0.1
    seed: limits.Seed = 0


class Surface(Record, frozen=True):
    """What one slot of a body is made of, in terms of Blender's Principled BSDF.

    Attributes:
        colour: of it; multiplies a scan's own texture.
        texture: over it; None: plain, or for a scanned mesh its own texture.
        roughness, metallic, specular, coat, sheen: as there.
        transmission: share of light that goes through; with ior the index of refraction.
        subsurface: share of light that scatters below the surface, with its reach in mm.
        bump: strength of fine relief, in [0, 1], with features of `bump_mm`; `bump_seed` decides it.
        brushed_deg: direction of brush marks on metal (along the texture's u at 0); None: none.
    """

    colour: limits.Colour = (200, 200, 200)
    texture: Texture | None = None
    roughness: limits.Share = 0.5
    metallic: limits.Share = 0.0
    specular: limits.Share = 0.5
    coat: limits.Share = 0.0
    sheen: limits.Share = 0.0
    transmission: limits.Share = 0.0
    ior: Annotated[float, msgspec.Meta(ge=1, le=4)] = 1.45
    subsurface: limits.Share = 0.0
    subsurface_mm: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 2.0
    bump: limits.Share = 0.0
    bump_mm: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 0.5
    bump_seed: limits.Seed = 0
    brushed_deg: limits.Degrees | None = None


class ScanSource(Record, frozen=True, tag="scan"):
    """A mesh of the catalogue; of a scan in two halves, one is named by its own id."""

    mesh: str


class ShapeSource(Record, frozen=True, tag="shape"):
    """A parametric body."""

    shape: Shape


class Thing(Record, frozen=True):
    """A body in the scene.

    Attributes:
        name: unique in the scene.
        source: its mesh.
        pose: world from its own frame (metres); before a drop.
        role: what it is there for; only subjects are labelled.
        surfaces: of its slots in order; empty for a scan that keeps its own.
        category: of a subject.
        identity: what must not straddle a split.
        serial: the tag that it carries where its mesh has a place for one. Its body's (u, v) are the mesh's decal mm.
        labelled: names of a shape's slots that its label encloses; empty: as the shape says.
        min_cap_px: if letters of the serial that are seen are less high in the picture, it is drawn again.
        falls: moves in a drop.
        catches_shadow: is seen only by the shadows on it (with a transparent film).
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    source: ScanSource | ShapeSource
    pose: Pose
    role: Role = "subject"
    surfaces: tuple[Surface, ...] = ()
    category: str | None = None
    identity: str | None = None
    serial: SerialTag | None = None
    labelled: tuple[str, ...] = ()
    min_cap_px: limits.Level = 0.0
    falls: bool = False
    catches_shadow: bool = False


class Drop(Record, frozen=True):
    """Things fall for so long, then the picture is taken."""

    seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 3.0
    friction: limits.Share = 0.6
    bounce: limits.Share = 0.1


class BlendScene(Record, frozen=True):
    """A .blend file that the things are put into, randomised by the names of its collections.

    Attributes:
        file: "studio", "tabletop", "field" (of the package) or the id of a user's file in the catalogue.
        sha256: of the file.
        draws: numbers in [0, 1) that its objects take in the order of their names; see `synth.blender.scenery`.
        light_stops: how far the lamps of "synth.lights" may go up and down.
        prop_share: how many objects of "synth.props" stay.
    """

    file: str
    sha256: str
    draws: Annotated[tuple[limits.Share, ...], msgspec.Meta(min_length=1, max_length=256)]
    light_stops: Annotated[float, msgspec.Meta(ge=0, le=8)] = 1.0
    prop_share: limits.Share = 0.7


class Engine(Record, frozen=True):
    """How it is rendered.

    Attributes:
        kind: "cycles" or "eevee".
        samples: per pixel, at most.
        noise: adaptive sampling stops below this; 0 takes all samples.
        denoise: with Open Image Denoise, fast.
        bounces: of light.
        device: "cpu" (the same bytes everywhere) or "gpu" (whichever Blender finds).
    """

    kind: Literal["cycles", "eevee"] = "cycles"
    samples: Annotated[int, msgspec.Meta(ge=1, le=65536)] = 4
    noise: limits.Share = 0.0
    denoise: bool = True
    bounces: Annotated[int, msgspec.Meta(ge=0, le=64)] = 4
    device: Literal["cpu", "gpu"] = "cpu"


class Stage(Record, frozen=True):
    """A whole scene.

    Attributes:
        camera: where it is seen from.
        things: all bodies, the ground among them.
        lamps, environment: the light.
        engine: how it is rendered.
        film_transparent: where nothing is, the picture is transparent.
        drop: None: everything stays where it is.
        blend: a .blend file round it all.
        seed: of the renderer's noise.
    """

    camera: Viewpoint
    things: Annotated[tuple[Thing, ...], msgspec.Meta(max_length=1000)]
    lamps: Annotated[tuple[Lamp, ...], msgspec.Meta(max_length=100)] = ()
    environment: Environment = Environment()
    engine: Engine = Engine()
    film_transparent: bool = False
    drop: Drop | None = None
    blend: BlendScene | None = None
    seed: limits.Seed = 0
