"""What was drawn: one frozen, JSON-typed record per image, enough to make the image again, byte for byte.

Frames. *Asset* coordinates: continuous px of a cut-out or photo, origin at its top-left corner. *Canvas* coordinates:
continuous px of the finished image. A layer's `matrix` is the 3x3 homography (row-major, nine floats) from its asset to
the canvas; it holds position, scale, rotation, mirror image and perspective. Colours are RGB in [0, 255].
Layers are painted in order: a later one hides an earlier one.
World coordinates (for rendered layers): see `synth.scene.stage`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from synth import limits
from synth.errors import ConfigError
from synth.scene.stage import LinearColour, Stage, Thing, Viewpoint
from synth.serials.tag import SerialTag

BlendKind = Literal["hard", "feather", "gaussian", "seamless_normal", "seamless_mixed", "seamless_monochrome"]
XY = limits.XY
Matrix9 = limits.Matrix9


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all parts of a spec: frozen, compared by value, strict when read."""


class Blend(Record, frozen=True):
    """How a layer's pixels are joined to those below.

    Attributes:
        kind: see `synth.compositing.blends`.
        width_px: width of the soft edge of "feather", sigma of "gaussian"; 0 for the others.
    """

    kind: BlendKind
    width_px: limits.Radius = 0.0


class PhotoBackground(Record, frozen=True, tag="photo"):
    """A crop of a photo at its native resolution.

    Attributes:
        photo: id in the catalogue.
        x: left edge of the crop in the photo, px, a multiple of 16 (so that JPEG's blocks stay aligned).
        y: top edge, likewise.
        mirrored: whether the crop is flipped left to right.
    """

    photo: str
    x: limits.Edge
    y: limits.Edge
    mirrored: bool = False


class ProceduralBackground(Record, frozen=True, tag="procedural"):
    """A drawn background, see `synth.banks.procedural`.

    Attributes:
        kind: which texture.
        seed: of the texture, in [0, 2**32).
        scale_px: size of its largest features.
        octaves: number of finer layers.
        colours: two to four colours that its values are mapped to.
    """

    kind: Literal["noise", "turbulence", "metaballs"]
    seed: limits.Seed
    scale_px: Annotated[float, msgspec.Meta(ge=1, le=16384)]
    octaves: Annotated[int, msgspec.Meta(ge=1, le=16)]
    colours: Annotated[tuple[limits.Colour, ...], msgspec.Meta(min_length=2, max_length=4)]


class PlainBackground(Record, frozen=True, tag="plain"):
    """One colour: what lies under a rendered picture that fills the canvas."""

    colour: limits.Colour = (0, 0, 0)


class TagLayer(Record, frozen=True, tag="tag"):
    """A cut-out of a bank.

    Attributes:
        tag: id in the catalogue.
        matrix: asset to canvas.
        blend: how it is joined.
        gain: factor per colour channel, applied before blending (fits the tag to the light of its new place).
        offset: added per colour channel after the gain, grey levels (the cast of its new place).
        grey: drop its colour first (a colour tag in an infrared photo).
        blur_px: sigma that makes it as soft as the photo it goes into; 0 leaves it.
        noise: standard deviation of grain added to it, grey levels; 0 leaves it.
        noise_seed: of that grain.
        context_px: how much of the cut-out's surroundings a seamless blend brings along, canvas px; never labelled.
        blank: paint its glyphs over (a negative paste).
        labelled: whether it becomes an annotation; negatives do not.
    """

    tag: str
    matrix: Matrix9
    blend: Blend
    gain: limits.Gain = (1.0, 1.0, 1.0)
    offset: tuple[limits.Offset, limits.Offset, limits.Offset] = (0.0, 0.0, 0.0)
    grey: bool = False
    blur_px: limits.Radius = 0.0
    noise: limits.Level = 0.0
    noise_seed: limits.Seed = 0
    context_px: limits.Radius = 0.0
    blank: bool = False
    labelled: bool = True


class SerialLayer(Record, frozen=True, tag="serial"):
    """A tag that is drawn, or a cut-out with another serial on it.

    Attributes:
        design: name of its design in the recipe.
        category: class name.
        serial: the tag itself, in millimetres.
        matrix: its body (mm) to the canvas.
        blend, gain, offset, grey, blur_px, noise, noise_seed, context_px, labelled: as of a `TagLayer`. A blank one
            has no inscriptions and is not labelled.
    """

    design: str
    category: str
    serial: SerialTag
    matrix: Matrix9
    blend: Blend
    gain: limits.Gain = (1.0, 1.0, 1.0)
    offset: tuple[limits.Offset, limits.Offset, limits.Offset] = (0.0, 0.0, 0.0)
    grey: bool = False
    blur_px: limits.Radius = 0.0
    noise: limits.Level = 0.0
    noise_seed: limits.Seed = 0
    context_px: limits.Radius = 0.0
    labelled: bool = True


