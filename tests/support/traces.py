"""Hand-made traces: small exact ones from rows, and fast synthetic ones of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tracer.tables import definitions
from tracer.tables.tables import Tables

US, MS, S = 1_000, 1_000_000, 1_000_000_000
MAIN_PID = 4000
Rows = Sequence[Mapping[str, Any]]


def meta(**changes: Any) -> dict[str, Any]:
    """Return a whole `meta.json`, with `changes`."""
    return {
        "tracer_version": "0.1.0",
        "command": "scenario pool4",
        "argv": ["scenarios/pool4.py"],
        "python": "3.11.7",
        "platform": "Linux-6.1-x86_64",
        "hostname": "desk",
        "cpu_count": 4,
        "affinity": [0, 1, 2, 3],
        "start_method": "fork",
        "origin_unix_ns": 1_700_000_000 * S,
        "core_source": "stamps",
        "losses": {},
    } | changes


def trace(
    tasks: Rows = (),
    processes: Rows = (),
    threads: Rows = (),
    spans: Rows = (),
    slices: Rows = (),
    items: Rows = (),
    standing: Rows = (),
    others: Rows = (),
    **changes: Any,
) -> Tables:
    """Make a trace of rows; a key that is absent is missing; `changes` go to its meta."""
    return Tables(
        tasks=definitions.TASKS.from_rows(tasks),
        processes=definitions.PROCESSES.from_rows(processes),
        items=definitions.ITEMS.from_rows(items),
        standing=definitions.STANDING.from_rows(standing),
        others=definitions.OTHERS.from_rows(others),
        slices=definitions.SLICES.from_rows(slices),
        spans=definitions.SPANS.from_rows(spans),
        threads=definitions.THREADS.from_rows(threads),
        meta=meta(**changes),
    )


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, to make another trace of them."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def main_process(started: int | None = 0, exited: int | None = None, **changes: Any) -> dict[str, Any]:
    """Return the row of the main process: process 0."""
    row = {"host": "desk", "process": 0, "pid": MAIN_PID, "ppid": 1, "name": "MainProcess", "role": "main"}
    return row | {"started": started, "exited": exited, "exitcode": 0} | changes


def child(
    process: int, start: int, ready: int, end: int, role: str = "worker", **changes: Any
) -> dict[str, Any]:
    """Return the row of a child: start called at `start`, target entered at `ready` and left at `end`.

    A tenth of its start-up is the call, six tenths are the interpreter's, three tenths are set-up.
    """
    length = ready - start
    row = {
        "host": "desk",
        "process": process,
        "pid": MAIN_PID + process,
        "ppid": MAIN_PID,
        "name": f"ForkPoolWorker-{process}" if role == "worker" else f"Process-{process}",
        "role": role,
        "start_method": "fork",
        "start_called": start,
        "forked": start + length // 10,
        "started": start + length * 7 // 10,
        "target_start": ready,
        "target_end": end if role == "process" else None,
        "exited": end,
        "exitcode": 0,
    }
    return row | changes


def task(number: int, process: int, start: int, end: int, step: int = 1000, **changes: Any) -> dict[str, Any]:
    """Return a pool's task that runs from `start` to `end`; every other phase is `step` nanoseconds long."""
    core = (process - 1) % 4
    row = {
        "pool": 0,
        "kind": "Pool",
        "task": number,
        "function": "scenarios.pool4.square",
        "items": 1,
        "host": "desk",
        "process": process,
        "worker_pid": MAIN_PID + process,
        "worker_tid": MAIN_PID + process,
        "submitted": start - 5 * step,
        "pickle_start": start - 4 * step,
        "pickle_end": start - 3 * step,
        "sent": start - 2 * step,
        "wait_start": start - 5 * step,
        "lock_acquired": start - 4 * step,
        "received": start - step,
        "run_start": start,
        "run_end": end,
        "result_pickled": end + step,
        "result_sent": end + 2 * step,
        "result_received": end + 2 * step,
        "result_unpickled": end + 3 * step,
        "delivered": end + 4 * step,
        "args_bytes": 60,
        "result_bytes": 20,
        "core_start": core,
        "core_end": core,
        "status": "ok",
    }
    return row | changes


HIDDEN = ("worker_handler", "task_handler", "result_handler")


def hidden_threads(
    started: int, ended: int, roles: Sequence[str] = HIDDEN, first_tid: int = 0
) -> list[dict[str, Any]]:
    """Return the rows of a pool's hidden threads in the main process."""
    common = {"host": "desk", "process": 0, "pid": MAIN_PID, "started": started, "ended": ended}
    tid = first_tid or MAIN_PID + 900
    return [
        common | {"tid": tid + i, "name": f"Thread-{i} ({role})", "role": role}
        for i, role in enumerate(roles)
    ]


