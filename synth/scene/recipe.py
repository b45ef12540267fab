"""The recipe: what a user writes to say what may be drawn.

Every value is fixed, a weight, a share in [0, 1] (how often something happens) or a range `[low, high]` from which one
value is drawn per image or paste; a fixed value is a range with equal ends. Units stand in the names. Paths are
relative to the folder in which the command runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synth.assets import asset_folder
from synth.config import (
    NonNegative,
    Positive,
    PositiveRange,
    Range,
    Section,
    Share,
    ShareRange,
    load_section,
    ordered,
)
from synth.errors import AssetError, ConfigError, SynthError
from synth.labels.sample import CHARACTERS_38
from synth.scene.designs import Design, characters_of
from synth.scene.legal import grammar_of
from synth.scene.ranges import (
    FactorRange,
    LengthRange,
    Level,
    LevelRange,
    MotionRange,
    RadiusRange,
    ShrinkRange,
    StopsRange,
    StreakRange,
    TintRange,
    TurnRange,
    some_positive,
)
from synth.scene.render_recipe import MeshFolder, Render
from synth.scene.shape_recipe import CARRIED
from synth.scene.spec import BlendKind
from synth.scene.xray_recipe import Xray
from synth.serials.grammar import read_serials
from synth.serials.text_files import read_alphabet

SHOWN = 20
PASTING = ("tags", "distractors", "fit", "blends", "negatives", "occluders", "refusal")
EMBEDDED = "embedded"
"""Names the photos that ship with the package."""
BLEND_KINDS: tuple[BlendKind, ...] = (
    "hard",
    "feather",
    "gaussian",
    "seamless_normal",
    "seamless_mixed",
    "seamless_monochrome",
)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _area(value: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if value[0] >= value[2] or value[1] >= value[3]:
        raise ValueError("an empty area: left must be below right and top below bottom")
    return value


Folder = Annotated[str, Field(min_length=1)]


class BankSource(Section):
    """A tag bank, as `synth cut` writes it.

    Attributes:
        bank: its folder.
        weight: how often its tags are drawn relative to the other banks'.
        unusable: also draw cut-outs that are marked too small, blurred or truncated.
    """

    bank: Folder
    weight: Positive = 1.0
    unusable: bool = False


def _banks(value: Any) -> Any:
    return [{"bank": part} if isinstance(part, str) else part for part in _listed(value)] if value else value


Banks = Annotated[tuple[BankSource, ...], BeforeValidator(_banks)]


def _mesh_folders(value: Any) -> Any:
    return [{"folder": part} if isinstance(part, str) else part for part in _listed(value)] if value else value


MeshFolders = Annotated[tuple[MeshFolder, ...], BeforeValidator(_mesh_folders)]
Polygon = Annotated[tuple[tuple[Share, Share], ...], Field(min_length=3)]


class Canvas(Section):
    """Size of the finished images, px."""

    width_px: Annotated[int, Field(ge=32, le=8192)] = 640
    height_px: Annotated[int, Field(ge=32, le=8192)] = 640


class Backgrounds(Section):
    """What lies under the tags: native-resolution crops of photos, or drawn textures.

    Attributes:
        photos: folders of photos (`embedded`: those of the package); hand labels in them are found and respected.
        hand_labels: "avoid": crops never touch a labelled object; "keep": such objects stay and keep their label.
        area: the part of every photo that may be used, relative (left, top, right, bottom): leaves out date stamps and
            logos.
        mirrored_share: how many crops are flipped left to right (never where hand labels are kept).
        procedural_share: how many backgrounds are drawn although there are photos; without photos all are.
        procedural_kinds: weights of the drawn textures.
    """

    photos: Annotated[tuple[Folder, ...], BeforeValidator(_listed)] = ()
    hand_labels: Literal["avoid", "keep"] = "avoid"
    area: Annotated[tuple[Share, Share, Share, Share], AfterValidator(_area)] = (0.0, 0.0, 1.0, 1.0)
    mirrored_share: Share = 0.5
    procedural_share: Share = 0.0
    procedural_kinds: Annotated[
        dict[Literal["noise", "turbulence", "metaballs"], NonNegative], AfterValidator(some_positive)
    ] = {"noise": 1.0, "turbulence": 1.0, "metaballs": 1.0}


class Where(Section):
    """Where tags may go.

    Attributes:
        kind: "uniform"; "region": only inside `polygons` or the white part of `mask`; "context": places whose light and
            height in the frame resemble those that the tag was cut from.
        polygons: corners relative to the photo, (0, 0) top left to (1, 1) bottom right.
        mask: a black-and-white picture that covers the photo; read once, when the recipe is loaded.
        light_sigma: context: tolerated difference in brightness, grey levels.
        height_sigma: context: tolerated difference in height, as a share of the photo's height.
    """

    kind: Literal["uniform", "region", "context"] = "uniform"
    polygons: tuple[Polygon, ...] = ()
    mask: str | None = None
    light_sigma: Positive = 35.0
    height_sigma: Positive = 0.3

    @model_validator(mode="after")
    def _region_is_given(self) -> Where:
        if (self.kind == "region") != bool(self.polygons or self.mask):
            raise ValueError("kind: region needs polygons or a mask, and only kind: region takes them")
        return self


class Truncation(Section):
    """Tags cut by the image's border: how many, and how much of the tag's box stays inside."""

    share: Share = 0.05
    visible_range: ShareRange = (0.45, 0.9)


class Placement(Section):
    """How many tags, where, how large, how turned.

    Attributes:
        count_weights: weights of the number of tags on an image; 0 makes images without any.
        where: see `Where`.
        scale_range: enlargement relative to the cut-out's native size, drawn log-uniformly.
        min_side_px: the shorter side of a tag on the canvas is at least this.
        rotation_range_deg: turn, counter-clockwise.
        perspective_range: relative foreshortening across the tag; the direction is drawn.
        flip: "never" (writing stays readable), "horizontal", or "both".
        max_overlap: how much of the smaller of two tags' boxes the other may cover.
        truncation: see `Truncation`.
        min_visibility: a scene in which a labelled tag is less visible than this is drawn again.
    """

    count_weights: Annotated[dict[Annotated[int, Field(ge=0, le=50)], NonNegative], AfterValidator(some_positive)] = {
        0: 0.35,
        1: 0.5,
        2: 0.15,
    }
    where: Where = Where()
    scale_range: PositiveRange = (0.5, 1.1)
    min_side_px: Positive = 12.0
    rotation_range_deg: Range = (-15.0, 15.0)
    perspective_range: ShareRange = (0.0, 0.1)
    flip: Literal["never", "horizontal", "both"] = "never"
    max_overlap: Share = 0.0
    truncation: Truncation = Truncation()
    min_visibility: Share = 0.35


class Fit(Section):
    """How far a tag is fitted to its new place; 0 leaves it, 1 fits it wholly.

    Attributes:
        light_range: brightness, towards that of the site relative to where the tag was cut from.
        cast_range: colour cast, towards that of the site relative to where the tag was cut from.
        tint_range: standard deviation of a random colour cast (relative).
        sharpness: blur a tag that is sharper than the photo.
        noise: add grain to a tag that has less than the photo.
    """

    light_range: ShareRange = (0.3, 0.9)
    cast_range: ShareRange = (0.0, 0.4)
    tint_range: TintRange = (0.0, 0.03)
    sharpness: bool = True
    noise: bool = True


class Blends(Section):
    """How pastes are joined. One blend serves all pastes of an image.

    Attributes:
        weights: of the blends.
        same_scene: draw every scene once in each blend of positive weight, as consecutive images, so that only the seam
            differs (Dwibedi et al. 2017).
        context_range_px: how much of a tag's surroundings the seamless blends bring along, px of the cut-out, up to 24.
            A plate's holder and shadow make it sit; a ring's leg and nest do not belong to another bird.
        feather_range_px: width of the soft edge of "feather".
        gaussian_range_px: sigma of "gaussian".
    """

    weights: Annotated[dict[BlendKind, NonNegative], AfterValidator(some_positive)] = {
        "feather": 1.0,
        "gaussian": 1.0,
        "seamless_normal": 1.0,
        "hard": 0.25,
        "seamless_mixed": 0.25,
        "seamless_monochrome": 0.1,
    }
    same_scene: bool = False
    context_range_px: Annotated[
        tuple[Annotated[float, Field(ge=0, le=24)], Annotated[float, Field(ge=0, le=24)]], AfterValidator(ordered)
    ] = (0.0, 0.0)
    feather_range_px: RadiusRange = (1.5, 4.0)
    gaussian_range_px: RadiusRange = (0.6, 1.6)


class Negatives(Section):
    """Pastes that are no tag and get no label, joined with the same blends, so that a seam is never evidence.

    Attributes:
        count_weights: weights of their number on an image.
        kinds: weights: "blank" (a tag with its glyphs painted over), "patch" (a piece of another photo), "distractor"
            (from the recipe's distractor banks, else a drawn shape).
    """

    count_weights: Annotated[dict[Annotated[int, Field(ge=0, le=50)], NonNegative], AfterValidator(some_positive)] = {
        0: 0.5,
        1: 0.35,
        2: 0.15,
    }
    kinds: Annotated[dict[Literal["blank", "patch", "distractor"], NonNegative], AfterValidator(some_positive)] = {
        "blank": 0.25,
        "patch": 1.0,
        "distractor": 0.5,
    }


class Occluders(Section):
    """What stands in front of tags, and as often in front of nothing.

    Attributes:
        share: of tags that get one.
        decoy_share: of images that get one somewhere else.
        kinds: weights: "grass" and "feather" are drawn, "cutting" is a strip of the same photo.
        cover_range: share of the tag's box that the occluder aims to cover.
    """

    share: Share = 0.25
    decoy_share: Share = 0.15
    kinds: Annotated[dict[Literal["grass", "feather", "cutting"], NonNegative], AfterValidator(some_positive)] = {
        "grass": 1.0,
        "feather": 0.2,
        "cutting": 0.5,
    }
    cover_range: ShareRange = (0.05, 0.35)


class Exposure(Section):
    """Exposure in stops, and a gamma bend."""

    share: Share = 0.5
    stops_range: StopsRange = (-0.4, 0.4)
    gamma_range: FactorRange = (0.9, 1.1)


class WhiteBalance(Section):
    """Gains of red and blue against green."""

    share: Share = 0.3
    gain_range: FactorRange = (0.94, 1.06)


class Vignette(Section):
    """Loss of light in the corners."""

    share: Share = 0.1
    strength_range: ShareRange = (0.05, 0.3)


class Defocus(Section):
    """Radius of the blur disc."""

    share: Share = 0.1
    radius_range_px: RadiusRange = (0.6, 1.6)


class Motion(Section):
    """Length of the motion blur; its direction is drawn from all."""

    share: Share = 0.1
    length_range_px: MotionRange = (2.0, 7.0)


class Noise(Section):
    """Sensor noise: standard deviations in grey levels, at mid-grey (shot) and everywhere (read)."""

    share: Share = 0.4
    shot_range: LevelRange = (0.5, 3.0)
    read_range: LevelRange = (0.3, 1.5)


class RainFall(Section):
    """Streaks of rain."""

    share: Share = 0.0
    count_range: StreakRange = (40, 200)
    length_range_px: LengthRange = (8.0, 28.0)
    angle_range_deg: TurnRange = (-20.0, 20.0)
    opacity_range: ShareRange = (0.1, 0.35)


class Infrared(Section):
    """Colour pictures turned grey, as a camera trap takes them at night."""

    share: Share = 0.0


class Downsample(Section):
    """The picture is made smaller by this factor and enlarged again."""

    share: Share = 0.1
    factor_range: ShrinkRange = (1.1, 1.8)


class Camera(Section):
    """What the camera does to the whole picture. Each effect has the share of images that it happens to.

    Attributes:
        untouched_share: of images that no effect touches at all: the photo's own light, grain and blocks.
    """

    untouched_share: Share = 0.3
    exposure: Exposure = Exposure()
    white_balance: WhiteBalance = WhiteBalance()
    vignette: Vignette = Vignette()
    defocus: Defocus = Defocus()
    motion: Motion = Motion()
    noise: Noise = Noise()
    rain: RainFall = RainFall()
    infrared: Infrared = Infrared()
    downsample: Downsample = Downsample()


class Refusal(Section):
    """When a paste is refused because its writing is lost; see `synth.scene.spec.GlyphLimits`."""

    min_contrast: Share = 0.5
    max_clipped: Share = 0.15
    min_levels: Level = 20.0


class Output(Section):
    """Files.

    Attributes:
        jpeg_quality_range: whole numbers, 1 to 100.
        formats: label formats that are written.
        depth, normals: of rendered images, as pictures beside them (`depth/`, `normals/`).
    """

    jpeg_quality_range: Annotated[
        tuple[Annotated[int, Field(ge=1, le=100)], Annotated[int, Field(ge=1, le=100)]],
        AfterValidator(ordered),
    ] = (90, 90)
    formats: Annotated[tuple[Literal["voc", "coco", "yolo", "tfrecord"], ...], Field(min_length=1)] = (
        "voc",
        "coco",
        "yolo",
    )
    depth: bool = False
    normals: bool = False


def _background_folders(value: Any) -> Any:
    return {"photos": _listed(value)} if isinstance(value, str | list) else value


def _read_characters(value: Any) -> Any:
    """Of a text file, named by a path that ends in .txt, or as `{file: PATH}`, its characters."""
    file = value.get("file") if isinstance(value, dict) and set(value) == {"file"} else value
    if not isinstance(file, str) or not (isinstance(value, dict) or file.endswith(".txt")):
        return value
    try:
        return tuple(read_alphabet(Path(file)))
    except SynthError as error:
        raise ValueError(str(error)) from None


Characters = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(_read_characters),
]


class Recipe(Section):
    """A whole recipe.

    Attributes:
        name: starts the names of the images; lower-case letters, digits and hyphens.
        seed: of everything that is drawn.
        count: number of images.
        canvas: their size.
        categories: class names in id order; by default those of the banks, sorted.
        splits: shares of images per split; tags' identities and photos are dealt out to the splits before anything is
            drawn.
        pinned: identities or photo ids that must be in a given split.
        tags: banks to draw from.
        serials: designs of drawn tags; banks and designs are drawn from in proportion to their weights.
        characters: classes of characters in id order, or a text file of them (a path that ends in .txt, or `{file:
            PATH}`); by default A to Z, 0 to 9, "/" and "-". Whatever a design sets must be among them.
        distractors: banks whose cut-outs are pasted without a label.
        meshes: folders of meshes for rendered scenes; a path alone is a folder.
        render: rendered scenes instead of pasted tags; of `placement` only min_visibility counts then, and `serials`
            holds the designs that its subjects name.
        backgrounds, placement, fit, blends, negatives, occluders, camera, refusal, output: see their classes.
        max_attempts: redraws before an image is given up.
    """

    shorthands = {"backgrounds": "photos"}

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    seed: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1)]
    canvas: Canvas = Canvas()
    categories: tuple[str, ...] | None = None
    splits: Annotated[dict[str, NonNegative], AfterValidator(some_positive)] = {
        "train": 0.8,
        "validation": 0.1,
        "test": 0.1,
    }
    pinned: dict[str, str] = {}
    tags: Banks = ()
    serials: tuple[Design, ...] = ()
    characters: Characters = CHARACTERS_38
    distractors: Banks = ()
    meshes: MeshFolders = ()
    render: Render | None = None
    xray: Xray | None = None
    backgrounds: Annotated[Backgrounds, BeforeValidator(_background_folders)] = Backgrounds()
    placement: Placement = Placement()
    fit: Fit = Fit()
    blends: Blends = Blends()
    negatives: Negatives = Negatives()
    occluders: Occluders = Occluders()
    camera: Camera = Camera()
    refusal: Refusal = Refusal()
    output: Output = Output()
    max_attempts: Annotated[int, Field(ge=1, le=1000)] = 50

    @model_validator(mode="after")
    def _names_are_known(self) -> Recipe:
        if not self.tags and not self.serials and self.render is None and self.xray is None:
            raise ValueError(
                "tags or serials: at least one bank (`synth cut PHOTOS --out BANK` makes one) or design is needed, or "
                "render: rendered scenes, or xray: X-ray pictures"
            )
        if not self.tags and any(design.body.kind == "cutout" for design in self.serials):
            raise ValueError("serials: a design with body cutout needs a bank in tags")
        names = [design.name for design in self.serials]
        if len(set(names)) != len(names):
            raise ValueError(f"serials: two designs have one name: {', '.join(names)}")
        for name in self.splits:
            if not name.replace("_", "").replace("-", "").isalnum():
                raise ValueError(f"splits: {name!r} must consist of letters, digits, '-' and '_'")
        for key, split in self.pinned.items():
            if split not in self.splits:
                raise ValueError(f"pinned: {key!r} is pinned to {split!r}, which is none of {', '.join(self.splits)}")
        return self

    @model_validator(mode="after")
    def _is_pasted_or_rendered(self) -> Recipe:
        if self.xray is not None:
            _require_xray_alone(self)
        elif self.render is None:
            if self.meshes:
                raise ValueError("meshes: only rendered scenes show them; add render, or leave them away")
        else:
            _require_no_pasting(self)
            _require_subjects_material(self, self.render)
        return self

    @model_validator(mode="after")
    def _characters_have_classes(self) -> Recipe:
        for number, design in enumerate(self.serials):
            if design.text.file is None:
                _require_classes(number, design, self.characters)
        return self

    def digest(self) -> str:
        """SHA-256 of everything in the recipe that decides pixels or labels: all but `count` and the formats."""
        decided = self.model_copy(update={"count": 1, "output": self.output.model_copy(update={"formats": ()})})
        return hashlib.sha256(decided.model_dump_json().encode()).hexdigest()


def _differs(section: Section, key: str) -> bool:
    return key in section.model_fields_set and getattr(section, key) != type(section).model_fields[key].default


def _require_no_pasting(recipe: Recipe) -> None:
    """What is said about pastes has no meaning in rendered scenes."""
    for key in PASTING:
        if _differs(recipe, key):
            raise ValueError(
                f"{key}: is about pasted tags, and render and xray make whole scenes; leave one of the two away"
            )
    for key in type(recipe.placement).model_fields:
        if key != "min_visibility" and _differs(recipe.placement, key):
            raise ValueError(f"placement.{key}: is about pasted tags; with render only placement.min_visibility counts")
    if recipe.render is not None and recipe.render.output == "whole" and _differs(recipe, "backgrounds"):
        raise ValueError("backgrounds: whole rendered scenes hide them; use render.output: layer, or leave them away")
    if recipe.backgrounds.hand_labels == "keep":
        raise ValueError("backgrounds.hand_labels: a rendered layer may cover labelled objects; use avoid")


def _require_subjects_material(recipe: Recipe, render: Render) -> None:
    """Designs and subjects name each other, and their bodies go together."""
    designs = {design.name: design for design in recipe.serials}
    for number, subject in enumerate(render.subjects):
        if subject.mesh is not None and not recipe.meshes:
            raise ValueError(f"render.subjects.{number}.mesh: name the folder that it is in by meshes: [FOLDER]")
        if subject.serial is None:
            continue
        if subject.serial not in designs:
            known = ", ".join(designs) or "none"
            raise ValueError(f"render.subjects.{number}.serial: no design has this name; serials has {known}")
        assert subject.shape is not None
        has, needs = designs[subject.serial].body.kind, CARRIED[subject.shape.kind]
        if has != needs:
            raise ValueError(
                f"render.subjects.{number}.serial: a subject of shape {subject.shape.kind} needs a design with body "
                f"{needs}, and that of {subject.serial!r} is a {has}"
            )
    named = {subject.serial for subject in render.subjects}
    for number, design in enumerate(recipe.serials):
        if design.name not in named:
            raise ValueError(f"serials.{number}: no subject of render names design {design.name!r}; add serial to one")


def _require_xray_alone(recipe: Recipe) -> None:
    """X-ray pictures show nothing that is pasted or rendered."""
    _require_no_pasting(recipe)
    for key in ("render", "serials"):
        if getattr(recipe, key):
            raise ValueError(f"{key}: X-ray pictures show none of it; leave it or xray away")
    for key in ("depth", "normals"):
        if getattr(recipe.output, key):
            raise ValueError(f"output.{key}: rays go through everything, so X-ray pictures have none; leave it away")
    assert recipe.xray is not None
    named = [number for number, subject in enumerate(recipe.xray.subjects) if subject.mesh is not None]
    if named and not recipe.meshes:
        raise ValueError(f"xray.subjects.{named[0]}.mesh: name the folder that it is in by meshes: [FOLDER]")
    if recipe.meshes and not named:
        raise ValueError("meshes: no subject of xray names one; add mesh to one, or leave them away")


def drawn_categories(recipe: Recipe) -> tuple[str, ...]:
    """Class names of what is not cut from photos: of rendered subjects, else of the designs' tags."""
    if recipe.render is not None:
        return tuple(subject.category for subject in recipe.render.subjects)
    if recipe.xray is not None:
        return tuple(subject.category for subject in recipe.xray.subjects)
    return tuple(design.category for design in recipe.serials)


def _require_classes(number: int, design: Design, characters: tuple[str, ...]) -> None:
    missing = sorted(set(characters_of(design)) - set(characters))
    if missing:
        shown = "".join(missing[:SHOWN]) + ("..." if len(missing) > SHOWN else "")
        raise ValueError(
            f"serials.{number}: design {design.name!r} sets characters that have no class: {shown}; add them to the "
            "recipe's characters, or leave them out (text.excluded, words)"
        )


def with_serials(recipe: Recipe) -> Recipe:
    """The recipe with the serials that its designs name by a file.

    Raises:
        AssetError, ConfigError: a file cannot be read, or is no list of serials; names the design and the key.
    """
    designs = []
    for number, design in enumerate(recipe.serials):
        if design.text.file is not None:
            design = _with_listed(number, design)
            try:
                _require_classes(number, design, recipe.characters)
            except ValueError as error:
                raise ConfigError(str(error)) from None
        designs.append(design)
    return recipe.model_copy(update={"serials": tuple(designs)})


def _with_listed(number: int, design: Design) -> Design:
    assert design.text.file is not None
    try:
        listed = read_serials(Path(design.text.file))
        text = design.text.model_copy(update={"file": None, "serials": listed})
        grammar_of(text)
    except (AssetError, ConfigError) as error:
        raise type(error)(f"serials.{number}.text.file of design {design.name!r}: {error}") from None
    return design.model_copy(update={"text": text})


def with_embedded_photos(recipe: Recipe) -> Recipe:
    """The recipe with the folder of the photos that ship with the package in place of their name."""

    def found(folders: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(asset_folder("backgrounds")) if folder == EMBEDDED else folder for folder in folders)

    backgrounds = recipe.backgrounds.model_copy(update={"photos": found(recipe.backgrounds.photos)})
    recipe = recipe.model_copy(update={"backgrounds": backgrounds})
    if recipe.render is None:
        return recipe
    ground = recipe.render.ground.model_copy(update={"textures": found(recipe.render.ground.textures)})
    return recipe.model_copy(update={"render": recipe.render.model_copy(update={"ground": ground})})


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Reads a recipe file; see `synth.config.load_section` for overrides and errors.

    Lists of serials are read and a placement mask is traced into polygons here, so that a loaded recipe needs no
    further file of text to be sampled from.
    """
    recipe = with_embedded_photos(with_serials(load_section(Recipe, path, overrides)))
    where = recipe.placement.where
    if where.mask is None:
        return recipe
    from synth.scene.regions import trace_mask

    polygons = where.polygons + trace_mask(Path(where.mask))
    placement = recipe.placement.model_copy(
        update={"where": where.model_copy(update={"polygons": polygons, "mask": None})}
    )
    return recipe.model_copy(update={"placement": placement})
