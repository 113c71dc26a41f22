"""lock-contention: workers queued for a lock of multiprocessing."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change
from tracer.wording import count, percent

WAITING = 0.1
"""Less of the workers' time than this in front of locks costs less than it is worth to change."""


def find(context: Context) -> Finding | None:
    """Look at the spans of locks that lie within tasks.

    Needs spans of locks, and a pool that finished tasks.
    """
    load = context.load
    if load is None or load.row is None:
        return None
    waited = context.lock_ns
    run = float((context.trace.tasks["run_end"] - context.trace.tasks["run_start"]).sum() or 0.0)
    share = float(waited.sum()) / run if run > 0 else 0.0
    if share < WAITING:
        return None
    predicted = context.predict(Change(spared_ns=waited)).predicted_ns / 1e9
    spans = context.trace.spans[equals(context.trace.spans, "category", "lock")]
    names = spans["name"].dropna().astype(str).value_counts()
    name = str(names.index[0]) if len(names) else "a lock"
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
