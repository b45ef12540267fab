"""The local engine: chunks of indices go to supervised worker processes.

Stock pools hang or lose all pending work when a worker is killed. Here a chunk whose worker dies or falls silent is
tried again by another worker; if it keeps failing, the one index at fault is found and set aside, and the rest goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any

from synth.errors import SynthError
from synth.generation.workers import Failed, Finished, OpenTask, Worker
from synth.spawning import exit_text

LOOK_S = 0.1
# chunks per worker that are held ready; the others are not even listed
READY = 4


@dataclass(frozen=True)
class Patience:
    """How much is borne before the engine steps in.

    Attributes:
        retries: how often a chunk that took its worker down is tried again before it is split.
        silence_s: a worker that has been at one image for longer is killed.
        chunks_per_worker: a worker is replaced after so many.
        grace_s: after a stop, how long chunks that are under way may still take.
    """

    retries: int = 2
    silence_s: float = 120.0
    chunks_per_worker: int = 1000
    grace_s: float = 1.0


@dataclass
class _Errand:
    """A chunk with its history: for each time a worker went down over it, the index it was at (None: unknown)."""

    chunk: range
    downs: list[int | None] = field(default_factory=list)


@dataclass
class LocalEngine:
    """Runs chunks on this machine.

    Attributes:
        open_task: picklable; called once in each worker, gives the task.
        workers: number of processes at work at once.
        on_report: called with each finished chunk and what the task returned for it.
        on_set_aside: called with an index that takes every worker down, and the reason.
        stop: asked about ten times a second; True ends the run early.
        patience: see there.
        on_look: called as often with the number of images that workers have left behind in chunks under way.
    """

    open_task: OpenTask
    workers: int
    on_report: Callable[[range, Any], None]
    on_set_aside: Callable[[int, str], None]
    stop: Callable[[], bool]
    patience: Patience = Patience()
    on_look: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        self._chunks: Iterator[range] = iter(())
        self._waiting: deque[_Errand] = deque()
        self._crew: dict[Worker, _Errand | None] = {}
        self._stillborn = 0

    def run(self, chunks: Iterable[range]) -> bool:
        """Works the chunks off, in no promised order; they are asked for as they are needed.

        Returns:
            Whether all were worked off; False if `stop` ended the run.

        Raises:
            SynthError: what a task raised (any exception ends the run: a task deals with its images' own errors).
        """
        self._chunks = iter(chunks)
        try:
            while self._hold_ready() or self._busy():
                if self.stop():
                    self._let_finish()
                    return False
                self._hand_out()
                self._listen(LOOK_S)
                self.on_look(sum(worker.passed() for worker in self._busy()))
            return True
        finally:
            for worker in self._crew:
                worker.end()
            self._crew.clear()

    def _hold_ready(self) -> bool:
        """Fetches some more chunks; whether any wait. What is tried again comes after those only."""
        while len(self._waiting) < READY * self.workers and (chunk := next(self._chunks, None)) is not None:
            self._waiting.append(_Errand(chunk))
        return bool(self._waiting)

    def _busy(self) -> list[Worker]:
        return [worker for worker, errand in self._crew.items() if errand is not None]

    def _hand_out(self) -> None:
        for worker in [w for w, errand in self._crew.items() if errand is None and w.chunks_left == 0]:
            worker.end()
            del self._crew[worker]
        while self._waiting:
            idle = next((w for w, errand in self._crew.items() if errand is None), None)
            if idle is None:
                if len(self._crew) >= self.workers:
                    return
                idle = Worker.start(self.open_task, self.patience.chunks_per_worker)
            self._crew[idle] = errand = self._waiting.popleft()
            try:
                idle.give(errand.chunk)
            except OSError:
                self._went_down(idle, None)

    def _listen(self, timeout_s: float) -> None:
        ready = wait([worker.connection for worker in self._busy()], timeout_s)
        for worker in [w for w in self._busy() if w.connection in ready]:
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                self._went_down(worker, None)
                continue
            self._hear(worker, message)
        for worker in self._busy():
            if worker.silent_s() > self.patience.silence_s:
                self._went_down(worker, f"gave no sign of life for {self.patience.silence_s:g} s")

    def _hear(self, worker: Worker, message: Finished | Failed) -> None:
        if isinstance(message, Failed):
            if isinstance(message.error, MemoryError):
                self._went_down(worker, "ran out of memory")
                return
            raise message.error
        errand = self._crew[worker]
        self._crew[worker], worker.chunk = None, None
        self._stillborn = 0
        if errand is not None:
            self.on_report(errand.chunk, message.report)

    def _went_down(self, worker: Worker, how: str | None) -> None:
        errand, index = self._crew.pop(worker), worker.index()
        code = worker.end()
        why = f"the worker {how or exit_text(code)}"
        if errand is None:
            return
        if index is None:
            self._count_stillborn(why)
        errand.downs.append(index)
        if len(errand.downs) <= self.patience.retries:
            self._waiting.append(errand)
        else:
            self._break_up(errand, f"{why}, {len(errand.downs)} times")

    def _count_stillborn(self, why: str) -> None:
        self._stillborn += 1
        if self._stillborn > self.patience.retries * self.workers:
            raise SynthError(
                f"worker processes end before they make anything: {why}. If this is your own script, its code must "
                'stand under `if __name__ == "__main__":`; else look for the first message above, or free some memory'
            )

    def _break_up(self, errand: _Errand, why: str) -> None:
        """Sets the index aside that all failures point at, or halves the chunk if they don't agree."""
        chunk, blamed = errand.chunk, set(errand.downs)
        index = chunk[0] if len(chunk) == 1 else blamed.pop() if len(blamed) == 1 else None
        if index is None:
            middle = chunk.start + len(chunk) // 2
            pieces = [range(chunk.start, middle), range(middle, chunk.stop)]
        else:
            self.on_set_aside(index, why)
            pieces = [range(chunk.start, index), range(index + 1, chunk.stop)]
        self._waiting.extend(_Errand(piece) for piece in pieces if piece)

    def _let_finish(self) -> None:
        end = time.monotonic() + self.patience.grace_s
        self._waiting.clear()
        while self._busy() and time.monotonic() < end:
            self._listen(LOOK_S)
