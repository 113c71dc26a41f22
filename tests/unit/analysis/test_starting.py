"""What starting workers cost: all pools, workers made anew, and those that took a killed one's place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS
from tracer.analysis.findings import diagnose
from tracer.analysis.findings.start_parts import parts_of
from tracer.analysis.one_pool import spared_by_one_pool
from tracer.analysis.starting import stall, starts
from tracer.tables import definitions
from tracer.tables.tables import Tables


def pools_one_after_another(count: int = 3, **changes: Any) -> Tables:
    """Return pools of one worker: 100 ms of start-up each, then a task of 5 ms, then the next pool."""
    rows, people, last = [], [], count * 120 * MS
    for number in range(count):
        at = number * 120 * MS
        task = traces.task(number, number + 1, at + 101 * MS, at + 106 * MS)
        rows.append(task | {"pool": number + 1, "submitted": at + 12 * MS, "wait_start": at + 100 * MS})
        people.append(traces.child(number + 1, at, at + 99 * MS, at + 110 * MS, **changes))
    return traces.trace(rows, [traces.main_process(0, last), *people])


def test_all_pools_are_counted() -> None:
    """Three pools, three times 100 ms in which no task ran."""
    trace = pools_one_after_another()
    assert stall(trace).lost_ns == pytest.approx(300 * MS, rel=0.05)
    first = diagnose(trace)[0]
    assert first.code == "startup"
    assert "3 workers of 3 pools" in first.title
    assert first.advice.startswith(
        "Keep one pool for the whole program (predicted: 156 ms in place of 360 ms)"
    )
    assert spared_by_one_pool(trace) == pytest.approx(200 * MS, rel=0.05)
    assert first.of_wall == pytest.approx(first.share)


def test_fewer_workers_are_advised_where_there_are_more_than_cores() -> None:
    """One worker is no crowd, whatever its start took; a spawned one may come of a server."""
    two: dict[str, Any] = {"affinity": [0, 1], "cpu_count": 2}
    alone = pools_one_after_another(1)
    assert diagnose(alone)[0].advice.startswith("Start them earlier")
    assert diagnose(pools_one_after_another(1, start_method="spawn"))[0].advice.startswith("Use `forkserver`")
    people = [traces.child(number, 0, 99 * MS, 110 * MS) for number in range(2, 6)]
    many = traces.trace(traces.rows_of(alone.tasks), [*traces.rows_of(alone.processes), *people], **two)
    assert "se fewer workers" in diagnose(many)[0].advice
    waits = many.tasks.assign(cpu_ns=0, runq_ns=0).astype(dict(many.tasks.dtypes))
    finding = next(one for one in diagnose(replace(many, tasks=waits)) if one.code == "startup")
    assert "fewer workers" not in finding.advice


def test_who_took_a_killed_ones_place_is_not_late() -> None:
    """The pool ended a worker (a task took too long) and started another: that is no start-up."""
    rows = [
        traces.task(0, 1, 20 * MS, 900 * MS) | {"status": "lost", "run_end": None, "delivered": None},
        traces.task(1, 2, 1010 * MS, 1020 * MS) | {"submitted": 15 * MS},
    ]
    people = [
        traces.main_process(0, 1100 * MS),
        traces.child(1, 0, 10 * MS, 900 * MS, exitcode=-9),
        traces.child(2, 900 * MS, 1000 * MS, 1050 * MS),
    ]
    trace = traces.trace(rows, people)
    assert starts(trace).replaces.tolist() == [False, True]
    assert stall(trace).lost_ns < 30 * MS


def test_the_parts_of_a_spawned_worker() -> None:
    """What the parent pickled, when Python ran, what was imported, and the main module without the rest."""
    trace = pools_one_after_another(1, start_method="spawn")
    who = {"host": "desk", "process": 1, "pid": MAIN_PID + 1, "tid": MAIN_PID + 1, "category": "import"}
    main = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": MAIN_PID, "category": "preparing"}
    line = 69 * MS + 300_000
    spans = [
        main
        | {
            "name": "ForkPoolWorker-1",
            "start": MS,
            "end": 41 * MS,
            "data": '{"bytes": 9000000, "pickling_ns": 30000000}',
        },
        who | {"name": "__main__", "start": line, "end": line + 20 * MS},
        who | {"name": "numpy.linalg", "start": line + MS, "end": line + 16 * MS},
    ]
    trace = replace(trace, spans=definitions.SPANS.from_rows(spans))
    found = starts(trace)
    parts = parts_of(trace, found, found.process * 0)
    assert (parts.bytes, parts.pickling) == (9_000_000, 30 * MS)
    assert parts.spent["handing over"] == 40 * MS
    assert parts.spent["imports"] == 20 * MS
    assert dict(parts.modules) == {"numpy": 15 * MS, "the main module itself": 5 * MS}
    assert parts.longest == "handing over"


def test_a_worker_that_was_ended_in_its_start_tells_nothing_of_the_parts() -> None:
    """One imports for 80 ms; the other, ended before it was through, leaves no span."""
    start = {"start_method": "spawn"}
    people = [
        traces.main_process(0, 120 * MS),
        traces.child(1, 0, 99 * MS, 110 * MS, started=15 * MS, **start),
        traces.child(2, 0, 99 * MS, 110 * MS, started=15 * MS, target_start=None, exitcode=-15, **start),
    ]
    who = {"host": "desk", "process": 1, "pid": MAIN_PID + 1, "tid": MAIN_PID + 1, "category": "import"}
    span = who | {"name": "numpy", "start": 16 * MS, "end": 96 * MS}
    task = traces.task(0, 1, 101 * MS, 106 * MS) | {"submitted": 12 * MS, "wait_start": 100 * MS}
    trace = traces.trace([task], people, spans=[span])
    parts = parts_of(trace, starts(trace), np.arange(2))
    assert parts.workers == 2
    assert parts.spent["imports"] == 80 * MS
    assert parts.longest == "imports"


@pytest.mark.parametrize("data", ["", "null", "[1]", '{"bytes": "many"}'])
def test_a_foreign_span_is_no_error(data: str) -> None:
    """What is not what hooks write has no numbers in it."""
    trace = pools_one_after_another(1, start_method="spawn")
    main = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": MAIN_PID, "category": "preparing"}
    spans = [main | {"name": None, "start": MS, "end": 41 * MS, "data": data}]
    trace = replace(trace, spans=definitions.SPANS.from_rows(spans))
    assert diagnose(trace)[0].code == "startup"


def test_a_trace_without_starts_says_nothing() -> None:
    """No process, no worker, no task: no cost."""
    assert stall(traces.trace()).lost_ns == 0
    assert len(starts(traces.trace())) == 0


def test_plain_processes_start_too() -> None:
    """Two processes that are handed over for 200 ms each, one after another, and work for 10 ms."""
    people = [traces.main_process(0, 460 * MS)]
    people += [
        traces.child(n + 1, n * 200 * MS, (n + 1) * 200 * MS, (n + 1) * 200 * MS + 10 * MS, "process")
        for n in range(2)
    ]
    trace = traces.trace((), people)
    assert starts(trace).plain.all()
    first = diagnose(trace)[0]
    assert first.code == "startup"
    assert "2 processes" in first.title


def test_workers_and_plain_processes_together_are_processes() -> None:
    """Three workers and a process: nobody looks for a fourth worker."""
    trace = pools_one_after_another()
    process = definitions.PROCESSES.from_rows([traces.child(9, 0, 300 * MS, 350 * MS, "process")])
    first = diagnose(replace(trace, processes=pd.concat([trace.processes, process], ignore_index=True)))[0]
    assert first.code == "startup"
    assert "4 processes" in first.title
