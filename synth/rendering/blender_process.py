"""One Blender process, from outside: started at once, asked one thing at a time, ended for good.

All that it leaves on disk lies in a folder that goes with it. Nothing here waits for longer than it is told to, for a
process that hangs reads no more than it writes.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from synth.rendering.scratch import Scratch
from synth.scene.take import LENGTH, Reply, Request, decode_reply, encode
from synth.spawning import calm_start, exit_text

LOG = "SYNTH_BLENDER_LOG"
PART = 1 << 16
LEAVE_S = 5.0
"""How long a process that has closed its end may take to be gone."""


class Lost(Exception):
    """The process is gone, hangs, or talks nonsense; why, as the end of a sentence about it."""


class BlenderProcess:
    """Blender, with what goes in and comes out of it."""

    def __init__(self, threads: int) -> None:
        """Starts it.

        Args:
            threads: that it computes on.
        """
        theirs, self._requests = os.pipe()
        self._replies, answers = os.pipe()
        self._scratch = Scratch()
        self._log = Path(os.environ.get(LOG) or self._scratch.path / "log")
        self._has_answered = False
        folder = str(self._scratch.path)
        names = {"SYNTH_BLENDER_THREADS": str(threads), LOG: str(self._log), "TMPDIR": folder, "TEMP": folder}
        command = [sys.executable, "-m", "synth.blender", str(theirs), str(answers)]
        with calm_start():
            self._child = subprocess.Popen(  # noqa: S603
                command,
                env=os.environ | names,
                pass_fds=(theirs, answers),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        os.close(theirs)
        os.close(answers)
        os.set_blocking(self._requests, False)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._child.pid

    @property
    def folder(self) -> Path:
        """Where it keeps its temporary files."""
        return self._scratch.path

    def answer(self, request: Request, silence_s: float) -> Reply:
        """What it says to a request; `Lost` if it does not survive it, or takes longer."""
        end = time.monotonic() + silence_s
        try:
            self._write(encode(request), end)
            (length,) = LENGTH.unpack(self._read(LENGTH.size, end))
            reply = decode_reply(bytes(self._read(length, end)))
        except TimeoutError:
            raise Lost(f"gave no answer for {silence_s:g} s") from None
        except (EOFError, OSError):
            raise Lost(self._end_text()) from None
        except msgspec.DecodeError as error:
            raise Lost(f"gave an answer that cannot be read ({error})") from None
        self._has_answered = True
        return reply

    def cpu_s(self) -> float:
        """CPU seconds that it has taken so far; 0 where there is no /proc."""
        try:
            numbers = Path(f"/proc/{self.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(numbers[11]) + int(numbers[12])) / float(os.sysconf("SC_CLK_TCK"))

    def close(self) -> None:
        """Ends it, whatever it is at."""
        self._child.kill()
        self._child.wait()
        os.close(self._requests)
        os.close(self._replies)
        self._scratch.close()

    def _write(self, data: bytes, end: float) -> None:
        for part in (LENGTH.pack(len(data)), data):
            left = memoryview(part)
            while left:
                _wait(self._requests, select.POLLOUT, end)
                with suppress(BlockingIOError):
                    left = left[os.write(self._requests, left[:PART]) :]

    def _read(self, count: int, end: float) -> bytearray:
        data = bytearray()
        while len(data) < count:
            _wait(self._replies, select.POLLIN, end)
            part = os.read(self._replies, count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def _end_text(self) -> str:
        try:
            code = self._child.wait(timeout=LEAVE_S)
        except subprocess.TimeoutExpired:
            return "broke off"
        if code <= 0:
            return exit_text(code)
        hint = "" if self._has_answered else "; synth doctor looks for the cause"
        return f"{exit_text(code)} ({self._last_line()}){hint}"

    def _last_line(self) -> str:
        try:
            lines = self._log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return "no word of it"
        return next((line.strip() for line in reversed(lines) if line.strip()), "without a word")


def _wait(descriptor: int, event: int, end: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
        raise TimeoutError
