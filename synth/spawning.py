"""Starting child processes so that they leave the machine and Ctrl-C alone, and saying how they ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


@contextmanager
def calm_start() -> Iterator[None]:
    """Holds Ctrl-C back while children are born (a terminal sends it to them too); they compute on one thread each."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    resource_tracker.ensure_running()  # its first start unblocks SIGINT, so it must not happen inside
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def exit_text(code: int | None) -> str:
    """How a process ended, as the end of a sentence about it; a negative code is a signal."""
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"was killed ({name}{', perhaps for want of memory' if -code == signal.SIGKILL else ''})"
