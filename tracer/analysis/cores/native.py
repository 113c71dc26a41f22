"""Native threads: those that Python did not start, known from the cores that they held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, Integers, equals, integers
from tracer.analysis.cores.shortage import shortage
from tracer.analysis.cores.slices import PREEMPTED, HeldCores, held_cores
from tracer.analysis.intervals import Cover, thread_key, union
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Native:
    """What the native threads of some processes had of the cores in a window; times are nanoseconds.

    threads     how many held a core, of `processes` that have any
    core_ns     how long they held cores; `all_ns` all threads of these processes
    crowded_ns  how long more threads of the program wanted a core than there are, one of these among them
    """

    threads: int
    processes: int
    core_ns: float
    all_ns: float
    crowded_ns: float


def native_threads(trace: Tables, process: Integers, window: tuple[float, float]) -> Native | None:
    """Return what native threads did; None where not every switch was recorded, or there are none."""
    holds, had = held_cores(trace), shortage(trace)
    demand = had.demand_of(process) if had else None
    if holds is None or demand is None:
        return None
    theirs = np.isin(holds.process, process)
    native = theirs & ~np.isin(thread_key(holds.process, holds.tid), _of_python(trace))
    inside = np.clip(np.minimum(holds.end, window[1]) - np.maximum(holds.start, window[0]), 0.0, None)
    each = np.bincount(holds.thread, inside, holds.process.size)
    native &= each > 0
    if not native.any():
        return None
    begin, end = _wanted(holds, np.flatnonzero(native))
    many = demand.held + demand.waiting > demand.cores.size
    times = np.append(demand.time_ns, demand.time_ns[-1:])
    crowd = union(times[:-1][many], times[1:][many]).both(union(begin, end))
    clipped = Cover(np.clip(crowd.start, *window), np.clip(crowd.end, *window))
    return Native(
        int(native.sum()),
        int(np.unique(holds.process[native]).size),
        float(each[native].sum()),
        float(each[theirs].sum()),
        clipped.length,
    )


def _of_python(trace: Tables) -> Integers:
    """Return the keys of the threads that Python knows: those it started, and each process's first."""
    threads, frame = trace.threads, trace.processes
    known = ~equals(threads, "role", "native")
    return np.concatenate(
        [
            thread_key(integers(threads, "process"), integers(threads, "tid"))[known],
            thread_key(integers(frame, "process"), integers(frame, "pid")),
        ]
    )


def _wanted(holds: HeldCores, thread: Integers) -> tuple[Floats, Floats]:
    """Return when any of these threads held a core, or was put off one."""
    gaps = holds.gaps(PREEMPTED)
    who, since = holds.apart(gaps.start)
    mine, waits = np.isin(holds.thread, thread), np.isin(who, thread)
    begin = np.append(holds.start[mine], since[waits])
    end = np.append(holds.end[mine], (since + gaps.end - gaps.start)[waits])
    return begin.astype(np.float64), end.astype(np.float64)
