"""The camera."""

from __future__ import annotations

from typing import Any

import bpy

from synth.scene.stage import Lens

RANGE_M = {"cycles": (0.001, 100_000.0), "eevee": (0.01, 100.0)}
"""What is nearer or farther is not seen; EEVEE loses its lamps where the two are many powers of ten apart."""


def new_camera(name: str, engine: str) -> Any:
    """A camera for an engine, without its values."""
    camera = bpy.data.cameras.new(name)
    camera.clip_start, camera.clip_end = RANGE_M[engine]
    camera.sensor_fit = "AUTO"
    return bpy.data.objects.new(name, camera)


def set_lens(thing: Any, lens: Lens) -> None:
    """Gives a camera its lens."""
    camera = thing.data
    camera.lens, camera.sensor_width = lens.focal_mm, lens.sensor_mm
    camera.dof.use_dof = lens.f_stop is not None
    if lens.f_stop is not None:
        camera.dof.aperture_fstop, camera.dof.focus_distance = lens.f_stop, lens.focus_m
