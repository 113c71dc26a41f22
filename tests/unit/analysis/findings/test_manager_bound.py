"""When workers wait for a manager, and when they wait for something else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS
from tracer.analysis.findings import context_of, diagnose, lock_contention
from tracer.tables.tables import Tables


def run(busy: float, name: str = "dict.__setitem__", call: int = 8, **meta: Any) -> Tables:
    """Make the run of 20 tasks of 10 ms in each of two workers, with a call of `call` ms to a manager each.

    The manager holds a core for the part `busy` of all the time.
    """
    rows, spans = [], []
    slices: list[dict[str, Any]] = []
    for number in range(40):
        process, start = 1 + number % 2, (10 + number // 2 * 10) * MS
        rows.append(
            traces.task(number + 1, process, start, start + 10 * MS - 10_000, 1000)
            | {"submitted": 9 * MS, "cpu_ns": (10 - call) * MS, "runq_ns": 0}
        )
        who = {"host": "desk", "process": process, "pid": MAIN_PID + process, "tid": MAIN_PID + process}
        spans.append(
            who | {"category": "manager", "name": name, "start": start + MS, "end": start + (1 + call) * MS}
        )
        slices += [
            who | {"core": 0, "start": begin, "end": end, "reason": "blocked"}
            for begin, end in ((start - MS, start + MS), (start + (1 + call) * MS, start + 10 * MS - 2_000))
            if end > begin
        ]
    manager = {"host": "desk", "process": 9, "pid": MAIN_PID + 9, "tid": MAIN_PID + 9, "core": 1}
    slices += [
        manager | {"start": (10 + n) * MS, "end": (10 + n) * MS + int(busy * MS), "reason": "blocked"}
        for n in range(200)
        if busy
    ]
    people = [traces.main_process(0, 250 * MS), traces.child(9, 0, MS, 240 * MS, "manager")]
    people += [traces.child(w, 0, 5 * MS, 240 * MS) for w in (1, 2)]
    options = {"core_source": "kernel", "affinity": [0, 1, 2, 3]} | meta
    return traces.trace(rows, people, traces.hidden_threads(MS, 240 * MS), spans, slices, **options)


def codes(trace: Tables) -> list[str]:
    """Return the codes of the findings."""
    return [one.code for one in diagnose(trace)]


def test_a_busy_manager_that_all_wait_for_is_found() -> None:
    """Eight of ten milliseconds are calls, and it is at work for half of the time: that is not I/O."""
    found = diagnose(run(0.5))[0]
    assert found.code == "manager-bound"
    assert found.seconds == pytest.approx(0.16, rel=0.1)
    assert (found.evidence["calls"], found.confidence) == (40, "high")
    assert found.evidence["manager_busy_share"] == pytest.approx(0.5, abs=0.05)
    assert "io-bound" not in codes(run(0.5))


def test_a_manager_with_little_to_do_is_not_the_limit() -> None:
    """The calls are as long, for want of a core, or of an item."""
    assert "manager-bound" not in codes(run(0.1))


def test_a_managers_lock_is_a_lock() -> None:
    """Each call takes a lock for 0.5 ms where it is free, and 8 ms where another one has it."""
    made = run(0.1)
    calls = made.spans.assign(name="Lock.acquire")
    short = np.arange(len(calls)) % 8 == 0
    calls["end"] = calls["end"].where(~short, calls["start"] + MS // 2)
    taken = replace(made, spans=calls)
    found = lock_contention.find(context_of(taken))
    assert found is not None
    assert "a manager's lock" in found.what
    length = (calls["end"] - calls["start"]).astype(float)
    assert found.evidence["lock_wait_ns"] == pytest.approx((length - MS / 2).clip(lower=0).sum(), rel=0.02)
    free = replace(made, spans=calls.assign(end=calls["start"] + MS // 2))
    assert lock_contention.find(context_of(free)) is None


def test_few_calls_are_none() -> None:
    """One of ten milliseconds."""
    assert "manager-bound" not in codes(run(0.5, call=1))


def test_who_waits_for_an_item_does_not_wait_for_the_manager() -> None:
    """Only what the manager works counts in `Queue.get`."""
    found = [one for one in diagnose(run(0.3, "Queue.get")) if one.code == "manager-bound"]
    assert all(one.evidence["in_calls_seconds"] < 0.12 for one in found)


def test_without_slices_it_is_uncertain() -> None:
    """How busy the manager was is not known then."""
    (found,) = [one for one in diagnose(run(0.5, core_source="stamps")) if one.code == "manager-bound"]
    assert (found.confidence, found.evidence["manager_busy_share"]) == ("low", None)


def test_a_name_that_is_missing_is_no_error() -> None:
    """A damaged table has calls without names."""
    trace = run(0.5)
    trace.spans.loc[:, "name"] = None
    assert "manager-bound" in codes(trace)
