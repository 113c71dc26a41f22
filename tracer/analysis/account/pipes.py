"""Pipes: which part of a write or read was work, and which waiting for room or bytes, its lock, or a core."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers, first_known, integers
from tracer.analysis.cores.slices import HeldCores
from tracer.analysis.intervals import thread_key, union
from tracer.tables.tables import Tables


def at_work(holds: HeldCores | None, process: Integers, tid: Integers, start: Floats, end: Floats) -> Floats:
    """Return the share of each write or read in which its thread held a core; 1 where that is not known."""
    share = np.ones(start.size)
    if holds is None or not holds.exact or not start.size:
        return share
    thread = holds.find(process, tid)
    known = np.flatnonzero((thread >= 0) & (end > start))
    thread, start, end = thread[known], start[known], end[known]
    on_core = holds.slices.within(holds.key(thread, start), holds.key(thread, end))
    share[known] = np.clip(on_core / (end - start), 0.0, 1.0)
    return share


def waiting(trace: Tables, process: Integers, tid: Integers, start: Floats, end: Floats) -> Floats:
    """Return the share of each interval in which its thread waited at a queue, a pipe or a lock."""
    spans = trace.spans[trace.spans["category"].isin(("queue", "pipe", "lock")) & trace.spans["end"].notna()]
    owner = thread_key(integers(spans, "process"), integers(spans, "tid"))
    begun, over = integers(spans, "start"), integers(spans, "end")
    share, key, known = np.zeros(start.size), thread_key(process, tid), end > start
    for thread in np.intersect1d(key[known], owner).tolist():
        mine, theirs = known & (key == thread), owner == thread
        first, last = start[mine].astype(np.int64), end[mine].astype(np.int64)
        waits = union(begun[theirs], over[theirs]).within(first, last)
        share[mine] = np.clip(waits / np.maximum(last - first, 1), 0.0, 1.0)
    return share


def ready_to_receive(lock: Floats, pickle_end: Floats, received: Floats) -> Floats:
    """Return when each task could be received: its worker had the lock, and its bytes were being written.

    Until then the worker was starved, from then on it received. A lock that is not known (threads have none)
    was there when the task was received; none of the times is later than that.
    """
    ready = np.fmax(first_known(lock, received), pickle_end)
    np.fmin(ready, received, out=ready)
    return ready
