"""One worker process, from both sides: `serve` runs in the child, `Worker` is the parent's handle of it.

A child is spawned (never forked), computes on one thread, ignores Ctrl-C (the parent decides), and ends itself as soon
as its parent is gone, so that a killed run leaves no orphans. Before each image it leaves the index in shared memory:
without a message the parent knows that it lives, and which image it was at when it died.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_int64
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from synth.errors import SynthError
from synth.generation.trial import Trial
from synth.spawning import calm_start

# at(index) says which image comes next
At = Callable[[int], None]
# task(chunk, at) makes a chunk's images and returns a small, picklable report
Task = Callable[[range, At], Any]
# picklable; called once in each worker
OpenTask = Callable[[], Task]

_CONTEXT = multiprocessing.get_context("spawn")
_NOWHERE = -1


@dataclass(frozen=True)
class Finished:
    """A chunk is done.

    Attributes:
        report: what the task returned.
    """

    report: Any


@dataclass(frozen=True)
class Failed:
    """A task raised; the worker that says so ends itself.

    Attributes:
        error: the exception, or one of ours that describes it (any other may not survive pickling).
    """

    error: Exception


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def serve(connection: Connection, position: c_int64, open_task: OpenTask, chunks: int) -> None:
    """The child's whole life: opens the task, then answers up to `chunks` chunks, and ends.

    Args:
        connection: chunks (as `range`) come in, `Finished` or `Failed` goes out.
        position: shared memory for the index that is being made.
        open_task: gives the task.
        chunks: after so many the process ends, and with it whatever memory has leaked.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def at(index: int) -> None:
        position.value = index

    with Trial() as trial:
        task = open_task()
        for _ in range(chunks):
            chunk = connection.recv()
            report = task(chunk, at)
            position.value = _NOWHERE
            connection.send(Finished(report))
    if trial.error is not None:
        ours = isinstance(trial.error, SynthError | MemoryError)
        with suppress(OSError):  # if it was the parent that is gone, nobody is left to tell
            connection.send(Failed(trial.error if ours else SynthError(trial.text)))


@dataclass(eq=False)
class Worker:
    """The parent's handle of one child.

    Attributes:
        process: the child.
        connection: the parent's end of the pipe.
        position: shared with the child.
        chunks_left: how many it will still answer.
        chunk: what it works on; None if it is idle.
        seen: the last position that was looked at, and when it first was.
    """

    process: SpawnProcess
    connection: Connection
    position: c_int64
    chunks_left: int
    chunk: range | None = None
    seen: tuple[int, float] = field(default=(_NOWHERE, 0.0))

    @classmethod
    def start(cls, open_task: OpenTask, chunks: int) -> Worker:
        """A new child that will answer up to `chunks` chunks. It need not be ready to be given the first."""
        ours, theirs = _CONTEXT.Pipe()
        position: c_int64 = _CONTEXT.RawValue(c_int64, _NOWHERE)
        process = _CONTEXT.Process(target=serve, args=(theirs, position, open_task, chunks), daemon=True)
        with calm_start():
            process.start()
        theirs.close()
        return cls(process, ours, position, chunks)

    def give(self, chunk: range) -> None:
        """Sends a chunk. OSError if the child is gone."""
        self.chunk, self.chunks_left, self.seen = chunk, self.chunks_left - 1, (_NOWHERE, time.monotonic())
        self.connection.send(chunk)

    def index(self) -> int | None:
        """The index it is at, None if it has begun none of its chunk."""
        value = int(self.position.value)
        return value if self.chunk is not None and value in self.chunk else None

    def passed(self) -> int:
        """How many images of its chunk it has left behind."""
        index = self.index()
        return 0 if index is None or self.chunk is None else index - self.chunk.start

    def silent_s(self) -> float:
        """Seconds since its position changed."""
        value, now = int(self.position.value), time.monotonic()
        if value != self.seen[0]:
            self.seen = (value, now)
        return now - self.seen[1]

    def end(self) -> int | None:
        """Makes sure that the child is gone. Returns its exit code (negative: the signal that ended it)."""
        self.process.kill()
        self.process.join()
        self.connection.close()
        return self.process.exitcode
