"""Playing a workload: events in the order of time, the cores shared evenly among all that want one.

Egalitarian processor sharing (see for example Kleinrock, Queueing Systems II, 4.4): `n` runs on `c` cores go
on at the rate min(1, c / n) each. In the time that a run has been served they all end in the order of what
they were at their start plus what they need, so one heap keeps them. Some microseconds an event, two or
three events a task.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np

from tracer.analysis.columns import Floats
from tracer.analysis.model.waking import NONE, Extra
from tracer.analysis.model.workload import PIPE_BYTES, Workload


@dataclass(frozen=True)
class Outcome:
    """How a played workload ended: nanoseconds from its start. `busy_ns` is the workers' time in tasks.

    `asleep` is the part of the results that found the owner's thread for them idle. Of each task, in the
    order in which they were taken: `taken` is when its worker had it, `ended` when it was done with it, and
    `free` when it was free for the next one.
    """

    makespan_ns: float
    busy_ns: float
    workers: int
    asleep: float = 0.0
    taken: Sequence[float] = ()
    ended: Sequence[float] = ()
    free: Sequence[float] = ()


_INFINITE = float("inf")


def simulate(load: Workload, extra: Extra = NONE) -> Outcome:
    """Play a workload; `extra` is what results cost more or less by who sleeps as they come."""
    if not len(load) or not load.workers:
        return Outcome(0.0, 0.0, load.workers)
    machine = _Machine(load, extra)
    least = np.append(0.0, np.cumsum(_demand(load))) / machine.cores
    bounds = np.flatnonzero(np.diff(load.burst)) + 1
    edges = [0, *bounds.tolist(), len(load)]
    now = 0.0
    for number, (first, last) in enumerate(pairwise(edges)):
        think = float(load.think[min(number, load.think.size - 1)]) if load.think.size else 0.0
        begin = now + think
        # The area bound: more than all the cores nobody has, the workers and their owner together.
        now = max(machine.burst(first, last, begin), begin + float(least[last] - least[first]))
    times = machine.read, machine.ended, machine.free
    return Outcome(now, machine.busy, load.workers, machine.asleep / len(load), *times)


def _demand(load: Workload) -> Floats:
    """Return for how long each task needs a core, of its worker and its owner; 0 where that is not known.

    Of pickling at most the usual time: what took longer was put off its core.
    """
    if load.toll is None:
        return np.zeros(len(load))
    spent = load.toll.spent.sum(axis=0)
    need = load.work - load.toll.lost.sum(axis=0)
    for step in (load.unpickle, load.pack):
        need = need - np.maximum(step - np.median(step), 0.0)
    return np.where(spent > 0, np.maximum(need, 0.0) + spent, 0.0)


class _Machine:
    """The state of the machinery between events."""

    def __init__(self, load: Workload, extra: Extra) -> None:
        self.extra, self.asleep = extra, 0
        self.after, self.make = load.after.tolist(), (load.make + load.serialize).tolist()
        self.write, self.receive = load.write.tolist(), load.receive.tolist()
        self.work, self.rest = load.work.tolist(), load.rest.tolist()
        self.reply, self.gap, self.collect = load.reply.tolist(), load.gap.tolist(), load.collect.tolist()
        size = np.nan_to_num(load.args_bytes) + 4
        self.large = (size > PIPE_BYTES).tolist()
        self.large_result = (np.nan_to_num(load.result_bytes) + 4 > PIPE_BYTES).tolist()
        # The message that must have been read before there is room for this one; -1: none.
        total = np.cumsum(size)
        self.room_after = (np.searchsorted(total, total - PIPE_BYTES) - 1).tolist()
        self.idle = sorted(load.ready.tolist())  # heap: since when each free worker waits
        heapify(self.idle)
        self.cores = max(float(load.cores), 0.01)
        self.shared = load.workers > load.cores
        self.ahead = load.ahead
        self.read, self.ended, self.free = ([0.0] * len(load) for _ in range(3))
        none = np.full(len(load), -1)
        self.follows = (none if load.follows is None else load.follows).tolist()
        self.lag = (np.zeros(len(load)) if load.lag is None else load.lag).tolist()
        self.delivered = [-1.0] * len(load)  # not yet
        self.deliveries: list[float] = []  # in their order
        self.busy = 0.0

    def burst(self, first: int, last: int, begin: float) -> float:
        """Play the tasks `first` … `last`, submitted from `begin` on; return when all are delivered."""
        work, rest, idle, read = self.work, self.rest, self.idle, self.read
        events: list[tuple[float, int]] = []  # a message was read (task), or a run is over (-1 - task)
        served = 0.0  # the time that each run on the cores has been served since the burst began
        jobs: list[tuple[float, int]] = []  # when, in that time, a run ends, and its task
        now = sender = lock = receiver = begin
        follows, delivered = self.follows, self.delivered
        following, reading, held = first, False, False  # held: not handed over before another is delivered
        shared, cores, extra = self.shared, self.cores, self.extra
        while True:
            wake = idle[0] if not reading and not held and following < last and idle else _INFINITE
            if wake <= now:
                taken, sender = self._take(following, first, begin, sender, lock)
                heappush(events, (taken, following))
                read[following], lock, reading = taken, taken, True
                following += 1
                held = following < last and follows[following] >= 0 > delivered[follows[following]]
                wake = _INFINITE
            rate = min(1.0, cores / len(jobs)) if jobs else 1.0
            ends = now + (jobs[0][0] - served) / rate if jobs else _INFINITE
            at = events[0][0] if events else _INFINITE
            if at == ends == wake == _INFINITE:
                return receiver
            if wake < at and wake < ends:  # a worker begins to wait
                served, now = served + (wake - now) * rate, wake
                continue
            if ends <= at:
                served, now = jobs[0][0], ends
                task = heappop(jobs)[1]
                if rest[task] > 0:
                    heappush(events, (now + rest[task], -1 - task))
                    continue
            else:
                served, now = served + (at - now) * rate, at
                task = heappop(events)[1]
                if task >= 0:
                    reading = False
                    if shared:
                        heappush(jobs, (served + work[task], task))
                    else:
                        heappush(events, (now + work[task] + rest[task], -1 - task))
                    continue
                task = -1 - task
            sleeps = receiver < now
            self.asleep += sleeps
            part = extra.part(sleeps)
            collect = max(self.collect[task] + part * extra.collect_ns, 0.0)
            receiver = delivered[task] = max(receiver, now) + collect
            self.deliveries.append(receiver)
            held = held and delivered[follows[following]] < 0
            free = max(now, receiver if self.large_result[task] else 0.0) + self.gap[task]
            free += max(self.reply[task] + part * extra.reply_ns, 0.0)
            self.busy += now - read[task]
            self.ended[task], self.free[task] = now, free
            heappush(idle, free)

    def _seen(self, room: float) -> float:
        """Return when who hands tasks over ahead sees that there is room: it sleeps until a result comes."""
        at = bisect_right(self.deliveries, room)
        return self.deliveries[at] if at < len(self.deliveries) else room

    def _take(self, task: int, first: int, begin: float, sender: float, lock: float) -> tuple[float, float]:
        """Let the worker that waited longest read a message; return when it has it and the sender goes on."""
        before = self.follows[task]
        given = begin + self.after[task] if before < 0 else self.delivered[before] + self.lag[task]
        asked = max(sender, given)
        if self.ahead is not None and task - self.ahead >= first:
            asked = max(asked, self._seen(self.read[task - self.ahead]))
        there = asked + self.make[task]
        room = self.room_after[task]
        if room >= first and not self.large[task]:
            there = max(there, self.read[room])
        got = max(heappop(self.idle), lock, there) + self.receive[task]
        # The writer goes on when the rest fits into the pipe: that may be before its reader is done.
        return got, max((got if self.large[task] else there) + self.write[task], there)
