"""Lamps."""

from __future__ import annotations

import math
from typing import Any

import bpy

from synth.scene.stage import Lamp

KINDS = {"point": "POINT", "area": "AREA", "spot": "SPOT", "sun": "SUN"}


def new_lamp(name: str, lamp: Lamp, *, hidden: bool) -> Any:
    """An object for a lamp, without its values; `hidden`: from the camera (with EEVEE its light would go, too)."""
    thing = bpy.data.objects.new(name, bpy.data.lights.new(name, KINDS[lamp.kind]))
    thing.visible_camera = not hidden
    return thing


def set_lamp(thing: Any, lamp: Lamp) -> None:
    """Gives a lamp its power, colour and size."""
    light = thing.data
    light.energy = lamp.power
    light.color = lamp.colour
    if lamp.kind == "area":
        light.shape, light.size = "SQUARE", max(lamp.size_m, 1e-4)
    elif lamp.kind == "sun":
        light.angle = math.radians(min(lamp.size_m, 180.0))
    else:
        light.shadow_soft_size = lamp.size_m
    if lamp.kind == "spot":
        light.spot_size, light.spot_blend = math.radians(lamp.spot_deg), 0.3
