"""Folders of meshes to catalogue entries: units, axes, halves, archives, bad files, and a cache that never lies."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import trimesh
from drawn_meshes import box_obj, bumpy_ball
from hypothesis import given
from hypothesis import strategies as st

from synth.banks.mesh_folder import mesh_sources
from synth.banks.mesh_standing import AXES, rotation_to_up, stood, upright
from synth.banks.meshes import MeshOptions, load_mesh, mesh_files, read_mesh_folder
from synth.banks.records import CatalogueMesh
from synth.banks.scan_halves import half_of
from synth.errors import AssetError, ConfigError
from synth.labels.pictures import read_picture


def only(folder: Path, cache: Path, **options: object) -> CatalogueMesh:
    (mesh,), set_aside = read_mesh_folder(folder, cache, MeshOptions(**options))  # type: ignore[arg-type]
    assert set_aside == ()
    return mesh


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize("axis", AXES)
def test_rotations_take_each_axis_up_and_mirror_nothing(axis: str) -> None:
    rotation = rotation_to_up(np.array(AXES[axis]))
    np.testing.assert_allclose(rotation @ np.array(AXES[axis]), [0, 0, 1])
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_rotations_take_any_direction_up(direction: tuple[float, float, float]) -> None:
    unit = np.array(direction) / np.linalg.norm(direction)
    rotation = rotation_to_up(unit)
    np.testing.assert_allclose(rotation @ unit, [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(
    ("size", "unit", "metres"),
    [((0.2, 0.1, 0.1), "m", 1.0), ((12.0, 8.0, 3.0), "cm", 0.01), ((120.0, 80.0, 30.0), "mm", 0.001)],
)
def test_units_are_guessed_by_size(tmp_path: Path, cache: Path, size, unit: str, metres: float) -> None:
    box_obj(tmp_path / "in" / "b.obj", size)
    mesh = only(tmp_path / "in", cache)
    assert mesh.record.metres_per_unit == metres
    assert any(note.startswith(f"unit {unit} guessed") for note in mesh.record.notes)


@pytest.mark.parametrize("size", [1e-7, 1e9])
def test_sizes_that_no_unit_explains_are_told(tmp_path: Path, cache: Path, size: float) -> None:
    box_obj(tmp_path / "in" / "b.obj", (size, size, 2 * size))
    mesh = only(tmp_path / "in", cache)
    assert max(mesh.record.size_m) == pytest.approx(0.2)
    assert any("give its longest side" in note for note in mesh.record.notes)


def test_what_is_told_wins(tmp_path: Path, cache: Path) -> None:
    box_obj(tmp_path / "in" / "b.obj", (2, 3, 1))
    assert only(tmp_path / "in", cache, unit="in").record.size_m == pytest.approx((0.0508, 0.0762, 0.0254))
    told = only(tmp_path / "in", cache, unit="in", longest_m=0.12, up="x").record
    assert told.size_m == pytest.approx((0.12, 0.04, 0.08))
    assert told.up == "x"
    for options in ({"unit": "ft"}, {"up": "w"}, {"longest_m": 0.0}, {"most_faces": 3}, {"halves": "both"}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            MeshOptions(**options)  # type: ignore[arg-type]


def test_a_mesh_stands_on_the_origin(tmp_path: Path, cache: Path) -> None:
    ball = bumpy_ball(3).apply_translation([5, -7, 9])
    (tmp_path / "in").mkdir()
    ball.export(tmp_path / "in" / "ball.ply")
    low, high = load_mesh(only(tmp_path / "in", cache)).bounds
    np.testing.assert_allclose((low + high)[:2], 0, atol=1e-8)
    assert low[2] == 0


def test_a_cone_stands_on_its_base_whatever_axis_that_is() -> None:
    cone = trimesh.creation.cone(radius=1, height=3)
    for axis in ("z", "y", "-z", "-y", "x", "-x"):
        vertices = np.asarray(cone.vertices) @ rotation_to_up(np.array(AXES[axis]))
        turn = upright(vertices, "auto", None)
        assert turn[1] == axis
        points = stood(vertices, turn, "cm", None, None).vertices
        assert np.linalg.norm(points[points[:, 2].argmax(), :2]) < 1e-6
        assert points[:, 2].max() == pytest.approx(0.03)


def test_a_thing_in_no_axis_lies_on_its_largest_face() -> None:
    box = trimesh.creation.box((5, 3, 1)).vertices
    tilt = trimesh.transformations.rotation_matrix(0.7, (1, 2, 3))[:3, :3]
    turn = upright(np.asarray(box) @ tilt.T, "auto", None)
    assert np.ptp(stood(np.asarray(box) @ tilt.T, turn, "cm", None, None).vertices[:, 2]) == pytest.approx(0.01)


def test_formats_that_know_are_believed(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "in").mkdir()
    trimesh.creation.box((0.3, 0.1, 0.2)).export(tmp_path / "in" / "b.glb")
    record = only(tmp_path / "in", cache).record
    assert record.up == "y"
    assert record.size_m == pytest.approx((0.3, 0.2, 0.1))


@pytest.mark.parametrize(
    ("stem", "expected"),
    [("Top", ("", "top")), ("Bot", ("", "bottom")), ("ring_upper", ("ring", "top")), ("laptop", ("laptop", "")),
     ("my-box-bottom", ("my-box", "bottom")), ("robot", ("robot", ""))],
)  # fmt: skip
def test_names_of_halves(stem: str, expected: tuple[str, str]) -> None:
    assert half_of(stem) == expected


def test_names_of_objects(tmp_path: Path, cache: Path) -> None:
    for path in ("cup.obj", "cup.ply", "box/textured.obj", "cheese/Top.obj", "cheese/Bot.obj", "two/a.obj", "two/b.obj",
                 "shelf/deep/x.obj", "table_top.obj", ".hidden/x.obj"):  # fmt: skip
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(b"x")
    found, _ = mesh_sources(tmp_path / "in", cache)
    assert [source.name for source in found] == [
        "box", "cheese", "cup.obj", "cup.ply", "shelf/deep", "table_top", "two/a", "two/b"
    ]  # fmt: skip
    assert [half for half, _ in found[1].files] == ["top", "bottom"]
    found, _ = mesh_sources(tmp_path / "in" / "cheese", cache)
    assert [source.name for source in found] == ["cheese"]


def halves(folder: Path, **sides: int) -> None:
    """One box seen from two ends: the top half lacks quad 0 (z = 0); the bottom one lies on its head in its file."""
    box_obj(folder / "Top.obj", (2, 3, 5), **dict.fromkeys(sides, 0))
    box_obj(folder / "Bot.obj", (20, 30, 50), **dict.fromkeys(sides, 1))


@pytest.mark.parametrize("way", ["open_end", "black"])
def test_halves_get_one_up_axis(tmp_path: Path, cache: Path, way: str) -> None:
    halves(tmp_path / "in" / "cheese", **{way: 0})
    meshes, _ = read_mesh_folder(tmp_path / "in", cache, MeshOptions(longest_m=0.1))
    assert [(mesh.record.id, mesh.record.name, mesh.record.half) for mesh in meshes] == [
        ("cheese/bottom", "cheese", "bottom"), ("cheese/top", "cheese", "top"),
    ]  # fmt: skip
    for mesh in meshes:
        assert mesh.record.size_m == pytest.approx((0.06, 0.04, 0.1), abs=1e-5)
        assert mesh.record.up == "z"
    if way == "open_end":
        rims = [_rim(mesh) for mesh in meshes]
        assert rims[0][:, 2].min() == pytest.approx(0.1)
        assert rims[1][:, 2].max() == pytest.approx(0.0)


def _rim(entry: CatalogueMesh) -> np.ndarray:
    mesh = load_mesh(entry)
    shape = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    edges = shape.edges[trimesh.grouping.group_rows(shape.edges_sorted, require_count=1)]
    return mesh.vertices[edges.ravel()]


def test_halves_are_turned_until_their_colours_agree(tmp_path: Path, cache: Path) -> None:
    box_obj(tmp_path / "in" / "Top.obj", (2, 3, 5), black=0)
    path = box_obj(tmp_path / "in" / "Bot.obj", (2, 3, 5), black=1)
    path.write_text("\n".join(_half_turned(line) for line in path.read_text().splitlines()))
    bottom, top = (load_mesh(mesh) for mesh in read_mesh_folder(tmp_path / "in", cache, MeshOptions(longest_m=0.1))[0])
    np.testing.assert_allclose(
        np.sort(bottom.vertices[bottom.faces].mean(axis=1), axis=0),
        np.sort(top.vertices[top.faces].mean(axis=1), axis=0),
        atol=1e-6,
    )
    assert top.uv is not None
    for middle, uv in zip(top.vertices[top.faces].mean(axis=1), top.uv.mean(axis=1), strict=True):
        near = np.linalg.norm(bottom.vertices[bottom.faces].mean(axis=1) - middle, axis=1).argmin()
        assert bottom.uv is not None
        np.testing.assert_allclose(bottom.uv[near].mean(axis=0), uv, atol=1e-6)


def _half_turned(line: str) -> str:
    if not line.startswith("v "):
        return line
    x, y, z = map(float, line.split()[1:])
    return f"v {-x} {-y} {z}"


def fine_halves(folder: Path, stretched: float) -> None:
    folder.mkdir(parents=True)
    for stem, keep, factor in (("Top", 1, 1.0), ("Bot", -1, stretched)):
        body = trimesh.creation.box((2, 3, 5)).subdivide().subdivide().subdivide().subdivide()
        kept = keep * body.triangles_center[:, 2] > -1.5
        body.update_faces(kept)
        body.vertices[:, 0] *= factor
        body.export(folder / f"{stem}.ply")


def test_halves_are_joined_where_they_fit(tmp_path: Path, cache: Path) -> None:
    fine_halves(tmp_path / "fit", 1.0)
    fine_halves(tmp_path / "misfit", 1.6)
    record = only(tmp_path / "fit", cache, halves="join", longest_m=0.1).record
    assert (record.id, record.half) == ("fit", "")
    meshes, _ = read_mesh_folder(tmp_path / "misfit", cache, MeshOptions(halves="join", longest_m=0.1))
    assert [mesh.record.half for mesh in meshes] == ["bottom", "top"]
    assert all(any("halves stay separate" in note for note in mesh.record.notes) for mesh in meshes)


def archive(path: Path, names: dict[str, bytes], **changes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in names.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = changes.get("attributes", 0)
            file.writestr(info, data)


def test_an_archive_is_what_it_holds(tmp_path: Path, cache: Path) -> None:
    box = box_obj(tmp_path / "plain" / "cup" / "c.obj")
    archive(tmp_path / "in" / "cup.model", {p.name: p.read_bytes() for p in sorted(box.parent.iterdir())})
    zipped, plain = only(tmp_path / "in", cache), only(tmp_path / "plain", cache)
    assert zipped.record == plain.record
    assert Path(zipped.file).read_bytes() == Path(plain.file).read_bytes()
    np.testing.assert_array_equal(read_picture(Path(zipped.pictures[0])), read_picture(Path(plain.pictures[0])))


@pytest.mark.parametrize(
    ("names", "attributes", "expected"),
    [
        ({"../evil.obj": b"x"}, 0, "outside of its folder"),
        ({"/tmp/evil.obj": b"x"}, 0, "outside of its folder"),
        ({"..\\evil.obj": b"x"}, 0, "outside of its folder"),
        ({"C:/evil.obj": b"x"}, 0, "outside of its folder"),
        ({"a.obj": b"/etc/passwd"}, 0o120777 << 16, "is a link"),
        ({"a.obj": b"\0" * (30 << 20)}, 0, "zip bomb"),
        ({f"{i}.obj": b"x" for i in range(2001)}, 0, "2001 files"),
    ],
)
def test_bad_archives_are_set_aside(tmp_path: Path, cache: Path, names, attributes: int, expected: str) -> None:
    box_obj(tmp_path / "in" / "good.obj")
    archive(tmp_path / "in" / "bad.zip", names, attributes=attributes)
    before = sorted(tmp_path.rglob("evil*"))
    (mesh,), (line,) = read_mesh_folder(tmp_path / "in", cache)
    assert mesh.record.id == "good"
    assert expected in line
    assert "bad.zip" in line
    assert sorted(tmp_path.rglob("evil*")) == before


def test_a_cut_off_archive_is_set_aside(tmp_path: Path, cache: Path) -> None:
    archive(tmp_path / "in" / "bad.zip", {"a.obj": b"v 0 0 0\n" * 100})
    data = (tmp_path / "in" / "bad.zip").read_bytes()
    (tmp_path / "in" / "bad.zip").write_bytes(data[: len(data) // 2])
    assert read_mesh_folder(tmp_path / "in", cache)[1][0].count("not a whole zip archive") == 1


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, cache: Path) -> None:
    box_obj(tmp_path / "in" / "a.obj")
    (tmp_path / "in" / "b.obj").write_text("nothing")
    (tmp_path / "in" / "c.obj").write_text("v nan 0 0\nv 0 nan 0\nv 0 0 nan\nf 1 2 3\n")
    meshes, set_aside = read_mesh_folder(tmp_path / "in", cache)
    assert [mesh.record.id for mesh in meshes] == ["a"]
    assert [Path(line.split(": ")[0]).name for line in set_aside] == ["b.obj", "c.obj"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssetError, match="no meshes in it"):
        read_mesh_folder(tmp_path / "empty", cache)
    with pytest.raises(AssetError, match="no such folder"):
        read_mesh_folder(tmp_path / "nowhere", cache)


def test_textures_that_are_too_large_corrupt_or_missing(tmp_path: Path, cache: Path) -> None:
    for name in ("large", "corrupt", "missing"):
        box_obj(tmp_path / "in" / f"{name}.obj")
    PIL.Image.new("RGB", (8200, 20), (10, 20, 30)).save(tmp_path / "in" / "large.png")
    (tmp_path / "in" / "corrupt.png").write_bytes((tmp_path / "in" / "corrupt.png").read_bytes()[:60])
    (tmp_path / "in" / "missing.png").unlink()
    corrupt, large, missing = read_mesh_folder(tmp_path / "in", cache)[0]
    assert read_picture(Path(large.pictures[0])).shape == (10, 4096, 3)
    assert Path(large.pictures[0]).parent == cache
    for mesh, word in ((corrupt, "left out, plain grey"), (missing, "is missing")):
        assert mesh.pictures == ("",)
        assert any(word in note for note in mesh.record.notes)
        assert not mesh.record.textured


def test_the_cache_is_used_and_the_same_everywhere(tmp_path: Path, cache: Path) -> None:
    box_obj(tmp_path / "in" / "b.obj")
    first = only(tmp_path / "in", cache)
    stamp = Path(first.file).stat().st_mtime_ns
    assert only(tmp_path / "in", cache) == first
    assert Path(first.file).stat().st_mtime_ns == stamp
    (tmp_path / "in").rename(tmp_path / "moved")
    moved = only(tmp_path / "moved", cache)
    assert moved.file == first.file
    assert moved.pictures == (str(tmp_path / "moved" / "b.png"),)
    other = only(tmp_path / "moved", tmp_path / "other")
    assert [Path(path).name for path in mesh_files(other)] == [Path(path).name for path in mesh_files(moved)]
    assert Path(other.file).read_bytes() == Path(moved.file).read_bytes()
    PIL.Image.new("RGB", (9, 9)).save(tmp_path / "moved" / "b.png")
    changed = only(tmp_path / "moved", cache)
    assert changed.record.sha256 != first.record.sha256


def test_arrays_that_changed_are_refused(tmp_path: Path, cache: Path) -> None:
    box_obj(tmp_path / "in" / "b.obj")
    mesh = only(tmp_path / "in", cache)
    data = bytearray(Path(mesh.file).read_bytes())
    data[len(data) // 2] ^= 1
    Path(mesh.file).write_bytes(bytes(data))
    with pytest.raises(AssetError, match="not what was written"):
        load_mesh(mesh)
    Path(mesh.file).unlink()
    with pytest.raises(AssetError, match="cannot be read"):
        load_mesh(mesh)
    assert load_mesh(only(tmp_path / "in", cache)).faces.shape == (12, 3)
