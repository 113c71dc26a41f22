"""Lacked: for how long threads were without a core, in runs of theirs, because of other programs."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.cores.shortage import shortage
from tracer.analysis.cores.slices import BLOCKED, PREEMPTED, held_cores
from tracer.tables.tables import Tables


def preempted_by_others(trace: Tables, thread: Integers, start: Floats, end: Floats) -> Floats:
    """Return, of what these threads were preempted from `start` to `end`, what others were to blame for (ns).

    `thread` is the place in `HeldCores`, -1 for none; 0 where it is not known who had the cores.
    """
    result = np.zeros(start.size)
    holds, had = held_cores(trace), shortage(trace)
    known = np.flatnonzero((thread >= 0) & (end > start))
    if holds is None or had is None or not known.size:
        return result
    gaps = holds.gaps(PREEMPTED)
    who, since = holds.apart(gaps.start)
    process, begun = holds.process[who], since.astype(np.float64)
    length = (gaps.end - gaps.start).astype(np.float64)
    whole = np.append(0.0, np.cumsum(had.due_to_others(process, begun, begun + length)))

    def until(key: Integers) -> Floats:
        place = np.searchsorted(gaps.start, key, side="right") - 1
        there = np.maximum(place, 0)
        part = np.minimum(key - gaps.start[there], gaps.end[there] - gaps.start[there]).astype(np.float64)
        within = had.due_to_others(process[there], begun[there], begun[there] + part)
        return np.where(place >= 0, whole[there] + within, 0.0)

    if gaps.start.size:
        first, last = holds.key(thread[known], start[known]), holds.key(thread[known], end[known])
        result[known] = np.maximum(until(last) - until(first), 0.0)
    return result


def woken_by_others(trace: Tables, thread: Integers, start: Floats, end: Floats, delay: Floats) -> Floats:
    """Return, of the delays of these runs after wake-ups (ns), what others were to blame for.

    No switch tells when a thread was woken: the delay is taken to be the last part of each of the run's
    waits, all alike. A run without a wait has no such delay.
    """
    result = np.zeros(start.size)
    holds, had = held_cores(trace), shortage(trace)
    known = np.flatnonzero((thread >= 0) & (end > start) & (delay > 0))
    if holds is None or had is None or not known.size:
        return result
    gaps = holds.gaps(BLOCKED)
    first = np.searchsorted(gaps.end, holds.key(thread[known], start[known]), side="right")
    last = np.searchsorted(gaps.end, holds.key(thread[known], end[known]), side="right")
    many = np.maximum(last - first, 0)
    row = np.repeat(np.arange(known.size), many)
    gap = np.arange(row.size) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    woken = holds.apart(gaps.end[gap])[1].astype(np.float64)
    each = (delay[known] / np.maximum(many, 1))[row]
    each = np.minimum(each, (gaps.end[gap] - gaps.start[gap]).astype(np.float64))
    blame = had.due_to_others(holds.process[thread[known]][row], woken - each, woken)
    result[known] = np.minimum(np.bincount(row, blame, known.size), delay[known])
    return result