class PatchLayer(Record, frozen=True, tag="patch"):
    """A patch of a photo pasted elsewhere, so that a seam is no evidence of a tag. Never labelled.

    Attributes:
        photo: id of the photo that it is cut from.
        outline: its polygon in that photo, px.
        matrix: photo to canvas.
        blend: how it is joined.
        gain: factor per colour channel, applied before blending.
        grey: drop its colour first.
        occludes: whether it stands for something in front (an occluder) rather than on the ground (a negative).
    """

    photo: str
    outline: limits.Outline
    matrix: Matrix9
    blend: Blend
    gain: limits.Gain = (1.0, 1.0, 1.0)
    grey: bool = False
    occludes: bool = False


class StrokeLayer(Record, frozen=True, tag="strokes"):
    """Drawn occluders: blades of grass, stems, feathers.

    Attributes:
        strokes: each a tapered, curved band.
    """

    strokes: Annotated[tuple[Stroke, ...], msgspec.Meta(max_length=10_000)]


class Stroke(Record, frozen=True):
    """A tapered band along a quadratic Bezier curve, shaded across its width.

    Attributes:
        start, control, end: canvas px.
        width_px: at the start; it narrows to `tip_px` at the end.
        tip_px: width at the end.
        colour: RGB along its middle.
        shade: how much darker its edges are, in [0, 1].
        barbs: spacing of barbs in px (feathers); 0 for a plain blade.
    """

    start: XY
    control: XY
    end: XY
    width_px: limits.Length
    tip_px: limits.Length
    colour: limits.Colour
    shade: limits.Share = 0.4
    barbs: limits.Level = 0.0


class BlobLayer(Record, frozen=True, tag="blob"):
    """A drawn distractor: a plain, shaded shape that is no tag. Never labelled.

    Attributes:
        outline: polygon, canvas px.
        colour: RGB.
        shading: relative brightness at the outline's two ends along `shading_deg`.
        shading_deg: direction of that gradient.
        blend: how it is joined.
        noise: standard deviation of its grain, grey levels.
        noise_seed: of that grain.
    """

    outline: limits.Outline
    colour: limits.Colour
    shading: tuple[limits.Level, limits.Level]
    shading_deg: limits.Degrees
    blend: Blend
    noise: limits.Level = 0.0
    noise_seed: limits.Seed = 0


class RenderLayer(Record, frozen=True, tag="render"):
    """A scene that Blender renders over the whole canvas; where its film is transparent, what lies below shows.

    Images that differ in the fields below `stage` alone share one rendering.

    Attributes:
        stage: the scene.
        mix: gain of the light of each group, linear; groups that are not named stay.
        key: brightness that the middle of the subjects' linear luminance is exposed to, in [0, 1].
        shoulder: how softly highlights run into white, in [0, 1]; 0 cuts them off.
        toe: linear light below which tones sink into black, as cameras' tone curves do; 0: tones are the light itself.
        shadow: strength of the shadows that it casts on what lies below, in [0, 1].
        fit_gain: factor per colour channel (fits it to the light of the photo below).
        blur_px: sigma that makes it as soft as the photo below.
    """

    stage: Stage
    mix: Annotated[tuple[LinearColour, ...], msgspec.Meta(max_length=8)] = ()
    key: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.18
    shoulder: limits.Share = 0.5
    toe: limits.Share = 0.0
    shadow: limits.Share = 1.0
    fit_gain: limits.Gain = (1.0, 1.0, 1.0)
    blur_px: limits.Radius = 0.0


Substance = Literal[
    "titanium", "steel", "cobalt_chrome", "cortex", "marrow", "tissue", "fat", "silicone", "plastic", "air"
]


class XrayThing(Record, frozen=True):
    """A body in the beam, and the substance of each of its slots."""

    thing: Thing
    substances: Annotated[tuple[Substance, ...], msgspec.Meta(min_length=1, max_length=16)]


class XrayLayer(Record, frozen=True, tag="xray"):
    """Bodies that attenuate an X-ray picture which lies below (Beer-Lambert), with the detector's noise.

    Attributes:
        view: the source is at its place; the detector is as far away as the lens is long, and as large as its sensor.
        things: the bodies; where they overlap, the later one displaces the earlier one.
        displaced: what the bodies displace in the picture below.
        energy_kev: effective energy of the beam.
        quanta: number of quanta of a pixel in the open beam; fewer are noisier.
        scatter: share of scattered rays, in [0, 1].
        blur_px: sigma of focal spot and detector.
        noise_seed: of the quanta.
        below_range: optical density that the picture below's most transparent and most dense grey stand for.
        bright_is_dense: whether what is dense is bright, in the picture below as in the finished one.
        below_is_exposed: whether the picture below is an X-ray picture with a scatter, blur and noise of its own; then
            only what the bodies change of them is added.
        field_px: the collimator's opening, xyxy px of the picture; beyond it the picture is black. None: all of it.
    """

    view: Viewpoint
    things: Annotated[tuple[XrayThing, ...], msgspec.Meta(min_length=1, max_length=100)]
    energy_kev: Annotated[float, msgspec.Meta(ge=20, le=150)] = 60.0
    quanta: Annotated[float, msgspec.Meta(ge=10, le=1e8)] = 4000.0
    scatter: limits.Share = 0.1
    blur_px: limits.Radius = 0.7
    noise_seed: limits.Seed = 0
    displaced: Substance = "air"
    below_range: tuple[limits.Level, limits.Level] = (0.0, 2.0)
    bright_is_dense: bool = True
    below_is_exposed: bool = False
    field_px: tuple[limits.Place, limits.Place, limits.Place, limits.Place] | None = None


