"""Tasks that behave badly on purpose; in a module of their own, so that workers can import them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synth.errors import AssetError

At = Callable[[int], None]


@dataclass(frozen=True)
class Misbehaving:
    """Squares indices, and does something else at those that are listed.

    Attributes:
        folder: a file `<index>-<pid>` is left here for each visit.
        once: takes its worker down at the first visit only.
        always: takes its worker down at every visit.
        hangs: sleeps for ever.
        exhausts: claims to have no memory left.
        faulty: raises an error that ends the run.
        slow_s: time per index.
    """

    folder: Path
    once: tuple[int, ...] = ()
    always: tuple[int, ...] = ()
    hangs: tuple[int, ...] = ()
    exhausts: tuple[int, ...] = ()
    faulty: tuple[int, ...] = ()
    slow_s: float = 0.0

    def __call__(self) -> Callable[[range, At], list[int]]:
        return self.make

    def make(self, chunk: range, at: At) -> list[int]:
        """The squares."""
        return [self.square(index, at) for index in chunk]

    def square(self, index: int, at: At) -> int:
        at(index)
        before = list(self.folder.glob(f"{index}-*"))
        (self.folder / f"{index}-{os.getpid()}").touch()
        if index in self.always or (index in self.once and not before):
            os.kill(os.getpid(), signal.SIGKILL)
        if index in self.hangs:
            time.sleep(1000)
        if index in self.exhausts:
            raise MemoryError
        if index in self.faulty:
            raise AssetError(f"index {index}: the disk is full")
        time.sleep(self.slow_s)
        return index * index


def dies_at_once() -> Misbehaving:
    """Never becomes a task."""
    os._exit(3)


def reveals() -> Callable[[range, At], list[tuple[str, ...]]]:
    """A task that tells how its worker was set up."""

    def tell(chunk: range, at: At) -> list[tuple[str, ...]]:
        threads = tuple(os.environ.get(name, "") for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"))
        return [(*threads, str(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)) for _ in chunk]

    return tell
