"""The first finding of hand-made traces whose cause is plain, and that nothing is found in nothing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import traces
from tests.support.traces import MS, US
from tracer.analysis.findings import CODES, context_of, diagnose
from tracer.analysis.findings.best_workers import best_workers
from tracer.analysis.findings.oversubscribed import held_by_others
from tracer.tables.tables import Tables


def known(row: dict[str, Any]) -> dict[str, Any]:
    """Return a task that was on a core in all its run."""
    return row | {"cpu_ns": row["run_end"] - row["run_start"], "runq_ns": 0}


def pool(lengths: list[list[int]], ready: int = 5 * MS, step: int = 20 * US, **changes: Any) -> Tables:
    """Make a pool's trace: `lengths` are each worker's tasks, one after another from `ready` on."""
    rows, ends = [], []
    for worker, mine in enumerate(lengths, 1):
        at = ready
        for length in mine:
            start = at + 6 * step
            rows.append(known(traces.task(0, worker, start, start + length, step)) | {"submitted": MS})
            at = start + length + 2 * step
        ends.append(at)
    rows.sort(key=lambda row: row["pickle_start"])
    last = max(ends) + 10 * step
    people = [traces.main_process(0, last + MS)]
    people += [traces.child(w, 0, ready, last) for w in range(1, len(lengths) + 1)]
    for number, row in enumerate(rows):  # pickled as early as one thread can, and kept in the pipe
        early = min(MS + 2 * number * step, row["pickle_start"])
        row |= {"task": number + 1, "pickle_start": early, "pickle_end": early + step, "sent": early + step}
    return traces.trace(rows, people, traces.hidden_threads(MS, last), **changes)


CASES = {
    "healthy": pool([[20 * MS] * 20] * 4),
    "straggler": pool([[20 * MS] * 4, [20 * MS] * 4, [20 * MS] * 4, [20 * MS] * 3 + [400 * MS]]),
    "too-few-tasks": pool([[100 * MS] * 2, [100 * MS], [100 * MS], [100 * MS]]),
    "tiny-tasks": pool([[US] * 400] * 4),
    "startup": pool([[10 * MS] * 8] * 4, ready=500 * MS),
}


@pytest.mark.parametrize("code", CASES)
def test_the_first_finding_is_the_cause(code: str) -> None:
    """Each trace was made with one cause."""
    assert diagnose(CASES[code])[0].code == code


@pytest.mark.parametrize("code", CASES)
def test_findings_are_whole(code: str) -> None:
    """Codes are known, shares lie in 0–1 and fall, texts have no NaN, and all of it is JSON."""
    case = context_of(CASES[code])
    found = diagnose(case.trace)
    for one in found:
        assert one.code in CODES
        assert 0 <= one.share <= 1
        assert one.title
        assert one.what
        assert one.advice
        assert one.predicted_seconds is None or 0 <= one.predicted_seconds < math.inf
        assert "nan" not in json.dumps(one.to_dict(), allow_nan=False).lower()
    costs = [one.seconds for one in found if one.code != "healthy"]
    assert costs == sorted(costs, reverse=True)


def test_a_chunk_size_is_recommended_for_tiny_tasks() -> None:
    """The recommended one is larger than one, and predicted to be faster."""
    case = context_of(CASES["tiny-tasks"])
    first = diagnose(case.trace)[0]
    assert first.evidence["recommended_chunksize"] > 8
    assert first.predicted_seconds is not None
    assert first.predicted_seconds < case.makespan / 2


def test_starting_the_longest_first_is_predicted() -> None:
    """The long task of 400 ms cannot be shorter, but need not wait for three others before it."""
    first = diagnose(CASES["straggler"])[0]
    assert first.predicted_seconds == pytest.approx(0.41, rel=0.05)


def test_workers_that_shared_cores_are_found() -> None:
    """Eight workers on two cores had none for three quarters of their time."""
    trace = pool([[80 * MS] * 6] * 8, affinity=[0, 1], cpu_count=2)
    tasks = trace.tasks.assign(cpu_ns=20 * MS, runq_ns=60 * MS).astype(
        {"cpu_ns": "Int64", "runq_ns": "Int64"}
    )
    first = diagnose(replace(trace, tasks=tasks))[0]
    assert (first.code, first.evidence["workers"], first.evidence["cores"]) == ("oversubscribed", 8, 2)


def sharing(count: int, work: int, rest: int, lacked: int = 0) -> Tables:
    """Make workers on two cores with 400 tasks, each of which computes, waits, and lacks a core (ms)."""
    made = pool([[(work + rest + lacked) * MS] * (400 // count)] * count, affinity=[0, 1], cpu_count=2)
    tasks = made.tasks.assign(cpu_ns=work * MS, runq_ns=lacked * MS)
    return replace(made, tasks=tasks.astype({"cpu_ns": "Int64", "runq_ns": "Int64"}))


def test_the_number_of_workers_is_the_fewest_that_are_as_fast() -> None:
    """Tasks that wait seven times as long as they compute want far more than there are cores; others, two."""
    assert best_workers(context_of(sharing(16, 3, 20)), 16)[0] == 16
    assert best_workers(context_of(sharing(2, 3, 20)), 64)[0] >= 16
    assert best_workers(context_of(sharing(8, 20, 0)), 8)[0] == 2


def test_more_workers_than_cores_are_right_where_they_wait() -> None:
    """Sixteen that each lack a core for some time, and would be slower with fewer: not oversubscribed."""
    assert "oversubscribed" not in {one.code for one in diagnose(sharing(16, 3, 20, lacked=8))}


def test_cores_that_others_held_are_said() -> None:
    """Two cores of which the workers had half a one; and what services and the tracer take."""
    assert held_by_others(2, 0.5) == " (other programs held 1.5 of the cores)"
    assert held_by_others(2, 1.9) == ""


def test_tasks_that_wait_are_found() -> None:
    """Two workers were on a core for a tenth of their tasks: more could have waited at once."""
    trace = pool([[20 * MS] * 20] * 2)
    tasks = trace.tasks.assign(cpu_ns=2 * MS).astype({"cpu_ns": "Int64"})
    first = diagnose(replace(trace, tasks=tasks))[0]
    assert first.code == "io-bound"
    assert first.predicted_seconds is not None
    assert first.predicted_seconds < 0.2
    assert "threads in place of processes, or asyncio" in first.advice
    piped = ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
    of_main = {"kind": "ThreadPoolExecutor", "process": 0, "worker_pid": traces.MAIN_PID}
    rows = [row | dict.fromkeys(piped) | of_main for row in traces.rows_of(tasks)]
    named = [{"process": 0, "tid": row["worker_tid"], "role": "worker", "started": 0} for row in rows]
    threads = diagnose(traces.trace(rows, [traces.main_process(0, trace.end_ns)], named[:2]))
    assert threads[0].code == "io-bound"
    assert "in place of processes" not in threads[0].advice


@pytest.mark.parametrize(
    "trace",
    [
        traces.trace(),
        traces.trace((), [traces.main_process(0, 10 * MS)]),
        traces.trace([traces.task(1, 1, MS, 2 * MS) | {"run_end": None, "status": "lost"}]),
    ],
    ids=["empty", "main alone", "one lost task"],
)
def test_nothing_is_found_in_nothing(trace: Tables) -> None:
    """Where nothing ran to its end there is no finding."""
    assert diagnose(trace) == []


def test_one_task_is_no_division_by_zero() -> None:
    """A single task on a single worker has findings, or none, without an error."""
    for length in (0, 1, MS):
        assert all(one.share <= 1 for one in diagnose(pool([[length]], step=0, ready=0)))


def test_what_was_not_recorded_is_not_guessed() -> None:
    """Without slices and CPU clocks nothing is said of cores, locks or waiting."""
    trace = pool([[20 * MS] * 10] * 8, affinity=[0, 1], cpu_count=2)
    tasks = trace.tasks.assign(cpu_ns=None, runq_ns=None).astype({"cpu_ns": "Int64", "runq_ns": "Int64"})
    found = {one.code for one in diagnose(replace(trace, tasks=tasks))}
    assert not found & {"oversubscribed", "io-bound", "gil-bound", "lock-contention"}


def test_a_task_that_was_not_seen_to_end_ran_all_the_same() -> None:
    """Main computes for half a second while a worker holds a task to its end: nothing was serial."""
    lost: dict[str, Any] = {"run_end": None, "result_pickled": None, "result_sent": None, "delivered": None}
    lost |= {"result_received": None, "result_unpickled": None, "status": "unfinished"}
    rows = [traces.task(1, 1, 10 * MS, 20 * MS) | lost]
    people = [traces.main_process(0, 500 * MS), traces.child(1, 0, 5 * MS, 490 * MS)]
    held = {"host": "desk", "core": 0, "process": 0, "pid": traces.MAIN_PID, "tid": traces.MAIN_PID}
    held |= {"start": 20 * MS, "end": 500 * MS, "reason": "blocked"}
    assert diagnose(traces.trace(rows, people, slices=[held], core_source="kernel")) == []


def threads(kind: str, ready: int = MS) -> Tables:
    """Make the trace of two threads that took turns: each had a core in half of each of its ten tasks."""
    last, pid = ready + 10 * 20 * MS, traces.MAIN_PID
    rows, slices = [], []
    for number in range(20):
        tid, start = pid + 1 + number % 2, ready + number // 2 * 20 * MS
        row = traces.task(number + 1, 0, start, start + 20 * MS, 0)
        piped = ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
        row |= dict.fromkeys((*piped, "result_received", "args_bytes", "result_bytes"))
        row |= {"kind": kind, "worker_pid": pid, "worker_tid": tid, "submitted": 0, "wait_start": start}
        rows.append(row | {"delivered": start + 20 * MS, "cpu_ns": 10 * MS, "runq_ns": 0})
        begin = start + number % 2 * 10 * MS
        slices.append(
            {"core": number % 2, "process": 0, "pid": pid, "tid": tid, "start": begin}
            | {"end": begin + 10 * MS, "reason": "blocked", "host": "desk"}
        )
    who = {"host": "desk", "process": 0, "pid": pid, "role": "worker", "started": 0, "ended": last}
    people = [who | {"tid": pid + 1 + w, "name": f"{kind}-0_{w}"} for w in range(2)]
    two: dict[str, Any] = {"core_source": "kernel", "affinity": [0, 1], "cpu_count": 2}
    return traces.trace(rows, [traces.main_process(0, last)], people, slices=slices, **two)


def test_interpreters_of_their_own_share_no_gil() -> None:
    """What is GIL-bound of threads is not of interpreters, where each has a lock of its own."""
    assert "gil-bound" in {one.code for one in diagnose(threads("ThreadPoolExecutor"))}
    assert "gil-bound" not in {one.code for one in diagnose(threads("InterpreterPoolExecutor"))}


def test_threads_whose_sibling_has_the_other_core_gain_nothing_by_processes() -> None:
    """Another process of the program computes all the time, or would: there is no core for a third."""
    made = threads("ThreadPoolExecutor")
    people = [*traces.rows_of(made.processes), traces.child(1, 0, 0, 201 * MS, "process")]
    whole = {"core": 1, "process": 1, "pid": traces.MAIN_PID + 1, "tid": traces.MAIN_PID + 1, "host": "desk"}
    parts = [
        whole | {"start": n * 10 * MS, "end": n * 10 * MS + 3 * MS, "reason": "preempted"} for n in range(21)
    ]
    beside = traces.trace((), people, slices=[*traces.rows_of(made.slices), *parts])
    full = replace(made, processes=beside.processes, slices=beside.slices)
    assert "gil-bound" not in {one.code for one in diagnose(full)}
    parts = [one | {"reason": "blocked"} for one in parts]  # it waits in between, and a core is free
    free = traces.trace((), people, slices=[*traces.rows_of(made.slices), *parts])
    assert "gil-bound" in {one.code for one in diagnose(replace(full, slices=free.slices))}


def test_short_tasks_wait_for_the_gil_in_between() -> None:
    """Of four threads one computes for 2 ms, without a break, and the others wait to take their next task."""
    pid, rows, slices = traces.MAIN_PID, [], []
    piped = ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
    for number in range(100):
        tid, start = pid + 1 + number % 4, (10 + 2 * number) * MS
        row = traces.task(number + 1, 0, start, start + 2 * MS, 0) | dict.fromkeys(piped)
        row |= {"kind": "ThreadPoolExecutor", "worker_pid": pid, "worker_tid": tid, "submitted": 0}
        taken = start - 1000
        row |= {"wait_start": taken, "lock_acquired": taken, "received": taken, "result_received": None}
        rows.append(row | {"delivered": start + 2 * MS, "cpu_ns": 2 * MS, "runq_ns": 0})
        held = {"core": 0, "process": 0, "pid": pid, "tid": tid, "start": start, "host": "desk"}
        slices.append(held | {"end": start + 2 * MS, "reason": "blocked"})
    who = {"host": "desk", "process": 0, "pid": pid, "role": "worker", "started": 0, "ended": 215 * MS}
    people = [who | {"tid": pid + 1 + worker} for worker in range(4)]
    two: dict[str, Any] = {"core_source": "kernel", "affinity": [0, 1], "cpu_count": 2}
    first = diagnose(traces.trace(rows, [traces.main_process(0, 215 * MS)], people, slices=slices, **two))[0]
    assert first.code == "gil-bound"
    assert first.evidence["waiting_share"] == pytest.approx(0.75, abs=0.03)


def test_interpreters_that_are_late_are_a_start_up() -> None:
    """They take their time, which threads do not: and it is said how long one takes to make."""
    (finding,) = [
        one for one in diagnose(threads("InterpreterPoolExecutor", 500 * MS)) if one.code == "startup"
    ]
    assert "interpreters were ready 500 ms after" in finding.title
    assert finding.predicted_seconds == pytest.approx(0.2, rel=0.1)
    assert "startup" not in {one.code for one in diagnose(threads("ThreadPoolExecutor", 500 * MS))}


def unpickling(first: int, others: int) -> list[str]:
    """The findings where of 66 kB each worker takes so long to unpickle its first, and each other, task."""
    trace = pool([[50 * MS] * 10] * 2, ready=1000 * MS, step=others + MS)
    tasks = trace.tasks.copy()
    tasks["args_bytes"] = 66_000
    is_first = tasks.groupby("process").cumcount() == 0
    tasks["received"] = tasks["run_start"] - others
    tasks.loc[is_first, "received"] = tasks["run_start"] - first
    for name in ("wait_start", "lock_acquired"):
        tasks[name] = tasks[[name, "received"]].min(axis=1)
    return [one.code for one in diagnose(replace(trace, tasks=tasks))]


def test_an_import_in_a_worker_is_not_the_arguments_fault() -> None:
    """What each worker's first task took to unpickle, and no other of the same size, are no bytes."""
    assert "args-pickling" in unpickling(30 * MS, 30 * MS)
    assert "args-pickling" not in unpickling(900 * MS, 20 * US)


@pytest.mark.parametrize(("most", "alike"), [(66_000, True), (200_000, False)])
def test_arguments_of_one_size_may_be_one_object(most: int, alike: bool) -> None:
    """A model that each task carries could be handed over once; of all sizes, they are not the same."""
    trace = pool([[5 * MS] * 10] * 2, ready=10 * MS, step=31 * MS)
    tasks = trace.tasks.copy()
    tasks["args_bytes"] = np.linspace(66_000, most, len(tasks)).astype(int)
    found = diagnose(replace(trace, tasks=tasks.astype(dict(trace.tasks.dtypes))))
    finding = next(one for one in found if one.code == "args-pickling")
    assert ("by the pool's `initializer`" in finding.advice) is alike
