"""Blender's process, from outside: started when it is needed, replaced when it is worn, dead or silent.

Blender leaks, crashes and hangs; all of it happens in a process of its own, which costs one picture's time and never
the run. What it was told is sent again to its successor, so that no picture depends on which process took it.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType
from typing import BinaryIO

from synth.errors import AssetError, RenderError
from synth.scene.take import (
    LENGTH,
    Done,
    Lacking,
    Picture,
    PutDecal,
    PutMesh,
    Refused,
    Reply,
    Request,
    Shoot,
    decode_reply,
    encode,
)
from synth.spawning import calm_start

TRIES = 2
INSTALL = "pip install 'synthtag[rendering]'"


def require_blender() -> None:
    """AssetError if Blender's module is not installed."""
    if find_spec("bpy") is None:
        raise AssetError(f"rendering needs Blender's Python module, which is not installed; {INSTALL}")


class Studio:
    """One Blender process at a time.

    It is started by the first request. A request that its process does not survive, or does not answer in time, is sent
    to a new process once; if that fails too, it is a `RenderError`.
    """

    def __init__(self, *, threads: int = 1, frames: int = 300, silence_s: float = 300.0) -> None:
        """Starts nothing yet.

        Args:
            threads: that Blender computes on; the pictures do not depend on it.
            frames: pictures that a process takes before it is replaced, and with it whatever memory has leaked.
            silence_s: a process that does not answer for so long is replaced.
        """
        require_blender()
        self.threads = threads
        self.frames = frames
        self.silence_s = silence_s
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: BinaryIO | None = None
        self._replies = -1
        self._taken = 0

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of the process; None while there is none."""
        return None if self._process is None else self._process.pid

    def shoot(self, shoot: Shoot, mesh_of: Callable[[str], PutMesh], decal_of: Callable[[str], PutDecal]) -> Picture:
        """Takes a picture.

        Args:
            shoot: what to take.
            mesh_of: gives the mesh of a key, when Blender's process lacks it.
            decal_of: likewise a decal.

        Raises:
            AssetError: Blender cannot read a file of the scene.
            RenderError: no process survives the scene, or answers in time.
        """
        why = ""
        for _ in range(TRIES):
            try:
                return self._taken_picture(shoot, mesh_of, decal_of)
            except (EOFError, OSError, TimeoutError) as error:
                why = self._autopsy(error)
        raise RenderError(f"Blender's process {why}, {TRIES} times, over the same scene")

    def ask(self, request: Request) -> Reply:
        """The answer to any request.

        Raises:
            AssetError: Blender cannot read a file.
            RenderError: no process survives it, or answers in time.
        """
        why = ""
        for _ in range(TRIES):
            try:
                return self._answer(request)
            except (EOFError, OSError, TimeoutError) as error:
                why = self._autopsy(error)
        raise RenderError(f"Blender's process {why}, {TRIES} times, over the same request")

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._requests is not None:
                self._requests.close()
            os.close(self._replies)
        self._process, self._requests, self._taken = None, None, 0

    def _taken_picture(
        self, shoot: Shoot, mesh_of: Callable[[str], PutMesh], decal_of: Callable[[str], PutDecal]
    ) -> Picture:
        if self._taken >= self.frames:
            self.close()
        reply = self._answer(shoot)
        if isinstance(reply, Lacking):
            puts: list[PutMesh | PutDecal] = [mesh_of(key) for key in reply.meshes]
            for put in puts + [decal_of(key) for key in reply.decals]:
                kept = self._answer(put)
                if not isinstance(kept, Done):
                    raise RenderError(f"Blender's process answered {type(kept).__name__} to {put.key}")
            reply = self._answer(shoot)
        if not isinstance(reply, Picture):
            raise RenderError(f"Blender's process answered {type(reply).__name__} instead of a picture")
        self._taken += reply.render_s > 0
        return reply

    def _answer(self, request: Request) -> Reply:
        if self._process is None:
            self._start()
        assert self._requests is not None
        data = encode(request)
        self._requests.write(LENGTH.pack(len(data)))
        self._requests.write(data)
        self._requests.flush()
        reply = decode_reply(self._received())
        if isinstance(reply, Refused):
            raise AssetError(reply.text)
        return reply

    def _start(self) -> None:
        theirs, requests = os.pipe()
        replies, answers = os.pipe()
        command = [sys.executable, "-m", "synth.blender", str(theirs), str(answers)]
        environment = os.environ | {"SYNTH_BLENDER_THREADS": str(self.threads)}
        with calm_start():
            self._process = subprocess.Popen(  # noqa: S603
                command, env=environment, pass_fds=(theirs, answers), stdin=subprocess.DEVNULL, start_new_session=True
            )
        os.close(theirs)
        os.close(answers)
        self._requests, self._replies = os.fdopen(requests, "wb"), replies
        self._taken = 0

    def _received(self) -> bytes:
        end = time.monotonic() + self.silence_s
        (length,) = LENGTH.unpack(self._read(LENGTH.size, end))
        return bytes(self._read(length, end))

    def _read(self, count: int, end: float) -> bytearray:
        data = bytearray()
        while len(data) < count:
            ready, _, _ = select.select([self._replies], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(self._replies, count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def _autopsy(self, error: Exception) -> str:
        """Ends what is left of the process and says how it went."""
        assert self._process is not None
        if isinstance(error, TimeoutError):
            why = f"gave no answer for {self.silence_s:g} s"
        else:
            try:
                code = self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                code = None
            why = "broke off" if code is None else f"ended with code {code}"
            if code is not None and code < 0:
                why = f"was killed by signal {-code}"
        self.close()
        return why
