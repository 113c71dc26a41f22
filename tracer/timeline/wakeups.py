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
    lock = columns.time("lock_acquired")
    to_worker = _implied(holds, sender, worker, *map(columns.time, ("pickle_end", "sent", "received")))
    early = np.isnan(lock) | (lock <= to_worker[0])  # else it waited for the lock, not for the message
    to_receiver = _implied(
        holds, worker, receiver, *map(columns.time, ("result_pickled", "result_sent", "result_received"))
    )
    parts = [tuple(part[early] for part in to_worker), to_receiver]
    time, core, waker, woken, target = (np.concatenate(part) for part in zip(*parts, strict=True))
    known = ~np.isnan(time)
    order = np.flatnonzero(known)[np.argsort(time[known], kind="stable")]
    return Wakeups(time[order].astype(np.int64), core[order], waker[order], woken[order], target[order])


def _implied(
    holds: HeldCores,
    sender: Threads,
    receiver: Threads,
    begun: Floats,
    written: Floats,
    received: Floats,
) -> tuple[Floats, Integers, Integers, Integers, Integers]:
    """Return for each message when its receiver was woken, NaN where that is not implied; see `Wakeups`."""
    waker, woken = holds.find(*sender), holds.find(*receiver)
    known = (waker >= 0) & (woken >= 0) & ~np.isnan(begun) & ~np.isnan(received)
    begin, until = np.where(known, begun, 0.0), np.where(known, received, 0.0)
    keys = holds.slices
    place = np.searchsorted(keys.start, holds.key(np.maximum(woken, 0), begin), side="right")
    last = np.minimum(place, keys.start.size - 1)
    before = np.maximum(place - 1, 0)
    known &= (place > 0) & (place < keys.start.size)
    known &= (holds.thread[last] == woken) & (holds.thread[before] == woken)
    known &= (holds.left[before] == BLOCKED) & (holds.end[before] <= begin) & (holds.start[last] <= until)
    latest = np.fmin(np.fmin(written, until), holds.start[last])
    sends = np.searchsorted(keys.start, holds.key(np.maximum(waker, 0), latest), side="right") - 1
    sends = np.maximum(sends, 0)
    at = np.fmin(latest, holds.end[sends])
    known &= (holds.thread[sends] == waker) & (at >= begin)
    return np.where(known, at, np.nan), holds.core[sends], waker, woken, holds.core[last]
