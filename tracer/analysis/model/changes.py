"""Changes: the same work, handed over or run in another way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.model.contention import COLLECTING, MAKING, SENDING
from tracer.analysis.model.rechunk import rechunked
from tracer.analysis.model.starts import with_more
from tracer.analysis.model.workload import SMALL_MESSAGE_NS, SUBMIT_NS, Workload
from tracer.record.kinds import POOL, THREAD_POOL, kind_of

_MOST_A_BYTE = 10.0
"""Unpickling that takes so many times the usual time a byte is not explained by its bytes."""


@dataclass(frozen=True)
class Change:
    """What to change; what is None or False stays as it was.

    chunksize      items a task
    workers        workers of the pool
    prefetch       batches that a data loader keeps handed over for each of its workers
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
    prefetch: int | None = None
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
            load = _of_workers(load, np.sort(np.array(self.ready_ns, np.float64)))
            load = replace(load, starts=None)  # they are of the run's own start method
        if self.workers is not None:
            load = with_workers(load, self.workers)
        if self.prefetch is not None:
            load = with_window(load, self.prefetch * load.workers)
        if self.cores is not None:
            load = replace(load, cores=self.cores)
        return load


def unpickled(load: Workload) -> Floats:
    """Return how much of each task's unpickling its bytes explain, in nanoseconds: shape (tasks,).

    A worker that unpickles a function for the first time imports its module, which may take seconds.
    """
    size = np.maximum(load.args_bytes, 1.0)
    usual = float(np.median(load.unpickle / size)) if len(load) else 0.0
    return np.minimum(load.unpickle, np.maximum(_MOST_A_BYTE * usual * size, SMALL_MESSAGE_NS))


def _shared_args(load: Workload) -> Workload:
    explained = unpickled(load)
    unpickle = load.unpickle - explained + _small(explained)
    # With the arguments go the time in which they were freed, and what sending them took from the workers.
    names = ("serialize", "write", "receive", "gap")
    steps: dict[str, Any] = {name: _small(getattr(load, name)) for name in names}
    load = replace(load, work=load.work - load.unpickle + unpickle, unpickle=unpickle)
    load = _relieved(load, SENDING, _part_left(load.serialize, steps["serialize"]))
    return replace(load, **steps, args_bytes=np.minimum(load.args_bytes, 200.0))


def _shared_results(load: Workload) -> Workload:
    pack = _small(load.pack)
    load = replace(load, work=load.work - load.pack + pack, pack=pack)
    collect = np.minimum(load.collect, 3 * SMALL_MESSAGE_NS)
    load = _relieved(load, COLLECTING, _part_left(load.collect, collect))
    reply, collect = (np.minimum(step, 3 * SMALL_MESSAGE_NS) for step in (load.reply, load.collect))
    return replace(load, reply=reply, collect=collect, result_bytes=np.minimum(load.result_bytes, 200.0))


def _small(step: Floats) -> Floats:
    """Return what a step takes of a small message: never more than it took."""
    return np.asarray(np.clip(step, 0.0, SMALL_MESSAGE_NS))


def _part_left(before: Floats, after: Floats) -> float:
    return float(after.sum() / before.sum()) if before.sum() > 0 else 1.0


def _relieved(load: Workload, kind: int, part: float = 0.0) -> Workload:
    """Return the workload with a part only of what one kind of the owner's work took from the tasks."""
    known = load.toll
    if known is None:
        return load
    lost, late = known.lost[kind] * (1.0 - part), known.late[kind] * (1.0 - part)
    work = np.maximum(load.work - lost, load.unpickle + load.pack)
    return replace(
        load, work=work, collect=np.maximum(load.collect - late, 0.0), toll=known.scaled(kind, part)
    )


def _as_threads(load: Workload) -> Workload:
    none = np.zeros(len(load))
    load = _relieved(_relieved(load, SENDING), COLLECTING)
    work = load.work - load.unpickle - load.pack
    silent: dict[str, Any] = dict.fromkeys(
        ("serialize", "write", "receive", "reply", "args_bytes", "result_bytes"), none
    )
    ready = np.zeros(load.workers)
    load = replace(load, kind=THREAD_POOL, cores=1.0, ready=ready, work=work, unpickle=none, pack=none)
    return replace(load, ahead=None, toll=None, **silent)


def _as_processes(load: Workload, cores: float) -> Workload:
    # Between their tasks threads wait for the GIL, too; processes send each other messages there.
    steps: dict[str, Any] = {
        name: np.minimum(getattr(load, name), SMALL_MESSAGE_NS) for name in ("receive", "gap", "collect")
    }
    # What other programs held of the one core that threads want, they hold of each.
    if load.lag is not None:  # nor does who hands over wait for the GIL
        steps["lag"] = np.minimum(load.lag, SUBMIT_NS)
    return replace(load, kind=POOL, cores=cores * min(load.cores, 1.0), **steps)


def _made_at_once(load: Workload) -> Workload:
    none = np.zeros(len(load))
    load = _relieved(load, MAKING)
    load = replace(load, follows=None, lag=None)
    return replace(load, make=none, after=none, cores=load.cores + load.making_cores, making_cores=0.0)


def with_workers(load: Workload, count: int) -> Workload:
    """Return the workload with another number of workers: the first that came, or more."""
    if count == load.workers:
        return load
    ready = np.sort(load.ready)
    if count > ready.size:
        ready = with_more(ready, count, load.starts, load.cores)
    return _of_workers(load, ready[:count])


def _of_workers(load: Workload, ready: Floats) -> Workload:
    more = ready.size - load.workers
    traits = kind_of(load.kind)
    ahead = None if load.ahead is None else load.ahead + traits.ahead_each * more
    if more and traits.window_grows and load.follows is not None:
        load = _without_window(load, load.follows)
    if more and traits.loads_ahead and load.follows is not None:
        load = with_window(load, max(window_of(load) // load.workers, 1) * ready.size)
    if load.workers >= load.cores > ready.size:  # then its owner has a core beside them
        for kind in (MAKING, SENDING, COLLECTING):
            load = _relieved(load, kind)
    return replace(load, ready=ready, ahead=ahead)


def window_of(load: Workload) -> int:
    """Return how many tasks the program kept handed over; 0 where it kept no window."""
    if load.follows is None or not (load.follows >= 0).any():
        return 0
    return int(np.argmax(load.follows >= 0))


def with_window(load: Workload, window: int) -> Workload:
    """Return the workload with so many tasks handed over at once, in each burst, and one more as one ends."""
    heads = np.flatnonzero(np.append(True, load.burst[1:] != load.burst[:-1]))
    place = np.arange(len(load)) - np.repeat(heads, np.diff(np.append(heads, len(load))))
    follows = np.where(place >= window, np.arange(len(load)) - window, -1)
    usual = 0.0
    if load.follows is not None and load.lag is not None and (load.follows >= 0).any():
        usual = float(np.median(load.lag[load.follows >= 0]))
    return replace(
        load,
        follows=follows,
        lag=np.where(follows >= 0, usual, 0.0),
        after=np.where(place < window, 0.0, load.after),
    )


def _without_window(load: Workload, follows: Integers) -> Workload:
    """Return the workload with tasks that wait for no result: in each burst from the first that did on.

    A window that grows with the workers has always one more for each than it runs: it never holds one up.
    """
    held = pd.Series(follows >= 0).groupby(load.burst).cummax().to_numpy(bool)
    return replace(load, follows=None, lag=None, after=np.where(held, 0.0, load.after))
