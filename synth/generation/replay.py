"""One image again, from its stored spec: the same bytes, or what differs; or with changed values, a variant."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from synth.assets import asset_folder
from synth.banks.catalogue import BankUse, build_catalogue
from synth.banks.materials import Materials
from synth.banks.records import Catalogue, FontRecord
from synth.compositing.composite import composed
from synth.config import apply_override
from synth.errors import AssetError, ConfigError, LabelError, RejectedScene, SynthError
from synth.files import sha256
from synth.generation.card import byte_versions
from synth.generation.folder import WORK, differences, read_beginning
from synth.generation.manifest import find_entry
from synth.generation.material import font_id, material_digests, read_catalogue
from synth.generation.rendering_material import (
    mesh_id,
    named_pictures,
    read_rendering_material,
    used_by_stage,
    used_scans,
    with_places,
)
from synth.generation.set_aside import read_aside
from synth.generation.shooting import LazyShots
from synth.labels.dataset import image_path
from synth.labels.pictures import read_picture
from synth.labels.sample import Annotation
from synth.scene.background_recipe import EMBEDDED
from synth.scene.recipe import Recipe, drawn_categories
from synth.scene.spec import ImageSpec, PatchLayer, PhotoBackground, RenderLayer, SerialLayer, TagLayer, XrayLayer
from synth.serials.faces import face_names
from synth.serials.tag import CutoutBody


@dataclass(frozen=True)
class Replayed:
    """An image that was made again.

    Attributes:
        spec: that it was made from now.
        jpeg: the file's bytes.
        annotations: its labels.
        is_variant: whether values of the spec were changed.
        is_same: whether the bytes are those that the manifest states.
        remarks: what differs and what may be the reason, one line each.
    """

    spec: ImageSpec
    jpeg: bytes
    annotations: tuple[Annotation, ...]
    is_variant: bool
    is_same: bool
    remarks: tuple[str, ...]


def replay_image(
    root: Path, index: int, *, changes: Sequence[str] = (), tags: Sequence[Path] = (), photos: Sequence[Path] = (),
    fonts: Sequence[Path] = (), meshes: Sequence[Path] = (), pictures: Sequence[Path] = (),
) -> Replayed:  # fmt: skip
    """Makes image `index` of a dataset again.

    Args:
        root: dataset folder, finished or not.
        index: of the image; one that was set aside is tried again.
        changes: "dotted.key=value" within the spec, e.g. "layers.0.blend.kind=hard".
        tags: where its banks lie now; by default where they lay when the dataset was made.
        photos: where its photos lie now, likewise; "embedded" are those that ship with the package.
        fonts: where its font files lie now, likewise.
        meshes: where its folders of meshes lie now, likewise.
        pictures: where its folders of textures and environments and its .blend file lie now, likewise.

    Raises:
        ConfigError: there is no such image, or a change is not possible.
        AssetError: material is missing or changed.
        SynthError: the scene is refused.
    """
    stored, digest = _stored(root, index)
    spec = _changed(stored, changes)
    moved = tags or photos or fonts or meshes or pictures
    catalogue = _moved(root, tags, photos, fonts, meshes, pictures) if moved else _remembered(root)
    _require_material(spec, catalogue)
    materials = Materials(catalogue)
    try:
        with LazyShots(materials, threads=len(os.sched_getaffinity(0))) as shots:
            made = composed(spec, materials, shots, shots.radiograph)
    except RejectedScene as rejected:
        raise SynthError(f"image {index}: this scene is refused: {rejected.reason}") from None
    jpeg, annotations = made.jpeg, made.annotations
    is_same = hashlib.sha256(jpeg).hexdigest() == digest
    remarks: list[str] = []
    if spec == stored:
        remarks += _remarks_on_file(root, spec, digest)
        if not is_same:
            remarks += _reasons(root, spec, catalogue) + _pixel_remarks(root, spec, jpeg)
    return Replayed(spec, jpeg, annotations, spec != stored, is_same, tuple(remarks))


def _stored(root: Path, index: int) -> tuple[ImageSpec, str]:
    """The spec, and the digest of its picture ("" for an image that was set aside)."""
    found = find_entry(root, index)
    if found is not None:
        return found
    aside = read_aside(root, index)
    if aside is None:
        raise ConfigError(f"{root}: holds no image {index}; `synth check {root}` tells what it holds")
    if aside.spec is None:
        raise SynthError(f"image {index} was set aside before anything was drawn: {aside.error}")
    return ImageSpec.from_json(msgspec.json.encode(aside.spec)), ""


def _changed(spec: ImageSpec, changes: Sequence[str]) -> ImageSpec:
    plain = json.loads(spec.to_json())
    for change in changes:
        try:
            apply_override(plain, change)
            text = json.dumps(plain, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"--set {change}: the value cannot stand in a spec: {error}") from None
        try:
            ImageSpec.from_json(text)
        except ConfigError as error:
            raise ConfigError(f"--set {change}: {error}") from None
    return ImageSpec.from_json(json.dumps(plain))


def _remembered(root: Path) -> Catalogue:
    try:
        return read_catalogue(root).catalogue
    except ConfigError:
        raise ConfigError(
            f"{root / WORK / 'catalogue.json'}: cannot be read, so it is not known where the material lies; "
            "name all its banks with --tags, all its photo folders with --photos, all its font files with --fonts, all "
            "its folders of meshes with --meshes and of pictures with --pictures"
        ) from None


def _moved(
    root: Path,
    tags: Sequence[Path],
    photos: Sequence[Path],
    fonts: Sequence[Path],
    meshes: Sequence[Path],
    pictures: Sequence[Path],
) -> Catalogue:
    """The catalogue of the same material at its new place."""
    try:
        recipe = Recipe.model_validate(json.loads((root / "card.json").read_bytes())["recipe"])
    except (OSError, ValueError, KeyError) as error:
        raise LabelError(f"{root / 'card.json'}: cannot be read ({error}); finish the dataset first") from None
    beside = {bank.bank for bank in recipe.distractors} - {bank.bank for bank in recipe.tags}
    uses = [BankUse(path.resolve(), include_unusable=True) for path in tags]
    found = read_rendering_material(with_places(recipe, [*meshes, *pictures]))
    return build_catalogue(
        banks=[use for use in uses if use.path.name not in beside],
        distractors=[use for use in uses if use.path.name in beside],
        photos=[asset_folder("backgrounds") if str(path) == EMBEDDED else path.resolve() for path in photos],
        splits=recipe.splits,
        seed=recipe.seed,
        categories=recipe.categories,
        pinned=recipe.pinned,
        drawn=drawn_categories(recipe),
        characters=recipe.characters if recipe.serials else (),
        fonts=[FontRecord(path.name, str(path.resolve()), sha256(path)) for path in fonts],
        meshes=found.meshes,
        textures=found.textures,
        environments=found.environments,
        scenes=found.scenes,
    )


def _used(spec: ImageSpec) -> set[str]:
    """Ids of the material in a spec."""
    used = {layer.tag for layer in spec.layers if isinstance(layer, TagLayer)}
    used |= {layer.photo for layer in spec.layers if isinstance(layer, PatchLayer)}
    drawn = [layer.serial for layer in spec.layers if isinstance(layer, SerialLayer)]
    things = [thing for layer in spec.layers if isinstance(layer, RenderLayer) for thing in layer.stage.things]
    drawn += [thing.serial for thing in things if thing.serial is not None]
    used |= {serial.body.tag for serial in drawn if isinstance(serial.body, CutoutBody)}
    faces = {inscription.face for serial in drawn for inscription in serial.inscriptions} - set(face_names())
    used |= {font_id(face) for face in faces}
    for layer in spec.layers:
        used |= used_by_stage(layer.stage) if isinstance(layer, RenderLayer) else set()
        used |= used_scans(one.thing for one in layer.things) if isinstance(layer, XrayLayer) else set()
    return used | ({spec.background.photo} if isinstance(spec.background, PhotoBackground) else set())


def _require_material(spec: ImageSpec, catalogue: Catalogue) -> None:
    known = {tag.record.id for tag in (*catalogue.tags, *catalogue.distractors)}
    known |= {photo.record.id for photo in catalogue.photos}
    known |= {font_id(font.name) for font in catalogue.fonts}
    known |= {mesh_id(mesh.record.id) for mesh in catalogue.meshes} | set(named_pictures(catalogue))
    missing = sorted(_used(spec) - known)
    if missing:
        raise AssetError(
            f"image {spec.index} needs {', '.join(missing)}, which is not in the material; "
            "name all its banks with --tags, all its photo folders with --photos, all its font files with --fonts, all "
            "its folders of meshes with --meshes and of pictures with --pictures, under the names they had"
        )


def _remarks_on_file(root: Path, spec: ImageSpec, digest: str) -> list[str]:
    path = image_path(root, spec.split, spec.file_name)
    if not digest:
        return []
    if not path.is_file():
        return [f"{path}: the picture is missing"]
    return [] if sha256(path) == digest else [f"{path}: the picture was changed since it was made"]


def _reasons(root: Path, spec: ImageSpec, catalogue: Catalogue) -> list[str]:
    """Versions and material that are not what they were."""
    before = _known_before(root)
    now = material_digests(catalogue, only=_used(spec))
    material = {name: before["material"].get(name, "absent") for name in now}
    lines = differences(before["versions"], byte_versions(rendered="bpy" in before["versions"])) + differences(
        material, now
    )
    return [f"not as it was: {line}" for line in lines]


def _known_before(root: Path) -> Mapping[str, Mapping[str, str]]:
    if (root / WORK / "beginning.json").exists():
        beginning = read_beginning(root)
        return {"versions": beginning.versions, "material": beginning.material}
    card: dict[str, Any] = json.loads((root / "card.json").read_bytes())
    entries = [entry for group in card["catalogue"].values() for entry in group]
    return {"versions": card["versions"], "material": {entry["id"]: entry["sha256"] for entry in entries}}


def _pixel_remarks(root: Path, spec: ImageSpec, jpeg: bytes) -> list[str]:
    path = image_path(root, spec.split, spec.file_name)
    if not path.is_file():
        return []
    before = read_picture(path)
    now = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    if before.shape != now.shape:
        return [f"size was {before.shape[1]}x{before.shape[0]}, is {now.shape[1]}x{now.shape[0]}"]
    distance = np.abs(before.astype(np.int16) - now).max(axis=2)
    rows, columns = np.nonzero(distance)
    if rows.size == 0:
        return ["every pixel is the same; only the file's encoding differs"]
    x0, y0, x1, y1 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return [f"{rows.size} pixels differ, by up to {distance.max()} grey levels, within ({x0}, {y0}, {x1}, {y1})"]
