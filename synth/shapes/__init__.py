"""Parametric bodies, as meshes of our own: their parameters are plain records, and equal records give equal meshes."""
