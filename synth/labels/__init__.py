"""What an image is labelled with, and the file formats that say so: one module a format, each with its own convention.

Readers of untrusted files live here too. Nothing in this package draws, blends or renders.
"""
