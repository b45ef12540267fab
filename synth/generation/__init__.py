"""From an index range to files: workers, resume, card, replay.

The law: the bytes of a dataset are a function of recipe, seed, count and material. Number of workers, order of chunks,
crashes, resumes and the clock leave no trace in anything but `.work/`.
"""
