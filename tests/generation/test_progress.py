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


def test_slow_images_are_counted_by_the_minute_and_a_line_comes_even_when_none_is_finished(clock, capsys):
    with progress.progress_display() as display:
        for second in range(121):
            clock[0] = 1000.0 + second
            display(second // 15, 1000)
    assert capsys.readouterr().err.splitlines()[::6] == ["0/1000 images", "4/1000 images, 3.4/min, 4 h 50 min left"]


def test_times_and_rates_have_units_that_suit_them():
    assert [progress.time_text(s) for s in (0.4, 119, 125, 5000, 100_000)] == [
        "0 s", "119 s", "2 min", "83 min", "27 h 47 min",
    ]  # fmt: skip
    assert [progress.rate_text(r) for r in (0, 0.02, 1, 123.4)] == ["", "1.2/min", "1.0/s", "123.4/s"]


def test_what_was_there_before_is_no_speed(clock):
    rate = progress.Rate()
    assert rate.per_second(5000) == 0.0
    clock[0] += 2.0
    assert rate.per_second(5100) == 50.0
