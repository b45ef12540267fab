"""Blender's process, driven over pipes; bpy itself is never imported here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.geometry.mesh import Mesh
from synth.geometry.pose import looking, moved, pose_of
from synth.scene.stage import Engine, Environment, Lamp, Lens, ScanSource, Stage, Surface, Thing, Viewpoint
from synth.scene.take import (
    MeshArrays,
    Picture,
    PutDecal,
    PutMesh,
    Reply,
    Request,
    Shoot,
    receive_reply,
    send,
)


class Studio:
    """A Blender process."""

    def __init__(self, threads: int = 1, **environment: str) -> None:
        theirs, ours = os.pipe(), os.pipe()
        self.child = subprocess.Popen(
            [sys.executable, "-m", "synth.blender", str(theirs[0]), str(ours[1])],
            pass_fds=(theirs[0], ours[1]),
            env={**os.environ, "SYNTH_BLENDER_THREADS": str(threads), **environment},
        )
        os.close(theirs[0])
        os.close(ours[1])
        self.requests, self.replies = os.fdopen(theirs[1], "wb"), os.fdopen(ours[0], "rb")

    def ask(self, request: Request) -> Reply:
        send(self.requests, request)
        return receive_reply(self.replies)

    def shoot(self, shoot: Shoot) -> Picture:
        picture = self.ask(shoot)
        assert isinstance(picture, Picture), picture
        return picture

    def close(self) -> None:
        self.requests.close()
        self.child.wait(timeout=30)
        self.replies.close()


@contextmanager
def opened(threads: int = 1, **environment: str) -> Iterator[Studio]:
    studio = Studio(threads, **environment)
    try:
        yield studio
    finally:
        studio.close()


def box(x: float, y: float, z: float) -> Mesh:
    """A box of so many metres round the origin, with texture coordinates and decal mm on its -y face."""
    corners = np.array([(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], np.float64)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    vertices = corners * np.array([x, y, z]) / 2
    points = vertices[faces]
    uv = (points[..., [0, 2]] / (x, z) + 0.5).astype(np.float32)
    decal = np.full((12, 3, 2), np.nan, np.float32)
    front = points[4:6]
    decal[4:6] = np.stack([front[..., 0], -front[..., 2]], axis=-1) * 1000
    return Mesh(vertices, faces, np.zeros(12, np.int32), uv=uv, decal=decal)


def ball(radius: float, rings: int = 24) -> Mesh:
    """A ball round the origin."""
    polar, turn = np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    p, t = (grid.ravel() for grid in np.meshgrid(polar[1:-1], turn, indexing="ij"))
    body = np.stack([np.sin(p) * np.cos(t), np.sin(p) * np.sin(t), np.cos(p)], axis=1)
    vertices = np.vstack([body, [(0, 0, 1), (0, 0, -1)]]) * radius
    n, rows, top = 2 * rings, rings - 1, len(body)
    faces = []
    for j in range(n):
        k = (j + 1) % n
        faces.append((top, j, k))
        faces.append((top + 1, (rows - 1) * n + k, (rows - 1) * n + j))
        for i in range(rows - 1):
            a, b, c, d = i * n + j, i * n + k, (i + 1) * n + k, (i + 1) * n + j
            faces += [(a, d, c), (a, c, b)]
    triangles = np.array(faces, np.int32)
    return Mesh(vertices, triangles, np.zeros(len(faces), np.int32), smooth=np.ones(len(faces), np.bool_))


def floor(size: float) -> Mesh:
    """A square on z = 0, facing up."""
    half = size / 2
    vertices = np.array([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], np.float64)
    return Mesh(vertices, np.array([(0, 1, 2), (0, 2, 3)], np.int32), np.zeros(2, np.int32))


MESHES: dict[str, Callable[[], Mesh]] = {
    "box": lambda: box(0.1, 0.1, 0.1),
    "ball": lambda: ball(0.06),
    "floor": lambda: floor(2.0),
}


def put_all(studio: Studio) -> Studio:
    for name, made in MESHES.items():
        studio.ask(PutMesh(name, MeshArrays.of(made())))
    studio.ask(checkered_decal())
    return studio


def checkered_decal() -> PutDecal:
    """Red over blue, 60 x 60 mm, opaque; a green stripe to the left."""
    from synth.scene.take import Array

    rgba = np.zeros((60, 60, 4), np.uint8)
    rgba[:30], rgba[30:], rgba[:, :12] = (255, 0, 0, 255), (0, 0, 255, 255), (0, 255, 0, 255)
    return PutDecal("decal", Array.of(rgba), (-30.0, -30.0, 30.0, 30.0))


def thing(name: str, mesh: str, x: float = 0.0, y: float = 0.0, z: float = 0.0, **fields: Any) -> Thing:
    surfaces = fields.pop("surfaces", (Surface(colour=(180, 120, 90)),))
    return Thing(name, ScanSource(mesh), pose_of(moved(x, y, z)), surfaces=surfaces, **fields)


def stage(*things: Thing, **fields: Any) -> Stage:
    """Two bodies on a floor under three lamps in three groups and a grey sky in a fourth."""
    stands = things or (
        thing("floor", "floor", role="ground", surfaces=(Surface(colour=(120, 130, 120)),)),
        thing("box", "box", -0.05, 0.0, 0.05),
        thing("ball", "ball", 0.07, -0.05, 0.06, surfaces=(Surface(colour=(90, 110, 200), roughness=0.3),)),
    )
    lamps = (
        Lamp("area", pose_of(looking((0.5, -0.4, 0.7), (0, 0, 0))), 6.0, size_m=0.3, group=0),
        Lamp("point", pose_of(moved(-0.6, -0.2, 0.4)), 5.0, (1.0, 0.8, 0.6), size_m=0.05, group=1),
        Lamp("sun", pose_of(looking((0, 1, 2), (0, 0, 0))), 0.5, size_m=3.0, group=2),
    )
    camera = Viewpoint(pose_of(looking((0.1, -0.6, 0.35), (0, 0, 0.05))), Lens(50.0))
    made = Stage(camera, stands, lamps, Environment(colour=(0.3, 0.3, 0.35), group=3), Engine(samples=4))
    return msgspec.structs.replace(made, **fields)


def shot(scene: Stage, side: int = 64, **fields: Any) -> Shoot:
    meshes = {each.name: each.source.mesh for each in scene.things if isinstance(each.source, ScanSource)}
    return Shoot(scene, side, side, meshes, **fields)


def rgb(picture: Picture) -> NDArray[np.float32]:
    return picture.rgb.unpacked


def psnr(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Of two linear pictures, as one sees them."""
    seen = [np.clip(each.astype(np.float64), 0, 1) ** (1 / 2.2) for each in (a, b)]
    return float(-10 * np.log10(np.mean((seen[0] - seen[1]) ** 2)))
