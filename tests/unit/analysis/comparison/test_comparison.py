"""Comparing runs: what changed between them, by how much, and why, on hand-made lives."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.accounts import task_at
from tests.support.traces import MS, child, main_process, pool_trace, task, trace
from tracer.analysis.comparison.comparison import compare
from tracer.tables.tables import Tables


def fed(pause: int, count: int = 4) -> Tables:
    """Make one worker that runs tasks of 10 ms, and starves so many ms before each; from 0 ms on.

    A task's arguments are pickled when the worker has waited `pause`; all other steps take no time.
    """
    rows = []
    for number in range(count):
        wait = number * (10 + pause) * MS
        there = wait + pause * MS
        end = there + 10 * MS
        rows.append(
            task_at(number, 1, 0, (there, there, there), (wait, there, there), (there, end), (end, end))
        )
    last = count * (10 + pause) * MS + 1
    return trace(rows, [main_process(0, last), child(1, 0, 0, last)])


def test_what_changed_and_why_in_one_sentence() -> None:
    """4 · (10 + 15) ms in place of 4 · 10: 2.5 times as long, and 60 of 100 ms were spent starving."""
    (change,) = compare([fed(0), fed(15)], ["before", "after"]).changes
    assert change.category == "starved"
    assert change.speedup == pytest.approx(0.4, abs=1e-6)
    assert change.sentence == (
        "after took 100 ms in place of 40 ms, 2.5 times as long: "
        "workers were starved 60 % of their time in place of 0 %."
    )


def test_the_other_way_round() -> None:
    """What one order makes slower, the other makes faster."""
    (change,) = compare([fed(15), fed(0)], ["a", "b"]).changes
    assert change.sentence == (
        "b took 40 ms in place of 100 ms, 2.5 times as fast: "
        "workers were starved 0 % of their time in place of 60 %."
    )


def steps(step_ms: int) -> Tables:
    """Make one worker that runs 4 tasks of 4 ms; each of the eight steps on a task's way takes as long."""
    rows = [task(n, 1, (5 + 12 * n) * MS, (9 + 12 * n) * MS, step_ms * MS) for n in range(4)]
    return trace(rows, [main_process(0, 60 * MS), child(1, 0, 0, 60 * MS)])


def test_many_small_causes_are_told_as_one() -> None:
    """In chunks of everything: the same 16 ms of work, but not three times eight steps between."""
    whole = trace([task(0, 1, 5 * MS, 21 * MS, MS)], [main_process(0, 60 * MS), child(1, 0, 0, 60 * MS)])
    (change,) = compare([steps(1), whole], ["a", "b"]).changes
    assert change.category == "way"
    assert "the way to the workers and back took" in change.why
    assert change.speedup == pytest.approx((5 + 3 * 12 + 4 + 4) / (5 + 16 + 4))


def test_more_workers_share_the_work() -> None:
    """Eight tasks of 10 ms: 80 ms on one worker, 20 ms on each of four; said once, not again as a setting.

    With 50 µs a step, one worker takes 8 · 10 + 7 · 0.4 + 0.45 = 83.25 ms, and the last of four begins
    3 · 1.25 ms after the first: 3.75 + 20 + 0.4 + 0.45 = 24.6 ms.
    """
    compared = compare([pool_trace(1, 8), pool_trace(4, 8)], ["before", "after"])
    assert [side.makespan_ns for side in compared.sides] == [83_250_000, 24_600_000]
    assert compared.changes[0].sentence == (
        "after took 24.6 ms in place of 83.2 ms, 3.4 times as fast: "
        "4 workers in place of 1, each in the function for 20 ms in place of 80 ms."
    )


def test_twice_the_work_is_no_matter_of_shares() -> None:
    """Shares stay as they are, so the seconds are given, and the number of items that differs."""
    (change,) = compare([fed(0, 4), fed(0, 8)], ["a", "b"]).changes
    assert change.sentence == (
        "b took 80 ms in place of 40 ms, 2 times as long: each worker was in the function for 80 ms in place "
        "of 40 ms (8 items in place of 4)."
    )


