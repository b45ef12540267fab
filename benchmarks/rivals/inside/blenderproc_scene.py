"""BlenderProc's own way: one scene, some poses, colour, instance masks, depth and COCO labels; runs in its environment.

blenderproc_scene.py PACKAGE SCENE.json OUT SAMPLES      SAMPLES 0 leaves its default

PACKAGE is a folder that holds `blenderproc` and nothing else. Its launcher would fetch Blender and install packages
into it; here both are installed already, so that what prepares Blender's Python has nothing to do.
"""

# ruff: noqa: T201
import json
import os
import sys
import tempfile
import types
from pathlib import Path

import numpy as np


class Prepared:
    """In place of what installs packages into Blender's Python."""

    @staticmethod
    def setup(*_: object) -> list[str]:
        """Only the temporary folder is left to do."""
        from blenderproc.python.utility.Utility import Utility

        Utility.temp_dir = tempfile.mkdtemp()
        return sys.argv

    @staticmethod
    def setup_pip(*_: object, **__: object) -> str:
        """Nothing."""
        return ""


sys.path.insert(0, sys.argv.pop(1))
os.environ["INSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT"] = "1"
setup = types.ModuleType("blenderproc.python.utility.SetupUtility")
setup.SetupUtility = Prepared  # type: ignore[attr-defined]
sys.modules[setup.__name__] = setup
import blenderproc as bproc  # noqa: E402
import bpy  # noqa: E402
from blenderproc.python.utility import Initializer  # noqa: E402


class Through:
    """An object with some attributes of its own."""

    def __init__(self, inner: object, **own: object) -> None:
        self.__dict__.update(own)
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


# Blender as a module knows no languages, and BlenderProc wants English
spoken = types.SimpleNamespace(language="en_US")
preferences = Through(bpy.context.preferences, view=spoken)
Initializer.bpy = Through(bpy, context=Through(bpy.context, preferences=preferences))

scene = json.loads(Path(sys.argv[1]).read_text())
out, samples = Path(sys.argv[2]), int(sys.argv[3])

bproc.init()
(body,) = bproc.loader.load_obj(scene["mesh"])
body.set_cp("category_id", 1)
for lamp in scene["lamps"]:
    light = bproc.types.Light()
    light.set_type("AREA")
    light.set_local2world_mat(np.array(lamp["pose"]))
    light.set_energy(lamp["power"])
    light.blender_obj.data.size = lamp["size_m"]
bproc.renderer.set_world_background(scene["world"], 1.0)
side = scene["side_px"]
focal = scene["focal_mm"] / scene["sensor_mm"] * side
bproc.camera.set_intrinsics_from_K_matrix([[focal, 0, side / 2], [0, focal, side / 2], [0, 0, 1]], side, side)
for pose in scene["poses"]:
    bproc.camera.add_camera_pose(np.array(pose))
if samples:
    bproc.renderer.set_max_amount_of_samples(samples)
bproc.renderer.enable_depth_output(activate_antialiasing=False)
bproc.renderer.enable_segmentation_output(map_by=["category_id", "instance"])
data = bproc.renderer.render()
bproc.writer.write_coco_annotations(
    str(out),
    instance_segmaps=data["instance_segmaps"],
    instance_attribute_maps=data["instance_attribute_maps"],
    colors=data["colors"],
)
np.savez(out / "pictures.npz", *data["colors"])
print("pictures:", len(data["colors"]))
