"""Mesh files of all formats to `RawMesh`. What a header promises is compared with the file's size before it is read."""

from __future__ import annotations

import io
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from synth.banks.optional import required
from synth.banks.raw_mesh import RawMesh, Reader, joined, require_number
from synth.banks.references import References
from synth.banks.wavefront import materials_of, read_obj
from synth.errors import AssetError

USD_SUFFIXES = frozenset((".usd", ".usda", ".usdc", ".usdz"))
MESH_SUFFIXES = frozenset((".obj", ".ply", ".stl", ".glb", ".gltf")) | USD_SUFFIXES
MOST_BYTES = 2 << 30
# what trimesh and the packages below it raise on damaged files
_DAMAGE = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, AssertionError, NotImplementedError,
    MemoryError, RuntimeError, OSError, struct.error,
)  # fmt: skip


def read_mesh_file(path: Path, usd: Reader | None = None) -> RawMesh:
    """Reads one mesh file.

    Args:
        path: its name's ending says what it is.
        usd: reads formats that only Blender reads.

    Raises:
        AssetError: damaged, empty, too large, or a needed package is missing.
    """
    suffix = path.suffix.lower()
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise AssetError(f"{path}: {size >> 20} MB, at most {MOST_BYTES >> 20} MB are read; decimate the mesh first")
    if size == 0:
        raise AssetError(f"{path}: no bytes in it; copy it again or remove it")
    if suffix in USD_SUFFIXES:
        if usd is None:
            raise AssetError(f"{path}: USD is read by Blender, which is not at hand here; export it as GLB or OBJ")
        return usd(path)
    readers: dict[str, Callable[[Path], RawMesh]] = {
        ".obj": read_obj, ".ply": _read_ply, ".stl": _read_stl, ".glb": _read_gltf, ".gltf": _read_gltf,
    }  # fmt: skip
    mesh = readers[suffix](path)
    require_number(path, len(mesh.faces))
    return mesh


def files_of(path: Path) -> tuple[Path, ...]:
    """A mesh file and the files that it names, as far as they are there and may be opened."""
    suffix = path.suffix.lower()
    if suffix == ".obj":
        return (path, *materials_of(path).files)
    references = References(path.parent)
    if suffix == ".gltf":
        for entry in _listed(_gltf_document(path), "buffers", "images"):
            if isinstance(entry.get("uri"), str) and not entry["uri"].startswith("data:"):
                references.find(unquote(entry["uri"]), "file")
    if suffix == ".ply":
        for name in _ply_textures(_ply_header(path)):
            references.find(name, "texture")
    return (path, *references.found)


def _loaded(path: Path, kind: str, **options: Any) -> Any:
    trimesh = required("trimesh")
    try:
        return trimesh.load_scene(io.BytesIO(path.read_bytes()), file_type=kind, process=False, **options)
    except AssetError as error:
        raise AssetError(f"{path}: {error}") from None
    except _DAMAGE as error:
        raise AssetError(f"{path}: not a whole {kind.upper()} file ({_line(error)}); export it again") from None


def _line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]


def _parts(path: Path, scene: Any) -> list[tuple[Any, Any]]:
    """(geometry, matrix) of all triangle meshes of a scene."""
    trimesh = required("trimesh")
    found = []
    for node in sorted(scene.graph.nodes_geometry):
        matrix, name = scene.graph[node]
        geometry = scene.geometry[name]
        if isinstance(geometry, trimesh.Trimesh) and len(geometry.faces):
            found.append((geometry, np.asarray(matrix, np.float64)))
    if not found:
        require_number(path, 0)
    return found


def _raw(geometry: Any, matrix: Any, picture: Any) -> RawMesh:
    vertices = np.asarray(geometry.vertices, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    faces = np.asarray(geometry.faces, np.int64)
    if np.linalg.det(matrix[:3, :3]) < 0:
        faces = faces[:, ::-1]
    visual = geometry.visual
    uv = getattr(visual, "uv", None)
    corners = None if uv is None or len(uv) != len(vertices) else np.asarray(uv, np.float32)[:, :2][faces]
    has_colours = visual.kind == "vertex" and len(visual.vertex_colors) == len(vertices)
    colours = np.ascontiguousarray(visual.vertex_colors[:, :3]).astype(np.uint8) if has_colours else None
    return RawMesh(vertices, faces, np.zeros(len(faces), np.int32), (picture,), corners, colours)


def _read_stl(path: Path) -> RawMesh:
    with path.open("rb") as file:
        head = file.read(84)
    size = path.stat().st_size
    count = struct.unpack("<I", head[80:84])[0] if len(head) == 84 else 0
    if size != 84 + 50 * count:
        if head[:5].lower() != b"solid":
            raise AssetError(
                f"{path}: its header promises {count:,} faces, which take {84 + 50 * count:,} bytes, it has {size:,}; "
                "copy it again"
            )
        require_number(path, size // 150)
        return _raw(*_parts(path, _loaded(path, "stl_ascii"))[0], None)
    require_number(path, count)
    records = np.fromfile(path, np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]), offset=84)
    vertices = records["v"].reshape(-1, 3).astype(np.float64)
    return RawMesh(vertices, np.arange(len(vertices)).reshape(-1, 3), np.zeros(count, np.int32))


