"""A layer is rendered only where something is: the pixels are those of the whole picture."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from blender_child import Studio, box, rgb, shot, stage, thing

from synth.geometry.pose import looking, matrix_of_pose, moved, pose_of
from synth.scene.stage import Engine, Lens, ScanSource, Stage, Thing, Viewpoint
from synth.scene.take import MeshArrays, PutMesh, Shoot

replace = msgspec.structs.replace
SIDE = 160


def layer(*things: Thing, **fields: object) -> Stage:
    """Two bodies that take a part of a transparent picture."""
    stands = things or (thing("box", "box", -0.05, 0.0, 0.05), thing("ball", "ball", 0.07, -0.05, 0.06))
    return replace(stage(*stands), film_transparent=True, **fields)


def with_speck(scene: Stage) -> Stage:
    """The same with something tiny far behind the camera, so that all of the picture is rendered."""
    behind = matrix_of_pose(scene.camera.pose) @ moved(0, 0, 5)
    return replace(scene, things=(*scene.things, Thing("speck", ScanSource("speck"), pose_of(behind))))


@pytest.fixture(scope="module")
def prepared(studio: Studio) -> Studio:
    studio.ask(PutMesh("speck", MeshArrays.of(box(1e-5, 1e-5, 1e-5))))
    return studio


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("denoise", [False, True])
@pytest.mark.parametrize("at", [(0.1, -0.9, 0.35), (0.3, -0.8, 0.1), (0.0, -0.6, 1.1)])
def test_a_region_has_the_very_pixels_of_the_whole(
    prepared: Studio, at: tuple[float, float, float], denoise: bool, samples: int
) -> None:
    camera = Viewpoint(pose_of(looking(at, (0.08, 0, 0.1))), Lens(60.0))
    scene = layer(camera=camera, engine=Engine(samples=samples, denoise=denoise))
    part, whole = prepared.shoot(shot(scene, SIDE)), prepared.shoot(shot(with_speck(scene), SIDE))
    assert part.alpha is not None
    assert whole.alpha is not None
    assert 0.02 < (part.alpha.unpacked > 0).mean() < 0.5
    np.testing.assert_array_equal(part.alpha.unpacked, whole.alpha.unpacked)
    np.testing.assert_array_equal(rgb(part), rgb(whole))


@pytest.mark.parametrize("x", [-0.25, 0.25])
def test_what_leaves_the_picture_is_cut_by_its_border(prepared: Studio, x: float) -> None:
    scene = layer(thing("box", "box", x, 0.0, 0.05), camera=Viewpoint(pose_of(looking((0, -0.6, 0.35), (0, 0, 0.05)))))
    wide = Shoot(scene, SIDE, SIDE // 2, {"box": "box"})
    part = prepared.shoot(wide)
    whole = prepared.shoot(replace(wide, stage=with_speck(scene), meshes={"box": "box", "speck": "speck"}))
    assert part.alpha is not None
    assert whole.alpha is not None
    assert part.alpha.unpacked.shape == (SIDE // 2, SIDE)
    assert part.alpha.unpacked[:, 0 if x < 0 else -1].any()
    np.testing.assert_array_equal(part.alpha.unpacked, whole.alpha.unpacked)
    np.testing.assert_array_equal(rgb(part), rgb(whole))
