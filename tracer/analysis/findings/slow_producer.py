"""slow-producer: the program made its tasks more slowly than the workers ran them."""

from __future__ import annotations

import numpy as np

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.intervals import union
from tracer.analysis.model import Change
from tracer.analysis.model.workload import SUBMIT_NS
from tracer.analysis.starting import starts
from tracer.wording import count, percent

STARVED = 0.2
"""Workers that wait less of their time than this are fed fast enough."""


def find(context: Context) -> Finding | None:
    """Look for workers that starved while the next task was being made or had not been submitted.

    Needs a pool that finished two tasks.
    """
    load = context.load
    if load is None or not load.pooled or len(load) < 2:
        return None
    starved = context.share("starved", "lock_wait")
    beginning = _starting(context) / 1e9
    # An executor is handed what is made already: its threads come late where the owner computes.
    making = max(float(load.make.sum()) / 1e9 - beginning, 0.0) if load.ahead is None else 0.0
    late = float(load.after[-1] - load.after[0]) / 1e9 if load.burst[-1] == load.burst[0] else 0.0
    late = max(late - beginning, 0.0)
    if float(np.median(np.diff(load.after))) <= SUBMIT_NS:
        late = 0.0  # that is what the calls themselves take
    if starved < STARVED or max(making, late) < 0.3 * context.makespan:
        return None
    run = float((load.work + load.rest).mean())
    if float(load.make.mean()) < 0.2 * run / max(load.workers, 1) and late < 0.3 * context.makespan:
        return None
    predicted = context.predict(Change(made_at_once=True)).predicted_ns / 1e9
    return context.finding(
        "slow-producer",
        context.makespan - predicted,
        title=f"workers starved {percent(starved)} of their time: tasks were made too slowly",
        what=(
            f"Making {count(len(load), 'task')} took the parent {seconds(max(making, late))}, one after the "
            "other; workers "
            f"waited for the next one {percent(starved)} of their time."
        ),
        advice=(
            "Move the producer's work into the workers, or put the tasks ahead of time."
            if load.written
            else "Move the work of the iterable into the tasks, or make the tasks ahead of time."
        ),
        evidence={
            "making_seconds": making,
            "submitted_over_seconds": late,
            "starved_share": starved,
            "tasks": len(load),
        },
        predicted_seconds=predicted,
    )


def _starting(context: Context) -> float:
    """Return how long the owner started workers while tasks were submitted: they are not made then (ns)."""
    load, found = context.load, starts(context.trace)
    if load is None or not len(found):
        return 0.0
    begin, end = load.origin_ns, load.origin_ns + load.measured_ns
    called, returned = np.clip(found.called, begin, end), np.clip(found.returned, begin, end)
    return float(union(called, returned).length)
