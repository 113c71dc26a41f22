"""Tasks that wait for tasks of their own are not what held a run back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS, S
from tracer.analysis.findings import diagnose
from tracer.analysis.findings.several_pools import contexts_of
from tracer.analysis.model import model_of
from tracer.analysis.model.inner import inner_waits
from tracer.tables.tables import Tables


def nested(**changes: Any) -> Tables:
    """Make a run: two outer tasks of 900 ms, and in each worker a pool of two that runs tasks of 200 ms."""
    people = [traces.main_process(0, S), *(traces.child(w, 0, 5 * MS, S) for w in (1, 2))]
    inside = [(10 * w + n, MAIN_PID + w) for w in (1, 2) for n in (1, 2)]
    people += [traces.child(number, 50 * MS, 60 * MS, 990 * MS, ppid=parent) for number, parent in inside]
    clocks: dict[str, Any] = {"cpu_ns": 9 * MS, "runq_ns": 0}
    tasks = [traces.task(w, w, 50 * MS, 950 * MS, pool=1, function="outer", **clocks) for w in (1, 2)]
    number = 3
    for worker in (1, 2):
        for turn in range(4):
            for n in (1, 2):
                at = (70 + 210 * turn) * MS
                inner: dict[str, Any] = {"pool": 1 + worker, "function": "inner", "submitted": 55 * MS}
                inner |= {"pickle_start": 56 * MS, "pickle_end": 57 * MS, "sent": 58 * MS, **clocks}
                tasks.append(traces.task(number, 10 * worker + n, at, at + 200 * MS, **inner | changes))
                number += 1
    return traces.trace(tasks, people)


def test_the_wait_is_from_submission_to_delivery() -> None:
    """Inner tasks were under way from 55 ms to 900; they had none of their own."""
    waits = inner_waits(nested())
    assert waits[:2] == pytest.approx(845 * MS, abs=0.1 * MS)
    assert (waits[2:] == 0).all()


def test_the_inner_pool_is_looked_at() -> None:
    """The outer one ran longest, but only waited."""
    made = model_of(nested()).load
    assert made is not None
    assert made.pool in (2, 3)


def test_waiting_for_inner_tasks_is_not_io() -> None:
    """The inner tasks computed: nothing waits for a disk, and more outer workers are no advice."""
    found = diagnose(nested(cpu_ns=200 * MS))
    assert "io-bound" not in {one.code for one in found}
    assert found[0].code == "healthy"
    inner = contexts_of(nested(cpu_ns=200 * MS))[0]
    assert found[0].pool == inner.name != "pool 1 (Pool, 2 workers)"  # not the outer one, with these numbers
    assert found[0].evidence["in_tasks_share"] == inner.in_tasks


def test_inner_tasks_that_wait_are_io_bound() -> None:
    """They slept: that is found in them."""
    first = diagnose(nested())[0]
    assert (first.code, first.evidence["workers"]) == ("io-bound", 2)


def test_a_child_is_waited_for() -> None:
    """A task started a process at 200 ms that lived until 700 ms."""
    people = [traces.main_process(0, S), traces.child(1, 0, 5 * MS, S)]
    people += [traces.child(2, 200 * MS, 210 * MS, 700 * MS, "process", ppid=MAIN_PID + 1)]
    tasks = [traces.task(1, 1, 100 * MS, 900 * MS), traces.task(2, 1, 905 * MS, 950 * MS, 100)]
    assert inner_waits(traces.trace(tasks, people)).tolist() == [500 * MS, 0]
