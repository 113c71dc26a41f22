"""Tasks that wait for each other at what is not recorded: told from how they end, of hand-made runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import traces
from tests.support.traces import MS, US
from tracer.analysis.findings import context_of, diagnose
from tracer.analysis.findings.one_at_a_time import turns
from tracer.tables.tables import Tables

FOUR: dict[str, Any] = {"core_source": "kernel", "affinity": [0, 1, 2, 3], "cpu_count": 4}
Length = Callable[[], float]


def run(workers: int, length: Length, one_by_one: bool, tasks: int = 80, items: int = 1) -> Tables:
    """Return workers whose tasks sleep so long, or hold a lock that all need while they do."""
    free, opens = [40 * MS + worker * MS // 4 for worker in range(workers)], 0.0
    rows, timed = [], []
    for number in range(tasks // items):
        worker = int(np.argmin(free))
        start = end = free[worker] + 300 * US
        for item in range(items):
            begin, took = end, length()
            opens = max(end, opens) + took
            end = round(opens if one_by_one else begin + took)
            timed.append({"task": number, "item": item, "start": begin, "end": end})
        row = traces.task(number, worker + 1, start, end, 20 * US, items=items, cpu_ns=100 * US, runq_ns=0)
        ahead = 35 * MS + number * 20 * US
        early = dict.fromkeys(("pickle_start", "pickle_end", "sent"), min(ahead, row["pickle_start"]))
        rows.append(row | early | {"submitted": 35 * MS})
        free[worker] = end + 100 * US
    people = [traces.child(worker + 1, 0, 30 * MS, max(free) + MS) for worker in range(workers)]
    made = traces.trace(rows, [traces.main_process(0, max(free) + 5 * MS), *people])
    return replace(made, items=made.items.iloc[:0]) if items == 1 else with_items(made, timed)


def with_items(made: Tables, timed: list[dict[str, Any]]) -> Tables:
    """Return the trace with the times of its items."""
    return traces.trace(traces.rows_of(made.tasks), traces.rows_of(made.processes), items=timed)


def at_random(mean: float, least: float = 0.0, seed: int = 3) -> Length:
    """Return lengths of which some are short and some long, none shorter than a part."""
    chance = np.random.default_rng(seed)
    return lambda: mean * (least + (1 - least) * chance.exponential())


@pytest.mark.parametrize("workers", [2, 4, 8])
@pytest.mark.parametrize("length", [lambda: 5.0 * MS, at_random(5 * MS, least=0.6)], ids=["equal", "about"])
def test_tasks_at_a_lock_end_one_by_one(workers: int, length: Length) -> None:
    """Each waits for all others: more workers are no advice, and without the lock all go on at once."""
    made = run(workers, length, one_by_one=True)
    first = diagnose(made)[0]
    assert first.code == "lock-contention"
    assert first.confidence == "low"
    assert "io-bound" not in {one.code for one in diagnose(made)}
    assert first.evidence["lock_wait_share"] == pytest.approx(1 - 1 / workers, abs=0.1)
    assert first.predicted_seconds == pytest.approx(context_of(made).makespan / workers, rel=0.35)


@pytest.mark.parametrize("workers", [2, 4, 8])
@pytest.mark.parametrize(
    "length",
    [lambda: 5.0 * MS, at_random(5 * MS), at_random(5 * MS, least=0.6)],
    ids=["equal", "any", "about"],
)
def test_tasks_that_wait_for_themselves_do_not(workers: int, length: Length) -> None:
    """Equal ones take as long alone, others end by chance: more workers wait for more at once."""
    made = run(workers, length, one_by_one=False)
    assert turns(context_of(made)) is None
    assert diagnose(made)[0].code == "io-bound"


def test_two_workers_in_step_do_not_take_turns() -> None:
    """One begins when the other is half through: their ends are even, but no task was ever shorter."""
    made = run(2, lambda: 0.5 * MS, one_by_one=False)
    assert turns(context_of(made)) is None


def test_items_of_chunks_take_turns() -> None:
    """The chunks of all workers end together; what ends one by one are their items."""
    assert turns(context_of(run(4, lambda: 5.0 * MS, one_by_one=True, items=10))) is not None
    assert turns(context_of(run(4, lambda: 5.0 * MS, one_by_one=False, items=10))) is None


def test_few_ends_tell_nothing() -> None:
    """Eight tasks."""
    assert turns(context_of(run(2, lambda: 5.0 * MS, one_by_one=True, tasks=8))) is None


@pytest.mark.parametrize("apart", [True, False])
def test_processes_that_compute_under_a_lock_hold_cores_one_by_one(apart: bool) -> None:
    """Their tasks end unevenly, on a busy machine; two at once, with the same clocks, need no lock."""
    rows, slices, at = [], [], 40 * MS
    for number in range(60):
        took = (1, 7, 11)[number % 3] * MS
        process = number % 3 + 1
        start = at - 2 * took if number > 2 else 40 * MS
        clocks = {"cpu_ns": took, "runq_ns": 0, "submitted": 35 * MS}
        early = dict.fromkeys(("pickle_start", "pickle_end", "sent"), 36 * MS)
        rows.append(traces.task(number, process, start, at + took, 20 * US) | clocks | early)
        who = {"host": "desk", "pid": traces.MAIN_PID + process, "tid": traces.MAIN_PID + process}
        begin = at if apart or number % 3 else at + 6 * MS
        slices.append(
            who
            | {"process": process, "core": process - 1, "start": begin, "end": begin + took}
            | {"reason": "blocked"}
        )
        at += took
    people = [traces.child(worker + 1, 0, 30 * MS, at + 20 * MS) for worker in range(3)]
    made = traces.trace(rows, [traces.main_process(0, at + 25 * MS), *people], slices=slices, **FOUR)
    assert (turns(context_of(made)) is not None) is apart
