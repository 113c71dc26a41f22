"""Changes: the same work, handed over or run in another way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.model.workload import Workload

SMALL_MESSAGE_NS = 10_000.0
"""What a step costs a message however small it is, at most; less where a small one took less."""
SMALL_BYTES = 4096
SUBMIT_NS = 100_000.0
"""A call to `submit` takes some tens of microseconds; what takes longer is the program's own work between."""
ITEM_NS = 100.0
"""What a step costs for each small item, at most: pickling a number takes some tens of nanoseconds."""


@dataclass(frozen=True)
class Change:
    """What to change; what is None or False stays as it was.

    chunksize      items a task
    workers        workers of the pool
    cores          cores to run on
    ready_ns       when each worker is there, after the first submission
    threads        threads of one process in place of processes, which take turns where they compute
    processes      processes in place of threads
    shared_args    arguments in shared memory: neither pickled nor piped
    shared_results results likewise
    longest_first  tasks in the order of their length, the longest first
    ready_at_once  workers that are there when the first task is submitted
    made_at_once   tasks that need no making, all submitted at once
    without_rest   no time off the cores
    spared_ns      so much less time off the cores, of each task
    """

    chunksize: int | None = None
    workers: int | None = None
    cores: int | None = None
    ready_ns: tuple[float, ...] = ()
    threads: bool = False
    processes: bool = False
    shared_args: bool = False
    shared_results: bool = False
    longest_first: bool = False
    ready_at_once: bool = False
    made_at_once: bool = False
    without_rest: bool = False
    spared_ns: Floats | None = None

    def __call__(self, load: Workload, cores: float) -> Workload:
        """Return the changed workload; `cores` are those that the run could have."""
        if self.spared_ns is not None:
            load = replace(load, rest=np.maximum(load.rest - self.spared_ns, 0.0))
        if self.shared_args:
            load = _shared_args(load)
        if self.shared_results:
            load = _shared_results(load)
        if self.chunksize is not None:
            load = rechunked(load, self.chunksize)
        if self.longest_first:
            load = load.take(np.lexsort((-(load.work + load.rest), load.burst)))
        if self.ready_at_once:
            load = replace(load, ready=np.minimum(load.ready, 0.0))
        if self.made_at_once:
            load = _made_at_once(load)
        if self.without_rest:
            load = replace(load, rest=np.zeros(len(load)))
        if self.threads:
            load = _as_threads(load)
        if self.processes:
            load = _as_processes(load, cores)
        if self.ready_ns:
            load = replace(load, ready=np.sort(np.array(self.ready_ns, np.float64)))
        if self.workers is not None:
            load = with_workers(load, self.workers)
        if self.cores is not None:
            load = replace(load, cores=self.cores)
        return load


def _shared_args(load: Workload) -> Workload:
    unpickle = np.minimum(load.unpickle, SMALL_MESSAGE_NS)
    steps = {
        name: np.minimum(getattr(load, name), SMALL_MESSAGE_NS) for name in ("serialize", "write", "receive")
    }
    work = load.work - load.unpickle + unpickle
    args = np.minimum(load.args_bytes, 200.0)
    return replace(load, **steps, unpickle=unpickle, work=work, args_bytes=args)


def _shared_results(load: Workload) -> Workload:
    pack = np.minimum(load.pack, SMALL_MESSAGE_NS)
    steps = {name: np.minimum(getattr(load, name), 3 * SMALL_MESSAGE_NS) for name in ("reply", "collect")}
    results = np.minimum(load.result_bytes, 200.0)
    return replace(load, **steps, pack=pack, work=load.work - load.pack + pack, result_bytes=results)


def _as_threads(load: Workload) -> Workload:
    none = np.zeros(len(load))
    work = load.work - load.unpickle - load.pack
    silent: dict[str, Any] = dict.fromkeys(
        ("serialize", "write", "receive", "reply", "args_bytes", "result_bytes"), none
    )
    ready = np.zeros(load.workers)
    load = replace(load, kind="ThreadPool", cores=1.0, ready=ready, work=work, unpickle=none, pack=none)
    return replace(load, ahead=None, **silent)


def _as_processes(load: Workload, cores: float) -> Workload:
    # Between their tasks threads wait for the GIL, too; processes send each other messages there.
    steps: dict[str, Any] = {
        name: np.minimum(getattr(load, name), SMALL_MESSAGE_NS) for name in ("receive", "gap", "collect")
    }
    return replace(load, kind="Pool", cores=cores, **steps)


