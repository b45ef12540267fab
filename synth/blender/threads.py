"""How many threads Blender and the denoiser use. No byte of a picture depends on it."""

from __future__ import annotations

import os

MOST = 1024


def thread_count() -> int:
    """SYNTH_BLENDER_THREADS, else all cores that this process may use."""
    stated = os.environ.get("SYNTH_BLENDER_THREADS", "")
    count = int(stated) if stated.isdecimal() else len(os.sched_getaffinity(0))
    return min(max(count, 1), MOST)
