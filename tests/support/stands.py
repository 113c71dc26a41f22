"""Traces of runs that stand: two workers, or plain processes, looked at at 4 s, ended by SIGTERM at 5 s."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support import traces
from tests.support.traces import MAIN_PID, MS, S
from tracer.analysis.findings import context_of
from tracer.analysis.findings.finding import Finding
from tracer.analysis.findings.stuck import find
from tracer.record.kinds import CHILD, THREAD_LOCK
from tracer.tables.tables import Tables

Row = dict[str, Any]


def stand(process: int, wait: str, tid: int = 0, **changes: Any) -> Row:
    """Return a thread that stands since 200 ms, looked at at 4 s; nothing has moved since 1 s."""
    pid = MAIN_PID + process
    row = {"host": "desk", "process": process, "pid": pid, "tid": tid or pid, "wait": wait, "state": "S"}
    return row | {"since": 200 * MS, "seen": 4 * S, "still": S, "woke": 0, "limited": 0} | changes


def begun(number: int, process: int, **changes: Any) -> Row:
    """Return a task that began at 200 ms and did not end."""
    late = (
        *("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled"),
        *("delivered", "result_bytes", "core_end"),
    )
    row = traces.task(number, process, 200 * MS, 300 * MS, function="work") | dict.fromkeys(late)
    return row | {"status": "unfinished"} | changes


def queued(number: int) -> Row:
    """Return a task that no worker has taken."""
    never = ("process", "worker_pid", "worker_tid", "wait_start", "lock_acquired", "received", "run_start")
    return begun(number, 1) | dict.fromkeys((*never, "core_start"))


def run(
    standing: Sequence[Row],
    tasks: Sequence[Row] = (),
    children: Sequence[Mapping[str, Any]] | None = None,
    threads: Sequence[Row] = (),
    spans: Sequence[Row] = (),
    exitcode: int = -15,
) -> Tables:
    """Make a trace of two workers, ended by SIGTERM at 5 s."""
    people = [traces.main_process(0, 5 * S, exitcode=exitcode)]
    if children is None:
        children = [traces.child(process, 0, 100 * MS, 5 * S) for process in (1, 2)]
    return traces.trace(tasks, [*people, *children], threads, standing=standing, spans=spans)


def feeder(process: int, tid: int) -> Row:
    """Return the feeder thread of a queue."""
    row = {"host": "desk", "process": process, "pid": MAIN_PID + process, "tid": tid, "name": "feeder"}
    return row | {"role": "queue_feeder", "started": 150 * MS}


def handlers() -> list[Row]:
    """Return the hidden threads of a pool."""
    return traces.hidden_threads(100 * MS, 5 * S)


def found(trace: Tables) -> Finding:
    """Return the finding."""
    finding = find(context_of(trace))
    assert finding is not None
    return finding


def plain(*names: str) -> list[Row]:
    """Return plain processes of these names."""
    return [
        traces.child(number, 0, 100 * MS, 5 * S, "process", name=name, target_end=None)
        for number, name in enumerate(names, 1)
    ]


def put(process: int, queue: str) -> Row:
    """Return the span of a message that a process put into a queue."""
    pid = MAIN_PID + process
    row = {"host": "desk", "process": process, "pid": pid, "tid": pid, "category": "queue", "name": "put"}
    return row | {"start": 300 * MS, "end": 310 * MS, "data": json.dumps({"queue": queue})}


LOCKED = [stand(0, THREAD_LOCK, limited=1), stand(1, THREAD_LOCK), stand(2, THREAD_LOCK)]


IN_TASKS = [begun(1, 1), begun(2, 2)]


JOINS = stand(0, CHILD, object="pid:4001", call="wait4")
