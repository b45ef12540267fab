"""Open Image Denoise, from the library that Blender's package brings along; fast quality.

Blender's own denoiser works on the sum of all light only; called from here it works on any mix of light groups.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from synth.blender.threads import thread_count
from synth.errors import AssetError, RenderError

Plane = NDArray[np.float32]
CPU, FLOAT3, FAST = 1, 3, 4
RIM_PX = 8
AROUND_PX = 24
"""What is seen of the empty part of a picture round a layer that is denoised."""
POINTER, SIZE = ctypes.c_void_p, ctypes.c_size_t
SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "oidnNewDevice": (POINTER, [ctypes.c_int]),
    "oidnCommitDevice": (None, [POINTER]),
    "oidnSetDeviceInt": (None, [POINTER, ctypes.c_char_p, ctypes.c_int]),
    "oidnSetDeviceBool": (None, [POINTER, ctypes.c_char_p, ctypes.c_bool]),
    "oidnGetDeviceError": (ctypes.c_int, [POINTER, ctypes.POINTER(ctypes.c_char_p)]),
    "oidnNewFilter": (POINTER, [POINTER, ctypes.c_char_p]),
    "oidnSetSharedFilterImage": (None, [POINTER, ctypes.c_char_p, POINTER, ctypes.c_int, *[SIZE] * 5]),
    "oidnSetFilterBool": (None, [POINTER, ctypes.c_char_p, ctypes.c_bool]),
    "oidnSetFilterInt": (None, [POINTER, ctypes.c_char_p, ctypes.c_int]),
    "oidnCommitFilter": (None, [POINTER]),
    "oidnExecuteFilter": (None, [POINTER]),
    "oidnReleaseFilter": (None, [POINTER]),
}


def denoised(light: Plane, albedo: Plane | None = None, normals: Plane | None = None) -> Plane:
    """A picture without its noise.

    Args:
        light: (h, w, 3) linear.
        albedo: (h, w, 3) colours of the surfaces, as noisy as the picture; None without.
        normals: (h, w, 3); only with albedo.
    """
    library, device = _device()
    rim = min(RIM_PX, *(side - 1 for side in light.shape[:2]))
    given = {b"color": light, b"albedo": albedo, b"normal": normals}
    planes = {name: _framed(plane, rim) for name, plane in given.items() if plane is not None}
    result = np.zeros_like(planes[b"color"])
    planes[b"output"] = result
    height, width = result.shape[:2]
    task = library.oidnNewFilter(device, b"RT")
    for name, plane in planes.items():
        library.oidnSetSharedFilterImage(task, name, plane.ctypes.data, FLOAT3, width, height, 0, 12, 12 * width)
    library.oidnSetFilterBool(task, b"hdr", True)
    library.oidnSetFilterInt(task, b"quality", FAST)
    library.oidnCommitFilter(task)
    library.oidnExecuteFilter(task)
    library.oidnReleaseFilter(task)
    _complain(library, device)
    return np.ascontiguousarray(result[rim : height - rim, rim : width - rim])


def _framed(plane: Plane, rim: int) -> Plane:
    """With its own mirror image round it: at the very border the denoiser goes wrong by a sixth of the value."""
    return np.ascontiguousarray(np.pad(plane, ((rim, rim), (rim, rim), (0, 0)), "reflect"), np.float32)


@cache
def _device() -> tuple[Any, Any]:
    """The library and its device, made once."""
    folder = Path(bpy.utils.resource_path("LOCAL")).parent / "lib"
    library: Any = None
    for pattern in ("libtbb.so.*", "libOpenImageDenoise_core.so.*", "libOpenImageDenoise.so.*"):
        files = sorted(folder.glob(pattern))
        if not files:
            raise AssetError(f"{folder}: no {pattern}; install bpy again (pip install --force-reinstall bpy)")
        library = ctypes.CDLL(str(files[0]), mode=ctypes.RTLD_GLOBAL)
    for name, (returned, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, arguments
    device = library.oidnNewDevice(CPU)
    library.oidnSetDeviceInt(device, b"numThreads", thread_count())
    library.oidnSetDeviceBool(device, b"setAffinity", False)
    library.oidnCommitDevice(device)
    _complain(library, device)
    return library, device


def _complain(library: Any, device: Any) -> None:
    message = ctypes.c_char_p()
    if library.oidnGetDeviceError(device, ctypes.byref(message)) != 0:
        raise RenderError(f"the denoiser failed: {(message.value or b'').decode()}")
