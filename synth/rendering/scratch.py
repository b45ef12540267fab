"""Folders for what a process leaves behind: each goes with its owner, and those whose owner was killed with the next.

The owner holds a lock on its folder, which the system lifts when it dies, however that happens.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "synth-blender-"


class Scratch:
    """A folder of this process, until `close`."""

    def __init__(self) -> None:
        """Makes it, and removes those that lost their owners."""
        _sweep()
        self._lock = -1
        while self._lock < 0:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._lock = _locked(self.path, fcntl.LOCK_EX)

    def close(self) -> None:
        """Removes it with all that is in it."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def _sweep() -> None:
    for path in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        with suppress(OSError):  # another's, or in use
            lock = _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
            if lock >= 0:
                os.close(lock)


def _locked(path: Path, how: int) -> int:
    """A descriptor that holds the lock on a folder; -1 if it was swept away meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return -1
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    if path.exists():
        return descriptor
    os.close(descriptor)
    return -1
