"""Pipes: which part of a write or read was work, and which waiting for room or bytes, its lock, or a core."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers, first_known
from tracer.analysis.cores.slices import HeldCores


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


def ready_to_receive(lock: Floats, pickle_end: Floats, received: Floats) -> Floats:
    """Return when each task could be received: its worker had the lock, and its bytes were being written.

    Until then the worker was starved, from then on it received. A lock that is not known (threads have none)
    was there when the task was received; none of the times is later than that.
    """
    ready = np.fmax(first_known(lock, received), pickle_end)
    np.fmin(ready, received, out=ready)
    return ready
