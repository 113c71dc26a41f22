"""Concurrency: how much of the program was running at each instant, as a step function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers
from tracer.analysis.structure.runs import all_runs, makespan
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Running:
    """A step function: `running[i]` ran from `time_ns[i]` until `time_ns[i + 1]`, none before and after.

    `kinds` names what was there to count. `mean` and `busy_share` (the share of the makespan in which at
    least one ran) are over the makespan; None where it is empty.
    """

    time_ns: Floats
    running: Integers
    kinds: tuple[str, ...]
    start_ns: float | None
    end_ns: float | None
    mean: float | None
    busy_share: float | None
    peak: int


def step_function(start_ns: Floats, end_ns: Floats) -> tuple[Floats, Integers]:
    """Return the instants of change and how many intervals hold from each on; empty intervals count nowhere.

    Two sorts and a merge: O(n log n), no loop over intervals.
    """
    solid = end_ns > start_ns
    starts, ends = np.sort(start_ns[solid]), np.sort(end_ns[solid])
    both = np.concatenate([starts, ends])
    order = np.argsort(both, kind="stable")  # merges two sorted runs in linear time
    times = both[order]
    running = np.cumsum(np.where(order < starts.size, 1, -1))
    last = np.append(times[1:] != times[:-1], True) if times.size else np.zeros(0, dtype=np.bool_)
    return times[last], running[last].astype(np.int64)


@cached
def concurrency(trace: Tables) -> Running:
    """Count what runs at each instant: tasks, processes without a pool, the program's own threads."""
    runs = [group for group in all_runs(trace) if group.row.size]
    kinds = tuple(group.kind for group in runs)
    empty = np.zeros(0)
    start = np.concatenate([group.start_ns for group in runs]) if runs else empty
    end = np.concatenate([group.end_ns for group in runs]) if runs else empty
    times, running = step_function(start, end)
    span = makespan(trace)
    first, last = span if span is not None else (None, None)
    mean = busy = None
    if span is not None and span[1] > span[0]:
        held = np.diff(np.clip(times, *span)) if times.size else empty
        counts = running[:-1] if times.size else running
        mean = float((held * counts).sum() / (span[1] - span[0]))
        busy = float(held[counts > 0].sum() / (span[1] - span[0]))
    return Running(times, running, kinds, first, last, mean, busy, int(running.max(initial=0)))