def _made_at_once(load: Workload) -> Workload:
    none = np.zeros(len(load))
    work = load.work if load.displaced is None else np.maximum(load.work - load.displaced, 0.0)
    return replace(load, make=none, after=none, work=work, displaced=none)


def with_workers(load: Workload, count: int) -> Workload:
    """Return the workload with another number of workers; more come at the pace of those that came."""
    ready = np.sort(load.ready)
    if count > ready.size:
        pace = float(np.median(np.diff(ready))) if ready.size > 1 else max(float(ready[0]), 0.0)
        more = ready[-1] + pace * np.arange(1, count - ready.size + 1)
        ready = np.append(ready, more)
    ahead = None if load.ahead is None else load.ahead - load.workers + count
    return replace(load, ready=ready[:count], ahead=ahead)


def rechunked(load: Workload, chunksize: int) -> Workload:
    """Return the workload with so many items a task, within each job; the last one of a job may be shorter.

    What a message costs however small it is, is paid once a task; the rest of each step goes with the items.
    """
    whose = np.repeat(np.arange(len(load)), load.items)
    share = 1.0 / load.items[whose]
    chunk = _chunks(load.job[whose], chunksize)
    heads = np.flatnonzero(np.append(True, chunk[1:] != chunk[:-1]))
    steps: dict[str, Floats | Integers] = {}
    for name in ("make", "serialize", "write", "receive", "reply", "gap", "collect", "unpickle", "pack"):
        step = getattr(load, name)
        fixed, rest = _parts(load, step, own=name == "make" and load.ahead is None)
        steps[name] = fixed + np.add.reduceat(rest[whose] * share, heads)
    pure = load.work - load.unpickle - load.pack
    work = np.add.reduceat(pure[whose] * share, heads) + steps["unpickle"] + steps["pack"]
    for name in ("rest", "args_bytes", "result_bytes"):
        steps[name] = np.add.reduceat(getattr(load, name)[whose] * share, heads)
    for name in ("burst", "job"):
        steps[name] = getattr(load, name)[whose][heads]
    steps["after"] = _submitted(load, whose, share, heads)
    counts = np.diff(np.append(heads, whose.size))
    return replace(load, items=counts, work=work, row=None, displaced=None, **steps)  # type: ignore[arg-type]


def _submitted(load: Workload, whose: Integers, share: Floats, heads: Integers) -> Floats:
    """Return when each chunk is submitted: a call costs what it did, what the program did between stays."""
    opens = np.append(True, load.burst[1:] != load.burst[:-1])
    between = np.where(opens, 0.0, np.maximum(np.diff(load.after, prepend=0.0), 0.0))
    each = float(np.median(between[~opens])) if not opens.all() else 0.0
    each = each if each <= SUBMIT_NS else 0.0
    own = np.maximum(between - each, 0.0)
    pause = each + np.add.reduceat(own[whose] * share, heads)
    burst = load.burst[whose][heads]
    first = np.append(True, burst[1:] != burst[:-1])
    start = load.after[whose][heads]
    pause[first] = start[first]
    total = np.cumsum(pause)
    base = np.repeat(total[first] - start[first], np.diff(np.append(np.flatnonzero(first), heads.size)))
    return np.asarray(total - base)


def _parts(load: Workload, step: Floats, own: bool) -> tuple[float, Floats]:
    """Return what a step costs any message, and what of each one's step goes with its items.

    Of small messages a step costs about the same whatever is in them; of large ones their size decides. What
    is the program's `own` takes as long for each item however they are handed over.
    """
    if not own and float(np.median(np.maximum(load.args_bytes, load.result_bytes))) <= SMALL_BYTES:
        return float(np.median(step)), np.minimum(step, ITEM_NS * load.items)
    fixed = float(min(np.percentile(step, 5), SMALL_MESSAGE_NS))
    return fixed, np.maximum(step - fixed, 0.0)


def _chunks(job: Integers, chunksize: int) -> Integers:
    """Return the number of the chunk that each item comes into, counted through all jobs."""
    begins = np.append(True, job[1:] != job[:-1])
    start = np.flatnonzero(begins)
    within = np.arange(job.size) - np.repeat(start, np.diff(np.append(start, job.size)))
    opens = begins | (within % chunksize == 0)
    return np.asarray(np.cumsum(opens) - 1)
