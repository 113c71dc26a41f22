"""lock-contention: workers queued for a lock, of multiprocessing or another one that only lets one on."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.findings.one_at_a_time import turns
from tracer.analysis.model import Change
from tracer.wording import count, percent

WAITING = 0.1
"""Less of the workers' time than this in front of locks costs less than it is worth to change."""


def find(context: Context) -> Finding | None:
    """Look at the spans of locks that lie within tasks; else at whether tasks end one by one.

    Needs a pool that finished tasks.
    """
    load = context.load
    if load is None or load.row is None:
        return None
    waited = context.lock_ns
    run = float((context.trace.tasks["run_end"] - context.trace.tasks["run_start"]).sum() or 0.0)
    share = float(waited.sum()) / run if run > 0 else 0.0
    if share < WAITING:
        return _unrecorded(context)
    predicted = context.predict(Change(spared_ns=waited)).predicted_ns / 1e9
    spans = context.trace.spans[equals(context.trace.spans, "category", "lock")]
    names = spans["name"].dropna().astype(str).value_counts()
    name = str(names.index[0]) if len(names) else "a manager's lock"
    return context.finding(
        "lock-contention",
        context.makespan - predicted,
        title=f"workers queued for one lock: {percent(share)} of their running time",
        what=(
            f"Tasks waited {seconds(float(waited.sum()) / 1e9)} in all for locks ({name}), "
            f"{percent(share)} of the time in "
            f"their functions; {int(np.count_nonzero(waited)):,} of {count(len(load), 'task')} waited."
        ),
        advice=(
            "Hold the lock for less, or not at all: give each worker its own part, and join the "
            "parts at the end."
        ),
        evidence={
            "lock_wait_ns": int(waited.sum()),
            "lock_wait_share": share,
            "tasks_that_waited": int(np.count_nonzero(waited)),
        },
        predicted_seconds=predicted,
    )


def _unrecorded(context: Context) -> Finding | None:
    """Say that tasks wait for each other at something that no span tells of."""
    load, found = context.load, turns(context)
    if load is None or found is None:
        return None
    # Who wakes in vain where the lock is free seems to want the core of the one that has it.
    cores = None if load.takes_turns else context.cores
    predicted = context.predict(Change(spared_ns=found.waited, cores=cores)).predicted_ns / 1e9
    mean, alone, pause = (seconds(one / 1e9) for one in (found.mean_ns, found.alone_ns, found.pause_ns))
    share = float(found.waited.sum()) / max(float((load.work + load.rest).sum()), 1.0)
    what = "A call" if (load.items > 1).any() else "A task"
    return context.finding(
        "lock-contention",
        context.makespan - predicted,
        title=f"tasks took turns: one ended every {pause}, whatever the number of workers",
        what=(
            f"{what} took {alone} where it ran alone, and {mean} on average, while one ended "
            f"every {pause}: {context.who} wait for each other, {percent(share)} of the time in their "
            "functions. At what is not recorded: a lock of threading, of a file or a database, a limit of "
            "rate, or a service that answers one at a time."
        ),
        advice=(
            "Find what only one at a time may do, and do less there; give each worker its own part. More "
            "workers bring nothing."
        ),
        evidence={
            "lock_wait_ns": int(found.waited.sum()),
            "lock_wait_share": share,
            "alone_ns": int(found.alone_ns),
            "mean_ns": int(found.mean_ns),
            "from_end_to_end_ns": int(found.pause_ns),
        },
        predicted_seconds=predicted,
        confidence="low",
        missing="no record of the wait: it is told from how tasks end",
    )
