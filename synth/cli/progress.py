"""How a long command shows that it moves: a bar on a terminal, else a line every ten seconds, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

LINE_EVERY_S = 10.0

# display(done, total)
Display = Callable[[int, int], None]


@contextmanager
def progress_display() -> Iterator[Display]:
    """Gives a function to be called with (done, total) as often as one likes."""
    if sys.stderr.isatty():
        with _bar() as display:
            yield display
    else:
        yield _Lines().show


@contextmanager
def _bar() -> Iterator[Display]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = Rate()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=120.0) as bar:
        task = bar.add_task("", total=None, rate="")

        def display(done: int, total: int) -> None:
            per_second = rate.per_second(done)
            bar.update(task, completed=done, total=total, rate=rate_text(per_second))

        yield display


class Rate:
    """Images per second since the first call; what was there before does not count."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def per_second(self, done: int) -> float:
        """0 as long as nothing is known."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
        begun, before = self._first
        return (done - before) / (now - begun) if now > begun else 0.0


class _Lines:
    """A line at most every `LINE_EVERY_S`."""

    def __init__(self) -> None:
        self._rate = Rate()
        self._said = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Says how far it is, unless that was said lately."""
        per_second = self._rate.per_second(done)
        if time.monotonic() - self._said >= LINE_EVERY_S:
            self._said = time.monotonic()
            left = f", {rate_text(per_second)}, {time_text((total - done) / per_second)} left" if per_second > 0 else ""
            click.echo(f"{done}/{total} images{left}", err=True)


def rate_text(per_second: float) -> str:
    """Images per second, or per minute where they take seconds each; "" as long as nothing is known."""
    if per_second <= 0:
        return ""
    return f"{per_second:.1f}/s" if per_second >= 1 else f"{60 * per_second:.1f}/min"


def time_text(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
