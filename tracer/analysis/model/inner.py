"""Tasks that wait for tasks of their own: of a pool that their process made, or for its other children.

    outer task   ███ run ████┄┄┄┄┄┄ waits ┄┄┄┄┄┄████
    inner pool        submitted ███ ███ ███ delivered

Such a task hands work over and waits for it: what held the run back is to be found among the inner ones.
"""

from __future__ import annotations

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers, look_up
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.cores.waits import others_wanting
from tracer.analysis.intervals import union
from tracer.analysis.structure.pools import pools
from tracer.tables.tables import Tables


@cached
def inner_waits(trace: Tables) -> Floats:
    """Return of each task how long, in its run, work was under way that it may have waited for.

    That is tasks of another pool of its process, and children of it, that began in its run. Nanoseconds, 0
    where there was none.
    """
    tasks = trace.tasks
    start, end = floats(tasks, "run_start"), floats(tasks, "run_end")
    process, pool = integers(tasks, "process"), integers(tasks, "pool")
    who, own, begun, done = _under_way(trace)
    result = np.zeros(len(tasks))
    for one in np.intersect1d(process, who).tolist():
        theirs = who == one
        for number in np.unique(pool[process == one]).tolist():
            mine = np.flatnonzero((process == one) & (pool == number) & (end > start))
            inner = theirs & (own != number)
            if mine.size and inner.any():
                result[mine] = _during(start[mine], end[mine], begun[inner], done[inner])
    return result


def helped(trace: Tables, rows: Integers) -> Floats:
    """Return, for tasks that processes ran, how long other threads of theirs computed, or would have (ns)."""
    tasks = trace.tasks
    who = integers(tasks, "process")[rows], integers(tasks, "worker_tid")[rows]
    return others_wanting(
        held_cores(trace), *who, floats(tasks, "run_start")[rows], floats(tasks, "run_end")[rows]
    )


def _under_way(trace: Tables) -> tuple[Integers, Integers, Floats, Floats]:
    """Return what was under way: whose it is (process), its pool (-1: a child), from when to when."""
    tasks, frame = trace.tasks, trace.processes
    known = pools(trace)
    numbers = np.array([one.number for one in known], np.int64)
    owners = np.array([one.owner for one in known], np.float64)
    pool = integers(tasks, "pool")
    owner = np.nan_to_num(look_up(numbers, pool, owners), nan=-1.0).astype(np.int64)
    submitted = first_known(floats(tasks, "submitted"), floats(tasks, "received"), floats(tasks, "run_start"))
    delivered = first_known(floats(tasks, "delivered"), floats(tasks, "run_end"))
    children = frame["role"].isin(["process", "subprocess"]).fillna(False).to_numpy(bool)
    parent = look_up(integers(frame, "pid"), integers(frame, "ppid")[children], floats(frame, "process"))
    born = first_known(*(floats(frame, name) for name in ("start_called", "forked", "started")))[children]
    died = first_known(floats(frame, "exited"), np.full(len(frame), float(trace.end_ns)))[children]
    begun, done = np.concatenate([submitted, born]), np.concatenate([delivered, died])
    who = np.concatenate([owner, np.nan_to_num(parent, nan=-1.0).astype(np.int64)])
    own = np.concatenate([pool, np.full(born.size, -1)])
    fine = (done > begun) & (who >= 0)
    return who[fine], own[fine], begun[fine], done[fine]


def _during(start: Floats, end: Floats, begun: Floats, done: Floats) -> Floats:
    """Return how much of each run lies within what began in some run of these, however many at once."""
    runs = union(start, end)
    within = runs.holds(begun)
    if not within.any():
        return np.zeros(start.size)
    return np.asarray(union(begun[within], done[within]).within(start, end))
