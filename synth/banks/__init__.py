"""Real material in ordered catalogues: cut-out tags, background photos, procedural textures; and the deal of identities
and photos to splits, made before anything is drawn.
"""
