"""loky's executors, alone and as joblib carries them: every task at both ends, whatever becomes of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, Ended, Pair, run, run_both

pytest.importorskip("loky")
pytest.importorskip("joblib")

PROGRAM = str(PROGRAMS / "loky_executors.py")
STAMPS = [
    *("submitted", "pickle_start", "pickle_end", "sent", "wait_start", "lock_acquired", "received"),
    *("run_start", "run_end", "result_pickled", "result_sent", "result_received", "result_unpickled"),
    *("delivered", "args_bytes", "result_bytes"),
]
CASES: dict[str, dict[tuple[str, int, str], int]] = {
    "plain": {("square", 1, "ok"): 20, ("slow", 4, "ok"): 3, ("plain.<locals>.<lambda>", 1, "ok"): 1},
    "failing": {
        ("fail", 1, "error"): 1,
        ("give_lambda", 1, "unpicklable"): 1,
        ("square", 1, "unpicklable"): 1,
        ("square", 1, "ok"): 1,
    },
    "unreadable": {("square", 1, "unpicklable"): 1},
    "killed": {("die", 1, "lost"): 1, ("square", 1, "ok"): 6},
    "kill_workers": {("square", 1, "ok"): 1, ("nap", 1, "lost"): 2, ("nap", 1, "broken"): 10},
    "timeout": {("square", 1, "ok"): 12},
    "resize": {("square", 1, "ok"): 12},
    "initializer": {("square", 1, "ok"): 6},
    "idle": {("square", 1, "ok"): 6},
    "nested": {("outer", 1, "ok"): 1, ("square", 1, "ok"): 4},
    "cancelled": {("nap", 1, "cancelled"): 1, ("nap", 1, "ok"): 5},
}
"""What each case of the program hands over: function, items and status, and how many tasks of these."""

WAITED = re.compile(r"(?<=_base.py\", line )\d+(?=, in result)")
"""Where `Future.result` raises: another line where the result is there already."""


def counted(ended: Ended) -> Counter[tuple[str, int, str]]:
    """Count the tasks of a trace by function, items and status."""
    tasks = ended.trace.tasks
    return Counter(zip(tasks["function"], tasks["items"], tasks["status"], strict=True))


def assert_followed(pair: Pair, expected: dict[tuple[str, int, str], int]) -> Ended:
    """The program was not disturbed; each task is seen, with what became of it; the contract holds."""
    plain, traced = pair.plain, pair.traced
    assert (traced.code, traced.stdout) == (plain.code, plain.stdout)
    assert WAITED.sub("", traced.stderr) == WAITED.sub("", plain.stderr)
    assert plain.code == 0
    found = counted(traced)
    late = ("nap", 1, "lost")
    if expected.get(late, 0) > found[late] > 0:  # one of the workers had not begun when it was killed
        found[late] += 1
        found["nap", 1, "broken"] -= 1
    assert found == expected
    assert traced.breaches == []
    assert traced.trace.meta["losses"] == {}
    done = traced.trace.tasks[traced.trace.tasks["status"] == "ok"]
    assert done[STAMPS].notna().all(axis=None)
    return traced


def test_tasks_of_an_executor_have_every_phase_at_both_ends(tmp_path: Path) -> None:
    """Its chunks have items, its spawned workers are followed from before the program's own imports."""
    traced = assert_followed(run_both(tmp_path, [PROGRAM, "plain"]), CASES["plain"])
    trace = traced.trace
    assert set(trace.tasks["kind"]) == {"loky"}
    assert len(trace.items) == 12
    workers = trace.processes[trace.processes["role"] == "worker"]
    assert set(workers["start_method"]) == {"loky"}
    assert (workers["forked"] < workers["started"]).all()
    assert (workers["started"] < workers["target_start"]).all()
    assert (trace.processes["role"] == "resource_tracker").sum() == 2
    assert {"executor_manager", "queue_feeder"} <= set(trace.threads["role"])
    assert "user" not in set(trace.threads["role"])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "package"),
    [
        *((case, "loky") for case in CASES if case != "plain"),
        *((case, "joblib.externals.loky") for case in ("failing", "killed", "nested")),
    ],
)
def test_what_becomes_of_a_task_is_told(case: str, package: str, tmp_path: Path) -> None:
    """Failed, unpicklable either way, lost with its worker, broken, cancelled, run by the next worker."""
    traced = assert_followed(run_both(tmp_path, [PROGRAM, case, package]), CASES[case])
    assert set(traced.trace.tasks["kind"]) == {package.partition(".")[0]}
    if case == "initializer":
        spans = traced.trace.spans
        found = spans[spans["category"] == "initializer"]
        assert list(found["name"]) == ["prepare"] * 2
        assert (found["end"] - found["start"] > 9_000_000).all()


