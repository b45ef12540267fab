"""From a spec and its material to pixels and labels: what is painted is what is labelled.

Nothing here draws at random or looks at anything but the spec and the material that it names. A label is measured on
the pixels that were painted, never computed beside them, and a camera effect never moves a pixel.
"""
