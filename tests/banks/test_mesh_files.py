"""Readers against trimesh's own, and against files that lie."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import trimesh
from drawn_meshes import box_obj, bumpy_ball

from synth.banks import wavefront
from synth.banks.mesh_files import files_of, read_mesh_file
from synth.errors import AssetError


def corners_of(mesh: trimesh.Trimesh) -> np.ndarray:
    return np.asarray(mesh.vertices)[np.asarray(mesh.faces)]


def test_an_obj_is_what_trimesh_reads(tmp_path: Path) -> None:
    ball = bumpy_ball(3)
    ball.export(tmp_path / "ball.obj", digits=12)
    raw = read_mesh_file(tmp_path / "ball.obj")
    expected = trimesh.load_mesh(tmp_path / "ball.obj", process=False)
    np.testing.assert_array_equal(raw.vertices[raw.faces], corners_of(expected))


def test_numbers_are_those_of_python(tmp_path: Path) -> None:
    numbers = ["1", "-2.5", "+.5", "1e3", "2.5E-3", "0.123456789012345", "-0", "12345678.25", "6.02e+5", "7."]
    lines = [f"v {n} 0 0" for n in numbers] + ["f 1 2 3"]
    (tmp_path / "n.obj").write_text("\n".join(lines))
    raw = read_mesh_file(tmp_path / "n.obj")
    np.testing.assert_array_equal(raw.vertices[:, 0], [float(n) for n in numbers])


def test_polygons_negative_references_and_continued_lines(tmp_path: Path) -> None:
    text = "v 0 0 0\nv 1 0 0\r\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
    text += "f -4/-4 -3/-3 \\\n -2/-2 -1/-1 # quad\nf 1//1 2//1 3//1\n"
    (tmp_path / "p.obj").write_text(text)
    raw = read_mesh_file(tmp_path / "p.obj")
    assert raw.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2]]
    assert raw.uv is not None
    np.testing.assert_array_equal(raw.uv[1], [[0, 0], [1, 1], [0, 1]])
    assert np.isnan(raw.uv[2]).all()


def test_materials_become_slots(tmp_path: Path) -> None:
    box_obj(tmp_path / "b.obj", extra="usemtl red\nf 1 2 3\nusemtl lost\nf 1 2 4")
    with (tmp_path / "b.mtl").open("a") as file:
        file.write("newmtl red\nKd 1 0 0.5\n")
    raw = read_mesh_file(tmp_path / "b.obj")
    assert raw.pictures == (tmp_path / "b.png", (255, 0, 128), None)
    assert raw.slots.tolist() == [0] * 12 + [1, 2]
    assert any("'lost'" in note for note in raw.notes)
    assert files_of(tmp_path / "b.obj") == (tmp_path / "b.obj", tmp_path / "b.mtl", tmp_path / "b.png")


def test_options_and_blanks_of_map_kd(tmp_path: Path) -> None:
    box_obj(tmp_path / "b.obj")
    (tmp_path / "b.png").rename(tmp_path / "my skin.png")
    (tmp_path / "b.mtl").write_text("newmtl skin\nmap_Kd -clamp on -s 1 1 1 -o 0.5 my skin.png\n")
    assert read_mesh_file(tmp_path / "b.obj").pictures == (tmp_path / "my skin.png",)


@pytest.mark.parametrize("name", ["/etc/hostname", "../secret.png", "C:\\scans\\secret.png", "..\\secret.png"])
def test_paths_out_of_the_folder_are_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    box_obj(tmp_path / "in" / "b.obj")
    (tmp_path / "in" / "b.png").unlink()
    (tmp_path / "in" / "b.mtl").write_text(f"newmtl skin\nmap_Kd {name}\n")
    raw = read_mesh_file(tmp_path / "in" / "b.obj")
    assert raw.pictures == (None,)
    assert any("outside" in note and "not opened" in note for note in raw.notes)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    box_obj(tmp_path / "in" / "b.obj")
    (tmp_path / "in" / "b.png").unlink()
    (tmp_path / "in" / "b.png").symlink_to(tmp_path / "secret.png")
    assert wavefront.materials_of(tmp_path / "in" / "b.obj").pictures["skin"] is None


def test_an_authors_absolute_path_finds_the_file_beside(tmp_path: Path) -> None:
    box_obj(tmp_path / "b.obj")
    (tmp_path / "b.mtl").write_text("newmtl skin\nmap_Kd D:\\me\\B.PNG\n")
    assert read_mesh_file(tmp_path / "b.obj").pictures == (tmp_path / "b.png",)


def test_ply_with_colours_stl_and_glb_agree(tmp_path: Path) -> None:
    ball = bumpy_ball(2)
    colours = np.random.Generator(np.random.PCG64(1)).integers(0, 256, (len(ball.vertices), 4)).astype(np.uint8)
    ball.visual.vertex_colors = colours
    expected = corners_of(ball)
    for name, options in (("a.ply", {}), ("t.ply", {"encoding": "ascii"}), ("b.stl", {}), ("c.glb", {})):
        ball.export(tmp_path / name, **options)
        raw = read_mesh_file(tmp_path / name)
        np.testing.assert_allclose(raw.vertices[raw.faces], expected, atol=1e-6)
        if name != "b.stl":
            assert raw.colours is not None
            np.testing.assert_array_equal(raw.colours[raw.faces], colours[ball.faces][..., :3])
    assert raw.up == "y"
    assert raw.metres_per_unit == 1.0
    (tmp_path / "d.stl").write_text(trimesh.exchange.stl.export_stl_ascii(ball))
    raw = read_mesh_file(tmp_path / "d.stl")
    np.testing.assert_allclose(raw.vertices[raw.faces], expected, atol=1e-6)


def textured_glb(path: Path) -> bytes:
    picture = PIL.Image.fromarray(np.full((8, 8, 3), (10, 200, 30), np.uint8))
    box = trimesh.creation.box()
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=picture)
    box.visual = trimesh.visual.TextureVisuals(uv=np.zeros((len(box.vertices), 2)), material=material)
    box.export(path)
    return path.read_bytes()


def test_a_glb_brings_its_picture(tmp_path: Path) -> None:
    textured_glb(tmp_path / "b.glb")
    (picture,) = read_mesh_file(tmp_path / "b.glb").pictures
    assert isinstance(picture, bytes)
    pixels = np.array(PIL.Image.open(io.BytesIO(picture)).convert("RGB"))
    assert (pixels == (10, 200, 30)).all()


def test_a_gltf_may_not_name_files_outside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "data.bin").write_bytes(b"\0" * 64)
    document = {
        "asset": {"version": "2.0"}, "buffers": [{"uri": "../data.bin", "byteLength": 64}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }  # fmt: skip
    (tmp_path / "in" / "a.gltf").write_text(json.dumps(document))
    with pytest.raises(AssetError, match=r"a\.gltf: file '\.\./data\.bin' lies outside"):
        read_mesh_file(tmp_path / "in" / "a.gltf")


def huge_stl(path: Path) -> None:
    path.write_bytes(b"\0" * 80 + struct.pack("<I", 4_000_000_000) + b"\0" * 100)


def huge_ply(path: Path) -> None:
    path.write_bytes(
        b"ply\nformat binary_little_endian 1.0\nelement vertex 4000000\nproperty float x\nproperty float y\n"
        b"property float z\nelement face 2000000\nproperty list uchar int vertex_indices\nend_header\n"
    )


def many_faces(path: Path) -> None:
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + "f 1 2 3\n" * 3_000_001)


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        ("a.stl", huge_stl, "promises 4,000,000,000 faces"),
        ("a.ply", huge_ply, "promises 6,000,000 entries"),
        ("a.obj", many_faces, "3,000,001 faces, at most 3,000,000"),
        ("a.obj", lambda p: p.write_text("v 0 0 0\nv 1 1 1\n"), "no faces"),
        ("a.obj", lambda p: p.write_text("f 1 2 3\n"), "no vertices"),
        ("a.obj", lambda p: p.write_bytes(b""), "no bytes"),
        ("a.ply", lambda p: p.write_text("not a ply"), "not a PLY"),
        ("a.glb", lambda p: p.write_bytes(b"glTF" + b"\xff" * 40), "not whole JSON"),
        ("a.usdz", lambda p: p.write_bytes(b"PK"), "USD is read by Blender"),
    ],
)
def test_bad_files_end_in_one_line(tmp_path: Path, name: str, write, expected: str) -> None:
    write(tmp_path / name)
    with pytest.raises(AssetError, match=expected) as caught:
        read_mesh_file(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6])
def test_a_cut_off_glb_ends_in_one_line(tmp_path: Path, share: float) -> None:
    data = textured_glb(tmp_path / "b.glb")
    (tmp_path / "b.glb").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(AssetError, match=r"b\.glb"):
        read_mesh_file(tmp_path / "b.glb")


def test_fuzzed_files_never_raise_anything_else(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    ball = trimesh.creation.icosphere(subdivisions=1)
    for name in ("a.ply", "a.stl", "a.glb", "a.obj"):
        ball.export(tmp_path / name)
        data = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
        for _ in range(25):
            broken = data.copy()
            broken[rng.integers(0, min(len(data), 600), 6)] = rng.integers(0, 256, 6)
            (tmp_path / name).write_bytes(broken.tobytes())
            try:
                files_of(tmp_path / name)
                read_mesh_file(tmp_path / name)
            except AssetError:
                continue
