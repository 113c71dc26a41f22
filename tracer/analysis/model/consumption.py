"""Consumption: the owner of a pool computes on results while others wait, or right after the last one came.

    workers    ███ run ██┄┄┄┄┄ nothing to run, or held up with a result ┄┄┄┄┄
    main                  ██ computes ██┄██ computes ██┄██ … █│█ tail ██┄┄┄┄┄
                a first result is there ┘      the last one is ┘         └ it stops

When the program took each result is not recorded. It is known when each one was there, when tasks ran, and
when the owner's threads held a core. A tail belongs to the loop if the thread was busy before the last
result came; a thread that waited for all of them, as in `map`, has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, Integers, equals, floats, integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.cores.slices import PREEMPTED, HeldCores, held_cores
from tracer.analysis.intervals import Cover, thread_key, union
from tracer.analysis.model.steps import Steps
from tracer.analysis.model.windows import is_kept_by_a_slow_loop
from tracer.analysis.model.workload import Workload
from tracer.analysis.structure.pools import Pool, hidden_thread, pools
from tracer.analysis.structure.runs import process_runs, task_runs
from tracer.tables.tables import Tables

EACH_NS = 100_000.0
"""To take a result costs its owner some tens of microseconds; more for each is the program's own work."""
BUSY = 0.2
"""A thread that computes for so much of the time in which results come is at work on them: to wait for them,
to poll or to show progress takes some hundredths. It need not be all: a loop that writes leaves its core."""
PAUSE_NS = 20e6
"""A thread that leaves its core for longer has ended its loop: to write a result takes some milliseconds."""


@dataclass(frozen=True)
class Consumption:
    """What the owner of a pool computed once there were results, in nanoseconds.

    computed_ns   it held a core, from the first result on
    waited_ns     the part of that in which workers had nothing to run: what would vanish without it
    tail_ns       the part of `waited_ns` after the last result
    callbacks_ns  the part of `computed_ns` in callbacks, in the thread that receives the results
    least_ns      it held a core, wanted one or was in a callback before the last result: with this owner no
                  run takes less
    in_turn       whether tasks were handed over as results came, so that a part of the workers stood idle
    results       how many results there were
    span          from the first submission to the end of the last loop
    loops         when results were there, each with its tail
    """

    computed_ns: float
    waited_ns: float
    tail_ns: float
    callbacks_ns: float
    least_ns: float
    in_turn: bool
    results: int
    span: tuple[float, float]
    loops: Cover[np.int64]

    @property
    def in_callbacks(self) -> bool:
        """Whether most of it was in callbacks."""
        return self.callbacks_ns > self.computed_ns / 2


def consumption(trace: Tables, load: Workload | None) -> Consumption | None:
    """Return what the owner of this workload's pool did with its results.

    None without a pool or slices, and where the owner did no more than to take them.
    """
    holds = held_cores(trace)
    if load is None or load.row is None or not load.pooled or holds is None:
        return None
    pool = next((one for one in pools(trace) if one.number == load.pool), None)
    if pool is None:
        return None
    steps = Steps(trace, load.row)
    tid = _own(trace, pool)
    own, (callbacks, calls) = _held(holds, pool.owner, tid), _callbacks(trace, holds, pool, steps)
    in_turn = load.written or load.follows is not None or is_kept_by_a_slow_loop(steps)
    begin, end, following = _windows(load, steps, in_turn)
    following = np.minimum(following, max(_gone(trace, pool), int(end.max())))
    wanted = _wanted(holds, pool.owner, tid)
    tail = np.array([_tail(wanted, *window) for window in zip(begin, end, following, strict=True)], np.int64)
    loops, received = union(begin, end + tail), union(begin, end)
    whole, busy = _either(own, callbacks), _either(wanted, calls)
    taken, before = whole.both(loops), whole.both(received)
    if taken.length < EACH_NS * len(load):
        return None
    times, idle = _idle(trace, pool, load, in_turn)
    waited = _weighted(taken, times, idle)
    return Consumption(
        computed_ns=taken.length,
        waited_ns=waited,
        tail_ns=waited - _weighted(before, times, idle),
        callbacks_ns=callbacks.both(received).length,
        least_ns=busy.both(received).length,
        in_turn=in_turn,
        results=len(load),
        span=(steps.span[0], float(max(steps.span[1], (end + tail).max()))),
        loops=loops,
    )


def _own(trace: Tables, pool: Pool) -> Integers:
    """Return the numbers of the owner's threads that the program wrote, its workers left out."""
    threads, tasks = trace.threads, trace.tasks
    mine = (integers(threads, "process") == pool.owner) & equals(threads, "role", "user")
    tid = integers(threads, "tid")[mine]
    row = np.flatnonzero(integers(trace.processes, "process") == pool.owner)[:1]
    tid = np.append(tid, integers(trace.processes, "pid")[row])  # the first thread has its process's number
    ran = integers(tasks, "worker_tid")[integers(tasks, "process") == pool.owner]
    return np.setdiff1d(tid, ran)


def _gone(trace: Tables, pool: Pool) -> int:
    """Return when the owner ended."""
    row = np.flatnonzero(integers(trace.processes, "process") == pool.owner)[:1]
    exited = floats(trace.processes, "exited")[row]
    return int(exited[0]) if exited.size and exited[0] == exited[0] else trace.end_ns


