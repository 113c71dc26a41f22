"""Wake-ups that the journals imply: a message is written, and the thread that waits for it gets a core.

    sender     ███ writes ██▌██              the wake-up: while the message is written, by a thread that holds
    receiver   ██┄┄┄┄ sleeps ┄┄┄███ reads    a core, before the receiver gets one

The kernel's events do not say who woke whom. So this is inferred: of a receiver that had blocked before the
message was there, and got its next core between the beginning of the write and the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.cores.slices import BLOCKED, HeldCores, held_cores
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class Wakeups:
    """Arrays of one length, in the order of time: when, and the core that the waker held.

    `waker` and `woken` are threads, by their places in `HeldCores`; `target` is the core that the second got.
    """

    time: Integers
    core: Integers
    waker: Integers
    woken: Integers
    target: Integers

    def __len__(self) -> int:
        return int(self.time.size)


Threads = tuple[Integers, Integers]
"""Processes and TIDs."""


def wakeups(columns: TaskColumns, sender: Threads, receiver: Threads) -> Wakeups:
    """Return the wake-ups of workers by tasks, and of receivers by results.

    `sender` and `receiver` have for each task process and TID of the threads in its owner that send it and
    receive its result, -1 where they are not known. Without the kernel's slices there is none.
    """
    holds = held_cores(columns.trace)
    nothing = np.zeros(0, np.int64)
    if holds is None or not holds.exact:
        return Wakeups(*[nothing] * 5)
    worker = columns.number("process"), columns.number("worker_tid")
    tasks = ("pickle_end", "sent", "received")
    results = ("result_pickled", "result_sent", "result_received")
    lock = columns.time("lock_acquired")
    parts = (
        _implied(holds, sender, worker, lock, *map(columns.time, tasks)),
        _implied(holds, worker, receiver, np.full(lock.size, np.nan), *map(columns.time, results)),
    )
    every = [np.concatenate(part) for part in zip(*parts, strict=True)]
    order = np.argsort(every[0], kind="stable")
    return Wakeups(*(part[order] for part in every))


def _implied(
    holds: HeldCores,
    sender: Threads,
    receiver: Threads,
    lock: Floats,
    begun: Floats,
    written: Floats,
    received: Floats,
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """Return the columns of `Wakeups` for those messages that imply one.

    A receiver that had not got `lock` by then waited for that. Of several messages that were written while it
    slept the first has woken it.
    """
    waker, woken = holds.find(*sender), holds.find(*receiver)
    known = (waker >= 0) & (woken >= 0) & ~np.isnan(begun) & ~np.isnan(received)
    begin, until = np.where(known, begun, 0.0), np.where(known, received, 0.0)
    keys = holds.slices
    place = np.searchsorted(keys.start, holds.key(np.maximum(woken, 0), begin), side="right")
    following, before = np.minimum(place, keys.start.size - 1), np.maximum(place - 1, 0)
    known &= (place > 0) & (place < keys.start.size)
    known &= (holds.thread[following] == woken) & (holds.thread[before] == woken)
    known &= (holds.left[before] == BLOCKED) & (holds.end[before] <= begin)
    known &= holds.start[following] <= until
    latest = np.fmin(np.fmin(written, until), holds.start[following])
    writes = np.searchsorted(keys.start, holds.key(np.maximum(waker, 0), latest), side="right") - 1
    writes = np.maximum(writes, 0)
    at = np.fmin(latest, holds.end[writes])
    known &= (holds.thread[writes] == waker) & (at >= begin) & ~(lock > at)
    which = np.flatnonzero(known)[np.argsort(begin[known], kind="stable")]
    which = which[np.unique(following[which], return_index=True)[1]]
    core, target = holds.core[writes[which]], holds.core[following[which]]
    return at[which].astype(np.int64), core, waker[which], woken[which], target
