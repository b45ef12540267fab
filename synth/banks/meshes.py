"""Meshes of a folder: read, mended, set up in metres, and remembered in a cache.

What is remembered is named by the digest of all files that it was read from, the options and the version of the
mending, so that nothing is done twice and nothing stale is used. The name of the arrays' file also has the digest of
its content, which is checked when they are loaded.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.banks.mesh_cleaning import CleanMesh, cleaned
from synth.banks.mesh_files import files_of, read_mesh_file
from synth.banks.mesh_folder import MeshSource, mesh_sources
from synth.banks.mesh_pictures import usable_pictures
from synth.banks.mesh_standing import AXES, UNITS, Standing, longest_side, stood, upright
from synth.banks.raw_mesh import RawMesh, Reader
from synth.banks.records import CatalogueMesh, MeshRecord
from synth.banks.scan_halves import Half, HalfScan, halves_turned, joined_halves
from synth.errors import AssetError, ConfigError
from synth.files import sha256, write_atomically
from synth.geometry.mesh import Mesh

VERSION = 2
_ARRAYS = ("vertices", "faces", "slots", "uv", "colours", "smooth")


@dataclass(frozen=True)
class MeshOptions:
    """How a folder's meshes are set up.

    Attributes:
        unit: of their numbers, "auto" guesses.
        up: axis of the files that is up, "auto" guesses.
        longest_m: real size of the longest side of each; None: by the unit.
        halves: "separate": half scans stay two meshes; "join": one mesh where they fit.
        most_faces: meshes with more are decimated.
    """

    unit: Literal["auto", "m", "cm", "mm", "in"] = "auto"
    up: Literal["auto", "x", "y", "z", "-x", "-y", "-z"] = "auto"
    longest_m: float | None = None
    halves: Literal["separate", "join"] = "separate"
    most_faces: int = 200_000

    def __post_init__(self) -> None:
        for name, value, known in (
            ("unit", self.unit, ("auto", *UNITS)), ("up", self.up, ("auto", *AXES)),
            ("halves", self.halves, ("separate", "join")),
        ):  # fmt: skip
            if value not in known:
                raise ConfigError(f"{name} of meshes must be one of {', '.join(known)}, got {value!r}")
        if self.longest_m is not None and not 1e-6 <= self.longest_m <= 1e4:
            raise ConfigError(f"longest_m of meshes must be between 1e-06 and 10000, got {self.longest_m}")
        if self.most_faces < 100:
            raise ConfigError(f"most_faces of meshes must be 100 or more, got {self.most_faces}")


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mesh as the cache remembers it: pictures relative to the cache ("cache:") or to the mesh's file ("file:")."""

    record: MeshRecord
    arrays: str
    pictures: tuple[str, ...]


