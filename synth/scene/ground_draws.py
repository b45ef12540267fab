"""The ground that things stand on, drawn from a recipe's `ground`; under a layer, what catches its shadow."""

from __future__ import annotations

import msgspec
import numpy as np

from synth.banks.records import PictureRecord
from synth.geometry.pose import moved, pose_of, turned
from synth.scene.ground_recipe import Ground, GroundKind
from synth.scene.stage import ShapeSource, Surface, Texture, Thing
from synth.scene.surface_draws import sample_surface
from synth.shapes.records import GroundShape
from synth.streams import sample_uniform

NAME = "ground"
CATCHER_M = 4.0
ROOMY = 2.4


def sample_ground(
    rng: np.random.Generator,
    ground: Ground,
    kind: GroundKind,
    pictures: tuple[PictureRecord, ...],
    facing_deg: float,
    reach_m: float,
) -> Thing | None:
    """A ground, or None.

    Args:
        rng: draws it.
        ground: what may be drawn.
        kind: of it.
        pictures: those of its folders of textures.
        facing_deg: the turn with which a body's front faces the camera; a sweep's wall is behind the subject.
        reach_m: how far the camera is from the middle; walls leave it room.
    """
    size, tile = (sample_uniform(rng, r) for r in (ground.size_range_m, ground.tile_range_m))
    off, turn = sample_uniform(rng, (-20.0, 20.0)), sample_uniform(rng, (0.0, 360.0))
    floor, wall = sample_surface(rng, ground.surfaces), sample_surface(rng, ground.surfaces)
    textured, which = rng.random() < ground.texture_share, rng.random()
    if kind == "none":
        return None
    if pictures and textured:
        floor = pictured(floor, pictures[int(which * len(pictures))].id, tile)
    size = max(size, ROOMY * reach_m)
    if kind == "sweep":
        wall = floor
    shape = GroundShape(kind, round(1000 * size, 3), round(600 * size, 3), round(1000 * tile, 3))
    pose = turned((0.0, 0.0, 1.0), facing_deg + off if kind == "sweep" else turn)
    return Thing(NAME, ShapeSource(shape), pose_of(pose), role="ground", surfaces=(floor, wall))


def shadow_catcher() -> Thing:
    """A plain floor of which only the shadows on it are seen."""
    shape = GroundShape("plane", 1000 * CATCHER_M)
    grey = Surface(colour=(150, 150, 150), roughness=1.0, specular=0.0)
    return Thing(
        NAME,
        ShapeSource(shape),
        pose_of(moved(0.0, 0.0, 0.0)),
        role="ground",
        surfaces=(grey, grey),
        catches_shadow=True,
    )


def pictured(surface: Surface, image: str, tile_m: float) -> Surface:
    """The surface with a picture on it."""
    texture = Texture("image", image, scale_m=round(tile_m, 4))
    return msgspec.structs.replace(surface, colour=(255, 255, 255), texture=texture)
