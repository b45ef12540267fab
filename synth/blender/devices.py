"""What Blender can render on."""

from __future__ import annotations

from typing import Any

import bpy

from synth.errors import ConfigError
from synth.scene.take import Devices

BACKENDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")
"""In the order in which they are preferred."""


def devices() -> Devices:
    """Blender's version and its devices, the CPU first."""
    preferences = bpy.context.preferences.addons["cycles"].preferences
    found = _found(preferences)
    cpus = [pair for pair in found if pair[0] == "CPU"]
    gpus = [pair for pair in found if pair[0] != "CPU"]
    return Devices(bpy.app.version_string, tuple(cpus + gpus))


def use_gpu(preferences: Any) -> None:
    """Chooses the best GPU backend that there is; ConfigError if there is none."""
    available = {backend for backend, _ in _found(preferences)}
    for backend in BACKENDS:
        if backend in available:
            preferences.compute_device_type = backend
            for device in preferences.devices:
                device.use = device.type == backend
            return
    raise ConfigError('engine.device is "gpu", but Blender finds none here (see synth doctor); set it to "cpu"')


def _found(preferences: Any) -> list[tuple[str, str]]:
    preferences.refresh_devices()
    pairs = [(device.type, device.name) for device in preferences.devices]
    return list(dict.fromkeys(pairs))
