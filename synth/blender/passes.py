"""Renders a scene and takes the passes out of memory: no compositor, and with Cycles no files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from cycles import CyclesRender
from numpy.typing import NDArray

from synth.errors import RenderError

Plane = NDArray[np.float32]
Look = Callable[[Any], None]
"""Is shown the dependency graph that is rendered."""


def rendered(scene: Any, layer: Any, look: Look) -> dict[str, Plane]:
    """Renders.

    Returns:
        The passes of the layer by their names, (h, w, channels) from the top.
    """
    if scene.render.engine == "CYCLES":
        planes: dict[str, Plane] = {}
        with _captured(planes, layer.name, look):
            bpy.ops.render.render(scene=scene.name, layer="")
    else:
        planes = _rendered_to_file(scene)
        look(layer.depsgraph)
    if "Combined" not in planes:
        raise RenderError("the renderer gave no picture")
    return planes


@contextmanager
def _captured(planes: dict[str, Plane], layer: str, look: Look) -> Iterator[None]:
    """Copies what Cycles has rendered before Blender does anything else with it."""
    original = CyclesRender.render

    def render(engine: Any, graph: Any) -> None:
        original(engine, graph)
        frame = engine.get_result()
        for each in frame.layers[layer].passes:
            flat = np.zeros(each.channels * frame.resolution_x * frame.resolution_y, np.float32)
            each.rect.foreach_get(flat)
            planes[each.name] = flat.reshape(frame.resolution_y, frame.resolution_x, each.channels)[::-1]
        look(graph)

    CyclesRender.render = render
    try:
        yield
    finally:
        CyclesRender.render = original


def _rendered_to_file(scene: Any) -> dict[str, Plane]:
    """EEVEE's picture, by way of a file: a finished rendering cannot be read otherwise without a window."""
    settings = scene.render.image_settings
    with tempfile.TemporaryDirectory(prefix="synth-") as folder:
        path = Path(folder) / "picture.exr"
        scene.render.filepath = str(path)
        settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
        settings.exr_codec = "NONE"
        bpy.ops.render.render(scene=scene.name, layer="", write_still=True)
        if not path.is_file():
            return {}
        image = bpy.data.images.load(str(path))
        width, height = image.size
        flat = np.zeros(width * height * 4, np.float32)
        image.pixels.foreach_get(flat)
        bpy.data.images.remove(image)
    return {"Combined": flat.reshape(height, width, 4)[::-1]}