def _ply_header(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(1 << 16)
    head, end, _ = start.partition(b"end_header")
    if not start.startswith(b"ply") or not end:
        raise AssetError(f"{path}: not a PLY file: no header in it; export it again")
    return head.decode("ascii", "replace")


def _ply_textures(header: str) -> list[str]:
    return [name.strip() for name in re.findall(r"^comment TextureFile (.+)$", header, re.MULTILINE)]


def _read_ply(path: Path) -> RawMesh:
    header = _ply_header(path)
    counts = {name: int(count) for name, count in re.findall(r"^element (\w+) (\d{1,18})\s*$", header, re.MULTILINE)}
    require_number(path, counts.get("face", counts.get("tristrips", 0)))
    size = path.stat().st_size
    if sum(counts.values()) * 2 > size:
        raise AssetError(f"{path}: its header promises {sum(counts.values()):,} entries, it has {size:,} bytes")
    references = References(path.parent)
    pictures = [references.find(name, "texture") for name in _ply_textures(header)[:1]]
    geometry, matrix = _parts(path, _loaded(path, "ply"))[0]
    mesh = _raw(geometry, matrix, pictures[0] if pictures else None)
    return _with_notes(mesh, references)


def _with_notes(mesh: RawMesh, references: References) -> RawMesh:
    return RawMesh(
        mesh.vertices, mesh.faces, mesh.slots, mesh.pictures, mesh.uv, mesh.colours, mesh.metres_per_unit, mesh.up,
        (*mesh.notes, *references.notes),
    )  # fmt: skip


class _OwnFolder:
    """What trimesh asks for the files that a glTF names."""

    def __init__(self, references: References) -> None:
        self._references = references

    def get(self, name: str) -> bytes:
        """The bytes of a file."""
        path = self._references.find(unquote(name), "file")
        if path is None:
            raise AssetError(self._references.notes[-1])
        return path.read_bytes()

    __getitem__ = get


def _gltf_document(path: Path) -> dict[str, Any]:
    """The JSON of a glTF or GLB, its promises compared with the file's size."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(20)
        if path.suffix.lower() == ".glb":
            if head[:4] != b"glTF" or len(head) < 20:
                raise AssetError(f"{path}: not a GLB file; export it again")
            length = struct.unpack("<I", head[12:16])[0]
            text = file.read(length) if length <= size else b""
        else:
            text = head + file.read()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise AssetError(f"{path}: its description is not whole JSON; export it again") from None
    if not isinstance(document, dict):
        raise AssetError(f"{path}: not a glTF file; export it again")
    return document


def _listed(document: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    found = [document.get(name) for name in names]
    return [entry for entries in found if isinstance(entries, list) for entry in entries if isinstance(entry, dict)]


def _read_gltf(path: Path) -> RawMesh:
    document = _gltf_document(path)
    counts = [accessor.get("count") for accessor in _listed(document, "accessors")]
    numbers = [count for count in counts if isinstance(count, int)]
    require_number(path, max(1, max(numbers, default=0) // 3))
    references = References(path.parent)
    scene = _loaded(path, path.suffix.lower()[1:], resolver=_OwnFolder(references), ignore_broken=True)
    parts = [_raw(geometry, matrix, _gltf_picture(geometry)) for geometry, matrix in _parts(path, scene)]
    mesh = joined(parts)
    notes = ("a picture or file of it is damaged or missing",) * bool(
        _listed(document, "images") and not any(isinstance(picture, bytes) for picture in mesh.pictures)
    )
    return RawMesh(
        mesh.vertices, mesh.faces, mesh.slots, mesh.pictures, mesh.uv, mesh.colours, 1.0, "y",
        (*notes, *references.notes),
    )  # fmt: skip


def _gltf_picture(geometry: Any) -> bytes | tuple[int, int, int] | None:
    """The base colour of a material: its picture as it stands in the file, else its colour."""
    material = getattr(geometry.visual, "material", None)
    texture = getattr(material, "baseColorTexture", None)
    if texture is not None:
        stream = getattr(texture, "fp", None)
        if stream is not None:
            stream.seek(0)
            return bytes(stream.read())
        out = io.BytesIO()
        texture.convert("RGB").save(out, "PNG")
        return out.getvalue()
    factor = getattr(material, "baseColorFactor", None)
    if factor is None:
        return None
    red, green, blue = (int(value) for value in np.asarray(factor).ravel()[:3])
    return red, green, blue