def test_runs_that_are_alike_are_called_alike() -> None:
    """Less than 5 % apart: no ratio and no reason."""
    (change,) = compare([fed(0), pool_trace(1, 4, step_ns=10, task_ns=10 * MS)], ["a", "b"]).changes
    assert change.what == "b took 40 ms, about as long as a (40 ms)"
    assert (change.category, change.why) == ("", "")


def test_shares_and_seconds_add_up() -> None:
    """The workers' categories sum to the time that they lived in the makespan, and shares to one."""
    compared = compare([fed(15), pool_trace(3, 9)], ["a", "b"])
    for side in compared.sides:
        assert sum(side.spent_ns["workers"].values()) == pytest.approx(side.lived_ns["workers"])
        assert sum(side.share("workers", name) for name in side.spent_ns["workers"]) == pytest.approx(1.0)


def test_what_was_set_otherwise() -> None:
    """Chunk sizes, start methods, kinds of pools and commands that differ are named."""
    plain, other = pool_trace(2, 8), pool_trace(2, 2, task_ns=40 * MS, command="run b.py")
    tasks, processes = other.tasks.copy(), other.processes.copy()
    tasks["items"], tasks["kind"] = 4, "ProcessPoolExecutor"
    processes.loc[processes["role"] == "worker", "start_method"] = "spawn"
    (change,) = compare([plain, replace(other, tasks=tasks, processes=processes)], ["a", "b"]).changes
    assert change.settings == (
        "another command",
        "chunks of 4 in place of 1",
        "spawn in place of fork",
        "ProcessPoolExecutor in place of Pool",
    )


def killed() -> Tables:
    """Make a run whose main process was killed."""
    made = pool_trace(2, 4)
    processes = made.processes.copy()
    processes.loc[processes["role"] == "main", "exitcode"] = -9
    return replace(made, processes=processes)


def test_a_run_cut_short_has_no_speedup() -> None:
    """What a killed run took says nothing of how fast it was."""
    compared = compare([pool_trace(4, 40), killed()], ["whole", "cut"])
    assert compared.changes[0].speedup is None
    assert compared.changes[0].what.endswith("; cut was ended by SIGKILL")
    assert any("SIGKILL" in text for text in compared.sides[1].missing)


EDGES = {
    "empty": trace(),
    "main": trace((), [main_process(0, 5 * MS)]),
    "processes": trace((), [main_process(0, 9 * MS), child(1, 0, MS, 8 * MS, role="process")]),
    "one task": pool_trace(1, 1),
    "killed": killed(),
    "idle": pool_trace(4, 0),
    "losses": pool_trace(2, 2, losses={"journal_full": 3}),
}


@pytest.mark.parametrize("first", EDGES)
@pytest.mark.parametrize("second", EDGES)
def test_any_runs_can_be_compared(first: str, second: str) -> None:
    """Nothing is divided by zero, no NaN is printed, and the result is JSON."""
    compared = compare([EDGES[first], EDGES[second]], ["a", "b"])
    text = json.dumps(compared.to_dict(), allow_nan=False)
    assert "nan" not in compared.changes[0].sentence
    assert json.loads(text)["baseline"] == "a"


def test_what_a_run_cannot_tell_is_said() -> None:
    """Without tasks, without slices, with losses: each is named."""
    sides = compare([EDGES["processes"], EDGES["losses"], EDGES["empty"]], ["a", "b", "c"]).sides
    assert sides[0].missing[0] == "no tasks: only its processes and threads are compared"
    assert sides[1].missing[-1] == "not recorded: journal_full: 3"
    assert any("no kernel slices" in text for text in sides[1].missing)
    assert sides[2].missing[0] == "nothing ran"
