"""`python -m synth.blender FD_IN FD_OUT`: answers requests (`synth.scene.take`) until its input ends.

It inherits both descriptors, says nothing (what Blender prints goes to the file that SYNTH_BLENDER_LOG names, else
nowhere), leaves Ctrl-C to its parent, and dies with it. SYNTH_BLENDER_THREADS is the number of threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


def silence() -> None:
    """Sends standard output and standard error to the log, or nowhere."""
    log = os.open(os.environ.get("SYNTH_BLENDER_LOG") or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def die_with_parent() -> None:
    """Has Linux kill this process when the one that started it ends, however that ends."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        signal.raise_signal(signal.SIGKILL)  # it ended before it was watched


def give_way() -> None:
    """Has Linux choose this process, not the run, when memory runs out."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")


def main() -> None:
    """Sets the process up, then serves."""
    requests, replies = (int(argument) for argument in sys.argv[1:3])
    silence()
    die_with_parent()
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from synth.blender.session import serve

    with open(requests, "rb") as source, open(replies, "wb") as sink:
        serve(source, sink)


if __name__ == "__main__":
    main()
