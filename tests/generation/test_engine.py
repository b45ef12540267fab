from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import engine_tasks
import pytest

from synth.errors import AssetError, SynthError
from synth.generation.engine import READY, LocalEngine, Patience


def run(open_task, chunks, *, workers=2, stop=lambda: False, patience=None):
    """(squares by index, set aside by index, whether the run was complete)."""
    squares, aside = {}, {}

    def report(chunk, found):
        assert not set(chunk) & set(squares), "an index is reported once"
        squares.update(zip(chunk, found, strict=True))

    engine = LocalEngine(open_task, workers, report, aside.__setitem__, stop, patience or Patience())
    complete = engine.run(chunks)
    return squares, aside, complete


def test_work_survives_killed_hanging_and_greedy_workers(tmp_path):
    """Everything but the indices at fault is made, whatever happens to the workers."""
    task = engine_tasks.Misbehaving(tmp_path, once=(3, 17), always=(12,), hangs=(27,), exhausts=(30,))
    chunks = [range(start, start + 5) for start in range(0, 35, 5)]
    squares, aside, complete = run(task, chunks, patience=Patience(retries=1, silence_s=2.0))
    assert complete
    assert squares == {i: i * i for i in range(35) if i not in (12, 27, 30)}
    assert set(aside) == {12, 27, 30}
    assert aside[12] == "the worker was killed (SIGKILL, perhaps for want of memory), 2 times"
    assert aside[27] == "the worker gave no sign of life for 2 s, 2 times"
    assert aside[30] == "the worker ran out of memory, 2 times"
    for index in (12, 27, 30):
        assert len(list(tmp_path.glob(f"{index}-*"))) == 2, "tried again, by another worker"


def test_chunks_are_asked_for_as_they_are_needed(tmp_path):
    """An endless supply ends with the stop, and what failed is tried again before the end of it."""
    asked = []

    def endless():
        for number in itertools.count():
            asked.append(number)
            yield range(number, number + 1)

    task = engine_tasks.Misbehaving(tmp_path, once=(1,))
    seen = {}
    engine = LocalEngine(
        task, 2, lambda chunk, found: seen.update({chunk[0]: found}), lambda *_: None, lambda: 1 in seen
    )
    assert not engine.run(endless())
    assert len(asked) <= len(seen) + READY * 2 + 2


def test_workers_are_replaced(tmp_path):
    squares, aside, complete = run(
        engine_tasks.Misbehaving(tmp_path), [range(i, i + 1) for i in range(6)], patience=Patience(chunks_per_worker=2)
    )
    assert complete
    assert not aside
    assert len(squares) == 6
    visits = [path.name.split("-")[1] for path in tmp_path.iterdir()]
    assert max(visits.count(pid) for pid in visits) <= 2


def test_workers_compute_on_one_thread_and_leave_ctrl_c_to_the_parent():
    before = dict(os.environ), signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    told, _, _ = run(engine_tasks.reveals, [range(1)], workers=1)
    assert told == {0: ("1", "1", "True")}
    assert before == (
        dict(os.environ),
        signal.getsignal(signal.SIGINT),
        signal.pthread_sigmask(signal.SIG_BLOCK, ()),
    )


def test_an_error_of_the_task_ends_the_run(tmp_path):
    with pytest.raises(AssetError, match=r"^index 2: the disk is full$"):
        run(engine_tasks.Misbehaving(tmp_path, faulty=(2,), slow_s=0.01), [range(5), range(5, 500)], workers=1)


def test_workers_that_never_start_end_the_run():
    with pytest.raises(SynthError, match=r"ended with exit code 3.*__main__"):
        run(engine_tasks.dies_at_once, [range(5)], workers=1)


def test_stop_keeps_what_is_finished(tmp_path):
    """A stop ends the run within the grace, hands out nothing more, and what is under way is given up."""
    stopped = threading.Event()
    threading.Timer(1.0, stopped.set).start()
    task = engine_tasks.Misbehaving(tmp_path, slow_s=0.1)
    chunks = [range(1), range(10, 10_000)]
    begun = time.monotonic()
    squares, aside, complete = run(task, chunks, stop=stopped.is_set, patience=Patience(grace_s=0.3))
    assert time.monotonic() - begun < 2.0
    assert not complete
    assert squares == {0: 0}
    assert not aside


ORPHANAGE = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
import engine_tasks
from synth.generation.engine import LocalEngine

if __name__ == "__main__":
    task = engine_tasks.Misbehaving(Path({folder!r}), hangs=(0, 1))
    LocalEngine(task, 2, print, print, lambda: False).run([range(1), range(1, 2)])
"""


def test_no_orphans_after_the_parent_is_killed(tmp_path):
    visits = tmp_path / "visits"
    visits.mkdir()
    script = tmp_path / "orphanage.py"
    script.write_text(ORPHANAGE.format(paths=sys.path, folder=str(visits)))
    parent = subprocess.Popen([sys.executable, str(script)])
    wait_until(lambda: len(list(visits.iterdir())) == 2)
    pids = [int(path.name.split("-")[1]) for path in visits.iterdir()]
    assert parent.pid not in pids
    assert all(is_alive(pid) for pid in pids)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie that nobody reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
