"""serial-section: the program's own first thread computed while no task ran: before, between or after."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals, first_known, floats
from tracer.analysis.cores.slices import PREEMPTED
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.intervals import union
from tracer.analysis.structure.runs import task_runs
from tracer.wording import percent

ALONE = 0.2
"""Less of the run than this is what every program needs to begin and to end."""
LEAST_NS = 100e6
"""Nor less than this: to begin, and to import what it needs, takes a program some tens of milliseconds."""


def find(context: Context) -> Finding | None:
    """Add up the time in which main computed, or would have with a core, and no child ran anything.

    Needs the main process's life, and its slices.
    """
    begin, end, alone, computed = _alone(context)
    wall = end - begin
    if wall <= 0 or computed < max(ALONE * wall, LEAST_NS):
        return None
    limit = wall / computed
    share = computed / wall
    what = (
        f"For {seconds(computed / 1e9)} of {seconds(wall / 1e9)} the program's first thread computed "
        "and no task ran "
        f"(before, between or after): with any number of workers the run is at most {limit:.1f} times "
        "as fast."
    )
    return Finding(
        "serial-section",
        computed / 1e9,
        share,
        what,
        "Give this part to the workers too, do it while they run, or make it faster by itself.",
        evidence={
            "serial_seconds": computed / 1e9,
            "alone_seconds": alone / 1e9,
            "wall_seconds": wall / 1e9,
            "amdahl_limit": limit,
        },
        predicted_seconds=None,
        title=f"{percent(share)} of the run was serial: main computed, and no task ran",
        window_ns=(begin, end),
    )


def _alone(context: Context) -> tuple[float, float, float, float]:
    """Return main's begin and end, how long no task or child was at work, and what main computed in that."""
    frame = context.trace.processes
    main = np.flatnonzero(equals(frame, "role", "main"))
    if not main.size:
        return 0.0, 0.0, 0.0, 0.0
    begin = float(floats(frame, "started")[main[0]])
    end = float(
        first_known(floats(frame, "exited"), np.full(len(frame), float(context.trace.end_ns)))[main[0]]
    )
    if not end > begin:
        return 0.0, 0.0, 0.0, 0.0
    busy_start, busy_end = _busy(context)
    inside = union(np.maximum(busy_start, begin), np.minimum(busy_end, end))
    edges = np.concatenate([[begin], np.column_stack([inside.start, inside.end]).ravel(), [end]])
    free_start, free_end = edges[0::2], edges[1::2]
    alone = float(np.maximum(free_end - free_start, 0.0).sum())
    holds, pid = context.holds, floats(frame, "pid")[main[0]]
    number = floats(frame, "process")[main[0]]
    if holds is None:
        return begin, end, alone, 0.0
    thread = holds.find(np.array([int(number)]), np.array([int(pid)]))[0]
    if thread < 0:
        return begin, end, alone, 0.0
    both = np.full(free_start.size, thread)
    first, last = holds.key(both, free_start), holds.key(both, free_end)
    computed = holds.slices.within(first, last).sum()
    if holds.exact:  # what it lacked of a core it would have computed in
        computed += holds.gaps(PREEMPTED).within(first, last).sum()
    return begin, end, alone, float(computed)


def _busy(context: Context) -> tuple[np.ndarray, np.ndarray]:
    """Return when tasks were under way, from submission to delivery, and when children lived.

    A task that was not seen to end ran until its worker's end.
    """
    tasks, frame = context.trace.tasks, context.trace.processes
    start = first_known(floats(tasks, "submitted"), floats(tasks, "run_start"))
    end = first_known(floats(tasks, "delivered"), floats(tasks, "run_end"), start)
    child = equals(frame, "role", "process")
    first = first_known(floats(frame, "start_called"), floats(frame, "started"))[child]
    last = first_known(floats(frame, "exited"), floats(frame, "target_end"))[child]
    runs = task_runs(context.trace)
    start = np.concatenate([start, runs.start_ns, first])
    end = np.concatenate([end, runs.end_ns, last])
    known = ~np.isnan(start) & ~np.isnan(end)
    return start[known].astype(np.int64), end[known].astype(np.int64)
