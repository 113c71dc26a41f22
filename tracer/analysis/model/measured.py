"""A trace → the workload of its principal pool: each step's duration beyond what the model accounts for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tracer.analysis.account.account import run_split
from tracer.analysis.account.lanes import lanes
from tracer.analysis.account.workers import rounds
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers
from tracer.analysis.cores import cores_of
from tracer.analysis.held import PREEMPTED, Held, held
from tracer.analysis.model.children import of_children
from tracer.analysis.model.workload import PIPE_BYTES, Workload
from tracer.analysis.owners import Pool, pools
from tracer.analysis.threads import cores_got, gil_waits, union, within
from tracer.reading.trace import Trace

STAMPS = (
    *("submitted", "pickle_start", "pickle_end", "sent", "wait_start", "received", "run_start", "run_end"),
    *("result_pickled", "result_sent", "result_unpickled", "delivered"),
)
EXECUTOR_AHEAD = 1
"""`concurrent.futures.process.EXTRA_QUEUED_CALLS`: so many calls beside one for each worker are handed on."""


def measured(trace: Trace, pool: Pool | None = None) -> Workload | None:
    """Return the workload of a pool (default: that which ran longest); without one, of the children."""
    candidates = [pool] if pool else sorted(pools(trace), key=lambda one: one.first - one.last)
    for one in candidates:
        found = _of_pool(trace, one)
        if found is not None:
            return found
    return of_children(trace)


def _of_pool(trace: Trace, pool: Pool) -> Workload | None:
    tasks = trace.tasks
    done = ~np.isnan(floats(tasks, "run_end")) & (integers(tasks, "pool") == pool.number)
    rows = np.flatnonzero(done)
    if not rows.size:
        return None
    order = first_known(floats(tasks, "pickle_start"), floats(tasks, "received"))[rows]
    rows = rows[np.argsort(order, kind="stable")]
    holds = held(trace)
    return _Steps(trace, pool, rows, holds).workload()


class _Steps:
    """The stamps of a pool's tasks in the order of dispatch, and what follows from them."""

    def __init__(self, trace: Trace, pool: Pool, rows: Integers, holds: Held | None) -> None:
        self.trace, self.pool, self.rows, self.holds = trace, pool, rows, holds
        tasks = trace.tasks
        time = {name: floats(tasks, name)[rows] for name in STAMPS}
        self.received = first_known(time["received"], time["run_start"])
        self.submitted = first_known(time["submitted"], time["pickle_start"], self.received)
        self.packed = first_known(time["result_pickled"], time["run_end"])
        self.answered = first_known(time["result_sent"], self.packed)
        self.delivered = first_known(time["delivered"], time["result_unpickled"], self.answered)
        self.time = time
        self.origin = float(self.submitted.min())
        self.args = np.nan_to_num(floats(tasks, "args_bytes")[rows])
        self.results = np.nan_to_num(floats(tasks, "result_bytes")[rows])

    def workload(self) -> Workload:
        """Return what each step took beyond what it had to wait for."""
        trace, rows, time = self.trace, self.rows, self.time
        ready, gap, count = self._workers()
        burst, after, think = self._bursts()
        ahead = count + EXECUTOR_AHEAD if self.pool.kind == "ProcessPoolExecutor" else None
        make, serialize, write, receive = self._sending(ahead)
        on_core, no_core, blocked = (part[rows] for part in run_split(trace, self.holds))
        run = time["run_end"] - time["run_start"]
        known = ~np.isnan(on_core)
        allowed = cores_of(trace, np.unique(integers(trace.tasks, "process")[rows]))
        cores = float(max(allowed, 1 if known.any() else count))
        displaced = np.zeros(rows.size)
        if self.pool.threaded:
            blocked = np.maximum(blocked - gil_waits(trace, self.holds, rows), 0.0)
            cores = 1.0
        elif count <= cores:  # nothing is shared: what a task lacked of a core, other programs had
            on_core = on_core + no_core
            displaced = np.nan_to_num(no_core) * self._own_share()
        else:
            cores = cores_got(self.holds, int(cores))
        unpickle, pack = (
            _positive(time["run_start"] - self.received),
            _positive(self.packed - time["run_end"]),
        )
        work = np.where(known, on_core, run) + unpickle + pack
        reply, collect = self._returning()
        function = pd.factorize(trace.tasks["function"].iloc[rows])[0]
        job = burst * (int(function.max(initial=0)) + 2) + function  # what one call could hand over
        return Workload(
            kind=self.pool.kind, burst=burst, after=after, make=make, serialize=serialize, write=write,
            receive=receive, work=work, rest=np.where(known, blocked, 0.0), reply=reply, gap=gap,
            collect=collect,
            items=np.maximum(integers(trace.tasks, "items", missing=1)[rows], 1), args_bytes=self.args,
            result_bytes=self.results, job=np.asarray(job, np.int64), ready=ready, think=think, cores=cores,
            ahead=ahead, unpickle=unpickle, pack=pack,
            measured_ns=float(self.delivered.max()) - self.origin,
            origin_ns=self.origin,
            pool=self.pool.number,
            row=rows,
            displaced=displaced,
        )  # fmt: skip

    def _own_share(self) -> float:
        """Return in which part of the time that workers had no core their owner's threads held one."""
        holds = self.holds
        if holds is None or not holds.exact:
            return 0.0
        gaps = holds.gaps(PREEMPTED)
        thread, start = holds.apart(gaps.start)
        workers = np.unique(integers(self.trace.tasks, "process")[self.rows])
        mine = np.isin(holds.process[thread], workers)
        first = start[mine].astype(np.float64)
        last = first + (gaps.end - gaps.start)[mine]
        theirs = holds.process[holds.thread] == self.pool.owner
        held_by_owner = within(union(holds.start[theirs], holds.end[theirs]), first, last).sum()
        return float(held_by_owner / max((last - first).sum(), 1.0))

    def _bursts(self) -> tuple[Integers, Floats, Floats]:
        """Return each task's burst, its submission within it, and the pause before each burst."""
        order = np.argsort(self.submitted, kind="stable")
        submitted = self.submitted[order]
        until = np.maximum.accumulate(np.append(-np.inf, self.delivered[order]))[:-1]
        begins = (submitted > until) & np.append(True, submitted[1:] > submitted[:-1])
        number = np.cumsum(begins) - 1
        starts = submitted[begins]
        think = np.append(0.0, starts[1:] - until[begins][1:])
        burst = np.zeros(order.size, np.int64)
        burst[order] = number
        burst = np.maximum.accumulate(burst)  # in the order of dispatch
        return burst, np.maximum(self.submitted - starts[burst], 0.0), np.maximum(think, 0.0)

    def _sending(self, ahead: int | None) -> tuple[Floats, Floats, Floats, Floats]:
        time, received = self.time, np.maximum.accumulate(self.received)
        if np.isnan(time["pickle_start"]).all():  # threads: a queue in memory
            zero = np.zeros(received.size)
            before = np.append(-np.inf, received[:-1])
            there = np.fmax(self.submitted, first_known(time["wait_start"], self.submitted))
            return zero, zero, zero, _positive(self.received - np.fmax(there, np.minimum(before, there)))
        start, end = first_known(time["pickle_start"], received), first_known(time["pickle_end"], received)
        sent = first_known(time["sent"], end)
        asked = np.fmax(self.submitted, np.append(-np.inf, sent[:-1]))
        if ahead is not None and received.size > ahead + 1:
            asked[ahead + 1 :] = np.fmax(asked[ahead + 1 :], received[: -ahead - 1])
        large = self.args + 4 > PIPE_BYTES
        total = np.cumsum(self.args + 4)
        room = np.searchsorted(total, total - PIPE_BYTES) - 1
        there = np.where((room >= 0) & ~large, np.fmax(end, received[room]), end)
        before = np.append(-np.inf, received[:-1])
        taken = np.fmax(np.fmax(first_known(time["wait_start"], end), before), there)
        write = sent - np.where(large, np.fmax(self.received, there), there)
        return (
            _positive(start - asked),
            _positive(end - start),
            _positive(write),
            _positive(self.received - taken),
        )

    def _returning(self) -> tuple[Floats, Floats]:
        order = np.argsort(self.delivered, kind="stable")
        there, delivered = self.packed[order], self.delivered[order]
        collect = np.zeros(order.size)
        collect[order] = delivered - np.fmax(there, np.append(-np.inf, delivered[:-1]))
        large = self.results + 4 > PIPE_BYTES
        reply = self.answered - np.where(large, np.fmax(self.delivered, self.packed), self.packed)
        return _positive(reply), _positive(collect)

    def _workers(self) -> tuple[Floats, Floats, int]:
        """Return when each worker was ready, the pause after each task, and how many workers there were."""
        found = rounds(self.trace, lanes(self.trace))
        place = np.full(len(self.trace.tasks), -1)
        place[found.row] = np.arange(found.row.size)
        mine = place[self.rows]
        following = np.append(found.wait[1:], np.nan)[: found.row.size]
        gap = np.where(found.closes, np.nan, following - found.done)[mine]
        usual = float(np.nanmedian(gap)) if not np.isnan(gap).all() else 0.0
        gap = np.where(np.isnan(gap), usual, gap)
        used = np.zeros(found.row.size, np.bool_)
        used[mine] = True
        first = found.wait[used & found.opens]
        ready = np.sort(first - self.origin)
        ends = np.sort(found.done[used & found.closes] - self.origin)
        at_once = _most_at_once(ready, ends)
        return ready[:at_once], _positive(gap), at_once


def _most_at_once(start: Floats, end: Floats) -> int:
    """Return how many workers worked at the same time at most: others replaced one that had left."""
    times = np.concatenate([start, end])
    step = np.concatenate([np.ones(start.size), -np.ones(end.size)])
    order = np.lexsort((step, times))
    return max(int(np.cumsum(step[order]).max(initial=0)), 1)


def _positive(values: Floats) -> Floats:
    return np.asarray(np.maximum(np.nan_to_num(values), 0.0))
