"""USD bodies become one mesh where they stand; pictures outside the file's folder are not opened."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from synth.errors import AssetError
from synth.geometry.mesh import Mesh
from synth.geometry.pose import moved, pose_of
from synth.rendering.usd_files import bodies_read, read_usd
from synth.scene.take import Bodies, MeshArrays, Refused, Scenery

EXPORT = (
    "import bpy, sys; bpy.ops.wm.read_factory_settings(use_empty=True); "
    "bpy.ops.mesh.primitive_cone_add(radius1=0.5, depth=2, location=(1, 2, 3)); "
    "bpy.ops.wm.usd_export(filepath=sys.argv[1])"
)


def body(x: float, picture: str) -> Scenery:
    shape = trimesh.creation.box()
    mesh = Mesh(
        np.asarray(shape.vertices, np.float64), np.asarray(shape.faces, np.int32), np.zeros(12, np.int32)
    )  # fmt: skip
    return Scenery("box", MeshArrays.of(mesh), pose_of(moved(x, 0, 0)), (picture,))


def test_bodies_are_put_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/skin.png", "secret.png"):
        (tmp_path / name).write_bytes(b"picture")
    reply = Bodies((body(0, str(tmp_path / "in" / "skin.png")), body(5, "/etc/hostname"), body(9, "")))
    raw = bodies_read(tmp_path / "in" / "a.usd", lambda request: reply)
    assert raw.pictures == (tmp_path / "in" / "skin.png", None, None)
    np.testing.assert_array_equal(np.ptp(raw.vertices, axis=0), [10, 1, 1])
    assert raw.slots.tolist() == [0] * 12 + [1] * 12 + [2] * 12
    assert (raw.up, raw.metres_per_unit) == ("z", 1.0)


@pytest.mark.parametrize("reply", [Refused("damaged"), Bodies(())])
def test_what_blender_refuses_is_told(tmp_path: Path, reply: Refused | Bodies) -> None:
    with pytest.raises(AssetError, match=r"a\.usd: (damaged|no meshes)"):
        bodies_read(tmp_path / "a.usd", lambda request: reply)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs Blender's module")
def test_blender_reads_what_blender_wrote(tmp_path: Path) -> None:
    path = tmp_path / "cone.usdc"
    subprocess.run([sys.executable, "-c", EXPORT, str(path)], check=True, stdout=subprocess.DEVNULL, timeout=120)
    raw = read_usd(path)
    np.testing.assert_allclose(
        [raw.vertices.min(axis=0), raw.vertices.max(axis=0)], [[0.5, 1.5, 2], [1.5, 2.5, 4]], atol=1e-5
    )
    (tmp_path / "bad.usdc").write_bytes(b"nothing")
    with pytest.raises(AssetError, match=r"bad\.usdc"):
        read_usd(tmp_path / "bad.usdc")