def default_cache() -> Path:
    """Where cleaned meshes are remembered unless the caller says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "synth" / "meshes"  # noqa: PTH117


def read_mesh_folder(
    folder: Path,
    cache: Path,
    options: MeshOptions | None = None,
    *,
    usd: Reader | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[CatalogueMesh, ...], tuple[str, ...]]:
    """All meshes of a folder.

    Args:
        folder: of objects, see `synth.banks.mesh_folder`; or a single file.
        cache: folder where what was mended is remembered.
        options: how they are set up.
        usd: reads formats that only Blender reads.
        on_progress: called with (objects done, objects).

    Returns:
        The meshes sorted by id, and one line for each file that could not be read.

    Raises:
        AssetError: the folder is not there or holds no meshes.
    """
    options, cache = options or MeshOptions(), cache.resolve()
    sources, refused = mesh_sources(folder, cache)
    found: list[CatalogueMesh] = []
    set_aside = list(refused)
    for done, source in enumerate(sources, 1):
        try:
            found += _entries(source, cache, options, usd)
        except (AssetError, OSError) as error:
            set_aside.append(_told(source, error))
        if on_progress is not None:
            on_progress(done, len(sources))
    return tuple(sorted(found, key=lambda mesh: mesh.record.id)), tuple(set_aside)


def _told(source: MeshSource, error: AssetError | OSError) -> str:
    text = str(error) if isinstance(error, AssetError) else f"cannot be read ({error.strerror})"
    return text if any(str(path) in text for _, path in source.files) else f"{source.files[0][1]}: {text}"


def load_mesh(entry: CatalogueMesh) -> Mesh:
    """The cleaned arrays; AssetError if they are missing or not what they were."""
    path = Path(entry.file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); run the same command again") from None
    if path.stem.rpartition("-")[2] != _digest(data):
        raise AssetError(f"{path}: not what was written; delete it and run the same command again")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return Mesh(**{name: arrays.get(name) for name in _ARRAYS})
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise AssetError(f"{path}: not arrays of a mesh ({error}); delete it and run the same command again") from None


def mesh_files(entry: CatalogueMesh) -> tuple[Path, ...]:
    """The files that a mesh is drawn from: its arrays and its pictures, for digests of material."""
    return (Path(entry.file), *(Path(picture) for picture in entry.pictures if picture))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _entries(source: MeshSource, cache: Path, options: MeshOptions, usd: Reader | None) -> list[CatalogueMesh]:
    digests = [(half, [sha256(file) for file in files_of(path)]) for half, path in source.files]
    together = hashlib.sha256(msgspec.json.encode(digests)).hexdigest()
    shaping = msgspec.json.encode([VERSION, together, msgspec.to_builtins(options)])
    memory = cache / f"{hashlib.sha256(shaping).hexdigest()[:32]}.json"
    beside = source.files[0][1].parent.resolve()
    kept = _remembered(memory, beside)
    if kept is None:
        kept = _made(source, together, memory, cache, options, usd)
        write_atomically(memory, msgspec.json.encode(kept))
    return [_entry(one, source.name, cache, beside) for one in kept]


def _entry(kept: _Kept, name: str, cache: Path, beside: Path) -> CatalogueMesh:
    half = kept.record.half
    record = msgspec.structs.replace(kept.record, id=f"{name}/{half}" if half else name, name=name)
    return CatalogueMesh(
        record, str(cache / kept.arrays), tuple(_found(picture, cache, beside) for picture in kept.pictures)
    )


def _found(picture: str, cache: Path, beside: Path) -> str:
    kind, _, rest = picture.partition(":")
    return str((cache if kind == "cache" else beside) / rest) if picture else ""


def _remembered(memory: Path, beside: Path) -> tuple[_Kept, ...] | None:
    """What the cache knows, if all of it is still there."""
    try:
        kept = msgspec.json.decode(memory.read_bytes(), type=tuple[_Kept, ...])
    except (OSError, msgspec.DecodeError):
        return None
    cache = memory.parent
    files = [cache / one.arrays for one in kept]
    files += [Path(_found(picture, cache, beside)) for one in kept for picture in one.pictures if picture]
    return kept if all(file.is_file() for file in files) else None


def _made(
    source: MeshSource, digest: str, memory: Path, cache: Path, options: MeshOptions, usd: Reader | None
) -> tuple[_Kept, ...]:
    """Reads and mends an object, and writes its arrays."""
    scans = [_scan(half, path, cache, options, usd) for half, path in source.files]
    raws = [scan.mesh.raw for scan in scans]
    if source.files[0][0]:
        turns = halves_turned(scans, options.up)
    else:
        turns = [upright(raw.vertices, options.up, raw.up) for raw in raws]
    standing: list[Standing] = []
    for raw, turn in zip(raws, turns, strict=True):
        # half scans have a unit each that means nothing: what the first is taken for holds for both
        longest_m = longest_side(standing[0].vertices) if standing else options.longest_m
        stand = stood(raw.vertices, turn, options.unit, raw.metres_per_unit, longest_m)
        if standing and options.longest_m is None:
            stand = replace(stand, notes=("as long as its other half, by that one's unit", *stand.notes[1:]))
        standing.append(stand)
    beside = source.files[0][1].parent.resolve()
    whole: list[tuple[HalfScan, tuple[str, ...]]] = [
        (_placed(scan, stand.vertices), stand.notes) for scan, stand in zip(scans, standing, strict=True)
    ]
    if options.halves == "join" and len(scans) == 2:
        whole = _joined(whole)
    return tuple(
        _written(scan, (*notes, *scan.mesh.raw.notes), standing[i], digest, memory, beside)
        for i, (scan, notes) in enumerate(whole)
    )


def _placed(scan: HalfScan, vertices: NDArray[np.float64]) -> HalfScan:
    return replace(scan, mesh=replace(scan.mesh, raw=replace(scan.mesh.raw, vertices=vertices)))


def _joined(halves: list[tuple[HalfScan, tuple[str, ...]]]) -> list[tuple[HalfScan, tuple[str, ...]]]:
    scans = [scan for scan, _ in halves]
    joint = joined_halves(scans, [scan.mesh.raw.vertices for scan in scans])
    if isinstance(joint, str):
        return [(scan, (*notes, f"halves stay separate: {joint}")) for scan, notes in halves]
    raw, smooth = joint
    pictures = tuple(picture for scan in scans for picture in scan.pictures)
    mesh = CleanMesh(raw, smooth, False, 0)
    return [(HalfScan("", mesh, pictures), (*halves[0][1], "joined from two half scans"))]


def _scan(half: Half, path: Path, cache: Path, options: MeshOptions, usd: Reader | None) -> HalfScan:
    raw = read_mesh_file(path, usd)
    try:
        mesh = cleaned(raw, options.most_faces)
    except AssetError as error:
        raise AssetError(f"{path}: {error}") from None
    raw, notes = _with_coordinates(mesh.raw)
    pictures, more = usable_pictures(raw.pictures, cache)
    return HalfScan(half, replace(mesh, raw=replace(raw, notes=(*raw.notes, *notes, *more))), pictures)


def _with_coordinates(raw: RawMesh) -> tuple[RawMesh, tuple[str, ...]]:
    """Finite texture coordinates wherever a slot has a picture; a slot without any keeps no file of a picture."""
    painted = np.array([picture is not None for picture in raw.pictures])
    if raw.uv is None and not painted.any():
        return raw, ()
    uv = np.full((len(raw.faces), 3, 2), 0.5, np.float32) if raw.uv is None else raw.uv
    lost = ~np.isfinite(uv).all(axis=(1, 2))
    uv = np.where(lost[:, None, None], np.float32(0.5), uv)
    if raw.uv is None:
        lost[:] = True
    pictures = tuple(
        None if lost[raw.slots == slot].all() and not isinstance(picture, tuple) else picture
        for slot, picture in enumerate(raw.pictures)
    )
    notes = ["it has a texture but no texture coordinates: plain grey"] * (pictures != raw.pictures)
    return replace(raw, uv=uv, pictures=pictures), tuple(notes)


def _written(scan: HalfScan, notes: Sequence[str], stand: Standing, digest: str, memory: Path, beside: Path) -> _Kept:
    raw, cache = scan.mesh.raw, memory.parent
    arrays: dict[str, NDArray[Any] | None] = {
        "vertices": raw.vertices, "faces": raw.faces.astype(np.int32), "slots": raw.slots, "uv": raw.uv,
        "colours": raw.colours, "smooth": scan.mesh.smooth,
    }  # fmt: skip
    data = _packed({name: array for name, array in arrays.items() if array is not None})
    name = f"{memory.stem}{'-' if scan.half else ''}{scan.half}-{_digest(data)}.npz"
    write_atomically(cache / name, data)
    size = np.ptp(raw.vertices, axis=0)
    record = MeshRecord(
        id="", name="", half=scan.half, sha256=digest,
        vertices=len(raw.vertices), faces=len(raw.faces),
        size_m=(round(float(size[0]), 6), round(float(size[1]), 6), round(float(size[2]), 6)),
        metres_per_unit=float(f"{stand.metres_per_unit:.6g}"), up=stand.up,
        textured=raw.colours is not None or any(scan.pictures),
        watertight=scan.mesh.watertight, notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip
    return _Kept(record, name, tuple(_relative(picture, cache, beside) for picture in scan.pictures))


def _relative(picture: str, cache: Path, beside: Path) -> str:
    if not picture:
        return ""
    path = Path(picture)
    return f"cache:{path.name}" if path.parent == cache else f"file:{path.relative_to(beside)}"


def _packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    """An .npz whose bytes follow from the arrays alone: no times in it, nothing compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return out.getvalue()
