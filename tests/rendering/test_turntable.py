"""Turntables show each side in its own colour, the right way round."""

from __future__ import annotations

import numpy as np
import trimesh

from synth.geometry.mesh import Mesh
from synth.rendering.turntable import sheet, turntable

SIDE = 60


def box(textured: bool) -> tuple[Mesh, np.ndarray]:
    """A unit cube; each side has its own colour, by texture or by vertices; -y's texture is dark in its lower half."""
    shape = trimesh.creation.box()
    corners = shape.vertices[shape.faces]
    faces = np.arange(36, dtype=np.int32).reshape(12, 3)
    normals = np.rint(shape.face_normals).astype(int)
    number = np.abs(normals) @ [0, 1, 2] * 2 + (normals.sum(axis=1) > 0)
    palette = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255]], np.uint8)
    uv = np.stack([np.repeat((number[:, None] + 0.5) / 6, 3, axis=1), corners[..., 2] + 0.5], axis=-1)
    mesh = Mesh(
        corners.reshape(-1, 3).astype(np.float64), faces, np.zeros(12, np.int32),
        uv.astype(np.float32) if textured else None, None if textured else np.repeat(palette[number], 3, axis=0),
    )  # fmt: skip
    texture = np.repeat(np.repeat(palette[None], 20, axis=0), 10, axis=1)
    texture[10:, 20:30] //= 4
    return mesh, texture


def views(picture: np.ndarray) -> list[np.ndarray]:
    return [picture[:, i * SIDE : (i + 1) * SIDE].astype(int) for i in range(8)]


def test_each_view_shows_the_side_that_faces_it() -> None:
    for textured in (True, False):
        mesh, texture = box(textured)
        shown = views(turntable(mesh, {0: texture} if textured else {}, SIDE))
        above, below = shown[6][30, 30], shown[7][30, 30]
        assert above.argmin() == 1
        assert below.argmin() == 0
        front = shown[0][38, 30]
        assert front.argmax() == 2
        assert front[:2].max() == 0


def test_the_pictures_top_is_up() -> None:
    mesh, texture = box(True)
    front = views(turntable(mesh, {0: texture}, SIDE))[0]
    assert front[28, 30, 2] > 3 * front[44, 30, 2]


def test_a_sheet_holds_its_turntables() -> None:
    mesh, texture = box(True)
    picture = turntable(mesh, {0: texture}, SIDE)
    page = sheet([("box", ("one", "two"), picture), ("box", (), picture)])
    assert page.shape[1] == picture.shape[1]
    rows = [y for y in range(len(page) - SIDE + 1) if (page[y : y + SIDE] == picture).all()]
    assert len(rows) == 2
