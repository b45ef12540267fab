"""Cycles alone, in a loop: camera, render, next; nothing is labelled or written. Runs with this package's interpreter.

bare_cycles.py SCENE.json OUT.npz SAMPLES KIND      KIND: plain, fast (denoised) or reference

Prints the CPU seconds of each picture, the first of which (shaders, scene) is not counted.
"""

# ruff: noqa: T201
import json
import math
import os
import sys
import time
from pathlib import Path

import bpy
import cycles
import numpy as np
from mathutils import Matrix

scene_path, out, samples, kind = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
told = json.loads(scene_path.read_text())
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
bpy.ops.wm.obj_import(filepath=told["mesh"])
for lamp in told["lamps"]:
    data = bpy.data.lights.new("lamp", "AREA")
    data.energy, data.size = lamp["power"], lamp["size_m"]
    made = bpy.data.objects.new("lamp", data)
    made.matrix_world = Matrix(lamp["pose"])
    scene.collection.objects.link(made)
scene.world = bpy.data.worlds.new("world")
scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (*told["world"], 1)
camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
camera.data.lens, camera.data.sensor_width = told["focal_mm"], told["sensor_mm"]
scene.collection.objects.link(camera)
scene.camera = camera
render, tracer = scene.render, scene.cycles
render.engine = "CYCLES"
render.resolution_x = render.resolution_y = told["side_px"]
render.threads_mode, render.threads = "FIXED", int(os.environ.get("THREADS", "1"))
render.use_persistent_data = True
tracer.samples, tracer.use_adaptive_sampling, tracer.max_bounces = samples, False, 4
tracer.use_denoising = kind != "plain"
tracer.denoiser = "OPENIMAGEDENOISE"
tracer.denoising_input_passes = "RGB_ALBEDO_NORMAL"
fast = kind == "fast"
tracer.denoising_prefilter, tracer.denoising_quality = ("FAST", "FAST") if fast else ("ACCURATE", "HIGH")
tracer.sample_clamp_indirect = 0
pictures: list[np.ndarray] = []
rendered = cycles.CyclesRender.render


def kept(engine: cycles.CyclesRender, depsgraph: bpy.types.Depsgraph) -> None:
    """Renders, and copies the picture out of memory."""
    rendered(engine, depsgraph)
    result = engine.get_result()
    combined = next(p for layer in result.layers for p in layer.passes if p.name == "Combined")
    pixels = np.zeros(4 * result.resolution_x * result.resolution_y, np.float32)
    combined.rect.foreach_get(pixels)
    pictures.append(pixels.reshape(result.resolution_y, result.resolution_x, 4)[::-1, :, :3])


cycles.CyclesRender.render = kept
seconds = []
silent, loud = os.open(os.devnull, os.O_WRONLY), os.dup(1)
for pose in told["poses"]:
    camera.matrix_world = Matrix(pose)
    begun = time.process_time()
    os.dup2(silent, 1)
    bpy.ops.render.render()
    os.dup2(loud, 1)
    seconds.append(time.process_time() - begun)
assert not math.isnan(sum(seconds))
np.savez(out, *pictures)
print(json.dumps(seconds))
