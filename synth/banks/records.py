"""The entries of the banks, as they stand in `bank.json` and in a dataset's catalogue.

Ids are stable names (never positions): a tag's is `<bank>/<photo stem>-<n>`, a photo's is its path relative to the
folder that was given, with that folder's name in front.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from synth.banks.tag_face import TagFace
from synth.geometry.boxes import Box


class TagRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cut-out: a rectangle of a photo with context round the tag, and a soft mask of the tag itself.

    Attributes:
        id: unique in its bank.
        file: the cut-out's pixels, PNG RGB, relative to the bank.
        mask_file: the mask, PNG grey 8 bit of the same size, 255 = tag; may be corrected in any paint program.
        category: class name.
        text: what is written on it; None if nobody knows.
        identity: what must not straddle a split; None if nobody knows.
        photo: file name of the photo it was cut from.
        photo_sha256: of that file.
        box: the hand-drawn box in the photo, xyxy px, half-open.
        origin: (x, y) of the cut-out's top-left corner in the photo, px.
        size: (width, height) of the cut-out, px.
        mask_box: tight box of mask >= 128, in cut-out px.
        mask_from: "polygon", "fitted" (an outline found in the box), "box", "drawn" or "edited" (by hand).
        quad: the tag's corners in cut-out px in reading order, where they are known.
        angle_deg: direction of upright in the cut-out, where it is known.
        infrared: whether the photo is grey.
        brightness: mean luma of the context round the mask, grey levels.
        tag_brightness: mean luma under the mask.
        contrast: spread (95th minus 5th percentile) of luma under the mask.
        sharpness_px: estimated sigma of the photo's blur at the tag; smaller is sharper.
        noise: estimated standard deviation of the photo's grain, grey levels.
        height_in_photo: vertical place of the tag's centre in its photo, 0 = top, 1 = bottom.
        usable: False if it is kept but not drawn unless a recipe asks for it.
        reasons: why not: "too small", "truncated", "blurred", "difficult", "mask uncertain".
        cast: mean of red minus luma and of blue minus luma in the context round the mask, grey levels.
        sha256: of the cut-out's file; "" where nobody noted it.
        mask_sha256: of the mask's file, likewise.
        face: where another text can be written on it; None where none can, or nobody measured it.
        faceless: why not.
    """

    id: str
    file: str
    mask_file: str
    category: str
    text: str | None
    identity: str | None
    photo: str
    photo_sha256: str
    box: Box
    origin: tuple[int, int]
    size: tuple[int, int]
    mask_box: Box
    mask_from: str
    quad: tuple[tuple[float, float], ...] | None
    angle_deg: float | None
    infrared: bool
    brightness: float
    tag_brightness: float
    contrast: float
    sharpness_px: float
    noise: float
    height_in_photo: float
    usable: bool
    reasons: tuple[str, ...]
    cast: tuple[float, float] = (0.0, 0.0)
    sha256: str = ""
    mask_sha256: str = ""
    face: TagFace | None = None
    faceless: str = ""


class PhotoAnnotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hand label of a background photo: class name, box (xyxy px), text and identity where known."""

    category: str
    box: Box
    text: str | None = None
    identity: str | None = None
    difficult: bool = False


class PhotoRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A background photo.

    Attributes:
        id: unique in the catalogue.
        path: where it was found, absolute.
        sha256: of the file.
        width, height: px, after EXIF orientation.
        annotations: hand labels that lie in it.
        infrared: whether it is grey.
        light: mean luma of a grid of cells over the photo, row-major, grey levels; `light_size` cells.
        light_size: (columns, rows) of `light`.
        cast: mean of red minus luma and of blue minus luma in each cell of `light`; empty where nobody measured it.
        palette: typical colours, RGB, for drawn occluders and distractors.
        sharpness_px: estimated sigma of its blur.
        noise: estimated standard deviation of its grain, grey levels.
        fingerprint: 64-bit difference hash, hexadecimal; near duplicates differ in few bits.
    """

    id: str
    path: str
    sha256: str
    width: int
    height: int
    annotations: tuple[PhotoAnnotation, ...]
    infrared: bool
    light: tuple[int, ...]
    light_size: tuple[int, int]
    palette: tuple[tuple[int, int, int], ...]
    sharpness_px: float
    noise: float
    fingerprint: str
    cast: tuple[tuple[int, int], ...] = ()


class CatalogueTag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tag as one recipe sees it.

    Attributes:
        record: as it stands in the bank.
        bank: the bank's folder, absolute.
        split: where it may be drawn.
        weight: how often its bank is drawn from, relative to the others.
    """

    record: TagRecord
    bank: str
    split: str
    weight: float


class CataloguePhoto(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photo as one recipe sees it: its record and its split."""

    record: PhotoRecord
    split: str


class FontRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A font file of the user's: the name that specs use, where it was found (absolute), and its digest."""

    name: str
    path: str
    sha256: str


class MeshRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mesh of a folder, as it was read and cleaned.

    Attributes:
        id: unique in the catalogue; of a scan in two halves each half has its own ("liberte/top").
        name: of the object, which recipes match; equal for both halves.
        half: which half of its scan it is; "" for a whole one.
        sha256: of all files that it was read from.
        vertices, faces: numbers after cleaning.
        size_m: extent along x, y and z, metres.
        metres_per_unit: of the file's numbers.
        up: axis of the file that became +z.
        textured: whether it has a picture or colours of vertices.
        watertight: whether it encloses a volume.
        notes: what was found and mended, one line each.
    """

    id: str
    name: str
    half: Literal["", "top", "bottom"]
    sha256: str
    vertices: int
    faces: int
    size_m: tuple[float, float, float]
    metres_per_unit: float
    up: str
    textured: bool
    watertight: bool
    notes: tuple[str, ...] = ()


class CatalogueMesh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mesh as one recipe sees it. All splits show it: there is often one scan of a thing, so it is no identity.

    Attributes:
        record: what it is.
        file: its cleaned arrays, .npz, absolute.
        pictures: for each slot the absolute path of its texture, "" for none.
    """

    record: MeshRecord
    file: str
    pictures: tuple[str, ...]


class PictureRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A texture, an environment or a .blend scene: its id, its path (absolute) and its digest."""

    id: str
    path: str
    sha256: str


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a recipe may draw from, in order, with its split. Small enough to be sent to every worker.

    Attributes:
        categories: class names in id order.
        splits: names in the order of the recipe.
        tags: sorted by (bank's position, id).
        distractors: cut-outs that are pasted but never labelled.
        photos: sorted by id.
        set_aside: one line for each file that could not be read, with the reason.
        characters: classes of characters in id order.
        fonts: font files, sorted by name.
        meshes: sorted by id.
        textures, environments, scenes: pictures for surfaces, light from all round, .blend files; sorted by id.
    """

    categories: tuple[str, ...]
    splits: tuple[str, ...]
    tags: tuple[CatalogueTag, ...]
    distractors: tuple[CatalogueTag, ...]
    photos: tuple[CataloguePhoto, ...]
    set_aside: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    fonts: tuple[FontRecord, ...] = ()
    meshes: tuple[CatalogueMesh, ...] = ()
    textures: tuple[PictureRecord, ...] = ()
    environments: tuple[PictureRecord, ...] = ()
    scenes: tuple[PictureRecord, ...] = ()
