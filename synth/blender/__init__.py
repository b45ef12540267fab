"""Blender's side, in a process of its own: the only place that imports bpy; stages in, arrays out, and no labels."""
