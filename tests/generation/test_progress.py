from __future__ import annotations

import pytest

from synth.cli import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_there_is_a_line_every_ten_seconds(clock, capsys):
    with progress.progress_display() as display:
        for tenth in range(256):
            clock[0] = 1000.0 + tenth / 10
            display(200 + 4 * tenth, 2000)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "600/2000 images, 40.0/s, 35 s left",
        "1000/2000 images, 40.0/s, 25 s left",
    ]


def test_what_was_there_before_is_no_speed(clock):
    rate = progress.Rate()
    assert rate.per_second(5000) == 0.0
    clock[0] += 2.0
    assert rate.per_second(5100) == 50.0
