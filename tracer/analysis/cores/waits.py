"""Threads that wait for each other: for the GIL of their process, or for a core."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers, floats, integers
from tracer.analysis.cores.slices import BLOCKED, PREEMPTED, HeldCores
from tracer.analysis.intervals import union
from tracer.tables.tables import Tables


def gil_waits(trace: Tables, holds: HeldCores | None, rows: Integers) -> Floats:
    """Return, for tasks that threads ran, how long another thread of the process held a core in their run.

    Where the threads run Python code, this is the wait for the GIL: an upper bound of it, because a thread
    that slept or waited for I/O in that time did not want the GIL. Nanoseconds; 0 without slices.
    """
    tasks = trace.tasks
    return others_on_core(
        holds,
        integers(tasks, "process")[rows],
        integers(tasks, "worker_tid")[rows],
        floats(tasks, "run_start")[rows],
        floats(tasks, "run_end")[rows],
    )


def off_ns(trace: Tables, holds: HeldCores, rows: Integers) -> Floats:
    """Return for how long these tasks' threads were off the cores of their own accord in their runs (ns).

    That is from where each left its core to wait, to where it came back: a delay after its wake-up included.
    """
    tasks = trace.tasks
    thread = holds.find(integers(tasks, "process")[rows], integers(tasks, "worker_tid")[rows])
    start, end = floats(tasks, "run_start")[rows], floats(tasks, "run_end")[rows]
    result = np.zeros(rows.size)
    known = np.flatnonzero((thread >= 0) & (end > start))
    first, last = holds.key(thread[known], start[known]), holds.key(thread[known], end[known])
    result[known] = holds.gaps(BLOCKED).within(first, last)
    return result


def others_on_core(
    holds: HeldCores | None, process: Integers, tid: Integers, start: Floats, end: Floats
) -> Floats:
    """Return for how many nanoseconds, from `start` to `end`, a process held a core by another thread."""
    result = np.zeros(process.size)
    if holds is None:
        return result
    whole = holds.process[holds.thread]
    thread = holds.find(process, tid)
    for one in np.unique(process[thread >= 0]).tolist():
        mine = np.flatnonzero((process == one) & (thread >= 0) & (end > start))
        slices = np.flatnonzero(whole == one)
        first, last = start[mine].astype(np.int64), end[mine].astype(np.int64)
        both = union(holds.start[slices], holds.end[slices]).within(first, last)
        own = holds.slices.within(holds.key(thread[mine], first), holds.key(thread[mine], last))
        result[mine] = np.maximum(both - own, 0.0)
    return result


def others_wanting(
    holds: HeldCores | None, process: Integers, tid: Integers, start: Floats, end: Floats
) -> Floats:
    """Return for how long, from `start` to `end`, others of the process held a core or were put off one.

    Nanoseconds; 0 without slices. Who waits for them then waits for work, not for I/O.
    """
    result = np.zeros(process.size)
    if holds is None:
        return result
    gaps = holds.gaps(PREEMPTED)
    who, since = holds.apart(gaps.start)
    until = since + (gaps.end - gaps.start)
    thread = holds.find(process, tid)
    for one in np.unique(thread[thread >= 0]).tolist():
        mine = np.flatnonzero((thread == one) & (end > start))
        family = np.flatnonzero(holds.process == holds.process[one])
        family = family[family != one]
        held, put_off = np.isin(holds.thread, family), np.isin(who, family)
        both = union(np.append(holds.start[held], since[put_off]), np.append(holds.end[held], until[put_off]))
        result[mine] = both.within(start[mine].astype(np.int64), end[mine].astype(np.int64))
    return result


def cores_got(holds: HeldCores | None, allowed: int) -> float:
    """Return how many cores the program could have, on average over the time in which it held or wanted any.

    That is `allowed`, less what it was short of while one of its threads was ready to run and had none: cores
    that other programs held. It is `allowed` where not every switch was recorded.
    """
    if holds is None or not holds.exact:
        return float(allowed)
    gaps = holds.gaps(PREEMPTED)
    _, start = holds.apart(gaps.start)
    wanted = union(start, start + gaps.end - gaps.start)
    active = union(np.append(holds.start, start), np.append(holds.end, start + gaps.end - gaps.start))
    if active.length <= 0:
        return float(allowed)
    had = float(wanted.within(holds.start, holds.end).sum())
    return max(allowed - max(allowed * wanted.length - had, 0.0) / active.length, 0.1)
