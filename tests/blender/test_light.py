"""Light groups, depth of field, shadows, and the renderer's own passes."""

from __future__ import annotations

import msgspec
import numpy as np
from blender_child import Studio, psnr, rgb, shot, stage, thing

from synth.geometry.camera import Intrinsics, camera_from_world
from synth.geometry.pose import looking, matrix_of_pose, moved, pose_of
from synth.scene.stage import Engine, Environment, Lamp, Lens, Surface, Viewpoint

replace = msgspec.structs.replace
PLAIN = Engine(samples=4, denoise=False)


def test_groups_sum_to_the_light_of_one_group(studio: Studio) -> None:
    apart = stage(engine=PLAIN)
    together = replace(
        apart,
        lamps=tuple(replace(lamp, group=0) for lamp in apart.lamps),
        environment=replace(apart.environment, group=0),
    )
    sums, whole = (rgb(studio.shoot(shot(each))) for each in (apart, together))
    np.testing.assert_allclose(sums, whole, rtol=1e-4, atol=1e-5)


def test_a_mix_is_what_lamps_of_that_power_give(studio: Studio) -> None:
    gains = ((2.0, 2.0, 2.0), (0.0, 0.0, 0.0), (0.5, 1.0, 3.0), (1.0, 0.4, 0.2))
    scene = stage(engine=Engine(samples=256, denoise=False))
    mixed = rgb(studio.shoot(shot(scene, mix=gains)))
    lit = replace(
        scene,
        lamps=tuple(
            replace(lamp, colour=tuple(c * g for c, g in zip(lamp.colour, gain, strict=True)))
            for lamp, gain in zip(scene.lamps, gains, strict=False)
        ),
        environment=replace(scene.environment, colour=(0.3, 0.3 * 0.4, 0.35 * 0.2)),
    )
    assert psnr(mixed, rgb(studio.shoot(shot(lit)))) > 38


def test_denoising_keeps_the_light_and_takes_noise_away(studio: Studio) -> None:
    truth = rgb(studio.shoot(shot(stage(engine=Engine(samples=512, denoise=False)))))
    noisy = rgb(studio.shoot(shot(stage(engine=PLAIN))))
    clean = rgb(studio.shoot(shot(stage(engine=Engine(samples=4)))))
    assert psnr(clean, truth) > psnr(noisy, truth) + 1.5
    np.testing.assert_allclose(clean.mean(), truth.mean(), rtol=0.02)


def test_index_and_depth_are_those_of_the_geometry(studio: Studio) -> None:
    scene = stage(engine=Engine(samples=1, denoise=False))
    picture = studio.shoot(shot(scene, passes=True))
    assert picture.index is not None
    assert picture.depth is not None
    index, depth = picture.index.unpacked, picture.depth.unpacked
    assert set(np.unique(index)) == {0.0, 1.0, 2.0, 3.0}
    camera, optics = matrix_of_pose(scene.camera.pose), Intrinsics.of_lens(50, 36, 64, 64)
    centre = camera_from_world(camera)[:3] @ (0.07, -0.05, 0.06, 1.0)
    ball = np.argwhere(index == 3)[:, ::-1] + 0.5
    px = optics.projected(centre[None])[0]
    np.testing.assert_allclose(ball.mean(axis=0), px, atol=0.8)
    radius = np.sqrt(len(ball) / np.pi)
    np.testing.assert_allclose(radius, 0.06 / centre[2] * optics.focal_px, rtol=0.04)
    # the plane z = 0, where nothing but the floor is
    rays = np.stack([*((np.indices((64, 64))[::-1] + 0.5 - 32) / optics.focal_px), np.ones((64, 64))], axis=-1)
    down = (rays * (1, -1, -1)) @ camera[:3, :3].T
    expected = -camera[2, 3] / down[..., 2]
    lies = index == 1
    assert np.median(np.abs(depth[lies] / expected[lies] - 1)) < 0.01


def test_a_caught_shadow_darkens_where_the_lamp_is_hidden_and_nowhere_else(studio: Studio) -> None:
    ball = thing("ball", "ball", z=0.2)
    ground = thing("floor", "floor", role="ground", catches_shadow=True)
    sun = Lamp("sun", pose_of(looking((0, 0, 1), (0, 0, 0))), 2.0, size_m=0.5)
    scene = stage(
        ground, ball, lamps=(sun,), environment=Environment(strength=0.0), film_transparent=True,
        camera=Viewpoint(pose_of(looking((0, -0.6, 0.5), (0, 0, 0.1)))), engine=Engine(samples=8),
    )  # fmt: skip
    picture = studio.shoot(shot(scene, passes=True))
    assert picture.shadow is not None
    assert picture.alpha is not None
    shadow, alpha = picture.shadow.unpacked, picture.alpha.unpacked
    shaded, lit = at(scene, (0.0, 0.0, 0.0)), at(scene, (0.2, 0.0, 0.0))
    assert alpha[shaded] == alpha[lit] == 0
    assert alpha[at(scene, (0.0, 0.0, 0.2))] == 1
    assert shadow[shaded].max() < 0.1
    assert shadow[lit].min() > 0.9


def at(scene, point):  # type: ignore[no-untyped-def]
    """(row, column) of a point in space."""
    inside = camera_from_world(matrix_of_pose(scene.camera.pose))[:3] @ (*point, 1.0)
    x, y = Intrinsics.of_lens(scene.camera.lens.focal_mm, 36, 64, 64).projected(inside[None])[0]
    return int(y), int(x)


def test_what_is_out_of_focus_is_blurred_and_what_is_in_focus_is_not(studio: Studio) -> None:
    scene = stage(
        thing("box", "box", 0.0, 0.0, 0.0, surfaces=(Surface((255, 255, 255)),)),
        lamps=(), environment=Environment(seen=False), engine=Engine(samples=64, denoise=False),
    )  # fmt: skip
    steps = []
    for lens in (Lens(50), Lens(50, f_stop=0.5, focus_m=0.95), Lens(50, f_stop=0.5, focus_m=3.0)):
        scene = replace(scene, camera=Viewpoint(pose_of(looking((0, -1.0, 0), (0, 0, 0))), lens))
        steps.append(np.abs(np.diff(rgb(studio.shoot(shot(scene)))[32, :, 1])).max())
    sharp, focused, blurred = steps
    assert focused > 0.75 * sharp
    assert blurred < 0.4 * sharp


def test_lamps_are_not_seen_and_an_environment_only_where_it_may_be(studio: Studio) -> None:
    facing = Lamp("area", pose_of(moved(0, 0, 0.5)), 5.0, size_m=0.2)
    up = Viewpoint(pose_of(looking((0, 0, 0.01), (0, 0, 1))))
    for environment, level in ((Environment(strength=0.25), 0.25), (Environment(strength=0.25, seen=False), 0.0)):
        scene = stage(thing("ball", "ball", z=-5.0), lamps=(facing,), environment=environment, camera=up)
        np.testing.assert_allclose(rgb(studio.shoot(shot(scene))), level, atol=0.003)


def test_a_transparent_film_shows_nothing_of_the_environment(studio: Studio) -> None:
    scene = stage(thing("ball", "ball"), film_transparent=True, engine=PLAIN)
    picture = studio.shoot(shot(scene))
    assert picture.alpha is not None
    alpha = picture.alpha.unpacked
    assert alpha[0, 0] == 0
    assert alpha.max() == 1
    assert picture.shadow is None
    assert np.all(rgb(picture)[alpha == 0] == 0)
