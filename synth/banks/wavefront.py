"""Wavefront OBJ with its MTL: positions, texture coordinates, polygons (cut into fans), colours of vertices.

Of materials only what colours a scan counts: `map_Kd`, else `Kd`. An OBJ whose MTL is missing or names no picture takes
a picture of its own name beside it, as scanning programs and 3d-dl's archives leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.banks.raw_mesh import Picture, RawMesh, require_number
from synth.banks.references import References
from synth.banks.wavefront_lines import Bytes, counted, scanned
from synth.errors import AssetError
from synth.labels.pictures import PICTURE_SUFFIXES

_OPTIONS = {
    "-blendu": 1, "-blendv": 1, "-boost": 1, "-mm": 2, "-o": 3, "-s": 3, "-t": 3, "-texres": 1, "-clamp": 1, "-bm": 1,
    "-imfchan": 1, "-type": 1, "-colorspace": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Materials:
    """What an MTL says: the picture or colour of each material by its name, and the files that were found."""

    pictures: dict[str, Picture]
    files: tuple[Path, ...]
    notes: tuple[str, ...]


def materials_of(path: Path) -> Materials:
    """The materials of an OBJ, without reading its geometry."""
    references = References(path.parent)
    pictures: dict[str, Picture] = {}
    with path.open("rb") as file:
        names = [line[6:].decode("utf-8", "replace").strip() for line in file if line.lstrip().startswith(b"mtllib")]
    for name in dict.fromkeys(names[:100]):
        found = references.find(name, "material file")
        if found is not None:
            pictures |= _read_mtl(found, references)
    if not any(isinstance(picture, Path) for picture in pictures.values()):
        alike = _of_the_same_name(path)
        if alike is not None:
            pictures = dict.fromkeys([*pictures, ""], alike)
            references.found.append(alike)
            references.notes.append(f"no material names a texture: {alike.name!r} beside the mesh taken")
    return Materials(pictures, tuple(references.found), tuple(references.notes))


def read_obj(path: Path) -> RawMesh:
    """Reads an OBJ; AssetError if it holds no mesh or too large a one."""
    materials = materials_of(path)
    data = np.frombuffer(path.read_bytes().replace(b"\\\r\n", b"  ").replace(b"\\\n", b" "), np.uint8)
    vertices, uvs, triangles, names = counted(data)
    require_number(path, triangles)
    if vertices == 0:
        raise AssetError(f"{path}: no vertices in it; export the mesh again")
    positions, colours = np.full((vertices, 3), np.nan), np.full((vertices, 3), np.nan)
    coordinates = np.full((uvs + 1, 2), np.nan, np.float32)
    faces, corners = np.full((triangles, 3), -1, np.int64), np.full((triangles, 3), -1, np.int64)
    uses = np.zeros((names, 3), np.int64)
    scanned(data, positions, colours, coordinates, faces, corners, uses)
    slots, pictures, notes = _slots(data, uses, triangles, materials)
    return RawMesh(
        positions,
        faces,
        slots,
        pictures,
        coordinates[corners] if uvs else None,
        _bytes_of(colours),
        notes=(*materials.notes, *notes),
    )


def _slots(
    data: Bytes, uses: NDArray[np.int64], triangles: int, materials: Materials
) -> tuple[NDArray[np.int32], tuple[Picture, ...], tuple[str, ...]]:
    """Slot of each triangle, and the slots' pictures. Triangles before any `usemtl` have the name ""."""
    named = [(0, "")] + [
        (int(face), data[start:end].tobytes().decode("utf-8", "replace").strip()) for start, end, face in uses
    ]
    order: dict[str, int] = {}
    slots = np.zeros(triangles, np.int32)
    for i, (face, name) in enumerate(named):
        end = named[i + 1][0] if i + 1 < len(named) else triangles
        if end > face:
            slots[face:end] = order.setdefault(name, len(order))
    fallback = materials.pictures.get("")
    unknown = [name for name in order if name and name not in materials.pictures and fallback is None]
    notes = [f"material {name!r} is nowhere described: plain grey" for name in unknown[:5]]
    return slots, tuple(materials.pictures.get(name, fallback) for name in order), tuple(notes)


def _bytes_of(colours: NDArray[np.float64]) -> NDArray[np.uint8] | None:
    """Colours of vertices, which are written in [0, 1] or in [0, 255]; None unless all vertices have one."""
    if not np.isfinite(colours).all():
        return None
    top = 1.0 if colours.max() <= 1.0 else 255.0
    return np.asarray(np.rint(np.clip(colours / top, 0, 1) * 255), np.uint8)


def _read_mtl(path: Path, references: References) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {}
    painted: set[str] = set()
    name = ""
    for line in path.read_bytes()[: 1 << 24].decode("utf-8", "replace").splitlines():
        key, _, rest = line.strip().partition(" ")
        if key == "newmtl":
            name = rest.strip()
            pictures[name] = None
        elif key.lower() == "map_kd":
            pictures[name] = references.find(_file_name(rest), "texture")
            painted.add(name)
        elif key == "Kd" and name not in painted:
            pictures[name] = _colour(rest)
    return pictures


def _file_name(rest: str) -> str:
    """What is left of a `map_Kd` line after its options; a file's name may hold blanks."""
    words = rest.split()
    at = 0
    while at < len(words) and words[at].lower() in _OPTIONS:
        most = _OPTIONS[words[at].lower()]
        at += 1
        while most > 0 and at < len(words) - 1 and (most == 1 or _is_number(words[at])):
            at, most = at + 1, most - 1
    return rest.strip() if at == 0 else " ".join(words[at:])


def _colour(rest: str) -> tuple[int, int, int] | None:
    words = rest.split()[:3]
    if len(words) < 3 or not all(_is_number(word) for word in words):
        return None
    red, green, blue = (round(255 * min(1.0, max(0.0, float(word)))) for word in words)
    return red, green, blue


def _is_number(word: str) -> bool:
    return word.lstrip("+-").replace(".", "", 1).isdigit()


def _of_the_same_name(path: Path) -> Path | None:
    alike = [p for p in sorted(path.parent.iterdir()) if p.stem == path.stem and p.suffix.lower() in PICTURE_SUFFIXES]
    inside = [p for p in alike if p.resolve().parent == path.parent.resolve()]
    return inside[0] if inside else None
