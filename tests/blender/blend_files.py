"""Writes .blend files and a USD file for the tests: python blend_files.py FOLDER."""

import sys
from pathlib import Path

import bpy

SCRIPT = "import pathlib\npathlib.Path({!r}).write_text('ran')\n"


def main(folder: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    lights, props = (bpy.data.collections.new(f"synth.{name}") for name in ("lights", "props"))
    scene.collection.children.link(lights)
    scene.collection.children.link(props)
    for number in range(2):
        lamp = bpy.data.objects.new(f"lamp{number}", bpy.data.lights.new(f"lamp{number}", "POINT"))
        lamp.data.energy, lamp.location = 20.0, (number - 0.5, -1.0, 2.0)
        lights.objects.link(lamp)
    for number in range(4):
        bpy.ops.mesh.primitive_cube_add(size=0.1, location=(number * 0.2, 0.4, 0.05))
        cube = bpy.context.object
        cube.name = f"prop{number}"
        for owner in list(cube.users_collection):
            owner.objects.unlink(cube)
        props.objects.link(cube)
    bpy.ops.mesh.primitive_plane_add(size=4.0, location=(0.0, 0.0, 0.0))
    bpy.context.object.name = "table"
    bpy.ops.object.empty_add(location=(0.0, 0.0, 0.0))
    bpy.context.object.name = "synth.stage"
    bpy.context.object.location, bpy.context.object.rotation_euler = (0.3, 0.2, 0.0), (0.0, 0.0, 1.0)
    bpy.ops.object.camera_add(location=(0.0, 0.0, 9.0))
    text = bpy.data.texts.new("evil.py")
    text.write(SCRIPT.format(str(folder / "ran.txt")))
    text.use_module = True
    table = bpy.data.objects["table"]
    driver = table.driver_add("location", 2).driver
    driver.expression = f"1.0 if __import__('pathlib').Path({str(folder / 'driven.txt')!r}).write_text('x') else 0"
    save(folder / "room.blend")
    table.driver_remove("location", 2)
    table.location = (0.0, 0.0, 0.0)
    bpy.ops.wm.usd_export(filepath=str(folder / "room.usdc"))
    material = bpy.data.materials.new("m")
    material.node_tree.nodes.new("ShaderNodeTexImage").image = bpy.data.images.new("gone", 4, 4)
    bpy.data.images["gone"].source, bpy.data.images["gone"].filepath = "FILE", "//gone.png"
    table.data.materials.append(material)
    save(folder / "missing.blend")
    newer = (folder / "missing.blend").read_bytes().replace(b"v0500", b"v0777", 1)
    (folder / "newer.blend").write_bytes(newer)
    (folder / "damaged.blend").write_bytes((folder / "room.blend").read_bytes()[:3000])
    (folder / "other.blend").write_text("not a blend file")


def save(path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