def pool_trace(
    workers: int = 4,
    tasks: int = 5,
    task_ns: int = 10 * MS,
    start_up_ns: int = 5 * MS,
    step_ns: int = 50 * US,
    **changes: Any,
) -> Tables:
    """Make the trace of a pool: the tasks go round the workers, one after another on each."""
    ready = [(w + 1) * start_up_ns // 4 + start_up_ns for w in range(workers)]
    rows, free = [], list(ready)
    for number in range(tasks):
        worker = number % workers
        start = free[worker] + 6 * step_ns
        rows.append(task(number, worker + 1, start, start + task_ns, step_ns))
        free[worker] = start + task_ns + 2 * step_ns
    end = max(free) + 10 * step_ns
    processes = [main_process(0, end + 2 * step_ns)]
    processes += [child(w + 1, w * start_up_ns // 4, ready[w], end, exitcode=-15) for w in range(workers)]
    return trace(rows, processes, hidden_threads(start_up_ns, end), **changes)


def synthetic(
    tasks: int = 1_000_000, workers: int = 4, task_ns: int = 20 * US, seed: int = 1, **changes: Any
) -> Tables:
    """Make a pool's trace of any size with random run times, vectorised (10^6 tasks in about a second)."""
    rng = np.random.default_rng(seed)
    number = np.arange(tasks)
    worker = number % workers
    start_up = 30 * MS
    durations = rng.gamma(2.0, task_ns / 2, tasks).astype(np.int64) + 200
    overhead = max(task_ns // 8, 100)
    period = durations + 8 * overhead
    ends = np.empty(tasks, dtype=np.int64)
    for w in range(workers):
        ends[w::workers] = start_up + w * MS + np.cumsum(period[w::workers])
    end = ends - 2 * overhead
    start = end - durations
    last = int(ends.max()) + 5 * MS if tasks else start_up
    time = {
        "submitted": np.full(tasks, start_up // 2),
        "pickle_start": start - 4 * overhead,
        "pickle_end": start - 3 * overhead,
        "sent": start - 2 * overhead,
        "wait_start": start - 6 * overhead,
        "lock_acquired": start - 4 * overhead,
        "received": start - overhead,
        "run_start": start,
        "run_end": end,
        "result_pickled": end + overhead,
        "result_sent": end + 2 * overhead,
        "result_received": end + 2 * overhead,
        "result_unpickled": end + 3 * overhead,
        "delivered": end + 4 * overhead,
    }
    numbers = {
        "pool": np.zeros(tasks, dtype=np.int64),
        "task": number,
        "items": np.ones(tasks, dtype=np.int64),
        "process": worker + 1,
        "worker_pid": MAIN_PID + worker + 1,
        "worker_tid": MAIN_PID + worker + 1,
        "args_bytes": np.full(tasks, 60),
        "result_bytes": np.full(tasks, 20),
        "core_start": worker % 4,
        "core_end": np.where(rng.random(tasks) < 0.01, (worker + 1) % 4, worker % 4),
    }
    texts = {"kind": "Pool", "function": "f", "host": "desk", "status": "ok"}
    columns: dict[str, Any] = {
        name: pd.array(values, dtype="Int64") for name, values in (time | numbers).items()
    }
    columns |= {
        name: pd.array(np.full(tasks, text, dtype=object), dtype="string") for name, text in texts.items()
    }
    processes = [main_process(0, last + MS)]
    processes += [child(w + 1, w * MS, start_up + w * MS, last) for w in range(workers)]
    return Tables(
        tasks=definitions.TASKS.frame(columns),
        processes=definitions.PROCESSES.from_rows(processes),
        threads=definitions.THREADS.from_rows(hidden_threads(start_up // 2, last)),
        meta=meta(**changes),
    )


def by_turns(worker: int, number: int) -> bool:
    """Give the even turns to the even workers."""
    return number % 2 == worker % 2


def turns(
    workers: int, count: int, turn_ns: int, on: Callable[[int, int], bool] = by_turns, **changes: Any
) -> Tables:
    """Make the trace of workers with a task each; each holds a core of its own in the turns that `on` tells.

    After their turn they are preempted; after the turns 3 and 4 they block.
    """
    rows = [task(w, w + 1, 0, count * turn_ns, 0) for w in range(workers)]
    people = [main_process(0, count * turn_ns)]
    people += [child(w + 1, 0, 0, count * turn_ns) for w in range(workers)]
    made = [(w, n) for w in range(workers) for n in range(count) if on(w, n)]
    worker, number = (np.array(column) for column in zip(*made, strict=True))
    slices = definitions.SLICES.frame({
        "core": worker, "process": worker + 1, "pid": MAIN_PID + worker + 1, "tid": MAIN_PID + worker + 1,
        "start": number * turn_ns, "end": (number + 1) * turn_ns,
        "reason": np.where(np.isin(number, [3, 4]), "blocked", "preempted"),
    })  # fmt: skip
    meta_changes = {"core_source": "kernel", "affinity": list(range(workers))} | changes
    plain = trace(rows, people, **meta_changes)
    return replace(plain, slices=slices)
