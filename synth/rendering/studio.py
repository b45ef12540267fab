"""Blender's process, replaced when it is worn, dead or silent.

Blender leaks, crashes and hangs; all of it happens in a process of its own, which costs one picture's time and never
the run. What it was told is sent again to its successor, so that no picture depends on which process took it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType
from typing import TypeVar

from synth.errors import AssetError, RenderError
from synth.rendering.blender_process import BlenderProcess, Lost
from synth.scene.take import Done, Lacking, Picture, PutDecal, PutMesh, Refused, Reply, Request, Shoot

R = TypeVar("R")
TRIES = 2
INSTALL = "pip install 'synthtag[rendering]'"
SECONDS_PER_SAMPLE = 2e-5
"""A generous bound of the CPU seconds that one sample of one pixel takes."""


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
            silence_s: a process that does not answer for so long, and for longer than so large a picture can take, is
                replaced.
        """
        require_blender()
        self.threads = threads
        self.frames = frames
        self.silence_s = silence_s
        self._process: BlenderProcess | None = None
        self._taken = 0
        self._spent_s = 0.0

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

    @property
    def cpu_s(self) -> float:
        """CPU seconds that all its processes have taken."""
        return self._spent_s + (0.0 if self._process is None else self._process.cpu_s())

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
        return self._tried(lambda: self._taken_picture(shoot, mesh_of, decal_of), "scene")

    def ask(self, request: Request) -> Reply:
        """The answer to any request.

        Raises:
            AssetError: Blender cannot read a file.
            RenderError: no process survives it, or answers in time.
        """
        return self._tried(lambda: self._answer(request), "request")

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._spent_s += self._process.cpu_s()
            self._process.close()
        self._process, self._taken = None, 0

    def _tried(self, answer: Callable[[], R], over: str) -> R:
        why = ""
        for _ in range(TRIES):
            try:
                return answer()
            except Lost as lost:
                why = str(lost)
                self.close()
        raise RenderError(f"Blender's process {why}, {TRIES} times, over the same {over}")

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
                    raise Lost(f"answered {type(kept).__name__} to {put.key}")
            reply = self._answer(shoot)
        if not isinstance(reply, Picture):
            raise Lost(f"answered {type(reply).__name__} instead of a picture")
        self._taken += reply.afresh
        return reply

    def _answer(self, request: Request) -> Reply:
        if self._process is None:
            self._process = BlenderProcess(self.threads)
        reply = self._process.answer(request, self._patience_s(request))
        if isinstance(reply, Refused):
            raise AssetError(reply.text)
        return reply

    def _patience_s(self, request: Request) -> float:
        if not isinstance(request, Shoot):
            return self.silence_s
        samples = request.width * request.height * request.stage.engine.samples
        return self.silence_s + SECONDS_PER_SAMPLE * samples
