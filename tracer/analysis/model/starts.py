"""Starts: when a pool's workers came, and when more of them would have come.

owner    start called ─ start called ─ …                    one after the other, at its pace
worker        └─ interpreter, imports, initializer ─ ready    on the cores that there are
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.account.workers import Rounds, rounds
from tracer.analysis.columns import Floats, Integers, floats, integers, look_up
from tracer.analysis.cores.slices import HeldCores
from tracer.analysis.structure.lanes import lanes
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Starts:
    """How the workers of a pool came, in nanoseconds; times are from the first submission on.

    `begun` are the calls that started them, sorted; `until_ready` is what the usual one took from its call
    until it waited for a task, `cpu` how long it held a core for that (0 where that is not known).
    """

    begun: Floats
    until_ready: float
    cpu: float

    @property
    def pace(self) -> float:
        """From one call to the next, usually: the first may have to load or start what all use."""
        return float(np.median(np.diff(self.begun))) if self.begun.size > 1 else max(self.until_ready, 0.0)


@dataclass(frozen=True)
class Came:
    """When each worker was ready, and when it had nothing more to do, sorted, from the first submission on.

    `gap` is the pause after each task of `rows`; `starts` tells how the workers were started.
    """

    ready: Floats
    idle: Floats
    gap: Floats
    starts: Starts | None


def came(trace: Tables, rows: Integers, origin: float, holds: HeldCores | None) -> Came:
    """Return how the workers came that ran the tasks `rows`."""
    found = rounds(trace, lanes(trace))
    place = np.full(len(trace.tasks), -1)
    place[found.row] = np.arange(found.row.size)
    mine = place[rows]  # -1: nobody knows who ran it
    following = np.append(found.wait[1:], np.nan)[: found.row.size]
    gap = np.append(np.where(found.closes, np.nan, following - found.done), np.nan)[mine]
    usual = float(np.nanmedian(gap)) if not np.isnan(gap).all() else 0.0
    used = np.zeros(found.row.size, np.bool_)
    used[mine[mine >= 0]] = True
    opens = np.flatnonzero(used & found.opens)
    ready = np.sort(found.wait[opens] - origin)
    ends = np.sort(found.done[used & found.closes] - origin)
    gap = np.maximum(np.where(np.isnan(gap), usual, gap), 0.0)
    count = _most_at_once(ready, ends)
    return Came(ready[:count], ends[-count:] + usual, gap, _starts(trace, found, opens, origin, holds))


def _starts(
    trace: Tables, found: Rounds, opens: Integers, origin: float, holds: HeldCores | None
) -> Starts | None:
    process = integers(trace.tasks, "process")[found.row[opens]]
    called = look_up(integers(trace.processes, "process"), process, floats(trace.processes, "start_called"))
    known = np.flatnonzero(~np.isnan(called))
    if not known.size:
        return None
    called, wait, process = called[known], found.wait[opens[known]], process[known]
    cpu = 0.0
    if holds is not None and holds.exact:
        tid = integers(trace.tasks, "worker_tid")[found.row[opens[known]]]
        thread = holds.find(process, tid)
        spent = holds.slices.within(holds.key(thread, called), holds.key(thread, wait))
        cpu = float(np.median(spent[thread >= 0])) if (thread >= 0).any() else 0.0
    return Starts(np.sort(called - origin), float(np.median(np.maximum(wait - called, 0.0))), cpu)


def with_more(ready: Floats, count: int, starts: Starts | None, cores: float) -> Floats:
    """Return when `count` workers would be ready, of which these (sorted) came already.

    A pool whose workers were all started before the first submission starts more before it too; one that
    starts them then (an executor), goes on at its pace. All start-ups share the cores.
    """
    more = np.arange(1, count - ready.size + 1)
    if starts is None:
        pace = float(np.median(np.diff(ready))) if ready.size > 1 else max(float(ready[0]), 0.0)
        return np.append(ready, ready[-1] + pace * more)
    before = starts.begun[-1] <= 0
    begun = starts.begun[0] - starts.pace * more if before else starts.begun[-1] + starts.pace * more
    result = np.sort(np.append(ready, begun + starts.until_ready))
    earliest = result[0] + np.arange(count) * starts.cpu / max(cores, 1.0)
    return np.asarray(np.maximum(result, earliest))


def _most_at_once(start: Floats, end: Floats) -> int:
    """Return how many workers worked at the same time at most: others replaced one that had left."""
    times = np.concatenate([start, end])
    step = np.concatenate([np.ones(start.size), -np.ones(end.size)])
    order = np.lexsort((step, times))
    return max(int(np.cumsum(step[order]).max(initial=0)), 1)
