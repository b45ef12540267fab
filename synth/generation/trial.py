"""Where an exception becomes data: the border of a worker process and the border of one image."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from synth.errors import SynthError


class Trial:
    """A block whose exception is kept instead of raised: one failure must neither go unheard nor take the others down.

    Attributes:
        error: the exception that ended the block, None if it ended well.
        text: the exception in one line; for one that we did not raise on purpose with its kind and place.
    """

    def __init__(self, *passed: type[Exception]) -> None:
        """Kinds in `passed` are raised as ever, and so is what is no `Exception` (an interrupt)."""
        self.passed = passed
        self.error: Exception | None = None
        self.text = ""

    def __enter__(self) -> Trial:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, self.passed):
            return False
        self.error, self.text = error, str(error)
        if not isinstance(error, SynthError):
            place = extract_tb(traceback)[-1]
            self.text = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno}, {place.name})"
        return True
