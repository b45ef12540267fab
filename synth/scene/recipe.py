"""The recipe: what a user writes to say what may be drawn.

Every value is fixed, a weight, a share in [0, 1] (how often something happens) or a range `[low, high]` from which one
value is drawn per image or paste; a fixed value is a range with equal ends. Units stand in the names. Paths are
relative to the folder in which the command runs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from synth.config import NonNegative, Section, ordered
from synth.errors import SynthError
from synth.labels.sample import CHARACTERS_38
from synth.scene.background_recipe import Backgrounds, background_folders
from synth.scene.camera_recipe import Camera
from synth.scene.design_checks import require_classes, require_subjects_material
from synth.scene.designs import Design
from synth.scene.material_recipe import Banks, MeshFolders
from synth.scene.paste_recipe import Blends, Fit, Negatives, Occluders, Placement, Refusal
from synth.scene.ranges import some_positive
from synth.scene.render_recipe import Render
from synth.scene.xray_recipe import Xray
from synth.serials.text_files import read_alphabet

PASTING = ("tags", "distractors", "fit", "blends", "negatives", "occluders", "refusal")


class Canvas(Section):
    """Size of the finished images, px."""

    width_px: Annotated[int, Field(ge=32, le=8192)] = 640
    height_px: Annotated[int, Field(ge=32, le=8192)] = 640


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
    backgrounds: Annotated[Backgrounds, BeforeValidator(background_folders)] = Backgrounds()
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
            require_subjects_material(self.render, self.serials, self.meshes)
        return self

    @model_validator(mode="after")
    def _characters_have_classes(self) -> Recipe:
        for number, design in enumerate(self.serials):
            if design.text.file is None:
                require_classes(number, design, self.characters)
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
