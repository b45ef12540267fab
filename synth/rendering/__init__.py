"""Rendered layers: a stage becomes a picture (Blender's process makes it) with truth that is measured on its meshes."""
