"""Contention: which cores the workers had, and when their owner's threads had one in their place.

worker    ███ run ███┄┄ no core ┄┄███ run ███      lost: the owner held a core in that gap
owner              ████ makes ████                 … to make tasks, to send them, or else to collect
receiver                ┄┄ late ┄┄██ collects      late: others of the owner held a core, and the GIL
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.cores.slices import PREEMPTED, HeldCores
from tracer.analysis.cores.waits import others_on_core
from tracer.analysis.intervals import Cover, union

MAKING, SENDING, COLLECTING = range(3)
"""What the owner's threads are at: the program's iterable, pickling and writing, and all the rest."""


@dataclass(frozen=True)
class Toll:
    """What the owner's threads cost each task, nanoseconds: a row for each of what they are at.

    spent  for how long the owner held a core, where the workers were no more than the cores (else 0)
    lost   parts of `work` in which the worker had no core while the owner held one
    aside  parts of `reply` likewise: the owner, woken by the result, took the core of who sent it
    late   parts of `collect` in which another thread of the owner held a core
    """

    spent: Floats
    lost: Floats
    aside: Floats
    late: Floats

    def each(self, change: Callable[[Floats], Floats]) -> Toll:
        """Return it with each of its parts changed."""
        return Toll(change(self.spent), change(self.lost), change(self.aside), change(self.late))

    def scaled(self, kind: int, part: float) -> Toll:
        """Return it with a part only of one kind."""
        factor = np.ones((COLLECTING + 1, 1))
        factor[kind] = part
        return self.each(lambda cost: cost * factor)


def no_toll(count: int) -> Toll:
    """Return that of so many tasks whose owner took nothing from them."""
    nothing = np.zeros((COLLECTING + 1, count))
    return Toll(nothing, nothing, nothing, nothing)


@dataclass(frozen=True)
class Owner:
    """The process that made a pool, its thread that collects; when it held a core, and what for."""

    process: int
    receiver: int
    whole: Cover[np.int64]
    making: Cover[np.int64]
    sending: Cover[np.int64]

    @classmethod
    def of(
        cls,
        holds: HeldCores,
        process: int,
        receiver: int,
        making: tuple[Floats, Floats],
        sending: tuple[Floats, Floats],
    ) -> Owner:
        """Return the owner that was making and sending tasks in these intervals, in any order."""
        theirs = holds.process[holds.thread] == process
        whole = _cover(holds.start[theirs], holds.end[theirs])
        return cls(process, receiver, whole, whole.both(_cover(*making)), whole.both(_cover(*sending)))

    def within(self, first: Integers | Floats, last: Integers | Floats) -> Floats:
        """Return how long it held a core in these intervals, a row for each of what it was at."""
        first, last = np.asarray(first).astype(np.int64), np.asarray(last).astype(np.int64)
        making, sending = self.making.within(first, last), self.sending.within(first, last)
        rest = np.maximum(self.whole.within(first, last) - making - sending, 0)
        return np.array([making, sending, rest], np.float64)


def lost_to(
    owner: Owner, holds: HeldCores, who: tuple[Integers, Integers], start: Floats, end: Floats
) -> Floats:
    """Return how long, from `start` to `end`, the owner had a core and these threads were put off theirs.

    One row for each of what the owner was at. A thread's intervals are apart.
    """
    thread = holds.find(*who)
    known = np.flatnonzero((thread >= 0) & (end > start))
    result = np.zeros((COLLECTING + 1, start.size))
    if not known.size:
        return result
    begin, done = holds.key(thread[known], start[known]), holds.key(thread[known], end[known])
    order = np.argsort(begin, kind="stable")
    gaps = holds.gaps(PREEMPTED).both(Cover(begin[order], np.maximum.accumulate(done[order])))
    place = np.searchsorted(begin[order], gaps.start, side="right") - 1
    first = holds.apart(gaps.start)[1]
    for kind, part in enumerate(owner.within(first, first + gaps.end - gaps.start)):
        result[kind, known[order]] = np.bincount(place, part, minlength=known.size)
    return result


def late_by(owner: Owner, holds: HeldCores, start: Floats, end: Floats) -> Floats:
    """Return `Toll.late` of what was collected from `start` to `end`."""
    who = np.full(start.size, owner.process), np.full(start.size, owner.receiver)
    others = others_on_core(holds, *who, start, end)
    parts = owner.within(start, np.maximum(start, end))
    return np.asarray(parts * np.minimum(others / np.maximum(parts.sum(axis=0), 1.0), 1.0))


@dataclass(frozen=True)
class Pressed:
    """The time in which the workers wanted as many cores as there are (`allowed`), or more.

    A thread wants a core while it holds one, and while it was put off one. `start` and `end` are empty where
    they never wanted so many, or not every switch was recorded.
    """

    allowed: int
    start: Floats
    end: Floats

    @classmethod
    def of(
        cls, holds: HeldCores | None, process: Integers, allowed: int, span: tuple[float, float]
    ) -> Pressed:
        """Return when these processes wanted all cores within a span of time."""
        nothing = np.zeros(0)
        if holds is None or not holds.exact:
            return cls(allowed, nothing, nothing)
        begin, finish = _wanted(holds, process)
        times, wanting = step_function(np.clip(begin, *span), np.clip(finish, *span))
        pressed = np.flatnonzero(wanting >= allowed)
        return cls(allowed, times[pressed], times[np.minimum(pressed + 1, times.size - 1)])

    def share(self, start: Integers | Floats, end: Integers | Floats) -> float:
        """Return how many of these intervals of held cores there were at once, on average in that time."""
        length = float((self.end - self.start).sum())
        if length <= 0:
            return 0.0
        within = Cover(self.start, self.end).within(
            np.asarray(start, np.float64), np.asarray(end, np.float64)
        )
        return float(within.sum()) / length

    def cores(self, holds: HeldCores | None, process: Integers) -> float:
        """Return how many of the `allowed` cores the processes had in that time, all where there was none.

        Of the threads of one process, that take turns, one is `allowed`.
        """
        if holds is None or not self.start.size:
            return float(self.allowed)
        mine = np.isin(holds.process[holds.thread], process)
        slices = holds.start[mine], holds.end[mine]
        if self.allowed == 1:
            apart = union(*slices)
            slices = apart.start, apart.end
        had = self.share(*slices)
        return min(max(had, 0.1), float(self.allowed))


def turns(holds: HeldCores | None, who: tuple[Integers, Integers], start: Floats, end: Floats) -> Floats:
    """Return how long, from `start` to `end`, threads of one process waited for their turn.

    That is while another one held a core, and with it the GIL (see `threads.gil_waits`), and while any of
    them was put off its core: itself, or the one that had the GIL.
    """
    result = np.zeros(start.size)
    if holds is None:
        return result
    thread, process = holds.find(*who), who[0]
    for one in np.unique(process[thread >= 0]).tolist():
        mine = np.flatnonzero((process == one) & (thread >= 0) & (end > start))
        first, last = start[mine].astype(np.int64), end[mine].astype(np.int64)
        wanted = union(*_wanted(holds, np.array([one]))).within(first, last)
        keys = holds.key(thread[mine], first), holds.key(thread[mine], last)
        result[mine] = np.maximum(wanted - holds.slices.within(*keys), 0.0)
    return result


def _wanted(holds: HeldCores, process: Integers) -> tuple[Integers, Integers]:
    """Return when each thread of these processes held a core or was put off one."""
    gaps = holds.gaps(PREEMPTED)
    thread, start = holds.apart(gaps.start)
    theirs, mine = np.isin(holds.process[thread], process), np.isin(holds.process[holds.thread], process)
    begin = np.append(holds.start[mine], start[theirs])
    return begin, np.append(holds.end[mine], (start + gaps.end - gaps.start)[theirs])


def _cover(start: Floats | Integers, end: Floats | Integers) -> Cover[np.int64]:
    solid = end > start  # never true of what is not known
    return union(start[solid].astype(np.int64), end[solid].astype(np.int64))