@pytest.mark.thorough
def test_a_wait_that_times_out_is_one_wait(tmp_path: Path) -> None:
    """A worker that asks for a task every so often has waited since it first asked."""
    program = tmp_path / "polling.py"
    program.write_text(POLLING)
    pair = run_both(tmp_path / "runs", [str(program)])
    assert (pair.traced.stdout, pair.traced.stderr) == (pair.plain.stdout, pair.plain.stderr)
    tasks = pair.traced.tasks("square")
    assert len(tasks) == 2
    waited = (tasks["received"] - tasks["wait_start"]) / 1e9
    assert waited[1] > 0.5
    assert pair.traced.breaches == []


POLLING = """
import time
from loky import process_executor

def square(n):
    return n * n

if __name__ == "__main__":
    with process_executor.ProcessPoolExecutor(1, timeout=0.1) as executor:
        print(executor.submit(square, 1).result())
        with executor._processes_management_lock:  # its worker cannot leave, and asks again
            time.sleep(0.7)
        print(executor.submit(square, 2).result())
"""


@pytest.mark.thorough
def test_two_copies_in_one_program(tmp_path: Path) -> None:
    """joblib's and its own, each under its kind."""
    traced = assert_followed(run_both(tmp_path, [PROGRAM, "both"]), {("square", 1, "ok"): 8})
    assert traced.trace.tasks["kind"].value_counts().to_dict() == {"joblib": 4, "loky": 4}


@pytest.mark.thorough
def test_a_version_that_was_not_tried_is_not_followed(tmp_path: Path) -> None:
    """The program runs as before, and the trace says what it could not follow."""
    program = tmp_path / "newer.py"
    program.write_text(NEWER)
    ended = run(tmp_path / "run", [str(program)])
    assert (ended.code, ended.stdout, ended.stderr) == (0, "14\n", "")
    assert not len(ended.trace.tasks)
    losses = ended.trace.meta["losses"]
    assert losses["tasks of loky 9.0, a version that is not known"] == 1
    assert ended.breaches == []


NEWER = """
import sys, types
import loky._base
sys.modules["loky"].__version__ = "9.0"
for name in [name for name in sys.modules if name.startswith("loky.")]:
    del sys.modules[name]
import loky.process_executor as newer

def square(n):
    return n * n

if __name__ == "__main__":
    with newer.ProcessPoolExecutor(1) as executor:
        print(sum(executor.map(square, range(4))))
"""

OUTLIVING = """
import sys
import tracer
from loky import get_reusable_executor

def square(n):
    return n * n

if __name__ == "__main__":
    with tracer.trace(sys.argv[1]) as trace:
        print(sum(get_reusable_executor(max_workers=2, timeout=60).map(square, range(6))))
    print(len(trace.tasks), trace.tasks["status"].eq("ok").all(), trace.meta["losses"])
    print(sum(get_reusable_executor(max_workers=2, timeout=60).map(square, range(6))))
    with tracer.trace(sys.argv[1] + "2") as trace:
        print(sum(get_reusable_executor(max_workers=3, timeout=60, reuse=False).map(square, range(6))))
    print(len(trace.tasks), trace.meta["losses"])
"""


@pytest.mark.thorough
def test_workers_that_outlive_the_trace(tmp_path: Path) -> None:
    """Idle workers go on when the block ends: nothing waits for them, and nothing is counted as lost."""
    program = tmp_path / "outliving.py"
    program.write_text(OUTLIVING)
    ended = run(tmp_path / "run", [str(program), str(tmp_path / "block")], traced=False)
    assert ended.code == 0, ended.stderr
    assert ended.stdout == "55\n6 True {}\n55\n55\n6 {}\n"
    assert ended.stderr == ""