def _callbacks(
    trace: Tables, holds: HeldCores, pool: Pool, steps: Steps
) -> tuple[Cover[np.int64], Cover[np.int64]]:
    """Return when the thread that receives results held a core in callbacks, and these callbacks."""
    start, end = steps.time["result_unpickled"], steps.time["delivered"]
    long = np.flatnonzero(end - start > EACH_NS)
    role = pool.traits.receiving
    thread = hidden_thread(trace, pools(trace), pool, role) if role and long.size else None
    if thread is None or pool.traits.window_grows:  # joblib's own callback hands the next tasks over
        none = Cover(np.zeros(0, np.int64), np.zeros(0, np.int64))
        return none, none
    calls = union(start[long].astype(np.int64), end[long].astype(np.int64))
    return _held(holds, pool.owner, np.array([thread.tid])).both(calls), calls


def _either(one: Cover[np.int64], other: Cover[np.int64]) -> Cover[np.int64]:
    return union(np.append(one.start, other.start), np.append(one.end, other.end))


def _held(holds: HeldCores, process: int, tid: Integers) -> Cover[np.int64]:
    """Return when any of these threads held a core."""
    mine = np.isin(holds.thread, holds.find(np.full(tid.size, process), tid))
    return union(holds.start[mine], holds.end[mine])


def _wanted(holds: HeldCores, process: int, tid: Integers) -> Cover[np.int64]:
    """Return when any of them held a core, or was put off one."""
    thread, held = holds.find(np.full(tid.size, process), tid), _held(holds, process, tid)
    if not holds.exact:
        return held
    gaps = holds.gaps(PREEMPTED)
    who, start = holds.apart(gaps.start)
    off = np.isin(who, thread)
    end = start[off] + (gaps.end - gaps.start)[off]
    return union(np.append(held.start, start[off]), np.append(held.end, end))


def _windows(load: Workload, steps: Steps, in_turn: bool) -> tuple[Integers, Integers, Integers]:
    """Return from when to when results came, burst by burst, and when the next burst began.

    While a program still makes tasks, what it computes is not known to be for results; unless it hands one
    over as another ends.
    """
    none = np.zeros(len(load), np.int64)
    number, made = (none, none.astype(np.float64)) if in_turn else (load.burst, steps.submitted)
    heads = np.flatnonzero(np.append(True, number[1:] != number[:-1]))
    first = np.minimum.reduceat(steps.time["run_end"], heads)
    begin = np.fmax(first, np.maximum.reduceat(made, heads))
    end = np.fmax(np.maximum.reduceat(steps.delivered, heads), begin)
    following = np.append(np.minimum.reduceat(steps.submitted, heads)[1:], np.inf)
    following = np.minimum(np.fmax(following, end), float(2**62))
    return begin.astype(np.int64), end.astype(np.int64), following.astype(np.int64)


def _tail(own: Cover[np.int64], begin: int, end: int, until: int) -> int:
    """Return how long after the last result the loop went on, 0 where there was none in progress."""
    if own.within(np.array([begin]), np.array([end]))[0] < BUSY * (end - begin) or end <= begin:
        return 0
    first = int(np.searchsorted(own.end, end))  # the first piece that ends later
    start = np.maximum(own.start[first:], end)
    stops = np.append(end, own.end[first:])
    pauses = np.flatnonzero(start - stops[:-1] > PAUSE_NS)
    last = int(stops[pauses[0]] if pauses.size else stops[-1])
    return max(min(last, until) - end, 0)


def _idle(trace: Tables, pool: Pool, load: Workload, in_turn: bool) -> tuple[Floats, Floats]:
    """Return instants, and which part of the workers had nothing to run from each one on.

    Of tasks that were all handed over, those that run may be the last ones: more workers have nothing left
    because of that. So there it is all or nothing. A worker that waits for room for its result runs nothing.
    """
    tasks, runs, plain = trace.tasks, task_runs(trace), process_runs(trace)
    ran = np.isin(integers(trace.processes, "process")[plain.row], integers(tasks, "process"))
    start = np.append(runs.start_ns, plain.start_ns[~ran])
    end = np.append(runs.end_ns, plain.end_ns[~ran])
    running = step_function(start, end)
    held = step_function(*_held_up(trace, load))
    times = np.unique(np.concatenate([running[0], held[0]]))
    count = _at(running, times) - _at(held, times)
    if in_turn:
        return times, np.clip(1.0 - count / load.workers, 0.0, 1.0)
    return times, (count <= 0).astype(np.float64)


def _held_up(trace: Tables, load: Workload) -> tuple[Floats, Floats]:
    """Return when workers, in a run, waited for room in the queue that takes their results."""
    spans, tasks = trace.spans, trace.tasks
    puts = equals(spans, "category", "queue") & equals(spans, "name", "put")
    who = thread_key(integers(spans, "process"), integers(spans, "tid"))
    ran = thread_key(integers(tasks, "process")[load.row], integers(tasks, "worker_tid")[load.row])
    begin, end = floats(tasks, "run_start")[load.row], floats(tasks, "run_end")[load.row]
    parts = []
    for one in np.intersect1d(who[puts], ran).tolist():
        mine, theirs = puts & (who == one), ran == one
        waits = union(floats(spans, "start")[mine], floats(spans, "end")[mine])
        parts.append(waits.both(union(begin[theirs], end[theirs])))
    none = np.zeros(0)
    starts = np.concatenate([none, *(part.start for part in parts)])
    return starts, np.concatenate([none, *(part.end for part in parts)])


def _at(steps: tuple[Floats, Integers], times: Floats) -> Integers:
    return np.asarray(np.append(0, steps[1])[np.searchsorted(steps[0], times, side="right")])


def _weighted(cover: Cover[np.int64], times: Floats, part: Floats) -> float:
    """Return the length of a cover, each stretch of it times the part that holds there: 1 outside `times`."""
    if not times.size:
        return cover.length
    first = times.astype(np.int64)
    inside = cover.within(first[:-1], first[1:])
    return cover.length - float((inside * (1.0 - part[:-1])).sum())