Layer = TagLayer | SerialLayer | PatchLayer | StrokeLayer | BlobLayer | RenderLayer | XrayLayer


class Rain(Record, frozen=True):
    """Streaks of rain: count, length, direction (0 = straight down), opacity in [0, 1] and seed of their places."""

    count: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    length_px: limits.Length
    angle_deg: limits.Degrees
    opacity: limits.Share
    seed: limits.Seed


class CameraEffects(Record, frozen=True):
    """What the camera did, in the order of physics: rain, defocus, motion, vignette, white balance, exposure, infrared,
    noise, down-sampling. A value that does nothing is the default.

    Attributes:
        rain: streaks in front of the lens.
        defocus_px: radius of the blur disc.
        motion_px: length of the motion blur.
        motion_deg: its direction, 0 = along +x, counter-clockwise.
        vignette: loss of light in the corners, in [0, 1].
        white_balance: gain of red, green and blue.
        exposure: gain in linear light, as a factor.
        gamma: exponent applied to values in [0, 1].
        infrared: grey picture, as a camera trap takes at night.
        shot_noise: standard deviation at mid-grey that grows with the root of the signal, grey levels.
        read_noise: standard deviation everywhere, grey levels.
        noise_seed: of both.
        downsample: the picture is made this factor smaller and enlarged again, >= 1.
    """

    rain: Rain | None = None
    defocus_px: limits.Radius = 0.0
    motion_px: Annotated[float, msgspec.Meta(ge=0, le=512)] = 0.0
    motion_deg: limits.Degrees = 0.0
    vignette: limits.Share = 0.0
    white_balance: limits.Gain = (1.0, 1.0, 1.0)
    exposure: limits.Factor = 1.0
    gamma: limits.Factor = 1.0
    infrared: bool = False
    shot_noise: limits.Level = 0.0
    read_noise: limits.Level = 0.0
    noise_seed: limits.Seed = 0
    downsample: Annotated[float, msgspec.Meta(ge=1, le=64)] = 1.0


class GlyphLimits(Record, frozen=True):
    """When a paste is refused because its writing is lost.

    Attributes:
        min_contrast: contrast that remains, relative to the cut-out's own, in [0, 1].
        min_levels: contrast that remains, grey levels between light and dark.
        max_clipped: share of the tag's pixels at 0 or 255 that were not there before, in [0, 1].
    """

    min_contrast: limits.Share = 0.5
    max_clipped: limits.Share = 0.15
    min_levels: limits.Level = 0.0


class ImageSpec(Record, frozen=True):
    """One image, decided.

    Attributes:
        index: position in the dataset.
        attempt: how many draws of this index were rejected.
        seed: the dataset's.
        split: "train", "validation", "test" or as the recipe names them.
        file_name: base name, e.g. "rings_000012.jpg".
        width_px, height_px: size of the canvas.
        background: what lies under the layers.
        kept_annotations: whether labels of the background photo are carried over.
        layers: painted in order.
        min_visibility: a labelled tag that is less visible than this makes the scene a reject.
        glyph_limits: when a paste is refused.
        camera: effects on the whole picture.
        jpeg_quality: 1 to 100.
    """

    index: limits.Number
    attempt: limits.Number
    seed: limits.Number
    split: str
    file_name: str
    width_px: limits.Side
    height_px: limits.Side
    background: PhotoBackground | ProceduralBackground | PlainBackground
    kept_annotations: bool
    layers: Annotated[tuple[Layer, ...], msgspec.Meta(max_length=10_000)]
    min_visibility: limits.Share
    glyph_limits: GlyphLimits
    camera: CameraEffects
    jpeg_quality: Annotated[int, msgspec.Meta(ge=1, le=100)]

    def to_json(self) -> bytes:
        """Compact JSON, equal for equal specs."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> ImageSpec:
        """Reads what `to_json` wrote; ConfigError says what is wrong and where in it."""
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.DecodeError as error:
            raise ConfigError(f"not an image spec of this version: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON types."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built
